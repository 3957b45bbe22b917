"""st.fit trains the package's own modules: what is frozen, how fast each part learns, and from what."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import segtutor as st
from segtutor import families
from segtutor.errors import UserError
from segtutor.outputs import PerPixelOutput
from segtutor.reference.losses.criterion import Recipe
from segtutor.reference.losses.sampling import PointSampling
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.reference.models.upernet import UPerNet
from segtutor.training.criterion import Answering, Criterion, SeededByImage
from segtutor.training.fit import fit
from segtutor.training.loop.parts import frozen, names_of, parameter_groups, train_mode
from segtutor.training.loop.schedules import constant, schedule_of, warmup_then_poly
from segtutor.training.recipes import toytown as recipes
from segtutor.training.rows.targets import panoptic_targets

BACKBONE = {
    "model_type": "resnet",
    "embedding_size": 8,
    "hidden_sizes": [8, 8, 8, 8],
    "depths": [1, 1, 1, 1],
    "layer_type": "basic",
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}
LABELS = {"id2label": {str(i): name for i, name in enumerate(st.toytown.categories.names)}}

SMALL = {"feature_size": 32, "mask_feature_size": 32, "hidden_dim": 32, "encoder_feedforward_dim": 32}
SMALL |= {"encoder_layers": 1, "decoder_layers": 3, "num_attention_heads": 2, "dim_feedforward": 32, "num_queries": 12}


def mask2former(seed=0, **changes):
    torch.manual_seed(seed)
    return Mask2Former.from_config({"backbone_config": BACKBONE, **SMALL, **LABELS, **changes})


def upernet(auxiliary, seed=0):
    torch.manual_seed(seed)
    options = {"hidden_size": 8, "use_auxiliary_head": auxiliary, "auxiliary_channels": 8}
    return UPerNet.from_config({"backbone_config": BACKBONE, **options, **LABELS})


@pytest.fixture(autouse=True, scope="module")
def _one_core():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def scenes():
    return recipes.Scenes(range(1_000_000, 1_000_008), 64)


def changed(model, before):
    """The names of the parameters and buffers that are no longer as they were."""
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


def state(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_what_load_gives_is_trained_on(scenes):
    segmenter = st.load("mask2former-toytown")
    before = segmenter.segment(scenes[0]["image"], task="semantic").semantic()
    fitted = st.fit(segmenter.model, scenes, steps=3, batch_size=2, lr=3e-3, log_every=1)
    assert len(fitted.events[0]["layers"]["bce"]) == 4, "three layers and the initial queries"
    after = segmenter.segment(scenes[0]["image"], task="semantic").semantic()
    assert not np.array_equal(before, after), "the segmenter uses the trained weights"


TINY = {  # a small configuration of every family beside the backbone and the labels
    "detr": {"d_model": 64, "decoder_attention_heads": 8, "encoder_attention_heads": 8, "encoder_layers": 1}
    | {"decoder_layers": 2, "decoder_ffn_dim": 32, "encoder_ffn_dim": 32, "num_queries": 12},
    "eomt": {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 64}
    | {"num_queries": 12, "num_blocks": 1, "num_upscale_blocks": 1, "mlp_ratio": 2},
    "mask2former": SMALL,
    "maskformer": {"fpn_feature_size": 32, "mask_feature_size": 32}
    | {"decoder_config": {"model_type": "detr", "d_model": 32, "decoder_layers": 2, "decoder_attention_heads": 2}},
    "oneformer": {**SMALL, "conv_dim": 32, "mask_dim": 32, "text_encoder_width": 32, "query_dec_layers": 1},
    "segformer": {"hidden_sizes": [8] * 4, "depths": [1] * 4, "num_attention_heads": [1] * 4},
    "upernet": {"hidden_size": 8, "auxiliary_channels": 8},
}


@pytest.mark.parametrize("family", TINY)
def test_every_family_trains_with_the_same_call(family, scenes):
    torch.manual_seed(0)
    model = families.get(family).network_class().from_config({"backbone_config": BACKBONE, **LABELS, **TINY[family]})
    before = state(model)
    fitted = st.fit(model, scenes, steps=1, batch_size=2, freeze="backbone", backbone_lr=0.1)
    assert np.isfinite(fitted.losses).all()
    assert changed(model, before)
    assert not any(name.startswith("backbone") for name in changed(model, before))
    assert 0 < len(names_of(model, "all but heads")) < len(list(model.parameters()))


def test_records_are_trained_on_with_the_same_call(tmp_path):
    """Files on disk of two sizes, COCO instances: cut to one size, learnt as whole objects."""
    images, annotations = [], []
    for number, (width, height) in enumerate([(60, 44), (50, 70)]):
        Image.new("RGB", (width, height), (90, 120, 60)).save(tmp_path / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": width, "height": height})
        for box in ([4, 4, 34, 4, 34, 30, 4, 30], [20, 20, 44, 20, 44, 40, 20, 40]):
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": 1, "segmentation": [box]}
            )
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "box"}]}
    (tmp_path / "boxes.json").write_text(json.dumps(content))
    records = st.data.coco_instances(tmp_path / "boxes.json", images=tmp_path, unlabelled="void")
    model = mask2former(id2label={"0": "box"})
    fitted = st.fit(model, records, steps=2, batch_size=2, log_every=1, augment=st.training.Augment(64))
    assert np.isfinite(fitted.losses).all()
    with pytest.raises(UserError, match="Augment"):
        st.fit(model, records, steps=1, batch_size=2)


def test_an_auxiliary_head_counts_in_the_loss_and_learns(scenes):
    model = upernet(True)
    before = state(model)
    event = st.fit(model, scenes, steps=1, batch_size=2).events[0]
    assert set(event["terms"]) == {"class", "class_0"}
    assert event["loss"] == pytest.approx(sum(event["terms"].values()))
    assert any(name.startswith("auxiliary.") and "weight" in name for name in changed(model, before))
    assert event["terms"]["class_0"] < 0.5 * event["terms"]["class"], "it weighs 0.4, and both begin at log 15"
    assert set(st.fit(upernet(False), scenes, steps=1, batch_size=2).events[0]["terms"]) == {"class"}


def test_one_picture_and_a_norm_of_one_value_is_one_sentence_whose_advice_works(scenes):
    with pytest.raises(UserError, match="batch_size=2") as caught:
        st.fit(upernet(False), scenes, steps=1, batch_size=1)
    assert "\n" not in str(caught.value)
    st.fit(upernet(False), [scenes[0]], steps=1, batch_size=2)


PARTS = {
    "backbone": ("backbone", {"pixel_decoder", "decoder", "class_head"}),
    "and pixel decoder": (("backbone", "pixel_decoder"), {"decoder", "class_head"}),
    "all but heads": ("all but heads", {"decoder.mask_head", "class_head"}),
}


@pytest.mark.parametrize(("freeze", "learns"), PARTS.values(), ids=PARTS)
def test_what_is_frozen_stays_to_the_last_bit(freeze, learns, scenes):
    model = mask2former()
    before = state(model)
    st.fit(model, scenes, steps=2, batch_size=2, lr=1e-2, freeze=freeze)
    moved = changed(model, before)
    for name in moved:
        assert name.startswith(tuple(learns)), name
    assert all(any(name.startswith(part) for name in moved) for part in learns)
    assert all(parameter.requires_grad for parameter in model.parameters()), "only as long as it was asked for"


def test_frozen_batch_norms_keep_their_statistics_and_others_do_not(scenes):
    model, free = mask2former(), mask2former()
    before = state(model)
    st.fit(model, scenes, steps=1, batch_size=2, freeze="backbone")
    st.fit(free, scenes, steps=1, batch_size=2)
    statistics = {name for name in before if "running_" in name}
    assert statistics
    assert not statistics & changed(model, before)
    assert statistics <= changed(free, before)


def test_a_frozen_part_behaves_as_in_inference():
    model = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout()), torch.nn.Linear(2, 2))
    with frozen(model, "0."):
        train_mode(model)
        assert [module.training for module in (model, model[0], model[0][1], model[1])] == [True, False, False, True]
    with pytest.raises(UserError, match="nothing to learn"), frozen(model, ("0", "1")):
        pass


def test_parts_of_transformers_models_have_the_same_names():
    from segtutor.reference.weights.inverse import transformers_model
    from segtutor.training.recipes.toytown import build_mask2former, mask2former_configuration

    model = transformers_model(build_mask2former(), mask2former_configuration())
    assert all("pixel_level_module.encoder" in name for name in names_of(model, "backbone"))
    assert all("pixel_level_module.decoder" in name for name in names_of(model, "pixel_decoder"))
    heads = {name for name, _ in model.named_parameters()} - set(names_of(model, "all but heads"))
    assert {name.split(".")[0] for name in heads} == {"class_predictor", "model"}
    assert any("mask_predictor" in name for name in heads)


def test_groups_hold_every_parameter_once_with_its_decay_and_factor():
    model = mask2former()
    groups = parameter_groups(model, 0.05, backbone_lr=0.1)
    held = {id(p): (g["factor"], g["weight_decay"]) for g in groups for p in g["params"]}
    assert sum(len(group["params"]) for group in groups) == len(held) == len(list(model.parameters()))
    kinds = {name: held[id(parameter)] for name, parameter in model.named_parameters()}
    assert kinds["backbone.stem.convolution.weight"] == (0.1, 0.05)
    assert kinds["backbone.stem.norm.weight"] == (0.1, 0.0)
    assert kinds["decoder.queries"] == kinds["decoder.query_positions"] == kinds["class_head.bias"] == (1.0, 0.0)
    assert kinds["class_head.weight"] == (1.0, 0.05)
    assert len(parameter_groups(model, 0.05)) == 2


def test_the_backbone_learns_at_its_own_rate(scenes):
    model = mask2former()
    before = state(model)
    options = {"steps": 1, "batch_size": 2, "lr": 1e-3, "weight_decay": 0.0, "schedule": constant}
    st.fit(model, scenes, backbone_lr=0.1, **options)  # Adam's first step is as long as the rate

    def longest(part):
        names = names_of(model, part)
        return max(float((model.state_dict()[name] - before[name]).abs().max()) for name in names)

    assert longest("backbone") == pytest.approx(1e-4, rel=0.01)
    assert longest("class_head") == pytest.approx(1e-3, rel=0.01)


def test_schedules_have_names():
    assert schedule_of("poly") is warmup_then_poly
    assert warmup_then_poly(0.5, 100) == pytest.approx(0.5**0.9)
    assert warmup_then_poly(0.0, 5, warmup_steps=60) == pytest.approx(0.1)
    assert warmup_then_poly(1.0, 100) == 0
    with pytest.raises(UserError, match="linear, poly, constant"):
        schedule_of("cosine")


def test_the_loss_is_a_recipe_or_a_function(scenes):
    seen = []

    def loss(output, truth):
        seen.append((type(output), type(truth)))
        scores = output.logits if isinstance(output, PerPixelOutput) else output.class_logits
        return {"mine": scores.square().mean()}

    assert set(fit(mask2former(), scenes, steps=1, batch_size=2, loss=loss).events[0]["terms"]) == {"mine"}
    fit(upernet(False), scenes, steps=1, batch_size=2, loss=loss)
    assert [truth for _, truth in seen] == [list, torch.Tensor]
    sampled = fit(mask2former(), scenes, steps=1, batch_size=2, loss=Recipe(points=PointSampling(64))).events[0]
    dense = fit(mask2former(), scenes, steps=1, batch_size=2).events[0]
    assert sampled["terms"]["class"] == pytest.approx(dense["terms"]["class"], rel=0.2)
    assert sampled["terms"]["bce"] != dense["terms"]["bce"]


def test_sampled_points_belong_to_the_picture_not_to_its_batch(scenes):
    rows = [scenes[i] for i in range(3)]
    targets = [panoptic_targets(row["segmentation"]) for row in rows]
    logits = torch.randn(3, 12, 16, 16, generator=torch.Generator().manual_seed(0))

    def points(indices):
        reading = SeededByImage(PointSampling(32), tuple(10 + i for i in indices))
        truths = reading.prepare([targets[i] for i in indices], (16, 16))
        matched = [reading.all_pairs(logits[i], truth)[0] for i, truth in zip(indices, truths, strict=True)]
        chosen = [torch.arange(2)] * len(indices)
        pairs = reading.matched_pairs([logits[i, :2] for i in indices], truths, chosen)
        return dict(zip(indices, [(a, *b) for a, b in zip(matched, pairs, strict=True)], strict=True))

    together, alone = points([0, 1, 2]), points([2])
    assert all(torch.equal(a, b) for a, b in zip(together[2], alone[2], strict=True))
    assert not torch.equal(together[2][1], together[1][1])


class _TwoHalves:
    """Stands for two processes: the sums of both halves are known from a first pass."""

    def __init__(self):
        self.count, self.index, self.main, self.sums = 2, 0, True, None

    def total(self, numbers):
        if self.sums is None:
            return list(numbers)
        return self.sums


@pytest.mark.parametrize("model", [mask2former, lambda: upernet(True)], ids=["mask", "per-pixel"])
def test_two_halves_of_a_batch_have_the_mean_that_the_batch_has(model, scenes):
    """Uneven halves: three pictures and one."""
    network = Answering(model().eval())
    rows = [scenes[i] for i in range(4)]
    pixels = torch.stack([torch.from_numpy(row["image"]).permute(2, 0, 1) / 255 for row in rows])
    halves, counts = _TwoHalves(), []
    criterion = Criterion(processes=halves)
    with torch.no_grad():
        whole = Criterion()(network(pixels), rows, [0] * 4)
        total, halves.total = halves.total, lambda numbers: counts.append(numbers) or list(numbers)
        parts = [slice(0, 3), slice(3, 4)]
        for part in parts:
            criterion(network(pixels[part]), rows[part], [0] * len(rows[part]))
        halves.sums, halves.total = [sum(both) for both in zip(*counts, strict=True)], total
        terms = [criterion(network(pixels[part]), rows[part], [0] * len(rows[part])) for part in parts]
    for name, value in whole.items():
        assert (terms[0][name] + terms[1][name]) / 2 == pytest.approx(float(value), rel=1e-4), name

"""Mask2Former against transformers: stage by stage, layer by layer with its masks forced, and whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

import segtutor.models
from segtutor.reference.decoders.masked_decoder import MaskedDecoder, MaskedDecoderLayer, inside_mask, shrink
from segtutor.reference.layers.attention import unblock_empty_rows
from segtutor.reference.layers.record import AttentionMap, SamplingPoints, record_attention
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)
TOYTOWN = Path(segtutor.models.__file__).parent / "checkpoints" / "mask2former-toytown"


def config_of(*, seed=0, backbone="resnet", **changes):
    """A small configuration; dimensions differ from one another, so that none can stand in for another."""
    from transformers import Mask2FormerConfig, ResNetConfig, SwinConfig

    stages = [f"stage{i}" for i in range(1, 5)]
    backbones = {
        "resnet": lambda: ResNetConfig(
            depths=[1] * 4, hidden_sizes=[4, 6, 8, 10], embedding_size=4, layer_type="basic", out_features=stages
        ),
        "swin": lambda: SwinConfig(
            embed_dim=8, depths=[1, 1, 2, 1], num_heads=[1, 2, 2, 4], window_size=3, out_features=stages
        ),
    }
    options = {
        "feature_size": 32,
        "mask_feature_size": 24,
        "hidden_dim": 16,
        "num_queries": 7,
        "num_labels": 5,
        "encoder_layers": 2,
        "decoder_layers": 5,
        "num_attention_heads": 4,
        "encoder_feedforward_dim": 20,
        "dim_feedforward": 28,
    }
    return Mask2FormerConfig(backbone_config=backbones[backbone](), **(options | changes))


def pair(seed=0, **changes):
    from transformers import Mask2FormerForUniversalSegmentation

    torch.manual_seed(seed)
    theirs = perturb(Mask2FormerForUniversalSegmentation(config_of(**changes)), seed)
    return from_transformers(theirs), theirs


@pytest.fixture(scope="module")
def models():
    return pair()


class Watched:
    """transformers' model run once, with what its stages returned and the masks that its attention got."""

    def __init__(self, model, pixels):
        self.blocked, self.states = [], []
        layers = model.model.transformer_module.decoder.layers
        hooks = [
            layer.cross_attn.register_forward_pre_hook(
                lambda _m, _a, named: self.blocked.append(named["attn_mask"]), with_kwargs=True
            )
            for layer in layers
        ]
        hooks += [layer.register_forward_hook(lambda _m, _i, out: self.states.append(out[0])) for layer in layers]
        with torch.no_grad():
            self.answer = model(pixels, output_hidden_states=True, output_auxiliary_logits=True)
        for hook in hooks:
            hook.remove()
        self.maps = self.answer.pixel_decoder_hidden_states
        self.mask_features = self.answer.pixel_decoder_last_hidden_state
        heads = model.config.num_attention_heads
        self.may_attend = [~mask.unflatten(0, (-1, heads))[:, 0] for mask in self.blocked]
        self.masks = [layer["masks_queries_logits"] for layer in self.answer.auxiliary_logits]
        self.masks.append(self.answer.masks_queries_logits)
        self.classes = [layer["class_queries_logits"] for layer in self.answer.auxiliary_logits]
        self.classes.append(self.answer.class_queries_logits)


def check_stages(ours, theirs, pixels):
    """Backbone, pixel decoder, decoder with their masks forced, heads: <= 1e-5. Then the whole, flips counted."""
    seen = Watched(theirs, pixels)
    with torch.no_grad():
        features = ours.backbone(pixels)
        expected = theirs.model.pixel_level_module.encoder(pixels).feature_maps
        for a, b in zip(features, expected, strict=True):
            assert relative(a, b) <= 1e-5
        mask_features, maps = ours.pixel_decoder(expected)
        assert relative(mask_features, seen.mask_features) <= 1e-5
        for a, b in zip(maps, seen.maps, strict=True):
            assert relative(a, b) <= 1e-5
        queries, masks = ours.decoder(seen.maps, seen.mask_features, may_attend=seen.may_attend)
        for a, b in zip(masks, seen.masks, strict=True):
            assert relative(a, b) <= 1e-5
        for a, b in zip([ours.class_head(q) for q in queries], seen.classes, strict=True):
            assert relative(a, b) <= 1e-5
        return check_whole(ours, pixels, seen)


def check_whole(ours, pixels, seen):
    """Each mask bit that differs was within 1e-5 of the threshold; what no such bit touched agrees."""
    output = ours(pixels)
    predictions = [*output.layers, output]
    assert len(predictions) == len(seen.masks)
    flips = 0
    for i, prediction in enumerate(predictions):
        if flips == 0:  # nothing that came before has seen a flipped bit
            scale = float(seen.masks[i].abs().max())
            assert relative(prediction.mask_logits, seen.masks[i]) <= 1e-5
            assert relative(prediction.class_logits, seen.classes[i]) <= 1e-5
        if i == len(predictions) - 1:
            break
        size = seen.maps[i % len(seen.maps)].shape[-2:]
        logits = F.interpolate(seen.masks[i], size=size, mode="bilinear", align_corners=False).flatten(2)
        mine = inside_mask(ours.decoder.mask_head(_state(ours, pixels, i)), shrink(_mask_features(ours, pixels), size))
        differ = unblock_empty_rows(mine) != seen.may_attend[i]
        if flips == 0 and differ.any():
            # an emptied row flips as a whole: its own bits are then what must be close
            close = (logits.abs() <= 1e-5 * scale) | (logits.amax(-1, keepdim=True).abs() <= 1e-5 * scale)
            assert close[differ].all()
        flips += int(differ.sum())
    return flips


def _mask_features(ours, pixels):
    return ours.pixel_decoder(ours.backbone(pixels))[0]


def _state(ours, pixels, i):
    mask_features, maps = ours.pixel_decoder(ours.backbone(pixels))
    return ours.decoder(maps, mask_features)[0][i]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 99),
    backbone=st.sampled_from(["resnet", "swin"]),
    heads=st.sampled_from([1, 2, 4]),
    widths=st.tuples(st.sampled_from([32, 64]), st.sampled_from([16, 32]), st.sampled_from([8, 20])),
    layers=st.tuples(st.integers(1, 2), st.integers(2, 6)),
    queries=st.integers(1, 9),
    classes=st.integers(1, 6),
    size=st.tuples(st.integers(33, 90), st.integers(33, 90)),
    batch=st.integers(1, 2),
    pre_norm=st.booleans(),
    activation=st.sampled_from(["relu", "gelu"]),
)
def test_is_transformers(seed, backbone, heads, widths, layers, queries, classes, size, batch, pre_norm, activation):
    feature, hidden, mask = widths
    ours, theirs = pair(
        seed,
        backbone=backbone,
        num_attention_heads=heads,
        feature_size=feature,
        hidden_dim=hidden,
        mask_feature_size=mask,
        encoder_layers=layers[0],
        decoder_layers=layers[1],
        num_queries=queries,
        num_labels=classes,
        pre_norm=pre_norm,
        activation_function=activation,
    )
    check_stages(ours, theirs, torch.randn(batch, 3, *size, generator=torch.Generator().manual_seed(seed)))


def test_enforced_projection_and_a_finer_start():
    ours, theirs = pair(hidden_dim=32, enforce_input_projection=True)
    check_stages(ours, theirs, torch.randn(1, 3, 64, 48))


def test_flipped_bits_over_a_whole_run_are_few_and_close():
    """A larger picture: every bit of every layer. The model is untrained, so logits near zero are common."""
    ours, theirs = pair(3, num_queries=40, decoder_layers=8)
    pixels = torch.randn(1, 3, 160, 192)
    flips = check_stages(ours, theirs, pixels)
    bits = sum(mask.numel() for mask in Watched(theirs, pixels).may_attend)
    assert flips <= 1e-4 * bits


def test_a_wrong_mask_is_noticed(models):
    """The check above can fail: one bit of one layer changes what follows."""
    ours, theirs = models
    seen = Watched(theirs, torch.randn(1, 3, 160, 192))
    wrong = [mask.clone() for mask in seen.may_attend]
    mixed = wrong[1].any(-1) & ~wrong[1].all(-1)
    wrong[1][mixed] = ~wrong[1][mixed]
    with torch.no_grad():
        _, masks = ours.decoder(seen.maps, seen.mask_features, may_attend=wrong)
    assert relative(masks[1], seen.masks[1]) <= 1e-5
    assert relative(masks[2], seen.masks[2]) > 1e-4


def test_minimal_configuration_is_the_full_one():
    """config.json leaves out what equals the defaults."""
    config = config_of()
    full, minimal = config.to_dict(), config.to_diff_dict()
    assert len(minimal) < len(full)
    with torch.device("meta"):
        a, b = Mask2Former.from_config(full), Mask2Former.from_config(minimal)
        empty = Mask2Former.from_config({"model_type": "mask2former"})
    assert _shapes(a) == _shapes(b)
    assert str(a) == str(b)
    from transformers import Mask2FormerConfig

    with torch.device("meta"):
        assert _shapes(empty) == _shapes(Mask2Former.from_config(Mask2FormerConfig().to_dict()))


def _shapes(model):
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def test_gradients_are_transformers():
    """Of the final prediction and all earlier ones; heads, decoder, pixel decoder and backbone. In float64: the sums
    over a backbone cancel so much that two float32 runs differ by more than a mistake might."""
    ours, theirs = (model.double() for model in pair(5))
    pixels = torch.randn(2, 3, 64, 64).double()
    answer = theirs(pixels, output_auxiliary_logits=True)
    output = ours(pixels)
    generator = torch.Generator().manual_seed(0)

    def loss(masks, classes):
        generator.manual_seed(0)
        terms = [(t * torch.randn(t.shape, generator=generator).double()).mean() for t in (*masks, *classes)]
        return torch.stack(terms).sum()

    auxiliary = answer.auxiliary_logits
    loss(
        [a["masks_queries_logits"] for a in auxiliary] + [answer.masks_queries_logits],
        [a["class_queries_logits"] for a in auxiliary] + [answer.class_queries_logits],
    ).backward()
    predictions = [*output.layers, output]
    loss([p.mask_logits for p in predictions], [p.class_logits for p in predictions]).backward()
    from segtutor.reference.weights.build import translate

    named = {name: p.grad for name, p in theirs.named_parameters() if p.grad is not None}
    expected = translate(named, Mask2Former.rules(theirs.config.to_dict()), Mask2Former.ignore)
    grads = {name: p.grad for name, p in ours.named_parameters()}
    assert set(expected) == {name for name, grad in grads.items() if grad is not None}
    largest = max(float(grad.abs().max()) for grad in expected.values())
    for name, grad in expected.items():
        assert (grads[name] - grad).abs().max() <= 1e-5 * max(float(grad.abs().max()), 1e-4 * largest), name


def test_earlier_layers_can_be_left_out(models):
    ours, _ = models
    pixels = torch.randn(1, 3, 50, 70)
    with torch.no_grad():
        full, short = ours(pixels), ours(pixels, layers=False)
    assert len(full.layers) == len(ours.decoder.layers)
    assert short.layers == ()
    assert torch.equal(full.mask_logits, short.mask_logits)
    assert torch.equal(full.class_logits, short.class_logits)


@pytest.mark.parametrize("which", [0, 1, 3])
def test_attention_without_masks_in_one_layer(models, which):
    """The learner's experiment: what comes before that layer stays, what comes after changes, and it can be undone."""
    ours, _ = models
    pixels = torch.randn(1, 3, 160, 192)
    with torch.no_grad():
        before = ours(pixels)
        ours.decoder.layers[which].masked = False
        during = ours(pixels)
        with record_attention(ours.decoder) as maps:  # in the open, so equal to rounding only
            ours(pixels)
        ours.decoder.layers[which].masked = True
        after = ours(pixels)
    kept = [torch.equal(a.mask_logits, b.mask_logits) for a, b in zip(before.layers, during.layers, strict=True)]
    assert all(kept[: which + 1])
    assert not torch.equal(before.mask_logits, during.mask_logits)
    assert torch.equal(before.mask_logits, after.mask_logits)
    for i in range(len(ours.decoder.layers)):
        assert (maps[f"layers.{i}.cross_attention"][0].may_attend is None) == (i == which)


def test_empty_mask_rule():
    """A query whose mask is empty looks everywhere; without the rule it is not a number, and then nothing is."""
    torch.manual_seed(0)
    decoder = MaskedDecoder(8, width=8, mask_width=4, num_queries=3, num_layers=2, num_heads=2, hidden=8, num_levels=1)
    features, mask_features = [torch.randn(1, 8, 4, 4)], torch.randn(1, 4, 8, 8)
    empty = torch.ones(1, 3, 16, dtype=torch.bool)
    empty[0, 1] = False
    everywhere = torch.ones_like(empty)
    with torch.no_grad():
        _, ruled = decoder(features, mask_features, may_attend=[empty, everywhere])
        _, free = decoder(features, mask_features, may_attend=[everywhere, everywhere])
    assert torch.equal(ruled[-1], free[-1])
    layer = decoder.layers[0].eval()
    with record_attention(layer), torch.no_grad():  # the equation in the open: 0 / 0
        key = torch.randn(1, 16, 8)
        out = layer(torch.randn(1, 3, 8), torch.zeros(3, 8), key, key, empty)
    assert out.isnan().all()


def test_masks_at_the_size_of_a_map_are_the_masks_shrunk():
    """Shrinking is linear, so it may come before the product with the mask embedding."""
    embedding, mask_features = torch.randn(2, 5, 6), torch.randn(2, 6, 21, 30)
    logits = torch.einsum("bqc,bchw->bqhw", embedding, mask_features)
    for size in ((21, 30), (11, 15), (6, 8), (2, 3)):
        expected = F.interpolate(logits, size=size, mode="bilinear", align_corners=False).flatten(2)
        assert relative(embedding @ shrink(mask_features, size), expected) <= 1e-5
        flipped = inside_mask(embedding, shrink(mask_features, size)) != (expected.sigmoid() >= 0.5)
        assert (expected[flipped].abs() <= 1e-5).all()


def test_every_attention_can_be_seen(models):
    ours, _ = models
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = ours(pixels)
        with record_attention(ours) as maps:
            output = ours(pixels)
    assert relative(output.mask_logits, expected.mask_logits) <= 1e-5
    for i in range(len(ours.decoder.layers)):
        (cross,), (own,) = (maps[f"decoder.layers.{i}.{name}_attention"] for name in ("cross", "self"))
        assert isinstance(cross, AttentionMap)
        assert (cross.weights[~cross.may_attend.expand_as(cross.weights)] == 0).all()
        torch.testing.assert_close(own.weights.sum(-1), torch.ones(own.weights.shape[:-1]))
    for i in range(len(ours.pixel_decoder.layers)):
        assert isinstance(maps[f"pixel_decoder.layers.{i}.attention"][0], SamplingPoints)


def test_trains_with_dropout_and_normalisation(models):
    ours, _ = pair(1, dropout=0.2)
    ours.train()
    pixels = torch.randn(2, 3, 64, 64)
    a, b = ours(pixels), ours(pixels)
    assert not torch.equal(a.mask_logits, b.mask_logits)
    sum(p.mask_logits.mean() + p.class_logits.mean() for p in (a, *a.layers)).backward()
    without = [name for name, p in ours.named_parameters() if p.grad is None]
    assert not without


def test_under_bf16_autocast(models):
    ours, _ = models
    pixels = torch.randn(1, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        expected = ours.decoder.mask_head(torch.randn(1, 7, 16)).shape
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = ours(pixels)
    assert output.mask_logits.isfinite().all()
    assert expected == (1, 7, 24)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours(pixels).mask_logits.float().mean().backward()


def test_masks_for_another_number_of_layers(models):
    ours, _ = models
    with pytest.raises(ValueError, match=" 4 "):
        ours.decoder([torch.randn(1, 32, 2, 2)] * 3, torch.randn(1, 24, 8, 8), may_attend=[None])


def test_layer_order_is_cross_self_feed_forward():
    assert [name for name, _ in MaskedDecoderLayer(8, 2, 8).named_children() if "norm" not in name] == [
        "cross_attention",
        "self_attention",
        "feed_forward",
    ]


def test_shipped_model_is_transformers_on_scenes():
    from safetensors.torch import load_file
    from transformers import Mask2FormerForUniversalSegmentation

    from segtutor.data import toytown

    weights = load_file(TOYTOWN / "model.safetensors")
    ours = build(json.loads((TOYTOWN / "config.json").read_text(encoding="utf-8")), weights)
    theirs = Mask2FormerForUniversalSegmentation.from_pretrained(TOYTOWN, local_files_only=True).eval()
    pictures = [torch.tensor(toytown.scene(seed).render()[0]) for seed in range(3)]
    pixels = (torch.stack(pictures).permute(0, 3, 1, 2).float() / 255 - 0.45) / 0.22
    with torch.no_grad():
        output, answer = ours(pixels), theirs(pixels)
    assert relative(output.mask_logits, answer.masks_queries_logits) <= 1e-4
    assert relative(output.class_logits, answer.class_queries_logits) <= 1e-4
    segmentations = [
        torch.einsum("bqk,bqhw->bkhw", classes.softmax(-1)[..., :-1], masks.sigmoid()).argmax(1)
        for classes, masks in (
            (output.class_logits, output.mask_logits),
            (answer.class_queries_logits, answer.masks_queries_logits),
        )
    ]
    assert torch.equal(*segmentations)

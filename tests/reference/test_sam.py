"""SAM's parts and the whole against transformers' modules, constant weights perturbed, drawn configurations."""

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.reference.layers.prompt_encoder import FourierPositions, joined
from segtutor.reference.models.sam import SAM

CONFIGURATIONS = [
    {},
    {"vision": {"use_rel_pos": False, "qkv_bias": False, "window_size": 5, "global_attn_indexes": [0]}},
    {"vision": {"use_abs_pos": False, "image_size": 80}, "decoder": {"num_hidden_layers": 3, "iou_head_depth": 4}},
    {"decoder": {"attention_downsample_rate": 4, "num_multimask_outputs": 2, "mlp_dim": 24, "iou_head_hidden_dim": 12}},
]


def tiny(seed=0, vision=None, decoder=None):
    """A tiny SamModel of random weights in eval mode; layers that start constant are moved."""
    from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

    vision = {"image_size": 96, "patch_size": 8, "window_size": 4, "global_attn_indexes": [1]} | (vision or {})
    config = SamConfig(
        vision_config=SamVisionConfig(
            hidden_size=24, num_hidden_layers=3, num_attention_heads=3, output_channels=32, num_pos_feats=16, **vision
        ).to_dict(),
        prompt_encoder_config=SamPromptEncoderConfig(
            hidden_size=32, image_size=vision["image_size"], patch_size=vision["patch_size"], mask_input_channels=8
        ).to_dict(),
        mask_decoder_config=SamMaskDecoderConfig(hidden_size=32, num_attention_heads=4, **(decoder or {})).to_dict(),
    )
    torch.manual_seed(seed)
    model = SamModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter + 0.1 * torch.randn_like(parameter))
    return model


def distance(ours, theirs):
    return float((ours - theirs).norm() / theirs.norm())


@pytest.fixture(scope="module", params=CONFIGURATIONS, ids=["usual", "no relative", "no absolute", "other decoder"])
def both(request):
    theirs = tiny(**request.param)
    return st.reference.from_transformers(theirs), theirs


@torch.no_grad()
def test_each_stage_of_the_encoder(both):
    ours, theirs = both
    encoder, side = theirs.vision_encoder, ours.backbone.image_size
    picture = torch.randn(2, 3, side, side)
    x = ours.backbone.embed(picture)
    y = encoder.patch_embed(picture) + (encoder.pos_embed if encoder.pos_embed is not None else 0)
    assert distance(x, y) < 1e-6
    for mine, its in zip(ours.backbone.layers, encoder.layers, strict=True):
        x, y = mine(x), its(y)
        assert distance(x, y) < 1e-5
    assert distance(ours.encode(picture), encoder(picture).last_hidden_state) < 1e-5


@torch.no_grad()
def test_prompts(both):
    ours, theirs = both
    side, (h, w) = ours.backbone.image_size, ours.backbone.grid
    points, labels = torch.rand(1, 5, 3, 2) * side, torch.tensor([[[1, 0, -1]] * 5])
    boxes, masks = torch.rand(1, 5, 4) * side, torch.randn(1, 1, 4 * h, 4 * w)
    for given, box in ((points, None), (points, boxes), (None, boxes)):
        sparse, dense = theirs.prompt_encoder(given, labels if given is not None else None, box, masks)
        xy, kinds = joined(
            None if given is None else (given[0] + 0.5) / side,
            None if given is None else torch.where(labels[0] < 0, 4, labels[0]),
            None if box is None else (box[0].unflatten(1, (2, 2)) + 0.5) / side,
            5,
        )
        assert distance(ours.prompts.tokens(xy, kinds), sparse[0]) < 1e-5
        assert distance(ours.prompts.mask(masks), dense) < 1e-5
    cells = theirs.get_image_wide_positional_embeddings().flatten(2).transpose(1, 2)
    assert distance(ours.prompts.positions.grid((h, w)), cells[0]) < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("prompt", ["points", "boxes", "both", "mask"])
@pytest.mark.parametrize("multimask", [True, False])
def test_the_whole_network(both, prompt, multimask):
    ours, theirs = both
    side, (h, w) = ours.backbone.image_size, ours.backbone.grid
    picture, given, asked = torch.randn(1, 3, side, side), {}, {}
    if prompt in ("points", "both", "mask"):
        points, labels = torch.rand(3, 2, 2) * side, torch.tensor([[1, 0]] * 3)
        given |= {"input_points": points[None], "input_labels": labels[None]}
        asked |= {"points": points, "labels": labels}
    if prompt in ("boxes", "both"):
        boxes = torch.rand(3, 4) * side
        given["input_boxes"], asked["boxes"] = boxes[None], boxes
    if prompt == "mask":
        logits = torch.randn(1, 1, 4 * h, 4 * w)
        given["input_masks"], asked["logits"] = logits, logits
    expected = theirs(pixel_values=picture, multimask_output=multimask, **given)
    answers = ours.ask(ours.encode(picture), multimask=multimask, **asked)
    assert distance(answers.mask_logits, expected.pred_masks[0]) < 1e-5
    assert distance(answers.scores, expected.iou_scores[0]) < 1e-5


@torch.no_grad()
def test_in_float64_they_differ_by_rounding_only():
    theirs = tiny().double()
    ours = st.reference.from_transformers(theirs).double()
    picture, points = torch.randn(1, 3, 96, 96).double(), torch.rand(2, 1, 2).double() * 96
    labels = torch.ones(2, 1, dtype=torch.long)
    expected = theirs(pixel_values=picture, input_points=points[None], input_labels=labels[None])
    answers = ours.ask(ours.encode(picture), points=points, labels=labels, multimask=True)
    assert (
        distance(answers.mask_logits, expected.pred_masks[0]) < 1e-6
    )  # positions are computed in float32 on both sides


def test_what_is_asked_wrongly_is_refused():
    model = st.reference.from_transformers(tiny())
    with pytest.raises(ValueError, match="prompt"):
        model.ask(torch.zeros(1, 32, 12, 12))
    with pytest.raises(ValueError, match="96"):
        model.encode(torch.zeros(1, 3, 64, 64))


def test_attention_can_be_recorded():
    model = st.reference.from_transformers(tiny())
    with st.reference.record_attention(model) as maps, torch.no_grad():
        model.ask(model.encode(torch.randn(1, 3, 96, 96)), points=torch.zeros(1, 1, 2), labels=torch.ones(1, 1).long())
    for name, shape in (
        ("decoder.transformer.layers.0.to_picture", (1, 4, 5 + 2, 144)),
        ("decoder.transformer.layers.1.to_tokens", (1, 4, 144, 5 + 2)),
        ("backbone.layers.1.attention", (1, 3, 144, 144)),
        ("backbone.layers.0.attention", (9, 3, 16, 16)),
    ):
        weights = maps[name][0].weights
        assert weights.shape == shape
        torch.testing.assert_close(weights.sum(-1), torch.ones(shape[:-1]))


def test_fourier_features_agree_less_with_distance():
    torch.manual_seed(0)
    positions = FourierPositions(256)
    line = positions(torch.tensor([[0.5, 0.5], [0.52, 0.5], [0.6, 0.55], [0.9, 0.1]]))
    agreement = (line @ line[0]) / 128
    assert agreement[0] == pytest.approx(1, abs=1e-5)
    assert (agreement.diff() < 0).all()


@pytest.mark.parametrize("size", [(60, 90), (90, 60), (100, 100), (33, 500), (1024, 700), (1, 17), (2000, 1999)])
def test_preprocessing_is_the_librarys_to_the_last_bit(size):
    from transformers import SamImageProcessorPil

    from segtutor.models.pixels import Pixels

    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for edge in (1024, 96):
        settings = {"size": {"longest_edge": edge}, "pad_size": {"height": edge, "width": edge}}
        expected = SamImageProcessorPil(**settings)(
            images=image, return_tensors="np", input_data_format="channels_last"
        )
        values, shown = Pixels("Sam", **settings)(image)
        np.testing.assert_array_equal(values, expected["pixel_values"][0])
        assert list(shown) == list(expected["reshaped_input_sizes"][0])


def test_it_is_a_family_of_reference():
    assert st.reference.SAM is SAM

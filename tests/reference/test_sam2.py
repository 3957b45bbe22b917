"""SAM 2 on pictures against transformers: Hiera layer by layer, neck, prompts, masks; drawn configurations."""

from __future__ import annotations

import doctest

import pytest
import torch
from peers import perturb, relative

import segtutor.reference.backbones.hiera as hiera
import segtutor.reference.models.sam2 as sam2
from segtutor.reference.models.sam2 import SAM2, stability
from segtutor.reference.weights.build import build, from_transformers, outline

torch.set_num_threads(1)

SIDE = 128  # 32 x 32 cells of stride 4, an embedding of 8 x 8


def config(hiera=None, vision=None, decoder=None):
    from transformers import Sam2Config

    stages = {
        "hidden_size": 12, "image_size": [SIDE, SIDE], "blocks_per_stage": [1, 2, 3, 1],
        "embed_dim_per_stage": [12, 24, 36, 48], "num_attention_heads_per_stage": [1, 2, 3, 4],
        "window_size_per_stage": [8, 4, 6, 4], "global_attention_blocks": [4],
        "window_positional_embedding_background_size": [3, 5],
    }  # fmt: skip
    stages |= hiera or {}
    return Sam2Config(
        vision_config={
            "backbone_config": {"model_type": "sam2_hiera_det_model", **stages},
            "backbone_channel_list": stages["embed_dim_per_stage"][::-1], "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]], **(vision or {}),
        },
        prompt_encoder_config={"hidden_size": 32, "image_size": SIDE, "mask_input_channels": 8},
        mask_decoder_config={
            "hidden_size": 32, "mlp_dim": 40, "num_attention_heads": 4, "iou_head_hidden_dim": 24, **(decoder or {})
        },
    )  # fmt: skip


def peer(seed=0, **parts):
    """A tiny Sam2Model of random weights; layers that start constant are moved."""
    from transformers import Sam2Model

    torch.manual_seed(seed)
    return perturb(Sam2Model(config(**parts)), seed)


DRAWN = {
    "usual": {},
    "other windows": {
        "hiera": {
            "window_size_per_stage": [4, 8, 2, 2],
            "global_attention_blocks": [],
            "blocks_per_stage": [2, 1, 2, 2],
            "mlp_ratio": 2.0,
        },
        "vision": {"fpn_top_down_levels": [1, 2]},
    },
    "other decoder": {
        "hiera": {"hidden_act": "relu", "patch_kernel_size": [5, 5], "patch_padding": [2, 2]},
        "decoder": {
            "attention_downsample_rate": 4,
            "num_multimask_outputs": 2,
            "iou_head_depth": 4,
            "dynamic_multimask_via_stability": False,
        },
    },
}


@pytest.fixture(scope="module", params=DRAWN)
def both(request):
    theirs = peer(3, **DRAWN[request.param])
    return from_transformers(theirs), theirs


@torch.no_grad()
def test_each_stage_of_the_encoder(both):
    ours, theirs = both
    picture = torch.randn(2, 3, SIDE, SIDE)
    encoder = theirs.vision_encoder
    x, y = ours.backbone.embed(picture), encoder.backbone.patch_embed(picture)
    y = y + encoder.backbone._get_pos_embed(y.shape[1:3])
    assert relative(x, y) <= 1e-5
    for layer, block in zip(ours.backbone.layers, encoder.backbone.blocks, strict=True):
        x, y = layer(y), block(y)
        assert relative(x, y) <= 1e-5
    maps, expected = ours.neck(ours.backbone(picture)), encoder(picture).fpn_hidden_states
    assert len(maps) == 4
    for found, wanted in zip(maps, expected, strict=False):  # theirs leaves the coarsest out
        assert relative(found, wanted) <= 1e-5
    encoded, expected = ours.encode(picture[:1]), theirs.get_image_features(picture[:1]).fpn_hidden_states
    for found, wanted in zip((*encoded.skips[::-1], encoded.embedding - ours.no_memory), expected, strict=True):
        assert relative(found.flatten(2).permute(2, 0, 1), wanted) <= 1e-5


@torch.no_grad()
@pytest.mark.parametrize("prompt", ["points", "boxes", "both", "mask alone", "points and mask"])
@pytest.mark.parametrize("multimask", [True, False])
def test_the_whole_network(both, prompt, multimask):
    ours, theirs = both
    torch.manual_seed(5)
    picture, given, asked = torch.randn(1, 3, SIDE, SIDE), {}, {}
    if "points" in prompt or prompt == "both":
        points, labels = torch.rand(3, 2, 2) * SIDE, torch.tensor([[1, 0], [1, -1], [1, 1]])
        given |= {"input_points": points[None], "input_labels": labels[None]}
        asked |= {"points": points, "labels": labels}
    if prompt in ("boxes", "both"):
        boxes = torch.rand(3, 4) * SIDE
        given["input_boxes"], asked["boxes"] = boxes[None], boxes
    if "mask" in prompt:
        logits = torch.randn(1, 1, 32, 32)
        given["input_masks"], asked["logits"] = logits, logits
    expected = theirs(pixel_values=picture, multimask_output=multimask, **given)
    answers = ours.ask(ours.encode(picture), multimask=multimask, **asked)
    assert relative(answers.mask_logits, expected.pred_masks[0]) <= 1e-5
    assert relative(answers.scores, expected.iou_scores[0]) <= 1e-5
    assert relative(answers.object_logits, expected.object_score_logits[0, :, 0]) <= 1e-5
    wanted = (theirs.config.mask_decoder_config.num_multimask_outputs if multimask else 1,)
    assert answers.scores.shape[1:] == wanted


@torch.no_grad()
def test_a_shaky_mask_is_replaced_and_a_stable_one_is_not():
    """Both happen among these clicks, and they are transformers' clicks."""
    theirs = peer(1)
    ours = from_transformers(theirs)
    picture, points = torch.randn(1, 3, SIDE, SIDE), torch.rand(12, 1, 2) * SIDE
    image, labels = ours.encode(picture), torch.ones(12, 1, dtype=torch.int64)
    ours.stable = 0.0
    shares = stability(ours.ask(image, points=points, labels=labels).mask_logits[:, 0], 0.05).sort().values
    assert shares[0] < shares[-1]
    widest = int(shares.diff().argmax())  # far from every share, so that rounding decides nothing
    ours.stable = theirs.mask_decoder.dynamic_multimask_stability_thresh = float(shares[widest : widest + 2].mean())
    found = ours.ask(image, points=points, labels=labels)
    expected = theirs(
        pixel_values=picture, input_points=points[None], input_labels=labels[None], multimask_output=False
    )
    assert relative(found.mask_logits, expected.pred_masks[0]) <= 1e-5
    stable, ours.stable = ours.stable, None
    first = ours.ask(image, points=points, labels=labels)
    kept = (first.mask_logits == found.mask_logits).flatten(1).all(1)
    shaky = stability(first.mask_logits[:, 0], 0.05) < stable
    assert torch.equal(kept, ~shaky)
    assert 0 < int(shaky.sum()) < 12
    three = ours.ask(image, points=points, labels=labels, multimask=True)
    best = three.mask_logits[torch.arange(12), three.scores.argmax(1)]
    assert torch.equal(found.mask_logits[shaky, 0], best[shaky])


def test_gradients_are_theirs():
    theirs = peer(2).train()
    ours = from_transformers(theirs)
    picture, points = torch.randn(1, 3, SIDE, SIDE), torch.rand(2, 1, 2) * SIDE
    labels, weights = torch.ones(2, 1, dtype=torch.int64), torch.randn(2, 3, 32, 32)
    (
        ours.ask(ours.encode(picture), points=points, labels=labels, multimask=True).mask_logits * weights
    ).sum().backward()
    expected = theirs(pixel_values=picture, input_points=points[None], input_labels=labels[None])
    (expected.pred_masks[0] * weights).sum().backward()
    for mine, its in (
        (ours.backbone.patches.weight, theirs.vision_encoder.backbone.patch_embed.projection.weight),
        (ours.backbone.window_positions, theirs.vision_encoder.backbone.pos_embed_window),
        (ours.neck.lateral[3].weight, theirs.vision_encoder.neck.convs[0].weight),
        (ours.decoder.object_token, theirs.mask_decoder.obj_score_token.weight),
    ):
        assert relative(mine.grad, its.grad) <= 1e-4


@torch.no_grad()
def test_files_of_the_video_model_and_of_one_set_of_directions():
    theirs = peer(4)
    weights = dict(theirs.state_dict())
    same = "prompt_encoder.shared_embedding.positional_embedding"
    weights[same] = weights["shared_image_embedding.positional_embedding"]
    expected = build(theirs.config.to_dict(), weights).state_dict()
    del weights[same]
    extra = {"memory_attention.layers.0.linear1.weight": torch.zeros(2, 2), "no_object_pointer": torch.zeros(1)}
    found = build(theirs.config.to_dict() | {"model_type": "sam2_video"}, weights | extra).state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    with pytest.raises(ValueError, match="something"):
        build(theirs.config.to_dict(), weights | {"something": torch.zeros(1)})


def test_defaults_are_the_tiny_published_one():
    """What a config leaves out: transformers' defaults, names and shapes."""
    from transformers import Sam2Config, Sam2Model

    with torch.device("meta"):
        theirs = Sam2Model(Sam2Config())
    ours = outline({"model_type": "sam2"})
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
    named = sam2.names.rules({})
    from segtutor.reference.weights.build import translate

    shapes = {name: tensor.shape for name, tensor in translate(theirs.state_dict(), named).items()}
    assert shapes == {name: tensor.shape for name, tensor in ours.state_dict().items()}


def test_what_cannot_be_is_refused():
    ours = SAM2.from_config(config().to_dict()).eval()
    with pytest.raises(ValueError, match="128 x 128"):
        ours.encode(torch.zeros(1, 3, SIDE, 96))
    with pytest.raises(ValueError, match="prompt"):
        ours.ask(None)
    for part in ({"mask_decoder_config": {"num_hidden_layers": 3}}, {"vision_config": {"num_feature_levels": 2}}):
        with pytest.raises(ValueError, match="4 stages"):
            outline({"model_type": "sam2", **part})
    with pytest.raises(ValueError, match="multiples of 32"):
        ours.backbone(torch.zeros(1, 3, 100, 128))
    assert doctest.testmod(hiera).failed + doctest.testmod(sam2).failed == 0


@pytest.mark.parametrize("windows", [(0, 4, 14, 7), (3, 4, 14, 7)])
def test_windows_that_cannot_be_cut_are_refused(windows):
    with pytest.raises(ValueError, match=str(windows[0])):
        hiera.Hiera(widths=(8, 16, 32, 64), depths=(1, 1, 1, 1), windows=windows)

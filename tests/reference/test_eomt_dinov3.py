"""EoMT on DINOv3 against transformers: rotary positions, each layer, drawn configurations, the box in training."""

from __future__ import annotations

import doctest

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

import segtutor.reference.layers.rotary as rotary
from segtutor.reference.backbones.dinov3 import DINOv3
from segtutor.reference.models.eomt_dinov3 import EoMTDINOv3
from segtutor.reference.weights.build import from_transformers, outline, translate

torch.set_num_threads(1)

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "image_size": 32,
    "patch_size": 8,
    "num_blocks": 3,
    "num_queries": 6,
    "num_upscale_blocks": 1,
    "num_labels": 5,
}


def peer(seed=0, probs=None, **changes):
    """A small one of theirs with random weights, masked with the probabilities given (default 1)."""
    from transformers import EomtDinov3Config, EomtDinov3ForUniversalSegmentation

    theirs = perturb(EomtDinov3ForUniversalSegmentation(EomtDinov3Config(**(TINY | changes))), seed, scale=0.2)
    theirs.attn_mask_probs.copy_(torch.ones(len(theirs.attn_mask_probs)) if probs is None else torch.tensor(probs))
    return theirs


@torch.no_grad()
def run_peer(theirs, picture):
    """-> their output, what each layer was given and gave, and for the last ones what their mask allowed."""
    steps, masks = [], []
    count, prefix = theirs.config.num_queries, theirs.num_prefix_tokens

    def hear(_, arguments, keywords, result):
        allowed = keywords["attention_mask"]
        masks.append(None if allowed is None else (allowed > -1)[:, 0, :count, count + prefix :])
        steps.append((arguments[0], result))

    hooks = [layer.register_forward_hook(hear, with_kwargs=True) for layer in theirs.layers]
    try:
        return theirs(picture), steps, masks[-theirs.config.num_blocks :]
    finally:
        for hook in hooks:
            hook.remove()


configs = st.fixed_dictionaries(
    {
        "hidden_size": st.sampled_from([16, 48]),
        "num_hidden_layers": st.integers(3, 4),
        "num_attention_heads": st.sampled_from([1, 2, 4]),
        "intermediate_size": st.sampled_from([24, 40]),
        "patch_size": st.sampled_from([4, 8]),
        "image_size": st.sampled_from([24, 40]),
        "num_blocks": st.integers(1, 3),
        "num_queries": st.integers(1, 9),
        "num_upscale_blocks": st.integers(0, 2),
        "num_labels": st.integers(1, 7),
        "num_register_tokens": st.integers(0, 4),
        "use_gated_mlp": st.booleans(),
        "hidden_act": st.sampled_from(["gelu", "silu"]),
        "rope_parameters": st.sampled_from([None, {"rope_type": "default", "rope_theta": 30.0}]),
        "query_bias": st.booleans(),
        "key_bias": st.booleans(),
        "proj_bias": st.booleans(),
        "mlp_bias": st.booleans(),
    }
)


@settings(deadline=None, max_examples=12, derandomize=True)
@given(config=configs, batch=st.integers(1, 2), seed=st.integers(0, 99))
@torch.no_grad()
def test_each_stage_and_the_whole_are_theirs(config, batch, seed):
    """With their masks forced: the tokens of every layer, and what the queries say at the end."""
    theirs = peer(seed, **config)
    ours = from_transformers(theirs)
    picture = torch.randn(batch, 3, config["image_size"], config["image_size"])
    expected, steps, masks = run_peer(theirs, picture)
    assert relative(ours.backbone.embed(picture), steps[0][0]) <= 1e-5
    angles = ours.backbone.angles(ours.backbone.grid)
    cos, sin = theirs.rope_embeddings(picture)
    assert relative(angles.cos().tile(2), cos) <= 1e-5
    assert relative(angles.sin().tile(2), sin) <= 1e-5
    free = [None] * (len(steps) - len(masks))
    for layer, (given_, result), allowed in zip(ours.backbone.layers, steps, [*free, *masks], strict=True):
        found = layer(given_, None if allowed is None else ours.among_all(allowed), angles)
        assert relative(found, result) <= 1e-5
    output = ours(picture, may_attend=masks)
    assert relative(output.mask_logits, expected.masks_queries_logits) <= 1e-5
    assert relative(output.class_logits, expected.class_queries_logits) <= 1e-5


def test_in_float64_they_differ_by_rounding_only():
    """Masked by itself, and annealed. Angles are made in float32 by both, so those are equal."""
    for probs in (None, [0.0, 0.0, 0.0]):
        theirs = peer(3, probs).double()
        ours = from_transformers(theirs).double()
        with torch.no_grad():
            picture = torch.randn(2, 3, 32, 32, dtype=torch.float64)
            output, expected = ours(picture), theirs(picture)
        assert relative(output.mask_logits, expected.masks_queries_logits) <= 1e-6
        assert relative(output.class_logits, expected.class_queries_logits) <= 1e-6
        assert len(output.layers) == (3 if probs is None else 0)


@pytest.mark.parametrize(
    "box", [{}, {"pos_embed_shift": 0.3, "pos_embed_jitter": 1.5}, {"pos_embed_rescale": None}], ids=str
)
def test_in_training_the_box_is_stretched_and_gradients_are_theirs(box):
    theirs = peer(4, [0.0, 0.0, 0.0], **box).train()
    ours = from_transformers(theirs)
    picture = torch.randn(2, 3, 32, 32)
    torch.manual_seed(7)
    output = ours(picture)
    torch.manual_seed(7)
    expected = theirs(picture)
    masks, classes = torch.randn_like(output.mask_logits), torch.randn_like(output.class_logits)
    (output.mask_logits * masks).sum().add((output.class_logits * classes).sum()).backward()
    (expected.masks_queries_logits * masks).sum().add((expected.class_queries_logits * classes).sum()).backward()
    named = {name: p.grad for name, p in theirs.named_parameters()}
    named = translate(named, EoMTDINOv3.rules(theirs.config.to_dict()))
    assert set(named) == {name for name, _ in ours.named_parameters()}
    for name, parameter in ours.named_parameters():
        assert relative(parameter.grad, named[name]) <= 1e-4, name
    ours.backbone.eval()
    same = torch.equal(ours.backbone.angles((4, 4)), ours.backbone.train().angles((4, 4)))
    assert same == (box == {"pos_embed_rescale": None})


def test_a_score_depends_on_the_difference_alone():
    """Two patches two columns apart have one score wherever they are, and another in another direction."""
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 16)
    angles = rotary.rotary_angles(rotary.patch_positions((6, 6)), 16).unflatten(0, (6, 6))

    def score(a, b):
        return float((rotary.turned(query, angles[a][None]) * rotary.turned(key, angles[b][None])).sum())

    assert score((0, 0), (1, 2)) == pytest.approx(score((4, 3), (5, 5)), abs=1e-5)
    assert score((0, 0), (1, 2)) != pytest.approx(score((0, 0), (2, 1)), abs=1e-2)
    assert doctest.testmod(rotary).failed == 0


def test_the_backbone_alone_reads_pictures_of_any_size():
    backbone = DINOv3(width=16, num_heads=2, depth=2, hidden=24, patch=4).eval()
    with torch.no_grad():
        assert [m.shape for m in backbone(torch.zeros(1, 3, 20, 36))] == [(1, 16, 5, 9)]


def test_what_cannot_be_is_refused():
    for config in (
        {"rope_parameters": {"rope_type": "dynamic"}},
        {"hidden_size": 18, "num_attention_heads": 3},
    ):
        with pytest.raises(ValueError, match=r"rope_type|head"):
            outline({"model_type": "eomt_dinov3", **TINY, **config})
    ours = from_transformers(peer())
    with pytest.raises(ValueError, match="32 x 32"):
        ours(torch.zeros(1, 3, 40, 32))


@pytest.mark.parametrize("wrong", [{"rope_theta": 0.0}, {"rope_theta": -5.0}, {"pos_embed_rescale": 0}])
def test_positions_that_would_be_no_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EoMTDINOv3.from_config({"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1} | wrong)

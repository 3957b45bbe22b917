"""EoMT against transformers: layer by layer with their masks, end to end with flips counted, annealed to no masks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.backbones.vit import ViT
from segtutor.reference.layers.record import record_attention
from segtutor.reference.models.eomt import EoMT, annealed_probs
from segtutor.reference.weights.build import build, fill, from_transformers, translate
from segtutor.reference.weights.names.vit import RULES

torch.set_num_threads(1)

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 8,
    "num_blocks": 3,
    "num_queries": 6,
    "num_upscale_blocks": 1,
    "num_labels": 5,
    "mlp_ratio": 2,
}


def peer(seed=0, probs=None, **changes):
    """A small EoMT of theirs with random weights, masked with the probabilities given (default 1)."""
    from transformers import EomtConfig, EomtForUniversalSegmentation

    theirs = perturb(EomtForUniversalSegmentation(EomtConfig(**(TINY | changes))), seed, scale=0.3)
    theirs.attn_mask_probs.copy_(torch.ones(len(theirs.attn_mask_probs)) if probs is None else torch.tensor(probs))
    return theirs


def run_peer(theirs, picture):
    """-> their output, and for each of the last layers what their mask allowed, (B, Q, h w), and their prediction."""
    masks, predictions, hooks = [], [], []
    count, prefix = theirs.config.num_queries, theirs.embeddings.num_prefix_tokens

    def see_mask(_, arguments):
        allowed = arguments[1]
        masks.append(None if allowed is None else (allowed > 0)[:, 0, :count, count + prefix :])

    plain = theirs.predict

    def predict(tokens):
        predictions.append(plain(tokens))
        return predictions[-1]

    theirs.predict = predict
    try:
        hooks = [layer.register_forward_pre_hook(see_mask) for layer in theirs.layers[-theirs.config.num_blocks :]]
        with torch.no_grad():
            output = theirs(picture)
    finally:
        del theirs.predict
        for hook in hooks:
            hook.remove()
    return output, masks, predictions


configs = st.fixed_dictionaries(
    {
        "hidden_size": st.sampled_from([8, 16]),
        "num_hidden_layers": st.integers(3, 4),
        "num_attention_heads": st.sampled_from([1, 2, 4]),
        "patch_size": st.sampled_from([4, 8]),
        "image_size": st.sampled_from([24, 40]),
        "num_blocks": st.integers(1, 3),
        "num_queries": st.integers(1, 9),
        "num_upscale_blocks": st.integers(0, 2),
        "num_labels": st.integers(1, 7),
        "num_register_tokens": st.integers(0, 4),
        "use_swiglu_ffn": st.booleans(),
        "hidden_act": st.sampled_from(["gelu", "relu"]),
        "layerscale_value": st.sampled_from([0.5, 1.0]),
        "layer_norm_eps": st.sampled_from([1e-6, 1e-3]),
    }
)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(config=configs, batch=st.integers(1, 2), seed=st.integers(0, 99))
def test_each_prediction_is_theirs(config, batch, seed):
    """With their masks forced each prediction agrees; with our own masks, bits that differ were at the threshold."""
    theirs = peer(seed, **config)
    ours = from_transformers(theirs)
    picture = torch.randn(batch, 3, config["image_size"], config["image_size"])
    expected, masks, predictions = run_peer(theirs, picture)
    with torch.no_grad():
        forced, free = ours(picture, may_attend=masks), ours(picture)
    assert len(forced.layers) == len(free.layers) == len(predictions) - 1 == config["num_blocks"]
    for layer, (mask_logits, class_logits) in zip([*forced.layers, forced], predictions, strict=True):
        assert relative(layer.mask_logits, mask_logits) <= 1e-5
        assert relative(layer.class_logits, class_logits) <= 1e-5
    assert relative(forced.mask_logits, expected.masks_queries_logits) <= 1e-5
    flips = 0
    for layer, mask in zip(free.layers, masks, strict=True):
        flipped = ours.inside_mask(layer.mask_logits) != mask
        if flips == 0:  # up to the first flip both ran on the same masks
            shrunk = F.interpolate(layer.mask_logits, size=ours.backbone.grid, mode="bilinear").flatten(2)
            assert (shrunk[flipped].abs() <= 1e-5 * layer.mask_logits.abs().max()).all()
        flips += int(flipped.sum())
    if flips == 0:
        assert relative(free.mask_logits, expected.masks_queries_logits) <= 1e-5
        assert relative(free.class_logits, expected.class_queries_logits) <= 1e-5


def test_flips_end_to_end_are_counted():
    """Over many pictures: how many bits of the masks differ between the two models, each choosing its own."""
    theirs = peer(3)
    ours = from_transformers(theirs)
    flips = bits = 0
    for seed in range(4):
        picture = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
        _, masks, _ = run_peer(theirs, picture)
        with torch.no_grad():
            layers = ours(picture).layers
        flips += sum(int((ours.inside_mask(a.mask_logits) != b).sum()) for a, b in zip(layers, masks, strict=True))
        bits += sum(mask.numel() for mask in masks)
        assert all(0.02 < float(mask.float().mean()) < 0.98 for mask in masks), "masks that say something"
    assert bits == 4 * 2 * 3 * 6 * 16
    assert flips <= 1e-3 * bits


@pytest.mark.parametrize("probs", [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.4, 0.9]])
def test_annealed_masks_are_theirs(probs):
    """At 0 no mask is computed and nothing is predicted before the end; in between the same seed lets the same go."""
    theirs = peer(1, probs)
    ours = from_transformers(theirs)
    picture = torch.randn(2, 3, 32, 32)
    torch.manual_seed(5)
    expected, masks, predictions = run_peer(theirs, picture)
    torch.manual_seed(5)
    with torch.no_grad():
        output = ours(picture)
    assert relative(output.mask_logits, expected.masks_queries_logits) <= 1e-5
    assert relative(output.class_logits, expected.class_queries_logits) <= 1e-5
    assert len(output.layers) == len(predictions) - 1 == sum(prob > 0 for prob in probs)
    assert [mask is None for mask in masks] == [prob == 0 for prob in probs]


def test_a_layer_without_masks_sees_everything():
    """Where transformers would go on with the mask of the layer before."""
    ours = from_transformers(peer(1))
    picture = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        ours.mask_probs[1] = 0
        output = ours(picture)
        masks = [ours.inside_mask(layer.mask_logits) for layer in output.layers]
        assert len(masks) == 2
        same = ours(picture, may_attend=[masks[0], None, masks[1]])
    assert torch.equal(output.mask_logits, same.mask_logits)


def test_only_queries_looking_at_patches_are_masked():
    ours = from_transformers(peer(2))
    with torch.no_grad(), record_attention(ours) as maps:
        output = ours(torch.randn(2, 3, 32, 32))
    assert sorted(maps) == [f"backbone.layers.{i}.attention" for i in range(4)]
    assert maps["backbone.layers.0.attention"][0].may_attend is None
    for i, layer in enumerate(output.layers):
        seen = maps[f"backbone.layers.{i + 1}.attention"][0]
        looks = ours.queries_to_patches(seen.weights)  # (B, heads, Q, h, w)
        inside = ours.inside_mask(layer.mask_logits).unflatten(-1, (4, 4))[:, None]
        assert (looks[~inside.expand_as(looks)] == 0).all()
        assert (looks[inside.expand_as(looks)] > 0).all()
        assert seen.may_attend[:, :, 6:].all()
        assert seen.may_attend[..., :11].all(), "queries, class token and registers are seen by all"
        assert relative(seen.weights.sum(-1), torch.ones(2, 4, 27)) <= 1e-5


def test_gradients_are_theirs():
    theirs = peer(4, [0.0, 0.0, 0.0]).train()
    ours = from_transformers(theirs)
    assert ours.training
    picture = torch.randn(2, 3, 32, 32)
    output, expected = ours(picture), theirs(picture)
    assert len(output.layers) == 3, "in training each layer is supervised"
    masks, classes = torch.randn_like(output.mask_logits), torch.randn_like(output.class_logits)
    (output.mask_logits * masks).sum().add((output.class_logits * classes).sum()).backward()
    (expected.masks_queries_logits * masks).sum().add((expected.class_queries_logits * classes).sum()).backward()
    with torch.no_grad():
        named = {name: p.grad for name, p in theirs.named_parameters()}
        named = translate(named, EoMT.rules(theirs.config.to_dict()))
    assert set(named) == {name for name, _ in ours.named_parameters()}
    for name, parameter in ours.named_parameters():
        if named[name].abs().max() > 1e-4:  # that of a key's bias is 0 but for rounding
            assert relative(parameter.grad, named[name]) <= 1e-5, name
    assert sum(bool(grad.abs().max() > 1e-4) for grad in named.values()) >= len(named) - 4


def test_masks_carry_no_gradient_and_training_runs():
    ours = from_transformers(peer(0, hidden_dropout_prob=0.1, drop_path_rate=0.2, attention_dropout=0.1)).train()
    ours.mask_probs.copy_(torch.tensor(annealed_probs(0.3, 3)))
    output = ours(torch.randn(2, 3, 32, 32))
    sum(layer.mask_logits.square().mean() for layer in (*output.layers, output)).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in ours.parameters())
    assert ours.queries.grad.abs().max() > 0


def test_half_precision_runs():
    ours = from_transformers(peer(0, probs=[0.0, 0.0, 0.0]))
    picture = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        full = ours(picture)
        with torch.autocast("cpu", torch.bfloat16):
            half = ours(picture.to(memory_format=torch.channels_last))
    assert relative(half.mask_logits.float(), full.mask_logits) < 0.1


def test_what_a_config_leaves_out_is_theirs():
    from transformers import EomtConfig

    full = EomtConfig().to_dict()
    with torch.device("meta"):
        short, long = EoMT.from_config({"model_type": "eomt"}), EoMT.from_config(full)
    assert str(short) == str(long)
    assert {n: p.shape for n, p in short.state_dict().items()} == {n: p.shape for n, p in long.state_dict().items()}
    assert short.backbone.layers[0].skip == long.backbone.layers[0].skip == 0.0
    assert len(short.class_head.bias) == 3


def test_dinov2s_packed_gate_is_read():
    theirs = peer(0, use_swiglu_ffn=True)
    weights = dict(theirs.state_dict())
    for i in range(4):
        for kind in ("weight", "bias"):
            halves = [weights.pop(f"layers.{i}.mlp.{part}_proj.{kind}") for part in ("gate", "up")]
            weights[f"layers.{i}.mlp.weights_in.{kind}"] = torch.cat(halves)
            weights[f"layers.{i}.mlp.weights_out.{kind}"] = weights.pop(f"layers.{i}.mlp.down_proj.{kind}")
    packed, plain = build(theirs.config.to_dict(), weights), from_transformers(theirs)
    for name, tensor in plain.state_dict().items():
        assert torch.equal(packed.state_dict()[name], tensor), name


def test_vit_alone_is_their_backbone():
    theirs = peer(6, [0.0, 0.0, 0.0])
    vit = ViT(width=16, num_heads=4, depth=4, hidden=32, patch=8, grid=(4, 4))
    parts = ("embeddings.", "layers.", "layernorm.")
    fill(vit, {name: tensor for name, tensor in theirs.state_dict().items() if name.startswith(parts)}, RULES)
    picture = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        tokens = theirs.embeddings(picture)
        for layer in theirs.layers:
            tokens = layer(tokens)
        expected = theirs.layernorm(tokens)[:, 5:].transpose(1, 2).view(2, 16, 4, 4)
        (ours,) = vit.eval()(picture)
    assert relative(ours, expected) <= 1e-5
    assert (vit.channels, vit.strides) == ((16,), (8,))


def test_schedule_anneals_layer_by_layer():
    steps = [annealed_probs(i / 60) for i in range(61)]
    for before, after in zip(steps[:-1], steps[1:], strict=True):
        assert all(a <= b for a, b in zip(after, before, strict=True))
    for probs in steps:
        assert probs == sorted(probs)
        assert sum(0 < prob < 1 for prob in probs) <= 1, "one layer at a time"
    assert steps[10] == [1.0] * 4
    assert steps[50] == [0.0] * 4
    assert steps[20] == [0.0, 1.0, 1.0, 1.0]


def test_what_does_not_fit_is_a_sentence():
    ours = from_transformers(peer())
    with pytest.raises(ValueError, match="32 x 32.*40 x 32"):
        ours(torch.randn(1, 3, 40, 32))
    with pytest.raises(ValueError, match="may_attend.* 3 layers.* 1$"):
        ours(torch.randn(1, 3, 32, 32), may_attend=[None])

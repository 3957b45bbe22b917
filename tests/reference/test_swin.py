"""Swin against both of transformers', and the fast way into windows against the plain one."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.backbones.swin import Swin
from segtutor.reference.fast import windows as fast_windows
from segtutor.reference.fast.windows import window_index
from segtutor.reference.layers.attention import attend_with_weights
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.layers.windows import (
    WindowAttention,
    from_windows,
    into_windows,
    may_attend_in_windows,
)
from segtutor.reference.weights.build import fill, translate
from segtutor.reference.weights.names.backbones import backbone_rules

torch.set_num_threads(1)
KINDS = ["SwinConfig", "MaskFormerSwinConfig"]


def pair(config, seed=0):
    from transformers import AutoBackbone

    theirs = perturb(AutoBackbone.from_config(config), seed)
    with torch.device("meta"):
        ours = build_backbone(config.to_dict())
    fill(ours, theirs.state_dict(), backbone_rules(config.to_dict()))
    return ours.eval(), theirs


def small(kind, **changes):
    import transformers

    options = {"embed_dim": 8, "depths": [2, 2], "num_heads": [2, 4], "window_size": 3}
    return getattr(transformers, kind)(**(options | {"out_features": ["stage1", "stage2"]} | changes))


sizes = st.tuples(st.integers(1, 17), st.integers(1, 17))
steps = st.integers(1, 5).flatmap(lambda window: st.tuples(st.just(window), st.integers(0, window - 1)))


@settings(deadline=None, max_examples=40, derandomize=True)
@given(size=sizes, step=steps, batch=st.integers(1, 2))
def test_index_is_the_plain_form(size, step, batch):
    x = torch.randn(batch, *size, 3)
    index = window_index(size, *step)
    cut = into_windows(x, *step)
    tokens = torch.nn.functional.pad(x.flatten(1, 2), (0, 0, 0, 1))
    assert torch.equal(tokens[:, index.into].reshape(cut.shape), cut)
    assert torch.equal(from_windows(cut, size, *step), x)
    assert torch.equal(cut.view(batch, -1, 3)[:, index.back].reshape(x.shape), x)
    allowed = may_attend_in_windows(size, *step)
    if index.may_attend is None:
        assert allowed.all()
    else:
        assert torch.equal(index.may_attend[index.kind], allowed)
        assert len(index.may_attend) <= 4


@settings(deadline=None, max_examples=25, derandomize=True)
@given(size=sizes, step=st.integers(1, 4).flatmap(lambda m: st.tuples(st.just(m), st.sampled_from([0, m // 2]))))
def test_places_attend_where_they_are_neighbours(size, step):
    """Two places of one window attend to each other unless rolling brought them together from far apart."""
    window, shift = step
    h, w = (side + -side % window for side in size)
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    y, x = (into_windows(place[None, :, :, None], window, shift).squeeze(-1) for place in (y, x))
    near = [(place[:, :, None] - place[:, None]).abs() < window for place in (y, x)]
    allowed = may_attend_in_windows(size, window, shift)
    assert not (allowed & ~(near[0] & near[1])).any()
    assert allowed.any(-1).all()
    if h > window and w > window:  # else a rolled map is one window, whose halves are near each other as well
        assert torch.equal(allowed, near[0] & near[1])


@settings(deadline=None, max_examples=12, derandomize=True)
@given(size=sizes, step=st.sampled_from([(3, 0), (3, 1), (4, 2)]), batch=st.integers(1, 2), piece=st.integers(1, 2000))
def test_attention_is_the_equation(size, step, batch, piece):
    """The fast layer, whole and in pieces, against padding, rolling, cutting and eq. 4 line by line."""
    layer = perturb(WindowAttention(8, 2, *step))
    x = torch.randn(batch, *size, 8)
    with torch.no_grad():
        cut = layer.qkv(into_windows(x, *step)).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        allowed = may_attend_in_windows(size, *step).repeat(batch, 1, 1)[:, None]
        mixed, weights = attend_with_weights(*cut, may_attend=allowed, bias=layer.position_bias())
        expected = layer.output(from_windows(mixed.transpose(1, 2).flatten(2), size, *step))
        assert relative(layer(x), expected) <= 1e-5
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fast_windows, "PIECE_BYTES", piece * 8)
            assert relative(layer(x), expected) <= 1e-5
        with record_attention(layer) as maps:
            assert relative(layer(x), expected) <= 1e-5
        with plain(), record_attention(layer) as plain_maps:
            assert relative(layer(x), expected) <= 1e-5
        assert relative(plain_maps[""][0].weights, weights) <= 1e-5
    assert relative(layer(x).detach(), expected) <= 1e-5
    with plain():
        assert relative(layer(x).detach(), expected) <= 1e-5
    seen = maps[""][0]
    assert relative(seen.weights, weights) <= 1e-5
    if step[1]:
        assert torch.equal(seen.may_attend.expand(weights.shape), allowed.expand(weights.shape))
    else:
        assert seen.may_attend is None


def test_bias_is_one_number_a_displacement():
    layer = WindowAttention(4, 1, 2, 0)
    with torch.no_grad():
        layer.table.copy_(torch.arange(9.0)[:, None])  # rows of the table: dy from -1 to 1, then dx
    bias = layer.position_bias()[0, 0]
    assert bias.diagonal().tolist() == [4.0] * 4
    assert bias[0].tolist() == [4.0, 3.0, 1.0, 0.0]  # the first place looks right, down, down and right


@settings(deadline=None, max_examples=16, derandomize=True)
@given(data=st.data())
def test_each_stage_is_theirs(data):
    kind = data.draw(st.sampled_from(KINDS))
    stages = data.draw(st.integers(1, 3), "stages")
    heads = [data.draw(st.sampled_from([1, 2, 4])) for _ in range(stages)]
    first = 0 if kind == "SwinConfig" else 1
    out = sorted(data.draw(st.sets(st.integers(first, stages), min_size=1), "out"))
    config = small(
        kind,
        embed_dim=data.draw(st.sampled_from([4, 8, 12]), "width"),
        depths=[data.draw(st.integers(1, 3)) for _ in range(stages)],
        num_heads=heads,
        window_size=data.draw(st.integers(1, 5), "window"),
        patch_size=data.draw(st.sampled_from([2, 4]), "patch"),
        mlp_ratio=data.draw(st.sampled_from([1.5, 4.0])),
        qkv_bias=data.draw(st.booleans()),
        layer_norm_eps=data.draw(st.sampled_from([1e-5, 1e-2])),
        hidden_act=data.draw(st.sampled_from(["gelu", "relu"])),
        out_features=[(["stem"] + [f"stage{i + 1}" for i in range(stages)])[i] for i in out],
    )
    ours, theirs = pair(config, data.draw(st.integers(0, 99)))
    size = [data.draw(st.integers(9, 75)) for _ in range(2)]
    picture = torch.randn(data.draw(st.integers(1, 2)), 3, *size)
    with torch.no_grad():
        maps, expected = ours(picture), theirs(picture).feature_maps
    assert len(maps) == len(expected) == len(ours.channels) == len(ours.strides)
    for ours_map, theirs_map, channels, stride in zip(maps, expected, ours.channels, ours.strides, strict=True):
        assert relative(ours_map, theirs_map) <= 1e-5
        assert ours_map.shape[1:] == (channels, *(-(-side // stride) for side in size))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_theirs(kind):
    config = small(kind)
    ours, theirs = pair(config)
    picture = torch.randn(2, 3, 37, 30)
    weights = [torch.randn(map_.shape) for map_ in ours(picture)]
    for parameter in ours.parameters():
        parameter.requires_grad_(True)
    for maps in (ours(picture), theirs(picture).feature_maps):
        sum((map_ * weight).mean() for map_, weight in zip(maps, weights, strict=True)).backward()
    with torch.no_grad():  # gradients travel under the same names as weights
        named = {name: parameter.grad for name, parameter in theirs.named_parameters() if parameter.grad is not None}
        named = translate(named, backbone_rules(config.to_dict()))
    for name, parameter in ours.named_parameters():
        assert relative(parameter.grad, named[name]) <= 1e-5, name


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_config_leaves_out_is_theirs(kind):
    import transformers

    full = getattr(transformers, kind)().to_dict()
    with torch.device("meta"):
        short, long = build_backbone({"model_type": full["model_type"]}), build_backbone(full)
    assert str(short) == str(long)
    assert {n: p.shape for n, p in short.named_parameters()} == {n: p.shape for n, p in long.named_parameters()}
    assert short.channels == long.channels == (768,)
    assert [layer.skip for stage in short.stages for layer in stage] == [
        layer.skip for stage in long.stages for layer in stage
    ]


def test_published_weights_have_older_names():
    """What SwinBackbone's file holds, next to what its module calls the same tensors."""
    config = small("SwinConfig")
    ours, theirs = pair(config)
    older = {}
    for name, tensor in theirs.state_dict().items():
        name = name.removeprefix("swin.")
        for new, old in (
            ("q_proj", "self.query"),
            ("k_proj", "self.key"),
            ("v_proj", "self.value"),
            ("o_proj", "output.dense"),
            ("mlp.fc1", "intermediate.dense"),
            ("mlp.fc2", "output.dense"),
            ("relative_position_bias.relative", "self.relative"),
        ):
            name = name.replace(new, old)
        older[name] = tensor
    older["encoder.layers.0.blocks.0.attention.self.relative_position_index"] = torch.zeros(9, 9, dtype=torch.int64)
    assert "encoder.layers.1.blocks.0.attention.output.dense.weight" in older
    with torch.device("meta"):
        copy = build_backbone(config.to_dict())
    fill(copy, older, backbone_rules(config.to_dict()))
    for name, tensor in ours.state_dict().items():
        assert torch.equal(copy.state_dict()[name], tensor), name


def test_positions_of_patches():
    config = small("SwinConfig", use_absolute_embeddings=True, image_size=[32, 24])
    ours, theirs = pair(config)
    picture = torch.randn(1, 3, 32, 24)
    with torch.no_grad():
        assert relative(ours(picture)[-1], theirs(picture).feature_maps[-1]) <= 1e-5
        with pytest.raises(ValueError, match="40 x 24"):
            ours(torch.randn(1, 3, 40, 24))


def test_training_leaves_layers_out_at_random():
    torch.manual_seed(0)
    model = perturb(Swin(width=8, depths=(2,), heads=(2,), window=3, out=(1,), skip=0.5, dropout=0.1))
    picture = torch.randn(2, 3, 24, 24)
    with torch.no_grad():
        still = model(picture)[0]
        assert torch.equal(model(picture)[0], still)
        model.train()
        assert not torch.equal(model(picture)[0], model(picture)[0])
        # a layer's addition is kept whole or left out, and right on average
        layer, ones = model.stages[0][1], torch.ones(4000, 1, 1, 1)
        layer.dropout = 0.0
        kept = layer._sometimes(ones)
        assert set(kept.unique().tolist()) == {0.0, 2.0}
        assert abs(float(kept.mean()) - 1) < 0.1


def test_half_precision_runs():
    model = perturb(Swin(width=8, depths=(2,), heads=(2,), window=3, out=(1,)))
    picture = torch.randn(1, 3, 40, 32)
    with torch.no_grad():
        full = model(picture)[0]
        with torch.autocast("cpu", torch.bfloat16):
            half = model(picture.to(memory_format=torch.channels_last))[0]
    assert relative(half.float(), full) < 0.1
    with torch.autocast("cpu", torch.bfloat16):
        model(picture)[0].float().sum().backward()
    assert model.embed.weight.grad.isfinite().all()

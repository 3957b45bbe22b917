"""Deformable attention: the fast form against the plain one and transformers, its gradients, the layer."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative
from torch import nn

import segtutor.reference.fast.deformable as fast
from segtutor.reference.layers.deformable import (
    DeformableAttention,
    cell_centres,
    deformable_attention,
)
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.weights.build import fill
from segtutor.reference.weights.names.mask2former import pixel_decoder_rules

torch.set_num_threads(1)


def plain_attention(*given):
    with plain():
        return deformable_attention(*given)


level_sizes = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=4).map(tuple)


def inputs(sizes, *, batch=1, queries=5, heads=2, width=3, points=4, beyond=0.5, dtype=torch.float32, seed=0):
    """Values, points reaching `beyond` the maps on each side, weights that sum to 1."""
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, queries, heads, len(sizes), points)
    values = torch.randn(batch, sum(h * w for h, w in sizes), heads, width, generator=generator, dtype=dtype)
    where = torch.rand(*shape, 2, generator=generator, dtype=dtype) * (1 + 2 * beyond) - beyond
    weights = torch.randn(shape, generator=generator, dtype=dtype).flatten(3).softmax(-1).view(shape)
    return values, where, weights


def with_gradients(attention, sizes, tensors):
    values, where, weights = (tensor.detach().clone().requires_grad_() for tensor in tensors)
    out = attention(values, sizes, where, weights)
    out.backward(torch.randn(out.shape, generator=torch.Generator().manual_seed(1), dtype=out.dtype))
    return out.detach(), values.grad, where.grad, weights.grad


@settings(max_examples=25, deadline=None, derandomize=True)
@given(level_sizes, st.integers(1, 2), st.integers(1, 40), st.integers(1, 4), st.integers(1, 9), st.integers(1, 5))
def test_fast_form_is_the_plain_form_with_its_gradients(sizes, batch, queries, heads, width, points):
    tensors = inputs(sizes, batch=batch, queries=queries, heads=heads, width=width, points=points, seed=queries)
    ours = with_gradients(deformable_attention, sizes, tensors)
    expected = with_gradients(plain_attention, sizes, tensors)
    for name, a, b in zip(("out", "values", "points", "weights"), ours, expected, strict=True):
        assert relative(a, b) <= 1e-5, name


@settings(max_examples=10, deadline=None, derandomize=True)
@given(level_sizes, st.integers(1, 2), st.integers(1, 30), st.integers(1, 4))
def test_both_forms_are_transformers(sizes, batch, queries, heads):
    from transformers.models.mask2former.modeling_mask2former import multi_scale_deformable_attention

    tensors = inputs(sizes, batch=batch, queries=queries, heads=heads, width=8)

    def theirs(values, sizes, where, weights):
        return multi_scale_deformable_attention(values, sizes, where, weights)

    expected = with_gradients(theirs, sizes, tensors)
    for attention in (plain_attention, deformable_attention):
        for name, a, b in zip(
            ("out", "values", "points", "weights"), with_gradients(attention, sizes, tensors), expected, strict=True
        ):
            assert relative(a, b) <= 1e-5, name


def test_at_the_sizes_of_a_picture_and_over_several_blocks(monkeypatch):
    """384 x 384 through Swin-T, where a single block is not enough."""
    sizes = ((12, 12), (24, 24), (48, 48))
    tensors = inputs(sizes, queries=700, heads=8, width=32, beyond=0.1)
    assert tensors[2][0].numel() > fast.POINTS_AT_ONCE
    expected = with_gradients(plain_attention, sizes, tensors)
    for a, b in zip(with_gradients(deformable_attention, sizes, tensors), expected, strict=True):
        assert relative(a, b) <= 1e-5
    monkeypatch.setattr(fast, "POINTS_AT_ONCE", 1)  # a block is never less than a query
    assert relative(deformable_attention(tensors[0], sizes, *tensors[1:]), expected[0]) <= 1e-5


def test_gradients_are_those_of_the_differences():
    sizes = ((3, 4), (2, 1))
    values, where, weights = (
        tensor.requires_grad_() for tensor in inputs(sizes, batch=2, queries=3, points=2, dtype=torch.float64)
    )
    assert torch.autograd.gradcheck(
        lambda *tensors: deformable_attention(tensors[0], sizes, *tensors[1:]), (values, where, weights)
    )


def test_by_hand():
    """One map of 2 x 2 cells: in the middle of a cell its value, between all four their mean, outside nothing."""
    values = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 4, 1, 1)
    where = torch.tensor([[0.25, 0.25], [0.75, 0.25], [0.5, 0.5], [3.0, 0.5], [-1e9, 1e9], [0.0, 0.25]])
    for attention in (plain_attention, deformable_attention):
        read = attention(values, ((2, 2),), where.view(1, 6, 1, 1, 1, 2), torch.ones(1, 6, 1, 1, 1))
        assert read.flatten().tolist() == [1.0, 2.0, 2.5, 0.0, 0.0, 0.5]  # at the edge: half a cell, half nothing


def test_points_outside_have_no_gradient():
    values, where, weights = inputs(((3, 3),), queries=4)
    outside = torch.full_like(where, 2.0).requires_grad_()
    deformable_attention(values.requires_grad_(), ((3, 3),), outside, weights).sum().backward()
    assert outside.grad.abs().max() == 0
    assert values.grad.abs().max() == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_numbers_that_are_none_do_not_read_beyond_the_table(bad):
    values, where, weights = inputs(((3, 3), (2, 2)), queries=6)
    where[0, 2] = bad
    out = deformable_attention(values, ((3, 3), (2, 2)), where, weights)
    assert out[0, [0, 1, 3, 4, 5]].isfinite().all()
    where.requires_grad_()
    deformable_attention(values.requires_grad_(), ((3, 3), (2, 2)), where, weights).sum().backward()


@pytest.mark.parametrize("attention", [plain_attention, deformable_attention])
def test_under_autocast_it_reads_in_float32(attention):
    sizes = ((5, 6), (3, 3))
    values, where, weights = inputs(sizes, width=8)
    expected = attention(values, sizes, where, weights)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = attention(values.bfloat16(), sizes, where, weights)
    assert out.dtype == torch.bfloat16
    assert relative(out, expected) <= 0.02


def test_another_device_takes_the_plain_form():
    """The meta device, which has shapes only: nothing there may need the processor's memory."""
    values, where, weights = (tensor.to("meta") for tensor in inputs(((3, 3), (2, 2))))
    assert deformable_attention(values, ((3, 3), (2, 2)), where, weights).shape == (1, 5, 6)


def layer_and_peer(width, heads, levels=3, seed=0):
    from transformers.models.mask2former.modeling_mask2former import (
        Mask2FormerPixelDecoderEncoderMultiscaleDeformableAttention as Peer,
    )

    torch.manual_seed(seed)
    theirs = perturb(Peer(width, heads, levels, 4), seed, scale=0.3)
    ours = nn.Module()
    ours.layers = nn.ModuleList([nn.Module()])
    ours.layers[0].attention = DeformableAttention(width, heads, num_levels=levels)
    weights = {f"encoder.layers.0.self_attn.{name}": tensor for name, tensor in theirs.state_dict().items()}
    fill(ours, weights, pixel_decoder_rules())
    return ours.layers[0].attention.eval(), theirs


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), min_size=3, max_size=3),
    st.booleans(),
)
def test_layer_is_transformers(heads, each, sizes, trained):
    ours, theirs = layer_and_peer(heads * each * 2, heads)
    sizes = tuple(sizes)
    references = cell_centres(sizes)
    maps = torch.randn(2, len(references), heads * each * 2)
    with torch.set_grad_enabled(trained):
        expected, _ = theirs(
            maps,
            encoder_hidden_states=maps,
            reference_points=references[None, :, None].expand(2, -1, 3, -1),
            spatial_shapes_list=list(sizes),
        )
        out = ours(maps, references, maps, sizes)
        assert relative(out.detach(), expected.detach()) <= 1e-5
        batched = ours(maps, references.expand(2, -1, -1), maps, sizes)
        assert torch.equal(out, batched)


def test_records_where_it_read_and_with_which_weight():
    ours, _ = layer_and_peer(16, 4)
    sizes = ((2, 3), (4, 5), (8, 9))
    maps = torch.randn(1, sum(h * w for h, w in sizes), 16)
    with record_attention(ours) as seen, torch.no_grad():
        out = ours(maps, cell_centres(sizes), maps, sizes)
    (points,) = seen[""]
    assert points.points.shape == (1, maps.shape[1], 4, 3, 4, 2)
    torch.testing.assert_close(points.weights.flatten(3).sum(-1), torch.ones(1, maps.shape[1], 4))
    values = ours.value(maps).unflatten(-1, (4, -1))
    again = ours.output(plain_attention(values, sizes, points.points, points.weights))
    assert relative(out, again.detach()) <= 1e-5


def test_untrained_it_looks_around_its_place():
    """Head m in direction m, point k at k cells, equally: the picture in the paper's appendix."""
    attention = DeformableAttention(16, 8, num_levels=1, num_points=3)
    with record_attention(attention) as seen, torch.no_grad():
        attention(torch.randn(1, 1, 16), torch.tensor([[0.5, 0.5]]), torch.randn(1, 100, 16), ((10, 10),))
    offsets = (seen[""][0].points[0, 0, :, 0] - 0.5) * 10  # (heads, P, 2) in cells
    assert offsets[0].round(decimals=4).tolist() == [[1, 0], [2, 0], [3, 0]]
    assert offsets[1].round(decimals=4).tolist() == [[1, 1], [2, 2], [3, 3]]
    torch.testing.assert_close(offsets.abs().amax(-1), torch.arange(1.0, 4).expand(8, 3))
    assert (seen[""][0].weights == 1 / 3).all()


def test_cell_centres_are_the_middles():
    assert cell_centres(((1, 2), (2, 1))).tolist() == [[0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75]]


def test_width_must_divide():
    with pytest.raises(ValueError, match="multiple"):
        DeformableAttention(10, 3)

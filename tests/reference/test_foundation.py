"""What every reference module stands on: attention, positions, recording, dense layers, weights by name."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segtutor.reference.layers.attention import Attention, attend, attend_with_weights, unblock_empty_rows
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.positions import sine_positions
from segtutor.reference.layers.record import record_attention
from segtutor.reference.weights.build import fill, translate
from segtutor.reference.weights.names.rule import Rule, prefixed


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 6), st.integers(1, 9), st.booleans(), st.booleans())
def test_the_fused_kernel_equals_the_equation(batch, heads, queries, places, masked, biased):
    torch.manual_seed(queries * 10 + places)
    q, k, v = (torch.randn(batch, heads, n, 4) for n in (queries, places, places))
    mask = unblock_empty_rows(torch.rand(batch, 1, queries, places) > 0.6) if masked else None
    bias = torch.randn(1, heads, queries, places) if biased else None
    expected, weights = attend_with_weights(q, k, v, may_attend=mask, bias=bias)
    torch.testing.assert_close(attend(q, k, v, may_attend=mask, bias=bias), expected, rtol=1e-5, atol=1e-5)
    with plain():
        assert torch.equal(attend(q, k, v, may_attend=mask, bias=bias), expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones(batch, heads, queries))
    if masked:
        assert (weights[~mask.expand_as(weights)] == 0).all()


def test_a_query_that_may_look_nowhere_is_nan_without_the_rule():
    q, k, v = (torch.randn(1, 1, n, 4) for n in (2, 3, 3))
    mask = torch.tensor([[True, False, True], [False, False, False]])
    out, _ = attend_with_weights(q, k, v, may_attend=mask)
    assert out[0, 0, 1].isnan().all()
    assert out[0, 0, 0].isfinite().all()
    out, weights = attend_with_weights(q, k, v, may_attend=unblock_empty_rows(mask))
    assert out.isfinite().all()
    assert weights[0, 0, 0, 1] == 0


def test_attention_equals_torchs_layer():
    torch.manual_seed(0)
    ours, theirs = Attention(12, 3), nn.MultiheadAttention(12, 3, batch_first=True).eval()
    nn.init.normal_(theirs.in_proj_bias)
    rules = [
        Rule(r"in_proj_(weight|bias)", (r"query.\1", r"key.\1", r"value.\1")),
        Rule(r"out_proj\.(weight|bias)", r"output.\1"),
    ]
    fill(ours, theirs.state_dict(), rules)
    q, k, v = torch.randn(2, 5, 12), torch.randn(2, 7, 12), torch.randn(2, 7, 12)
    allowed = unblock_empty_rows(torch.rand(5, 7) > 0.5)
    wanted, wanted_weights = theirs(q, k, v, attn_mask=~allowed, average_attn_weights=False)
    torch.testing.assert_close(ours(q, k, v, may_attend=allowed), wanted)
    holder = nn.ModuleDict({"cross": ours})
    with record_attention(holder) as maps:
        recorded = ours(q, k, v, may_attend=allowed)
    torch.testing.assert_close(recorded, wanted)
    torch.testing.assert_close(maps["cross"][0].weights, wanted_weights)
    assert not ours.recording
    with pytest.raises(ValueError, match="Linear"), record_attention(nn.Linear(1, 1)):
        pass


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="width 10 and 4 heads"):
        Attention(10, 4)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (8, 2)])
def test_sine_positions_by_the_formula(size):
    width, (h, w) = 8, size
    table = sine_positions(size, width)
    assert table.shape == (1, width, h, w)
    scale_y = 2 * math.pi / (h + 1e-6)
    for y in range(h):
        for i in range(width // 4):
            angle = (y + 1) * scale_y / 10000 ** (2 * i / (width // 2))
            assert table[0, 2 * i, y, 0].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[0, 2 * i + 1, y, w - 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_sine_positions_count_over_what_is_valid():
    valid = torch.zeros(1, 4, 6, dtype=torch.bool)
    valid[:, :3, :5] = True
    torch.testing.assert_close(sine_positions((4, 6), 16, valid=valid)[..., :3, :5], sine_positions((3, 5), 16))
    with pytest.raises(ValueError, match="multiple of 4"):
        sine_positions((2, 2), 6)


def test_translate_renames_cuts_joins_and_refuses():
    weights = {
        "a.q": torch.ones(1, 2),
        "a.k": 2 * torch.ones(1, 2),
        "b.packed": torch.arange(6.0),
        "count": torch.ones(()),
    }
    rules = [
        Rule(r"q", "qk", part=0),
        Rule(r"k", "qk", part=1),
    ]
    rules = [*prefixed(rules, theirs=r"a\.", ours="first."), Rule(r"b\.packed", ("x", "y", "z"))]
    named = translate(weights, rules, [r"count"])
    assert named["first.qk"].tolist() == [[1, 1], [2, 2]]
    assert [named[name].tolist() for name in "xyz"] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(ValueError, match="unexpected weight 'count'"):
        translate(weights, rules)
    with pytest.raises(ValueError, match=r"'first.qk'.*\[1\]"):
        translate({"a.k": torch.ones(1, 2)}, rules)


def test_fill_accepts_nothing_less_than_everything():
    layer, rules = nn.Linear(2, 3), [Rule(r"their_(weight|bias|other)", r"\1")]
    good = {"their_weight": torch.ones(3, 2), "their_bias": torch.ones(3)}
    fill(layer, good, rules)
    assert layer.weight.sum() == 6
    with pytest.raises(ValueError, match="weight 'bias'"):
        fill(layer, {"their_weight": torch.ones(3, 2)}, rules)
    with pytest.raises(ValueError, match=r"'weight'.*\(3, 2\).*\(2, 2\)"):
        fill(layer, {**good, "their_weight": torch.ones(2, 2)}, rules)
    with pytest.raises(ValueError, match="unexpected weight"):
        fill(layer, {**good, "their_other": torch.ones(1)}, rules)

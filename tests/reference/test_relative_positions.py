"""Decomposed relative positions: a hand case, the fused form against the equation, the library's layer."""

from __future__ import annotations

import math

import pytest
import torch
from peers import perturb, relative

from segtutor.reference.fast import relative_positions as fast
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.layers.relative_positions import (
    RelativeAttention,
    RelativePositions,
    attend_relative,
    attend_relative_with_weights,
)

torch.set_num_threads(1)


def test_two_cells_by_hand():
    """Two cells in a row: the score of a pair is q . k / sqrt(d) + q . C[distance] + q . R[0]."""
    positions = RelativePositions((1, 2), 1)
    with torch.no_grad():
        positions.rows.copy_(torch.tensor([[0.5]]))
        positions.columns.copy_(torch.tensor([[-1.0], [0.0], [2.0]]))  # distances -1, 0, 1
    query = torch.tensor([2.0, 3.0]).view(1, 1, 2, 1)
    by_row, by_column = positions(query)
    assert by_row.flatten().tolist() == [1.0, 1.5]
    assert by_column[0, 0].tolist() == [[0.0, -2.0], [6.0, 0.0]]
    key, value = torch.tensor([1.0, -1.0]).view(1, 1, 2, 1), torch.tensor([10.0, 20.0]).view(1, 1, 2, 1)
    _, weights = attend_relative_with_weights(query, key, value, by_row, by_column)
    first = math.exp(2 + 0 + 1), math.exp(-2 - 2 + 1)
    assert weights[0, 0, 0].tolist() == pytest.approx([first[0] / sum(first), first[1] / sum(first)])


@pytest.mark.parametrize("numbers", [1, 2000, 2**22])
def test_fused_is_the_equation(numbers, monkeypatch):
    monkeypatch.setattr(fast, "NUMBERS_AT_ONCE", numbers)
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 2, 3, 15, 4, generator=generator)
    by_row, by_column = torch.randn(2, 3, 15, 5, generator=generator), torch.randn(2, 3, 15, 3, generator=generator)
    expected, weights = attend_relative_with_weights(query, key, value, by_row, by_column)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 15))
    assert relative(attend_relative(query, key, value, by_row, by_column), expected) <= 1e-6
    with plain():
        assert torch.equal(attend_relative(query, key, value, by_row, by_column), expected)


def test_only_distances_count():
    """Equal cells everywhere: what a cell gives to its right neighbour does not depend on where it is."""
    layer = perturb(RelativeAttention(8, 2, (3, 4)), 1, scale=0.5)
    with record_attention(layer) as maps, torch.no_grad():
        layer(torch.ones(1, 3, 4, 8))
    odds = next(iter(maps.values()))[0].weights.log()[0].view(2, 3, 4, 3, 4)
    gains = [odds[:, y, x, y, x + 1] - odds[:, y, x, y, x] for y in range(3) for x in range(3)]
    for gain in gains:
        assert torch.allclose(gain, gains[0], atol=1e-5)
    assert gains[0].abs().min() > 0.01


def test_layer_is_the_librarys():
    from transformers import SegGptConfig
    from transformers.models.seggpt.modeling_seggpt import SegGptAttention

    config = SegGptConfig(hidden_size=12, num_attention_heads=3, image_size=[24, 16], patch_size=4)
    theirs = perturb(SegGptAttention(config), 2, scale=0.4)
    ours = RelativeAttention(12, 3, (6, 4))
    ours.packed.load_state_dict(theirs.qkv.state_dict())
    ours.output.load_state_dict(theirs.proj.state_dict())
    ours.positions.load_state_dict({"rows": theirs.rel_pos_h, "columns": theirs.rel_pos_w})
    x = torch.randn(2, 6, 4, 12)
    with torch.no_grad():
        assert relative(ours(x), theirs(x)[0]) <= 1e-5
        with record_attention(ours) as maps:
            ours(x)
        assert relative(maps[""][0].weights.flatten(0, 1), theirs(x, output_attentions=True)[1].flatten(0, 1)) <= 1e-5


def test_gradients_are_the_equations():
    layer = perturb(RelativeAttention(8, 2, (2, 3)), 3, scale=0.5)
    x = torch.randn(1, 2, 3, 8)
    layer(x).square().sum().backward()
    fused = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    with record_attention(layer):
        layer(x).square().sum().backward()
    for ours, parameter in zip(fused, layer.parameters(), strict=True):
        assert relative(ours, parameter.grad) <= 1e-5


def test_bad_input():
    with pytest.raises(ValueError, match="heads"):
        RelativeAttention(8, 3, (2, 2))
    with pytest.raises(ValueError, match="grid"):
        RelativeAttention(8, 2, (2, 2))(torch.zeros(1, 2, 3, 8))

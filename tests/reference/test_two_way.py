"""Tokens and picture read each other: folded products against projections, with gradients, and when they decline."""

from __future__ import annotations

import pytest
import torch
from peers import perturb, relative

from segtutor.reference.decoders.two_way import TwoWayTransformer, read_cells, read_tokens
from segtutor.reference.fast import few_tokens
from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention

torch.set_num_threads(1)
WIDTH, HEADS, CELLS = 32, 2, 40


def given(tokens: int, prompts: int = 3) -> list[torch.Tensor]:
    """Tokens, their prompt, the picture, positions of the cells; double precision, gradients wanted."""
    generator = torch.Generator().manual_seed(tokens)
    shapes = ((prompts, tokens, WIDTH), (prompts, tokens, WIDTH), (prompts, CELLS, WIDTH), (CELLS, WIDTH))
    return [torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("tokens", [1, 5])
def test_folded_products_are_the_attention_and_so_are_their_gradients(tokens):
    attention = perturb(Attention(WIDTH, HEADS, inner=WIDTH // 2), 1, scale=0.3).double()
    some, prompt, picture, cells = given(tokens)

    def both() -> list[torch.Tensor]:
        located, placed = picture + cells, some + prompt
        read = read_cells(attention, placed, located, picture), read_tokens(attention, located, placed, some)
        weights = [torch.cos(torch.arange(x.numel(), dtype=x.dtype)).view_as(x) for x in read]
        loss = sum((x * weight).sum() for x, weight in zip(read, weights, strict=True))
        wanted = [some, prompt, picture, cells, *attention.parameters()]
        return [*read, *torch.autograd.grad(loss, wanted)]

    assert few_tokens.read_cells(attention, some, picture, picture) is not NotImplemented, "the fast form did not run"
    fast = both()
    with plain():
        expected = both()
    for ours, theirs in zip(fast, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_the_whole_transformer():
    transformer = perturb(TwoWayTransformer(WIDTH, HEADS, hidden=48), 2, scale=0.3).double().eval()
    some, _, picture, cells = given(6)
    with torch.no_grad():
        fast = transformer(some, picture, cells)
        with plain():
            expected = transformer(some, picture, cells)
    assert all(relative(ours, theirs) <= 1e-12 for ours, theirs in zip(fast, expected, strict=True))


def test_many_tokens_dropout_recordings_and_hooks_run_as_in_the_paper():
    some, _, picture, _ = (x.detach() for x in given(8))
    attention = Attention(WIDTH, HEADS, inner=WIDTH // 2).double()
    assert few_tokens.read_cells(attention, some, picture, picture) is NotImplemented  # 8 tokens x 2 heads, 16 channels
    assert few_tokens.read_tokens(attention, picture, some, some) is NotImplemented
    few = some[:, :4]
    assert few_tokens.read_cells(attention, few, picture, picture) is not NotImplemented
    dropping = Attention(WIDTH, HEADS, inner=WIDTH // 2, dropout=0.5).double()
    assert few_tokens.read_cells(dropping.train(), few, picture, picture) is NotImplemented
    assert few_tokens.read_cells(dropping.eval(), few, picture, picture) is not NotImplemented
    with record_attention(attention) as maps:
        read_cells(attention, few, picture, picture)
    assert next(iter(maps.values()))[0].weights.shape == (3, HEADS, 4, CELLS)
    called = []
    hook = attention.key.register_forward_hook(lambda *given: called.append(given))
    read_cells(attention, few, picture, picture)
    hook.remove()
    assert len(called) == 1
    assert few_tokens.read_cells(attention, few, picture, picture) is not NotImplemented

"""The feed-forward step: in blocks as in one piece, its formula, its errors."""

from __future__ import annotations

import pytest
import torch
from peers import relative

import segtutor.reference.feed_forward as feed_forward
from segtutor.reference.feed_forward import ACTIVATIONS, FeedForward, Perceptron


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("places", [(7,), (2, 9), (1, 3, 5)])
def test_blocks_are_the_plain_form(monkeypatch, activation, places):
    step = FeedForward(6, 10, activation=activation)
    x = torch.randn(*places, 6).transpose(0, -2)
    plain = step.forward_plain(x).detach()
    monkeypatch.setattr(feed_forward, "NUMBERS_AT_ONCE", 20)  # two places at once
    with torch.no_grad():
        assert relative(step(x), plain) <= 1e-6
    assert step(x).requires_grad  # trained in one piece
    by_hand = ACTIVATIONS[activation](x @ step.widen.weight.T + step.widen.bias) @ step.narrow.weight.T
    assert relative(plain, (by_hand + step.narrow.bias).detach()) <= 1e-5


def test_input_is_left_alone():
    x = torch.randn(3, 4)
    before = x.clone()
    FeedForward(4, 8)(x)
    Perceptron((4, 4, 4))(x)
    assert torch.equal(x, before)


def test_unknown_activation():
    with pytest.raises(ValueError, match="expected one of relu"):
        FeedForward(4, 8, activation="sine")

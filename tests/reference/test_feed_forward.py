"""The feed-forward step: its formula, its errors."""

from __future__ import annotations

import pytest
import torch
from peers import relative

from segtutor.reference.layers.feed_forward import ACTIVATIONS, MLP, FeedForward


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("places", [(7,), (2, 9), (1, 3, 5)])
def test_is_its_formula(activation, places):
    step = FeedForward(6, 10, activation=activation)
    x = torch.randn(*places, 6).transpose(0, -2)
    by_hand = ACTIVATIONS[activation](x @ step.widen.weight.T + step.widen.bias) @ step.narrow.weight.T
    assert relative(step(x).detach(), (by_hand + step.narrow.bias).detach()) <= 1e-5


def test_input_is_left_alone():
    x = torch.randn(3, 4)
    before = x.clone()
    FeedForward(4, 8)(x)
    MLP((4, 4, 4))(x)
    assert torch.equal(x, before)


def test_unknown_activation():
    with pytest.raises(ValueError, match="relu"):
        FeedForward(4, 8, activation="sine")

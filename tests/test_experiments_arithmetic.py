"""Multiply-adds: by hand, and against torch's own counter, which counts multiplication and addition."""

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from segtutor.experiments.arithmetic import multiply_adds
from segtutor.experiments.arms import Arm, build

MODELS = {
    "pixel": lambda: build(Arm("pixel"), 0),
    "pixel+": lambda: build(Arm("pixel+", classes=40, truth="semantic"), 0),
    "mask": lambda: build(Arm(masked=False), 0),
}


def test_a_convolution_and_a_product_by_hand():
    network = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 1, groups=2), nn.Flatten(), nn.LazyLinear(5))
    assert multiply_adds(network, 10) == {"0": 3 * 9 * 6 * 100, "1": 3 * 6 * 100, "3": 600 * 5}


@pytest.mark.parametrize("name", MODELS)
def test_torch_counts_twice_as_many(name):
    model = MODELS[name]()
    ours = multiply_adds(model, 96)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as theirs:  # fused attention is not counted
        model.eval()(torch.zeros(1, 3, 96, 96))
    counts = theirs.get_flop_counts()
    for part, count in ours.items():
        assert 2 * count == sum(counts[f"{type(model).__name__}.{part}"].values()), part
    assert 2 * sum(ours.values()) == theirs.get_total_flops()


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    multiply_adds(model, 8)
    assert model.training
    assert not model[0]._forward_hooks
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())

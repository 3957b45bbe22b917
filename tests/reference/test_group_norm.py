"""Group normalisation in channels-last memory: PyTorch's numbers and gradients, in either memory and precision."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segtutor.reference import group_norm
from segtutor.reference.group_norm import GroupNorm, normalise_plain

LAST = torch.channels_last


def answers(norm, x, d_y):
    x = x.detach().requires_grad_()
    norm.zero_grad()
    y = norm(x)
    y.backward(d_y)
    return y.detach(), x.grad, norm.weight.grad, norm.bias.grad


def pair(groups, channels):
    ours, theirs = GroupNorm(groups, channels), nn.GroupNorm(groups, channels)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.normal_()
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(1, 3), st.sampled_from([(1, 4), (2, 4), (4, 4), (32, 64)]), st.integers(2, 9), st.integers(1, 7))
def test_is_torch_s_with_its_gradients(batch, shape, height, width):
    torch.manual_seed(height)
    ours, theirs = pair(*shape)
    x = (3 + 2 * torch.randn(batch, shape[1], height, width)).contiguous(memory_format=LAST)
    d_y = torch.randn_like(x)
    for one, other in zip(answers(ours, x, d_y), answers(theirs, x, d_y), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    plain = normalise_plain(x, ours.weight, ours.bias, shape[0])
    torch.testing.assert_close(ours(x), plain, rtol=1e-4, atol=1e-5)


def test_maps_in_bfloat16_stay_so_and_are_no_worse_than_torch_s():
    torch.manual_seed(0)
    ours, theirs = pair(32, 64)
    x, d_y = (torch.randn(2, 64, 8, 8).contiguous(memory_format=LAST) for _ in range(2))
    exact = answers(theirs, x.bfloat16().float(), d_y.bfloat16().float())
    low = answers(ours, x.bfloat16(), d_y.bfloat16())
    assert [value.dtype for value in low] == [torch.bfloat16, torch.bfloat16, torch.float32, torch.float32]
    for one, other in zip(low, exact, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("memory", [LAST, torch.contiguous_format])
def test_only_training_over_channels_last_is_worked_out_here(memory, monkeypatch):
    used = []
    original = group_norm._Normalise.apply
    monkeypatch.setattr(group_norm._Normalise, "apply", lambda *given: used.append(1) or original(*given))
    norm, x = GroupNorm(2, 4), torch.randn(2, 4, 3, 3).contiguous(memory_format=memory)
    assert norm(x).is_contiguous(memory_format=memory)
    assert len(used) == (memory is LAST)
    with torch.no_grad():
        norm(x)
    assert len(used) == (memory is LAST)


def test_gradients_are_those_of_the_differences():
    x = torch.randn(2, 4, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    norm = GroupNorm(2, 4).double()
    x = x.contiguous(memory_format=LAST).requires_grad_()
    assert torch.autograd.gradcheck(norm, (x,), eps=1e-5, atol=1e-4, nondet_tol=0.0)

"""Group normalisation whose backward pass is fast where convolutions are: in channels-last memory.

Wu and He, "Group Normalization", arXiv:1803.08494, eq. 1 to 4 and 7; each picture by itself, each group g of channels:

    y = gamma (x - mean_g) / sqrt(var_g + eps) + beta    mean, variance: over the group's channels and all pixels

Unlike a batch norm it does not ask how many pictures there are. PyTorch's backward pass reads memory channel by
channel. Where a pixel's channels lie side by side (channels_last) that is 4 to 10 times slower than it has to be; so
in training such maps are normalised here, with sums over pixels that read memory in its order.

    GroupNorm          torch.nn.GroupNorm with the same parameters; chooses
    normalise_plain    the equation, line by line

Differs from the paper: nothing.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class GroupNorm(nn.GroupNorm):
    """(B, C, h, w) -> the same. num_groups: G, a divisor of num_channels, C."""

    def forward(self, x: Tensor) -> Tensor:
        last = x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
        if last and x.device.type == "cpu" and torch.is_grad_enabled() and self.affine:
            return _Normalise.apply(x, self.weight, self.bias, self.num_groups, self.eps)
        return super().forward(x)


def normalise_plain(x: Tensor, weight: Tensor, bias: Tensor, num_groups: int, eps: float = 1e-5) -> Tensor:
    """Eq. 1 with the groups of eq. 7. x: (B, C, h, w); weight, bias: (C,), gamma and beta."""
    groups = x.unflatten(1, (num_groups, -1))  # (B, G, C / G, h, w)
    mean = groups.mean((2, 3, 4), keepdim=True)
    variance = (groups - mean).square().mean((2, 3, 4), keepdim=True)
    normal = (groups - mean) / (variance + eps).sqrt()
    return normal.flatten(1, 2) * weight[:, None, None] + bias[:, None, None]


class _Normalise(torch.autograd.Function):
    """For maps in channels-last memory. Computes in float32 at least, whatever the precision of the maps."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, num_groups: int, eps: float) -> Tensor:
        B, C, h, w = x.shape
        exact = torch.promote_types(x.dtype, torch.float32)
        y, mean, scale = torch.native_group_norm(x, weight.to(exact), bias.to(exact), B, C, h * w, num_groups, eps)
        ctx.save_for_backward(x, mean, scale, weight)  # scale: 1 / std
        ctx.num_groups = num_groups
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_y: Tensor) -> tuple[Tensor | None, ...]:
        x, *moments, weight = ctx.saved_tensors
        mean, scale = (moment.repeat_interleave(len(weight) // ctx.num_groups, 1) for moment in moments)  # (B, C)
        places, d_places = _places(x), _places(d_y)
        total = d_places.sum(1)
        along = (d_places * places).sum(1) - mean * total  # with x - mean, (B, C)
        d_bias, d_weight = total.sum(0), (along * scale).sum(0)
        # with n = (x - mean) / std and d_n = gamma d_y:  d_x = (d_n - mean(d_n) - n mean(n d_n)) / std
        pixels = places.shape[1]
        shift = _by_group(total * weight, ctx.num_groups) * scale / pixels
        slope = _by_group(along * weight, ctx.num_groups) * scale**3 / pixels
        # a number for each picture and channel, whatever the pixel: d_x = slopes d_y + constants - slope x
        slopes, constants = (scale * weight)[:, None], (slope * mean - shift)[:, None]
        d_x = torch.addcmul(constants, d_places, slopes).addcmul_(places, slope[:, None], value=-1)
        return _as_map(d_x, d_y), d_weight.to(weight), d_bias.to(weight), None, None


def _places(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(1, 2).to(torch.promote_types(x.dtype, torch.float32))


def _as_map(places: Tensor, like: Tensor) -> Tensor:
    """(B, h w, C) -> (B, C, h, w) in channels-last memory, in the precision of `like`."""
    return places.unflatten(1, like.shape[-2:]).permute(0, 3, 1, 2).to(like.dtype)


def _by_group(values: Tensor, num_groups: int) -> Tensor:
    """Means over the channels of each group, for each of its channels: (B, C) -> the same."""
    means = values.unflatten(1, (num_groups, -1)).mean(2)
    return means.repeat_interleave(values.shape[1] // num_groups, 1)

"""The fast form of attention in windows: features are moved by lists of numbers, once each way.

Liu et al., "Swin Transformer", arXiv:2103.14030, section 3.2 and figures 2 and 4. Padding, rolling and cutting copy the
map three times, and back three times. But all that happens is that positions change their order: `window_index` lets
the plain form sort the numbers of the positions once, and the layer then moves its features with one copy each way.
Queries, keys and values come from one product, before padding adds positions.

Differs from the paper: nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.reference.layers.windows import WindowAttention, from_windows, into_windows, may_attend_in_windows

# Queries, keys and values that take more than this are worked on in pieces: larger blocks of memory are not kept for
# the next layer but fetched anew from the system, page by page.
PIECE_BYTES = 2**23


def forward(layer: WindowAttention, x: Tensor) -> Tensor:
    """(B, h, w, C) -> the same."""
    _, h, w, width = x.shape
    index = window_index((h, w), layer.window, layer.shift, x.device)
    tokens = x.flatten(1, 2)
    if len(index.into) > h * w:  # one cell of zeros stands for all padding
        tokens = F.pad(tokens, (0, 0, 0, 1))
    bias = layer.position_bias()
    if index.may_attend is not None:  # (kinds, heads, M M, M M)
        bias = bias.masked_fill(~index.may_attend[:, None], -torch.inf)
    rows = PIECE_BYTES // (12 * width * len(x) * layer.window**2)  # windows of which the qkv fill a piece
    if layer.recording or layer.training or torch.is_grad_enabled() or rows >= len(index.kind):
        mixed = _mix(layer, layer.qkv(tokens).index_select(1, index.into), bias, index.kind)
    else:
        pieces = zip(index.into.split(max(rows, 1) * layer.window**2), index.kind.split(max(rows, 1)), strict=True)
        mixed = torch.cat([_mix(layer, layer.qkv(tokens.index_select(1, i)), bias, kind) for i, kind in pieces], 1)
    return layer.output(mixed.index_select(1, index.back)).view(x.shape)


def _mix(layer: WindowAttention, windows: Tensor, bias: Tensor, kind: Tensor) -> Tensor:
    """Attention inside each of N windows, from queries, keys and values: (B, N M M, 3 C) -> (B, N M M, C).

    bias: (kinds, heads, M M, M M), with -inf where a position may not attend; kind: (N,), which of them a window has.
    """
    # three of (B N, heads, M M, d)
    q, k, v = windows.view(-1, layer.window**2, 3, layer.num_heads, layer.head_width).permute(2, 0, 3, 1, 4)
    if len(bias) > 1:
        bias = bias.index_select(0, kind.repeat(len(windows)))
    return layer.attend(q, k, v, bias).transpose(1, 2).reshape(*windows.shape[:2], -1)


class WindowIndex(NamedTuple):
    """How a map of h x w cells is read as windows.

    into: (N M M,) int64, the cell (0 .. h w - 1, row by row) that each window cell shows; h w: padding.
    back: (h w,) int64, where each cell is found among the windows.
    may_attend: (kinds, M M, M M) bool, the different masks of windows; None without a shift: all is allowed. Windows
    away from the border all have the same mask, so there are at most 4 kinds. kind: (N,) int64, which a window has.
    """

    into: Tensor
    back: Tensor
    may_attend: Tensor | None
    kind: Tensor


def window_index(size: tuple[int, int], window: int, shift: int, device: torch.device | str = "cpu") -> WindowIndex:
    """The index of a map of size (h, w); kept for the last sizes that were asked for. Do not write into it.

    >>> index = window_index((2, 3), 2, 0)           # cells 0 1 2 / 3 4 5, padded by a column
    >>> index.into.tolist(), index.back.tolist()
    ([0, 1, 3, 4, 2, 6, 5, 6], [0, 1, 4, 2, 3, 6])
    """
    return _window_index(tuple(size), window, shift, str(device))


@lru_cache(maxsize=64)
def _window_index(size: tuple[int, int], window: int, shift: int, device: str) -> WindowIndex:
    with torch.inference_mode(False), torch.no_grad():  # kept beyond the caller's mode
        h, w = size
        place = torch.arange(1, h * w + 1).view(1, h, w, 1)  # from 1: padding is 0
        into = into_windows(place, window, shift).flatten() - 1
        back = from_windows(torch.arange(len(into)).view(-1, window**2, 1), size, window, shift).flatten()
        into = into.where(into >= 0, torch.tensor(h * w))
        may_attend, kind = None, torch.zeros(len(into) // window**2, dtype=torch.int64)
        if shift > 0:
            may_attend, kind = may_attend_in_windows(size, window, shift).unique(dim=0, return_inverse=True)
            may_attend = may_attend.to(device)
        return WindowIndex(into.to(device), back.to(device), may_attend, kind.to(device))

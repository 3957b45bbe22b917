"""Windows: attention over a large map, made affordable by cutting the map into small squares.

Liu et al., "Swin Transformer", arXiv:2103.14030, section 3.2 and figures 2 and 4. Attention among all h w places
costs (h w)^2; inside windows of M x M places it costs h w M^2. So that windows talk to each other, every second layer
shifts them by M // 2: the map is rolled, and what was at opposite ends of it and now shares a window may not attend
to each other.

    into_windows_plain      pad, roll, cut                       (B, h, w, C) -> (B N, M M, C), N windows a picture
    from_windows_plain      the way back                         (B N, M M, C) -> (B, h, w, C)
    may_attend_in_windows   which places of a window belong together (N, M M, M M), True = allowed
    window_index            both ways as lists of numbers, kept for each size of map
    WindowAttention         the layer: softmax(Q K^T / sqrt(d) + B) V inside each window                      (eq. 4)

where B holds one learned number a head and displacement inside the window: a table with (2M - 1)^2 rows.

A map whose sides are no multiples of M is padded with zeros at the right and the bottom. Each step of the plain form
copies the map. But all that happens is that places change their order, so `window_index` lets the plain form sort the
numbers of the places once, and the layer then moves its features with one copy each way. Queries, keys and values
come from one product, before padding adds places.

Differs from the paper: nothing. Padded places are attended to, as in the published code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import attend, attend_plain
from .linear import Linear
from .record import AttentionMap, Recordable

# Queries, keys and values that take more than this are worked on in pieces: larger blocks of memory are not kept for
# the next layer but fetched anew from the system, page by page.
PIECE_BYTES = 2**23


def into_windows_plain(x: Tensor, window: int, shift: int = 0) -> Tensor:
    """(B, h, w, C) -> (B N, M M, C): rolled up and left by `shift`, then cut into windows of window x window.

    >>> into_windows_plain(torch.arange(16).view(1, 4, 4, 1), 2)[:, :, 0].tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    >>> into_windows_plain(torch.arange(16).view(1, 4, 4, 1), 2, shift=1)[0, :, 0].tolist()
    [5, 6, 9, 10]
    """
    h, w = x.shape[1:3]
    x = F.pad(x, (0, 0, 0, -w % window, 0, -h % window))
    x = x.roll((-shift, -shift), dims=(1, 2))
    x = x.unflatten(2, (-1, window)).unflatten(1, (-1, window))  # (B, rows, M, columns, M, C)
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)


def from_windows_plain(windows: Tensor, size: tuple[int, int], window: int, shift: int = 0) -> Tensor:
    """(B N, M M, C) -> (B, h, w, C): what `into_windows_plain` did, undone. size: (h, w) of the map."""
    h, w = size
    rows, columns = -(-h // window), -(-w // window)
    x = windows.unflatten(1, (window, window)).unflatten(0, (-1, rows, columns))  # (B, rows, columns, M, M, C)
    x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return x.roll((shift, shift), dims=(1, 2))[:, :h, :w]


def may_attend_in_windows(size: tuple[int, int], window: int, shift: int) -> Tensor:
    """(N, M M, M M) bool: True where two places of a window are neighbours in the map and not rolled together.

    A rolled map has three bands along each side: whole windows, the part of the last window that was there before,
    and the part that came from the other end. Places attend within their band.
    """
    bands = []
    for side in size:
        place = torch.arange(side + -side % window)
        bands.append((place >= len(place) - window).int() + (place >= len(place) - shift).int())
    region = 3 * bands[0][:, None] + bands[1]  # (h, w) of the padded, rolled map
    region = into_windows_plain(region[None, :, :, None], window).squeeze(-1)  # (N, M M)
    return region[:, :, None] == region[:, None, :]


class WindowIndex(NamedTuple):
    """How a map of h x w places is read as windows.

    into: (N M M,) int64, the place (0 .. h w - 1, row by row) that each window place shows; h w: padding.
    back: (h w,) int64, where each place is found among the windows.
    may_attend: (kinds, M M, M M) bool, the different masks of windows; None without a shift: all is allowed. Windows
    away from the border all have the same mask, so there are at most 4 kinds. kind: (N,) int64, which a window has.
    """

    into: Tensor
    back: Tensor
    may_attend: Tensor | None
    kind: Tensor


def window_index(size: tuple[int, int], window: int, shift: int, device: torch.device | str = "cpu") -> WindowIndex:
    """The index of a map of size (h, w); kept for the last sizes that were asked for. Do not write into it.

    >>> index = window_index((2, 3), 2, 0)           # places 0 1 2 / 3 4 5, padded by a column
    >>> index.into.tolist(), index.back.tolist()
    ([0, 1, 3, 4, 2, 6, 5, 6], [0, 1, 4, 2, 3, 6])
    """
    return _window_index(tuple(size), window, shift, str(device))


@lru_cache(maxsize=64)
def _window_index(size: tuple[int, int], window: int, shift: int, device: str) -> WindowIndex:
    with torch.inference_mode(False), torch.no_grad():  # kept beyond the caller's mode
        h, w = size
        place = torch.arange(1, h * w + 1).view(1, h, w, 1)  # from 1: padding is 0
        into = into_windows_plain(place, window, shift).flatten() - 1
        back = from_windows_plain(torch.arange(len(into)).view(-1, window**2, 1), size, window, shift).flatten()
        into = into.where(into >= 0, torch.tensor(h * w))
        may_attend, kind = None, torch.zeros(len(into) // window**2, dtype=torch.int64)
        if shift > 0:
            may_attend, kind = may_attend_in_windows(size, window, shift).unique(dim=0, return_inverse=True)
            may_attend = may_attend.to(device)
        return WindowIndex(into.to(device), back.to(device), may_attend, kind.to(device))


class WindowAttention(Recordable, nn.Module):
    """Attention inside windows. (B, h, w, C) -> the same.

    window: M. shift: 0, or by how much the windows are moved. table: B of eq. 4, ((2M - 1)^2, heads).
    """

    def __init__(self, width: int, num_heads: int, window: int, shift: int, *, bias: bool = True, dropout: float = 0.0):
        super().__init__()
        if width % num_heads:
            raise ValueError(f"got width {width} and {num_heads} heads, expected a multiple: change one of them")
        self.num_heads, self.head_width = num_heads, width // num_heads
        self.window, self.shift, self.dropout = window, shift, dropout
        self.qkv = Linear(width, 3 * width, bias=bias)
        self.output = Linear(width, width)
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, num_heads))

    def position_bias(self) -> Tensor:
        """B of eq. 4, (1, heads, M M, M M): the entry of the table for the displacement of each pair of places."""
        side = torch.arange(self.window, device=self.table.device)
        step = side[:, None] - side + self.window - 1  # (M, M), displacements from 0 on
        row = step[:, None, :, None] * (2 * self.window - 1) + step[None, :, None, :]  # (M, M, M, M): y, x of both
        return self.table[row.flatten()].view(self.window**2, self.window**2, -1).permute(2, 0, 1)[None]

    def forward(self, x: Tensor) -> Tensor:
        _, h, w, width = x.shape
        index = window_index((h, w), self.window, self.shift, x.device)
        tokens = x.flatten(1, 2)
        if len(index.into) > h * w:  # one place of zeros stands for all padding
            tokens = F.pad(tokens, (0, 0, 0, 1))
        bias = self.position_bias()
        if index.may_attend is not None:  # (kinds, heads, M M, M M)
            bias = bias.masked_fill(~index.may_attend[:, None], -torch.inf)
        rows = PIECE_BYTES // (12 * width * len(x) * self.window**2)  # windows of which the qkv fill a piece
        if self.recording or self.training or torch.is_grad_enabled() or rows >= len(index.kind):
            mixed = self.mix(self.qkv(tokens).index_select(1, index.into), bias, index.kind)
        else:
            pieces = zip(index.into.split(max(rows, 1) * self.window**2), index.kind.split(max(rows, 1)), strict=True)
            mixed = torch.cat([self.mix(self.qkv(tokens.index_select(1, i)), bias, kind) for i, kind in pieces], 1)
        return self.output(mixed.index_select(1, index.back)).view(x.shape)

    def mix(self, windows: Tensor, bias: Tensor, kind: Tensor) -> Tensor:
        """Attention inside each of N windows, from queries, keys and values: (B, N M M, 3 C) -> (B, N M M, C).

        bias: (kinds, heads, M M, M M), with -inf where a place may not attend; kind: (N,), which of them a window has.
        """
        # three of (B N, heads, M M, d)
        q, k, v = windows.view(-1, self.window**2, 3, self.num_heads, self.head_width).permute(2, 0, 3, 1, 4)
        if len(bias) > 1:
            bias = bias.index_select(0, kind.repeat(len(windows)))
        bias = bias.to(q.dtype)
        if self.recording:
            mixed, weights = attend_plain(q, k, v, bias=bias)
            self.record(AttentionMap(weights, bias.isfinite() if self.shift else None))
        else:
            mixed = attend(q, k, v, bias=bias, dropout=self.dropout if self.training else 0.0)
        return mixed.transpose(1, 2).reshape(*windows.shape[:2], -1)

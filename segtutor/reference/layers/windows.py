"""Windows: attention over a large map, made affordable by cutting the map into small squares.

Liu et al., "Swin Transformer", arXiv:2103.14030, section 3.2 and figures 2 and 4. Attention among all h w cells
costs (h w)^2; inside windows of M x M cells it costs h w M^2. So that windows talk to each other, every second layer
shifts them by M // 2: the map is rolled, and what was at opposite ends of it and now shares a window may not attend
to each other.

    into_windows            pad, roll, cut                       (B, h, w, C) -> (B N, M M, C), N windows an image
    from_windows            the way back                         (B N, M M, C) -> (B, h, w, C)
    may_attend_in_windows   which positions of a window belong together (N, M M, M M), True = allowed
    WindowAttention         the layer: softmax(Q K^T / sqrt(d) + B) V inside each window                      (eq. 4)

where B holds one learned number a head and displacement inside the window: a table with (2M - 1)^2 rows.

A map whose sides are no multiples of M is padded with zeros at the right and the bottom. fast/windows.py has a form
that moves each feature once.

Differs from the paper: nothing. Padded cells are attended to, as in the published code.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import attend, attend_with_weights
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.record import AttentionMap, Recordable


def into_windows(x: Tensor, window: int, shift: int = 0) -> Tensor:
    """(B, h, w, C) -> (B N, M M, C): rolled up and left by `shift`, then cut into windows of window x window.

    >>> into_windows(torch.arange(16).view(1, 4, 4, 1), 2)[:, :, 0].tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    >>> into_windows(torch.arange(16).view(1, 4, 4, 1), 2, shift=1)[0, :, 0].tolist()
    [5, 6, 9, 10]
    """
    h, w = x.shape[1:3]
    x = F.pad(x, (0, 0, 0, -w % window, 0, -h % window))
    x = x.roll((-shift, -shift), dims=(1, 2))
    x = x.unflatten(2, (-1, window)).unflatten(1, (-1, window))  # (B, rows, M, columns, M, C)
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)


def from_windows(windows: Tensor, size: tuple[int, int], window: int, shift: int = 0) -> Tensor:
    """(B N, M M, C) -> (B, h, w, C): what `into_windows` did, undone. size: (h, w) of the map."""
    h, w = size
    rows, columns = -(-h // window), -(-w // window)
    x = windows.unflatten(1, (window, window)).unflatten(0, (-1, rows, columns))  # (B, rows, columns, M, M, C)
    x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return x.roll((shift, shift), dims=(1, 2))[:, :h, :w]


def may_attend_in_windows(size: tuple[int, int], window: int, shift: int) -> Tensor:
    """(N, M M, M M) bool: True where two cells of a window are neighbours in the map and not rolled together.

    A rolled map has three bands along each side: whole windows, the part of the last window that was there before,
    and the part that came from the other end. Cells attend within their band.
    """
    bands = []
    for side in size:
        place = torch.arange(side + -side % window)
        bands.append((place >= len(place) - window).int() + (place >= len(place) - shift).int())
    region = 3 * bands[0][:, None] + bands[1]  # (h, w) of the padded, rolled map
    region = into_windows(region[None, :, :, None], window).squeeze(-1)  # (N, M M)
    return region[:, :, None] == region[:, None, :]


class WindowAttention(Recordable, nn.Module):
    """Attention inside windows. (B, h, w, C) -> the same.

    window: M. shift: 0, or by how much the windows are moved. table: B of eq. 4, ((2M - 1)^2, heads).
    """

    def __init__(self, width: int, num_heads: int, window: int, shift: int, *, bias: bool = True, dropout: float = 0.0):
        super().__init__()
        if width % num_heads:
            raise ValueError(
                f"width must be a multiple of the number of heads, got width {width} and {num_heads} heads"
            )
        self.num_heads, self.head_width = num_heads, width // num_heads
        self.window, self.shift, self.dropout = window, shift, dropout
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.output = nn.Linear(width, width)
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, num_heads))

    def position_bias(self) -> Tensor:
        """B of eq. 4, (1, heads, M M, M M): the entry of the table for the displacement of each pair of cells."""
        side = torch.arange(self.window, device=self.table.device)
        step = side[:, None] - side + self.window - 1  # (M, M), displacements from 0 on
        row = step[:, None, :, None] * (2 * self.window - 1) + step[None, :, None, :]  # (M, M, M, M): y, x of both
        return self.table[row.flatten()].view(self.window**2, self.window**2, -1).permute(2, 0, 1)[None]

    @has_fast_form("windows")
    def forward(self, x: Tensor) -> Tensor:
        windows = into_windows(x, self.window, self.shift)  # (B N, M M, C)
        # three of (B N, heads, M M, d)
        q, k, v = self.qkv(windows).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        bias = self.position_bias()  # (1, heads, M M, M M)
        if self.shift:
            allowed = may_attend_in_windows((x.shape[1], x.shape[2]), self.window, self.shift).to(x.device)
            bias = bias.masked_fill(~allowed[:, None], -torch.inf).repeat(len(x), 1, 1, 1)  # (B N, heads, M M, M M)
        mixed = self.attend(q, k, v, bias).transpose(1, 2).flatten(2)  # (B N, M M, C)
        return self.output(from_windows(mixed, (x.shape[1], x.shape[2]), self.window, self.shift))

    def attend(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        """Eq. 4 in each window, recorded if somebody looks. bias: -inf where a position may not attend."""
        bias = bias.to(q.dtype)
        if self.recording:
            mixed, weights = attend_with_weights(q, k, v, bias=bias)
            self.record(AttentionMap(weights, bias.isfinite() if self.shift else None))
            return mixed
        return attend(q, k, v, bias=bias, dropout=self.dropout if self.training else 0.0)

"""Hiera: a pyramid of plain Transformer layers. SAM 2's image encoder.

Ryali et al., "Hiera: A Hierarchical Vision Transformer without the Bells-and-Whistles", arXiv:2306.00989, section 3;
as SAM 2 uses it (Ravi et al., arXiv:2408.00714, section 4 and appendix D):

    tokens     a 7 x 7 convolution of stride 4, + positions                                   (B, H/4, W/4, C)
    layer      x + attention(norm x) in windows of M x M cells, then x + MLP(norm x); among all cells in a few layers
    new stage  its first layer takes queries alone at half the size: each is the largest of 2 x 2 queries of the window
               ("query pooling"); keys and values keep theirs. Channels double, so do the heads
    maps       the last tokens of each of the four stages: strides 4, 8, 16, 32

No shifted windows and no relative positions as in Swin: what the pyramid needs is learned from masked pictures (MAE).

Positions are absolute and know the windows (Bolya et al., "Window Attention is Bugged", arXiv:2311.05613, section 4.1):
one table for a window, repeated in each, + one small table for the whole picture, enlarged to it. A table of the whole
picture alone would learn the windows' grid, and go wrong when it is enlarged for larger pictures.

Differs from the paper: nothing. Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import attend, attend_with_weights
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.record import AttentionMap, Recordable
from segtutor.reference.layers.windows import from_windows, into_windows


def pooled(x: Tensor, stride: int) -> Tensor:
    """The largest number of each stride x stride cells by channel: (B, h, w, C) -> (B, h / stride, w / stride, C).

    >>> pooled(torch.arange(16.0).view(1, 4, 4, 1), 2).flatten().tolist()
    [5.0, 7.0, 13.0, 15.0]
    """
    return F.max_pool2d(x.permute(0, 3, 1, 2), stride).permute(0, 2, 3, 1)


class PoolingAttention(Recordable, nn.Module):
    """Attention among the cells of a window, (B, h, w, C) -> (B, h / stride, w / stride, C'); queries are pooled."""

    def __init__(self, width: int, out: int, num_heads: int, *, stride: int = 1):
        super().__init__()
        if out % num_heads:
            raise ValueError(f"width must be a multiple of the number of heads, got width {out} and {num_heads} heads")
        self.num_heads, self.stride = num_heads, stride
        self.packed, self.output = nn.Linear(width, 3 * out), nn.Linear(out, out)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.packed(x).chunk(3, -1)
        if self.stride > 1:
            query = pooled(query, self.stride)
        size = query.shape[1:3]
        q, k, v = (
            part.flatten(1, 2).unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for part in (query, key, value)
        )
        if self.recording:
            seen, weights = attend_with_weights(q, k, v)
            self.record(AttentionMap(weights))
        else:
            seen = attend(q, k, v)
        return self.output(seen.transpose(1, 2).flatten(2)).unflatten(1, size)


class HieraLayer(nn.Module):
    """One layer, (B, h, w, C) -> (B, h / stride, w / stride, C'). window: M cells, 0: all cells see each other."""

    def __init__(
        self,
        width: int,
        out: int,
        num_heads: int,
        *,
        window: int,
        stride: int = 1,
        hidden: int,
        activation: str = "gelu",
        epsilon: float = 1e-6,
    ):
        super().__init__()
        self.window, self.stride = window, stride
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = PoolingAttention(width, out, num_heads, stride=stride)
        self.widen = nn.Linear(width, out) if width != out else None
        self.feed_forward_norm = nn.LayerNorm(out, eps=epsilon)
        self.feed_forward = FeedForward(out, hidden, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention_norm(x)
        if self.widen is not None:  # a new stage: what is added to must have the new shape
            x = self.widen(y)
        x = pooled(x, self.stride) if self.stride > 1 else x
        if self.window:
            windows = into_windows(y, self.window).unflatten(1, (self.window, self.window))
            seen = self.attention(windows).flatten(1, 2)
            x = x + from_windows(seen, (x.shape[1], x.shape[2]), self.window // self.stride)
        else:
            x = x + self.attention(y)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Hiera(nn.Module):
    """(B, 3, H, W) float, normalised -> four maps (B, C_i, h_i, w_i), fine to coarse.

    widths, heads, depths, windows: of each stage. pooling_stages: how many stages after the first begin with pooling.
    global_layers: counted through all stages. background: (rows, columns) of the small table of positions. ratio: width
    within an MLP / outside it. The first layer of a stage still has the windows of the stage before it.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = (96, 192, 384, 768),
        heads: Sequence[int] = (1, 2, 4, 8),
        depths: Sequence[int] = (1, 2, 7, 2),
        windows: Sequence[int] = (8, 4, 14, 7),
        global_layers: Collection[int] = (5, 7, 9),
        pooling_stages: int = 3,
        stride: int = 2,
        background: tuple[int, int] = (7, 7),
        stem: int | None = None,
        kernel: int = 7,
        patch: int = 4,
        padding: int = 3,
        in_channels: int = 3,
        ratio: float = 4.0,
        activation: str = "gelu",
        epsilon: float = 1e-6,
    ):
        super().__init__()
        if not len(widths) == len(heads) == len(depths) == len(windows):
            raise ValueError(
                f"widths, heads, depths and windows must have an entry for each stage, got {len(widths)}, "
                f"{len(heads)}, {len(depths)} and {len(windows)}"
            )
        if windows[0] < 1:
            raise ValueError(f"the windows of the first stage must have at least 1 cell, got {windows[0]}")
        for stage in range(1, min(pooling_stages, len(windows) - 1) + 1):
            if windows[stage - 1] % stride:
                raise ValueError(
                    f"the windows of stage {stage} must be a multiple of {stride}, since the next stage pools inside "
                    f"them, got {windows[stage - 1]}"
                )
        first = widths[0] if stem is None else stem
        self.channels, self.depths, self.patch = tuple(widths), tuple(depths), patch
        pools = [0 < stage <= pooling_stages for stage in range(len(widths))]
        self.strides = tuple(patch * stride ** sum(pools[: stage + 1]) for stage in range(len(widths)))
        self.patches = nn.Conv2d(in_channels, first, kernel, stride=patch, padding=padding)
        self.picture_positions = nn.Parameter(torch.zeros(1, first, *background))
        self.window_positions = nn.Parameter(torch.zeros(1, first, windows[0], windows[0]))
        self.layers = nn.ModuleList()
        for stage, depth in enumerate(depths):
            for i in range(depth):
                fresh = stage > 0 and i == 0
                self.layers.append(
                    HieraLayer(
                        widths[stage - fresh],
                        widths[stage],
                        heads[stage],
                        window=0 if len(self.layers) in global_layers else windows[stage - fresh],
                        stride=stride if fresh and pools[stage] else 1,
                        hidden=int(widths[stage] * ratio),
                        activation=activation,
                        epsilon=epsilon,
                    )
                )

    def positions(self, size: tuple[int, int]) -> Tensor:
        """(1, h, w, C) for h x w cells, which must be whole windows. Raises ValueError for others."""
        window = self.window_positions.shape[-1]
        if size[0] % window or size[1] % window:
            raise ValueError(
                f"the sides of a picture must be multiples of {window * self.patch} pixels, got "
                f"{size[0] * self.patch} x {size[1] * self.patch}: resize it"
            )
        whole = F.interpolate(self.picture_positions, size=size, mode="bicubic")
        return (whole + self.window_positions.tile(size[0] // window, size[1] // window)).permute(0, 2, 3, 1)

    def embed(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, h, w, C)."""
        cells = self.patches(pixel_values).permute(0, 2, 3, 1)
        return cells + self.positions((cells.shape[1], cells.shape[2]))

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        x, maps = self.embed(pixel_values), []
        layers = iter(self.layers)
        for depth in self.depths:
            for _ in range(depth):
                x = next(layers)(x)
            maps.append(x.permute(0, 3, 1, 2))
        return maps

"""SAM's image encoder: a plain ViT that mostly looks into windows, made for pictures of 1024 x 1024.

Kirillov et al., "Segment Anything", arXiv:2304.02643, section 3 and appendix A; after Li et al., "Exploring Plain
Vision Transformer Backbones for Object Detection", arXiv:2203.16527, section 3:

    tokens   patches of P x P pixels + a learned position each, without a class token          (B, h, w, C), P = 16
    layer    x + attention(norm x), then x + MLP(norm x); attention with decomposed relative positions
             in windows of M x M cells, M = 14; among all cells in a few layers (every fourth or so)
    neck     1 x 1 and 3 x 3 convolution, a norm after each: (B, 256, h, w), the embedding

4096 cells that look at 4096 cells cost 20 times what windows of 14 x 14 cost; four layers of twelve suffice to pass
things on across the picture. A map whose sides are no multiples of M is padded with zeros behind the norm, and padded
cells are attended to, as in the published code.

Differs from the paper: nothing. Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn

from segtutor.reference.layers.channel_norm import ChannelNorm
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.relative_positions import RelativeAttention
from segtutor.reference.layers.windows import from_windows, into_windows


class WindowViTLayer(nn.Module):
    """One layer, (B, h, w, C) -> the same. grid: (h, w); window: M cells, 0: all cells see each other."""

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        grid: tuple[int, int],
        window: int,
        hidden: int,
        activation: str = "gelu",
        relative: bool = True,
        packed_bias: bool = True,
        epsilon: float = 1e-6,
    ):
        super().__init__()
        self.window = window
        own = (window, window) if window else grid
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = RelativeAttention(width, num_heads, own if relative else None, packed_bias=packed_bias)
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        self.feed_forward = FeedForward(width, hidden, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention_norm(x)
        if self.window:
            size, cells = (x.shape[1], x.shape[2]), (self.window, self.window)
            windows = into_windows(y, self.window).unflatten(1, cells)  # (B N, M, M, C)
            x = x + from_windows(self.attention(windows).flatten(1, 2), size, self.window)
        else:
            x = x + self.attention(y)
        return x + self.feed_forward(self.feed_forward_norm(x))


class WindowViT(nn.Module):
    """(B, 3, H, W) float, normalised, of the size it was made for -> (B, embedding, h, w).

    image_size: pixels a side. global_layers: those in which all cells see each other. embedding: channels of the neck.
    absolute, relative: whether cells have learned positions, and attention relative ones.
    """

    def __init__(
        self,
        *,
        width: int = 768,
        num_heads: int = 12,
        depth: int = 12,
        hidden: int = 3072,
        image_size: int = 1024,
        patch: int = 16,
        in_channels: int = 3,
        window: int = 14,
        global_layers: Collection[int] = (2, 5, 8, 11),
        embedding: int = 256,
        absolute: bool = True,
        relative: bool = True,
        packed_bias: bool = True,
        activation: str = "gelu",
        epsilon: float = 1e-6,
    ):
        super().__init__()
        self.width, self.patch, self.image_size = width, patch, image_size
        side = image_size // patch
        self.grid = (side, side)
        self.patches = nn.Conv2d(in_channels, width, patch, stride=patch)
        self.positions = nn.Parameter(torch.zeros(1, side, side, width)) if absolute else None
        self.layers = nn.ModuleList(
            WindowViTLayer(
                width,
                num_heads,
                grid=self.grid,
                window=0 if i in global_layers else window,
                hidden=hidden,
                activation=activation,
                relative=relative,
                packed_bias=packed_bias,
                epsilon=epsilon,
            )
            for i in range(depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(width, embedding, 1, bias=False),
            ChannelNorm(embedding),
            nn.Conv2d(embedding, embedding, 3, padding=1, bias=False),
            ChannelNorm(embedding),
        )

    def embed(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, h, w, C). Raises ValueError for a picture of another size."""
        if tuple(pixel_values.shape[2:]) != (self.image_size, self.image_size):
            raise ValueError(
                f"a picture must be {self.image_size} x {self.image_size}, the size that the positions are learned "
                f"for, got {pixel_values.shape[2]} x {pixel_values.shape[3]}: resize and pad the picture"
            )
        tokens = self.patches(pixel_values).permute(0, 2, 3, 1)
        return tokens if self.positions is None else tokens + self.positions

    def forward(self, pixel_values: Tensor) -> Tensor:
        tokens = self.embed(pixel_values)
        for layer in self.layers:
            tokens = layer(tokens)
        return self.neck(tokens.permute(0, 3, 1, 2))

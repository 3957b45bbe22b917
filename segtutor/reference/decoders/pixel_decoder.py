"""Mask2Former's pixel decoder: features of three coarse maps talk to each other, then one fine map is made.

Cheng et al., "Masked-attention Mask Transformer", arXiv:2112.01527, section 4.1 and figure 2, with the encoder
layer of "Deformable DETR" (arXiv:2010.04159, section 4.1):

    1/8, 1/16, 1/32      1x1 convolution, GroupNorm -> L layers of multi-scale deformable attention over all three
    1/4                  1x1 convolution, GroupNorm, + the 1/8 map enlarged -> 3x3 convolution (an FPN step)
    mask features        1x1 convolution of the 1/4 map

A cell says where it is by sine positions, and in which map by a learned vector of that level. The transformer
decoder reads the three coarse maps; masks are drawn on the mask features.

Shapes: features (B, C_i, h_i, w_i) -> mask features (B, C_m, H / 4, W / 4), three maps (B, C, h, w), coarse to fine.
Differs from the paper: nothing. What it calls a simple upsampling layer with lateral connection is spelled out as in
its published code: bilinear, where FPN took the nearest cell.
Taught in notebooks/04_where_do_sharp_masks_come_from and
05_how_does_a_cell_read_many_scales.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.deformable import DeformableAttention, cell_centres
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.positions import sine_positions


class DeformableLayer(nn.Module):
    """One layer of the encoder: deformable attention, feed-forward; each added to its input, then normalised."""

    def __init__(self, width: int, num_heads: int, hidden: int, *, num_levels: int = 3, dropout: float = 0.0):
        super().__init__()
        self.attention = DeformableAttention(width, num_heads, num_levels=num_levels)
        self.attention_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.dropout = dropout

    def forward(self, x: Tensor, positions: Tensor, references: Tensor, sizes: Sequence[tuple[int, int]]) -> Tensor:
        """x: (B, S, C), all maps; positions: (1, S, C), added where points are chosen, not to what is read there."""
        read = self.attention(x + positions, references, x, sizes)
        x = self.attention_norm(x + F.dropout(read, self.dropout, self.training))
        worked = self.feed_forward(x)
        return self.feed_forward_norm(x + F.dropout(worked, self.dropout, self.training))


class DeformablePixelDecoder(nn.Module):
    """channels: of the backbone's maps, fine to coarse; width: C; mask_width: C_m.

    num_heads, hidden, num_layers: of the encoder. num_levels: how many of the coarsest maps go through it.
    num_fine: how many FPN steps follow.
    """

    def __init__(
        self,
        channels: Sequence[int],
        *,
        width: int = 256,
        mask_width: int = 256,
        num_heads: int = 8,
        hidden: int = 1024,
        num_layers: int = 6,
        num_levels: int = 3,
        num_fine: int = 1,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.num_levels, self.num_fine, self.width = num_levels, num_fine, width
        coarse_to_fine = list(channels)[::-1]
        self.project = nn.ModuleList(  # coarse to fine
            nn.Sequential(nn.Conv2d(c, width, 1), nn.GroupNorm(32, width)) for c in coarse_to_fine[:num_levels]
        )
        self.level_embedding = nn.Parameter(torch.randn(num_levels, width))
        self.layers = nn.ModuleList(
            DeformableLayer(width, num_heads, hidden, num_levels=num_levels, dropout=dropout) for _ in range(num_layers)
        )
        fine = list(channels)[:num_fine]
        self.lateral = nn.ModuleList(  # fine to coarse
            nn.Sequential(nn.Conv2d(c, width, 1, bias=False), nn.GroupNorm(32, width)) for c in fine
        )
        self.smooth = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.GroupNorm(32, width), nn.ReLU())
            for _ in fine
        )
        self.mask_features = nn.Conv2d(width, mask_width, 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """features: fine to coarse -> mask features, the encoder's maps coarse to fine."""
        coarse = [project(x) for project, x in zip(self.project, features[::-1], strict=False)]
        sizes = tuple((x.shape[-2], x.shape[-1]) for x in coarse)
        device = features[0].device
        positions = torch.cat(
            [
                sine_positions(size, self.width, device=device).flatten(2).transpose(1, 2) + level
                for size, level in zip(sizes, self.level_embedding, strict=True)
            ],
            dim=1,
        )
        x = torch.cat([x.flatten(2).transpose(1, 2) for x in coarse], dim=1)  # (B, S, C)
        references = cell_centres(sizes, str(device))
        for layer in self.layers:
            x = layer(x, positions, references, sizes)
        maps = [
            part.transpose(1, 2).unflatten(-1, size)  # (B, C, h, w)
            for part, size in zip(x.split([h * w for h, w in sizes], dim=1), sizes, strict=True)
        ]
        # How these convolutions are fastest. A copy, for contiguous() leaves a batch of one with strides that the next
        # operation does not recognise: it would turn the map around and back again.
        finest = maps[-1].clone(memory_format=torch.channels_last)
        for level in reversed(range(self.num_fine)):
            lateral = self.lateral[level](features[level])
            enlarged = F.interpolate(finest, size=lateral.shape[-2:], mode="bilinear", align_corners=False)
            finest = self.smooth[level](lateral + enlarged)
        return self.mask_features(finest), maps

"""Mix Transformer (MiT): SegFormer's backbone. Attention from every cell, to a coarser grid; no positions at all.

Xie et al., "SegFormer: Simple and Efficient Design for Semantic Segmentation with Transformers", arXiv:2105.15203,
section 3.1, eq. 1 to 3. A stage embeds overlapping patches by a convolution (7 x 7, stride 4; later 3 x 3, stride 2),
then in each layer

    z = z + Attention(Q = LN(z),  K = V = reduce(LN(z)))                                                     (eq. 1, 2)
    z = z + W2 gelu(DW(W1 LN(z)))                              "mix-FFN", DW: 3 x 3, each channel for itself     (eq. 3)

`reduce` makes one cell of R x R, so that h w queries meet h w / R^2 keys: attention at stride 4 becomes affordable.
DW looks at neighbours, and at the zeros around the picture: this is where the network knows from where things are, and
why pictures of any size need no interpolated table of positions.

    stage 1   (B, h, w, 32)      stride 4, R = 8            widths of MiT-B0
    stage 2   (B, h, w, 64)      stride 8, R = 4
    stage 3   (B, h, w, 160)     stride 16, R = 2
    stage 4   (B, h, w, 256)     stride 32, R = 1

Differs from the paper: R is that of one side, the paper's counts cells, R x R. Its eq. 2 reshapes cells that follow
one another; `reduce` is a convolution over squares of R x R with a norm behind it, as in its published code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.backbones.build import stochastic_depth
from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import ACTIVATIONS


class OverlappingPatches(nn.Module):
    """(B, C, h, w) -> (B, h / stride, w / stride, width), rounded up. size > stride: each patch sees into the next."""

    def __init__(self, channels: int, width: int, size: int, stride: int):
        super().__init__()
        self.convolution = nn.Conv2d(channels, width, size, stride, padding=size // 2)
        self.norm = nn.LayerNorm(width)

    def forward(self, maps: Tensor) -> Tensor:
        return self.norm(self.convolution(maps).permute(0, 2, 3, 1))


class SequenceReduction(nn.Module):
    """Eq. 2: R x R cells become one. (B, h, w, C) -> (B, h w / R^2, C); rows and columns left over are not seen."""

    def __init__(self, width: int, ratio: int):
        super().__init__()
        self.convolution = nn.Conv2d(width, width, ratio, stride=ratio)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.convolution(x.permute(0, 3, 1, 2)).flatten(2).transpose(1, 2))


class MixFeedForward(nn.Module):
    """Eq. 3, without the sum. (B, h, w, C) -> the same. hidden: channels between W1 and W2."""

    def __init__(self, width: int, hidden: int, *, activation: str = "gelu", dropout: float = 0.0):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
        self.widen = nn.Linear(width, hidden)
        self.neighbours = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.narrow = nn.Linear(hidden, width)
        self.activation, self.dropout = activation, dropout

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.neighbours(self.widen(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        hidden = F.dropout(ACTIVATIONS[self.activation](hidden), self.dropout, self.training)
        return F.dropout(self.narrow(hidden), self.dropout, self.training)


class MixLayer(nn.Module):
    """Both sums. (B, h, w, C) -> the same.

    ratio: R. skip: how often, in training, a sum is left out for a picture (`stochastic_depth`).
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        ratio: int,
        hidden: int,
        activation: str = "gelu",
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        skip: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.reduce = SequenceReduction(width, ratio) if ratio > 1 else None
        self.attention = Attention(width, num_heads, dropout=attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = MixFeedForward(width, hidden, activation=activation, dropout=dropout)
        self.dropout, self.skip = dropout, skip

    def forward(self, x: Tensor) -> Tensor:
        normed = self.attention_norm(x)
        places = normed.flatten(1, 2)  # (B, h w, C)
        keys = places if self.reduce is None else self.reduce(normed)
        mixed = self.attention(places, keys, keys).view_as(x)
        x = x + stochastic_depth(F.dropout(mixed, self.dropout, self.training), self.skip, self.training)
        worked = self.feed_forward(self.feed_forward_norm(x))
        return x + stochastic_depth(worked, self.skip, self.training)


class Stage(nn.Module):
    """(B, C, h, w) -> (B, width, h / stride, w / stride), in channels_last memory."""

    def __init__(self, patches: OverlappingPatches, layers: Sequence[MixLayer], width: int):
        super().__init__()
        self.patches = patches
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(width)

    def forward(self, maps: Tensor) -> Tensor:
        x = self.patches(maps)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x).permute(0, 3, 1, 2)


class MiT(nn.Module):
    """(B, 3, H, W) -> the chosen stages' maps, fine to coarse. One entry a stage in each sequence, by default MiT-B0.

    skip: of the last layer, growing evenly from 0 at the first. out: stages to return, counted from 1; default all.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = (32, 64, 160, 256),
        depths: Sequence[int] = (2, 2, 2, 2),
        heads: Sequence[int] = (1, 2, 5, 8),
        ratios: Sequence[int] = (8, 4, 2, 1),
        patches: Sequence[int] = (7, 3, 3, 3),
        strides: Sequence[int] = (4, 2, 2, 2),
        hidden_ratios: Sequence[float] = (4, 4, 4, 4),
        in_channels: int = 3,
        skip: float = 0.1,
        out: Sequence[int] | None = None,
        **layer: Any,
    ):
        super().__init__()
        skips = iter(torch.linspace(0, skip, sum(depths), device="cpu").tolist())
        self.stages = nn.ModuleList()
        total_strides: list[int] = []
        for i, width in enumerate(widths):
            embed = OverlappingPatches(widths[i - 1] if i else in_channels, width, patches[i], strides[i])
            hidden = int(width * hidden_ratios[i])
            layers = [
                MixLayer(width, heads[i], ratio=ratios[i], hidden=hidden, skip=next(skips), **layer)
                for _ in range(depths[i])
            ]
            self.stages.append(Stage(embed, layers, width))
            total_strides.append(strides[i] * (total_strides[-1] if i else 1))
        self.out = tuple(out or range(1, len(widths) + 1))
        self.channels = tuple(widths[stage - 1] for stage in self.out)
        self.strides = tuple(total_strides[stage - 1] for stage in self.out)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MiT:
        """config: of transformers' SegFormer; "out_features", "stage1" to "stage4", may choose among the maps."""
        chosen = config.get("out_features")
        return cls(
            widths=config.get("hidden_sizes", (32, 64, 160, 256)),
            depths=config.get("depths", (2, 2, 2, 2)),
            heads=config.get("num_attention_heads", (1, 2, 5, 8)),
            ratios=config.get("sr_ratios", (8, 4, 2, 1)),
            patches=config.get("patch_sizes", (7, 3, 3, 3)),
            strides=config.get("strides", (4, 2, 2, 2)),
            hidden_ratios=config.get("mlp_ratios", (4, 4, 4, 4)),
            in_channels=config.get("num_channels", 3),
            skip=config.get("drop_path_rate", 0.1),
            out=[int(name.removeprefix("stage")) for name in chosen] if chosen else None,
            activation=config.get("hidden_act", "gelu"),
            dropout=config.get("hidden_dropout_prob", 0.0),
            attention_dropout=config.get("attention_probs_dropout_prob", 0.0),
        )

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        maps, kept = pixel_values.contiguous(memory_format=torch.channels_last), []
        for stage in self.stages:
            maps = stage(maps)
            kept.append(maps)
        return [kept[stage - 1] for stage in self.out]

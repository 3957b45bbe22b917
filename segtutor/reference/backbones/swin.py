"""Swin: a backbone of attention inside windows, whose maps get coarser from stage to stage as those of a ResNet.

Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", arXiv:2103.14030, eq. 3 and
section 3.2. A picture is cut into patches of 4 x 4 pixels; then, in each layer,

    z = W-MSA(LN(z)) + z                    attention inside windows; every second layer shifts them (windows.py)
    z = MLP(LN(z)) + z

Between stages 2 x 2 cells become one ("patch merging"): C channels -> 4 C -> 2 C.

    patches   (B, h, w, 96)         strides 4, 8, 16, 32, widths 96, 192, 384, 768 for Swin-T
    stage i   (B, h, w, 96 * 2^(i-1)); its output is normalised once more for the decoder

Differs from the paper: nothing but the norm on each output, which is that of Swin's published detectors. transformers
has the backbone twice, for Mask2Former and others ("swin") and for MaskFormer ("maskformer-swin"); this is both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.backbones.build import chosen_stages, stochastic_depth
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.windows import WindowAttention


class SwinLayer(nn.Module):
    """Eq. 3. skip: how often, in training, a layer's addition is left out for a picture (`stochastic_depth`)."""

    def __init__(
        self,
        width: int,
        num_heads: int,
        window: int,
        shift: int,
        *,
        hidden: int,
        bias: bool = True,
        activation: str = "gelu",
        epsilon: float = 1e-5,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        skip: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = WindowAttention(width, num_heads, window, shift, bias=bias, dropout=attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        self.feed_forward = FeedForward(width, hidden, activation=activation)
        self.dropout, self.skip = dropout, skip

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._sometimes(self.attention(self.attention_norm(x)))
        return x + self._sometimes(self.feed_forward(self.feed_forward_norm(x)))

    def _sometimes(self, added: Tensor) -> Tensor:
        return stochastic_depth(F.dropout(added, self.dropout, self.training), self.skip, self.training)


class PatchMerging(nn.Module):
    """(B, h, w, C) -> (B, h / 2, w / 2, 2 C), rounded up; an odd side is padded with zeros."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduce = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        x = x.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))  # (B, h / 2, 2, w / 2, 2, C)
        x = x.permute(0, 1, 3, 4, 2, 5).flatten(3)  # four neighbours, column by column
        return self.reduce(self.norm(x))


class Swin(nn.Module):
    """(B, 3, H, W) -> the chosen maps (B, C, h, w), fine to coarse, in channels_last memory.

    width: of the first stage; depths, heads: layers and attention heads of each stage. patch: pixels a side. out: the
    maps to return, 0 = patches, 1 = first stage. layer: what SwinLayer takes besides. skip: that of the last layer,
    from 0 at the first on. positions: number of learned positions added to patches, 0 for none.
    """

    def __init__(
        self,
        *,
        width: int = 96,
        depths: Sequence[int] = (2, 2, 6, 2),
        heads: Sequence[int] = (3, 6, 12, 24),
        window: int = 7,
        patch: int = 4,
        in_channels: int = 3,
        mlp_ratio: float = 4.0,
        skip: float = 0.1,
        positions: int = 0,
        out: Sequence[int] = (1, 2, 3, 4),
        dropout: float = 0.0,
        **layer: Any,
    ):
        super().__init__()
        self.patch, self.dropout, self.out = patch, dropout, tuple(out)
        self.embed = nn.Conv2d(in_channels, width, patch, stride=patch)
        self.embed_norm = nn.LayerNorm(width)
        self.positions = nn.Parameter(torch.zeros(1, positions, width)) if positions else None
        self.stages, self.merges, self.output_norms = nn.ModuleList(), nn.ModuleList(), nn.ModuleDict()
        total, count = sum(depths), 0
        widths = [width]
        for stage, (depth, num_heads) in enumerate(zip(depths, heads, strict=True)):
            if stage > 0:
                self.merges.append(PatchMerging(widths[-1]))
            widths.append(width * 2**stage)
            layers = nn.Sequential()
            for i in range(depth):
                shift, often = window // 2 * (i % 2), skip * count / max(total - 1, 1)
                hidden = int(mlp_ratio * widths[-1])
                layers.append(
                    SwinLayer(widths[-1], num_heads, window, shift, hidden=hidden, skip=often, dropout=dropout, **layer)
                )
                count += 1
            self.stages.append(layers)
        self.channels = tuple(widths[index] for index in self.out)
        self.strides = tuple(patch * 2 ** max(index - 1, 0) for index in self.out)
        for index, channels in zip(self.out, self.channels, strict=True):
            self.output_norms[str(index)] = nn.LayerNorm(channels)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Swin:
        """config: transformers' "swin" or "maskformer-swin"."""
        depths, patch = config.get("depths", (2, 2, 6, 2)), config.get("patch_size", 4)
        positions = 0
        if config.get("use_absolute_embeddings", False):
            side = config.get("image_size", 224)
            height, width = (side, side) if isinstance(side, int) else side
            positions = (height // patch) * (width // patch)
        return cls(
            width=config.get("embed_dim", 96),
            depths=depths,
            heads=config.get("num_heads", (3, 6, 12, 24)),
            window=config.get("window_size", 7),
            patch=patch,
            in_channels=config.get("num_channels", 3),
            mlp_ratio=config.get("mlp_ratio", 4.0),
            skip=config.get("drop_path_rate", 0.1),
            positions=positions,
            out=chosen_stages(config, len(depths)),
            dropout=config.get("hidden_dropout_prob", 0.0),
            bias=config.get("qkv_bias", True),
            activation=config.get("hidden_act", "gelu"),
            epsilon=config.get("layer_norm_eps", 1e-5),
            attention_dropout=config.get("attention_probs_dropout_prob", 0.0),
        )

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        height, width = pixel_values.shape[2:]
        pixel_values = F.pad(pixel_values, (0, -width % self.patch, 0, -height % self.patch))
        x = self.embed_norm(self.embed(pixel_values).permute(0, 2, 3, 1))  # (B, C, h, w) -> (B, h, w, C)
        if self.positions is not None:
            if self.positions.shape[1] != x.shape[1] * x.shape[2]:
                raise ValueError(
                    f"a picture must have {self.positions.shape[1]} patches, because this Swin has a learned "
                    f"position for each, got {height} x {width} pixels: resize the picture"
                )
            x = x + self.positions.view(1, *x.shape[1:])
        x = F.dropout(x, self.dropout, self.training)
        maps = [self._output(0, x)]
        for stage, layers in enumerate(self.stages):
            x = layers(x if stage == 0 else self.merges[stage - 1](x))
            maps.append(self._output(stage + 1, x))
        return [map_ for map_ in maps if map_ is not None]

    def _output(self, index: int, x: Tensor) -> Tensor | None:
        if index not in self.out:
            return None
        return self.output_norms[str(index)](x).permute(0, 3, 1, 2)

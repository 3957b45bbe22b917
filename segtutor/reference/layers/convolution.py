"""Convolution, batch norm, ReLU: the layer that per-pixel heads are built from.

Ioffe and Szegedy, "Batch Normalization", arXiv:1502.03167, algorithm 1 and section 3.2:

    y = relu(gamma (W * x - mean) / sqrt(var + eps) + beta)             * is the convolution; the rest is per channel

Heads enlarge coarse maps to the finest size, put all side by side, and convolve that; `ConvNormRelu.joined` does so,
and fast/convolution.py does the same without ever making the joint map.

Differs from the paper: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segtutor.reference.layers.batch_norm import BatchNorm
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.resize import enlarged


class ConvNormRelu(nn.Module):
    """(B, channels, h, w) -> (B, out, h, w). kernel: odd; dilation: distance between its taps."""

    def __init__(self, channels: int, out: int, kernel: int = 3, *, dilation: int = 1):
        super().__init__()
        padding = dilation * (kernel // 2)
        self.convolution = nn.Conv2d(channels, out, kernel, padding=padding, dilation=dilation, bias=False)
        self.norm = BatchNorm(out)

    def forward(self, maps: Tensor) -> Tensor:
        return self.norm(self.convolution(maps)).relu()

    @has_fast_form("convolution")
    def joined(self, maps: Sequence[Tensor]) -> Tensor:
        """The layer applied to all maps side by side, those after the first enlarged to its size.

        maps: (B, C_i, h_i, w_i), the C_i add up to `channels`.
        """
        size = maps[0].shape[-2:]
        return self(torch.cat([maps[0], *(enlarged(part, size) for part in maps[1:])], dim=1))

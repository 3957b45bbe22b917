"""Layer norm of a map: at each cell, over the channels.

Ba et al., "Layer Normalization", arXiv:1607.06450, eq. 4; with the channels as second axis, as convolutions have them
(ConvNeXt, arXiv:2201.03545, SAM and EoMT use it between convolutions):

    y = (x - mean) / sqrt(variance + epsilon) * weight + bias          mean, variance: over the C numbers of a cell

Differs from the paper: nothing.
"""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    """(B, C, h, w) -> the same. weight, bias: (C,)."""

    def __init__(self, channels: int, *, epsilon: float = 1e-6):
        super().__init__(channels, eps=epsilon)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

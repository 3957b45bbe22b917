"""SegFormer's all-MLP head: from each map the same number of channels, enlarged, side by side, mixed. No neighbours.

Xie et al., "SegFormer", arXiv:2105.15203, section 3.2, eq. 4:

    f_i = P_i x_i + p_i                                            from C_i channels to C, each cell for itself
    logits = W' relu(norm(W [up(f_L), ..., up(f_1)]))              L C -> C -> K channels, at the size of x_1

It can be this simple because MiT's deep maps have seen the whole picture already (paper, figure 3).

Differs from the paper: eq. 4 has no norm and no ReLU between W and W'; its published code does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.convolution import ConvNormRelu
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.resize import enlarged


class AllMLPHead(nn.Module):
    """Maps (B, channels[i], h_i, w_i), fine to coarse -> logits (B, num_classes, h_0, w_0).

    channels: of the maps; width: C; dropout: before the classifier.

    >>> maps = [torch.zeros(1, 8, 16, 24), torch.zeros(1, 16, 8, 12)]
    >>> AllMLPHead((8, 16), num_classes=5, width=4).eval()(maps).shape
    torch.Size([1, 5, 16, 24])
    """

    def __init__(self, channels: Sequence[int], num_classes: int, *, width: int = 256, dropout: float = 0.1):
        super().__init__()
        self.project = nn.ModuleList(nn.Linear(count, width) for count in channels)
        self.fuse = ConvNormRelu(len(channels) * width, width, 1)
        self.dropout = dropout
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        return self.classifier(F.dropout(self.mix(maps), self.dropout, self.training))

    @has_fast_form("segformer_head")
    def mix(self, maps: Sequence[Tensor]) -> Tensor:
        """relu(norm(W [...])): (B, width, h_0, w_0)."""
        projected = [
            layer(part.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) for layer, part in zip(self.project, maps, strict=True)
        ]
        size = maps[0].shape[-2:]
        return self.fuse(torch.cat([enlarged(part, size) for part in reversed(projected)], dim=1))  # coarse ones first

"""The feature pyramid as it was made for boxes: each level is read, since things of each size need their own.

Lin et al., "Feature Pyramid Networks for Object Detection", arXiv:1612.03144, section 3, figure 3:

    M_5 = lateral_5(C_5)        M_i = lateral_i(C_i) + enlarge(M_{i+1})        P_i = conv3x3(M_i)

C_2 .. C_5 are the backbone's maps at strides 4 .. 32, lateral_i is a 1x1 convolution, enlarge repeats cells. All P_i
have one width, so that the same heads read each of them. `fpn`, MaskFormer's pixel decoder, has the same idea with
norms and ReLUs, and only its finest map is used.

Shapes: (B, C_i, H / s_i, W / s_i), fine to coarse -> (B, width, H / s_i, W / s_i) for the first `levels` of them.
Differs from the paper: no P_6 for the largest anchors.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class FeaturePyramid(nn.Module):
    """channels: of the backbone's maps, fine to coarse; width: of every level; levels: how many are given, all."""

    def __init__(self, channels: Sequence[int], *, width: int = 256, levels: int | None = None):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, 1) for count in channels)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in channels[:levels])
        for module in (*self.lateral, *self.smooth):
            nn.init.kaiming_uniform_(module.weight, a=1)
            nn.init.zeros_(module.bias)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        merged = [self.lateral[-1](features[-1])]
        for lateral, x in zip(reversed(self.lateral[:-1]), reversed(features[:-1]), strict=True):
            seen = lateral(x)
            merged.insert(0, seen + F.interpolate(merged[0], size=seen.shape[-2:], mode="nearest"))
        return [smooth(x) for smooth, x in zip(self.smooth, merged, strict=False)]

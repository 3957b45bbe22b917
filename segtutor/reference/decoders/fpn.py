"""FPN, MaskFormer's pixel decoder: what the coarse maps know is carried down to where the fine maps see.

Lin et al., "Feature Pyramid Networks for Object Detection", arXiv:1612.03144, section 3 and figure 3, as MaskFormer
uses it (Cheng et al., "Per-Pixel Classification is Not All You Need", arXiv:2107.06278, section 4.1):

    top        P_5 = conv3x3(C_5)                                  each 3x3: GroupNorm and ReLU after it
    each step  P_i = conv3x3(lateral_i(C_i) + enlarge(P_{i+1}))    lateral: 1x1 and GroupNorm; enlarge: nearest cell
    last       mask features = conv3x3(P_2)                        no norm, no ReLU: a query is compared with them

C_2 .. C_5 are the backbone's maps at strides 4 .. 32. The coarse ones know what is there, the fine ones where its edge
runs; a lateral connection adds the second to the first. Convolutions alone, so a cell hears of far ones only through
the coarse maps; `fpn_transformer` and `pixel_decoder` let them talk to each other.

Normalising by groups (Wu and He, "Group Normalization", arXiv:1803.08494) does not depend on the batch, which is
small in segmentation.

Shapes: features (B, C_i, H / s_i, W / s_i), fine to coarse -> mask features (B, C_m, H / 4, W / 4).
Differs from the papers: FPN has no norms and ReLUs; MaskFormer adds them, and only its finest map is used. MaskFormer's
text makes the last convolution 1x1; in its published models, as here, it is 3x3.
Taught in notebooks/04_where_do_sharp_masks_come_from.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segtutor.reference.layers.resize import enlarge

GROUPS = 32


def convolution(channels: int, width: int, kernel: int) -> list[nn.Module]:
    """A convolution that keeps the size, and a GroupNorm, which makes the convolution's bias needless."""
    return [nn.Conv2d(channels, width, kernel, padding=kernel // 2, bias=False), nn.GroupNorm(GROUPS, width)]


class FPN(nn.Module):
    """channels: of the backbone's maps, fine to coarse; width: C of the pyramid; mask_width: C_m of the mask features.

    Its parts are kept coarse to fine, the order in which they run.
    """

    def __init__(self, channels: Sequence[int], *, width: int = 256, mask_width: int = 256):
        super().__init__()
        if width % GROUPS:
            raise ValueError(
                f"width must be a multiple of {GROUPS}, because GroupNorm has {GROUPS} groups, got {width}"
            )
        *finer, coarsest = channels
        self.top = nn.Sequential(*convolution(coarsest, width, 3), nn.ReLU())
        self.lateral = nn.ModuleList(nn.Sequential(*convolution(c, width, 1)) for c in reversed(finer))
        self.smooth = nn.ModuleList(nn.Sequential(*convolution(width, width, 3), nn.ReLU()) for _ in finer)
        self.mask_features = nn.Conv2d(width, mask_width, 3, padding=1)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """features: fine to coarse -> mask features, and the map that a transformer decoder reads: the coarsest."""
        finest, read = self.finest(features)
        return self.mask_features(finest), read

    def finest(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """`forward` before its last convolution: P_2 instead of the mask features."""
        return self.maps(features)[-1], features[-1]

    def maps(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The pyramid, P_5 to P_2: (B, C, h_i, w_i), coarse to fine."""
        # Channels beside each other in memory: a convolution is then one matrix product a cell, and faster on a CPU.
        *finer, coarsest = (x.contiguous(memory_format=torch.channels_last) for x in features)
        maps = [self.top(coarsest)]
        for lateral, smooth, x in zip(self.lateral, self.smooth, reversed(finer), strict=True):
            seen = lateral(x)
            maps.append(smooth(seen + enlarge(maps[-1], (seen.shape[-2], seen.shape[-1]))))
        return maps

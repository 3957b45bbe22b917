"""The fast form of SegFormer's head: each map is mixed at its own size, then enlarged.

Xie et al., "SegFormer", arXiv:2105.15203, section 3.2, eq. 4. Enlarging bilinearly is a weighted mean over cells, so
that it may be done after the products over channels; W = [W_L, ..., W_1] then meets each map at its own size, and
W_i P_i is one matrix:

    W [up(f_L), ..., up(f_1)] = sum over i of  up(W_i P_i x_i + W_i p_i)

For MiT-B0 this is a tenth of the multiplications, and the map with L C channels never exists.

Differs from the paper: nothing in the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from segtutor.reference.layers.resize import enlarged
from segtutor.reference.per_pixel.segformer_head import AllMLPHead


def mix(head: AllMLPHead, maps: Sequence[Tensor]) -> Tensor:
    """(B, channels[i], h_i, w_i) each, fine to coarse -> (B, width, h_0, w_0)."""
    parts = head.fuse.convolution.weight.flatten(1).chunk(len(maps), dim=1)  # W_L, ..., W_1: (width, width) each
    total = None
    for part, layer, own in zip(maps, head.project, reversed(parts), strict=True):
        mixed = F.linear(part.permute(0, 2, 3, 1), own @ layer.weight, own @ layer.bias).permute(0, 3, 1, 2)
        total = mixed if total is None else total + enlarged(mixed, total.shape[-2:])
    return head.fuse.norm(total).relu()

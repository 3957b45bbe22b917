"""The fast form of DETR's mask head: what queries share is computed once, and few queries are drawn at a time.

Carion et al., arXiv:2005.12872, section 4.4 and figure 8. The 1x1 convolutions of the backbone's maps do not depend on
the query, nor does the part of the first convolution that reads the image, which is C of its C + heads channels. A
convolution is linear, so

    conv([image, A_i]) = conv_image(image) + conv_A(A_i)

Queries are drawn a few at a time, so that no map of all queries at stride 4 is ever held.

Differs from the paper: nothing in the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.reference.decoders.detr_mask_head import DetrMaskHead
from segtutor.reference.layers.resize import enlarge

AT_ONCE = 10  # queries; more would save no time


def forward(
    head: DetrMaskHead,
    queries: Tensor,
    memory: Tensor,
    picture: Tensor,
    features: Sequence[Tensor],
    valid: Tensor | None = None,
) -> Tensor:
    """Shapes as in decoders/detr_mask_head.py."""
    maps = head.maps(queries, memory, valid)
    of_picture, of_maps = head.first.convolution.weight.split([picture.shape[1], maps.shape[2]], dim=1)
    shared = F.conv2d(picture, of_picture, head.first.convolution.bias, padding=1)
    laterals = [lateral(x) for lateral, x in zip(head.lateral, reversed(features), strict=True)]
    masks = []
    for part in maps.split(AT_ONCE, dim=1):
        own = F.conv2d(part.flatten(0, 1), of_maps, padding=1)  # (B * q, C + heads, h, w)
        x = head.second(head.first.activation(head.first.norm(_add(own, shared))))
        for lateral, refine in zip(laterals, head.refine, strict=True):
            x = refine(_add(enlarge(x, (lateral.shape[-2], lateral.shape[-1])), lateral))
        masks.append(head.draw(x).unflatten(0, part.shape[:2])[:, :, 0])
    return torch.cat(masks, dim=1)


def _add(of_queries: Tensor, shared: Tensor) -> Tensor:
    """(B * q, C, h, w) + (B, C, h, w), the same for the q queries of a picture."""
    return (of_queries.unflatten(0, (len(shared), -1)) + shared[:, None]).flatten(0, 1)

"""The fast form of drawing MaskFormer's masks: each query becomes a 3x3 filter on the pyramid's finest map.

Cheng et al., arXiv:2107.06278, section 3.3: mask logits are mask embeddings times mask features. No ReLU stands between
the convolution that makes the features and this product, so the product can be taken with the filters instead of with
the pixels:

    e . (F * x + b) = (e . F) * x + e . b

That is Q channels at stride 4 instead of C_m and a product, so it pays where an image has fewer embeddings than C_m:
for the final prediction, rarely for those of all layers.

Differs from the paper: nothing in the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def draw_masks(embeddings: Sequence[Tensor], finest: Tensor, convolution: nn.Conv2d) -> list[Tensor]:
    """Shapes as in models/maskformer.py. NotImplemented where there are more embeddings than channels."""
    if len(embeddings) * embeddings[0].shape[1] >= embeddings[0].shape[2]:
        return NotImplemented
    filters, bias = convolution.weight, convolution.bias
    masks = []
    for embedding in embeddings:
        folded = torch.einsum("bqm,mcyx->bqcyx", embedding, filters)  # (B, Q, C, 3, 3)
        added = torch.zeros_like(embedding[..., 0]) if bias is None else embedding @ bias
        one_each = zip(finest.split(1), folded, added, strict=True)  # each picture has its own filters
        masks.append(torch.cat([F.conv2d(x, w, b, padding=convolution.padding) for x, w, b in one_each]))
    return masks

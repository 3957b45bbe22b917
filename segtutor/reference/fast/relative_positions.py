"""The fast form of attention with decomposed relative positions: the fused kernel, a few heads at a time.

Li et al., "MViTv2", arXiv:2112.01526, eq. 4. The sum of the two terms is as large as the attention itself, 805 MB for
SAM's 12 heads and 4096 cells. Here it is made for as many heads as fit the processor's cache, so that no more is ever
held.

Differs from the paper: nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.reference.layers.relative_positions import bias_of

NUMBERS_AT_ONCE = 2**22  # of the bias: 16 MB


def attend_relative(query: Tensor, key: Tensor, value: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Shapes as in layers/relative_positions.py."""
    shape, cells = query.shape, key.shape[2]
    # one axis for batch and heads; the kernel wants four
    parts = [part.flatten(0, 1)[:, None] for part in (query, key, value, by_row, by_column)]
    at_once = max(1, NUMBERS_AT_ONCE // (shape[2] * cells))
    seen = [
        F.scaled_dot_product_attention(q, k, v, attn_mask=bias_of(rows, columns))
        for q, k, v, rows, columns in zip(*(part.split(at_once) for part in parts), strict=True)
    ]
    return torch.cat(seen).view(shape)

"""The fast form of attention: PyTorch's fused kernel, which never writes the weights down.

Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, eq. 1. The kernel works on blocks of queries and keys, as
in "FlashAttention" (arXiv:2205.14135, algorithm 1): the weights of one block are used and forgotten, so memory grows
with Q + S and not with Q S.

Differs from the paper: nothing.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    may_attend: Tensor | None = None,
    bias: Tensor | None = None,
    dropout: float = 0.0,
) -> Tensor:
    """Shapes as in layers/attention.py."""
    mask = may_attend
    if bias is not None:  # the kernel takes one mask: a bias, -inf where a query may not look
        mask = bias if may_attend is None else bias.masked_fill(~may_attend, -math.inf)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)

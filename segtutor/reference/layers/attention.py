"""Multi-head attention: every query takes a weighted mean of values, with weights from how well query and key agree.

Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, eq. 1 and section 3.2.2, for each of the heads:

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V                                       d = C / heads

    attend_with_weights     the equation, line by line
    attend                  its result alone: PyTorch's fused kernel, unless st.reference.plain() asks for the equation
    Attention               the layer: projections, heads, `attend`
    unblock_empty_rows      the empty-mask rule

Who may look where is said in one polarity everywhere: `may_attend`, True = allowed (Mask2Former's own code says the
opposite). A query that may look nowhere has a softmax over nothing, 0 / 0 = NaN, which then spreads to the whole
picture; `unblock_empty_rows` lets such a query look everywhere instead (arXiv:2112.01527, published code).

Differs from the paper: the projections have biases, its section 3.2.2 writes matrices alone; in training a share of the
weights may be dropped. Its only mask is the one that hides later words.

Taught in notebooks/06_what_is_a_query and 07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.record import AttentionMap, Recordable


def unblock_empty_rows(may_attend: Tensor) -> Tensor:
    """The empty-mask rule: a query that may look nowhere may look everywhere. (..., Q, S) bool -> the same shape.

    >>> import torch
    >>> unblock_empty_rows(torch.tensor([[True, False], [False, False]])).tolist()
    [[True, False], [True, True]]
    """
    return may_attend | ~may_attend.any(dim=-1, keepdim=True)


def attend_with_weights(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    may_attend: Tensor | None = None,
    bias: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """The equation, line by line: the means, (B, heads, Q, d), and the weights, (B, heads, Q, S).

    query: (B, heads, Q, d); key, value: (B, heads, S, d).
    may_attend: bool, broadcastable to the weights, True = allowed. bias: added to the scores before the softmax.
    dropout: the share of the weights that is dropped.
    The weights of a query sum to 1; those of a query that may look nowhere are NaN: see `unblock_empty_rows`.
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if bias is not None:
        scores = scores + bias
    if may_attend is not None:
        scores = scores.masked_fill(~may_attend, -math.inf)
    weights = F.dropout(scores.softmax(-1), dropout)
    return weights @ value, weights


@has_fast_form("attention")
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    may_attend: Tensor | None = None,
    bias: Tensor | None = None,
    dropout: float = 0.0,
) -> Tensor:
    """The means of `attend_with_weights` alone; the fast form never writes the weights down."""
    return attend_with_weights(query, key, value, may_attend=may_attend, bias=bias, dropout=dropout)[0]


class Attention(Recordable, nn.Module):
    """Multi-head attention. width: C; dropout: of the weights, in training; inner: width of all heads, by default C.

    (B, Q, C), (B, S, C), (B, S, C) -> (B, Q, C). Positions are the caller's business: DETR and its descendants add them
    to queries and keys but not to values.
    """

    def __init__(self, width: int, num_heads: int, *, dropout: float = 0.0, inner: int | None = None):
        super().__init__()
        inner = width if inner is None else inner
        if inner % num_heads:
            raise ValueError(
                f"width must be a multiple of the number of heads, got width {inner} and {num_heads} heads"
            )
        self.num_heads, self.dropout = num_heads, dropout
        self.query, self.key, self.value = nn.Linear(width, inner), nn.Linear(width, inner), nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, *, may_attend: Tensor | None = None) -> Tensor:
        """may_attend: bool, broadcastable to (B, heads, Q, S), True = allowed; (B, 1, Q, S): the same for all heads."""
        q, k, v = self.heads(self.query(query)), self.heads(self.key(key)), self.heads(self.value(value))
        if self.recording:
            mixed, weights = attend_with_weights(q, k, v, may_attend=may_attend)
            self.record(AttentionMap(weights, may_attend))
        else:
            dropout = self.dropout if self.training else 0.0
            mixed = attend(q, k, v, may_attend=may_attend, dropout=dropout)
        return self.output(mixed.transpose(1, 2).flatten(2))  # (B, heads, Q, d) -> (B, Q, C)

    def heads(self, x: Tensor) -> Tensor:
        """(B, S, C) -> (B, heads, S, d)."""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

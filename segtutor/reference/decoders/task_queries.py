"""OneFormer's queries: they all start as the task and are then told apart by the picture.

Jain et al., "OneFormer", arXiv:2211.06220, section 3.2 and figure 2:

    Q' = Transformer(N - 1 copies of Q_task, mask features at 1/4)         2 layers: self, cross, feed-forward
    Q  = Q', Q_task                                                       N queries, the task token is the last

Mask2Former's queries start from learned values that know neither task nor picture. These know both before the
decoder begins, and their predictions are supervised as well. The copies are equal, so what separates them at first
are the learned positions that they share with the decoder.

    queries = TaskQueries()(positions[:-1], mask_features, token)         # (B, N - 1, C)

Differs from the paper, which updates Q' "with guidance from the flattened 1/4-scale features": in the published
code the features and their sine positions are swapped. Positions are the values, and features are what is
added to the keys. So what the picture holds decides where a query looks, and what the query takes with it is where
that was: it starts with a position. An output norm follows the layers.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.positions import sine_positions


class TaskQueries(nn.Module):
    """feature_width: channels of the mask features; width: C. pre_norm: norms come before a step, not after the sum."""

    def __init__(
        self,
        feature_width: int = 256,
        *,
        width: int = 256,
        num_heads: int = 8,
        hidden: int = 2048,
        num_layers: int = 2,
        dropout: float = 0.0,
        pre_norm: bool = False,
    ):
        super().__init__()
        self.width = width
        self.project = nn.Conv2d(feature_width, width, 1)
        self.layers = nn.ModuleList(
            TaskQueryLayer(width, num_heads, hidden, dropout=dropout, pre_norm=pre_norm) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, query_positions: Tensor, mask_features: Tensor, token: Tensor | None) -> Tensor:
        """query_positions: (Q, C), learned; mask_features: (B, C_m, h, w); token: (B, C), or None: all start as 0.

        Returns (B, Q, C).
        """
        batch, _, h, w = mask_features.shape
        places = sine_positions((h, w), self.width, device=mask_features.device).flatten(2).transpose(1, 2)
        key = places + self.project(mask_features).flatten(2).transpose(1, 2)  # (B, h * w, C)
        value = places.expand(batch, -1, -1)
        if token is None:
            token = mask_features.new_zeros(batch, self.width)
        queries = token[:, None].expand(-1, len(query_positions), -1)  # (B, C) -> (B, Q, C)
        for layer in self.layers:
            queries = layer(queries, query_positions, key, value)
        return self.norm(queries)


class TaskQueryLayer(nn.Module):
    """DETR's decoder layer: the queries compare, look at the picture, and are worked on one by one."""

    def __init__(self, width: int, num_heads: int, hidden: int, *, dropout: float = 0.0, pre_norm: bool = False):
        super().__init__()
        self.pre_norm, self.dropout = pre_norm, dropout
        self.self_attention = Attention(width, num_heads, dropout=dropout)
        self.self_norm = nn.LayerNorm(width)
        self.cross_attention = Attention(width, num_heads, dropout=dropout)
        self.cross_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width)

    def forward(self, queries: Tensor, query_positions: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """queries: (B, Q, C); query_positions: (Q, C); key, value: (B, S, C)."""

        def compare(x: Tensor) -> Tensor:
            placed = x + query_positions
            return self.self_attention(placed, placed, x)

        def look(x: Tensor) -> Tensor:
            return self.cross_attention(x + query_positions, key, value)

        queries = self._step(queries, compare, self.self_norm)
        queries = self._step(queries, look, self.cross_norm)
        return self._step(queries, self.feed_forward, self.feed_forward_norm)

    def _step(self, x: Tensor, change: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        if self.pre_norm:
            return x + F.dropout(change(norm(x)), self.dropout, self.training)
        return norm(x + F.dropout(change(x), self.dropout, self.training))

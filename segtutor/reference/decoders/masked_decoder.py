"""Mask2Former's transformer decoder: a query looks only inside the mask that it predicted a moment ago.

Cheng et al., "Masked-attention Mask Transformer", arXiv:2112.01527, eq. 1 to 3 and section 3.2:

    X_l = softmax(M_{l-1} + Q_l K_l^T) V_l + X_{l-1}          M = 0 where the previous mask >= 0.5, -infinity elsewhere

Here the matrix of M is `may_attend`, True where M = 0. Its tricks, each with its name:

    masked attention       foreground only: the mask of layer l - 1 says where layer l may look
    empty-mask rule        a query whose mask is empty may look everywhere (`unblock_empty_rows`); else 0 / 0
    levels in turn         layer i reads map i % 3, 1/32 first: fine detail at a third of the price
    cross before self      the queries' initial values know nothing of the picture, so comparing them comes second
    learned queries        initial values are learned and their prediction is supervised as well: proposals

Where a query may look is decided at the size of the map that it reads. Enlarging or shrinking bilinearly is linear,
as is the product of mask embedding and mask features; so the mask features are shrunk once a level, and the product
is taken there: the same numbers as shrinking the full mask of each query, for a tenth of the work.

Differs from the paper: nothing; the empty-mask rule, of which it does not speak, and the division of Q K^T by sqrt(d)
are in its published code. (transformers also skips whole layers at random in training where dropout > 0.)
Taught in notebooks/07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention, unblock_empty_rows
from segtutor.reference.layers.feed_forward import MLP, FeedForward
from segtutor.reference.layers.positions import sine_positions


class MaskedAttention(Attention):
    """Cross-attention in which a query sees only the tokens inside its own mask: eq. 1 and 2, with the empty-mask rule.

    (B, Q, C), (B, S, C), (B, S, C) -> (B, Q, C), as `Attention`.
    """

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *,
        mask_logits: Tensor | None = None,
        may_attend: Tensor | None = None,
    ) -> Tensor:
        """mask_logits: (B, Q, S), each query's mask at the S tokens, before the sigmoid; or instead of it
        may_attend: (B, 1, Q, S) bool, True = allowed. With neither a query sees everything."""
        if mask_logits is not None:
            may_attend = unblock_empty_rows(mask_logits >= 0)[:, None]
        return super().forward(query, key, value, may_attend=may_attend)


class MaskedDecoderLayer(nn.Module):
    """Masked cross-attention, self-attention, feed-forward, each with a residual and a LayerNorm.

    masked: False lets the queries of this layer look everywhere, which is DETR's attention. pre_norm: the LayerNorm
    comes before a step instead of after the sum.
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        hidden: int,
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        pre_norm: bool = False,
    ):
        super().__init__()
        self.masked = True
        self.pre_norm, self.dropout = pre_norm, dropout
        self.cross_attention = MaskedAttention(width, num_heads, dropout=dropout)
        self.cross_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width, num_heads, dropout=dropout)
        self.self_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, activation=activation, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width)

    def forward(
        self, queries: Tensor, query_positions: Tensor, key: Tensor, value: Tensor, may_attend: Tensor | None
    ) -> Tensor:
        """queries: (B, Q, C); key (with positions), value: (B, S, C); may_attend: (B, Q, S) bool or None: all."""
        allowed = may_attend[:, None] if may_attend is not None else None  # (B, 1, Q, S), the same for all heads

        def look(x: Tensor) -> Tensor:
            return self.cross_attention(x + query_positions, key, value, may_attend=allowed)

        def compare(x: Tensor) -> Tensor:
            placed = x + query_positions
            return self.self_attention(placed, placed, x)

        queries = self._step(queries, look, self.cross_norm)
        queries = self._step(queries, compare, self.self_norm)
        return self._step(queries, self.feed_forward, self.feed_forward_norm)

    def _step(self, x: Tensor, change: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        if self.pre_norm:
            return x + F.dropout(change(norm(x)), self.dropout, self.training)
        return norm(x + F.dropout(change(x), self.dropout, self.training))


class MaskedDecoder(nn.Module):
    """feature_width: channels of the maps it reads; width: C; mask_width: channels of the mask features.

    project: a 1x1 convolution before each map even where the widths agree. learned_queries: False where the initial
    values are given to each call, as OneFormer's are.
    """

    def __init__(
        self,
        feature_width: int = 256,
        *,
        width: int = 256,
        mask_width: int = 256,
        num_queries: int = 100,
        num_layers: int = 9,
        num_heads: int = 8,
        hidden: int = 2048,
        num_levels: int = 3,
        activation: str = "relu",
        dropout: float = 0.0,
        pre_norm: bool = False,
        project: bool = False,
        learned_queries: bool = True,
    ):
        super().__init__()
        self.width = width
        project = project or feature_width != width
        self.project = nn.ModuleList(
            nn.Conv2d(feature_width, width, 1) if project else nn.Identity() for _ in range(num_levels)
        )
        self.level_embedding = nn.Parameter(torch.randn(num_levels, width))
        self.queries = nn.Parameter(torch.randn(num_queries, width)) if learned_queries else None
        self.query_positions = nn.Parameter(torch.randn(num_queries, width))
        self.layers = nn.ModuleList(
            MaskedDecoderLayer(width, num_heads, hidden, activation=activation, dropout=dropout, pre_norm=pre_norm)
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.mask_head = MLP((width, width, width, mask_width))

    def forward(
        self,
        features: Sequence[Tensor],
        mask_features: Tensor,
        *,
        queries: Tensor | None = None,
        layers: bool = True,
        may_attend: Sequence[Tensor | None] | None = None,
    ) -> tuple[list[Tensor], list[Tensor]]:
        """features: (B, C_f, h, w), coarse to fine; mask_features: (B, C_m, h, w).

        queries: (B, Q, C), initial values instead of the learned ones.
        layers: True predicts from the initial queries and after each layer, False after the last layer only.
        may_attend: for each layer who may look where, (B, Q, h * w) bool, instead of what the masks say.
        Returns the queries, normalised for a class head, (B, Q, C), and their mask logits, (B, Q, h, w), of each
        prediction; the last is the final one.
        """
        if may_attend is not None and len(may_attend) != len(self.layers):
            raise ValueError(
                f"may_attend must be given for each of the {len(self.layers)} layers, got {len(may_attend)}"
            )
        keys, values = self._tokens(features)
        shrunk: dict[int, Tensor] = {}
        if queries is None:
            if self.queries is None:
                raise ValueError("queries must be given, because this decoder has learned no initial ones")
            queries = self.queries.expand(len(mask_features), -1, -1)  # (Q, C) -> (B, Q, C)
        seen, masks = [], []
        for i in range(len(self.layers) + 1):
            state = self.norm(queries)
            last = i == len(self.layers)
            embedding = self.mask_head(state)  # (B, Q, C_m)
            if layers or last:
                seen.append(state)
                masks.append(torch.einsum("bqc,bchw->bqhw", embedding, mask_features))
            if last:
                break
            layer, level = self.layers[i], i % len(features)
            allowed = None
            if may_attend is not None:
                allowed = may_attend[i]
            elif layer.masked:
                if level not in shrunk:
                    shrunk[level] = shrink(mask_features.detach(), features[level].shape[-2:])
                allowed = inside_mask(embedding.detach(), shrunk[level])
            if allowed is not None:
                allowed = unblock_empty_rows(allowed)
            queries = layer(queries, self.query_positions, keys[level], values[level], allowed)
        return seen, masks

    def _tokens(self, features: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """(B, C_f, h, w) each -> keys with positions and values without, (B, h * w, C) each."""
        keys, values = [], []
        for project, level, x in zip(self.project, self.level_embedding, features, strict=True):
            value = project(x).flatten(2).transpose(1, 2) + level
            positions = sine_positions((x.shape[-2], x.shape[-1]), self.width, device=x.device)
            keys.append(value + positions.flatten(2).transpose(1, 2))
            values.append(value)
        return keys, values


def shrink(mask_features: Tensor, size: tuple[int, int]) -> Tensor:
    """Mask features at the size of a map: (B, C_m, H, W) -> (B, C_m, h * w)."""
    return F.interpolate(mask_features, size=size, mode="bilinear", align_corners=False).flatten(2)


def inside_mask(embedding: Tensor, features: Tensor) -> Tensor:
    """Where the mask's probability is at least one half: (B, Q, C_m), (B, C_m, S) -> (B, Q, S) bool.

    A threshold has no gradient, so none is asked for. sigmoid(x) >= 0.5 is x >= 0.
    """
    return embedding @ features >= 0

"""DETR's Transformer: an encoder in which cells talk to each other, a decoder in which queries ask them.

Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, section 3.2, appendix A.3, figure 10.
With x the cells of one coarse map and p their sine positions, q the queries and e their learned positions:

    encoder layer    x <- norm(x + attention(x + p, x + p, x))            queries, keys, values of the attention
                     x <- norm(x + FFN(x))
    decoder layer    q <- norm(q + attention(q + e, q + e, q))            queries compare themselves,
                     q <- norm(q + attention(q + e, x + p, x))            then look at the picture,
                     q <- norm(q + FFN(q))                                then think

Three things to know:

    queries start at zero         all that tells two apart is e, the learned position: a query *is* its position
    positions again and again     they are added in every layer, to queries and keys; values stay pure content
    every layer may answer        heads can read each layer's queries, through one LayerNorm: the auxiliary losses

Since the first values are zero, self-attention gives every query the same in the first layer.

Shapes: cells (B, S, C) with S = h * w, queries (B, Q, C). MaskFormer has the decoder without the encoder
(arXiv:2107.06278, section 3.3 and 4.1).
Differs from the paper: nothing in inference. In training a share of the encoder's input is dropped too, and a decoder
may normalise between its layers (`norm_between`): so transformers does it.
Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import FeedForward


class AddAndNorm(nn.Module):
    """norm(x + change): how each step of a layer ends ("post-norm"). dropout: of the change, in training."""

    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(width), dropout

    def forward(self, x: Tensor, change: Tensor) -> Tensor:
        return self.norm(x + F.dropout(change, self.dropout, self.training))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward. dropout: of each change; attention_dropout: of the attention's weights;
    activation_dropout: inside the feed-forward."""

    def __init__(
        self,
        width: int,
        num_heads: int,
        hidden: int,
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        activation_dropout: float = 0.0,
    ):
        super().__init__()
        self.self_attention = Attention(width, num_heads, dropout=attention_dropout)
        self.self_norm = AddAndNorm(width, dropout)
        self.feed_forward = FeedForward(width, hidden, activation=activation, dropout=activation_dropout)
        self.feed_forward_norm = AddAndNorm(width, dropout)

    def forward(self, x: Tensor, positions: Tensor, may_attend: Tensor | None = None) -> Tensor:
        """x: (B, S, C); positions: (1 or B, S, C); may_attend: bool, broadcastable to (B, heads, S, S)."""
        placed = x + positions
        x = self.self_norm(x, self.self_attention(placed, placed, x, may_attend=may_attend))
        return self.feed_forward_norm(x, self.feed_forward(x))


class DecoderLayer(nn.Module):
    """Self-attention, cross-attention, feed-forward. Arguments as for an EncoderLayer."""

    def __init__(
        self,
        width: int,
        num_heads: int,
        hidden: int,
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        activation_dropout: float = 0.0,
    ):
        super().__init__()
        self.self_attention = Attention(width, num_heads, dropout=attention_dropout)
        self.self_norm = AddAndNorm(width, dropout)
        self.cross_attention = Attention(width, num_heads, dropout=attention_dropout)
        self.cross_norm = AddAndNorm(width, dropout)
        self.feed_forward = FeedForward(width, hidden, activation=activation, dropout=activation_dropout)
        self.feed_forward_norm = AddAndNorm(width, dropout)

    def forward(
        self, queries: Tensor, query_positions: Tensor, key: Tensor, value: Tensor, may_attend: Tensor | None = None
    ) -> Tensor:
        """queries: (B, Q, C); key (cells with positions), value (without): (B, S, C); may_attend as for Attention."""
        placed = queries + query_positions
        queries = self.self_norm(queries, self.self_attention(placed, placed, queries))
        seen = self.cross_attention(queries + query_positions, key, value, may_attend=may_attend)
        queries = self.cross_norm(queries, seen)
        return self.feed_forward_norm(queries, self.feed_forward(queries))


class DetrEncoder(nn.Module):
    """num_layers EncoderLayers; `layer` are their further arguments. (B, S, C) -> (B, S, C)."""

    def __init__(self, width: int = 256, *, num_layers: int = 6, num_heads: int = 8, hidden: int = 2048, **layer):
        super().__init__()
        self.dropout = layer.get("dropout", 0.0)
        self.layers = nn.ModuleList(EncoderLayer(width, num_heads, hidden, **layer) for _ in range(num_layers))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DetrEncoder:
        """config: of model_type "detr"; keys that equal transformers' defaults may be absent."""
        return cls(
            config.get("d_model", 256),
            num_layers=config.get("encoder_layers", 6),
            num_heads=config.get("encoder_attention_heads", 8),
            hidden=config.get("encoder_ffn_dim", 2048),
            **_layer_options(config),
        )

    def forward(self, x: Tensor, positions: Tensor, may_attend: Tensor | None = None) -> Tensor:
        """As for its layers."""
        x = F.dropout(x, self.dropout, self.training)
        for layer in self.layers:
            x = layer(x, positions, may_attend)
        return x


class DetrDecoder(nn.Module):
    """num_queries queries in num_layers DecoderLayers; `layer` are their further arguments.

    norm_between: each layer's queries go through the last LayerNorm before the next layer reads them, and those of
    the last layer twice. This is how transformers runs a configuration that asks for auxiliary_loss.
    """

    def __init__(
        self,
        width: int = 256,
        *,
        num_queries: int = 100,
        num_layers: int = 6,
        num_heads: int = 8,
        hidden: int = 2048,
        norm_between: bool = False,
        **layer,
    ):
        super().__init__()
        self.width, self.norm_between = width, norm_between
        self.query_positions = nn.Parameter(torch.randn(num_queries, width))
        self.layers = nn.ModuleList(DecoderLayer(width, num_heads, hidden, **layer) for _ in range(num_layers))
        self.norm = nn.LayerNorm(width)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DetrDecoder:
        """config: of model_type "detr"; keys that equal transformers' defaults may be absent."""
        return cls(
            config.get("d_model", 256),
            num_queries=config.get("num_queries", 100),
            num_layers=config.get("decoder_layers", 6),
            num_heads=config.get("decoder_attention_heads", 8),
            hidden=config.get("decoder_ffn_dim", 2048),
            norm_between=config.get("auxiliary_loss", False),
            **_layer_options(config),
        )

    def forward(
        self, memory: Tensor, positions: Tensor, *, may_attend: Tensor | None = None, layers: bool = True
    ) -> list[Tensor]:
        """memory: (B, S, C), what the queries look at; positions: (1 or B, S, C), its; may_attend: as for Attention.

        Returns the queries after each layer (layers=False: after the last), normalised, (B, Q, C) each.
        """
        key, positions_of_queries = memory + positions, self.query_positions.to(memory.dtype)
        queries = torch.zeros_like(positions_of_queries).expand(len(memory), -1, -1)  # (Q, C) -> (B, Q, C)
        answers = []
        for index, layer in enumerate(self.layers):
            last = index == len(self.layers) - 1
            queries = layer(queries, positions_of_queries, key, memory, may_attend)
            if self.norm_between:
                queries = self.norm(queries)
            if last or layers:
                answers.append(queries if self.norm_between and not last else self.norm(queries))
        return answers


def as_tokens(x: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, h * w, C): a map as the list of its cells, row by row."""
    return x.flatten(2).transpose(1, 2)


def _layer_options(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "activation": config.get("activation_function", "relu"),
        "dropout": config.get("dropout", 0.1),
        "attention_dropout": config.get("attention_dropout", 0.0),
        "activation_dropout": config.get("activation_dropout", 0.0),
    }

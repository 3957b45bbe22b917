"""The fast form of attention between a few tokens and many cells: no cell is projected.

Kirillov et al., "Segment Anything", arXiv:2304.02643, appendix A: about nine tokens and the 4096 cells of a picture
read each other. With the matrices of a head, the score of a token t and a cell c is one product that can be taken in
two orders, and so can what is read:

    (W_q t + b_q) . (W_k c + b_k)  =  (W_k^T (W_q t + b_q)) . c  +  (W_q t + b_q) . b_k
    sum over c of  w_c (W_v c + b_v)  =  W_v (sum over c of  w_c c)  +  b_v             as the weights w sum to 1

On the right, matrices meet the tokens alone. T tokens and h heads cost h T products a cell and a channel, where
projecting costs one for each channel of the heads: 72 and 128 in SAM. Keys and values of the cells never exist.

Differs from the paper: nothing in the result.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention


def read_cells(attention: Attention, tokens: Tensor, located: Tensor, cells: Tensor) -> Tensor | Any:
    """(N, T, C), (N, S, C), (N, S, C) -> (N, T, C). Declines many tokens, dropout, recordings and hooks."""
    if not _pays(attention, tokens):
        return NotImplemented
    query = attention.heads(attention.query(tokens)) / math.sqrt(_depth(attention))  # (N, h, T, d)
    weights = _scores(query, attention.key, located, attention).softmax(-1)  # (N, h T, S)
    seen = (weights @ cells).unflatten(1, (attention.num_heads, -1))  # (N, h, T, C)
    mixed = seen @ _by_head(attention.value.weight, attention).transpose(1, 2)  # (N, h, T, d)
    return attention.output(mixed.transpose(1, 2).flatten(2) + attention.value.bias)


def read_tokens(attention: Attention, located: Tensor, placed: Tensor, tokens: Tensor) -> Tensor | Any:
    """(N, S, C), (N, T, C), (N, T, C) -> (N, S, C). Declines many tokens, dropout, recordings and hooks."""
    if not _pays(attention, tokens):
        return NotImplemented
    heads = attention.num_heads
    key = attention.heads(attention.key(placed)) / math.sqrt(_depth(attention))  # (N, h, T, d)
    scores = _scores(key, attention.query, located, attention)  # (N, h T, S): with cells innermost, softmax is quick
    weights = scores.unflatten(1, (heads, -1)).softmax(2).flatten(1, 2)
    value = attention.heads(attention.value(tokens))  # (N, h, T, d)
    output = attention.output.weight.view(-1, heads, _depth(attention)).permute(1, 2, 0)  # (h, d, C)
    told = (value @ output).flatten(1, 2)  # (N, h T, C)
    return torch.baddbmm(attention.output.bias, weights.transpose(1, 2), told)


def _scores(projected: Tensor, other: nn.Linear, cells: Tensor, attention: Attention) -> Tensor:
    """Projected tokens, (N, h, T, d), times what `other` would make of the cells, (N, S, C) -> (N, h T, S)."""
    folded = (projected @ _by_head(other.weight, attention)).flatten(1, 2)  # (N, h T, C)
    bias = (projected @ other.bias.view(attention.num_heads, -1, 1)).flatten(1, 2)  # (N, h T, 1)
    return torch.baddbmm(bias, folded, cells.transpose(1, 2))


def _depth(attention: Attention) -> int:
    return attention.key.out_features // attention.num_heads


def _by_head(weight: Tensor, attention: Attention) -> Tensor:
    """(h d, C) -> (h, d, C)."""
    return weight.unflatten(0, (attention.num_heads, -1))


def _pays(attention: Attention, tokens: Tensor) -> bool:
    dropped = attention.training and attention.dropout > 0
    few = attention.num_heads * tokens.shape[1] < attention.key.out_features
    # a hook is called when its module is, and here none is
    watched = attention.recording or any(part._forward_hooks or part._forward_pre_hooks for part in attention.modules())
    return few and not dropped and not watched

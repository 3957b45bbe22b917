"""Decomposed relative positions: how far apart two cells are, in rows and in columns, says how well they agree.

Li et al., "MViTv2", arXiv:2112.01526, eq. 4; in the form of Li et al., "Exploring Plain Vision Transformer Backbones",
arXiv:2203.16527, which SAM, Painter and SegGPT use. For a query cell (y, x) and a key cell (y', x') of an h x w grid:

    score = q . k / sqrt(d)  +  q . R[y - y']  +  q . C[x - x']

R has 2 h - 1 rows of d numbers, one for each distance, and C 2 w - 1: h + w of them instead of the h w that a table of
all pairs of distances would need. The query is not divided by sqrt(d) in the last two terms.

    RelativePositions     the two tables, and the two terms for given queries
    attend_relative_with_weights   the equation, with all weights written down
    attend_relative       its result alone; fast/relative_positions.py has a form that holds few weights at a time
    RelativeAttention     the layer

The sum of the two terms is as large as the attention itself: 805 MB for SAM's 12 heads and 4096 cells.

Differs from the papers: nothing. Taught in notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import Linear

from segtutor.reference.layers.attention import attend, attend_with_weights
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.record import AttentionMap, Recordable


class RelativePositions(nn.Module):
    """Tables R and C for a grid. grid: (h, w) cells; width: d, that of a head.

    (B, heads, h w, d) -> by row (B, heads, h w, h) and by column (B, heads, h w, w): what each query adds for each row
    and for each column of keys.
    """

    def __init__(self, grid: tuple[int, int], width: int):
        super().__init__()
        self.grid = grid
        self.rows = nn.Parameter(torch.zeros(2 * grid[0] - 1, width))
        self.columns = nn.Parameter(torch.zeros(2 * grid[1] - 1, width))

    def forward(self, query: Tensor) -> tuple[Tensor, Tensor]:
        cells = query.unflatten(2, self.grid)  # (B, heads, h, w, d)
        by_row = torch.einsum("bnhwd,hkd->bnhwk", cells, self.rows[_distances(self.grid[0], query.device)])
        by_column = torch.einsum("bnhwd,wkd->bnhwk", cells, self.columns[_distances(self.grid[1], query.device)])
        return by_row.flatten(2, 3), by_column.flatten(2, 3)


def _distances(count: int, device: torch.device) -> Tensor:
    """(count, count) int64: where a table has the distance of query i from key j, i - j, counted from -(count - 1).

    >>> _distances(3, torch.device("cpu")).tolist()
    [[2, 1, 0], [3, 2, 1], [4, 3, 2]]
    """
    cells = torch.arange(count, device=device)
    return cells[:, None] - cells + count - 1


def bias_of(by_row: Tensor, by_column: Tensor) -> Tensor:
    """The two terms added up: (..., S, h) and (..., S, w) -> (..., S, h w)."""
    return (by_row[..., :, None] + by_column[..., None, :]).flatten(-2)


def attend_relative_with_weights(
    query: Tensor, key: Tensor, value: Tensor, by_row: Tensor, by_column: Tensor
) -> tuple[Tensor, Tensor]:
    """The equation: the means, (B, heads, S, d), and the weights, (B, heads, S, S); rows of weights sum to 1.

    query, key, value: (B, heads, S, d), S = h w cells. by_row: (B, heads, S, h); by_column: (B, heads, S, w).
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + bias_of(by_row, by_column)
    weights = scores.softmax(-1)
    return weights @ value, weights


@has_fast_form("relative_positions")
def attend_relative(query: Tensor, key: Tensor, value: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """The means of `attend_relative_with_weights` alone. Shapes as there."""
    return attend_relative_with_weights(query, key, value, by_row, by_column)[0]


class RelativeAttention(Recordable, nn.Module):
    """Self-attention of a grid of cells with decomposed relative positions, (B, h, w, C) -> the same.

    width: C. grid: (h, w), that of its tables; None: no relative positions. packed_bias: the projections of queries,
    keys and values have biases (that of the result always has).
    """

    def __init__(self, width: int, num_heads: int, grid: tuple[int, int] | None, *, packed_bias: bool = True):
        super().__init__()
        if width % num_heads:
            raise ValueError(
                f"width must be a multiple of the number of heads, got width {width} and {num_heads} heads"
            )
        self.num_heads = num_heads
        self.packed = Linear(width, 3 * width, bias=packed_bias)  # queries, keys, values
        self.output = Linear(width, width)
        self.positions = RelativePositions(grid, width // num_heads) if grid is not None else None

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[1:3]
        if self.positions is not None and tuple(size) != tuple(self.positions.grid):
            raise ValueError(f"the grid must be {self.positions.grid}, got {size[0]} x {size[1]} cells: resize it")
        packed = self.packed(x).flatten(1, 2).unflatten(-1, (3, self.num_heads, -1))  # (B, S, 3, heads, d)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        bias = self.positions(query) if self.positions is not None else ()
        if self.recording:
            equation = attend_relative_with_weights if bias else attend_with_weights
            seen, weights = equation(query, key, value, *bias)
            self.record(AttentionMap(weights))
        else:
            seen = attend_relative(query, key, value, *bias) if bias else attend(query, key, value)
        return self.output(seen.transpose(1, 2).flatten(2)).unflatten(1, size)

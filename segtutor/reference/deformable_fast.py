"""Deformable attention without reading a map twice: reading at points is a product with a sparse matrix.

The inner sums of eq. 3 of "Deformable DETR" (arXiv:2010.04159; deformable.py has it in the open) are linear in the
values. One row of the matrix R belongs to one query and head; it has 4 . L . K non-zeros, because a point lies
between four cells, and these are attention weight times bilinear weight:

    out = R table                      forward: an embedding bag, which adds up weighted rows of a table
    d table = R^T d out                backward: the same product, transposed
    d R = (d out  table^T) where R is not 0          a sampled product; then the chain rule to weights and points

The table has a row for each cell and head, and two rows of zeros around each map: a point outside is moved onto the
border, where it reads zeros and has no gradient, so nothing needs to be masked. Work goes in blocks of queries that
stay in the processor's cache.

Differs from the paper: nothing in the result; the paper's own code is a CUDA kernel. CPU only: elsewhere
deformable.py uses the plain form. No second derivatives.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Sizes = tuple[tuple[int, int], ...]
BORDER = 2  # cells; a point beyond the last cell has both its neighbours in the border
BLOCK = 512  # queries


def read_at_points(values: Tensor, sizes: Sequence[tuple[int, int]], points: Tensor, weights: Tensor) -> Tensor:
    """As `deformable_attention_plain`, for float32 and float64 on the CPU."""
    return _Read.apply(values, tuple((int(h), int(w)) for h, w in sizes), points, weights)


class _Read(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, sizes: Sizes, points: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(values, points, weights)
        ctx.sizes = sizes
        B, Q, heads = weights.shape[:3]
        out = values.new_empty(B, Q, heads, values.shape[-1])
        for image, table in enumerate(bordered_table(values, sizes)):
            for block, rows, corners in _blocks(points[image], weights[image], sizes):
                bags = F.embedding_bag(rows, table, mode="sum", per_sample_weights=corners.flatten(1))
                out[image, block] = bags.unflatten(0, (-1, heads))
        return out.flatten(2)


def bordered_table(values: Tensor, sizes: Sizes) -> Tensor:
    """(B, S, heads, d) -> (B, rows, d): a row for each cell and head, maps one after the other, zeros around each."""
    B, _, heads, d = values.shape
    areas = [(h + 2 * BORDER) * (w + 2 * BORDER) for h, w in sizes]
    table = values.new_zeros(B, sum(areas), heads, d)
    inside = slice(BORDER, -BORDER)
    maps = values.split([h * w for h, w in sizes], dim=1)
    for (h, w), cells, bordered in zip(sizes, maps, table.split(areas, dim=1), strict=True):
        bordered.unflatten(1, (h + 2 * BORDER, w + 2 * BORDER))[:, inside, inside] = cells.unflatten(1, (h, w))
    return table.flatten(1, 2)


def _blocks(points, weights, sizes):
    Q, heads, L, P = weights.shape
    for first in range(0, Q, BLOCK):
        block = slice(first, first + BLOCK)
        rows, corners, _ = corners_of(points[block], weights[block], sizes)
        yield block, rows, corners


@lru_cache(maxsize=64)
def _constants(sizes: Sizes, heads: int, points: int, dtype: torch.dtype):
    """Per (head, level, point) and xy, in one row, so that the loops over it are long."""
    size, limit, step, first, row = [], [], [], [], 0
    for h, w in sizes:
        size.append([w, h])
        step.append([heads, heads * (w + 2 * BORDER)])
        first.append(row + BORDER * sum(step[-1]))
        row += heads * (h + 2 * BORDER) * (w + 2 * BORDER)

    def expand(x, t):
        return torch.tensor(x, dtype=t)[None, :, None].expand(heads, -1, points, -1).reshape(-1)

    with torch.inference_mode(False):
        first = (
            (
                torch.tensor(first, dtype=torch.int32)[None, :, None]
                + torch.arange(heads, dtype=torch.int32)[:, None, None]
            )
            .expand(-1, -1, points)
            .reshape(-1)
        )
        return expand(size, dtype), expand(size, torch.int32), expand(step, torch.int32), first


def corners_of(points, weights, sizes):
    Q, heads, L, P = weights.shape
    size, limit, step, first = _constants(sizes, heads, P, points.dtype)
    place = (points.reshape(Q, -1) * size).sub_(0.5)  # (Q, heads * L * P * 2)
    low = place.floor()
    place -= low
    fx, fy = place.view(Q, -1, 2).unbind(-1)
    low = low.int().clamp_(min=-BORDER)
    low = torch.minimum(low, limit, out=low).mul_(step).view(Q, -1, 2)
    row = (low[..., 0] + low[..., 1]).add_(first).view(Q * heads, L * P)
    dx, dy = heads, step.view(-1, 2)[: L * P, 1].contiguous()
    rows = torch.empty(Q * heads, 2, 2, L * P, dtype=torch.int32)
    rows[:, 0, 0] = row
    torch.add(row, dx, out=rows[:, 0, 1])
    torch.add(rows[:, 0], dy, out=rows[:, 1])
    corners = weights.new_empty(Q * heads, 2, 2, L * P)
    weights = weights.reshape(Q * heads, L * P)
    lower = fy.reshape(Q * heads, L * P) * weights
    upper = weights - lower
    fx = fx.reshape(Q * heads, L * P)
    torch.mul(upper, fx, out=corners[:, 0, 1])
    torch.mul(lower, fx, out=corners[:, 1, 1])
    torch.sub(upper, corners[:, 0, 1], out=corners[:, 0, 0])
    torch.sub(lower, corners[:, 1, 1], out=corners[:, 1, 0])
    return rows.flatten(1), corners, place

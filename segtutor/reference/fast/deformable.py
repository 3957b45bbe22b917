"""The fast form of deformable attention: reading maps at points is a product with a sparse matrix.

The inner sums of eq. 3 of "Deformable DETR" (arXiv:2010.04159; deformable.py has them in the open) are linear in the
values. Give each query and head one row of a matrix R. The row has four non-zeros for each point, because a point
lies between four cells; each is attention weight times bilinear weight. Then

    out = R table                            forward: an embedding bag, which adds up weighted rows of a table
    d table = R^T d out                      backward: the transposed product
    d R = (d out table^T) where R is not 0   a sampled product; then the chain rule to attention weights and points

The table holds one row a cell and head, channels together, with two rows of zeros around each map: a point outside
is moved onto them, where it reads zeros and gets no gradient, so nothing has to be masked. Queries go in blocks that
stay in the processor's cache; this matters more than the number of operations.

Differs from the paper: nothing in the result (its authors wrote a CUDA kernel). For the CPU; elsewhere the
plain form runs. No second derivatives.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

Sizes = tuple[tuple[int, int], ...]

BORDER = 2  # cells: with two, both neighbours of a point outside are in the border
POINTS_AT_ONCE = 49152  # 200 kB for one number a point


def deformable_attention(values: Tensor, sizes: Sequence[tuple[int, int]], points: Tensor, weights: Tensor) -> Tensor:
    """What layers/deformable.py returns, on the CPU several times faster.

    What is traced, to be exported or compiled, is the plain form: other programs do not have this one.
    """
    if values.device.type != "cpu" or torch.compiler.is_compiling():
        return NotImplemented
    exact = torch.promote_types(values.dtype, torch.float32)
    whole = tuple((int(h), int(w)) for h, w in sizes)
    return _Read.apply(values.to(exact), whole, points.to(exact), weights.to(exact)).to(values.dtype)


class _Read(torch.autograd.Function):
    """Pictures are told apart by where their rows of the table begin: B pictures of Q queries are one of B Q."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, sizes: Sizes, points: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(values, points, weights)  # R is cheaper to make again than to keep
        ctx.sizes = sizes
        B, Q, heads = weights.shape[:3]
        tables = bordered_table(values, sizes)
        out = values.new_empty(B * Q, heads, values.shape[-1])
        points, weights = points.flatten(0, 1), weights.flatten(0, 1)
        for images, queries in _together(B, Q, weights):
            table = tables[images].flatten(0, 1)
            for block, R in _blocks(points[queries], weights[queries], sizes, tables.shape[1], Q):
                bags = F.embedding_bag(R.rows, table, mode="sum", per_sample_weights=R.weights.flatten(1))
                out[queries][block] = bags.view_as(out[queries][block])
        return out.view(B, Q, -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        values, points, weights = ctx.saved_tensors
        sizes, (B, Q, heads) = ctx.sizes, weights.shape[:3]
        d_out = d_out.unflatten(-1, (heads, -1)).flatten(0, 1).contiguous()  # (B Q, heads, d)
        points, weights = points.flatten(0, 1), weights.flatten(0, 1)
        tables = bordered_table(values, sizes)
        d_tables, d_points, d_weights = torch.empty_like(tables), torch.empty_like(points), torch.empty_like(weights)
        non_zeros = 4 * weights[0, 0].numel()
        for images, queries in _together(B, Q, weights):
            table, d_here = tables[images].flatten(0, 1), d_out[queries].flatten(0, 1)
            rows = torch.empty(len(d_here), non_zeros, dtype=torch.int32)
            entries = weights.new_empty(rows.shape)
            for block, R in _blocks(points[queries], weights[queries], sizes, tables.shape[1], Q):
                here = slice(block.start * heads, block.stop * heads)
                rows[here], entries[here] = R.rows, R.weights.flatten(1)
                d_R = _sampled_product(R.rows, d_here[here], table).view_as(R.weights)
                _chain_rule(d_R, R, weights[queries][block], sizes, d_weights[queries][block], d_points[queries][block])
            d_tables[images] = _transposed_product(rows, entries, d_here, len(table)).view_as(d_tables[images])
        inner = _insides(d_tables.unflatten(1, (-1, heads)), sizes)
        d_values = torch.cat([cells.flatten(1, 2) for cells in inner], dim=1)
        return d_values, None, d_points.unflatten(0, (B, Q)), d_weights.unflatten(0, (B, Q))


def _together(B: int, Q: int, weights: Tensor) -> Iterator[tuple[slice, slice]]:
    """Which pictures are worked on at once, and where their queries are: as many as one block of points holds."""
    step = max(1, POINTS_AT_ONCE // max(1, Q * weights[0].numel()))
    for start in range(0, B, step):
        stop = min(start + step, B)
        yield slice(start, stop), slice(start * Q, stop * Q)


def bordered_table(values: Tensor, sizes: Sizes) -> Tensor:
    """(B, S, heads, d) -> (B, rows, d): maps one after the other, each cell's heads together, zeros around each map."""
    B, _, heads, d = values.shape
    cells = sum((h + 2 * BORDER) * (w + 2 * BORDER) for h, w in sizes)
    table = values.new_zeros(B, cells, heads, d)
    maps = values.split([h * w for h, w in sizes], dim=1)
    for inside, cells_of_map in zip(_insides(table, sizes), maps, strict=True):
        inside.copy_(cells_of_map.unflatten(1, inside.shape[1:3]))
    return table.flatten(1, 2)


def _insides(table: Tensor, sizes: Sizes) -> list[Tensor]:
    """(B, cells with borders, heads, d) -> views of the maps without, (B, h, w, heads, d)."""
    full = [(h + 2 * BORDER, w + 2 * BORDER) for h, w in sizes]
    parts = table.split([h * w for h, w in full], dim=1)
    inside = slice(BORDER, -BORDER)
    return [part.unflatten(1, size)[:, inside, inside] for part, size in zip(parts, full, strict=True)]


class _Matrix(NamedTuple):
    """Some rows of R. n: queries times heads; corners: upper and lower, left and right neighbour of each point."""

    rows: Tensor  # (n, 4 * L * P) int32: which row of the table
    weights: Tensor  # (n, 2, 2, L * P): attention weight times bilinear weight, (y, x) corner
    x: Tensor  # (n, L * P): how far to the right of the left corner, 0..1
    y: Tensor


def _blocks(points: Tensor, weights: Tensor, sizes: Sizes, cells: int, queries: int) -> Iterator[tuple[slice, _Matrix]]:
    """points: (Q, heads, L, P, 2); weights: (Q, heads, L, P) -> slices of the queries, their rows of R.

    Several pictures fit one block, see _together; each has its own `queries` and its own `cells` rows of the table.
    """
    step = max(1, POINTS_AT_ONCE // weights[0].numel())
    for start in range(0, len(weights), step):
        block = slice(start, min(start + step, len(weights)))
        R = _matrix(points[block], weights[block], sizes)
        if len(weights) > queries:
            first = torch.arange(0, len(weights) // queries * cells, cells, dtype=torch.int32)
            R.rows.view(len(first), -1).add_(first[:, None])
        yield block, R


def _matrix(points: Tensor, weights: Tensor, sizes: Sizes) -> _Matrix:
    Q, heads, L, P = weights.shape
    size, last, stride, first, below = _constants(sizes, heads, P, points.dtype)
    weights = weights.reshape(Q * heads, L * P)
    place = (points.movedim(-1, 1).reshape(Q, 2, -1) * size).sub_(0.5)  # in cells; 0 is the middle of the first
    low = place.floor()
    x, y = (part.reshape(Q * heads, L * P) for part in place.sub_(low).unbind(1))
    low = low.int().clamp_(min=-BORDER)  # after the conversion: so even NaN stays within the table
    low_x, low_y = torch.minimum(low, last, out=low).mul_(stride).unbind(1)

    rows = torch.empty(Q * heads, 2, 2, L * P, dtype=torch.int32)
    rows[:, 0, 0] = low_x.add_(low_y).add_(first).reshape(Q * heads, L * P)
    torch.add(rows[:, 0, 0], heads, out=rows[:, 0, 1])
    torch.add(rows[:, 0], below, out=rows[:, 1])

    split = weights.new_empty(Q * heads, 2, 2, L * P)
    lower = weights * y
    upper = weights - lower
    for row, part in enumerate((upper, lower)):
        torch.mul(part, x, out=split[:, row, 1])
        torch.sub(part, split[:, row, 1], out=split[:, row, 0])
    return _Matrix(rows.flatten(1), split, x, y)


@lru_cache(maxsize=64)
def _constants(sizes: Sizes, heads: int, num_points: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """What differs between levels, repeated for each head and point: long rows make fast loops."""
    size = [[w for _, w in sizes], [h for h, _ in sizes]]
    stride = [[heads] * len(sizes), [heads * (w + 2 * BORDER) for w in size[0]]]  # rows of the table: right, down
    first, start = [], 0
    for (h, _), right, down in zip(sizes, *stride, strict=True):
        first.append(start + BORDER * (right + down))  # of the map's upper left cell
        start += (h + 2 * BORDER) * down

    def repeat(per_level: list, dtype: torch.dtype) -> Tensor:  # (..., L) -> (..., heads * L * P)
        levels = torch.tensor(per_level, dtype=dtype)
        return levels[..., None, :, None].expand(*levels.shape[:-1], heads, -1, num_points).flatten(-3)

    with torch.inference_mode(False):
        head = torch.arange(heads, dtype=torch.int32).repeat_interleave(len(sizes) * num_points)
        down = repeat(stride[1], torch.int32)[: len(sizes) * num_points]
        ints = torch.int32
        return repeat(size, dtype), repeat(size, ints), repeat(stride, ints), repeat(first, ints) + head, down


def _sampled_product(rows: Tensor, d_out: Tensor, table: Tensor) -> Tensor:
    """(d_out table^T) at the non-zeros: rows (n, m), d_out (n, d), table (r, d) -> (n, m)."""
    n, m = rows.shape
    ends = torch.arange(0, n * m + 1, m, dtype=torch.int32)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
        R = torch.sparse_csr_tensor(
            ends, rows.flatten(), d_out.new_zeros(n * m), (n, len(table)), check_invariants=False
        )
    return torch.sparse.sampled_addmm(R, d_out, table.T).values().view(n, m)


def _transposed_product(rows: Tensor, weights: Tensor, d_out: Tensor, length: int) -> Tensor:
    """R^T d_out: rows, weights (n, m), d_out (n, d) -> (length, d). SciPy's is ten times as fast as PyTorch's."""
    from scipy.sparse import csr_matrix

    n, m = rows.shape
    ends = torch.arange(0, n * m + 1, m, dtype=torch.int32)
    parts = (weights.flatten().numpy(), rows.flatten().numpy(), ends.numpy())
    return torch.from_numpy(csr_matrix(parts, shape=(n, length)).T @ d_out.numpy())


def _chain_rule(d_R: Tensor, R: _Matrix, weights: Tensor, sizes: Sizes, d_weights: Tensor, d_points: Tensor) -> None:
    """From the entries of R, (n, 2, 2, L * P), to attention weights and points; writes into the last two arguments.

    An entry is a . (1 - y or y) . (1 - x or x).
    """
    size = _constants(sizes, weights.shape[1], weights.shape[3], weights.dtype)[0]
    left, right = d_R[:, :, 0], d_R[:, :, 1]  # (n, 2, L * P)
    slope = right - left
    upper, lower = torch.addcmul(left, slope, R.x[:, None]).unbind(1)  # with x in place
    slope_y = lower - upper
    slope_x = torch.lerp(slope[:, 0], slope[:, 1], R.y)
    d_weights.copy_(torch.addcmul(upper, slope_y, R.y).view(weights.shape))
    for axis, slope in enumerate((slope_x, slope_y)):
        along = (slope.view(len(weights), -1) * size[axis]).view(weights.shape)
        torch.mul(along, weights, out=d_points[..., axis])

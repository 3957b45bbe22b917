"""The Hungarian method: the cheapest one-to-one assignment of rows to columns, written out.

    minimise   sum over i of  cost[i, match(i)]      each row one column, each column at most one row

Kuhn (1955) and Munkres (1957), in the form of shortest augmenting paths with potentials (Jonker and Volgenant 1987;
Crouse 2016, which scipy follows). Numbers u[i] of the rows and v[j] of the columns, the *potentials*, are kept so that

    cost[i, j] - u[i] - v[j] >= 0     for every pair, and = 0 for every matched pair
                        v[j] <= 0     for every column, and = 0 for every free column

If all rows are matched and this holds, no other assignment is cheaper: its cost is at least sum u plus the v[j] of its
columns, so at least sum u + sum v (no v[j] that it leaves out is above 0), and the matched pairs reach that. So rows
are added one by one, and each is matched along the path of least reduced cost from the row to a free column, which may
make earlier rows change their column on the way.
O(n^2 m) for n rows and m >= n columns; with one numpy operation a step of the search.

DETR (arXiv:2005.12872, eq. 1) brought it to set prediction; the matcher uses scipy's, which is the same method in C++.

Differs from the paper (Crouse, doi:10.1109/TAES.2016.140952): a step of the search looks at all columns in one numpy
operation, and of equally near columns a free one is taken first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np


def linear_sum_assignment(cost, maximize: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest (or most expensive) assignment; same contract and same optimum as scipy's function of this name.

    cost: (n, m) numbers of any kind that numpy turns into float64; +inf forbids a pair (-inf where maximize is set).
    Returns (rows, columns), both (min(n, m),) int64, rows ascending, each column once. Where several assignments are
    equally good, scipy may return another one of them.
    Raises ValueError for a matrix that is not two-dimensional, holds NaN or the infinity of the wrong sign, or whose
    forbidden pairs leave no complete assignment.
    """
    cost = np.asarray(cost)
    if cost.ndim != 2:
        raise ValueError(f"costs must be a matrix (rows, columns), got {cost.ndim} axes: reshape them")
    if cost.dtype.kind not in "biuf":
        raise ValueError(f"costs must be real numbers, got dtype {cost.dtype}: convert them with astype(float)")
    cost = -cost.astype(np.float64) if maximize else cost.astype(np.float64)
    invalid = np.isnan(cost) | (cost == -np.inf)
    if invalid.any():
        row, column = np.argwhere(invalid)[0]
        raise ValueError(
            f"costs must be finite, or {'-' if maximize else '+'}inf where a pair is forbidden, got the invalid "
            f"numeric entry {-cost[row, column] if maximize else cost[row, column]} at row {row}, column {column}: "
            "look for an overflow in what the costs were computed from"
        )
    if cost.shape[0] > cost.shape[1]:  # rows are matched one by one, so let them be the fewer
        columns, rows = _assign_rows(cost.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    return _assign_rows(cost)


@dataclass(eq=False)
class Search:
    """How things stand, changed in place from step to step: n rows, m >= n columns; -1 = none.

    u, v: potentials. column_of: (n,), row_of: (m,) the assignment so far. row: whose turn it is; asked: the row whose
    costs were looked at last; column: the nearest one found. distance: (m,) length of the cheapest path to each column
    by reduced cost, inf = not reached; before: (m,) the row from which it is reached; open_: (m,) bool, columns whose
    path is not final. path: (row, column) pairs, from the free column back to the row whose turn it is.
    """

    u: np.ndarray
    v: np.ndarray
    column_of: np.ndarray
    row_of: np.ndarray
    distance: np.ndarray
    before: np.ndarray
    open_: np.ndarray
    row: int = -1
    asked: int = -1
    column: int = -1
    path: list[tuple[int, int]] = field(default_factory=list)


def search_steps(cost: np.ndarray) -> Iterator[tuple[str, Search]]:
    """Assigns every row of (n, m), n <= m, and yields each step and how things stand after it.

    Steps: for each row some "taken" (the nearest column is held by another row, which is asked as well) and one "free"
    (the nearest column is free), then "move" (potentials and pairs change).
    """
    n, m = cost.shape
    u, v = np.zeros(n), np.zeros(m)
    column_of, row_of = np.full(n, -1), np.full(m, -1)
    for start in range(n):
        distance, before, open_ = np.full(m, np.inf), np.full(m, -1), np.ones(m, bool)
        now = Search(u, v, column_of, row_of, distance, before, open_, row=start)
        asked, so_far = start, 0.0
        while True:  # Dijkstra's search to the nearest free column, by reduced cost
            through = so_far + cost[asked] - u[asked] - v
            shorter = open_ & (through < distance)
            distance[shorter], before[shorter] = through[shorter], asked
            candidates = np.where(open_, distance, np.inf)
            so_far = candidates.min()
            if so_far == np.inf:
                raise ValueError(
                    f"the cost matrix is infeasible, forbidden pairs leave nothing for number {start} of the "
                    "shorter side: allow more pairs, or give them a large finite cost"
                )
            nearest = np.flatnonzero(candidates == so_far)
            free = nearest[row_of[nearest] < 0]
            column = int(free[0] if len(free) else nearest[0])  # of equally near columns a free one ends the search
            now.asked, now.column = asked, column
            if row_of[column] < 0:
                break
            open_[column] = False
            yield "taken", now
            asked = int(row_of[column])
        end = column
        while end >= 0:  # back from the free column: each row takes the column that it was left by
            row = int(before[end])
            now.path.append((row, end))
            end = int(column_of[row])
        yield "free", now
        # Move the potentials of all that the search has settled: the pairs of the path get the reduced cost 0, and no
        # reduced cost becomes negative.
        settled, length = np.flatnonzero(~open_), distance[column]
        u[start] += length
        u[row_of[settled]] += length - distance[settled]
        v[settled] -= length - distance[settled]
        for row, end in now.path:
            column_of[row], row_of[end] = end, row
        yield "move", now


def _assign_rows(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Assigns every row of (n, m), n <= m. -> (rows, columns), rows = 0..n-1."""
    columns = np.zeros(0, np.int64)
    for _, now in search_steps(cost):
        columns = now.column_of
    return np.arange(len(cost)), columns

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

import numpy as np


def linear_sum_assignment(cost, maximize: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest (or dearest) assignment; same contract and same optimum as scipy's function of this name.

    cost: (n, m) numbers of any kind that numpy turns into float64; +inf forbids a pair (-inf where maximize is set).
    Returns (rows, columns), both (min(n, m),) int64, rows ascending, each column once. Where several assignments are
    equally good, scipy may return another one of them.
    Raises ValueError for a matrix that is not two-dimensional, holds NaN or the infinity of the wrong sign, or whose
    forbidden pairs leave no complete assignment.
    """
    cost = np.asarray(cost)
    if cost.ndim != 2:
        raise ValueError(f"got an array of {cost.ndim} axes, expected a matrix (rows, columns): reshape the costs")
    if cost.dtype.kind not in "biuf":
        raise ValueError(f"got a matrix of dtype {cost.dtype}, expected real numbers: convert it with astype(float)")
    cost = -cost.astype(np.float64) if maximize else cost.astype(np.float64)
    invalid = np.isnan(cost) | (cost == -np.inf)
    if invalid.any():
        row, column = np.argwhere(invalid)[0]
        raise ValueError(
            f"got the invalid numeric entry {-cost[row, column] if maximize else cost[row, column]} at row {row}, "
            f"column {column}, expected finite costs, or {'-' if maximize else '+'}inf where a pair is forbidden: "
            "look for an overflow in what the costs were computed from"
        )
    if cost.shape[0] > cost.shape[1]:  # rows are matched one by one, so let them be the fewer
        columns, rows = _assign_rows(cost.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    return _assign_rows(cost)


def _assign_rows(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Assigns every row of (n, m), n <= m. -> (rows, columns), rows = 0..n-1."""
    n, m = cost.shape
    u, v = np.zeros(n), np.zeros(m)  # potentials
    column_of, row_of = np.full(n, -1), np.full(m, -1)  # the assignment so far, -1 = free
    for start in range(n):
        distance, before, settled, column = _cheapest_path(cost, u, v, row_of, start)
        # Move the potentials of all that the search has settled: the pairs of the path get the reduced cost 0, and no
        # reduced cost becomes negative.
        length = distance[column]
        u[start] += length
        u[row_of[settled]] += length - distance[settled]
        v[settled] -= length - distance[settled]
        while column >= 0:  # walk back from the free column: each row takes the column that it was left by
            row = before[column]
            row_of[column] = row
            column_of[row], column = column, column_of[row]
    return np.arange(n), column_of


def _cheapest_path(cost, u, v, row_of, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Dijkstra's search from the row `start` to the nearest free column, by reduced cost.

    Returns the distance of each column, the row before it on its path, the settled columns (all of them matched) and
    the free column where the path ends.
    """
    m = cost.shape[1]
    distance, before, open_ = np.full(m, np.inf), np.full(m, -1), np.ones(m, bool)
    row, so_far = start, 0.0
    while True:
        through = so_far + cost[row] - u[row] - v
        shorter = open_ & (through < distance)
        distance[shorter], before[shorter] = through[shorter], row
        candidates = np.where(open_, distance, np.inf)
        so_far = candidates.min()
        if so_far == np.inf:
            raise ValueError(
                f"got a cost matrix that is infeasible: forbidden pairs leave nothing for number {start} of the "
                "shorter side, expected a complete assignment to exist: allow more pairs, or make them dear but finite"
            )
        nearest = np.flatnonzero(candidates == so_far)
        free = nearest[row_of[nearest] < 0]
        column = int(free[0] if len(free) else nearest[0])  # of equally near columns a free one ends the search
        if row_of[column] < 0:
            return distance, before, np.flatnonzero(~open_), column
        open_[column] = False
        row = row_of[column]

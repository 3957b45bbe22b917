"""The Hungarian method one step at a time: the steps of `segtutor.reference.linear_sum_assignment`, kept.

hungarian.js is its twin in the browser.

Words: the shorter side of the matrix are the *seekers*, each of which needs one of the *places*, the longer side. With
potentials u of the seekers and v of the places, the reduced cost of a pair is cost - u - v, never below 0.

Taught in notebooks/03_why_not_classify_masks_instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segtutor.reference.losses.hungarian import search_steps


@dataclass(frozen=True, eq=False)
class Step:
    """One step, and how things stand after it.

    kind: "begin"; then for each seeker some "taken" (the nearest place is held by another seeker, which is asked as
    well) and one "free" (the nearest place is free), "move" (potentials and pairs change); at last "done".
    seeker: whose turn it is; asked: the seeker whose costs were looked at; place: the nearest place found; -1 = none.
    distance: (m,) length of the cheapest way to each place by reduced cost, inf = not reached; before: (m,) the seeker
    from which it is reached; settled: places whose way is final, in their order. place_of: (n,) the assignment.
    u, v: potentials. path: (seeker, place) pairs of the way, from the free place back to the seeker ("free", "move").
    """

    kind: str
    seeker: int
    asked: int
    place: int
    distance: np.ndarray
    before: np.ndarray
    settled: np.ndarray
    place_of: np.ndarray
    u: np.ndarray
    v: np.ndarray
    path: list[tuple[int, int]]


def assignment_steps(cost: np.ndarray) -> Iterator[Step]:
    """All steps for finite costs (Q, N): seekers are the rows, or the columns where there are more rows.

    The last step's `place_of` is what linear_sum_assignment returns.
    """
    cost = np.asarray(cost, np.float64)
    cost = cost.T if cost.shape[0] > cost.shape[1] else cost
    n, m = cost.shape
    nothing = np.full(m, np.inf), np.full(m, -1), np.zeros(0, np.int64)
    yield Step("begin", -1, -1, -1, *nothing, np.full(n, -1), np.zeros(n), np.zeros(m), [])
    standing = np.full(n, -1), np.zeros(n), np.zeros(m)
    for kind, now in search_steps(cost):
        search = now.distance.copy(), now.before.copy(), np.flatnonzero(~now.open_)
        standing = now.column_of.copy(), now.u.copy(), now.v.copy()
        yield Step(kind, now.row, now.asked, now.column, *search, *standing, list(now.path))
    yield Step("done", -1, -1, -1, *nothing, *standing, [])

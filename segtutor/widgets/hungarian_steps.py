"""The Hungarian method one step at a time: what `segtutor.reference.linear_sum_assignment` does, told as it does it.

The same shortest augmenting paths with potentials (Crouse 2016), the same order of every sum, so that the end is the
same to the last bit; hungarian.js is its twin in the browser. numpy only.

Words: the shorter side of the matrix are the *seekers*, each of which needs one of the *places*, the longer side. With
potentials u of the seekers and v of the places, the reduced cost of a pair is cost - u - v, never below 0.

Taught in notebooks/03_why_not_classify_masks_instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


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
    u, v = np.zeros(n), np.zeros(m)
    place_of, holder = np.full(n, -1), np.full(m, -1)
    nothing = np.full(m, np.inf), np.full(m, -1), np.zeros(0, np.int64)

    def told(kind, seeker=-1, asked=-1, place=-1, search=nothing, path=()):
        copies = (array.copy() for array in (*search, place_of, u, v))
        return Step(kind, seeker, asked, place, *copies, list(path))

    yield told("begin")
    for seeker in range(n):
        distance, before, open_ = np.full(m, np.inf), np.full(m, -1), np.ones(m, bool)
        asked, so_far = seeker, 0.0
        while True:
            through = so_far + cost[asked] - u[asked] - v
            shorter = open_ & (through < distance)
            distance[shorter], before[shorter] = through[shorter], asked
            candidates = np.where(open_, distance, np.inf)
            so_far = candidates.min()
            nearest = np.flatnonzero(candidates == so_far)
            free = nearest[holder[nearest] < 0]
            place = int(free[0] if len(free) else nearest[0])
            search = distance, before, np.flatnonzero(~open_)
            if holder[place] < 0:
                break
            open_[place] = False
            yield told("taken", seeker, asked, place, (distance, before, np.flatnonzero(~open_)))
            asked = int(holder[place])
        path, end = [], place
        while end >= 0:
            row = int(before[end])
            path.append((row, end))
            end = int(place_of[row])
        yield told("free", seeker, asked, place, search, path)
        settled = search[2]
        u[seeker] += distance[place]
        u[holder[settled]] += distance[place] - distance[settled]
        v[settled] -= distance[place] - distance[settled]
        for row, end in path:
            place_of[row], holder[end] = end, row
        yield told("move", seeker, asked, place, search, path)
    yield told("done")

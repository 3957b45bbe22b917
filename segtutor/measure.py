"""Areas and boxes of the segments of a map, counted over runs.

A run is a stretch of equal ids in one row. A photograph's map has some hundred thousand pixels but only some
thousand runs, and ids may be as large as 2**24 - 1 (COCO stores them as colours), so that a table over ids would
be larger than the picture: everything here looks at pixels once, to find the runs, and then at runs only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segtutor.errors import UserError

_LARGEST_TABLE = 2**16  # counters; see shared_areas


def run_starts(*maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the runs begin in which none of the (H, W) maps changes: flat index and length, each (R,) int64.

    >>> run_starts(np.array([[7, 7, 0], [0, 0, 0]]))
    (array([0, 2, 3]), array([2, 1, 3]))
    """
    begins = np.empty(maps[0].size, bool)
    for number, ids in enumerate(maps):
        flat = ids.ravel()
        if number == 0:
            np.not_equal(flat[1:], flat[:-1], out=begins[1:])
        else:
            begins[1:] |= flat[1:] != flat[:-1]
    begins[:: maps[0].shape[1]] = True  # each row begins a run, whatever the row above ends with
    starts = np.flatnonzero(begins)
    return starts, np.diff(starts, append=begins.size)


def places_of(values: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """For each value its position in `ids` counted from 1; 0 for void (0). Each value but 0 must be among the ids.

    Raises UserError where an id comes twice or a value is not among the ids.
    """
    known = np.array([0, *ids], np.int64)
    order = np.argsort(known, kind="stable")
    ascending = known[order]
    if (ascending[1:] == ascending[:-1]).any():
        raise UserError("each segment id must occur once, got one more than once: renumber the segments")
    found = np.searchsorted(ascending, values).clip(max=len(ascending) - 1)
    unknown = ascending[found] != values
    if unknown.any():
        raise UserError(
            f"the list of segments lacks id {int(values[unknown][0])}, which the map holds: add it, or set these "
            "pixels to 0 if they are void"
        )
    return order[found]


def measure(segment_ids: np.ndarray, ids: Sequence[int]) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """The area of each id, in pixels, and its tight box (x, y, width, height), in the order of `ids`.

    segment_ids: (H, W) integers >= 0, 0 = void. Raises UserError where an id comes twice in `ids`, and where an id
    is in the map or in `ids` only.
    """
    width = segment_ids.shape[1]
    starts, lengths = run_starts(segment_ids)
    places = places_of(segment_ids.ravel()[starts], ids)
    # As weights the lengths are float64, exact for pictures of up to 2**53 pixels.
    areas = np.bincount(places, lengths, minlength=len(ids) + 1)[1:].astype(np.int64).tolist()
    for segment_id, area in zip(ids, areas, strict=True):
        if not area:
            raise UserError(
                f"the map lacks segment id {segment_id}, which the list holds: remove the entry, or check that map "
                "and list belong to the same picture"
            )
    rows, columns = np.divmod(starts, width)
    left, top = (np.full(len(ids) + 1, np.iinfo(np.int64).max) for _ in range(2))
    right, bottom = (np.zeros(len(ids) + 1, np.int64) for _ in range(2))
    np.minimum.at(left, places, columns)
    np.minimum.at(top, places, rows)
    np.maximum.at(right, places, columns + lengths)
    np.maximum.at(bottom, places, rows + 1)
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)[1:]
    return areas, [(x, y, w, h) for x, y, w, h in boxes.tolist()]


def pair_counts(rows: np.ndarray, columns: np.ndarray, height: int, width: int, shift: int = 0) -> np.ndarray:
    """How many elements have each pair of values: (height, width) int64, the value v counted in position v + shift.

    rows, columns: integer arrays of one shape; with the shift 0..height - 1 and 0..width - 1 (not checked here).

    >>> pair_counts(np.array([0, 1, 1]), np.array([2, 0, 0]), 2, 3).tolist()
    [[0, 0, 1], [2, 0, 0]]
    """
    return count_pairs(*pair_runs(rows, columns), height, width, shift)


def pair_runs(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Two arrays of one shape as runs in which neither changes: the two values of each, (R,), and the lengths.

    Where most neighbours differ, as in noise, each element is a run of its own, and the lengths are None. To find runs
    is to compare neighbours, which is several times faster than to count pixels.
    """
    rows, columns = rows.ravel(), columns.ravel()
    changed = rows[1:] != rows[:-1]
    changed |= columns[1:] != columns[:-1]
    if 4 * np.count_nonzero(changed) > rows.size or not rows.size:
        return rows, columns, None
    changes = np.flatnonzero(changed)
    starts = np.zeros(len(changes) + 1, np.intp)
    np.add(changes, 1, out=starts[1:])
    return rows[starts], columns[starts], np.diff(starts, append=rows.size)


def count_pairs(
    rows: np.ndarray, columns: np.ndarray, lengths: np.ndarray | None, height: int, width: int, shift: int = 0
) -> np.ndarray:
    """`pair_counts` of what `pair_runs` returned."""
    number = np.uint16 if height * width <= 2**16 else np.intp
    joint = rows.astype(number)
    if shift:
        joint += number(shift)  # -1 is the largest uint16, and becomes 0
    joint *= number(width)
    joint += columns.astype(number, copy=False)
    if shift:
        joint += number(shift)
    counts = np.bincount(joint, lengths, minlength=height * width)  # weighted in float64, exact as in measure
    return counts.astype(np.int64, copy=False).reshape(height, width)


def shared_areas(
    rows: np.ndarray, columns: np.ndarray, row_ids: Sequence[int], column_ids: Sequence[int]
) -> np.ndarray:
    """Pixels that each segment of one map shares with each of another, (1 + R, 1 + C) int64; index 0 is void.

    rows, columns: two (H, W) maps of ids, all of them listed in row_ids and column_ids. Counted over the pairs of ids
    themselves where they are small (`pair_counts`), over positions in the lists where a table of ids would be large.

    >>> shared_areas(np.array([[1, 1, 2]]), np.array([[5, 0, 5]]), [1, 2], [5]).tolist()
    [[0, 0], [1, 1], [0, 1]]
    """
    height, width = max([0, *row_ids]) + 1, max([0, *column_ids]) + 1
    if height * width <= _LARGEST_TABLE:
        return pair_counts(rows, columns, height, width)[np.ix_([0, *row_ids], [0, *column_ids])]
    starts, lengths = run_starts(rows, columns)
    height, width = len(row_ids) + 1, len(column_ids) + 1
    joint = places_of(rows.ravel()[starts], row_ids) * width + places_of(columns.ravel()[starts], column_ids)
    counts = np.bincount(joint, lengths, minlength=height * width)  # float64 as in measure
    return counts.astype(np.int64).reshape(height, width)

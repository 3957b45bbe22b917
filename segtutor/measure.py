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
    begins = np.zeros(maps[0].shape, bool)
    begins[:, 0] = True
    for ids in maps:
        begins[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    starts = np.flatnonzero(begins)
    return starts, np.diff(starts, append=begins.size)


def places_of(values: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """For each value its place in `ids` counted from 1; 0 for void (0). Each value but 0 must be among the ids.

    Raises UserError where an id comes twice or a value is not among the ids.
    """
    known = np.array([0, *ids], np.int64)
    order = np.argsort(known, kind="stable")
    ascending = known[order]
    if (ascending[1:] == ascending[:-1]).any():
        raise UserError("got a segment id more than once, expected each id once: renumber the segments")
    found = np.searchsorted(ascending, values).clip(max=len(ascending) - 1)
    unknown = ascending[found] != values
    if unknown.any():
        raise UserError(
            f"got pixels with segment id {int(values[unknown][0])} that no segment describes, expected every id "
            "of the map in the list of segments: add it, or set these pixels to 0 if they are void"
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
                f"got segment id {segment_id} in the list but not in the map, expected at least one pixel of it: "
                "remove the entry, or check that map and list belong to the same picture"
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


def shared_areas(
    rows: np.ndarray, columns: np.ndarray, row_ids: Sequence[int], column_ids: Sequence[int]
) -> np.ndarray:
    """Pixels that each segment of one map shares with each of another, (1 + R, 1 + C) int64; index 0 is void.

    rows, columns: two (H, W) maps of ids, all of them listed in row_ids and column_ids. Counted by one bincount: of
    the pairs of ids themselves where they are small, of runs where a table over the ids would be large.

    >>> shared_areas(np.array([[1, 1, 2]]), np.array([[5, 0, 5]]), [1, 2], [5]).tolist()
    [[0, 0], [1, 1], [0, 1]]
    """
    height, width = max([0, *row_ids]) + 1, max([0, *column_ids]) + 1
    if height * width <= _LARGEST_TABLE:
        joint = np.multiply(rows, width, dtype=np.intp)
        joint += columns
        counts = np.bincount(joint.ravel(), minlength=height * width).reshape(height, width)
        return counts[np.ix_([0, *row_ids], [0, *column_ids])]
    starts, lengths = run_starts(rows, columns)
    height, width = len(row_ids) + 1, len(column_ids) + 1
    joint = places_of(rows.ravel()[starts], row_ids) * width + places_of(columns.ravel()[starts], column_ids)
    counts = np.bincount(joint, lengths, minlength=height * width)  # float64 as in measure
    return counts.astype(np.int64).reshape(height, width)

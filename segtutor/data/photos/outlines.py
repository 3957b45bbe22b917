"""From outlines drawn by hand to a map of segment ids: the even-odd rule and a painter's order. numpy only.

The frame is that of the picture's pixels: x to the right, y down, pixel (row i, column j) is the unit square from
(j, i) to (j + 1, i + 1), so its centre is (j + 0.5, i + 0.5). A pixel belongs to an outline that holds its centre.
Drawing libraries differ in which border pixels they fill, also between their own versions; this rule does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def fill(outline: Sequence[Sequence[float]], size: tuple[int, int]) -> np.ndarray:
    """The pixels whose centre lies inside a closed outline, (H, W) bool.

    outline: [(x, y), ...], the last point is joined to the first; parts outside the picture are cut off.
    size: (H, W). Even-odd rule: a point is inside when a ray from it, here to the left, crosses an odd number of edges.

    >>> fill([(0, 0), (2, 0), (2, 1), (0, 1)], (2, 3)).astype(int).tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    height, width = size
    points = np.asarray(outline, np.float64)
    x_centres, y_centres = np.arange(width) + 0.5, np.arange(height) + 0.5
    inside = np.zeros((height, width), bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        # Half-open, so that a ray through a corner counts it once where the outline passes and twice where it turns.
        rows = np.flatnonzero((y0 <= y_centres) != (y1 <= y_centres))
        crossings = x0 + (y_centres[rows] - y0) * (x1 - x0) / (y1 - y0) if rows.size else np.empty(0)
        inside[rows] ^= x_centres > crossings[:, None]
    return inside


def paint(shapes: Iterable[dict], size: tuple[int, int]) -> np.ndarray:
    """The map of segment ids, (H, W) int32: shapes painted in order, a later one over an earlier one.

    shapes: {"segment_id", "outline"}; segment id 0 paints void, a pixel that the annotator does not decide.
    """
    segment_ids = np.zeros(size, np.int32)
    for shape in shapes:
        segment_ids[fill(shape["outline"], size)] = shape["segment_id"]
    return segment_ids

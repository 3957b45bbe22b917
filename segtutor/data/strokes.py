"""Prompts as plain values, and what they label: points, scribbles and an eraser, painted into a map of classes.

    point      {"x": 12.5, "y": 40.0, "label": 1}
    box        {"x0": 10, "y0": 8, "x1": 60, "y1": 44, "label": 1}
    scribble   {"label": 1, "width": 8, "points": [[12.5, 40.0], [14.0, 41.25], ...]}         label -1 erases

Coordinates are pixels of the picture, x to the right and y down: pixel (row i, column j) is the unit square from (j, i)
to (j + 1, i + 1), so its centre is (j + 0.5, i + 0.5). `label` is a position in the list of classes; with two of them,
0 = "not it" and 1 = "it", these are the prompts of Segment Anything (arXiv:2304.02643).

A pixel is labelled when its centre lies within half the width of the line; strokes are painted in their order, points
after them. segtutor/widgets/shared/raster.js does the same with the same numbers, and a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.segments import Segmentation

POINT_WIDTH = 5.0  # pixels across of what a point labels
_LEAST = 1.5  # a thinner line might miss every centre; this one always holds the pixel it lies in


def paint_prompts(
    size: tuple[int, int], scribbles: Iterable[Mapping] = (), points: Iterable[Mapping] = ()
) -> np.ndarray:
    """The class of each pixel that somebody labelled, (H, W) int32, -1 = unknown. size: (H, W).

    >>> paint_prompts((2, 4), [{"label": 1, "width": 1, "points": [[0.5, 0.5], [2.5, 0.5]]}]).tolist()
    [[1, 1, 1, -1], [-1, -1, -1, -1]]
    """
    labels = np.full(size, -1, np.int32)
    for scribble in scribbles:
        _stroke(labels, scribble["points"], scribble["width"], scribble["label"])
    for point in points:
        _stroke(labels, [(point["x"], point["y"])], POINT_WIDTH, point["label"])
    return labels


def _stroke(labels: np.ndarray, points: Sequence[Any], width: float, label: int) -> None:
    """Labels the pixels within width / 2 of a line through the points; in place."""
    height, across = labels.shape
    radius = max(width, _LEAST) / 2
    corners = np.asarray(points, np.float64)
    ends = corners[1:] if len(corners) > 1 else corners
    for (x0, y0), (x1, y1) in zip(corners[: len(ends)], ends, strict=True):
        left, right = max(0, int(min(x0, x1) - radius)), min(across, int(max(x0, x1) + radius) + 1)
        top, bottom = max(0, int(min(y0, y1) - radius)), min(height, int(max(y0, y1) + radius) + 1)
        if left >= right or top >= bottom:
            continue
        x, y = np.arange(left, right) + 0.5, (np.arange(top, bottom) + 0.5)[:, None]
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        along = ((x - x0) * dx + (y - y0) * dy) / square if square else np.zeros((len(y), len(x)))
        along = np.minimum(np.maximum(along, 0.0), 1.0)
        away_x, away_y = x - x0 - along * dx, y - y0 - along * dy
        labels[top:bottom, left:right][away_x * away_x + away_y * away_y <= radius * radius] = label


def strokes_of(
    truth: Segmentation, *, count: int = 3, width: float = 5.0, least_area: int = 200, seed: int = 0
) -> list[dict]:
    """Scribbles such as a person in a hurry would paint, from a truth: straight strokes well inside the segments.

    count: strokes a segment. width: pixels. least_area: smaller segments get none. seed: of the positions. `label` is
    the position of the segment's category among those that occur in the truth, in their order, which are the classes
    that PromptCanvas takes from a truth. Of 200 straight lines between two pixels inside a
    segment, the long one that lies farthest from its earlier strokes is taken, at most a fifth of the picture long.

    Raises UserError for what is no Segmentation.
    """
    if not isinstance(truth, Segmentation):
        raise UserError(f"truth must be a Segmentation, got a {type(truth).__name__}")
    random, scribbles = np.random.default_rng(seed), []
    longest = max(truth.segment_ids.shape) / 5
    occur = {segment.category_id for segment in truth.segments}
    places = {one: place for place, one in enumerate(c.id for c in truth.categories if c.id in occur)}
    for segment in truth.segments:
        if segment.area < least_area or segment.iscrowd:
            continue
        earlier: list[np.ndarray] = []
        for _ in range(count):
            line = _line_inside(truth.segment_ids == segment.id, width, longest, earlier, random)
            if line is not None:
                earlier.append(line.mean(axis=0))
                scribbles.append({"label": places[segment.category_id], "width": float(width)})
                scribbles[-1]["points"] = line[[0, -1]].tolist()
    return scribbles


def _line_inside(
    mask: np.ndarray, width: float, longest: float, earlier: list, random: np.random.Generator
) -> np.ndarray | None:
    """(n, 2) positions one pixel apart on a straight line inside the mask; None where 200 tries found none."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    rows, columns = np.nonzero(depth >= min(width / 2 + 1, 0.6 * depth.max()))
    best, line = -1.0, None
    for first, second in random.integers(0, len(rows), (200, 2)):
        start = np.array([columns[first], rows[first]]) + 0.5
        step = np.array([columns[second], rows[second]]) + 0.5 - start
        length = float(np.hypot(*step))
        step *= min(1.0, longest / max(length, 1e-9))
        places = start + step * np.linspace(0, 1, int(min(length, longest)) + 2)[:, None]
        away = min((np.abs(places.mean(axis=0) - other).max() for other in earlier), default=0.0)
        value = min(length, longest) + 0.7 * away
        if value > best and mask[tuple(places.T[::-1].astype(int))].all():
            best, line = value, places
    return line

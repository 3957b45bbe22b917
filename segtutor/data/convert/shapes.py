"""Drawn shapes -> masks: polygons, boxes, circles and ellipses, also turned ones, and CVAT's runs along the rows.

A pixel belongs to a shape that holds its centre; corners lie at integers, so a box from 2 to 4 covers pixels 2 and 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from segtutor.data.records import stop


def polygon_mask(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres lie inside a polygon, (H, W) bool. points: (n, 2) as (x, y), corners at integers."""
    from matplotlib.path import Path as Outline

    mask = np.zeros(size, bool)
    low = np.clip(np.floor(points.min(0)).astype(int), 0, (size[1], size[0]))
    high = np.clip(np.ceil(points.max(0)).astype(int), 0, (size[1], size[0]))
    if (high > low).all():
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        inside = Outline(points).contains_points(np.stack([x.ravel(), y.ravel()], 1))
        mask[low[1] : high[1], low[0] : high[0]] = inside.reshape(x.shape)
    return mask


def shape_mask(kind: str, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool. kind: "polygon", "rectangle" (two opposite corners, or all of them, which may be turned), "rotation"
    (four corners) or "circle" (centre, a point on it).
    """
    if kind in ("polygon", "rotation") or (kind == "rectangle" and len(points) > 2):
        return polygon_mask(points, size)
    if kind == "rectangle":
        low, high = points[:2].min(0), points[:2].max(0)
        x, y = _around((low + high) / 2, 0.0, size)
        return _within(x, (high - low)[0] / 2) & _within(y, (high - low)[1] / 2)
    x, y = _around(points[0], 0.0, size)
    return x**2 + y**2 <= ((points[1] - points[0]) ** 2).sum()


def cvat_mask(shape: Any, size: tuple[int, int], where: str) -> np.ndarray:
    """The mask of a <polygon>, <box>, <ellipse> or <mask>. rotation: degrees, clockwise, about the shape's centre."""
    if shape.tag == "polygon":
        pairs = [pair.split(",") for pair in (shape.get("points") or "").split(";")]
        return polygon_mask(corners(pairs, where, least=3), size)
    if shape.tag == "box":
        two = [[shape.get("xtl"), shape.get("ytl")], [shape.get("xbr"), shape.get("ybr")]]
        points = corners(two, where, least=2)
        x, y = _around(points.mean(0), _degrees(shape, where), size)
        width, height = np.abs(points[1] - points[0])
        return _within(x, width / 2) & _within(y, height / 2)
    if shape.tag == "ellipse":
        two = [[shape.get("cx"), shape.get("cy")], [shape.get("rx"), shape.get("ry")]]
        centre, half = corners(two, where, least=2)
        return ellipse_mask(centre, half, _degrees(shape, where), size, where)
    return _runs(shape, size, where)


def ellipse_mask(centre: Any, half: Any, degrees: float, size: tuple[int, int], where: str) -> np.ndarray:
    """(H, W) bool. centre, half: (x, y), the half-axes before it was turned clockwise by `degrees` about its centre."""
    if not (half[0] > 0 and half[1] > 0):
        what = f"the half-axes of an ellipse must be above 0, got {half[0]:g} and {half[1]:g}"
        raise stop(where, "bad ellipse", what, "draw it again, or remove it")
    x, y = _around(np.asarray(centre), degrees, size)
    return (x / half[0]) ** 2 + (y / half[1]) ** 2 <= 1


def turned_box(corner: np.ndarray, extent: np.ndarray, degrees: float) -> np.ndarray:
    """(4, 2), the corners of a box that was turned clockwise by `degrees` about its upper left corner."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    box = np.array([[0, 0], [extent[0], 0], [extent[0], extent[1]], [0, extent[1]]], float)
    return corner + box @ np.array([[cos, sin], [-sin, cos]])


def corners(points: Any, where: str, *, least: int) -> np.ndarray:
    """(n, 2) of whatever a file holds. Raises RecordError: fewer than `least`, no numbers, not finite."""
    try:
        array = np.array(points, float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 2 or array.shape[1:] != (2,) or len(array) < least or not (np.abs(array) < 1e6).all():
        what = f"corners must be at least {least} pairs of numbers, got {str(points)[:50]}"
        raise stop(where, "bad polygon", what, "draw it again, or remove it")
    return array


def whole(text: Any, where: str) -> int:
    """The integer that a text says. Raises RecordError."""
    try:
        return int(str(text).strip())
    except ValueError:
        raise stop(where, "no number", f"{str(text)[:30]!r} is not a whole number", "export it again") from None


def _runs(shape: Any, size: tuple[int, int], where: str) -> np.ndarray:
    left, top, width, height = (whole(shape.get(key), where) for key in ("left", "top", "width", "height"))
    runs = [whole(run, where) for run in (shape.get("rle") or "").split(",")]
    fits = (
        min(left, top, *runs) >= 0 and width > 0 and height > 0 and left + width <= size[1] and top + height <= size[0]
    )
    if not fits or sum(runs) != width * height:
        what = f"a mask of {width} x {height} at ({left}, {top}) does not fit its runs or the picture"
        raise stop(where, "bad run lengths", what, "export it again")
    mask = np.zeros(size, bool)
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)  # along the rows, unlike COCO's
    mask[top : top + height, left : left + width] = inside
    return mask


def _around(centre: np.ndarray, degrees: float, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel's centre, seen from a shape's centre along its own axes; y points down."""
    y, x = np.indices(size) + 0.5
    x, y = x - centre[0], y - centre[1]
    if not degrees:
        return x, y
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return cos * x + sin * y, cos * y - sin * x


def _within(distance: np.ndarray, half: float) -> np.ndarray:
    return (distance >= -half) & (distance < half)


def _degrees(shape: Any, where: str) -> float:
    try:
        found = float(shape.get("rotation") or 0)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        what = f"rotation must be a number of degrees, got {str(shape.get('rotation'))[:30]!r}"
        raise stop(where, "no number", what, "export it again")
    return found

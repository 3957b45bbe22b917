"""Array in, new array out: a result painted over its picture.

Everything returns opaque (H, W, 3) uint8, so that a picture looks the same in a light and in a dark notebook. Nothing
changes its arguments, and no computation reads these colours: threshold the numbers first, then draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Instances, Segmentation
from segtutor.show.palette import segment_colors

_DARK, _LIGHT = np.uint8(25), np.uint8(255)

# Cividis at 0, 1/8, ..., 1 (Nunez, Anderton and Renslow 2018): even steps of lightness, and blue to yellow is the
# axis that the common colour deficiencies leave intact.
_CIVIDIS = np.array([
    (0, 34, 78), (26, 56, 111), (67, 78, 108), (97, 101, 111), (125, 124, 120),
    (155, 148, 118), (188, 174, 108), (222, 201, 88), (254, 232, 56),
])  # fmt: skip


def overlay(
    image: Any,
    result: Segmentation | Instances,
    *,
    alpha: float = 0.6,
    by: str = "segment",
    contour: bool = True,
) -> np.ndarray:
    """Paint a result over its picture.

    image: (H, W, 3) uint8, or whatever else `segtutor.load_image` takes, of the result's size.
    alpha: opacity of the colours, 0 (the picture) to 1 (a flat map).
    by: what a colour and a contour tell apart: "segment" or "category".
    contour: draw each border as a white line beside a dark one, which shows on any background.

    Void is hatched. Instances are painted from the least to the most certain; what none covers stays the picture.
    Returns a new (H, W, 3) uint8 array. Raises UserError where the sizes differ.

    Taught in notebooks/01_three_answers.
    """
    canvas = load_image(image)
    check(canvas, result, alpha=alpha, by=by)
    paint(canvas, result, colors_of(result, by=by), alpha=alpha, by=by, contour=contour)
    return canvas


def paint(
    canvas: np.ndarray,
    result: Segmentation | Instances,
    colors: Sequence[tuple[int, int, int]],
    *,
    alpha: float,
    by: str,
    contour: bool,
) -> None:
    """What `overlay` does, in place and in given colours, one for each segment or instance."""
    if isinstance(result, Instances):
        for index in np.argsort(result.scores, kind="stable"):
            mask = result.masks[index]
            canvas[mask] = _mix(canvas[mask], colors[index], alpha)
            if contour:
                _draw_border(canvas, mask.astype(np.int32))
        return
    drawn = np.zeros(result.segment_ids.shape, np.int32)
    numbers: dict = {}  # what one colour and one contour enclose
    for segment, color in zip(result.segments, colors, strict=True):
        mask = result.segment_ids == segment.id
        canvas[mask] = _mix(canvas[mask], color, alpha)
        key = segment.id if by == "segment" else segment.category_id
        drawn[mask] = numbers.setdefault(key, len(numbers) + 1)
    hatch(canvas, drawn == 0)
    if contour:
        _draw_border(canvas, drawn)


def mask_heatmap(image: Any, prob: Any, *, alpha: float = 0.75, threshold: float | None = 0.5) -> np.ndarray:
    """Show a mask before its threshold: probabilities from dark blue (0) to yellow (1) over the picture.

    prob: (H, W) float, 0..1, such as the sigmoid of mask logits resized to the picture; array or tensor.
    threshold: where to draw the contour of the mask that it gives, or None for no contour.
    Returns a new (H, W, 3) uint8 array. Raises UserError for another size or values outside 0..1.
    """
    canvas = load_image(image)
    values = np.asarray(prob.detach().cpu() if hasattr(prob, "detach") else prob)
    if values.shape != canvas.shape[:2] or values.dtype.kind not in "fbiu":
        raise UserError(
            f"probabilities must be one number for each pixel of the picture of shape {canvas.shape[:2]}, got shape "
            f"{values.shape} and type {values.dtype}: resize the mask logits to (H, W) first"
        )
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise UserError(
            f"probabilities must be 0..1, got {values.min():.4g} to {values.max():.4g}: apply the sigmoid to the logits"
        )
    steps = np.linspace(0, 1, len(_CIVIDIS))
    heat = np.stack([np.interp(values, steps, channel) for channel in _CIVIDIS.T], axis=-1)
    # Grey under the heat, so that no colour of the picture passes for a probability.
    grey = canvas @ np.array([0.299, 0.587, 0.114])
    canvas = np.rint((1 - alpha) * grey[..., None] + alpha * heat).astype(np.uint8)
    if threshold is not None:
        _draw_border(canvas, (values > threshold).astype(np.int32))
    return canvas


def contours(segment_ids: np.ndarray) -> np.ndarray:
    """(H, W) bool: the pixels of which one of the four neighbours has another id. segment_ids: (H, W) integers or bool.

    >>> contours(np.array([[1, 1, 1, 2]])).tolist()
    [[False, False, True, True]]
    """
    ids = np.asarray(segment_ids)
    edge = np.zeros(ids.shape, bool)
    for first, second in _neighbours():
        edge[first] |= ids[first] != ids[second]
        edge[second] |= ids[first] != ids[second]
    return edge


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat each pixel factor x factor times, so that small pictures stay sharp. image: (H, W) or (H, W, C)."""
    if not isinstance(factor, (int, np.integer)) or factor < 1:
        raise UserError(f"factor must be a whole number of 1 or more, got {factor!r}")
    return np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)


def hatch(canvas: np.ndarray, where: np.ndarray) -> None:
    """Hatch the pixels `where` (H, W) bool of `canvas` (H, W, 3) uint8, in place: void, about which nothing is said."""
    rows, columns = np.nonzero(where)
    # Dimmed, so that void recedes, with dark and white stripes side by side, so that it is seen on any picture.
    pixels = _mix(canvas[rows, columns], (128, 128, 128), 0.45)
    period = max(8, min(where.shape) // 32)
    stripe = (rows + columns) % period // max(1, period // 8)
    pixels[stripe == 0] = _DARK
    pixels[stripe == 1] = _LIGHT
    canvas[rows, columns] = pixels


def colors_of(result: Segmentation | Instances, *, by: str = "segment") -> list[tuple[int, int, int]]:
    """The colour of each segment, in the order of `result.segments` or of the instances. by: as in `overlay`."""
    if isinstance(result, Instances):
        categories = [result.categories[int(label)] for label in result.labels]
    else:
        categories = [result.categories.by_id(segment.category_id) for segment in result.segments]
    return segment_colors([category.color or (128, 128, 128) for category in categories], by=by)


def size_of(result: Segmentation | Instances) -> tuple[int, int]:
    """(H, W) of a result."""
    shape = result.masks.shape[1:] if isinstance(result, Instances) else result.segment_ids.shape
    return int(shape[0]), int(shape[1])


def _draw_border(canvas: np.ndarray, ids: np.ndarray) -> None:
    """Draw borders between ids, in place: white on the side of the smaller id, dark on that of the larger."""
    light, dark = np.zeros(ids.shape, bool), np.zeros(ids.shape, bool)
    for first, second in _neighbours():
        smaller, larger = ids[first] < ids[second], ids[first] > ids[second]
        light[first] |= smaller
        dark[second] |= smaller
        dark[first] |= larger
        light[second] |= larger
    canvas[light] = _LIGHT
    canvas[dark] = _DARK


def _neighbours():
    """Pairs of slices that lay a map over itself, one pixel to the right and one down."""
    everything, but_last, but_first = slice(None), slice(None, -1), slice(1, None)
    return ((everything, but_last), (everything, but_first)), ((but_last, everything), (but_first, everything))


def _mix(pixels: np.ndarray, color: tuple[int, int, int], alpha: float) -> np.ndarray:
    return np.rint((1 - alpha) * pixels + alpha * np.array(color, np.float64)).astype(np.uint8)


def check(canvas: np.ndarray, result: Any, *, alpha: float, by: str) -> None:
    """Raise UserError unless `result` belongs to `canvas` (H, W, 3) and the options are known ones."""
    if not isinstance(result, (Segmentation, Instances)):
        raise UserError(
            f"result must be a Segmentation or Instances, got a {type(result).__name__}: pass what predict or segment "
            "returns"
        )
    if size_of(result) != canvas.shape[:2]:
        (height, width), (rows, columns) = size_of(result), canvas.shape[:2]
        raise UserError(
            f"result and picture must have one size (width x height), got {width} x {height} and {columns} x {rows}: "
            "pass the picture that was segmented"
        )
    if by not in ("segment", "category"):
        raise UserError(f"by must be 'segment' or 'category', got {by!r}")
    if not 0 <= alpha <= 1:
        raise UserError(f"alpha must be 0 (the picture) to 1 (flat colours), got {alpha!r}")

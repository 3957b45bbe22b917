"""Boxes over a picture: `boxes` draws anchors, proposals and what was found, one panel for each list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Instances, Segmentation
from segtutor.show.draw import check
from segtutor.show.figures import _grid, _painted, _resized, _target
from segtutor.show.picture import Picture
from segtutor.show.words import one_line

DARK, LIGHT = 20, (255, 255, 255)
MARKED = (255, 214, 0)


def boxes(
    image: Any,
    lists: Mapping[str, Any],
    *,
    results: Mapping[str, Instances | Segmentation] | None = None,
    marked: Mapping[str, Any] | None = None,
    columns: int = 3,
    width: int = 256,
) -> Picture:
    """Show lists of boxes over their picture, white lines with a dark rim; one panel for each list.

    lists: {title: (N, 4)}, x0 y0 x1 y1 in pixels of the picture, at the outer edges of pixels; what lies outside of the
    picture is cut off. results: {title: result} to be painted under the boxes. marked: {title: (M, 4)} drawn last, in
    yellow. width: pixels of each panel's longer side. Returns a `Picture`.
    Raises UserError for boxes of another shape, or titles that no list has.

    Taught in notebooks/12_what_did_queries_replace.
    """
    pixels = load_image(image)
    results, marked = dict(results or {}), dict(marked or {})
    if not isinstance(lists, Mapping) or not lists or not (set(results) | set(marked)) <= set(lists):
        raise UserError(
            "results and marked must be dictionaries with the same titles, results of {title: result} and marked "
            "of {title: boxes}"
        )
    height, across = _target(pixels.shape[:2], width)
    scale = np.array([across / pixels.shape[1], height / pixels.shape[0]] * 2)
    panels, words = [], []
    for title, given in lists.items():
        if title in results:
            check(pixels, results[title], alpha=0.6, by="segment")
            panel = _painted(pixels, results[title], width, alpha=0.6, by="segment", contour=True)[0]
        else:
            panel = _resized(pixels, height, across).copy()
        plain, special = _checked(given, title), _checked(marked.get(title, np.zeros((0, 4))), title)
        for part, colour in ((plain, LIGHT), (special, MARKED)):
            for box in part * scale:
                frame(panel, box, colour)
        panels.append(panel)
        words.append(f"{one_line(str(title))}: {_in_words(plain, special)}.")
    return _grid(panels, [one_line(str(title)) for title in lists], columns=columns, description=" ".join(words))


def _checked(given: Any, title: str) -> np.ndarray:
    found = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    if found.size == 0:
        return np.zeros((0, 4))
    if found.ndim != 2 or found.shape[1] != 4 or found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise UserError(
            f"the boxes of {one_line(str(title))} must be (N, 4) numbers, x0 y0 x1 y1, got shape {found.shape}"
        )
    return found.astype(float)


def frame(panel: np.ndarray, box: np.ndarray, colour: tuple[int, int, int] = LIGHT) -> None:
    """One line of the colour inside the box, one of dark outside of it, in place."""
    x0, y0, x1, y1 = (round(float(edge)) for edge in box)
    for grown, paint in ((1, DARK), (0, colour)):
        left, top, right, bottom = x0 - grown, y0 - grown, x1 - 1 + grown, y1 - 1 + grown
        for row in (top, bottom):
            if 0 <= row < panel.shape[0]:
                panel[row, max(left, 0) : max(right + 1, 0)] = paint
        for column in (left, right):
            if 0 <= column < panel.shape[1]:
                panel[max(top, 0) : max(bottom + 1, 0), column] = paint


def _in_words(plain: np.ndarray, special: np.ndarray) -> str:
    both = np.concatenate([plain, special])
    if not len(both):
        return "no boxes"
    sides = both[:, 2:] - both[:, :2]
    size = f"{sides.min():.0f} to {sides.max():.0f} pixels a side"
    said = f"{len(plain)} boxes" if len(plain) != 1 else "1 box"
    return f"{said}, {size}" if not len(special) else f"{said}, and {len(special)} marked, {size}"

"""Where a network looks, and where a loss does: `attention` draws the weights of one query, `points` sampled positions.

Both are drawn over the picture in grey, so that no colour of the picture passes for a number. Blue to yellow is the
axis that the common colour deficiencies leave intact, and borders are a white line beside a dark one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.show.draw import mask_heatmap
from segtutor.show.figures import _grid, _resized, _target
from segtutor.show.picture import Picture
from segtutor.show.words import one_line, percent


def attention(
    image: Any,
    weights: Sequence[Any],
    may_attend: Sequence[Any] | None = None,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 3,
    width: int = 256,
) -> Picture:
    """Show how much one query takes from each position of a feature map; one panel for each map.

    weights: (h, w) numbers, 0 or more, such as the rows of an attention map reshaped; maps may differ in size.
    Yellow is the largest weight of the panel, which its title says; blue is 0. may_attend: (h, w) bool each, or None:
    a line is drawn around the positions where the query may look, unless it may look everywhere.
    Returns a `Picture`. Raises UserError for maps that are none, or lists that differ in length.

    Shown in notebooks/12_what_did_queries_replace.
    """
    pixels = load_image(image)
    names = [""] * len(weights) if titles is None else [one_line(str(title)) for title in titles]
    allowed = [None] * len(weights) if may_attend is None else list(may_attend)
    if not len(weights) or len(names) != len(weights) or len(allowed) != len(weights):
        raise UserError(
            f"there must be at least one attention map, and a title and a may_attend for each, got {len(weights)} "
            f"maps, {len(names)} titles and {len(allowed)} may_attend"
        )
    height, across = _target(pixels.shape[:2], width)
    panels, heads, words = [], [], []
    for name, taken, inside in zip(names, weights, allowed, strict=True):
        share, where = _array(taken).astype(float), None if inside is None else _array(inside).astype(bool)
        if (
            share.ndim != 2
            or not np.isfinite(share).all()
            or share.min() < 0
            or (where is not None and where.shape != share.shape)
        ):
            raise UserError(
                "attention weights must be (h, w) numbers of 0 or more, with may_attend of the same shape, got shape "
                f"{share.shape} and values from {share.min():.3g} to {share.max():.3g}: reshape a row of the "
                "attention map"
            )
        most = float(share.max())
        canvas = _resized(pixels, height, across)
        heat = _spread(share / max(most, 1e-12), height, across)
        panel = mask_heatmap(canvas, heat, threshold=None)
        limited = where is not None and not where.all()
        if limited:
            _outline(panel, _spread(where, height, across))
        panels.append(panel)
        heads.append(f"{name} (up to {percent(most / max(share.sum(), 1e-12))})")
        words.append(_in_words(name, share, where if limited else None))
    return _grid(panels, heads, columns=columns, description=" ".join(words))


def points(
    image: Any,
    prob: Any,
    places: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 3,
    width: int = 384,
) -> Picture:
    """Show sampled points over a mask's probabilities; one panel for each set of points.

    prob: (H, W) numbers 0..1, of the picture's size; the line is where they pass 0.5. places: (P, 2) each, (x, y) in
    0..1, (0, 0) the outer corner of the upper left pixel. Returns a `Picture`.

    Taught in notebooks/07_why_look_only_inside_the_mask.
    """
    pixels = load_image(image)
    names = [""] * len(places) if titles is None else [one_line(str(title)) for title in titles]
    if not len(places) or len(names) != len(places):
        raise UserError(
            f"places must be at least one set of points, with a title for each, got {len(places)} sets and "
            f"{len(names)} titles"
        )
    height, across = _target(pixels.shape[:2], width)
    probs = _array(prob).astype(float)
    ground = mask_heatmap(pixels, probs, alpha=0.55, threshold=None)
    border = _ring(_spread(probs >= 0.5, height, across), width // 32) | _ring(
        _spread(probs < 0.5, height, across), width // 32
    )
    panels, words = [], []
    for name, found in zip(names, places, strict=True):
        xy = _array(found).astype(float)
        if xy.ndim != 2 or xy.shape[1] != 2 or not ((xy >= 0) & (xy <= 1)).all():
            raise UserError(f"points must be (P, 2), (x, y) from 0 to 1, got shape {xy.shape}: divide by the size")
        panel = _resized(ground, height, across)
        column = np.minimum((xy[:, 0] * across).astype(int), across - 1)
        row = np.minimum((xy[:, 1] * height).astype(int), height - 1)
        for size, colour in ((2, 20), (1, 255)):  # a white dot with a dark rim is seen on blue and on yellow
            for dy in range(-size, size + 1):
                for dx in range(-size, size + 1):
                    if abs(dy) + abs(dx) <= size:
                        panel[np.clip(row + dy, 0, height - 1), np.clip(column + dx, 0, across - 1)] = colour
        panels.append(panel)
        words.append(f"{name}: {len(xy)} points, {_beside(border, row, column)}.")
    return _grid(panels, names, columns=columns, description=" ".join(words))


def _array(values: Any) -> np.ndarray:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _spread(values: np.ndarray, height: int, across: int) -> np.ndarray:
    """(h, w) -> (height, across): each position becomes a block."""
    rows = (np.arange(height) + 0.5) * values.shape[0] / height
    columns = (np.arange(across) + 0.5) * values.shape[1] / across
    return values[rows.astype(int)][:, columns.astype(int)]


def _outline(panel: np.ndarray, inside: np.ndarray) -> None:
    """Two pixels of white inside the border, two of dark outside, in place."""
    for ring, colour in ((_ring(inside), 255), (_ring(~inside), 20)):
        panel[ring] = colour


def _beside(border: np.ndarray, row: np.ndarray, column: np.ndarray) -> str:
    if not len(row) or not border.any():
        return "none of them beside a border of the mask"
    return f"{percent(float(border[row, column].mean()))} of them beside the border of the mask"


def _ring(inside: np.ndarray, width: int = 2) -> np.ndarray:
    """(H, W) bool: the pixels within `width` of the border, on this side."""
    core = inside.copy()
    for _ in range(width):
        padded = np.pad(core, 1, mode="edge")
        core = core & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inside & ~core


def _in_words(name: str, share: np.ndarray, inside: np.ndarray | None) -> str:
    row, column = np.unravel_index(share.argmax(), share.shape)
    down = ("above", "in the middle", "below")[int(3 * (row + 0.5) / share.shape[0])]
    across = ("left", "in the middle", "right")[int(3 * (column + 0.5) / share.shape[1])]
    total = max(float(share.sum()), 1e-12)
    where = down if down == across else " and ".join((down, across))
    words = f"{name}: {share.shape[1]} x {share.shape[0]} cells, most on one {where}: "
    words += percent(float(share.max()) / total)
    if inside is None:
        return words + "; it may look everywhere."
    kept = percent(float(share[inside].sum()) / total)
    return words + f"; {percent(float(inside.mean()))} of the cells allowed, which have {kept} of the weight."

"""`heatmaps`: small maps side by side, such as where each query of a network draws, or how alike two positions are.

Blue to yellow is the axis that the common colour deficiencies leave intact; each title says what a panel holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.show.draw import mask_heatmap
from segtutor.show.figures import _grid, _resized, _target
from segtutor.show.picture import Picture
from segtutor.show.words import one_line


def heatmaps(
    maps: Any,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 6,
    width: int = 128,
    description: str | None = None,
) -> Picture:
    """Show maps side by side, each from its own smallest number (blue) to its own largest (yellow).

    maps: (n, h, w) numbers, tensor or array, or a list of (h, w). titles: one for each. width: pixels of a panel's
    longer side, at least about. description: the text alternative; without it, where each map is largest.
    Returns a `Picture`. Raises UserError for maps that are none, or titles of another number.

    Taught in notebooks/06_what_is_a_query.
    """
    values = [np.asarray(one.detach().cpu() if hasattr(one, "detach") else one, float) for one in maps]
    names = [""] * len(values) if titles is None else [one_line(str(title)) for title in titles]
    if not values or len(names) != len(values) or columns < 1:
        raise UserError(
            f"there must be at least one map, a title for each and at least one column, got {len(values)} maps, "
            f"{len(names)} titles and {columns} columns"
        )
    panels, words = [], []
    for name, one in zip(names, values, strict=True):
        if one.ndim != 2 or not one.size or not np.isfinite(one).all():
            raise UserError(f"a map must be (h, w) finite numbers, got shape {one.shape}: pass one map a panel")
        low, high = float(one.min()), float(one.max())
        share = (one - low) / (high - low) if high > low else np.zeros_like(one)
        ground = np.zeros((*one.shape, 3), np.uint8)
        panels.append(_resized(mask_heatmap(ground, share, alpha=1, threshold=None), *_target(one.shape, width)))
        words.append(f"{name}: {_where(one)}" if name else _where(one))
    if description is None:
        description = f"Where each of {len(values)} maps is largest. {'; '.join(words)}."
    return _grid(panels, names, columns=columns, description=description)


def _where(values: np.ndarray) -> str:
    """In words, in which ninth of the map its largest number is."""
    if values.max() == values.min():
        return "the same everywhere"
    row, column = np.unravel_index(values.argmax(), values.shape)
    down = ("above", "halfway down", "below")[3 * int(row) // values.shape[0]]
    return f"{down}, {('left', 'in the middle', 'right')[3 * int(column) // values.shape[1]]}"

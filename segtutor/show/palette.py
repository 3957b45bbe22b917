"""Colours for segments: the category's own, and for further segments of one category the same hue, lighter or darker.

Hue says the class and lightness says which one of it, because lightness is what readers with any colour deficiency
see as well as others do. The colours of the categories themselves come from `segtutor.categories`.

No colour carries a message alone: figures also draw contours and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

Color = tuple[int, int, int]

# CIE L* of the variants. Steps of 14 to 15 stay more than 8 apart under an overlay's opacity of 0.6, which is three
# to four just noticeable differences; below 30 hues look black, above 88 white.
_LIGHTNESS = (30.0, 44.0, 59.0, 74.0, 88.0)


def to_lab(rgb) -> np.ndarray:
    """sRGB 0..255 (..., 3) to CIELAB (..., 3), white point D65; distances of about 2.3 are just noticeable.

    >>> to_lab([255, 255, 255]).round(1).tolist()[0]
    100.0
    """
    part = np.asarray(rgb, np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07218], [0.01933, 0.11919, 0.95030]])
    xyz = linear @ to_xyz.T / to_xyz.sum(axis=1)  # relative to white
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def with_lightness(color: Sequence[int], lightness: float) -> Color:
    """The colour mixed with white or black until its CIE L* is `lightness` (0..100)."""
    start = np.asarray(color, np.float64)
    goal = 255.0 if to_lab(start)[0] < lightness else 0.0
    low, high = 0.0, 1.0
    for _ in range(12):  # L* moves one way with the share of white or black: 12 halvings are finer than 1/255
        middle = (low + high) / 2
        reached = to_lab(start + (goal - start) * middle)[0]
        if (reached < lightness) == (goal == 255.0):
            low = middle
        else:
            high = middle
    return _rounded(start + (goal - start) * high)


def variant(color: Sequence[int], number: int) -> Color:
    """The colour of segment `number` (from 0) of a category: first its own, then those farthest from all before.

    There are five or six, depending on the colour's own lightness; then they begin again.
    """
    order = _variants(_rounded(color))
    return order[number % len(order)]


@cache
def _variants(color: Color) -> list[Color]:
    used = [float(to_lab(color)[0])]
    free = [lightness for lightness in _LIGHTNESS if abs(lightness - used[0]) >= 7]
    order = [color]
    while free:
        best = max(free, key=lambda lightness: min(abs(lightness - other) for other in used))
        free.remove(best)
        used.append(best)
        order.append(with_lightness(color, best))
    return order


def segment_colors(category_colors: Sequence[Sequence[int]], *, by: str = "segment") -> list[Color]:
    """One colour for each segment, from the colours of their categories in the same order.

    by: "segment" (segments of one category differ in lightness) or "category" (they share its colour).
    """
    seen: Counter = Counter()
    result = []
    for color in category_colors:
        key = _rounded(color)
        result.append(variant(color, seen[key]) if by == "segment" else key)
        seen[key] += 1
    return result


def _rounded(color) -> Color:
    red, green, blue = (int(np.rint(part)) for part in np.clip(np.asarray(color, np.float64), 0, 255))
    return red, green, blue

"""Checks of lesson 04, *Where do sharp masks come from?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def fpn_step(answer: Any) -> str | None:
    """Exercise 04.1: matrix times fine map, plus the coarse map enlarged to the nearest cell."""
    rng = np.random.default_rng(0)
    cases = []
    hint = (
        "Row i of H lies in row i * h // H of the coarse map; the 1 x 1 convolution is "
        "np.einsum('oc,chw->ohw', matrix, fine)."
    )
    for (H, W), (h, w), channels_in, channels in (
        ((2, 4), (1, 2), 3, 2),
        ((4, 4), (2, 2), 2, 2),
        ((5, 3), (3, 2), 1, 2),
    ):
        fine = np.round(rng.normal(0, 1, (channels_in, H, W)), 1)
        coarse = np.round(rng.normal(0, 1, (channels, h, w)), 1)
        matrix = np.round(rng.normal(0, 1, (channels, channels_in)), 1)
        lateral = np.einsum("oc,chw->ohw", matrix, fine)
        enlarged = coarse[:, np.arange(H) * h // H][:, :, np.arange(W) * w // W]
        tiled = np.tile(coarse, (1, -(-H // h), -(-W // w)))[:, :H, :W]
        wrong = [
            (enlarged, "The lateral part is missing: add the fine map, multiplied by the matrix."),
            (lateral, "The coarse map is missing: enlarge it and add it."),
            (lateral + tiled, "The coarse map is repeated side by side; each of its cells becomes a block instead."),
        ]
        if channels == channels_in:
            wrong.append((np.einsum("co,chw->ohw", matrix, fine) + enlarged, "Rows of the matrix are output channels."))
            wrong.append((fine + enlarged, "Multiply the fine map's channels by the matrix before you add."))
        cases.append(Case((fine, coarse, matrix), lateral + enlarged, hint, _different(lateral + enlarged, *wrong)))
    return first_failure(answer, cases)


def enlarge(answer: Any) -> str | None:
    """Exercise 04.2: a row of cells enlarged, linear between the centres, the ends repeated."""
    cases = []
    hint = (
        "In old cells the centre of new cell i is at (i + 0.5) / times, and that of old cell j at j + 0.5. Mix the two "
        "nearest centres by nearness."
    )
    for values, times in (([0.0, 4.0], 2), ([1.0, 2.0, -3.0], 3), ([2.0, -1.0, 5.0, 0.5], 4), ([3.0], 2)):
        row = np.array(values)
        count = len(row) * times
        expected = _between(row, (np.arange(count) + 0.5) / times - 0.5)
        framed = np.pad(row, 1)
        mistakes = _different(
            expected,
            (np.repeat(row, times), "That repeats each cell: between two centres the values should change in a line."),
            (np.tile(row, times), "That repeats the whole row side by side; each cell becomes a few new ones instead."),
            (
                _between(row, np.linspace(0, len(row) - 1, count)),
                "The ends of the row are the outer edges of its cells, not the first and the last centre: a new cell's "
                "centre is at (i + 0.5) / times.",
            ),
            (
                _between(row, np.arange(count) / times),
                "Centres lie half a cell beyond the edge, in the new row and in the old one.",
            ),
            (
                _between(framed, (np.arange(count) + 0.5) / times + 0.5),
                "Before the first and after the last centre repeat the end; nothing outside is read.",
            ),
        )
        cases.append(Case((row, times), expected, hint, mistakes))
    return first_failure(answer, cases)


def boundary_iou(answer: Any) -> str | None:
    """Exercise 04.3: IoU of the bands within d steps of the contour."""
    rng = np.random.default_rng(0)
    square, moved = np.zeros((2, 9, 9), bool)
    square[1:8, 1:8], moved[2:9, 1:8] = True, True
    corner = np.zeros((9, 9), bool)
    corner[:6, :7] = True
    rough = rng.random((2, 8, 10)) < 0.85
    hint = (
        "A pixel of a mask is in its band unless the whole square of 2d + 1 around it lies in the mask; then "
        "intersection over union of the two bands."
    )
    cases = []
    for prediction, truth, d in (
        (square, moved, 1),
        (square, corner, 2),
        (rough[0], rough[1], 1),
        (square, square, 2),
        (np.zeros((4, 5), bool), np.zeros((4, 5), bool), 1),
        (square, np.zeros((9, 9), bool), 1),
    ):
        expected = _iou(_band(prediction, d), _band(truth, d))
        mistakes = _different(
            expected,
            (np.nan, "Both bands are empty here: return 0 instead of 0 / 0."),
            (_iou(prediction, truth), "That is plain IoU: only the pixels within d steps of the contour count."),
            (
                _iou(prediction & ~_inner(prediction, d, cross=True), truth & ~_inner(truth, d, cross=True)),
                "Steps go along rows, columns or both: look at the whole square, not at a diamond.",
            ),
            (
                _iou(_band(prediction, d, outside=True), _band(truth, d, outside=True)),
                "Beyond the picture's edge counts as outside, so a mask that touches the edge has a band there.",
            ),
            (
                _iou(_band(prediction, d) | _band(~prediction, d), _band(truth, d) | _band(~truth, d)),
                "The band holds pixels of the mask alone, not those just outside of it.",
            ),
            (
                _iou(_band(prediction, 2 * d), _band(truth, 2 * d)),
                "The square reaches d steps to each side, so its side is 2d + 1.",
            ),
        )
        cases.append(Case((prediction, truth, d), expected, hint, mistakes))
    return first_failure(answer, cases)


def _different(expected: Any, *mistakes: tuple[Any, str]) -> tuple[tuple[Any, str], ...]:
    """The mistakes that can be told from the right answer in this case."""

    def equal(wrong: Any) -> bool:
        return np.shape(wrong) == np.shape(expected) and np.allclose(wrong, expected, rtol=0, atol=1e-3)

    return tuple(mistake for mistake in mistakes if not equal(mistake[0]))


def _between(row: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The row read at positions counted in cells, 0 = the first centre; the ends repeated."""
    return np.interp(at, np.arange(len(row)), row)


def _inner(mask: np.ndarray, d: int, *, outside: bool = False, cross: bool = False) -> np.ndarray:
    """Pixels whose whole square (cross: diamond) around lies in the mask. outside: what is beyond the edge."""
    (h, w), framed, inside = mask.shape, np.pad(mask, d, constant_values=outside), np.ones_like(mask)
    for y in range(-d, d + 1):
        for x in range(-d, d + 1):
            if not cross or abs(y) + abs(x) <= d:
                inside &= framed[d + y : d + y + h, d + x : d + x + w]
    return inside


def _band(mask: np.ndarray, d: int, *, outside: bool = False) -> np.ndarray:
    return mask & ~_inner(mask, d, outside=outside)


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 0.0


CHECKS = {
    "04.1": fpn_step,
    "04.2": enlarge,
    "04.3": boundary_iou,
}

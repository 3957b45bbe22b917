"""Checks of lesson 05, *How does a cell read many scales?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def cell_weights(answer: Any) -> str | None:
    """Exercise 05.1: how much each cell counts in a bilinear reading, 0 outside."""
    cases = []
    hint = (
        "In cells the point is at column x * w - 0.5 and row y * h - 0.5; a cell counts (1 - distance in rows) * "
        "(1 - distance in columns), and nothing where either distance is over 1."
    )
    for h, w, x, y in ((4, 4, 0.375, 0.375), (4, 4, 0.55, 0.8), (2, 3, 0.4, 0.6), (3, 5, 1.0, 0.5), (2, 2, -0.4, 0.5)):
        expected = _reading(h, w, x, y)
        whole = expected / expected.sum() if expected.sum() else expected
        mistakes = _different(
            expected,
            (whole, "Do not make them sum to 1 again: what falls outside the map reads 0."),
            (
                _nearness(h, w, x * (w - 1), y * (h - 1)),
                "(0, 0) and (1, 1) are corners of the map, not of its centres.",
            ),
            (_nearness(h, w, x * w, y * h), "The first cell's centre is at 0.5 / w, so take half a cell off."),
            (_reading(h, w, y, x), "x goes along the columns, the second axis, and y along the rows."),
        )
        cases.append(Case((h, w, x, y), expected, hint, mistakes))
    return first_failure(answer, cases)


def attention_costs(answer: Any) -> str | None:
    """Exercise 05.2: S x S pairs, S x L x P points."""
    cases = []
    for H, W, strides, points in (
        (128, 128, (32, 16, 8), 4),
        (64, 96, (32,), 4),
        (100, 130, (32, 16), 2),
        (1024, 1024, (8, 16, 32), 4),
    ):
        cells = [-(-H // stride) * -(-W // stride) for stride in strides]
        S = sum(cells)
        expected = S * S, S * len(strides) * points
        cut = sum((H // stride) * (W // stride) for stride in strides)
        mistakes = _different(
            expected,
            (
                (sum(n * n for n in cells), expected[1]),
                "Places of all maps talk to each other: add first, then square.",
            ),
            ((expected[0], S * points), "Each place reads its points in each of the L maps."),
            (
                (cut * cut, cut * len(strides) * points),
                "A last cell that is cut counts too: round up, -(-H // stride).",
            ),
        )
        hint = "S is the number of cells of all maps; S * S pairs, and S * len(strides) * points."
        cases.append(Case((H, W, strides, points), expected, hint, mistakes))
    return first_failure(answer, cases)


def reference_points(answer: Any) -> str | None:
    """Exercise 05.3: centres of all cells as (x, y), map after map, row by row."""
    cases = []
    hint = "Cell (row, column) of a map (h, w) has its centre at ((column + 0.5) / w, (row + 0.5) / h)."
    for sizes in ([(1, 2)], [(2, 3)], [(1, 2), (2, 4)], [(3, 2), (1, 1), (2, 2)]):
        expected = _centres(sizes)
        corners = np.concatenate([_centres([size], shift=0) for size in sizes])
        in_cells = np.concatenate([_centres([(h, w)]) * (w, h) for h, w in sizes])
        down = np.concatenate([_centres([(h, w)]).reshape(h, w, 2).swapaxes(0, 1).reshape(-1, 2) for h, w in sizes])
        mistakes = _different(
            expected,
            (expected[:, ::-1], "A point is (x, y): the column comes first."),
            (corners, "These are the corners of the cells; their centres are half a cell further."),
            (in_cells, "Divide by the map's width and height: a point means the same place in every map."),
            (down, "Row by row: the column runs fastest."),
        )
        cases.append(Case((sizes,), expected, hint, mistakes))
    return first_failure(answer, cases)


def attention_row(answer: Any) -> str | None:
    """Exercise 05.4: deformable attention of one place as a row of an attention matrix."""
    rng = np.random.default_rng(0)
    cases = []
    hint = (
        "For each map and point: x, y = reference + offset / (w, h); add softmax weight * cell weights of (x, y) to "
        "the cells of this map; then all maps one after the other."
    )
    for sizes, points in (([(4, 4)], 1), ([(2, 2), (4, 4)], 2), ([(1, 2), (3, 4)], 4)):
        reference = np.array([0.375, 0.3])
        offsets = np.round(rng.normal(0, 1.2, (len(sizes), points, 2)), 1)
        scores = np.round(rng.normal(0, 1, (len(sizes), points)), 1)
        whole = np.exp(scores) / np.exp(scores).sum()
        each = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        cells = np.array([(w, h) for h, w in sizes])
        expected = _row(sizes, reference, offsets / cells[:, None], whole)
        mistakes = _different(
            expected,
            (_row(sizes, reference, offsets / cells[:, None], scores), "The weights are the softmax of the scores."),
            (
                _row(sizes, reference, offsets / cells[:, None], each),
                "One softmax over the points of all maps together.",
            ),
            (_row(sizes, reference, offsets, whole), "Offsets are in cells: divide by the map's (w, h)."),
            (_row(sizes, reference, offsets / cells[:, None, ::-1], whole), "x is divided by the width w, y by h."),
            (_row(sizes, reference, offsets * 0, whole), "These are readings at the place itself: add the offsets."),
        )
        cases.append(Case((sizes, reference, offsets, scores), expected, hint, mistakes))
    return first_failure(answer, cases)


def _different(expected: Any, *mistakes: tuple[Any, str]) -> tuple[tuple[Any, str], ...]:
    """The mistakes that can be told from the right answer in this case."""

    def equal(wrong: Any) -> bool:
        return np.shape(wrong) == np.shape(expected) and np.allclose(wrong, expected, rtol=0, atol=1e-3)

    return tuple(mistake for mistake in mistakes if not equal(mistake[0]))


def _nearness(h: int, w: int, column: float, row: float) -> np.ndarray:
    rows = np.clip(1 - abs(np.arange(h) - row), 0, 1)
    columns = np.clip(1 - abs(np.arange(w) - column), 0, 1)
    return rows[:, None] * columns


def _reading(h: int, w: int, x: float, y: float) -> np.ndarray:
    return _nearness(h, w, x * w - 0.5, y * h - 0.5)


def _centres(sizes: list[tuple[int, int]], shift: float = 0.5) -> np.ndarray:
    return np.array([((c + shift) / w, (r + shift) / h) for h, w in sizes for r in range(h) for c in range(w)])


def _row(sizes: list[tuple[int, int]], reference: np.ndarray, steps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """steps: (L, P, 2), from the reference to the points, in parts of a map."""
    rows = []
    for (h, w), level_steps, level_weights in zip(sizes, steps, weights, strict=True):
        read = [a * _reading(h, w, *(reference + s)) for s, a in zip(level_steps, level_weights, strict=True)]
        rows.append(np.sum(read, axis=0).ravel())
    return np.concatenate(rows)


CHECKS = {
    "05.1": cell_weights,
    "05.2": attention_costs,
    "05.3": reference_points,
    "05.4": attention_row,
}

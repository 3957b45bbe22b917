"""Checks of lesson 06, *What is a query?*"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segtutor.exercises.base import Case, difference, first_failure


def attend(answer: Any) -> str | None:
    """Exercise 06.1: attention with numpy."""
    rng = np.random.default_rng(0)
    cases = []
    for queries, places, width, channels in ((1, 3, 4, 2), (3, 4, 2, 5)):
        query, key = rng.normal(size=(queries, width)).round(1) * 2, rng.normal(size=(places, width)).round(1)
        value = rng.normal(size=(places, channels)).round(1)
        products = query @ key.T
        scores = products / width**0.5
        mistakes = (
            (_softmax(products, 1) @ value, "Divide the dot products by sqrt(d), where d is the length of a query."),
            (_softmax(products / width, 1) @ value, "Divide by the square root of d, not by d."),
            (_softmax(scores, 0) @ value, "The weights of one *query* add up to 1: the softmax runs over the cells."),
            (scores @ value, "The softmax is missing: scores are no shares."),
            (_softmax(scores, 1), "Those are the weights; the answer is the mean of the values with them."),
        )
        hint = "softmax(query @ key.T / sqrt(d)) over the cells, then @ value."
        cases.append(Case((query, key, value), _softmax(scores, 1) @ value, hint, mistakes))
    large = (np.array([[1000.0]]), np.array([[1.0], [0.0]]), np.array([[3.0], [4.0]]))
    hint = "exp(1000) is infinite: subtract the largest score of each row before exp; the shares stay the same."
    far = (np.array([[1000.0], [-1000.0]]), *large[1:])
    row = "Subtract the largest score of each *row*: with the largest of all, every exp of the other row is 0."
    return first_failure(
        answer, [*cases, Case(large, np.array([[3.0]]), hint), Case(far, np.array([[3.0], [4.0]]), row)]
    )


def axis_positions(answer: Any) -> str | None:
    """Exercise 06.2: sine positions of one axis."""
    cases = []
    for count, channels in ((4, 4), (5, 6)):
        expected = _axis(count, channels)
        mistakes = (
            (_axis(count, channels, first=0), "Places count from 1, so that the last one is count."),
            (_axis(count, channels, scaled=False), "Scale the places first: / count * 2 pi, so that the last is 2 pi."),
            (
                _axis(count, channels, step=1),
                "Clock i is 10000 ** (2 i / channels) times slower: the 2 is missing, as both channels share a clock.",
            ),
            (
                np.concatenate([expected[:, 0::2], expected[:, 1::2]], axis=1),
                "All sines come first here; wanted are sine and cosine of a clock side by side.",
            ),
            (
                expected.reshape(count, -1, 2)[:, :, ::-1].reshape(count, channels),
                "The sine comes first, then the cosine.",
            ),
            (expected.T, "The other way round: one row a place."),
        )
        hint = "angles = (1 .. count) / count * 2 pi, divided by 10000 ** (2 i / channels); then sine, cosine in turn."
        cases.append(Case((count, channels), expected, hint, mistakes))
    return first_failure(answer, cases)


def is_equivariant(answer: Any) -> str | None:
    """Exercise 06.3: is a layer permutation equivariant?"""
    queries, order = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]), [2, 0, 1]
    layers: list[tuple[Callable, bool, str]] = [
        (
            lambda x: 2 * x + 1,
            True,
            "A layer that treats each row alike *is* equivariant: compare layer(queries[order]) with "
            "layer(queries)[order], not with layer(queries).",
        ),
        (lambda x: x + x.mean(0), True, "A mean over all rows does not know their order, and is added to each alike."),
        (
            lambda x: x + np.arange(len(x))[:, None],
            False,
            "This layer adds its number to each row, so it knows the order.",
        ),
        (
            lambda x: np.cumsum(x, axis=0),
            False,
            "This layer sums up from the first row on. It gives other rows, not only the same ones in another order: "
            "compare rows, not sums or sorted values.",
        ),
        (lambda x: x[::-1] * 1.0, False, "This layer turns the rows round by their number."),
        (
            lambda x: x + 1e-9 * np.arange(len(x))[:, None],
            True,
            "Numbers that differ by less than 1e-6 are the same: np.allclose.",
        ),
    ]
    if not callable(answer):
        return first_failure(answer, [])
    for layer, expected, hint in layers:
        got = answer(layer, queries.copy(), list(order))
        if difference(bool(got) if isinstance(got, np.bool_) else got, expected) is not None:
            return f"expected {expected}, got {got!r}. {hint}"
    return None


def giou(answer: Any) -> str | None:
    """Exercise 06.4: GIoU of two boxes."""
    cases = []
    for a, b in (
        ((0.0, 0.0, 2.0, 2.0), (1.0, 1.0, 3.0, 3.0)),
        ((0.0, 0.0, 4.0, 2.0), (1.0, 0.0, 2.0, 2.0)),
        ((0.0, 0.0, 1.0, 1.0), (3.0, 4.0, 5.0, 5.0)),
        ((0.0, 0.0, 2.0, 2.0), (3.0, 0.0, 5.0, 2.0)),
    ):
        both, union, around = _areas(a, b)
        expected = both / union - (around - union) / around
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        raw = wide * high  # not clamped
        loose = union + both - raw
        mistakes = [
            (both / union, "That is IoU; GIoU subtracts the share of the box around both that neither fills."),
            (1 - expected, "That is the loss, 1 - GIoU."),
            (both / union - around, "The second term is a share: divide by the area of the box around both."),
            (both / union - (around - union) / union, "The second term is a share of the box *around* both."),
            (
                both / union - union / around,
                "Subtract what is empty in the box around both, (around - union) / around.",
            ),
        ]
        if raw != both:
            meet = "These boxes do not meet: a width or height below 0 is 0, else two of them give a positive area."
            mistakes.append((raw / loose - (around - loose) / around, meet))
        mistakes = [(wrong, sentence) for wrong, sentence in mistakes if abs(wrong - expected) > 1e-3]
        hint = "IoU minus (area of the smallest box around both - union) / that area."
        cases.append(Case((a, b), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def count_classes(answer: Any) -> str | None:
    """Exercise 06.5: how often each query answered with each class."""
    rng = np.random.default_rng(0)
    cases = []
    for scenes, queries, classes in ((3, 2, 2), (6, 4, 3)):
        logits = rng.normal(size=(scenes, queries, classes + 1)).round(1) + 0.05 * np.arange(classes + 1)
        logits[:, 0, classes] += 3  # a query that is mostly silent
        said = logits.argmax(2)
        every = (said[..., None] == np.arange(classes + 1)).sum(0)
        forced = (logits[..., :classes].argmax(2)[..., None] == np.arange(classes)).sum(0)
        mistakes = (
            (every, "No object is no answer: leave the last column out."),
            (forced, "A query whose best class is the last one gives no answer: find the best of all K + 1 first."),
            (every[:, :classes].T, "The other way round: one row a query, one column a class."),
            (every[:, :classes] / scenes, "Those are shares; the counts are asked for."),
        )
        hint = "argmax over all K + 1 classes, (S, Q); then for each query and each of the first K classes, how often."
        cases.append(Case((logits,), every[:, :classes], hint, mistakes))
    return first_failure(answer, cases)


def count_doubles(answer: Any) -> str | None:
    """Exercise 06.6: answers that another query gives as well."""
    rows = [[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0]]
    masks = np.array(rows, bool).reshape(5, 2, 3)
    wrong = {
        "self": "A query overlaps with itself, of course: leave the diagonal out.",
        "class": "The same pixels with another class are no double: compare the classes too.",
        "silent": "Queries that say no object give no answer: they are no doubles, and nobody's rival.",
        "pairs": "Count queries, not pairs: one with two rivals counts once.",
    }
    cases = []
    for classes, threshold in (([0, 0, 1, 1, 2], 0.5), ([0, 0, 0, 1, 1], 0.5), ([2, 2, 1, 2, 2], 0.5)):
        expected = _doubles(np.array(classes), masks, 2, threshold)
        without = {name: _doubles(np.array(classes), masks, 2, threshold, without=name) for name in wrong}
        cases.append(
            Case(
                (np.array(classes), masks, 2),
                expected,
                "Both of a pair of doubles count. IoU is the shared pixels over those in either mask.",
                tuple((count, wrong[name]) for name, count in without.items() if count != expected),
                tolerance=0,
            )
        )
    strict = (np.array([0, 0]), masks[1:3], 2, 0.7)
    cases.append(Case(strict, 0, "The threshold is an argument, and an IoU of 2/3 is not above 0.7.", tolerance=0))
    return first_failure(answer, cases)


def _softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    shares = np.exp(scores - scores.max(axis, keepdims=True))
    return shares / shares.sum(axis, keepdims=True)


def _axis(count: int, channels: int, *, first: int = 1, scaled: bool = True, step: int = 2) -> np.ndarray:
    places = np.arange(first, first + count) * (2 * np.pi / count if scaled else 1.0)
    angles = places[:, None] / 10000 ** (step * np.arange(channels // 2) / channels)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(count, channels)


def _areas(a: tuple, b: tuple) -> tuple[float, float, float]:
    def area(x0: float, y0: float, x1: float, y1: float) -> float:
        return max(x1 - x0, 0) * max(y1 - y0, 0)

    both = area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    around = area(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return both, area(*a) + area(*b) - both, around


def _doubles(classes: np.ndarray, masks: np.ndarray, no_object: int, threshold: float, *, without: str = "") -> int:
    flat = masks.reshape(len(masks), -1).astype(int)
    both = flat @ flat.T
    rivals = both > threshold * (flat.sum(1)[:, None] + flat.sum(1) - both)
    if without != "class":
        rivals &= classes[:, None] == classes
    if without != "self":
        rivals &= ~np.eye(len(classes), dtype=bool)
    if without != "silent":
        rivals &= (classes != no_object) & (classes != no_object)[:, None]
    return int(rivals.sum() // 2 if without == "pairs" else rivals.any(1).sum())


CHECKS = {
    "06.1": attend,
    "06.2": axis_positions,
    "06.3": is_equivariant,
    "06.4": giou,
    "06.5": count_classes,
    "06.6": count_doubles,
}

"""Checks of lesson 01, *Semantic, instance, panoptic: three answers to one picture*."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure
from segtutor.segments import Categories, Category, Segmentation, encode_ids

_PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])


def decode(answer: Any) -> str | None:
    """Exercise 01.1: id = R + 256 G + 65536 B, in integers wider than a byte."""
    cases = []
    for ids in ([[0, 7], [255, 1]], [[256, 263], [511, 7]], [[65536, 65535], [2**24 - 1, 0]]):
        rgb = encode_ids(np.array(ids, np.int32))
        red, green, blue = (rgb[..., channel].astype(np.int64) for channel in range(3))
        mistakes = (
            (red, "You read the red byte only: the green one counts 256 times, the blue one 65536 times."),
            (red + 256 * green, "The blue byte is missing: it counts 65536 times."),
            (blue + 256 * green + 65536 * red, "Red and blue are exchanged: red is the least (OpenCV reads BGR)."),
            ((red + green + blue) % 256, "The bytes ran over: convert to a wider type first, rgb.astype(np.int32)."),
            (red + green + blue, "The green byte counts 256 times, the blue one 65536 times."),
        )
        hint = "id = R + 256 G + 65536 B, computed after rgb.astype(np.int32)."
        cases.append(Case((rgb,), np.array(ids), hint, mistakes))
    return _overflow(answer, cases)


def to_course(answer: Any) -> str | None:
    """Exercise 01.2: classes from 0 and void -1, from two conventions."""
    ade = np.array([[0, 1, 2], [150, 0, 7]], np.uint8)
    city = np.array([[0, 1, 255], [18, 255, 7]], np.uint8)
    expected_ade, expected_city = ade.astype(int) - 1, np.where(city == 255, -1, city.astype(int))
    return first_failure(
        answer,
        [
            Case(
                (ade, 1),
                expected_ade,
                "Void is 0 and the classes begin at 1: all numbers go down by one, void included.",
                mistakes=(
                    (np.where(ade == 0, 255, ade.astype(int) - 1), "Void became 255: bytes have no -1, convert first."),
                    (np.where(ade == 0, -1, ade.astype(int)), "The classes still begin at 1: position 0 is the first."),
                ),
            ),
            Case(
                (city, 0),
                expected_city,
                "Void is 255 here and the classes begin at 0 already.",
                mistakes=(
                    (city.astype(int) - 1, "Classes that begin at 0 are right already; only 255 changes."),
                    (city, "255 is void here and has to become -1; convert to a signed type first."),
                ),
            ),
            Case((np.full((2, 2), 255, np.uint8), 0), np.full((2, 2), -1), "A map that is all void becomes all -1."),
            Case((np.full((1, 3), 255, np.uint8), 1), np.full((1, 3), 254), "With classes from 1, 255 is class 254."),
        ],
    )


def semantic_labels(answer: Any) -> str | None:
    """Exercise 01.3: argmax over classes of the sum over queries."""
    # Pixel 1: queries 1 and 2 together outweigh query 0. Pixel 2: only a query that says "no object" is there.
    class_probs = np.array([[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.2, 0.5, 0.3], [0.06, 0.04, 0.9]])
    mask_probs = np.array([[[0.9, 0.7, 0.0]], [[0.1, 0.6, 0.0]], [[0.1, 0.8, 0.0]], [[0.0, 0.0, 0.9]]])
    rng = np.random.default_rng(0)
    cases = [
        (class_probs, mask_probs, "Sum over the queries of class_probs[q, c] * mask_probs[q], then argmax over c."),
        (rng.dirichlet(np.ones(5), 6), rng.uniform(size=(6, 4, 3)), "Try np.einsum('qc,qhw->chw', ...)."),
        (rng.dirichlet(np.ones(3), 1), rng.uniform(size=(1, 2, 2)), "This is one query: the sum has one term."),
    ]
    return first_failure(answer, [_semantic_case(*case) for case in cases])


def best_pairs(answer: Any) -> str | None:
    """Exercise 01.4: of all Q x K pairs the most probable, by falling score."""
    class_probs = np.array([[0.5, 0.4, 0.1], [0.3, 0.2, 0.5], [0.05, 0.9, 0.05]])
    mask_probs = np.array([[[0.9, 0.9], [0.1, 0.1]], [[0.6, 0.6], [0.6, 0.2]], [[0.6, 0.1], [0.1, 0.1]]])
    empty = np.array([[[0.9, 0.9]], [[0.2, 0.3]]])
    sure = np.array([[[0.95, 0.95]], [[0.55, 0.55]]])  # the mask of query 0 is surer of itself, its class is not
    once = "Each query appears once in yours: rank all Q x K pairs in one list, so that a query may come back."
    order = (
        "You multiplied before you took the top_k. They are the pairs with the largest class probability; only these "
        "get a score, so a good mask cannot bring another pair in."
    )
    nothing = "The mask of query 1 is empty (nothing above 0.5), so its score is 0, and not the mean of nothing."
    none = "The last column is 'No object', which is no class and is in no pair."
    hint = "score = class_probs[q, c] * mask_probs[q][mask_probs[q] > 0.5].mean(), without the last column."
    found = first_failure(
        answer,
        [
            Case(
                (class_probs, mask_probs, 3),
                [(2, 1), (0, 0), (0, 1)],
                hint,
                (([(2, 1), (0, 0), (1, 0)], once), ([(2, 1), (0, 0), (1, 2)], none)),
            ),
            Case((class_probs, mask_probs, 1), [(2, 1)], "top_k = 1: one pair."),
            Case(
                (class_probs, mask_probs, 6),
                [(2, 1), (0, 0), (0, 1), (1, 0), (1, 1), (2, 0)],
                f"{hint} {none}",
            ),
            Case(
                (np.array([[0.5, 0.1, 0.4], [0.6, 0.3, 0.1]]), sure, 2),
                [(0, 0), (1, 0)],
                "The pairs come back by falling score, not by class probability.",
            ),
            Case((np.array([[0.5, 0.1, 0.4], [0.6, 0.3, 0.1]]), sure, 1), [(1, 0)], order, (([(0, 0)], order),)),
            Case((np.array([[0.3, 0.2, 0.5], [0.6, 0.25, 0.15]]), empty, 2), [(0, 0), (1, 0)], nothing),
        ],
    )
    if found is not None:
        return found
    with warnings.catch_warnings():  # NumPy's word for the mean of nothing; NaN sorts last and hides
        warnings.simplefilter("error", RuntimeWarning)
        try:
            answer(np.array([[0.3, 0.2, 0.5], [0.6, 0.3, 0.1]]), empty.copy(), 2)
        except RuntimeWarning:
            return nothing
    return None


def lost_things(answer: Any) -> str | None:
    """Exercise 01.5: segments minus connected regions, which is negative where a thing is cut in two."""
    touching = Segmentation.from_ids(
        [[1, 1, 2, 2, 4], [3, 3, 3, 3, 4], [3, 3, 3, 3, 4]], {1: 17, 2: 17, 3: 193, 4: 17}, _PETS
    )
    cut = Segmentation.from_ids([[1, 3, 1], [1, 3, 1], [3, 3, 3]], {1: 17, 3: 193}, _PETS)
    other = Segmentation.from_ids([[1, 2], [3, 3]], {1: 17, 2: 18, 3: 193}, _PETS)
    corner = Segmentation.from_ids([[1, 3], [3, 2]], {1: 17, 2: 17, 3: 193}, _PETS)
    return first_failure(
        answer,
        [
            Case(
                (touching, 17),
                2,
                "Three cats in a row touch and are one region of cat: 3 - 1.",
                mistakes=((-2, "Things minus regions, not the other way round."), (3, "Subtract the regions.")),
            ),
            Case(
                (cut, 17),
                -1,
                "One cat behind a pole of grass is one thing in two regions: 1 - 2, a thing invented and not lost.",
                mistakes=((0, "Label the mask of the whole class; a thing may consist of two regions."),),
            ),
            Case((other, 17), 0, "A cat and a dog that touch are two classes: only the category asked for counts."),
            Case((other, 18), 0, "One dog, one region."),
            Case((corner, 17), 0, "Pixels that share a corner only are not connected."),
        ],
    )


def number_segments(answer: Any) -> str | None:
    """Exercise 01.6: ids without gaps; one for each stuff label, one for each query of a thing."""
    back = "The fifth query got an id that another label has: give a new segment the next id never used so far."
    return first_failure(
        answer,
        [
            Case(
                ([7, 1, 1, 7, 2], {7}),
                [1, 2, 3, 1, 4],
                "Remember the id of each stuff label; a thing always gets a new one.",
                mistakes=(
                    ([1, 2, 3, 1, 2], back),
                    ([1, 2, 3, 1, 5], "There is a gap: count the segments, not the queries."),
                    ([1, 2, 2, 1, 3], "Two things with one label are two segments: only stuff is fused."),
                    ([0, 1, 2, 0, 3], "Ids begin at 1: 0 is void."),
                    ([1, 2, 3, 4, 5], "The two queries of label 7, which is stuff, are one segment."),
                ),
            ),
            Case(([3, 3, 3], set()), [1, 2, 3], "Nothing is stuff, so each query is a segment."),
            Case(([3, 3, 3], {3}), [1, 1, 1], "One stuff label is one segment, however many queries."),
            Case(([0, 5, 0, 5, 0], {0, 5}), [1, 2, 1, 2, 1], "Two stuff labels are two segments; label 0 is a label."),
            Case(([], {1}), [], "No queries, no segments."),
        ],
    )


def _semantic_case(class_probs: np.ndarray, mask_probs: np.ndarray, hint: str) -> Case:
    def labels(probs: np.ndarray) -> np.ndarray:
        return np.einsum("qc,qhw->chw", probs, mask_probs).argmax(axis=0)

    strongest = class_probs[:, :-1].argmax(axis=1)[
        (class_probs[:, :-1].max(axis=1)[:, None, None] * mask_probs).argmax(axis=0)
    ]
    mistakes = (
        (labels(class_probs), "'No object', the last column, took part: it is no class, leave it out."),
        (
            strongest,
            "You took the strongest query of each pixel; all queries add up, and then the best class is taken.",
        ),
    )
    return Case((class_probs, mask_probs), labels(class_probs[:, :-1]), hint, mistakes)


def _overflow(answer: Any, cases: list[Case]) -> str | None:
    """`first_failure`, and a sentence of its own for numpy's error where a byte is multiplied by 256."""
    try:
        return first_failure(answer, cases)
    except OverflowError:
        return "numpy refuses to multiply a byte by 256, which no byte can hold: convert first, rgb.astype(np.int32)."


CHECKS = {
    "01.1": decode,
    "01.2": to_course,
    "01.3": semantic_labels,
    "01.4": best_pairs,
    "01.5": lost_things,
    "01.6": number_segments,
}

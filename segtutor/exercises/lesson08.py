"""Checks of lesson 08, *Pixels or masks: who is right, when, and at what price?*"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from segtutor.exercises.base import Case, difference, first_failure


def merged_quality(answer: Any) -> str | None:
    """Exercise 08.1: PQ of a class whose things are all one region."""
    cases = []
    for areas in ([12], [3, 1], [50, 20, 10], [2, 2], [30, 30, 30], [5, 3, 2]):
        most, total, others = max(areas), sum(areas), len(areas) - 1
        iou = most / total
        matched = 2 * most > total
        expected = iou / (1 + 0.5 * others) if matched else 0.0
        mistakes = _other_than(
            expected,
            (iou / (1 + 0.5 * others), "A match needs an IoU of *more* than 1/2; without one nothing is found: PQ 0."),
            (iou if matched else 0.0, "The other things are missed: each adds one half below the line."),
            (iou / (1 + others) if matched else 0.0, "A missed thing counts one half below the line, not one."),
            (iou / (1 + 0.5 * (others + 1)) if matched else 0.0, "The region is matched, so it is no false positive."),
            (1 / (1 + 0.5 * others) if matched else 0.0, "Above the line stands the IoU of the match, not 1."),
            (areas[0] / total / (1 + 0.5 * others) if 2 * areas[0] > total else 0.0, "The largest, not the first."),
        )
        hint = "The region's IoU with the largest thing is its area over the sum; PQ = IoU / (1 + missed / 2)."
        cases.append(Case((areas,), expected, hint, mistakes))
    for areas in ([1, 9], [10, 20, 50]):  # the largest is not the first
        iou, others = max(areas) / sum(areas), len(areas) - 1
        slip = ((0.0, "The region may match the largest thing, wherever it stands in the list."),)
        cases.append(Case((areas,), iou / (1 + 0.5 * others), "Take max(areas).", slip))
    return first_failure(answer, cases)


def numbers_said(answer: Any) -> str | None:
    """Exercise 08.2: how many numbers each formulation says about a picture."""
    cases = []
    for classes, queries, height, width in ((15, 24, 32, 32), (150, 100, 16, 24), (847, 100, 2, 3)):
        places = height * width
        expected = (classes * places, queries * places + queries * (classes + 1))
        mistakes = _other_than(
            expected,
            (expected[::-1], "The order is (per pixel, masks)."),
            ((expected[0], queries * places + queries * classes), 'A query may also say "no object": K + 1 scores.'),
            ((expected[0], queries * places), "A query also says its class: K + 1 scores each."),
            ((expected[0], queries * (classes + 1)), "A query also draws a mask: h x w logits each."),
            (((classes + 1) * places, expected[1]), 'A pixel has no "no object": K scores.'),
            (
                (expected[0], queries * (classes + 1) * places),
                "A query says its class once, not in each place: a sum, not a product.",
            ),
        )
        hint = "Per pixel: K in each place. Masks: for each query h x w logits, and K + 1 scores."
        cases.append(Case((classes, queries, height, width), expected, hint, mistakes))
    return first_failure(answer, cases)


def minutes_to(answer: Any) -> str | None:
    """Exercise 08.3: the minutes after which a curve first reaches a score."""
    cases = []
    curves = (
        (30.0, [0.2, 0.4, 0.8, 1.0], [10.0, 20.0, 40.0, 45.0], 2.5),
        (30.0, [0.2, 0.4, 0.6, 1.0], [10.0, 40.0, 20.0, 45.0], 2.0),  # reached, lost, reached again
        (12.0, [0.15, 0.5, 1.0], [14.0, 34.0, 45.0], 1.4),  # at the first measurement already
        (20.0, [0.25, 0.5, 1.0], [10.0, 20.0, 30.0], 4.0),  # exactly at a measurement
        (30.0, [0.2, 0.4, 0.6, 1.0], [10.0, 40.0, 45.0, 20.0], 2.0),  # reached, and lost at the end
    )
    for wanted, shares, scores, minutes in curves:
        first = next(i for i, score in enumerate(scores) if score >= wanted)
        share = _crossing(wanted, shares, scores, first)
        last = max(i for i in range(len(scores)) if scores[i] >= wanted and (not i or scores[i - 1] < wanted))
        mistakes = _other_than(
            share * minutes,
            (share, "Minutes are asked for: the share of the budget times its minutes."),
            (_crossing(wanted, shares, scores, last) * minutes, "The *first* time, even if the curve falls again."),
            (shares[first] * minutes, "Between two measurements take a straight line."),
            (shares[max(first - 1, 0)] * minutes, "The measurement before that was not good enough yet."),
            (_from_nothing(wanted, shares, scores, first) * minutes, "Nothing was measured before the first point."),
            (
                float(np.interp(wanted, scores, shares)) * minutes,
                "np.interp wants scores that only rise, and these fall again: look for the first that is good enough.",
            ),
            (
                float(np.interp(wanted, sorted(scores), shares)) * minutes,
                "Sorted scores lose their order in time: look for the first that is good enough.",
            ),
        )
        hint = "Find the first measurement that is good enough, and go back along the line to the one before it."
        cases.append(Case((wanted, shares, scores, minutes), share * minutes, hint, mistakes))
    failure = first_failure(answer, cases)
    if failure is not None:
        return failure
    got = answer(60.0, [0.2, 1.0], [10.0, 45.0], 1.5)
    if got is None:
        return None
    return "a score that is never reached has no time: return None, and do not go on beyond the last measurement."


def paired(answer: Any) -> str | None:
    """Exercise 08.4: Student's interval of the mean difference, seed by seed."""
    from scipy.stats import t

    cases = []
    for a, b in (([44.0, 46.0, 41.0], [40.0, 44.5, 39.0]), ([20.0, 25.0, 22.0, 28.0], [21.0, 23.0, 22.5, 25.0])):
        one, other = np.array(a), np.array(b)
        gaps, n = one - other, len(a)

        def around(half, gaps=gaps):
            return (gaps.mean(), gaps.mean() - half, gaps.mean() + half)

        factor, scatter = float(t.ppf(0.975, n - 1)), float(gaps.std(ddof=1))
        apart = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / n)
        expected = around(factor * scatter / math.sqrt(n))
        mistakes = _other_than(
            expected,
            (around(1.96 * scatter / math.sqrt(n)), "1.96 is for many seeds: use t with n - 1 degrees of freedom."),
            (around(float(t.ppf(0.975, n)) * scatter / math.sqrt(n)), "n differences leave n - 1 degrees of freedom."),
            (around(float(t.ppf(0.95, n - 1)) * scatter / math.sqrt(n)), "2.5 % on each side: t.ppf(0.975, ...)."),
            (around(factor * gaps.std() / math.sqrt(n)), "The scatter of a sample divides by n - 1: std(ddof=1)."),
            (around(factor * scatter), "The scatter of a *mean* is smaller by the root of n."),
            (around(factor * apart), "Form the differences seed by seed first: what a seed does to both arms cancels."),
            (around(float(t.ppf(0.975, 2 * n - 2)) * apart), "Form the differences seed by seed first."),
            (tuple(-v for v in (expected[0], expected[2], expected[1])), "The difference is a - b."),
            ((expected[1], expected[0], expected[2]), "The order is (mean, low, high)."),
        )
        hint = "gaps = a - b; mean +- t.ppf(0.975, n - 1) * std(ddof=1) / sqrt(n)."
        cases.append(Case((a, b), expected, hint, mistakes))
    return first_failure(answer, cases)


def fair_pairs(answer: Any) -> str | None:
    """Exercise 08.5: pixel and mask rows with one backbone and a number in the same column."""
    names = ("method", "paradigm", "backbone", "ss", "ms")
    rows = [
        dict(zip(names, row, strict=True))
        for row in (
            ("A", "pixel", "R50", 40.0, 41.0),
            ("B", "mask", "R50", 44.0, 46.5),
            ("C", "pixel", "Swin-T", None, 46.0),
            ("D", "mask", "Swin-T", 46.5, 48.5),
            ("E", "mask", "Swin-L", 54.0, None),
            ("F", "pixel", "R50", 43.0, 44.0),
            ("G", "mask", "R50", 42.0, None),
        )
    ]
    cases = []
    for column in ("ss", "ms"):
        expected = _pairs(rows, column)
        mistakes = _other_than(
            expected,
            (_pairs(rows, column, backbones=True), "Only rows with the same backbone may be paired."),
            (_pairs(rows, column, other=True), "A number of another column is no replacement: leave such rows out."),
            (_pairs(rows, column, sign=-1), "The difference is mask minus pixel."),
            (_pairs(rows, column, paradigms=True), "A pair is a pixel row and a mask row."),
            (_pairs(rows, column, by_mask=True), "In the order of the rows, pixels first: the outer loop is pixels'."),
            (_pairs(rows, "ss" if column == "ms" else "ms"), "Read the column that is asked for."),
        )
        hint = "Leave out rows with None in the column; then two loops, pixel rows outside, and compare the backbone."
        cases.append(Case((rows, column), expected, hint, mistakes))
    return first_failure(answer, cases)


def _other_than(expected: Any, *mistakes: tuple[Any, str]) -> tuple[tuple[Any, str], ...]:
    """Those slips that show in this case: their result is not the right one."""
    return tuple((wrong, sentence) for wrong, sentence in mistakes if difference(wrong, expected) is not None)


def _crossing(wanted: float, shares: list[float], scores: list[float], i: int) -> float:
    """The share at which the straight line to measurement i reaches the score."""
    if i == 0:
        return shares[0]
    part = (wanted - scores[i - 1]) / (scores[i] - scores[i - 1])
    return shares[i - 1] + part * (shares[i] - shares[i - 1])


def _from_nothing(wanted: float, shares: list[float], scores: list[float], i: int) -> float:
    """The slip: the curve is thought to begin at a share of 0 and a score of 0."""
    return _crossing(wanted, [0.0, *shares], [0.0, *scores], i + 1)


def _pairs(
    rows: list[dict],
    column: str,
    *,
    backbones: bool = False,
    other: bool = False,
    sign: int = 1,
    paradigms: bool = False,
    by_mask: bool = False,
) -> list[tuple[str, str, float]]:
    """The pairs; each option is a slip."""

    def value(row):
        return row[column] if row[column] is not None or not other else row["ms" if column == "ss" else "ss"]

    known = [row for row in rows if value(row) is not None]
    pixels = [row for row in known if row["paradigm"] == "pixel" or paradigms]
    masks = [row for row in known if row["paradigm"] == "mask" or paradigms]
    both = [(p, m) for m in masks for p in pixels] if by_mask else [(p, m) for p in pixels for m in masks]
    return [
        (p["method"], m["method"], sign * (value(m) - value(p)))
        for p, m in both
        if p is not m and (backbones or p["backbone"] == m["backbone"])
    ]


CHECKS = {
    "08.1": merged_quality,
    "08.2": numbers_said,
    "08.3": minutes_to,
    "08.4": paired,
    "08.5": fair_pairs,
}

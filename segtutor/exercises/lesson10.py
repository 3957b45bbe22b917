"""Checks of lesson 10, *What does the score mean?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure

_RECALLS = np.linspace(0, 1, 101)
_TIED = [0.5, 0.8] * 20  # more than numpy's default sorting leaves in their order by chance


def class_ious_from(answer: Any) -> str | None:
    """Exercise 10.1: IoU of each class from counts with a column for void."""
    cases = []
    for counts in (
        [[0, 9, 1, 0], [0, 1, 5, 0], [0, 1, 0, 1]],  # the lesson's own picture, nothing void
        [[2, 6, 0, 0], [1, 2, 3, 0], [0, 0, 0, 0]],  # the last class is nowhere
        [[0, 4, 0], [3, 0, 0]],  # a class that was met with silence: 0, not NaN
    ):
        rows = np.array(counts)
        said = rows[:, 1:]
        right, true, predicted = np.diagonal(said), rows.sum(1), said.sum(0)
        expected = _shares(right, true + predicted - right)
        mistakes = (
            (_shares(right, said.sum(1) + predicted - right), "Void in the answer is missed: the row counts it, too."),
            (_shares(right, true), "That is recall, right / row: what was falsely said to be the class counts, too."),
            (_shares(right, predicted), "That is precision, right / column: what was missed counts, too."),
            (_shares(right, true + predicted), "What is right stands in the row and in the column: take it out once."),
            (_shares(2 * right, true + predicted), "That is dice, 2 right / (row + column)."),
            (np.nan_to_num(expected), "A class that is nowhere has no IoU: NaN, not 0."),
            (np.nan_to_num(expected, nan=1.0), "A class that is nowhere has no IoU: NaN, not 1."),
            (_shares(np.diagonal(rows), true + rows[:, : len(rows)].sum(0) - np.diagonal(rows)), _COLUMN_0),
            (np.nanmean(expected), "One number for each class is asked for, not their mean."),
            (expected[~np.isnan(expected)], "One number for each class: where a class is nowhere, it is NaN."),
        )
        hint = "IoU = right / (sum of the row, void included + sum of the column - right)."
        cases.append(Case((rows,), expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def panoptic_quality_of(answer: Any) -> str | None:
    """Exercise 10.2: PQ, SQ, RQ of one class from what segments share."""
    cases = []
    for shared, why in (
        ([[0, 0, 0], [1, 9, 0], [0, 1, 9]], "Two pairs, 9 of 10 and 9 of 10 pixels."),
        ([[0, 0], [2, 2]], "IoU of exactly one half is no pair: one missed, and one false."),
        ([[0, 3], [1, 5]], "Void of the truth (row 0) is taken out of the prediction before the IoU."),
        ([[0, 0, 7], [0, 8, 1]], "A prediction that lies by more than half on void is no false positive."),
        ([[0, 0, 1], [0, 9, 5]], "A prediction that lies on void with a small part is no less false for it."),
        ([[0, 0, 3], [0, 9, 3]], "Exactly half on void is not more than half: that one is false."),
        ([[0, 0], [1, 9], [4, 0]], "One pair, one missed: RQ = 1 / (1 + 1/2)."),
        ([[4]], "Nothing true and nothing predicted: three times NaN."),
        ([[5, 3]], "Nothing true, and what is predicted lies on void: three times NaN."),
        ([[0], [4]], "Nothing predicted: PQ, SQ and RQ are 0."),
    ):
        counts = np.array(shared)
        expected = _quality(counts)
        mistakes = (
            (_quality(counts, strict=False), "A pair needs IoU of *more* than one half; exactly one half is none."),
            (_quality(counts, void=False), "Take what lies on void of the truth out of the prediction, in the union."),
            (_quality(counts, excuse=False), "A prediction more than half of which lies on void is excused: no FP."),
            (_quality(counts, least=0.5), "Excused is what lies by *more* than half on void; exactly half is false."),
            (
                _quality(counts, least=0.0),
                "Only what lies by more than *half* on void is excused, not what touches it.",
            ),
            (
                _quality(_without_silence(counts)),
                "Void of the *prediction* stays in the truth: silence is a miss.",
            ),
            (_quality(counts, half=1.0), "FP and FN count one half each in the denominator."),
            (expected[::-1], "The order is PQ, SQ, RQ."),
            ((expected[0], expected[2], expected[1]), "The order is PQ, SQ, RQ: SQ is the mean IoU of the pairs."),
            (tuple(np.nan_to_num(expected)), "Where nothing is to be counted all three are NaN."),
            (_with_nan(expected), "SQ is 0 where nothing matches, and then so is PQ."),
        )
        hint = f"{why} IoU = shared / (area of t + area of p without void - shared)."
        cases.append(Case((counts,), expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def average_precision_of(answer: Any) -> str | None:
    """Exercise 10.3: AP at the 101 recalls."""
    cases = []
    for scores, right, objects in (
        ([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0], 4),
        ([0.2, 0.9, 0.5, 0.7], [1, 0, 1, 1], 3),
        ([0.5, 0.5, 0.9], [0, 1, 1], 2),
        ([0.3, 0.1], [0, 0], 1),
        ([], [], 2),
        (_TIED, np.arange(40) % 3 == 0, 20),
    ):
        flags = np.array(right, bool)
        arguments = (np.array(scores, float), flags, objects)
        expected = _average_precision(*arguments)
        mistakes = (
            (_average_precision(*arguments, order=1), "Begin with the highest score."),
            (_average_precision(*arguments, order=0), "The list comes in no order: sort it by falling score first."),
            (_average_precision(*arguments, reverse_ties=True), "Masks of equal score keep their order: stable sort."),
            (_average_precision(*arguments, unstable=True), "Masks of equal score keep their order: stable sort."),
            (_average_precision(*arguments, reach="beyond"), "A recall that is just reached counts: recall >= r."),
            (_average_precision(*arguments, reach="up to"), "The best precision there or *beyond*, not up to there."),
            (_average_precision(*arguments, smooth=False), "At each recall the *best* precision there or beyond it."),
            (_average_precision(*arguments, recalls=np.linspace(0, 1, 11)), "COCO reads at 101 recalls, not 11."),
            (_average_precision(*arguments, recalls=np.linspace(0, 1, 100)), "0, 0.01, ..., 1 are 101 recalls."),
            (
                _average_precision(*arguments, recalls=np.arange(100) / 100),
                "0, 0.01, ..., 1 are 101 recalls, with 1.",
            ),
            (float("nan"), "Where there are no masks, no recall is reached: AP is 0."),
            (_average_precision(*arguments, reached_only=True), "A recall that is never reached counts 0."),
            (_average_precision(*arguments, found_only=True), "Recall is right so far / *all* objects that exist."),
            (_mean_at_hits(*arguments), "The mean is over the 101 recalls, not over the masks that are right."),
        )
        hint = "Sort, precision = right so far / said so far, recall = right so far / objects, then the 101 readings."
        cases.append(Case(arguments, expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def largest_shift(answer: Any) -> str | None:
    """Exercise 10.4: (n - d) / (n + d) > 1/2."""
    cases = []
    for n in (10, 3, 4, 6, 30, 1, 2, 7):
        expected = (n - 1) // 3
        mistakes = (
            (n // 3, "Where 3 divides n, a shift of n / 3 gives an IoU of exactly one half: that is not more."),
            ((n - 1) / 3, "A whole number is asked for: round (n - 1) / 3 down."),
            (n / 3, "A whole number is asked for, and a shift of n / 3 gives exactly one half."),
            ((n - 1) // 2, "Half of the square is still covered, but the union is larger than the square."),
            (n // 2, "Half of the square is still covered, but the union is larger than the square."),
            (n - 1, "That is the last shift at which they touch at all; IoU must be more than one half."),
        )
        hint = "They share n (n - d) pixels of n (n + d): more than one half where n - d > (n + d) / 2."
        cases.append(Case((n,), expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def paired_interval(answer: Any) -> str | None:
    """Exercise 10.5: a bootstrap interval of the mean difference, held to the normal one with a wide margin."""
    if not callable(answer):
        return first_failure(answer, [])
    for seed in (0, 1):
        source = np.random.default_rng(seed)
        hard = source.normal(0.6, 0.15, 60)  # what both share: some pictures are hard
        a, b = (hard + source.normal(shift, 0.03, 60) for shift in (0.02, 0.0))
        rng = np.random.default_rng(seed + 7)
        before = rng.bit_generator.state
        got = answer(a.copy(), b.copy(), rng)
        if got is None or got is ...:
            return "the function returns nothing so far. Draw pictures with repetition, and take percentiles."
        ends = np.asarray(got, float)
        if ends.shape != (2,):
            return f"expected two numbers, low and high, got a result of shape {ends.shape}."
        sentence = _wrong_interval(ends, a, b)
        if sentence is None and rng.bit_generator.state == before:
            sentence = "A formula gives about this, too; here draw pictures, with `rng`, and take percentiles."
        if sentence:
            return sentence
    first_and_last = np.array([1.0, 0, 0, 0, 0, 0, 0, -1.0])
    low, high = np.asarray(answer(first_and_last, np.zeros(8), np.random.default_rng(5)), float)
    if low >= 0 or high <= 0:
        return "The first or the last picture is never drawn: rng.integers(0, n) draws 0 to n - 1."
    return None


def pictures_needed(answer: Any) -> str | None:
    """Exercise 10.6: the least n with |mean| > 1.96 s / sqrt(n)."""
    cases = []
    for gaps in ([0.3, 1.1, -0.8, 0.9, -0.2], [-0.2, 0.5, -0.9, 0.1], [2.0, 2.1, 1.9], [1.0, -1.0], [0.5, 0.5, 0.5]):
        values = np.array(gaps)
        mean, spread = float(values.mean()), float(values.std(ddof=1))
        expected = _needed(mean, spread)
        mistakes = (
            (_needed(mean, float(values.std())), "The standard deviation is that with n - 1: np.std(gaps, ddof=1)."),
            (_needed(mean, np.sqrt(spread)), "The standard error is s / sqrt(n): s is squared in the formula for n."),
            (_needed(mean, spread, z=1.0), "One standard error holds 68 %; for 95 % take 1.96 of them."),
            (_needed(mean, spread, z=1.645), "1.645 is for 90 %; for 95 % take 1.96."),
            (
                _needed(mean, spread, more=0),
                "Nearly: with so many, 0 is still inside; take one more.",
            ),
            (_needed(mean, spread, z=2.0), "2 is rounded: take 1.96 standard errors."),
            (
                (1.96 * spread / mean) ** 2 if mean else -1.0,
                "Pictures are whole: the next larger number.",
            ),
            (
                float("inf") if mean <= 0 else -1.0,
                "Only a mean of 0 needs `inf`; below 0 take its size, |mean|.",
            ),
            (_needed(mean, spread, least=1), "At least 2 pictures: one alone has no standard deviation."),
            (_needed(mean, spread, power=1), "The error falls with the square root of n, so square the quotient."),
        )
        hint = "0 is outside where |mean| > 1.96 s / sqrt(n), so n > (1.96 s / mean)^2."
        cases.append(Case((values,), expected, hint, _others(mistakes, expected)))
    try:
        return first_failure(answer, cases)
    except (OverflowError, ZeroDivisionError):
        return 'Where the mean is 0, no number of pictures is enough: return float("inf") before you divide.'


_COLUMN_0 = "Column 0 is void: class c stands in column 1 + c."


def _others(mistakes: tuple, expected: Any) -> tuple:
    """The mistakes that differ from what is right in this case, so that a right answer is never called one."""
    wanted = np.asarray(expected, float)
    kept = []
    for wrong, sentence in mistakes:
        values = np.asarray(wrong, float)
        if values.shape != wanted.shape or not np.allclose(values, wanted, atol=1e-4, equal_nan=True):
            kept.append((wrong, sentence))
    return tuple(kept)


def _shares(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _quality(shared, *, strict=True, void=True, excuse=True, least=None, half=0.5) -> tuple:
    true, predicted = shared.sum(1)[1:], shared.sum(0)[1:]
    on_void, inner = shared[0, 1:], shared[1:, 1:]
    union = true[:, None] + predicted - inner - (on_void if void else 0)
    iou = inner / np.maximum(union, 1)
    pair = iou > 0.5 if strict else iou >= 0.5
    excused = 2 * on_void > predicted if least is None else (on_void > 0) & (on_void >= least * predicted)
    false = ~pair.any(0) & ~(excused & excuse)
    tp, fp, fn = int(pair.sum()), int(false.sum()), int((~pair.any(1)).sum())
    if tp + fp + fn == 0:
        return (float("nan"),) * 3
    weight = tp + half * fp + half * fn
    sq = float(iou[pair].sum() / tp) if tp else 0.0
    pq = float(iou[pair].sum() / weight)
    return pq, sq, tp / weight


def _without_silence(shared: np.ndarray) -> np.ndarray:
    """As if nothing true lay under void of the prediction."""
    heard = shared.copy()
    heard[1:, 0] = 0
    return heard


def _with_nan(values: tuple) -> tuple:
    """What 0 / 0 gives where nothing matches."""
    return values if values[1] else (float("nan"), float("nan"), values[2])


def _average_precision(
    scores, right, objects, *, order=-1, reverse_ties=False, smooth=True, recalls=_RECALLS, reached_only=False,
    found_only=False, unstable=False, reach="",
) -> float:  # fmt: skip
    ranks = np.argsort(order * scores, kind=None if unstable else "stable") if order else np.arange(len(scores))
    if reverse_ties:
        ranks = np.argsort(scores, kind="stable")[::-1]
    found = right[ranks].cumsum()
    precision = found / np.arange(1, len(found) + 1)
    recall = found / (max(int(right.sum()), 1) if found_only else objects)
    readings = []
    for r in recalls:
        beyond = precision[{"beyond": recall > r, "up to": recall <= r}.get(reach, recall >= r)]
        if len(beyond):
            readings.append(float(beyond.max() if smooth else beyond[0]))
        elif not reached_only:
            readings.append(0.0)
    return float(np.mean(readings)) if readings else 0.0


def _mean_at_hits(scores, right, objects) -> float:
    ranked = right[np.argsort(-scores, kind="stable")]
    precision = ranked.cumsum() / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].sum() / objects)


def _wrong_interval(ends: np.ndarray, a: np.ndarray, b: np.ndarray) -> str | None:
    """A sentence, or None where the interval is as wide and lies as the bootstrap's must, up to its own luck."""
    gaps = a - b
    width = 2 * 1.96 * gaps.std() / np.sqrt(len(gaps))
    unpaired = 2 * 1.96 * np.sqrt((a.var() + b.var()) / len(gaps))
    low, high = ends
    if low > high:
        return "The first number is the lower end of the interval."
    ratio = (high - low) / width
    if abs((high - low) / unpaired - 1) < 0.15:
        return "Too wide: draw a *picture*, with the scores of both networks, not scores of a and of b apart."
    if ratio > 4:
        return "That is how the pictures spread; the interval of their *mean* is asked for: take the mean of each draw."
    if high < gaps.mean() - 0.15 * width and high - low < 0.5 * width:
        return "np.percentile counts from 0 to 100: 2.5 and 97.5. (np.quantile counts from 0 to 1.)"
    if abs(low + high - 2 * gaps.mean()) > 0.4 * width:
        if abs(low + high + 2 * gaps.mean()) < 0.4 * width:
            return "The difference is a - b."
        return "The interval should lie around the mean of a - b: resample pictures, and take the mean of each draw."
    if 0.93 < ratio < 1.1:
        return None
    if 0.75 < ratio <= 0.93:
        return "Too narrow: 95 % leaves 2.5 % on each side, the percentiles 2.5 and 97.5, not 5 and 95."
    if 0.05 < ratio < 0.4:
        return "Far too narrow: average over the n pictures of a draw, not over the draws: (2000, n) -> .mean(1)."
    if ratio <= 0.75:
        return "Too narrow: draw as many pictures as there are, with repetition; without, each draw has the same mean."
    return "Too wide: the middle 95 % lies between the percentiles 2.5 and 97.5, with n pictures in each draw."


def _needed(mean: float, spread: float, *, z: float = 1.96, power: int = 2, more: int = 1, least: int = 2) -> float:
    return float("inf") if mean == 0 else max(least, int(np.floor(abs(z * spread / mean) ** power)) + more)


CHECKS = {
    "10.1": class_ious_from,
    "10.2": panoptic_quality_of,
    "10.3": average_precision_of,
    "10.4": largest_shift,
    "10.5": paired_interval,
    "10.6": pictures_needed,
}

"""The checks of lesson 10: the right answer passes, and each known slip gets the sentence that names it."""

import math

import numpy as np
from slips import three_tests

from segtutor.exercises import check
from segtutor.exercises.lesson10 import CHECKS


def class_ious(counts, *, over=None, absent=math.nan, void=True, column=1, mean=False, present=False):
    said = counts[:, column : column + len(counts)]
    right, true, predicted = np.diagonal(said), counts.sum(1) if void else said.sum(1), said.sum(0)
    part, whole = {
        "row": (right, true),
        "column": (right, predicted),
        "both": (right, true + predicted),
        "dice": (2 * right, true + predicted),
        None: (right, true + predicted - right),
    }[over]
    ious = [p / w if w > 0 else absent for p, w in zip(part, whole, strict=True)]
    ious = [iou for iou in ious if not math.isnan(iou)] if present else ious
    return np.nanmean(ious) if mean else ious


def quality(shared, *, pair=lambda iou: iou > 0.5, void=1, excused=lambda v, a: 2 * v > a, half=0.5, order=(0, 1, 2),
            none=math.nan, no_pair=0.0, silence=True):  # fmt: skip
    shared = shared.copy()
    shared[1:, 0] *= silence
    true, predicted = shared.sum(1)[1:], shared.sum(0)[1:]
    on_void, inner = shared[0, 1:], shared[1:, 1:]
    pairs = {
        (t, p): inner[t, p] / (true[t] + predicted[p] - void * on_void[p] - inner[t, p])
        for t in range(len(true))
        for p in range(len(predicted))
        if inner[t, p]
    }
    pairs = {key: iou for key, iou in pairs.items() if pair(iou)}
    tp, fn = len(pairs), len(true) - len({t for t, _ in pairs})
    used = {p for _, p in pairs}
    fp = sum(p not in used and not excused(on_void[p], predicted[p]) for p in range(len(predicted)))
    if not tp + fp + fn:
        return (none,) * 3
    sq, rq = (sum(pairs.values()) / tp if tp else no_pair), tp / (tp + half * fp + half * fn)
    return tuple((sq * rq, sq, rq)[i] for i in order)


def average_precision(scores, right, objects, *, sort=lambda s: np.argsort(-s, kind="stable"), smooth=True, count=101,
                      rest=True, known=False, hits=False, reach=lambda q, r: q >= r, end=1, none=0.0):  # fmt: skip
    if not len(scores):
        return none
    right = right[sort(scores)]
    found = right.cumsum()
    precision, recall = found / np.arange(1, len(right) + 1), found / (max(1, right.sum()) if known else objects)
    if hits:
        return precision[right].sum() / objects
    readings = []
    for r in np.linspace(0, end, count):
        beyond = [float(p) for p, q in zip(precision, recall, strict=True) if reach(q, r)]
        if beyond or rest:
            readings.append((max(beyond) if smooth else beyond[0]) if beyond else 0.0)
    return float(np.mean(readings)) if readings else 0.0


def shift(n, *, rule=lambda n: max(d for d in range(n) if (n - d) / (n + d) > 0.5)):
    return rule(n)


def draws(rng, n, size, replace, first=0, last=0):
    if replace:
        return rng.integers(first, n - last, (2000, size))
    return rng.permuted(np.tile(np.arange(n), (2000, 1)), axis=1)


def interval(a, b, rng, *, ends=(2.5, 97.5), pair=True, each=True, replace=True, sign=1, share=1.0, only=False,
             first=0, last=0, axis=1, formula=False):  # fmt: skip
    if formula:
        half = 1.96 * (a - b).std() / np.sqrt(len(a))
        return (a - b).mean() - half, (a - b).mean() + half
    if not each:
        return np.percentile(sign * (a - b), ends)
    n = len(a)
    one, other = (draws(rng, n, round(share * n), replace, first, last) for _ in range(2))
    means = a[one].mean(1) if only else a[one].mean(axis) - b[one if pair else other].mean(axis)
    return tuple(np.percentile(sign * means, ends))


def pictures(gaps, *, z=1.96, ddof=1, power=2, root=1, more=1, least=2, whole=True, positive=False, zero=True):
    mean, spread = float(gaps.mean()), float(gaps.std(ddof=ddof)) ** root
    if (mean == 0 and zero) or (positive and mean <= 0):
        return math.inf
    needed = abs(z * spread / mean) ** power
    return max(least, math.floor(needed) + more) if whole else needed


RIGHT = {
    "10.1": class_ious,
    "10.2": quality,
    "10.3": average_precision,
    "10.4": shift,
    "10.5": interval,
    "10.6": pictures,
}
SLIPS = [
    ("10.1", {"void": False}, "Void in the answer is missed"),
    ("10.1", {"over": "row"}, "That is recall"),
    ("10.1", {"over": "column"}, "That is precision"),
    ("10.1", {"over": "both"}, "take it out once"),
    ("10.1", {"over": "dice"}, "That is dice"),
    ("10.1", {"absent": 0.0}, "NaN, not 0"),
    ("10.1", {"absent": 1.0}, "NaN, not 1"),
    ("10.1", {"column": 0}, "Column 0 is void"),
    ("10.1", {"mean": True}, "not their mean"),
    ("10.1", {"present": True}, "where a class is nowhere, it is NaN"),
    ("10.2", {"excused": lambda on_void, area: on_void > 0}, "not what touches it"),
    ("10.2", {"silence": False}, "silence is a miss"),
    ("10.2", {"pair": lambda iou: iou >= 0.5}, "exactly one half is none"),
    ("10.2", {"void": 0}, "in the union"),
    ("10.2", {"excused": lambda on_void, area: False}, "is excused: no FP"),
    ("10.2", {"excused": lambda on_void, area: 2 * on_void >= area}, "exactly half is false"),
    ("10.2", {"half": 1.0}, "one half each"),
    ("10.2", {"order": (2, 1, 0)}, "The order is PQ, SQ, RQ"),
    ("10.2", {"order": (0, 2, 1)}, "SQ is the mean IoU of the pairs"),
    ("10.2", {"none": 0.0}, "all three are NaN"),
    ("10.2", {"no_pair": math.nan}, "SQ is 0 where nothing matches"),
    ("10.3", {"sort": lambda s: np.argsort(s, kind="stable")}, "Begin with the highest"),
    ("10.3", {"sort": lambda s: np.arange(len(s))}, "sort it by falling score"),
    ("10.3", {"sort": lambda s: np.argsort(s, kind="stable")[::-1]}, "keep their order"),
    ("10.3", {"smooth": False}, "there or beyond"),
    ("10.3", {"count": 11}, "not 11"),
    ("10.3", {"count": 100}, "are 101 recalls"),
    ("10.3", {"rest": False}, "never reached counts 0"),
    ("10.3", {"known": True}, "*all* objects"),
    ("10.3", {"hits": True}, "not over the masks that are right"),
    ("10.3", {"sort": lambda s: np.argsort(-s)}, "stable sort"),
    ("10.3", {"reach": lambda q, r: q > r}, "just reached"),
    ("10.3", {"reach": lambda q, r: q <= r}, "not up to there"),
    ("10.3", {"count": 100, "end": 0.99}, "recalls, with 1"),
    ("10.3", {"none": math.nan}, "no masks"),
    ("10.4", {"rule": lambda n: (n - 1) / 3}, "round (n - 1) / 3 down"),
    ("10.4", {"rule": lambda n: n // 3}, "exactly one half"),
    ("10.4", {"rule": lambda n: n / 3}, "A whole number"),
    ("10.4", {"rule": lambda n: n // 2}, "the union is larger"),
    ("10.4", {"rule": lambda n: (n - 1) // 2}, "the union is larger"),
    ("10.4", {"rule": lambda n: n - 1}, "touch at all"),
    ("10.5", {"pair": False}, "draw a *picture*"),
    ("10.5", {"each": False}, "interval of their *mean*"),
    ("10.5", {"ends": (5, 95)}, "not 5 and 95"),
    ("10.5", {"ends": (97.5, 2.5)}, "lower end"),
    ("10.5", {"sign": -1}, "a - b"),
    ("10.5", {"replace": False}, "with repetition"),
    ("10.5", {"share": 0.6}, "n pictures in each draw"),
    ("10.5", {"only": True}, "around the mean"),
    ("10.5", {"ends": (2.5, 50, 97.5)}, "two numbers"),
    ("10.5", {"formula": True}, "draw pictures, with `rng`"),
    ("10.5", {"last": 1}, "never drawn"),
    ("10.5", {"first": 1}, "never drawn"),
    ("10.5", {"axis": 0}, ".mean(1)"),
    ("10.5", {"ends": (0.025, 0.975)}, "from 0 to 100"),
    ("10.6", {"z": 2.0}, "2 is rounded"),
    ("10.6", {"whole": False}, "next larger number"),
    ("10.6", {"positive": True}, "|mean|"),
    ("10.6", {"least": 1}, "At least 2"),
    ("10.6", {"zero": False}, "before you divide"),
    ("10.6", {"ddof": 0}, "with n - 1"),
    ("10.6", {"root": 0.5}, "s is squared"),
    ("10.6", {"z": 1.0}, "68 %"),
    ("10.6", {"z": 1.645}, "1.645 is for 90 %"),
    ("10.6", {"more": 0}, "take one more"),
    ("10.6", {"power": 1}, "so square the quotient"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


def test_right_intervals_pass_whatever_their_luck():
    for extra in range(5):

        def luck(a, b, rng, extra=extra):
            rng.random(extra)
            return interval(a, b, rng)

        assert check("10.5", luck).solved

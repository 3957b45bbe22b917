"""The checks of lesson 08: the right answer passes, and each known slip gets the sentence that names it."""

import math

import numpy as np
import pytest
from scipy.stats import t
from slips import three_tests

from segtutor.exercises import check
from segtutor.exercises.lesson08 import CHECKS


def merged(areas, *, strict=True, missed=0.5, extra=0, iou=True, first=False):
    most = areas[0] if first else max(areas)
    share = most / sum(areas)
    if share < 0.5 or (strict and share == 0.5):
        return 0.0
    return (share if iou else 1) / (1 + missed * (len(areas) - 1) + extra)


def said(classes, queries, height, width, *, empty=1, mask=True, pixel=0, product=False, flip=False):
    places = height * width
    words = queries * (classes + empty) if empty is not None else 0
    masks = words * places if product else queries * places * mask + words
    answer = ((classes + pixel) * places, masks)
    return answer[::-1] if flip else answer


def minutes(
    wanted, shares, scores, whole, *, unit=True, last=False, line=True, origin=False, beyond=False, interp=None
):
    if interp is not None:
        return float(np.interp(wanted, interp(scores), shares)) * whole if max(scores) >= wanted else None
    shares, scores = ([0, *shares], [0, *scores]) if origin else (shares, scores)
    reached = [i for i, s in enumerate(scores) if s >= wanted and (not i or scores[i - 1] < wanted)]
    if not reached:
        return whole if beyond else None
    i = reached[-1 if last else 0]
    share = shares[i]
    if i and line:
        share -= (scores[i] - wanted) / (scores[i] - scores[i - 1]) * (shares[i] - shares[i - 1])
    return share * (whole if unit else 1)


def paired(a, b, *, factor=None, ddof=1, root=True, apart=False, sign=1, middle=False):
    a, b = sign * np.array(a), sign * np.array(b)
    gaps, n = a - b, len(a)
    scatter = math.sqrt(a.var(ddof=1) + b.var(ddof=1)) if apart else gaps.std(ddof=ddof)
    half = (factor(n) if factor else t.ppf(0.975, n - 1)) * scatter / (math.sqrt(n) if root else 1)
    mean, low, high = gaps.mean(), gaps.mean() - half, gaps.mean() + half
    return (low, mean, high) if middle else (mean, low, high)


def pairs(rows, column, *, backbone=True, other=False, sign=1, swap=False, any_side=False):
    found = []
    for pixel in rows:
        for mask in rows:
            one, two = (row[column] or (other and (row["ss"] or row["ms"])) for row in (pixel, mask))
            sides = any_side or (pixel["paradigm"], mask["paradigm"]) == ("pixel", "mask")
            fair = pixel is not mask and (not backbone or pixel["backbone"] == mask["backbone"])
            if sides and fair and one and two:
                found.append((pixel["method"], mask["method"], sign * (two - one)))
    return sorted(found, key=lambda row: row[1]) if swap else found


RIGHT = {"08.1": merged, "08.2": said, "08.3": minutes, "08.4": paired, "08.5": pairs}
SLIPS = [
    ("08.1", {"strict": False}, "*more* than 1/2"),
    ("08.1", {"missed": 0}, "The other things are missed"),
    ("08.1", {"missed": 1}, "one half below the line, not one"),
    ("08.1", {"extra": 0.5}, "no false positive"),
    ("08.1", {"iou": False}, "not 1"),
    ("08.1", {"first": True}, "wherever it stands"),
    ("08.2", {"flip": True}, "The order is"),
    ("08.2", {"empty": 0}, "no object"),
    ("08.2", {"empty": None}, "also says its class"),
    ("08.2", {"mask": False}, "also draws a mask"),
    ("08.2", {"pixel": 1}, "A pixel has no"),
    ("08.2", {"product": True}, "not a product"),
    ("08.3", {"unit": False}, "Minutes are asked for"),
    ("08.3", {"last": True}, "The *first* time"),
    ("08.3", {"line": False}, "straight line"),
    ("08.3", {"origin": True}, "before the first point"),
    ("08.3", {"beyond": True}, "return None"),
    ("08.3", {"interp": list}, "np.interp wants scores that only rise"),
    ("08.3", {"interp": sorted}, "lose their order"),
    ("08.4", {"factor": lambda n: 1.96}, "many seeds"),
    ("08.4", {"factor": lambda n: t.ppf(0.975, n)}, "n - 1 degrees"),
    ("08.4", {"factor": lambda n: t.ppf(0.95, n - 1)}, "on each side"),
    ("08.4", {"ddof": 0}, "divides by n - 1"),
    ("08.4", {"root": False}, "root of n"),
    ("08.4", {"apart": True}, "seed by seed"),
    ("08.4", {"apart": True, "factor": lambda n: t.ppf(0.975, 2 * n - 2)}, "seed by seed"),
    ("08.4", {"sign": -1}, "a - b"),
    ("08.4", {"middle": True}, "The order is"),
    ("08.5", {"backbone": False}, "same backbone"),
    ("08.5", {"other": True}, "another column"),
    ("08.5", {"sign": -1}, "mask minus pixel"),
    ("08.5", {"swap": True}, "pixels first"),
    ("08.5", {"any_side": True}, "a pixel row and a mask row"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


def test_the_measurement_before_the_right_one_is_too_early():
    def before(wanted, shares, scores, whole):
        first = next(i for i, score in enumerate(scores) if score >= wanted)
        return shares[max(first - 1, 0)] * whole

    assert "not good enough yet" in check("08.3", before).message


@pytest.mark.parametrize("areas", [(6,), (9, 3), (6, 6), (12, 3, 3), (5, 4, 3)])
def test_the_formula_is_what_the_package_measures(areas):
    """Exercise 08.1 against panoptic quality of the regions of a true class map."""
    from segtutor.experiments.claims.touching import components
    from segtutor.metrics import panoptic_quality
    from segtutor.segments import Segmentation

    kinds = [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}]
    ids = np.repeat(np.arange(1, len(areas) + 2), [*areas, 4])[None]  # things side by side, then grass
    truth = Segmentation.from_ids(ids, {**{i + 1: 1 for i in range(len(areas))}, len(areas) + 1: 2}, kinds)
    measured = panoptic_quality([(components(truth), truth)], truth.categories).things.pq
    assert merged(areas) == pytest.approx(measured)


def test_the_interval_is_the_packages():
    from segtutor.experiments.statistics import Effect

    a, b = [44.0, 46.0, 41.0], [40.0, 44.5, 39.0]
    effect = Effect("made up", tuple(np.subtract(a, b)))
    assert paired(a, b) == pytest.approx((effect.mean, *effect.interval))

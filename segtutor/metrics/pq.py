"""Panoptic quality, counted exactly as the official panopticapi does. numpy only.

    PQ = (sum of IoU over matched pairs) / (TP + FP / 2 + FN / 2) = SQ x RQ
    SQ = mean IoU of matched pairs,  RQ = TP / (TP + FP / 2 + FN / 2)
    (Kirillov et al., "Panoptic Segmentation", arXiv:1801.00868, sec. 4)

Taught in notebooks/10_what_does_the_score_mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.metrics.matching import match_segments
from segtutor.metrics.pairs import in_pairs
from segtutor.segments import Categories, Segmentation


@dataclass(frozen=True)
class Quality:
    """pq, sq, rq: 0..1, NaN where nothing was to be counted; sq is 0 where nothing matched. tp, fp, fn: segments.

    n: the classes that were counted (those with tp + fp + fn > 0); of one class, 1 or 0. For several classes pq, sq
    and rq are each the mean over these classes, so pq is there not sq * rq; tp, fp and fn are sums.
    """

    pq: float
    sq: float
    rq: float
    tp: int
    fp: int
    fn: int
    n: int


@dataclass(frozen=True)
class PanopticQuality:
    """all, things, stuff: means over the classes that occur. per_class: {category id: Quality}."""

    all: Quality
    things: Quality
    stuff: Quality
    per_class: dict[int, Quality]


class PanopticCounts:
    """The streaming form of `panoptic_quality`: `update` with pairs, `merge` what others counted, `compute`.

    tp, fp, fn: (K,) int64; iou: (K,) float64, the sum over matched pairs. Those of several processes may be added.
    """

    def __init__(self, categories: Any):
        self.categories = Categories.from_coco(categories)
        self.tp, self.fp, self.fn = (np.zeros(len(self.categories), np.int64) for _ in range(3))
        self.iou = np.zeros(len(self.categories))

    def update(self, prediction: Segmentation, truth: Segmentation) -> None:
        """Count one pair. Raises UserError: no Segmentation, sizes differ, an unknown category."""
        found = match_segments(prediction, truth)
        index, size = self.categories.index, len(self.categories)
        predicted_class = np.array([index(segment.category_id) for segment in found.predicted], np.intp)
        true_class = np.array([index(segment.category_id) for segment in found.true], np.intp)
        matched_class = true_class[found.pairs[:, 0]]
        self.tp += np.bincount(matched_class, minlength=size)
        self.fp += np.bincount(predicted_class[found.is_false], minlength=size)
        self.fn += np.bincount(true_class[found.is_missed], minlength=size)
        np.add.at(self.iou, matched_class, found.ious)  # one by one, in panopticapi's order: equal to the last digit

    def merge(self, other: PanopticCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories:
            raise UserError("got counts of other categories, expected the same list: count with one list everywhere")
        for name in ("tp", "fp", "fn", "iou"):
            getattr(self, name).__iadd__(getattr(other, name))

    def compute(self) -> PanopticQuality:
        """The quality of each class and the means over all, thing and stuff classes that occur."""
        qualities = [self._quality(position) for position in range(len(self.categories))]
        things = [category.isthing for category in self.categories]
        return PanopticQuality(
            all=_mean(qualities),
            things=_mean([quality for quality, thing in zip(qualities, things, strict=True) if thing]),
            stuff=_mean([quality for quality, thing in zip(qualities, things, strict=True) if not thing]),
            per_class={c.id: quality for c, quality in zip(self.categories, qualities, strict=True)},
        )

    def _quality(self, position: int) -> Quality:
        tp, fp, fn = (int(counts[position]) for counts in (self.tp, self.fp, self.fn))
        if tp + fp + fn == 0:
            return Quality(math.nan, math.nan, math.nan, 0, 0, 0, 0)
        iou = float(self.iou[position])
        weight = tp + 0.5 * fp + 0.5 * fn
        return Quality(iou / weight, iou / tp if tp else 0.0, tp / weight, tp, fp, fn, 1)


def panoptic_quality(pairs: Iterable[tuple[Segmentation, Segmentation]], categories: Any) -> PanopticQuality:
    """Panoptic quality of a data set; equal to panopticapi's to the last digit.

    pairs: (prediction, truth). categories: the list both refer to, by category id. Rules, beside the equation above:
    segments match where they have one class and IoU > 0.5; void in the truth is taken out of the prediction, void in
    the prediction is not taken out of the truth; crowd segments of the truth are neither matched nor missed; a
    prediction that lies by more than half on void and crowd of its class is no false positive.
    Classes that occur in neither truth nor prediction are NaN and left out of the means.

    >>> grass = [{"id": 1, "name": "grass", "isthing": 0}]
    >>> truth = Segmentation.from_ids([[1, 1, 1, 1]], {1: 1}, grass)
    >>> prediction = Segmentation.from_ids([[1, 1, 1, 0]], {1: 1}, grass)
    >>> panoptic_quality([(prediction, truth)], grass).all.pq
    0.75
    """
    counts = PanopticCounts(categories)
    for prediction, truth in in_pairs(pairs):
        counts.update(prediction, truth)
    return counts.compute()


def _mean(qualities: list[Quality]) -> Quality:
    present = [quality for quality in qualities if quality.n]
    pq, sq, rq = (
        sum(getattr(quality, name) for quality in present) / len(present) if present else math.nan
        for name in ("pq", "sq", "rq")
    )
    tp, fp, fn = (sum(getattr(quality, name) for quality in present) for name in ("tp", "fp", "fn"))
    return Quality(pq, sq, rq, tp, fp, fn, len(present))

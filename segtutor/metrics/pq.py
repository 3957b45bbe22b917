"""Panoptic quality, counted exactly as the official panopticapi does. numpy only.

    PQ = (sum of IoU over matched pairs) / (TP + FP / 2 + FN / 2) = SQ x RQ
    SQ = mean IoU of matched pairs,  RQ = TP / (TP + FP / 2 + FN / 2)
    (Kirillov et al., "Panoptic Segmentation", arXiv:1801.00868, sec. 4)

Taught in notebooks/10_what_does_the_score_mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.metrics.matching import SegmentMatches, match_segments
from segtutor.metrics.pairs import Counted, in_pairs
from segtutor.segments import Segmentation


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
    """all, things, stuff: means over the classes that occur. per_class: {category id: Quality}.

    judged: 0..1, the share of the pixels whose truth is neither void nor crowd. Where little is labelled, little of
    what is predicted can be wrong.
    """

    all: Quality
    things: Quality
    stuff: Quality
    per_class: dict[int, Quality]
    judged: float = field(default=math.nan, compare=False)

    def to_dict(self) -> dict[str, dict[str, float | int | None]]:
        """{"all", "things", "stuff"} -> {"pq", "sq", "rq", "tp", "fp", "fn"} as JSON has it: NaN is None."""
        table = {}
        for name in ("all", "things", "stuff"):
            part = getattr(self, name)
            numbers = {key: float(getattr(part, key)) for key in ("pq", "sq", "rq")}
            table[name] = {key: None if math.isnan(value) else value for key, value in numbers.items()}
            table[name] |= {key: int(getattr(part, key)) for key in ("tp", "fp", "fn")}
        return table


class PanopticCounts:
    """The streaming form of `panoptic_quality`: `update` with pairs, `merge` what others counted, `compute`.

    `PanopticCounts.from_coco(annotations, results)` counts COCO's json and PNG files.
    tp, fp, fn: (K,) int64; iou: (K,) float64, the sum over matched pairs; pixels: (2,) int64, those of the truth that
    are neither void nor crowd, and all. Those of several processes may be added.
    boundary: as `boundary_panoptic_quality`'s share; None counts panoptic quality.
    """

    def __init__(self, categories: Any, boundary: float | None = None):
        if boundary is not None and not 0 < boundary < 1:
            raise UserError(f"boundary must be a share of the diagonal, 0 to 1, got {boundary!r}: the papers use 0.02")
        self.boundary = boundary
        self._counted = Counted(categories)
        self.categories = self._counted.categories
        self.tp, self.fp, self.fn = (np.zeros(len(self.categories), np.int64) for _ in range(3))
        self.iou = np.zeros(len(self.categories))
        self.pixels = np.zeros(2, np.int64)

    @classmethod
    def from_coco(
        cls, annotations: Any, results: Any, *, panoptic: Any = None, results_panoptic: Any = None
    ) -> PanopticCounts:
        """Count COCO's panoptic files, as `panoptic_quality_from_coco` reads them."""
        from segtutor.metrics.coco_png import count

        return count(annotations, results, panoptic, results_panoptic)

    def update(self, prediction: Segmentation, truth: Segmentation) -> None:
        """Count one pair. Raises UserError: no Segmentation, sizes differ, categories that do not correspond."""
        self.add(match_segments(prediction, truth, self._counted, self.boundary))

    def add(self, found: SegmentMatches) -> None:
        """Count one pair whose segments have been matched, with these categories."""
        size = len(self.categories)
        matched_class = found.true_class[found.pairs[:, 0]]
        self.tp += np.bincount(matched_class, minlength=size)
        self.fp += np.bincount(found.predicted_class[found.is_false], minlength=size)
        self.fn += np.bincount(found.true_class[found.is_missed], minlength=size)
        crowds = [row for row, segment in enumerate(found.true, 1) if segment.iscrowd]
        self.pixels += found.shared.sum() - found.shared[[0, *crowds]].sum(), found.shared.sum()
        np.add.at(self.iou, matched_class, found.ious)  # one by one, in panopticapi's order: equal to the last digit

    def merge(self, other: PanopticCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories:
            raise UserError("merged counts must have the same categories: count with one list everywhere")
        if self.boundary != other.boundary:
            raise UserError(
                f"merged counts must have one boundary, got {self.boundary} and {other.boundary}: count with one "
                "everywhere"
            )
        for name in ("tp", "fp", "fn", "iou", "pixels"):
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
            judged=int(self.pixels[0]) / int(self.pixels[1]) if self.pixels[1] else math.nan,
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

    pairs: (prediction, truth). categories: the list that is counted; those of both sides are found in it by name
    (`Categories.match`). Rules, beside the equation above:
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


def panoptic_quality_from_coco(
    annotations: Any, results: Any, *, panoptic: Any = None, results_panoptic: Any = None
) -> PanopticQuality:
    """Panoptic quality from COCO's panoptic files: two json files, and a folder of PNGs beside each.

    annotations: the path of the truth's json (images, annotations with segments_info, categories). results: the path of
    the prediction's json, whose annotations have the same form. panoptic, results_panoptic: their folders of PNGs, by
    default the json's name without its ending. Pictures are matched by image_id, and each one of the truth needs a
    result. Ids in the PNG are R + 256 G + 65536 B, 0 is void.
    Raises UserError: files of another form, a picture without a result, a map whose ids are not those of the list,
    sizes that differ.
    """
    return PanopticCounts.from_coco(
        annotations, results, panoptic=panoptic, results_panoptic=results_panoptic
    ).compute()


def boundary_panoptic_quality(
    pairs: Iterable[tuple[Segmentation, Segmentation]], categories: Any, *, share: float = 0.02
) -> PanopticQuality:
    """Boundary PQ: panoptic quality with the lesser of IoU and Boundary IoU instead of IoU.

    Segments match where both exceed 0.5, and SQ is the mean of the lesser. So a contour counts as much for a large
    segment as for a small one, which PQ hardly notices (Cheng et al., arXiv:2103.16562). Everything else,
    crowds and void too, as `panoptic_quality`. share: the width of the band over the picture's diagonal.

    >>> grass = [{"id": 1, "name": "grass", "isthing": 0}]
    >>> truth = Segmentation.from_ids(np.ones((10, 10), int), {1: 1}, grass)
    >>> prediction = Segmentation.from_ids(np.pad(np.ones((10, 9), int), ((0, 0), (0, 1))), {1: 1}, grass)
    >>> boundary_panoptic_quality([(prediction, truth)], grass).all.pq       # 26 of the 44 pixels in either band
    0.5909090909090909
    """
    counts = PanopticCounts(categories, share)
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

"""Mask average precision, counted exactly as COCO's own evaluator does. numpy only.

An instance model gives masks with scores. Sort them by score; each may claim the true object that it overlaps most,
if their IoU reaches a threshold and nobody with a higher score has claimed it. Down the list

    precision = right so far / said so far        recall = right so far / true objects

AP is the mean, over 101 recalls 0, 0.01, ..., 1, of the best precision that is reached at that recall or beyond; then
the mean over the IoU thresholds 0.5, 0.55, ..., 0.95, and over the classes that occur.
(Lin et al., "Microsoft COCO", arXiv:1405.0312; the rules below are those of its evaluation code, pycocotools.)

Crowd regions of the truth are neither found nor missed: a mask that lies in one (intersection over the *mask's* area)
counts as nothing, and so for objects outside the range of areas that is asked for. At most 100 masks a picture and
class count. Void pixels are no matter here: AP knows objects only.

Taught in notebooks/10_what_does_the_score_mean; what instances are, in notebooks/01_three_answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.metrics.pairs import in_pairs
from segtutor.segments import Categories, Segmentation

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
# COCO's ranges of areas, in pixels of the picture as it is: small below 32 x 32, large above 96 x 96.
AREAS = {"all": (0, 1e10), "small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e10)}
MOST_MASKS = 100


@dataclass(frozen=True)
class MaskAP:
    """ap: mean over IoU 0.5 to 0.95 and classes; ap50, ap75: at one IoU; small, medium, large: by the object's area.

    per_class: {category id: ap}. All 0..1, NaN where no true object is there to be found.
    """

    ap: float
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float
    per_class: dict[int, float]


class InstanceCounts:
    """The streaming form of `mask_ap`: `update` with pairs, `merge` what others counted, `compute`."""

    def __init__(self, categories: Any):
        self.categories = Categories.from_coco(categories)
        # For each class: scores (D,), and for each range of areas and threshold whether right, whether ignored.
        self.seen: list[list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = [[] for _ in self.categories]
        self.objects = np.zeros((len(self.categories), len(AREAS)), np.int64)  # true objects that can be found

    def update(self, prediction: Instances, truth: Instances | Segmentation) -> None:
        """Count one picture. Of a Segmentation the things count, crowds as crowds.

        Raises UserError: other types, sizes differ, an unknown category.
        """
        if not isinstance(prediction, Instances) or not isinstance(truth, Instances | Segmentation):
            raise UserError(
                f"got a pair of {type(prediction).__name__} and {type(truth).__name__}, expected Instances and the "
                "truth as Instances or Segmentation: predict with task='instance'"
            )
        size = truth.segment_ids.shape if isinstance(truth, Segmentation) else truth.masks.shape[1:]
        if prediction.masks.shape[1:] != size:
            raise UserError(
                f"got a prediction of size {prediction.masks.shape[1:]} for a truth of size {size}, expected equal "
                "sizes: predict at the size of the truth"
            )
        true_bits, true_class, crowd, true_area = self._objects(truth)
        order = np.argsort(-prediction.scores, kind="stable")
        predicted_class = self._positions(prediction)
        for position in np.union1d(predicted_class, true_class):
            mine = order[predicted_class[order] == position][:MOST_MASKS]
            theirs = np.flatnonzero(true_class == position)
            bits = _packed(prediction.masks[mine])
            area = _ones(bits)
            shared = _ones(bits[:, None] & true_bits[theirs][None])  # (D, N) pixels
            union = area[:, None] + true_area[theirs] - shared
            union = np.where(crowd[theirs], area[:, None], union)
            iou = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
            right, ignored = [], []
            for column, (low, high) in enumerate(AREAS.values()):
                passed_over = crowd[theirs] | (true_area[theirs] < low) | (true_area[theirs] > high)
                self.objects[position, column] += int((~passed_over).sum())
                matched, matched_ignored = claim(iou, crowd[theirs], passed_over)
                outside = (area < low) | (area > high)
                right.append(matched & ~matched_ignored)
                ignored.append(matched_ignored | (~matched & outside))
            self.seen[position].append((prediction.scores[mine], np.stack(right), np.stack(ignored)))

    def merge(self, other: InstanceCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories:
            raise UserError("got counts of other categories, expected the same list: count with one list everywhere")
        self.objects += other.objects
        for mine, theirs in zip(self.seen, other.seen, strict=True):
            mine.extend(theirs)

    def compute(self) -> MaskAP:
        """The means; a class without a true object in a range of areas counts nowhere in it."""
        table = np.full((len(self.categories), len(AREAS), len(IOU_THRESHOLDS)), np.nan)
        for position, parts in enumerate(self.seen):
            if not parts:
                continue
            order = np.argsort(-np.concatenate([scores for scores, _, _ in parts]), kind="stable")
            right = np.concatenate([r for _, r, _ in parts], axis=-1)[..., order]  # (areas, thresholds, D)
            ignored = np.concatenate([i for _, _, i in parts], axis=-1)[..., order]
            for column, objects in enumerate(self.objects[position]):
                if objects:
                    for row in range(len(IOU_THRESHOLDS)):
                        table[position, column, row] = average_precision(
                            right[column, row][~ignored[column, row]], int(objects)
                        )
        per_class = {c.id: _mean(table[i, 0]) for i, c in enumerate(self.categories)}
        small, medium, large = (_mean(table[:, column]) for column in (1, 2, 3))
        return MaskAP(_mean(table[:, 0]), _mean(table[:, 0, 0]), _mean(table[:, 0, 5]), small, medium, large, per_class)

    def _objects(self, truth: Instances | Segmentation) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The true objects: packed masks (N, bytes), classes, crowd, areas."""
        if isinstance(truth, Segmentation):
            things = [s for s in truth.segments if self.categories[self.categories.index(s.category_id)].isthing]
            classes = np.array([self.categories.index(s.category_id) for s in things], np.int64)
            crowd = np.array([s.iscrowd for s in things], bool)
            masks = truth.segment_ids[None] == np.array([s.id for s in things], np.int32)[:, None, None]
        else:
            classes, crowd, masks = self._positions(truth), truth.iscrowd, truth.masks
        bits = _packed(masks)
        return bits, classes, crowd, _ones(bits)

    def _positions(self, instances: Instances) -> np.ndarray:
        ids = [category.id for category in instances.categories]
        return np.array([self.categories.index(ids[label]) for label in instances.labels], np.int64)


def mask_ap(pairs: Iterable[tuple[Instances, Instances | Segmentation]], categories: Any) -> MaskAP:
    """Mask AP of a data set, as COCO counts it; equal to pycocotools given the same masks.

    pairs: (prediction, truth). categories: the list that both refer to, by category id.

    >>> cats = [{"id": 1, "name": "cat", "isthing": 1}]
    >>> truth = Segmentation.from_ids([[1, 1, 2, 2]], {1: 1, 2: 1}, cats)
    >>> found = Instances(np.array([[[1, 1, 0, 0]]]), np.array([0]), np.array([0.9]), truth.categories)
    >>> round(mask_ap([(found, truth)], cats).ap, 3)        # one of two, without a mistake: recalls up to 0.5
    0.505
    """
    counts = InstanceCounts(categories)
    for prediction, truth in in_pairs(pairs):
        counts.update(prediction, truth)
    return counts.compute()


def claim(iou: np.ndarray, crowd: np.ndarray, passed_over: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who claims an object: two (thresholds, D) arrays, whether a mask did, and whether that object counts as nothing.

    iou: (D, N), masks in order of falling score. crowd: (N,), may be claimed by many. passed_over: (N,), crowds and
    objects out of the range of areas; a mask takes such a one only where it reaches no other.
    """
    matched = np.zeros((len(IOU_THRESHOLDS), len(iou)), bool)
    ignored = np.zeros_like(matched)
    if not iou.size:
        return matched, ignored
    columns = np.argsort(passed_over, kind="stable")  # what counts first
    iou, crowd, passed_over = iou[:, columns], crowd[columns], passed_over[columns]
    for row, threshold in enumerate(IOU_THRESHOLDS):
        taken = np.zeros(len(crowd), bool)
        for mask in range(len(iou)):
            may = (iou[mask] >= min(threshold, 1 - 1e-10)) & (~taken | crowd)
            wanted = may & ~passed_over if (may & ~passed_over).any() else may
            if not wanted.any():
                continue
            reached = np.where(wanted, iou[mask], -1.0)
            best = len(reached) - 1 - int(reached[::-1].argmax())  # of equals the last, as COCO's code
            taken[best] = matched[row, mask] = True
            ignored[row, mask] = passed_over[best]
    return matched, ignored


def average_precision(right: np.ndarray, objects: int) -> float:
    """The area under precision over recall, at 101 recalls. right: (D,) bool by falling score; objects: how many exist.

    >>> average_precision(np.array([True, True]), 2), average_precision(np.array([], bool), 2)
    (1.0, 0.0)
    """
    found = np.cumsum(right)
    precision = found / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]  # the best that is reached at this recall or beyond
    at = np.searchsorted(found / objects, RECALLS, side="left")
    reached = at < len(right)
    return float(np.where(reached, precision[np.minimum(at, max(len(right) - 1, 0))], 0.0).mean() if len(right) else 0)


def _packed(masks: np.ndarray) -> np.ndarray:
    """(N, H, W) bool -> (N, words) uint64, one bit a pixel: an intersection is then `&` on a 64th of the numbers."""
    bits = np.packbits(masks.reshape(len(masks), math.prod(masks.shape[1:])), axis=1)
    return np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)


if hasattr(np, "bitwise_count"):

    def _ones(words: np.ndarray) -> np.ndarray:
        return np.bitwise_count(words).sum(-1, dtype=np.int64)
else:  # NumPy 1: a table of the 256 bytes
    _TABLE = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)

    def _ones(words: np.ndarray) -> np.ndarray:
        return _TABLE[words.view(np.uint8)].sum(-1, dtype=np.int64)


def _mean(values: np.ndarray) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else math.nan

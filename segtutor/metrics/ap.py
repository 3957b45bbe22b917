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
from segtutor.metrics.claims import IOU_THRESHOLDS as IOU_THRESHOLDS
from segtutor.metrics.claims import claim as claim
from segtutor.metrics.pairs import Counted, in_pairs
from segtutor.segments import Segmentation

RECALLS = np.linspace(0.0, 1.0, 101)
# COCO's ranges of areas, in pixels of the picture as it is: small below 32 x 32, large above 96 x 96.
AREAS = {"all": (0, 1e10), "small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e10)}
AREA_LIMITS = np.array(list(AREAS.values())).T[:, :, None]  # least and largest, (areas, 1) each
MOST_MASKS = 100
FEW_MASKS = (1, 10)  # a picture and class, whose recall COCO's table shows beside that of all


@dataclass(frozen=True)
class MaskAP:
    """ap: mean over IoU 0.5 to 0.95 and classes; ap50, ap75: at one IoU; small, medium, large: by the object's area.

    per_class: {category id: ap}. recall1, recall10, recall: the share of the objects that are found, mean over IoUs and
    classes, by the first, the first 10 and all masks of a picture and class that count; recall_small, recall_medium and
    recall_large by the object's area. All 0..1, NaN where no true object is there to be found.
    """

    ap: float
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float
    per_class: dict[int, float]
    recall1: float = math.nan
    recall10: float = math.nan
    recall: float = math.nan
    recall_small: float = math.nan
    recall_medium: float = math.nan
    recall_large: float = math.nan

    def numbers(self) -> tuple[float, ...]:
        """The twelve numbers of COCO's table, in its order."""
        found = (self.recall1, self.recall10, self.recall, self.recall_small, self.recall_medium, self.recall_large)
        return (self.ap, self.ap50, self.ap75, self.small, self.medium, self.large, *found)


class InstanceCounts:
    """The streaming form of `mask_ap`: `update` with pairs, `merge` what others counted, `compute`.

    `InstanceCounts.from_coco(annotations, results)` counts COCO's json files.
    """

    def __init__(self, categories: Any):
        self._counted = Counted(categories)
        self.categories = self._counted.categories
        # For each class: scores and ranks in their picture (D,), and (areas, thresholds, D) whether right and ignored.
        self.seen: list[list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]] = [[] for _ in self.categories]
        self.objects = np.zeros((len(self.categories), len(AREAS)), np.int64)  # true objects that can be found

    @classmethod
    def from_coco(cls, annotations: Any, results: Any, *, most: int = MOST_MASKS) -> InstanceCounts:
        """Count COCO's annotations and results, as `mask_ap_from_coco` reads them."""
        from segtutor.metrics.coco_json import count

        return count(annotations, results, most)

    def update(self, prediction: Instances, truth: Instances | Segmentation) -> None:
        """Count one picture. Of a Segmentation the things count, crowds as crowds.

        Raises UserError: other types, sizes differ, an unknown category.
        """
        if not isinstance(prediction, Instances) or not isinstance(truth, Instances | Segmentation):
            raise UserError(
                "a pair must be the predicted Instances and the truth as Instances or Segmentation, got "
                f"{type(prediction).__name__} and {type(truth).__name__}: predict with task='instance'"
            )
        size = truth.segment_ids.shape if isinstance(truth, Segmentation) else truth.masks.shape[1:]
        if prediction.masks.shape[1:] != size:
            raise UserError(
                f"prediction and truth must have one size, got {prediction.masks.shape[1:]} and {size}: predict at "
                "the size of the truth"
            )
        true_bits, true_class, crowd, true_area = self._objects(truth)
        order = np.argsort(-prediction.scores, kind="stable")
        predicted_class = self._positions(prediction, "prediction")
        predicted_bits = _packed(prediction.masks)
        for position in np.union1d(predicted_class, true_class):
            mine = order[predicted_class[order] == position][:MOST_MASKS]
            theirs = np.flatnonzero(true_class == position)
            bits = predicted_bits[mine]
            area = _ones(bits)
            shared = _ones(bits[:, None] & true_bits[theirs][None])  # (D, N) pixels
            union = area[:, None] + true_area[theirs] - shared
            union = np.where(crowd[theirs], area[:, None], union)
            iou = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
            low, high = AREA_LIMITS
            passed_over = crowd[theirs] | (true_area[theirs] < low) | (true_area[theirs] > high)  # (areas, N)
            self.objects[position] += (~passed_over).sum(axis=1)
            matched, matched_ignored = claim(iou, crowd[theirs], passed_over)
            outside = ((area < low) | (area > high))[:, None]
            right = matched & ~matched_ignored
            ignored = matched_ignored | (~matched & outside)
            self.seen[position].append((prediction.scores[mine], np.arange(len(mine)), right, ignored))

    def merge(self, other: InstanceCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories:
            raise UserError("merged counts must have the same categories: count with one list everywhere")
        self.objects += other.objects
        for mine, theirs in zip(self.seen, other.seen, strict=True):
            mine.extend(theirs)

    def compute(self) -> MaskAP:
        """The means; a class without a true object in a range of areas counts nowhere in it."""
        shape = (len(self.categories), len(AREAS), len(IOU_THRESHOLDS))
        precision, recall = np.full(shape, np.nan), np.full(shape, np.nan)
        by_few = np.full((len(FEW_MASKS), *shape[::2]), np.nan)
        for position, objects in enumerate(self.objects):
            there = np.flatnonzero(objects)
            if not len(there):
                continue
            scores, rank, right, ignored = (
                np.concatenate(parts, axis=-1) for parts in zip(*self.seen[position], strict=True)
            )
            order = np.argsort(-scores, kind="stable")
            rank, right, ignored = rank[order], right[there][..., order], ignored[there][..., order]
            precision[position, there] = average_precisions(right, ignored, objects[there])
            recall[position, there] = right.sum(axis=-1) / objects[there, None]
            if objects[0]:
                for row, few in enumerate(FEW_MASKS):
                    by_few[row, position] = right[0][:, rank < few].sum(axis=-1) / objects[0]
        small, medium, large = (_mean(precision[:, column]) for column in (1, 2, 3))
        recalls = [*map(_mean, by_few), *(_mean(recall[:, column]) for column in range(len(AREAS)))]
        per_class = {c.id: _mean(precision[i, 0]) for i, c in enumerate(self.categories)}
        ap, ap50, ap75 = _mean(precision[:, 0]), _mean(precision[:, 0, 0]), _mean(precision[:, 0, 5])
        return MaskAP(ap, ap50, ap75, small, medium, large, per_class, *recalls)

    def _objects(self, truth: Instances | Segmentation) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The true objects: packed masks (N, bytes), classes, crowd, areas."""
        if isinstance(truth, Segmentation):
            place = self._counted.positions(truth.categories, "truth")
            things = [s for s in truth.segments if self.categories[place[s.category_id]].isthing]
            classes = np.array([place[s.category_id] for s in things], np.int64)
            crowd = np.array([s.iscrowd for s in things], bool)
            masks = truth.segment_ids[None] == np.array([s.id for s in things], np.int32)[:, None, None]
        else:
            classes, crowd, masks = self._positions(truth, "truth"), truth.iscrowd, truth.masks
        bits = _packed(masks)
        return bits, classes, crowd, _ones(bits)

    def _positions(self, instances: Instances, side: str) -> np.ndarray:
        place = self._counted.positions(instances.categories, side)
        return np.array([place[instances.categories[label].id] for label in instances.labels.tolist()], np.int64)


def mask_ap(pairs: Iterable[tuple[Instances, Instances | Segmentation]], categories: Any) -> MaskAP:
    """Mask AP of a data set, as COCO counts it; equal to pycocotools given the same masks.

    pairs: (prediction, truth). categories: the list that is counted; those of both sides are found in it by name.

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


def mask_ap_from_coco(annotations: Any, results: Any, *, most: int = MOST_MASKS) -> MaskAP:
    """Mask AP from COCO's json, without making a mask: the twelve numbers that pycocotools gives, and those of classes.

    annotations: the path of an annotation file, or its content, a dictionary with images, annotations and categories.
    results: the path of a results file, or its content, a list of {"image_id", "category_id", "segmentation", "score"};
    a segmentation is polygons or run lengths in either form. most: how many masks of a picture and class count at most.
    Objects have the area that the annotation states, as in COCO's own evaluator, and without one that of their mask;
    predictions that of their mask, also where they state a box. Pictures without results count.
    Raises UserError, which names the entry: files or parts of another form, a picture or category that the annotations
    do not list, a score that is no finite number, run lengths that do not fill the picture.

    >>> truth = {"images": [{"id": 7, "height": 2, "width": 3}], "categories": [{"id": 1, "name": "cat"}]}
    >>> cat = {"image_id": 7, "category_id": 1, "segmentation": {"size": [2, 3], "counts": [1, 3, 2]}}
    >>> mask_ap_from_coco(truth | {"annotations": [cat]}, [cat | {"score": 0.9}]).ap
    1.0
    """
    return InstanceCounts.from_coco(annotations, results, most=most).compute()


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


def average_precisions(right: np.ndarray, ignored: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """`average_precision` of many rows at once: (areas, thresholds).

    right, ignored: (areas, thresholds, D) bool by falling score. objects: (areas,) > 0.
    The best precision from a mask on is that of a right one, so only these are looked at.
    """
    areas, thresholds, _ = right.shape
    right, said = right.reshape(areas * thresholds, -1), (~ignored).reshape(areas * thresholds, -1)
    said = np.cumsum(said, axis=1, dtype=np.int32)
    row, column = np.nonzero(right)
    count = np.bincount(row, minlength=len(right))
    number = np.arange(1, len(row) + 1) - np.repeat(np.cumsum(count) - count, count)  # right so far in its row
    best = np.zeros((len(right), int(count.max(initial=0)) + 1))  # [r, n - 1] at the n-th right one of row r; last 0
    best[row, number - 1] = number / said[row, column]
    best = np.maximum.accumulate(best[:, ::-1], axis=1)[:, ::-1]
    means = np.empty((areas, thresholds))
    for area, exist in enumerate(objects.tolist()):
        needed = np.searchsorted(
            np.arange(exist + 1) / exist, RECALLS, side="left"
        )  # so many right ones reach a recall
        rows = best[area * thresholds : (area + 1) * thresholds]
        means[area] = rows[:, np.minimum(np.maximum(needed - 1, 0), rows.shape[1] - 1)].mean(axis=1)
    return means


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

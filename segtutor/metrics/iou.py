"""Semantic metrics: the confusion matrix and mean intersection over union. numpy only.

Taught in notebooks/10_what_does_the_score_mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.measure import count_pairs, pair_runs, shared_areas
from segtutor.metrics.pairs import Counted, in_pairs, whole_pair
from segtutor.segments import Segmentation


def confusion_matrix(truth: Any, prediction: Any, K: int) -> np.ndarray:  # noqa: N803  # K is the course's letter
    """How many pixels of each true class (row) were predicted as each class (column), each pair of classes counted.

    truth, prediction: integer arrays of equal shape, 0..K-1, -1 = void. Returns (K, K) int64.
    Pixels whose truth is void are counted nowhere. A pixel predicted void is an error, but no column of a K x K
    matrix could hold it: it is left out here, and `mean_iou`, which keeps such pixels in a column of their own,
    counts it as missed.
    Raises UserError: shapes differ, values outside -1..K-1 (translate 255 to -1), no integers.

    >>> confusion_matrix([0, 0, 1, -1], [0, 1, 1, 0], 2).tolist()
    [[1, 1], [0, 1]]
    """
    return _counts(truth, prediction, K)[1:, 1:]


@dataclass(frozen=True)
class MeanIoU:
    """mean: over the classes that have an IoU; NaN where none has. per_class: {category id: IoU}.

    judged: 0..1, the share of the pixels whose truth is not void; NaN where it was not counted.

    The IoU of a class that occurs in neither truth nor prediction is NaN, and such a class is left out of the mean:
    it is neither 0 (nothing was wrong) nor 1 (nothing was shown).
    """

    mean: float
    per_class: dict[int, float]
    judged: float = field(default=math.nan, compare=False)


class PixelCounts:
    """The streaming form of `mean_iou`: `update` with pairs, `merge` what others counted, `compute`.

    counts: (1 + K, 1 + K) int64 pixels, rows = truth, columns = prediction; index 0 = void, 1 + c = class c. Counts of
    several processes may be added. `compute` leaves row 0 out; what others do with it: segtutor.metrics.void.
    """

    def __init__(self, categories: Any):
        self._counted = Counted(categories)
        self.categories = self._counted.categories
        self.counts = np.zeros((len(self.categories) + 1, len(self.categories) + 1), np.int64)

    def update(self, prediction: Any, truth: Any) -> None:
        """Count one pair; both Segmentations, or both (H, W) integer maps of positions, -1 = void."""
        if isinstance(prediction, Segmentation) and isinstance(truth, Segmentation):
            check_sizes(prediction, truth)
            if truth.rest is not None or prediction.rest is not None:
                prediction, truth = whole_pair(prediction, truth)
            # Segments first, classes then: no class map is made.
            shared = shared_areas(truth.segment_ids, prediction.segment_ids, *(_ids(s) for s in (truth, prediction)))
            rows, columns = (
                [0] + [1 + positions[segment.category_id] for segment in side.segments]
                for side, positions in (
                    (truth, self._counted.positions(truth.categories, "truth")),
                    (prediction, self._counted.positions(prediction.categories, "prediction")),
                )
            )
            np.add.at(self.counts, np.ix_(rows, columns), shared)
        elif isinstance(prediction, Segmentation) or isinstance(truth, Segmentation):
            raise UserError(
                f"a pair must be two Segmentations or two class maps, got {type(prediction).__name__} and "
                f"{type(truth).__name__}: call .semantic() on the Segmentation"
            )
        else:
            self.counts += _counts(truth, prediction, len(self.categories))

    def merge(self, other: PixelCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories:
            raise UserError("merged counts must have the same categories: count with one list everywhere")
        self.counts += other.counts

    def compute(self) -> MeanIoU:
        """IoU of class c = right / (truth is c + prediction is c - right), void truth left out of all three."""
        labelled = self.counts[1:]
        right = np.diagonal(labelled[:, 1:])
        union = labelled.sum(axis=1) + labelled[:, 1:].sum(axis=0) - right
        found = mean_of(right, union, [category.id for category in self.categories])
        pixels = int(self.counts.sum())
        return replace(found, judged=int(labelled.sum()) / pixels if pixels else math.nan)


def mean_iou(pairs: Iterable[tuple[Any, Any]], categories: Any) -> MeanIoU:
    """Mean IoU over all pixels of a data set, as papers report it (not the mean of per-picture values).

    pairs: (prediction, truth), both Segmentations (their categories are found in these by name), or both (H, W) integer
    maps of positions in `categories`, -1 = void (and 255 in maps of uint8, which hold no -1).
    Void in the truth is ignored; void in the prediction counts as missed. Crowd regions count as their class.
    """
    counts = PixelCounts(categories)
    for prediction, truth in in_pairs(pairs):
        counts.update(prediction, truth)
    return counts.compute()


def mean_of(right: np.ndarray, union: np.ndarray, ids: Sequence[int]) -> MeanIoU:
    """The IoU of each class, right / union, NaN where the union is empty, and the mean over the others."""
    ious = np.divide(right, union, out=np.full(len(right), np.nan), where=union > 0)
    mean = float(ious[union > 0].mean()) if (union > 0).any() else math.nan
    return MeanIoU(mean, dict(zip(ids, ious.tolist(), strict=True)))


def check_sizes(prediction: Segmentation, truth: Segmentation) -> None:
    """Raises UserError unless both maps have one size."""
    if prediction.segment_ids.shape != truth.segment_ids.shape:
        raise UserError(
            f"prediction and truth must have one size, got {prediction.segment_ids.shape} and "
            f"{truth.segment_ids.shape}: predict at the size of the truth"
        )


def _ids(segmentation: Segmentation) -> list[int]:
    return [segment.id for segment in segmentation.segments]


def _as_array(labels: Any) -> np.ndarray:
    """Class maps as people hold them, tensors with a gradient or on a GPU too."""
    return np.asarray(labels.detach().cpu() if hasattr(labels, "detach") else labels)


def _with_void(labels: np.ndarray, class_count: int) -> np.ndarray:
    """Maps of 8 bits without a sign hold no -1: there 255 is void, unless it is a class."""
    if labels.dtype != np.uint8 or class_count > 255:
        return labels
    signed = labels.view(np.int8)  # the same bytes: 255 is -1, 0..127 are themselves
    if signed.size and signed.min() >= -1:
        return signed
    # In sums of 8 bits 255 + 1 is 0, one below which is -1. (np.where needs several times as long.)
    raised = (labels + np.uint8(1)).astype(np.int16)
    raised -= 1
    return raised


def _counts(truth: Any, prediction: Any, class_count: int) -> np.ndarray:
    """(1 + K, 1 + K) int64; row and column 0 are void."""
    truth, prediction = _as_array(truth), _as_array(prediction)
    if not truth.ndim or not prediction.ndim:
        raise UserError("truth and prediction must be class maps (H, W), got a number: pass Segmentations or arrays")
    if truth.shape != prediction.shape:
        raise UserError(
            f"truth and prediction must have one shape, got {truth.shape} and {prediction.shape}: predict at the size "
            "of the truth"
        )
    for name, labels in (("truth", truth), ("prediction", prediction)):
        if labels.dtype.kind not in "iu":
            raise UserError(f"{name} must hold integers, got dtype {labels.dtype}: pass class positions, not scores")
    truth, prediction, lengths = pair_runs(truth, prediction)
    truth, prediction = _with_void(truth, class_count), _with_void(prediction, class_count)
    for name, labels in (("truth", truth), ("prediction", prediction)):
        if labels.size and not -1 <= int(labels.min()) <= int(labels.max()) < class_count:
            raise UserError(
                f"{name} must hold values from -1 (void) to {class_count - 1}, got {labels.min()} to {labels.max()}: "
                "translate ignore values such as 255 to -1, and count the classes again"
            )
    width = class_count + 1
    return count_pairs(truth, prediction, lengths, width, width, shift=1)

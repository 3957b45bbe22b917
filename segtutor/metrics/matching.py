"""Which predicted segment is which true one: the rules of panoptic quality, as the official panopticapi has them.

    found = match_segments(prediction, truth)
    found.matches, found.missed, found.false, found.ignored, found.crowds

`panoptic_quality` counts what is found here and nothing else, and so does the picture that says why a score is what
it is (segtutor.show.why). (Kirillov et al., "Panoptic Segmentation", arXiv:1801.00868, sec. 4.1 and 4.2.) numpy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.measure import shared_areas
from segtutor.metrics.boundary import segment_boundary_iou
from segtutor.metrics.iou import check_sizes
from segtutor.metrics.pairs import Counted, counted_of, whole_pair
from segtutor.segments import Segment, Segmentation


@dataclass(frozen=True)
class Match:
    """A predicted and a true segment of one class, IoU > 0.5. iou: 0.5..1, void of the truth left out of the union."""

    prediction: Segment
    truth: Segment
    iou: float


@dataclass(frozen=True, eq=False)
class SegmentMatches:
    """What became of each segment of a pair; every segment is in exactly one of the lists below, crowds included.

    predicted, true: the segments in the order of their ids, P and T of them. pairs: (M, 2) positions (true, predicted)
    of those that match, by true id; ious: (M,). is_missed: (T,) bool. is_false: (P,) bool.
    shared: (1 + T, 1 + P) int64, pixels that each true (row) and predicted segment share; row and column 0 are void.
    predicted_class, true_class: (P,) and (T,), positions in the list that is counted.
    """

    predicted: list[Segment]
    true: list[Segment]
    pairs: np.ndarray
    ious: np.ndarray
    is_missed: np.ndarray
    is_false: np.ndarray
    shared: np.ndarray
    predicted_class: np.ndarray
    true_class: np.ndarray

    @property
    def matches(self) -> list[Match]:
        """True positives."""
        return [
            Match(self.predicted[p], self.true[t], iou)
            for (t, p), iou in zip(self.pairs.tolist(), self.ious.tolist(), strict=True)
        ]

    @property
    def missed(self) -> list[Segment]:
        """False negatives: true segments, no crowds, that nothing matches."""
        return [self.true[position] for position in np.flatnonzero(self.is_missed)]

    @property
    def false(self) -> list[Segment]:
        """False positives: predicted segments that match nothing and are not excused."""
        return [self.predicted[position] for position in np.flatnonzero(self.is_false)]

    @property
    def ignored(self) -> list[Segment]:
        """Predicted segments that match nothing and lie by more than half on void and a crowd region of their class."""
        counted = self.is_false.copy()
        counted[self.pairs[:, 1]] = True
        return [self.predicted[position] for position in np.flatnonzero(~counted)]

    @property
    def crowds(self) -> list[Segment]:
        """True crowd regions, which are neither matched nor missed."""
        return [segment for segment in self.true if segment.iscrowd]

    def iou(self) -> np.ndarray:
        """(T, P) float64: IoU of each true segment with each predicted one whatever their classes, void left out."""
        return self.shared[1:, 1:] / _unions(self.shared)  # a true segment has a pixel, so no union is 0


def match_segments(
    prediction: Segmentation, truth: Segmentation, counted: Counted | None = None, boundary: float | None = None
) -> SegmentMatches:
    """Match the segments of one picture.

    counted: the list that is counted; without it, the one of the two lists that holds all names of the other.
    Segments match where they have one category, by name, and IoU > 0.5, so that each matches at most once. Void of
    the truth is taken out of the prediction; void of the prediction is not taken out of the truth. A crowd segment
    of the truth is matched by nothing. A prediction that matches nothing is ignored where more than half of it lies
    on void and on a crowd region of its class, and false otherwise.
    boundary: where given, the lesser of IoU and Boundary IoU stands for IoU (Cheng et al., arXiv:2103.16562);
    it is the width of the band as a share of the picture's diagonal, in the papers 0.02.

    Raises UserError: no Segmentation, sizes differ, categories that do not correspond (`Categories.match`).

    >>> grass = [{"id": 1, "name": "grass", "isthing": 0}]
    >>> truth = Segmentation.from_ids([[1, 1, 1, 1]], {1: 1}, grass)
    >>> prediction = Segmentation.from_ids([[7, 7, 7, 0]], {7: 1}, grass)
    >>> [(match.truth.id, match.prediction.id, match.iou) for match in match_segments(prediction, truth).matches]
    [(1, 7, 0.75)]
    """
    for item in (prediction, truth):
        if not isinstance(item, Segmentation):
            raise UserError(f"a pair must be two Segmentations (prediction, truth), got a {type(item).__name__}")
    check_sizes(prediction, truth)
    if truth.rest is not None or prediction.rest is not None:
        prediction, truth = whole_pair(prediction, truth)
    predicted = sorted(prediction.segments, key=lambda segment: segment.id)
    true = sorted(truth.segments, key=lambda segment: segment.id)
    if counted is None:
        counted = counted_of(prediction.categories, truth.categories)
    of_predicted = counted.positions(prediction.categories, "prediction")
    of_true = counted.positions(truth.categories, "truth")
    shared = shared_areas(truth.segment_ids, prediction.segment_ids, [s.id for s in true], [s.id for s in predicted])

    def near(predicted: Segment, true: Segment) -> float:
        return segment_boundary_iou(prediction, truth, predicted, true, boundary)

    last_crowds = {of_true[s.category_id]: s.id for s in truth.segments if s.iscrowd}
    return matches_of(
        shared, predicted, true, of_predicted, of_true, last_crowds, near if boundary is not None else None
    )


def matches_of(
    shared: np.ndarray,
    predicted: list[Segment],
    true: list[Segment],
    of_predicted: Mapping[int, int],
    of_true: Mapping[int, int],
    last_crowds: Mapping[int, int],
    near: Callable[[Segment, Segment], float] | None = None,
) -> SegmentMatches:
    """`match_segments`, the areas once counted.

    shared: as the result's. predicted, true: by ascending id. of_predicted, of_true: positions of their categories.
    last_crowds: {position: id of the last crowd of this class in the truth's list}. near: gives a Boundary IoU.
    """
    predicted_class = np.array([of_predicted[s.category_id] for s in predicted], np.intp)
    true_class = np.array([of_true[s.category_id] for s in true], np.intp)
    crowd = np.array([s.iscrowd for s in true], bool)
    inner = shared[1:, 1:]

    # IoU > 1/2, decided by integers.
    union = _unions(shared)
    candidates = (true_class[:, None] == predicted_class) & ~crowd[:, None]
    matched_true, matched_predicted = np.nonzero(candidates & (2 * inner > union))
    ious = inner[matched_true, matched_predicted] / union[matched_true, matched_predicted]
    if near is not None:
        places = zip(matched_true.tolist(), matched_predicted.tolist(), strict=True)
        ious = np.minimum(ious, np.array([near(predicted[p], true[t]) for t, p in places], float))
        kept = ious > 0.5
        matched_true, matched_predicted, ious = matched_true[kept], matched_predicted[kept], ious[kept]

    # Of several crowd regions of one class panopticapi looks at the last in the list only; so do we.
    excused = shared[0, 1:].copy()
    rows = {segment.id: row for row, segment in enumerate(true)}
    for position, segment_id in last_crowds.items():
        excused += np.where(predicted_class == position, inner[rows[segment_id]], 0)
    is_false = 2 * excused <= shared.sum(axis=0)[1:]
    is_false[matched_predicted] = False
    is_missed = ~crowd
    is_missed[matched_true] = False
    return SegmentMatches(
        predicted,
        true,
        pairs=np.stack([matched_true, matched_predicted], axis=1),
        ious=ious,
        is_missed=is_missed,
        is_false=is_false,
        shared=shared,
        predicted_class=predicted_class,
        true_class=true_class,
    )


def _unions(shared: np.ndarray) -> Any:
    """(T, P) pixels of each pair's union, without those of the prediction that lie on void of the truth."""
    inner = shared[1:, 1:]
    # Summed over rows 1.. only: what of a prediction lies on void of the truth (row 0) is no part of it.
    return shared.sum(axis=1)[1:, None] + inner.sum(axis=0) - inner

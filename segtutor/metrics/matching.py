"""Which predicted segment is which true one: the rules of panoptic quality, as the official panopticapi has them.

    found = match_segments(prediction, truth)
    found.matches, found.missed, found.false, found.ignored, found.crowds

`panoptic_quality` counts what is found here and nothing else, and so does the picture that says why a score is what
it is (segtutor.show.why). (Kirillov et al., "Panoptic Segmentation", arXiv:1801.00868, sec. 4.1 and 4.2.) numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.measure import shared_areas
from segtutor.metrics.iou import check_sizes
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
    """

    predicted: list[Segment]
    true: list[Segment]
    pairs: np.ndarray
    ious: np.ndarray
    is_missed: np.ndarray
    is_false: np.ndarray
    shared: np.ndarray

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


def match_segments(prediction: Segmentation, truth: Segmentation) -> SegmentMatches:
    """Match the segments of one picture.

    Segments match where they have one category id and IoU > 0.5, so that each matches at most once. Void of the truth
    is taken out of the prediction; void of the prediction is not taken out of the truth. A crowd segment of the truth
    is matched by nothing. A prediction that matches nothing is ignored where more than half of it lies on void and on
    a crowd region of its class, and false otherwise.

    Raises UserError: no Segmentation, sizes differ.

    >>> grass = [{"id": 1, "name": "grass", "isthing": 0}]
    >>> truth = Segmentation.from_ids([[1, 1, 1, 1]], {1: 1}, grass)
    >>> prediction = Segmentation.from_ids([[7, 7, 7, 0]], {7: 1}, grass)
    >>> [(match.truth.id, match.prediction.id, match.iou) for match in match_segments(prediction, truth).matches]
    [(1, 7, 0.75)]
    """
    for item in (prediction, truth):
        if not isinstance(item, Segmentation):
            raise UserError(f"got a {type(item).__name__}, expected a Segmentation: pairs are (prediction, truth)")
    check_sizes(prediction, truth)
    predicted = sorted(prediction.segments, key=lambda segment: segment.id)
    true = sorted(truth.segments, key=lambda segment: segment.id)
    predicted_class, true_class = (np.array([s.category_id for s in side], np.int64) for side in (predicted, true))
    crowd = np.array([s.iscrowd for s in true], bool)
    shared = shared_areas(truth.segment_ids, prediction.segment_ids, [s.id for s in true], [s.id for s in predicted])
    inner = shared[1:, 1:]

    # IoU > 1/2, decided by integers.
    union = _unions(shared)
    candidates = (true_class[:, None] == predicted_class) & ~crowd[:, None]
    matched_true, matched_predicted = np.nonzero(candidates & (2 * inner > union))

    # Of several crowd regions of one class panopticapi looks at the last in the list only; so do we.
    excused = shared[0, 1:].copy()
    rows = {segment.id: row for row, segment in enumerate(true)}
    last_crowd = {s.category_id: rows[s.id] for s in truth.segments if s.iscrowd}
    for category_id, row in last_crowd.items():
        excused += np.where(predicted_class == category_id, inner[row], 0)
    is_false = 2 * excused <= shared.sum(axis=0)[1:]
    is_false[matched_predicted] = False
    is_missed = ~crowd
    is_missed[matched_true] = False
    return SegmentMatches(
        predicted,
        true,
        pairs=np.stack([matched_true, matched_predicted], axis=1),
        ious=inner[matched_true, matched_predicted] / union[matched_true, matched_predicted],
        is_missed=is_missed,
        is_false=is_false,
        shared=shared,
    )


def _unions(shared: np.ndarray) -> Any:
    """(T, P) pixels of each pair's union, without those of the prediction that lie on void of the truth."""
    inner = shared[1:, 1:]
    # Summed over rows 1.. only: what of a prediction lies on void of the truth (row 0) is no part of it.
    return shared.sum(axis=1)[1:, None] + inner.sum(axis=0) - inner

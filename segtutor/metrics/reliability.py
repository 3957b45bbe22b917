"""Does a score of 0.8 mean right in 8 of 10? Reliability and expected calibration error of predicted segments.

A segment is right where a true segment of its class overlaps it with IoU > 0.5, as panoptic quality matches them. Sort
the segments into bins of equal width by score; of each bin compare the mean score with the share that is right:

    ECE = sum over bins of (segments in the bin / all segments) * |share right - mean score|
    (Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599, eq. 3; Naeini et al., AAAI 2015.)

ECE depends on the bins: compare values of one number of bins only. numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.categories import as_integer
from segtutor.errors import UserError
from segtutor.metrics.matching import match_segments
from segtutor.metrics.pairs import Counted, in_pairs
from segtutor.segments import Segmentation


@dataclass(frozen=True, eq=False)
class Calibration:
    """edges: (bins + 1,), 0 to 1. count: (bins,) segments. score, right: (bins,) the mean score and the share of
    segments that are right, NaN in a bin without segments. error: ECE, 0..1, NaN where no segment was counted.
    """

    edges: np.ndarray
    count: np.ndarray
    score: np.ndarray
    right: np.ndarray
    error: float


class CalibrationCounts:
    """The streaming form of `calibration`: `update` with pairs, `merge` what others counted, `compute`.

    count, right: (bins,) int64, segments and those that are right; score: (bins,) float64, sums.
    """

    def __init__(self, categories: Any, bins: int = 10):
        bins = as_integer(bins, "bins", 1)
        self._counted = Counted(categories)
        self.categories = self._counted.categories
        self.edges = np.linspace(0, 1, bins + 1)
        self.count, self.right = np.zeros((2, bins), np.int64)
        self.score = np.zeros(bins)

    def update(self, prediction: Segmentation, truth: Segmentation) -> None:
        """Count one pair. What panoptic quality ignores (a prediction on void or a crowd) is counted nowhere.

        Raises UserError as `match_segments` does, and for a segment without a score.
        """
        found = match_segments(prediction, truth, self._counted)
        is_right = np.zeros(len(found.predicted), bool)
        is_right[found.pairs[:, 1]] = True
        judged = is_right | found.is_false
        scores = []
        for segment, counts in zip(found.predicted, judged.tolist(), strict=True):
            if counts and segment.score is None:
                raise UserError(
                    f"each segment must have a score, segment {segment.id} has none: predict with task='panoptic' (a "
                    "semantic prediction has no scores)"
                )
            scores.append(math.nan if segment.score is None else segment.score)
        kept = np.array(scores, float)[judged]
        # A bin holds its upper edge: (0, 0.1], (0.1, 0.2], ...; the first holds 0 too.
        place = np.clip(np.searchsorted(self.edges, kept, side="left") - 1, 0, None)
        np.add.at(self.count, place, 1)
        np.add.at(self.right, place, is_right[judged])
        np.add.at(self.score, place, kept)

    def merge(self, other: CalibrationCounts) -> None:
        """Add what `other` has counted."""
        if self.categories != other.categories or len(self.count) != len(other.count):
            raise UserError("merged counts must have the same categories and bins: count with one list everywhere")
        for name in ("count", "right", "score"):
            getattr(self, name).__iadd__(getattr(other, name))

    def compute(self) -> Calibration:
        """The bins, and the expected calibration error."""
        empty = np.full(len(self.count), np.nan)
        score, right = (
            np.divide(part, self.count, out=empty.copy(), where=self.count > 0) for part in (self.score, self.right)
        )
        total = int(self.count.sum())
        error = float(np.abs(self.right - self.score).sum() / total) if total else math.nan
        return Calibration(self.edges.copy(), self.count.copy(), score, right, error)


def calibration(pairs: Iterable[tuple[Segmentation, Segmentation]], categories: Any, *, bins: int = 10) -> Calibration:
    """How a data set's scores compare with how often their segments are right; `st.show.reliability` draws it.

    pairs: (prediction, truth), the prediction with scores. categories: the list that is counted; those of both sides
    are found in it by name. Only segments that were predicted are judged: a threshold leaves the lower bins empty.
    Raises UserError as `match_segments` does, and for a segment without a score.

    >>> cats = [{"id": 1, "name": "cat", "isthing": 1}]
    >>> truth = Segmentation.from_ids([[1, 1, 0, 2]], {1: 1, 2: 1}, cats)
    >>> said = Segmentation.from_ids([[1, 0, 0, 2]], {1: 1, 2: 1}, cats, {1: 0.5, 2: 0.9})
    >>> round(calibration([(said, truth)], cats).error, 3)        # |0 - 0.5| and |1 - 0.9|, a half each
    0.3
    """
    counts = CalibrationCounts(categories, bins)
    for prediction, truth in in_pairs(pairs):
        counts.update(prediction, truth)
    return counts.compute()

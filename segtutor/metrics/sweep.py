"""Panoptic quality at several score thresholds, for choosing one on data that is not the test data.

For each threshold the predictions differ, not only which segments are kept: fewer queries compete for the pixels, so
each is another prediction. `answers` makes them from one run of the network. numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from segtutor.errors import UserError
from segtutor.metrics.pq import PanopticCounts, PanopticQuality
from segtutor.segments import Segmentation


class PanopticSweep:
    """Panoptic quality at each of several thresholds: `update` with a picture, `merge`, `compute`.

        sweep = st.metrics.PanopticSweep(categories, [0.5, 0.6, 0.7, 0.8, 0.9])
        for image, truth in pictures:
            segmenter.set_image(image)
            sweep.update({t: segmenter.predict(score_threshold=t) for t in sweep.thresholds}, truth)
        sweep.best(), sweep.compute()

    thresholds: numbers, each once; what they threshold is the caller's matter. counts: {threshold: PanopticCounts}.
    """

    def __init__(self, categories: Any, thresholds: Iterable[float]):
        self.thresholds = tuple(float(threshold) for threshold in thresholds)
        if not self.thresholds or len(set(self.thresholds)) != len(self.thresholds):
            raise UserError(f"thresholds must be one or more numbers, each once, got {self.thresholds}")
        if not all(math.isfinite(threshold) for threshold in self.thresholds):
            raise UserError(f"thresholds must be numbers, got {self.thresholds}")
        self.counts = {threshold: PanopticCounts(categories) for threshold in self.thresholds}

    def update(self, predictions: Mapping[float, Segmentation] | Sequence[Segmentation], truth: Segmentation) -> None:
        """Count one picture. predictions: one a threshold, {threshold: Segmentation} or in the order of thresholds.

        Raises UserError where one is missing or too many, and as `panoptic_quality` does.
        """
        if not isinstance(predictions, Mapping):
            if len(predictions) != len(self.thresholds):
                raise UserError(
                    f"each of the {len(self.thresholds)} thresholds needs one prediction, got {len(predictions)}: "
                    "pass {threshold: prediction}"
                )
            predictions = dict(zip(self.thresholds, predictions, strict=True))
        if set(predictions) != set(self.thresholds):
            raise UserError(
                f"predictions must be given at the thresholds {sorted(self.thresholds)}, got {sorted(predictions)}: "
                "predict once for each threshold"
            )
        for threshold, counts in self.counts.items():
            counts.update(predictions[threshold], truth)

    def merge(self, other: PanopticSweep) -> None:
        """Add what `other` has counted."""
        if self.thresholds != other.thresholds:
            raise UserError(
                f"merged counts must have the same thresholds, got {self.thresholds} and {other.thresholds}: "
                "count with one list"
            )
        for threshold, counts in self.counts.items():
            counts.merge(other.counts[threshold])

    def compute(self) -> dict[float, PanopticQuality]:
        """{threshold: PanopticQuality}, in the order of the thresholds."""
        return {threshold: counts.compute() for threshold, counts in self.counts.items()}

    def best(self) -> float:
        """The threshold of the largest PQ over all classes, the first of equals. UserError where none was counted."""
        found = {threshold: quality.all.pq for threshold, quality in self.compute().items()}
        known = {threshold: pq for threshold, pq in found.items() if not math.isnan(pq)}
        if not known:
            raise UserError("no segments were counted: call update with pictures that have a truth")
        return max(known, key=lambda threshold: known[threshold])

"""What a picture's panoptic quality is lost by: 1 - PQ, shared out among its segments. numpy only.

Of one class, with W = TP + FP / 2 + FN / 2,

    1 - PQ = (sum of (1 - IoU) over matched pairs + FP / 2 + FN / 2) / W

so a matched pair costs (1 - IoU) / W and a missed or a false segment 1 / (2 W); the PQ of a picture is the mean over
the n classes that occur, so each is divided by n. (Rearranged from Kirillov et al., arXiv:1801.00868, eq. 1.)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from segtutor.metrics.matching import SegmentMatches, match_segments
from segtutor.segments import Segment, Segmentation


@dataclass(frozen=True)
class Lost:
    """What one matched pair, missed or false segment costs.

    kind: "matched", "missed" or "false". segment: of the truth where matched or missed, of the prediction where false.
    other: what it matched; else the segment of the other side that overlaps it most, whatever its class, or None.
    iou: IoU of the two, 0 where there is no other. lost: 0..1, its part of 1 - PQ.
    """

    kind: str
    segment: Segment
    other: Segment | None
    iou: float
    lost: float


def lost_quality(prediction: Segmentation, truth: Segmentation) -> list[Lost]:
    """What each segment costs, the most expensive first; the costs sum to 1 - PQ of this picture (of all classes).

    The PQ of a data set is not the mean of its pictures' PQ, so costs of several pictures may not be added.
    Raises UserError as `match_segments` does.

    >>> grass = [{"id": 1, "name": "grass", "isthing": 0}]
    >>> truth = Segmentation.from_ids([[1, 1, 1, 1]], {1: 1}, grass)
    >>> prediction = Segmentation.from_ids([[7, 7, 7, 0]], {7: 1}, grass)
    >>> [(part.kind, part.lost) for part in lost_quality(prediction, truth)]
    [('matched', 0.25)]
    """
    return shared_out(match_segments(prediction, truth))


def shared_out(found: SegmentMatches) -> list[Lost]:
    """`lost_quality` of segments that are matched already."""
    matched_class = found.true_class[found.pairs[:, 0]]
    missed, false = np.flatnonzero(found.is_missed), np.flatnonzero(found.is_false)
    weights: dict[int, float] = defaultdict(float)  # W of each class
    for classes, part in ((matched_class, 1.0), (found.true_class[missed], 0.5), (found.predicted_class[false], 0.5)):
        for position in classes.tolist():
            weights[position] += part
    ious = found.iou()

    def cost(position: int, part: float) -> float:
        return part / weights[position] / len(weights)

    parts = [
        Lost("matched", m.truth, m.prediction, m.iou, cost(position, 1 - m.iou))
        for m, position in zip(found.matches, matched_class.tolist(), strict=True)
    ]
    for row in missed.tolist():
        other, iou = _closest(found.predicted, ious[row])
        parts.append(Lost("missed", found.true[row], other, iou, cost(int(found.true_class[row]), 0.5)))
    for column in false.tolist():
        other, iou = _closest(found.true, ious[:, column])
        lost = cost(int(found.predicted_class[column]), 0.5)
        parts.append(Lost("false", found.predicted[column], other, iou, lost))
    return sorted(parts, key=lambda part: -part.lost)


def _closest(segments: list[Segment], ious: np.ndarray) -> tuple[Segment | None, float]:
    if not len(ious) or not ious.max() > 0:
        return None, 0.0
    best = int(ious.argmax())
    return segments[best], float(ious[best])

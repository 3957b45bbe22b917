"""Boundary IoU: how well two masks agree near their contours. numpy, and scipy for the contours.

Intersection over union hardly notices the contour of a large object: its inside outweighs any border. Cheng et al.,
"Boundary IoU", arXiv:2103.16562, eq. 2, compare only what lies within a distance d of each contour:

    Boundary IoU(G, P) = |(G_d and G) and (P_d and P)| / |(G_d and G) or (P_d and P)|          d = 2 % of the diagonal

The band is inside the mask, and distance is counted in steps to any of the 8 neighbours, as in the authors' code; what
lies beyond the picture's edge counts as outside, so an object that is cut by the edge has a contour there.

For a small object the band is all of it, and Boundary IoU is IoU.

Taught in notebooks/appendix/scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.metrics.iou import MeanIoU, check_sizes
from segtutor.metrics.pairs import Counted, in_pairs, whole_pair
from segtutor.segments import Segment, Segmentation


def band(mask: np.ndarray, *, share: float = 0.02) -> np.ndarray:
    """The pixels of a mask within d of its contour, (H, W) bool -> (H, W) bool. share: d over the diagonal, at least 1.

    >>> band(np.ones((3, 3), bool)).astype(int).tolist()
    [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    """
    mask = np.asarray(mask, bool)
    if mask.ndim != 2:
        raise UserError(f"a mask must be (H, W), got shape {mask.shape}: pass one mask")
    return _band(mask, _steps(mask.shape, share))


def _steps(size: tuple[int, ...], share: float) -> int:
    return max(1, round(share * math.hypot(*size)))


def _band(mask: np.ndarray, steps: int) -> np.ndarray:
    from scipy.ndimage import minimum_filter

    # what survives `steps` erosions by a 3 x 3 square is what a square of 2 steps + 1 fits around
    inside = minimum_filter(mask.view(np.uint8), size=2 * steps + 1, mode="constant", cval=0)
    return mask & (inside == 0)


def boundary_iou(prediction: np.ndarray, truth: np.ndarray, *, share: float = 0.02) -> float:
    """Boundary IoU of two masks, 0..1; NaN where both are empty. prediction, truth: (H, W) bool."""
    if np.shape(prediction) != np.shape(truth):
        raise UserError(
            f"prediction and truth must have one size, got {np.shape(prediction)} and {np.shape(truth)}: predict at "
            "the size of the truth"
        )
    ours, theirs = band(prediction, share=share), band(truth, share=share)
    union = int((ours | theirs).sum())
    return int((ours & theirs).sum()) / union if union else math.nan


def segment_boundary_iou(
    prediction: Segmentation, truth: Segmentation, predicted: Segment, true: Segment, share: float
) -> float:
    """Boundary IoU of a predicted and a true segment, void of the truth out of both bands; 0 where nothing is left.

    Only the box around both is looked at: outside of it there is neither, as beyond the picture's edge.
    """
    boxes = np.array([predicted.bbox, true.bbox])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    window = slice(top, bottom), slice(left, right)
    theirs, ours = truth.segment_ids[window], prediction.segment_ids[window]
    steps = _steps(truth.segment_ids.shape, share)
    one, other = (_band(ids == s.id, steps) & (theirs != 0) for ids, s in ((ours, predicted), (theirs, true)))
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 0.0


def mean_boundary_iou(
    pairs: Iterable[tuple[Segmentation, Segmentation]], categories: Any, *, share: float = 0.02
) -> MeanIoU:
    """Boundary IoU of each class, over all pictures of a data set, and the mean over the classes that occur.

    pairs: (prediction, truth). The band of a class is that of its pixels in a picture, whatever its segments. Void in
    the truth is taken out of both bands, after they were made.
    """
    counted = Counted(categories)
    categories = counted.categories
    shared, union = np.zeros((2, len(categories)), np.int64)
    for prediction, truth in in_pairs(pairs):
        if not isinstance(prediction, Segmentation) or not isinstance(truth, Segmentation):
            raise UserError(
                f"a pair must be two Segmentations, got {type(prediction).__name__} and {type(truth).__name__}: make "
                "one with Segmentation.from_semantic(labels, categories)"
            )
        check_sizes(prediction, truth)
        prediction, truth = whole_pair(prediction, truth)
        valid = truth.segment_ids != 0
        places = (
            counted.positions(prediction.categories, "prediction"),
            counted.positions(truth.categories, "truth"),
        )
        for position in range(len(categories)):
            one, other = (_class_mask(s, position, p) for s, p in zip((prediction, truth), places, strict=True))
            if not one.any() and not other.any():
                continue
            ours, theirs = band(one, share=share) & valid, band(other, share=share) & valid
            shared[position] += int((ours & theirs).sum())
            union[position] += int((ours | theirs).sum())
    ious = np.divide(shared, union, out=np.full(len(union), np.nan), where=union > 0)
    mean = float(ious[union > 0].mean()) if (union > 0).any() else math.nan
    return MeanIoU(mean, dict(zip((c.id for c in categories), ious.tolist(), strict=True)))


def _class_mask(segmentation: Segmentation, position: int, place: Mapping[int, int]) -> np.ndarray:
    ids = [segment.id for segment in segmentation.segments if place[segment.category_id] == position]
    return np.isin(segmentation.segment_ids, ids)

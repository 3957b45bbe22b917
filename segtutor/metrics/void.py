"""Four ways to count void give four mIoUs on the same predictions; papers report the first. numpy only.

Void is what nobody labelled: -1 in class maps here, 255 in most files. Each way below is met in programs that print
"mIoU"; none of them says which it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from segtutor.metrics.iou import MeanIoU, PixelCounts, mean_of
from segtutor.metrics.pairs import in_pairs

VOID_POLICIES = {
    "left out": "void of the truth is counted nowhere, void of the prediction is missed: the official way, `mean_iou`",
    "a class": "void is one more class with an IoU of its own in the mean: no ignore index was given",
    "an error": "void of the truth stays in the unions: whatever is predicted there is wrong",
    "class 0": "the ignore index is 0, which is a real class: its true pixels are left out, and void with them",
}


def mean_iou_by_void(pairs: Iterable[tuple[Any, Any]], categories: Any) -> dict[str, MeanIoU]:
    """The mIoU of the same predictions under each of `VOID_POLICIES`, by name.

    pairs, categories: as `mean_iou` takes them. Under "a class" `per_class` has one more entry, -1, the IoU of void.
    As everywhere, a class of empty union is NaN and left out of the mean; "class 0" often makes its class NaN so.
    Only "left out" may be compared with published numbers.

    Four pixels of grass, four of cat, two of void; one cat pixel is predicted void, one void pixel cat:

    >>> pets = [{"id": 1, "name": "grass", "isthing": 0}, {"id": 2, "name": "cat", "isthing": 1}]
    >>> truth = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1, -1])
    >>> guess = np.array([0, 0, 0, 1, 1, 1, 1, -1, 1, -1])
    >>> {name: round(result.mean, 3) for name, result in mean_iou_by_void([(guess, truth)], pets).items()}
    {'left out': 0.675, 'a class': 0.528, 'an error': 0.625, 'class 0': 0.75}
    """
    counted = PixelCounts(categories)
    for prediction, truth in in_pairs(pairs):
        counted.update(prediction, truth)
    counts, ids = counted.counts, [category.id for category in counted.categories]
    without_first = counts.copy()
    without_first[:2] = 0  # the rows of void and of class 0
    right, union = _right_and_union(counts)
    right_without, union_without = _right_and_union(without_first)
    return {
        "left out": counted.compute(),
        "a class": mean_of(right, union, [-1, *ids]),
        "an error": mean_of(right[1:], union[1:], ids),
        "class 0": mean_of(right_without[1:], union_without[1:], ids),
    }


def _right_and_union(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 + K,) pixels each, void first, of a matrix with the truth in its rows."""
    right = np.diagonal(counts)
    return right, counts.sum(axis=1) + counts.sum(axis=0) - right

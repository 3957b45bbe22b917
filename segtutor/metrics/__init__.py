"""How good a segmentation is: values are 0..1 here; whatever is printed for people is in percent.

    panoptic_quality(pairs, categories)          PQ = SQ x RQ, as the official panopticapi counts it
    confusion_matrix(truth, prediction, K)       pixels by true and predicted class
    mean_iou(pairs, categories)                  intersection over union of each class, over all pixels of a data set

`pairs` are (prediction, truth), read one at a time, so a generator serves. Behind each function is a class with
update, merge and compute (`PanopticCounts`, `PixelCounts`), for counting on several processes.
"""

from segtutor.metrics.iou import MeanIoU, PixelCounts, confusion_matrix, mean_iou
from segtutor.metrics.pq import PanopticCounts, PanopticQuality, Quality, panoptic_quality

__all__ = [
    "MeanIoU",
    "PanopticCounts",
    "PanopticQuality",
    "PixelCounts",
    "Quality",
    "confusion_matrix",
    "mean_iou",
    "panoptic_quality",
]

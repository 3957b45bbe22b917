"""How good a segmentation is: values are 0..1 here; whatever is printed for people is in percent.

    panoptic_quality(pairs, categories)          PQ = SQ x RQ, as the official panopticapi counts it
    confusion_matrix(truth, prediction, K)       pixels by true and predicted class
    mean_iou(pairs, categories)                  intersection over union of each class, over all pixels of a data set
    mask_ap(pairs, categories)                   average precision of instances, as COCO counts it
    boundary_iou(prediction, truth)              IoU near the contours alone; mean_boundary_iou(pairs, categories)

`pairs` are (prediction, truth), read one at a time, so a generator serves. Behind each function is a class with
update, merge and compute (`PanopticCounts`, `PixelCounts`, `InstanceCounts`), for counting on several processes.
"""

from segtutor.metrics.ap import InstanceCounts, MaskAP, mask_ap
from segtutor.metrics.boundary import boundary_iou, mean_boundary_iou
from segtutor.metrics.iou import MeanIoU, PixelCounts, confusion_matrix, mean_iou
from segtutor.metrics.pq import PanopticCounts, PanopticQuality, Quality, panoptic_quality

__all__ = [
    "InstanceCounts",
    "MaskAP",
    "MeanIoU",
    "PanopticCounts",
    "PanopticQuality",
    "PixelCounts",
    "Quality",
    "boundary_iou",
    "confusion_matrix",
    "mask_ap",
    "mean_boundary_iou",
    "mean_iou",
    "panoptic_quality",
]

"""How good a segmentation is: values are 0..1 here; whatever is printed for people is in percent.

    panoptic_quality(pairs, categories)          PQ = SQ x RQ, as the official panopticapi counts it
    panoptic_quality_from_coco(truth, results)   the same from COCO's json and PNG files
    confusion_matrix(truth, prediction, K)       pixels by true and predicted class
    mean_iou(pairs, categories)                  intersection over union of each class, over all pixels of a data set
    mask_ap(pairs, categories)                   average precision of instances, as COCO counts it
    mask_ap_from_coco(annotations, results)      the same from COCO's json files, by run lengths
    mean_iou_by_void(pairs, categories)          mIoU with void counted in four ways, of which papers use one
    match_segments(prediction, truth)            what PQ counts in one picture: matched, missed, false, ignored segments
    lost_quality(prediction, truth)              how much of 1 - PQ of one picture each of these segments costs
    boundary_iou(prediction, truth)              IoU near the contours alone; mean_boundary_iou(pairs, categories)
    boundary_panoptic_quality(pairs, categories) PQ with the lesser of IoU and boundary IoU
    calibration(pairs, categories)               is a score of 0.8 right in 8 of 10? Reliability, calibration error
    PanopticSweep(categories, thresholds)        PQ at several thresholds, and the best
    TrainerMetrics(categories, task)             these as transformers' Trainer takes them, batch by batch

`pairs` are (prediction, truth), read one at a time, so a generator serves. Behind each function is a class with
update, merge and compute (`PanopticCounts`, `PixelCounts`, `InstanceCounts`, `CalibrationCounts`), for counting on
several processes.
"""

from segtutor.metrics.ap import InstanceCounts, MaskAP, mask_ap, mask_ap_from_coco
from segtutor.metrics.boundary import boundary_iou, mean_boundary_iou
from segtutor.metrics.iou import MeanIoU, PixelCounts, confusion_matrix, mean_iou
from segtutor.metrics.lost import Lost, lost_quality
from segtutor.metrics.matching import Match, SegmentMatches, match_segments
from segtutor.metrics.pq import (
    PanopticCounts,
    PanopticQuality,
    Quality,
    boundary_panoptic_quality,
    panoptic_quality,
    panoptic_quality_from_coco,
)
from segtutor.metrics.reliability import Calibration, CalibrationCounts, calibration
from segtutor.metrics.sweep import PanopticSweep
from segtutor.metrics.trainer import TrainerMetrics
from segtutor.metrics.void import VOID_POLICIES, mean_iou_by_void

__all__ = [
    "VOID_POLICIES",
    "Calibration",
    "CalibrationCounts",
    "InstanceCounts",
    "Lost",
    "MaskAP",
    "Match",
    "MeanIoU",
    "PanopticCounts",
    "PanopticQuality",
    "PanopticSweep",
    "PixelCounts",
    "Quality",
    "SegmentMatches",
    "TrainerMetrics",
    "boundary_iou",
    "boundary_panoptic_quality",
    "calibration",
    "confusion_matrix",
    "lost_quality",
    "mask_ap",
    "mask_ap_from_coco",
    "match_segments",
    "mean_boundary_iou",
    "mean_iou",
    "mean_iou_by_void",
    "panoptic_quality",
    "panoptic_quality_from_coco",
]

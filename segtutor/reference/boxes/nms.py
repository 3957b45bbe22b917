"""Non-maximum suppression: of boxes that overlap, the best stays and the others go.

A network that looks at every cell finds each thing many times. Greedy suppression (Faster R-CNN,
arXiv:1506.01497, section 3.3; R-CNN, arXiv:1311.2524, section 2.2) keeps one box for each:

    take the box with the best score; drop every other box whose IoU with it exceeds the threshold; repeat

No training knows of this step. Two things that truly overlap by more than the threshold become one (threshold too
low), and one thing stays twice where its boxes differ by more (threshold too high). A set of queries that is matched
one to one learns to say each thing once and needs no such step.
Nothing differs.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import torch
from torch import Tensor

from segtutor.reference.losses.boxes import iou


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Which boxes stay, best score first. boxes: (N, 4) xyxy; scores: (N,) -> indices (M,) int64.

    No two of the boxes that stay overlap by an IoU above the threshold; each box that goes overlaps one that stays and
    has at least its score. Boxes without area overlap nothing. Of equal scores the first wins.
    Raises ValueError for a threshold outside 0..1 or other shapes.

    >>> boxes = torch.tensor([[0.0, 0, 4, 4], [0, 0, 4, 3], [8, 8, 9, 9]])
    >>> nms(boxes, torch.tensor([0.6, 0.9, 0.1]), 0.5).tolist()
    [1, 2]
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be 0 to 1, an IoU, got {threshold}")
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise ValueError(
            f"boxes and scores must be (N, 4) and (N,), got {tuple(boxes.shape)} and {tuple(scores.shape)}"
        )
    order = scores.argsort(descending=True, stable=True)
    ranked = boxes[order]
    overlaps = (iou(ranked[:, None], ranked[None]) > threshold).numpy()
    gone = torch.zeros(len(boxes), dtype=torch.bool).numpy()
    kept = []
    for position in range(len(boxes)):
        if not gone[position]:
            kept.append(position)
            gone |= overlaps[position]
    return order[torch.tensor(kept, dtype=torch.int64)]


def nms_by_class(boxes: Tensor, scores: Tensor, labels: Tensor, threshold: float) -> Tensor:
    """`nms` among the boxes of each class alone: a cat before a house hides no house. labels: (N,) int64.

    -> indices (M,), best score first.
    """
    kept = [torch.zeros(0, dtype=torch.int64)]
    for label in labels.unique():
        mine = (labels == label).nonzero()[:, 0]
        kept.append(mine[nms(boxes[mine], scores[mine], threshold)])
    found = torch.cat(kept)
    return found[scores[found].argsort(descending=True, stable=True)]

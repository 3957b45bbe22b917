"""Boxes: two ways of writing them, how far two are apart, and the box of a mask.

DETR (arXiv:2005.12872, section 3.1) predicts boxes beside masks and matches by them, with two terms:

    L1     |cx - cx'| + |cy - cy'| + |w - w'| + |h - h'|       relative to the picture; larger for larger boxes
    GIoU   |A and B| / |A or B|  -  |C without (A or B)| / |C|   arXiv:1902.09630, eq. 1 and algorithm 1

C is the smallest box around A and B. IoU alone is 0 for all boxes that do not meet, near or far, and teaches nothing
there; the second term of GIoU grows with the gap. It lies in -1..1, and 1 means equal; the loss is 1 - GIoU.

A box is written as centre and size, `cxcywh`, by networks, and as corners, `xyxy`, by geometry. Both here as
(..., 4) float, relative to the picture, 0..1, x to the right and y downwards.

Differs from the paper: a box without area (of a mask without pixels) gives finite numbers, not 0 / 0.
Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

import torch
from torch import Tensor

_TINY = 1e-12  # an area; the smallest real one, of one pixel in a picture of 10000 x 10000, is 1e-8


def corners(cxcywh: Tensor) -> Tensor:
    """(..., 4) centre and size -> (..., 4) corners x0 y0 x1 y1.

    >>> corners(torch.tensor([0.5, 0.5, 1.0, 0.5])).tolist()
    [0.0, 0.25, 1.0, 0.75]
    """
    centre, size = cxcywh[..., :2], cxcywh[..., 2:]
    return torch.cat([centre - 0.5 * size, centre + 0.5 * size], dim=-1)


def centres(xyxy: Tensor) -> Tensor:
    """(..., 4) corners x0 y0 x1 y1 -> (..., 4) centre and size."""
    first, last = xyxy[..., :2], xyxy[..., 2:]
    return torch.cat([(first + last) / 2, last - first], dim=-1)


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Areas of the intersection, the union and the smallest box around both. a, b: (..., 4) xyxy that broadcast."""
    both = _area(torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:]))
    union = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - both
    around = _area(torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:]))
    return both, union, around


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union, 0..1. a, b: (..., 4) xyxy that broadcast -> (...)."""
    both, union, _ = overlap(a, b)
    return both / union.clamp(min=_TINY)


def generalised_iou(a: Tensor, b: Tensor) -> Tensor:
    """GIoU, -1..1: IoU less the share of the box around both that neither fills. a, b: (..., 4) xyxy -> (...)."""
    both, union, around = overlap(a, b)
    return both / union.clamp(min=_TINY) - (around - union) / around.clamp(min=_TINY)


def l1_losses(predicted: Tensor, true: Tensor) -> Tensor:
    """Sum of the four differences of each pair. (M, 4) cxcywh both -> (M,)."""
    return (predicted - true).abs().sum(-1)


def giou_losses(predicted: Tensor, true: Tensor) -> Tensor:
    """1 - GIoU of each pair. (M, 4) cxcywh both -> (M,)."""
    return 1 - generalised_iou(corners(predicted), corners(true))


def pairwise_l1(predicted: Tensor, true: Tensor) -> Tensor:
    """L1 of every query's box with every target's. (Q, 4), (N, 4) cxcywh -> (Q, N)."""
    return l1_losses(predicted[:, None], true[None])


def pairwise_giou(predicted: Tensor, true: Tensor) -> Tensor:
    """-GIoU of every query's box with every target's: DETR's cost, which omits the constant. -> (Q, N)."""
    return -generalised_iou(corners(predicted)[:, None], corners(true)[None])


def boxes_of_masks(masks: Tensor) -> Tensor:
    """The smallest box around each mask, outer edges of its pixels. (N, H, W) -> (N, 4) cxcywh relative.

    A mask without pixels has the box 0 0 0 0.
    """
    masks = masks.bool()
    edges = []
    for seen, length in ((masks.any(1), masks.shape[2]), (masks.any(2), masks.shape[1])):  # columns, rows: (N, length)
        steps = torch.arange(length, device=masks.device)
        first = torch.where(seen, steps, length).amin(1)
        last = torch.where(seen, steps + 1, 0).amax(1)
        first = torch.where(seen.any(1), first, 0)
        edges += [first / length, last / length]
    left, right, top, bottom = edges
    return centres(torch.stack([left, top, right, bottom], dim=1))


def _area(first: Tensor, last: Tensor) -> Tensor:
    return (last - first).clamp(min=0).prod(-1)


BOX_LOSSES = {"box_l1": l1_losses, "giou": giou_losses}
BOX_COSTS = {"box_l1": pairwise_l1, "giou": pairwise_giou}

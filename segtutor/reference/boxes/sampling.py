"""Which boxes learn what: anchors and proposals are compared with the true boxes, and few of the many are drawn.

    anchors (arXiv:1506.01497, section 3.1.2)     a thing from IoU 0.7 on, and the best anchor of each true box;
                                                  nothing below 0.3; between the two it is not asked
    proposals (arXiv:1703.06870, section 3.1)     a thing from IoU 0.5 on, else background

Nearly all boxes hold nothing. A quarter or half of those drawn shall hold a thing, so that "nothing" is not always the
cheapest prediction. Many boxes are right for one thing at the same time: that is what makes NMS necessary. A matching
one to one has no such thresholds.
Nothing differs.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import torch
from torch import Tensor

from segtutor.reference.losses.boxes import iou

THING, NOTHING, NOT_ASKED = 1, 0, -1


def compared(boxes: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """The best IoU of each box with a true one, and which that is. (R, 4), (N, 4) xyxy -> (R,), (R,) int64.

    Without a true box every IoU is 0.
    """
    if not len(true):
        return boxes.new_zeros(len(boxes)), torch.zeros(len(boxes), dtype=torch.int64)
    best, which = iou(boxes[:, None], true[None]).max(1)
    return best, which


def label_anchors(anchors: Tensor, true: Tensor, low: float = 0.3, high: float = 0.7) -> tuple[Tensor, Tensor]:
    """What each anchor shall say (THING, NOTHING, NOT_ASKED) and of which true box. -> (A,), (A,) int64."""
    best, which = compared(anchors, true)
    labels = torch.full((len(anchors),), NOT_ASKED)
    labels[best < low] = NOTHING
    labels[best >= high] = THING
    if len(true):
        overlaps = iou(anchors[:, None], true[None])
        most = overlaps.amax(0)
        # each true box has at least one anchor, however badly it fits; all that are equally near
        anchor, box = ((overlaps == most) & (most > 0)).nonzero(as_tuple=True)
        labels[anchor], which[anchor] = THING, box
    return labels, which


def drawn(labels: Tensor, count: int, share: float, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """At most `count` boxes: things first, at most `share` of them, filled up with nothings. -> indices of each."""
    things, nothings = ((labels == label).nonzero()[:, 0] for label in (THING, NOTHING))
    things = things[torch.randperm(len(things), generator=generator)[: int(count * share)]]
    nothings = nothings[torch.randperm(len(nothings), generator=generator)[: count - len(things)]]
    return things, nothings

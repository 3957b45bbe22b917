"""What Mask R-CNN learns from: five terms, two of the first stage and three of the second.

Faster R-CNN (arXiv:1506.01497, eq. 1) and Mask R-CNN (arXiv:1703.06870, section 3):

    objectness      binary cross-entropy of the anchors drawn
    anchor_box      smooth L1 of those that hold a thing, over the number drawn
    class           cross-entropy over K classes and background, of the proposals drawn
    box             smooth L1 of those that hold a thing, over the number drawn
    mask            binary cross-entropy of m x m cells, of the true class's mask alone

    smooth L1(d) = d^2 / 2 b  where |d| < b,  else |d| - b / 2        (Fast R-CNN, arXiv:1504.08083, eq. 3; b = 1 there)

The terms are simply added. What a mask cell shall say is the true mask read by RoIAlign in the *proposal*, not in the
true box: 0..1, the share of the cell that is covered.
Differs from the paper: smooth L1 of anchors ends its square at 1/9, as published code has it.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BETA = 1 / 9


def objectness_loss(logits: Tensor, things: Tensor, nothings: Tensor) -> Tensor:
    """logits: (A,) of one picture; things, nothings: indices of the anchors drawn -> the mean over these."""
    drawn = torch.cat([things, nothings])
    truth = torch.cat([torch.ones(len(things)), torch.zeros(len(nothings))])
    return F.binary_cross_entropy_with_logits(logits[drawn], truth)


def box_loss(deltas: Tensor, true: Tensor, count: int, *, beta: float = BETA) -> Tensor:
    """deltas, true: (P, 4), of the boxes that hold a thing; count: of all that were drawn -> the sum over count.

    beta: where the square ends. 1/9 for anchors; 1 for the second stage, whose deltas are weighted.
    """
    return F.smooth_l1_loss(deltas, true, beta=beta, reduction="sum") / max(1, count)


def mask_loss(logits: Tensor, labels: Tensor, true: Tensor) -> Tensor:
    """logits: (P, K, m, m); labels: (P,) the true classes; true: (P, m, m), 0..1 -> the mean over boxes and cells.

    0 where no box holds a thing.
    """
    if not len(labels):
        return logits.sum() * 0
    own = logits[torch.arange(len(labels)), labels]
    return F.binary_cross_entropy_with_logits(own, true)

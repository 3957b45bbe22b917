"""What is minimised: per-pixel cross-entropy for a pixel classifier, the set loss for a mask classifier.

Per pixel (FCN, arXiv:1411.4038):   L = mean over valid pixels of  -log p[pixel, class]

Set loss (MaskFormer, arXiv:2107.06278, eq. 1; Mask2Former's terms and weights, arXiv:2112.01527):

    L = sum over decoder layers of   2 CE  +  5 BCE  +  5 dice

    CE    weighted cross-entropy over all Q queries; unmatched ones should say "no object", with weight 0.1
    BCE   binary cross-entropy of matched masks, mean over pixels, sum over pairs / number of targets in the batch
    dice  1 - (2 m.t + 1) / (sum m + sum t + 1), likewise

Each layer, the initial queries' prediction included, is matched for itself.

Differs from the paper: masks are compared on a dense grid (see points.py) instead of 12544 sampled points: at 128 x 128
pixels that is both cheaper and free of sampling noise. Void pixels have weight 0; transformers' loss ignores void.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..outputs import MaskOutput, PerPixelOutput, Targets
from .matcher import MASK2FORMER_MATCHING, MatchingWeights, assign, cost_matrix
from .points import logits_on_grid, truth_on_grid


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms, by default Mask2Former's; no_object: weight of that class inside the cross-entropy."""

    class_: float = 2.0
    bce: float = 5.0
    dice: float = 5.0
    no_object: float = 0.1


MASK2FORMER_LOSS = LossWeights()


def set_loss(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    weights: LossWeights = MASK2FORMER_LOSS,
    matching: MatchingWeights = MASK2FORMER_MATCHING,
    size: tuple[int, int] | None = None,
) -> dict[str, Tensor]:
    """The terms of the set loss, one scalar a term and layer, already weighted: their sum is the loss.

    Keys: "class", "bce", "dice" for the last layer, and "class_0", "bce_0", ... for output.layers in order.
    size: the grid on which masks are compared, (rows, columns); default: twice the resolution of the mask logits.
    """
    size = size or (2 * output.mask_logits.shape[-2], 2 * output.mask_logits.shape[-1])
    truths = [truth_on_grid(target.masks, target.valid, size) for target in targets]  # the same for every layer
    terms = {}
    for i, layer in enumerate([*output.layers, output]):
        suffix = "" if i == len(output.layers) else f"_{i}"
        for name, value in _layer_loss(layer, targets, truths, weights, matching, size).items():
            terms[name + suffix] = value
    return terms


def _layer_loss(output: MaskOutput, targets, truths, weights, matching, size) -> dict[str, Tensor]:
    count = max(1, sum(len(target) for target in targets))
    no_object = output.class_logits.shape[-1] - 1
    wanted = torch.full(output.class_logits.shape[:2], no_object, dtype=torch.int64, device=output.class_logits.device)
    bce = dice = output.mask_logits.sum() * 0.0  # keeps the graph when there is no target at all
    logits = logits_on_grid(output.mask_logits, size)
    for b, (target, (masks, visible)) in enumerate(zip(targets, truths, strict=True)):
        if not len(target):
            continue
        with torch.no_grad():
            cost = cost_matrix(output.class_logits[b], logits[b], target.labels, masks, visible, matching)
        query_idx, target_idx = assign(cost, picture=b)
        wanted[b, query_idx] = target.labels[target_idx]
        pair_bce, pair_dice = mask_losses(logits[b, query_idx], masks[target_idx], visible)
        bce, dice = bce + pair_bce.sum(), dice + pair_dice.sum()
    class_weights = torch.ones(no_object + 1, device=wanted.device)
    class_weights[no_object] = weights.no_object
    cross_entropy = F.cross_entropy(
        output.class_logits.float().transpose(1, 2), wanted, class_weights
    )  # a weighted mean
    return {
        "class": weights.class_ * cross_entropy,
        "bce": weights.bce * bce / count,
        "dice": weights.dice * dice / count,
    }


def mask_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """BCE and dice of matched pairs. logits, targets: (M, P); weights: (P,) >= 0. -> two (M,) tensors."""
    bce = (
        F.binary_cross_entropy_with_logits(logits, targets, reduction="none") @ weights / weights.sum().clamp(min=1e-6)
    )
    probs = logits.sigmoid() * weights
    overlap = (probs * targets).sum(1)
    dice = 1 - (2 * overlap + 1) / (probs.sum(1) + targets @ weights + 1)
    return bce, dice


def per_pixel_loss(output: PerPixelOutput, labels: Tensor, *, ignore: int = -1) -> dict[str, Tensor]:
    """Cross-entropy of every pixel with its class: {"class": scalar}.

    labels: (B, H, W) int64 positions in the categories, `ignore` = void. The logits (B, K, h, w) are resized to H x W
    first, bilinearly, as every per-pixel paper of the course does. A batch of void alone gives 0, not NaN.
    """
    logits = F.interpolate(output.logits.float(), size=labels.shape[-2:], mode="bilinear", align_corners=False)
    total = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="sum")
    return {"class": total / (labels != ignore).sum().clamp(min=1)}

"""How much a predicted mask differs from a true one: cross-entropy, focal and dice, of given pairs and of all pairs.

With x the logit of a pixel, p = sigmoid(x), t in 0..1 the truth, w >= 0 the pixel's weight (0 = void), each as a mean
or a sum over the P pixels or points of one mask:

    BCE    sum w [softplus(x) - x t] / sum w
    focal  sum w a_t (1 - p_t)^g [softplus(x) - x t] / sum w     arXiv:1708.02002, eq. 5
           p_t = p t + (1 - p)(1 - t),  a_t = a t + (1 - a)(1 - t),  a = 0.25, g = 2
    dice   1 - (2 sum w p t + 1) / (sum w p + sum w t + 1)       after V-Net, arXiv:1606.04797, section 3

MaskFormer's loss is focal and dice (arXiv:2107.06278, section 4.1), Mask2Former's BCE and dice (arXiv:2112.01527,
section 4.1).

BCE asks every pixel alike, so a mask of few pixels hardly counts; focal turns down the pixels that are right already;
dice compares areas, and a small mask counts as much as a large one.

The matcher needs the loss of *every* query with *every* target. `pairwise_plain` is just that: the loss of Q N pairs,
through a (Q N, P) tensor. The three `pairwise_...` use that BCE and focal are linear in t and that dice needs only
sums: one matrix product (Q, P) (P, N) and no such tensor. A test holds them equal.

Differs from the papers: V-Net's dice has p^2 and t^2 in the denominator, and the + 1 is that of later code; pairwise
focal is linear in t, as in DETR and MaskFormer; the same for t in {0, 1}.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

# ------------------------------------------------------------------------------------------------------------------
# Of pairs: row m of logits with row m of targets. logits, targets: (M, P); weights: (P,) or (M, P) -> (M,)


def bce_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy of each pair, mean over its pixels -> (M,)."""
    return _mean(F.binary_cross_entropy_with_logits(logits, targets, reduction="none"), weights)


def focal_losses(
    logits: Tensor, targets: Tensor, weights: Tensor, *, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """Sigmoid focal loss of each pair, mean over its pixels -> (M,)."""
    probs = logits.sigmoid()
    right = probs * targets + (1 - probs) * (1 - targets)  # p_t, the probability given to the truth
    balance = alpha * targets + (1 - alpha) * (1 - targets)
    cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return _mean(balance * (1 - right) ** gamma * cross_entropy, weights)


def dice_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Dice loss of each pair -> (M,)."""
    probs = logits.sigmoid() * weights
    overlap = (probs * targets).sum(1)
    return 1 - (2 * overlap + 1) / (probs.sum(1) + _sum(targets, weights) + 1)


# ------------------------------------------------------------------------------------------------------------------
# Of every query with every target. logits: (Q, P); targets: (N, P); weights: (P,) -> (Q, N)
# All but pairwise_plain take a batch of these, too: (B, Q, P); (B, N, P); (B, P) -> (B, Q, N)


def pairwise_plain(loss: Callable[..., Tensor], logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The cost matrix of any loss of pairs, by its definition: the loss of all Q N pairs -> (Q, N)."""
    queries, count = len(logits), len(targets)
    every_query = logits.repeat_interleave(count, 0)  # (Q N, P): each query N times in a row
    every_target = targets.repeat(queries, 1)  # (Q N, P): all targets, Q times
    return loss(every_query, every_target, weights).reshape(queries, count)


def pairwise_bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """BCE of every query with every target -> (Q, N)."""
    # sum_p w [softplus(x) - x t] splits into a column over Q and one matrix product
    weights = weights.unsqueeze(-2)
    if_all_background = _sum(F.softplus(logits), weights)
    return (if_all_background.unsqueeze(-1) - logits @ (targets * weights).mT) / _total(weights).unsqueeze(-1)


def pairwise_focal(
    logits: Tensor, targets: Tensor, weights: Tensor, *, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """Sigmoid focal loss of every query with every target -> (Q, N)."""
    weights = weights.unsqueeze(-2)
    probs, missed = logits.sigmoid(), F.softplus(logits)  # missed = -log(1 - p): what background costs
    background = (1 - alpha) * probs**gamma * missed
    foreground = alpha * (1 - probs) ** gamma * (missed - logits)
    # t foreground + (1 - t) background: again a column and one matrix product
    column = _sum(background, weights).unsqueeze(-1)
    return (column + (foreground - background) @ (targets * weights).mT) / _total(weights).unsqueeze(-1)


def pairwise_dice(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Dice loss of every query with every target -> (Q, N)."""
    weights = weights.unsqueeze(-2)
    probs, weighted = logits.sigmoid(), targets * weights
    overlap = probs @ weighted.mT
    sizes = _sum(probs, weights).unsqueeze(-1) + weighted.sum(-1).unsqueeze(-2)
    return 1 - (2 * overlap + 1) / (sizes + 1)


def _sum(values: Tensor, weights: Tensor) -> Tensor:
    """(..., M, P) weighted and summed over P -> (..., M)."""
    return (values * weights).sum(-1)  # not values @ weights, which adds one by one and loses a digit at 384 x 384


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return _sum(values, weights) / _total(weights)


def _total(weights: Tensor) -> Tensor:
    return weights.sum(-1).clamp(min=1e-6)  # nothing but void: 0 / 1e-6 = 0 instead of NaN


LOSSES = {"bce": bce_losses, "focal": focal_losses, "dice": dice_losses}
PAIRWISE = {"bce": pairwise_bce, "focal": pairwise_focal, "dice": pairwise_dice}

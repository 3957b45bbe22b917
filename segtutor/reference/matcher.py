"""Which query answers for which target: the cost matrix and its best one-to-one assignment.

A mask classifier says Q pairs (class distribution p, mask m) in no order; the truth holds N pairs. DETR
(arXiv:2005.12872, eq. 1) assigns each target its own query so that the sum of costs is least. With Mask2Former's terms
(arXiv:2112.01527, section 3.2.2 and appendix; weights 2, 5, 5 from its published configurations)

    cost[q, n] = -2 p_q[class_n]  +  5 BCE(m_q, mask_n)  +  5 dice(m_q, mask_n)

    BCE(m, t)  = mean over pixels of  softplus(x) - x t        x: the logit of m
    dice(m, t) = 1 - (2 m.t + 1) / (sum m + sum t + 1)

The class term is the probability itself, not its logarithm: DETR found it commensurable with the mask terms.
Void pixels (valid = False) have weight 0. Costs are computed in float32 whatever the precision of the model: in
bfloat16 two costs that differ by less than 1 % are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..outputs import MaskOutput, Targets
from .points import logits_on_grid, truth_on_grid


@dataclass(frozen=True)
class MatchingWeights:
    """Weights of the terms of the cost; the defaults are Mask2Former's."""

    class_: float = 2.0
    bce: float = 5.0
    dice: float = 5.0


MASK2FORMER_MATCHING = MatchingWeights()


def mask_costs(logits: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """BCE and dice of every prediction with every target, without a (Q, N, P) tensor.

    logits: (Q, P) float, before the sigmoid; targets: (N, P) in 0..1; weights: (P,) >= 0. -> two (Q, N) tensors.
    """
    # sum_p w [softplus(x) - x t] splits into a column over Q and one matrix product
    total = weights.sum().clamp(min=1e-6)
    weighted = targets * weights  # (N, P)
    bce = ((torch.nn.functional.softplus(logits) @ weights)[:, None] - logits @ weighted.T) / total
    probs = logits.sigmoid()
    overlap = probs @ weighted.T  # (Q, N)
    sizes = (probs @ weights)[:, None] + weighted.sum(1)[None]
    return bce, 1 - (2 * overlap + 1) / (sizes + 1)


def cost_matrix(
    class_logits: Tensor,
    mask_logits: Tensor,
    labels: Tensor,
    masks: Tensor,
    visible: Tensor,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
) -> Tensor:
    """The cost of giving target n to query q, (Q, N) float32.

    class_logits: (Q, K + 1); mask_logits: (Q, P) at P points; labels: (N,) in 0..K-1; masks: (N, P) in 0..1 at the
    same points; visible: (P,) weight of each point, 0 = void.
    """
    class_probs = class_logits.float().softmax(-1)
    bce, dice = mask_costs(mask_logits.float(), masks.float(), visible.float())
    return -weights.class_ * class_probs[:, labels] + weights.bce * bce + weights.dice * dice


def assign(cost: Tensor, *, picture: int = 0) -> tuple[Tensor, Tensor]:
    """The cheapest one-to-one assignment of a cost matrix (Q, N): (query_idx, target_idx), both (min(Q, N),) int64.

    Raises ValueError naming picture, query and target if a cost is not finite: then the network has diverged.
    """
    from scipy.optimize import linear_sum_assignment

    if not torch.isfinite(cost).all():
        q, n = torch.nonzero(~torch.isfinite(cost))[0].tolist()
        raise ValueError(
            f"got a cost of {cost[q, n].item()} ({cost.dtype}) for picture {picture}, query {q}, target {n}, "
            "expected finite costs: the network's outputs overflowed; lower the learning rate or train in float32"
        )
    query_idx, target_idx = linear_sum_assignment(cost.cpu().numpy())
    return torch.as_tensor(query_idx, dtype=torch.int64), torch.as_tensor(target_idx, dtype=torch.int64)


@torch.no_grad()
def match(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
    size: tuple[int, int] | None = None,
) -> list[tuple[Tensor, Tensor]]:
    """Matches the queries of each picture with its targets.

    output: a batch of B pictures; targets: B of them; size: the grid on which masks are compared (default: twice the
    resolution of the mask logits, so that a border inside a cell counts).
    Returns B pairs (query_idx, target_idx) of int64 tensors, len = min(Q, N), sorted by query.
    """
    if len(output) != len(targets):
        raise ValueError(
            f"got {len(output)} outputs and {len(targets)} targets, expected as many: one Targets a picture"
        )
    size = size or (2 * output.mask_logits.shape[-2], 2 * output.mask_logits.shape[-1])
    logits = logits_on_grid(output.mask_logits, size)
    matches = []
    for b, target in enumerate(targets):
        truth = truth_on_grid(target.masks, target.valid, size)
        cost = cost_matrix(output.class_logits[b], logits[b], target.labels, *truth, weights)
        matches.append(assign(cost, picture=b))
    return matches

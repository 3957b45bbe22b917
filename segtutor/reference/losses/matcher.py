"""Which query is matched with which target: the cost of each pair, and the cheapest one-to-one assignment.

A mask classifier predicts Q pairs of class and mask in no order; the truth holds N pairs. DETR (arXiv:2005.12872, eq. 1
and section 3.1) gives each target its own query so that the sum of costs is least:

    minimise   sum over n of  cost[q(n), n]      over all ways q of giving every target a query of its own

With Mask2Former's terms and weights (arXiv:2112.01527, section 4.1), p the query's class distribution, m its mask:

    cost[q, n] = -2 p_q[class_n]  +  5 BCE(m_q, mask_n)  +  5 dice(m_q, mask_n)

The class term is the probability itself, not its logarithm: so it has a size like that of the other terms, and DETR
found that it works better. BCE, focal and dice are criterion.py's, of every query with every target; boxes.py has the
terms of boxes. A term of weight 0 is not computed.

This file, from the top: the weights; the terms of masks; the cost matrix; the assignment; the matching of a batch; the
checks that outputs, targets and a matching belong together. The search is scipy's or hungarian.py's.

A matcher is any function (output, targets) -> [(query_idx, target_idx), ...]: `set_loss(..., match=mine)` takes it.
`match` is the bipartite one; fixed_matching.py has the other that MaskFormer compares it with.

Costs are computed in float32 whatever the precision of the model: in bfloat16 two costs that differ by less than 1 %
can be equal. All matrices of a batch go to the CPU in one transfer.

Differs from the paper: void pixels, of which it does not speak, have weight 0; a cost that is not finite is an error
that names its origin, where transformers replaces it by a large number and trains on; pairwise focal is linear in the
truth, as in DETR and MaskFormer, which is the same for truths of 0 and 1.
Taught in notebooks/03_why_not_classify_masks_instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.boxes import BOX_COSTS, boxes_of_masks
from segtutor.reference.losses.sampling import Grid, Sampling, sum_over_points, total_weight

Matches = list[tuple[Tensor, Tensor]]  # for each image: query_idx, target_idx, equally long int64
Engine = str | Callable[[np.ndarray], tuple[Any, Any]]


@dataclass(frozen=True)
class TermWeights:
    """The weight of each term, in the cost and in the loss; the defaults are Mask2Former's."""

    class_: float = 2.0
    bce: float = 5.0
    dice: float = 5.0
    focal: float = 0.0
    box_l1: float = 0.0
    giou: float = 0.0

    def uses(self, terms: Iterable[str]) -> bool:
        """Whether one of these terms, by name, has a weight."""
        return any(getattr(self, name) for name in terms)


@dataclass(frozen=True)
class MatchingWeights(TermWeights):
    """Weights of the terms of the cost. Those of other papers are in criterion.py."""


MASK2FORMER_MATCHING = MatchingWeights()


# ------------------------------------------------------------------------------------------------------------------
# The terms of masks, of every query with every target. logits: (Q, P); targets: (N, P); weights: (P,) -> (Q, N); or a
# batch of these, (B, Q, P); (B, N, P); (B, P) -> (B, Q, N). BCE and focal are linear in t and dice needs sums only: so
# one matrix product (Q, P) (P, N) does it, and no tensor of Q N P numbers is made.


def pairwise_bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """BCE of every query with every target -> (Q, N)."""
    # sum_p w [softplus(x) - x t] splits into a column over Q and one matrix product
    weights = weights.unsqueeze(-2)
    if_all_background = sum_over_points(F.softplus(logits), weights)
    return (if_all_background.unsqueeze(-1) - logits @ (targets * weights).mT) / total_weight(weights).unsqueeze(-1)


def pairwise_focal(
    logits: Tensor, targets: Tensor, weights: Tensor, *, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """Sigmoid focal loss of every query with every target -> (Q, N)."""
    weights = weights.unsqueeze(-2)
    probs, missed = logits.sigmoid(), F.softplus(logits)  # missed = -log(1 - p): what background costs
    background = (1 - alpha) * probs**gamma * missed
    foreground = alpha * (1 - probs) ** gamma * (missed - logits)
    # t foreground + (1 - t) background: again a column and one matrix product
    column = sum_over_points(background, weights).unsqueeze(-1)
    return (column + (foreground - background) @ (targets * weights).mT) / total_weight(weights).unsqueeze(-1)


def pairwise_dice(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Dice loss of every query with every target -> (Q, N)."""
    weights = weights.unsqueeze(-2)
    probs, weighted = logits.sigmoid(), targets * weights
    overlap = probs @ weighted.mT
    sizes = sum_over_points(probs, weights).unsqueeze(-1) + weighted.sum(-1).unsqueeze(-2)
    return 1 - (2 * overlap + 1) / (sizes + 1)


MASK_COSTS = {"bce": pairwise_bce, "focal": pairwise_focal, "dice": pairwise_dice}


# ------------------------------------------------------------------------------------------------------------------
# The matrix


def cost_matrix(
    class_logits: Tensor,
    mask_logits: Tensor | None,
    labels: Tensor,
    masks: Tensor | None,
    visible: Tensor | None,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
    *,
    boxes: Tensor | None = None,
    true_boxes: Tensor | None = None,
    terms: bool = False,
) -> Any:
    """The cost of giving target n to query q, (Q, N) float32.

    class_logits: (Q, K + 1); mask_logits: (Q, P) at P points; labels: (N,) in 0..K-1; masks: (N, P) in 0..1 at the
    same points; visible: (P,) weight of each point, 0 = void; boxes (Q, 4), true_boxes (N, 4): cxcywh relative. Masks
    may be None where no mask term has a weight, boxes where no box term has.
    terms: return the terms by name instead, a dict of (Q, N), not yet weighted; only those with a weight.
    """
    found = {}
    if weights.class_:
        found["class_"] = -class_logits.float().softmax(-1)[:, labels]
    for name, mask_term in MASK_COSTS.items():
        if getattr(weights, name):
            found[name] = mask_term(mask_logits.float(), masks.float(), visible.float())
    for name, box_term in BOX_COSTS.items():
        if getattr(weights, name):
            found[name] = box_term(boxes.float(), true_boxes.float())
    return found if terms else _weighted_sum(found, weights)


def cost_terms(*given: Any, **named: Any) -> dict[str, Tensor]:
    """`cost_matrix(..., terms=True)`."""
    return cost_matrix(*given, **named, terms=True)


def _weighted_sum(terms: dict[str, Tensor], weights: MatchingWeights) -> Tensor:
    """One matrix of all terms."""
    parts = [getattr(weights, name) * term for name, term in terms.items()]
    if not parts:
        raise ValueError(f"at least one weight must not be 0, or nothing tells queries apart, got {weights}")
    return sum(parts[1:], start=parts[0])


def assign(cost: Tensor | np.ndarray, *, picture: int = 0, engine: Engine = "scipy") -> tuple[Tensor, Tensor]:
    """The cheapest one-to-one assignment of a cost matrix (Q, N): (query_idx, target_idx), both (min(Q, N),) int64.

    A cost of +inf forbids the pair, as in scipy. engine: "scipy", "scratch" (hungarian.py), or a function of their
    contract: cost (Q, N) array -> rows, columns.
    Raises ValueError naming picture, query and target if a cost is NaN or -inf: then the network has diverged.
    """
    dtype = cost.dtype
    cost = cost.detach().float().cpu().numpy() if isinstance(cost, Tensor) else cost
    wrong = np.isnan(cost) | (cost == -np.inf)
    if wrong.any():
        q, n = np.argwhere(wrong)[0]
        raise ValueError(
            f"costs must be finite, got {cost[q, n]} ({dtype}) for picture {picture}, query {q}, target {n}: the "
            "network's outputs overflowed; lower the learning rate or train in float32"
        )
    if engine == "scipy":
        from scipy.optimize import linear_sum_assignment as solve
    elif engine == "scratch":
        from segtutor.reference.losses.hungarian import linear_sum_assignment as solve
    elif callable(engine):
        solve = engine
    else:
        raise ValueError(f'engine must be "scipy", "scratch" or a function, got {engine!r}: leave it out for scipy')
    try:
        query_idx, target_idx = solve(cost)
    except ValueError as error:
        if "infeasible" not in str(error):
            raise
        raise ValueError(
            f"the cost matrix for picture {picture} is infeasible, because too many pairs are forbidden: allow more "
            "pairs, or give them a large finite cost"
        ) from None
    return torch.as_tensor(query_idx, dtype=torch.int64), torch.as_tensor(target_idx, dtype=torch.int64)


# ------------------------------------------------------------------------------------------------------------------
# The batch


@torch.no_grad()
def match(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
    size: tuple[int, int] | None = None,
    points: Sampling | None = None,
    generator: torch.Generator | None = None,
    engine: Engine = "scipy",
    allowed: Sequence[Tensor] | None = None,
) -> Matches:
    """Matches the queries of each picture with its targets.

    output: a batch of B pictures; targets: B of them; size: the grid on which masks are compared (default: twice the
    resolution of the mask logits, so that a border inside a cell counts); points: another way of comparing them, such
    as PointSampling() with its generator (see sampling.py); engine: see `assign`; allowed: B (Q, N) bool tensors, False
    forbids a pair. Without output.boxes, box terms use the boxes of the predicted masks.
    Returns B pairs (query_idx, target_idx) of int64 tensors, len = min(Q, N), sorted by query.
    """
    check_pairing(output, targets)
    truth = Truth.of(output, targets, points or Grid(size), weights)
    return match_prepared(output, truth, weights, generator=generator, engine=engine, allowed=allowed)


@dataclass(frozen=True)
class Truth:
    """The targets of a batch, prepared for comparison once for all decoder layers. boxes: B of (N, 4), or None."""

    targets: Sequence[Targets]
    sampling: Sampling
    masks: list[Any]
    boxes: list[Tensor] | None

    @staticmethod
    def of(output: MaskOutput, targets: Sequence[Targets], sampling: Sampling, *weights: TermWeights) -> Truth:
        """weights: MatchingWeights, LossWeights: true boxes are computed only where a box term has a weight."""
        mask_size = (output.mask_logits.shape[-2], output.mask_logits.shape[-1])
        boxed = any(each.uses(BOX_COSTS) for each in weights)
        boxes = [boxes_of_masks(t.masks * t.valid) for t in targets] if boxed else None
        return Truth(targets, sampling, sampling.prepare(targets, mask_size), boxes)


@torch.no_grad()
def match_prepared(
    output: MaskOutput,
    truth: Truth,
    weights: MatchingWeights,
    *,
    generator: torch.Generator | None = None,
    engine: Engine = "scipy",
    allowed: Sequence[Tensor] | None = None,
) -> Matches:
    """`match` for targets that are prepared and checked."""
    by_mask = weights.uses(MASK_COSTS)
    by_box = weights.uses(BOX_COSTS)
    terms, costs = [], []
    for b, target in enumerate(truth.targets):
        logits, masks, visible, boxes, true_boxes = None, None, None, None, None
        if by_mask:
            logits, masks, visible = truth.sampling.all_pairs(output.mask_logits[b], truth.masks[b], generator)
        if by_box and truth.boxes is not None:
            boxes = output.boxes[b] if output.boxes is not None else boxes_of_masks(output.mask_logits[b] > 0)
            true_boxes = truth.boxes[b]
        given = (output.class_logits[b], logits, target.labels, masks, visible)
        terms.append(cost_matrix(*given, weights, boxes=boxes, true_boxes=true_boxes, terms=True))
        costs.append(_weighted_sum(terms[-1], weights))
    matches = []
    for b, cost in enumerate(_to_cpu(costs)):
        if not np.isfinite(cost).all():
            raise ValueError(_origin(terms[b], b, output))
        if allowed is not None:
            cost = np.where(allowed[b].cpu().numpy(), cost, np.inf)
        matches.append(assign(cost, picture=b, engine=engine))
    return matches


def _to_cpu(costs: Sequence[Tensor]) -> list[np.ndarray]:
    """Matrices of different sizes on any device -> arrays, in one transfer."""
    if not costs:
        return []
    flat = torch.cat([cost.flatten() for cost in costs]).cpu()
    return [
        part.view(cost.shape).numpy() for part, cost in zip(flat.split([c.numel() for c in costs]), costs, strict=True)
    ]


def _origin(terms: dict[str, Tensor], picture: int, output: MaskOutput) -> str:
    """The sentence that says where a cost that is not finite comes from."""
    for name, term in terms.items():
        wrong = torch.nonzero(~torch.isfinite(term))
        if len(wrong):
            q, n = wrong[0].tolist()
            source = "class_logits" if name == "class_" else "boxes" if name in BOX_COSTS else "mask_logits"
            dtype = getattr(output, source).dtype if getattr(output, source) is not None else torch.bool
            return (
                f"costs must be finite, got {term[q, n].item()} for picture {picture}, query {q}, target {n}, in "
                f'the term "{name.rstrip("_")}" computed from {source} of {dtype}: the network\'s outputs '
                "overflowed; lower the learning rate or train in float32"
            )
    return f"costs must be finite, but the weights make one of picture {picture} overflow: lower the weights"


# ------------------------------------------------------------------------------------------------------------------
# What belongs together


def check_pairing(output: MaskOutput, targets: Sequence[Targets]) -> None:
    """Raises ValueError with one sentence where a batch of outputs and its targets cannot belong together."""
    if not isinstance(output, MaskOutput):
        what = "a PerPixelOutput" if isinstance(output, PerPixelOutput) else f"a {type(output).__name__}"
        raise ValueError(
            f"output must be a MaskOutput, because only queries are matched, got {what}: a per-pixel output has "
            "per_pixel_loss"
        )
    if len(output) != len(targets):
        raise ValueError(
            f"outputs and targets must be as many, one Targets a picture, got {len(output)} and {len(targets)}"
        )
    classes = output.class_logits.shape[-1] - 1
    labels = torch.cat([target.labels for target in targets]).tolist() if targets else []
    if labels and not (min(labels) >= 0 and max(labels) < classes):
        b, n, label = next(
            (b, n, label)
            for b, target in enumerate(targets)
            for n, label in enumerate(target.labels.tolist())
            if not 0 <= label < classes
        )
        raise ValueError(
            f"the label of target {n} of picture {b} must be 0 to {classes - 1}, because the output has {classes} "
            f'classes and "no object", got {label}: check the list of categories'
        )


def check_matches(matches: Matches, output: MaskOutput, targets: Sequence[Targets]) -> Matches:
    """What a caller's own matcher returned, or a sentence that says why it cannot be used."""
    queries = output.class_logits.shape[1]
    if len(matches) != len(targets):
        raise ValueError(
            f"a match must be one pair of indices for each of the {len(targets)} pictures, got {len(matches)}"
        )
    for b, (query_idx, target_idx) in enumerate(matches):
        query_idx, target_idx = torch.as_tensor(query_idx), torch.as_tensor(target_idx)
        if query_idx.shape != target_idx.shape or query_idx.ndim != 1:
            problem = f"{tuple(query_idx.shape)} query and {tuple(target_idx.shape)} target indices"
        elif len(query_idx) and not (query_idx.min() >= 0 and query_idx.max() < queries):
            problem = f"query indices from {query_idx.min().item()} to {query_idx.max().item()}"
        elif len(query_idx) and not (target_idx.min() >= 0 and target_idx.max() < len(targets[b])):
            problem = f"target indices from {target_idx.min().item()} to {target_idx.max().item()}"
        elif len(query_idx.unique()) < len(query_idx):
            problem = "a query that answers for two targets"
        else:
            continue
        raise ValueError(
            f"the match of picture {b} must be two equally long lists of different queries (0 to {queries - 1}) and "
            f"of targets (0 to {len(targets[b]) - 1}), got {problem}: check the function passed as match"
        )
    return [(torch.as_tensor(q, dtype=torch.int64), torch.as_tensor(t, dtype=torch.int64)) for q, t in matches]

"""Which query answers for which target: the best one-to-one assignment of a cost matrix.

A mask classifier says Q pairs of class and mask in no order; the truth holds N pairs. DETR (arXiv:2005.12872, eq. 1)
gives each target its own query so that the sum of costs is least:

    minimise   sum over n of  cost[q(n), n]      over all ways q of giving every target a query of its own

The cost matrix is costs.py's, the search scipy's or hungarian.py's. All matrices of a batch go to the CPU in one
transfer.

A matcher is any function (output, targets) -> [(query_idx, target_idx), ...]: `set_loss(..., match=mine)` takes it.
`match` is the bipartite one; fixed_matching.py has the other that MaskFormer compares it with.

Differs from the paper: a cost that is not finite is an error that names its origin; transformers replaces it by a
large number and trains on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..outputs import MaskOutput, Targets
from . import boxes as box_terms
from . import mask_terms
from .costs import cost_terms, weighted_sum
from .pairing import Matches, check_pairing
from .reading import Grid, Reading
from .recipes import MASK2FORMER_MATCHING, MatchingWeights

Engine = str | Callable[[np.ndarray], tuple[Any, Any]]


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
            f"got a cost of {cost[q, n]} ({dtype}) for picture {picture}, query {q}, target {n}, "
            "expected finite costs: the network's outputs overflowed; lower the learning rate or train in float32"
        )
    if engine == "scipy":
        from scipy.optimize import linear_sum_assignment as solve
    elif engine == "scratch":
        from .hungarian import linear_sum_assignment as solve
    elif callable(engine):
        solve = engine
    else:
        raise ValueError(f'got engine={engine!r}, expected "scipy", "scratch" or a function: leave it out for scipy')
    try:
        query_idx, target_idx = solve(cost)
    except ValueError as error:
        if "infeasible" not in str(error):
            raise
        raise ValueError(
            f"got a cost matrix for picture {picture} that is infeasible, expected an assignment to exist: too many "
            "pairs are forbidden; allow more, or make them dear but finite"
        ) from None
    return torch.as_tensor(query_idx, dtype=torch.int64), torch.as_tensor(target_idx, dtype=torch.int64)


@torch.no_grad()
def match(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
    size: tuple[int, int] | None = None,
    points: Reading | None = None,
    generator: torch.Generator | None = None,
    engine: Engine = "scipy",
    allowed: Sequence[Tensor] | None = None,
) -> Matches:
    """Matches the queries of each picture with its targets.

    output: a batch of B pictures; targets: B of them; size: the grid on which masks are compared (default: twice the
    resolution of the mask logits, so that a border inside a cell counts); points: another way of comparing them, such
    as PointSampling() with its generator (see reading.py); engine: see `assign`; allowed: B (Q, N) bool tensors, False
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
    reading: Reading
    masks: list[Any]
    boxes: list[Tensor] | None

    @staticmethod
    def of(output: MaskOutput, targets: Sequence[Targets], reading: Reading, *weights: Any) -> Truth:
        """weights: MatchingWeights, LossWeights: true boxes are computed only where a box term has a weight."""
        mask_size = (output.mask_logits.shape[-2], output.mask_logits.shape[-1])
        boxed = any(getattr(each, name) for each in weights for name in box_terms.LOSSES)
        boxes = [box_terms.boxes_of_masks(t.masks * t.valid) for t in targets] if boxed else None
        return Truth(targets, reading, reading.prepare(targets, mask_size), boxes)


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
    by_mask = any(getattr(weights, name) for name in mask_terms.PAIRWISE)
    by_box = any(getattr(weights, name) for name in box_terms.PAIRWISE)
    terms, costs = [], []
    for b, target in enumerate(truth.targets):
        logits, masks, visible, boxes, true_boxes = None, None, None, None, None
        if by_mask:
            logits, masks, visible = truth.reading.all_pairs(output.mask_logits[b], truth.masks[b], generator)
        if by_box and truth.boxes is not None:
            boxes = output.boxes[b] if output.boxes is not None else box_terms.boxes_of_masks(output.mask_logits[b] > 0)
            true_boxes = truth.boxes[b]
        given = (output.class_logits[b], logits, target.labels, masks, visible)
        terms.append(cost_terms(*given, weights, boxes=boxes, true_boxes=true_boxes))
        costs.append(weighted_sum(terms[-1], weights))
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
            source = "class_logits" if name == "class_" else "boxes" if name in box_terms.LOSSES else "mask_logits"
            dtype = getattr(output, source).dtype if getattr(output, source) is not None else torch.bool
            return (
                f"got a cost of {term[q, n].item()} for picture {picture}, query {q}, target {n}, in the term "
                f'"{name.rstrip("_")}" computed from {source} of {dtype}, expected finite costs: the network\'s '
                "outputs overflowed; lower the learning rate or train in float32"
            )
    return f"got weights that make a cost of picture {picture} overflow, expected finite costs: lower the weights"

"""What it costs to let a query answer for a target: the matrix that the matcher searches.

DETR (arXiv:2005.12872, eq. 1 and section 3.1); with Mask2Former's terms and weights (arXiv:2112.01527, section 4.1), p
the query's class distribution and m its mask:

    cost[q, n] = -2 p_q[class_n]  +  5 BCE(m_q, mask_n)  +  5 dice(m_q, mask_n)

The class term is the probability itself, not its logarithm: so it has a size like that of the other terms, and DETR
found that it works better. Other terms (focal, box L1, GIoU) and weights are in recipes.py, the terms themselves in
mask_terms.py and boxes.py.

Costs are computed in float32 whatever the precision of the model: in bfloat16 two costs that differ by less than 1 %
can be equal. A term of weight 0 is not computed.

Differs from the paper: void pixels, which it does not speak of, have weight 0.
"""

from __future__ import annotations

from torch import Tensor

from . import boxes as box_terms
from . import mask_terms
from .recipes import MASK2FORMER_MATCHING, MatchingWeights


def cost_terms(
    class_logits: Tensor,
    mask_logits: Tensor | None,
    labels: Tensor,
    masks: Tensor | None,
    visible: Tensor | None,
    weights: MatchingWeights = MASK2FORMER_MATCHING,
    *,
    boxes: Tensor | None = None,
    true_boxes: Tensor | None = None,
) -> dict[str, Tensor]:
    """The terms of the cost by name, (Q, N) float32 each, not yet weighted; only those with a weight.

    Shapes as in `cost_matrix`; masks may be None where no mask term has a weight, boxes where no box term has.
    """
    terms = {}
    if weights.class_:
        terms["class_"] = -class_logits.float().softmax(-1)[:, labels]
    for name, mask_term in mask_terms.PAIRWISE.items():
        if getattr(weights, name):
            terms[name] = mask_term(mask_logits.float(), masks.float(), visible.float())
    for name, box_term in box_terms.PAIRWISE.items():
        if getattr(weights, name):
            terms[name] = box_term(boxes.float(), true_boxes.float())
    return terms


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
) -> Tensor:
    """The cost of giving target n to query q, (Q, N) float32.

    class_logits: (Q, K + 1); mask_logits: (Q, P) at P points; labels: (N,) in 0..K-1; masks: (N, P) in 0..1 at the
    same points; visible: (P,) weight of each point, 0 = void; boxes (Q, 4), true_boxes (N, 4): cxcywh relative.
    """
    terms = cost_terms(class_logits, mask_logits, labels, masks, visible, weights, boxes=boxes, true_boxes=true_boxes)
    return weighted_sum(terms, weights)


def weighted_sum(terms: dict[str, Tensor], weights: MatchingWeights) -> Tensor:
    """One matrix of all terms."""
    parts = [getattr(weights, name) * term for name, term in terms.items()]
    if not parts:
        raise ValueError(f"got {weights}, expected at least one weight that is not 0: nothing else tells queries apart")
    return sum(parts[1:], start=parts[0])

"""The losses of a promptable network, and the two ways to train three predictions for one click.

    L(prediction, mask) = 2 BCE + Dice, over the cells of the prediction                (SAM: focal and Dice, 20 : 1)
    set         each of the masks that a click can mean gets a prediction of its own: the cheapest assignment of
                predictions to masks counts, as a mask classifier's queries are assigned to its targets
    minimum     SAM's rule (arXiv:2304.02643, section 3, "resolving ambiguity"): only the best prediction for the one
                mask that was asked for counts

By the minimum one prediction can win whatever is easy, and the three do not become part, thing and group: the arm that
fails. The set needs to know all that a click can mean, which ToyTown does and photographs do not.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor

_ASSIGNMENTS = torch.tensor(list(permutations(range(3))))  # (6, 3): the prediction that each mask gets


def pair_losses(logits: Tensor, masks: Tensor) -> Tensor:
    """L of every prediction with every mask. logits: (N, M, h, w); masks: (N, T, h, w) float, 0..1 -> (N, M, T).

    Both terms are sums of products, so all pairs cost one matrix product each.
    """
    logits, masks = logits.flatten(2), masks.flatten(2)
    cells = logits.shape[-1]
    entropy = F.softplus(logits).mean(-1)[..., None] - logits @ masks.mT / cells
    inside = logits.sigmoid()
    areas = inside.sum(-1)[..., None] + masks.sum(-1)[:, None]
    return 2 * entropy + 1 - (2 * (inside @ masks.mT) + 1) / (areas + 1)


def pair_ious(logits: Tensor, masks: Tensor) -> Tensor:
    """IoU of every prediction, logits above 0, with every mask, above 0.5. Shapes as `pair_losses`; no gradient."""
    inside, masks = (logits.detach() > 0).flatten(2).float(), (masks > 0.5).flatten(2).float()
    both = inside @ masks.mT
    return both / (inside.sum(-1)[..., None] + masks.sum(-1)[:, None] - both).clamp(min=1)


def set_loss(losses: Tensor, real: Tensor) -> Tensor:
    """The mean loss of the masks a click can mean under the cheapest assignment. -> (N,).

    losses: (N, 3, 3), predictions by masks; real: (N, 3) bool, which masks there are. Without any, 0.

    >>> losses = torch.tensor([[[1.0, 9.0, 9.0], [9.0, 9.0, 2.0], [0.0, 0.0, 9.0]]])
    >>> set_loss(losses, torch.tensor([[True, False, True]]))         # predictions 2 and 1: (0 + 2) / 2
    tensor([1.])
    """
    slots = torch.arange(3, device=losses.device)
    each = torch.stack([losses[:, chosen, slots] for chosen in _ASSIGNMENTS], 1)  # (N, 6, 3)
    total = (each * real[:, None]).sum(-1).min(1).values
    return total / real.sum(-1).clamp(min=1)


def minimum_loss(losses: Tensor) -> Tensor:
    """SAM's rule: the loss of the best prediction for the one mask that was asked for. (N, 3), predictions -> (N,)."""
    return losses.min(1).values

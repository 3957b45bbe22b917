"""The fast form of the set loss on a grid: the predictions of all layers and pictures side by side.

criterion.py works through layers and images one by one, as the equation is written (MaskFormer, arXiv:2107.06278,
eq. 1, with Mask2Former's terms, arXiv:2112.01527, section 4.1). Small networks on small pictures
spend their time then on starting operations rather than on numbers: four predictions for eight pictures are some two
thousand operations on a few thousand numbers each. Nothing makes that necessary:

    matching   the Q queries of L predictions compared with a picture's N targets are L Q rows of one matrix;
               targets are padded to the largest N of the batch, and what the padding costs is never looked at
    loss       the matched masks of all layers are rows of one matrix (M, P); each layer sums its own rows

The result differs from the plain form's by rounding. Pays as long as the numbers stay in the processor's cache.

Differs from the paper: nothing. Only for `Grid`, whose points are the same for all masks, and without boxes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.outputs import MaskOutput, Targets
from segtutor.reference.losses.boxes import BOX_LOSSES
from segtutor.reference.losses.criterion import MASK_LOSSES, Matcher, Recipe
from segtutor.reference.losses.matcher import MASK_COSTS, MatchingWeights, assign
from segtutor.reference.losses.sampling import Grid, logits_on_grid

MOST_NUMBERS = 2**20  # of one temporary, all layers: 4 MB; beyond, picture by picture is as fast


def can_join(output: MaskOutput, targets: Sequence[Targets], recipe: Recipe) -> bool:
    """Whether this form is made for such a loss."""
    if not isinstance(recipe.points, Grid) or not recipe.auxiliary_masks or not sum(map(len, targets)):
        return False
    if recipe.loss.uses(BOX_LOSSES) or recipe.matching.uses(BOX_LOSSES):
        return False
    predictions = (*output.layers, output)
    if len({(each.class_logits.shape, each.mask_logits.shape) for each in predictions}) > 1:
        return False
    B, Q, h, w = output.mask_logits.shape
    rows, columns = recipe.points.size or (2 * h, 2 * w)
    return len(predictions) * B * Q * rows * columns <= MOST_NUMBERS


def losses_of_layers(
    output: MaskOutput,
    targets: Sequence[Targets],
    recipe: Recipe,
    generator: torch.Generator | None = None,
    match: Matcher | None = None,
) -> dict[str, Tensor]:
    """The terms of `set_loss`, by the same names in the same order.

    NotImplemented for another matcher, for what `can_join` declines, and where a cost is not finite: the plain form
    then says which.
    """
    if match is not None or not can_join(output, targets, recipe):
        return NotImplemented
    weights, matching = recipe.loss, recipe.matching
    predictions = (*output.layers, output)
    class_logits = torch.cat([each.class_logits for each in predictions], dim=1)  # (B, L Q, K + 1)
    mask_logits = torch.cat([each.mask_logits for each in predictions], dim=1)  # (B, L Q, h, w)
    labels, masks, visible, size = _padded(targets, recipe.points.prepare(targets, mask_logits.shape[-2:]))
    costs = _costs(class_logits, mask_logits, size, labels, masks, visible, matching)
    if not np.isfinite(costs).all():
        return NotImplemented
    layers, queries, most = len(predictions), output.class_logits.shape[1], masks.shape[1]
    chosen: list[Tensor] = []  # rows of (B L Q), rows of (B N): who answers for what, all pictures of a layer together
    for layer in range(layers):
        for b, target in enumerate(targets):
            first = layer * queries
            query_idx, target_idx = assign(costs[b, first : first + queries, : len(target)], picture=b)
            chosen.append(torch.stack((query_idx + (b * layers * queries + first), target_idx + b * most)))
    answering, answered = torch.cat(chosen, dim=1).to(mask_logits.device)
    labels, masks = labels.flatten(), masks.flatten(0, 1)
    wanted = torch.full(class_logits.shape[:2], class_logits.shape[-1] - 1, device=mask_logits.device)
    wanted.view(-1)[answering] = labels[answered]

    count = max(1, sum(map(len, targets)))
    terms: dict[str, Tensor] = {}
    if weights.class_:
        terms["class"] = weights.class_ * _class_losses(class_logits, wanted, layers, weights.no_object)
    names = [name for name in MASK_LOSSES if getattr(weights, name)]
    if names:
        matched = logits_on_grid(mask_logits.flatten(0, 1)[answering][None], size)[0]  # (M, P)
        pairs = matched, masks[answered], visible[answered // most]
        for name in names:
            terms[name] = getattr(weights, name) * MASK_LOSSES[name](*pairs).view(layers, -1).sum(1) / count
    each = {name: term.unbind() for name, term in terms.items()}
    last = layers - 1
    return {name + ("" if i == last else f"_{i}"): each[name][i] for i in range(layers) for name in terms}


def _padded(targets: Sequence[Targets], truths: Sequence) -> tuple[Tensor, Tensor, Tensor, tuple[int, int]]:
    """Labels (B, N), masks (B, N, P), visible (B, P), the size of the grid; N of the picture that has most."""
    most = max(map(len, targets))
    size, first, _ = truths[0]
    masks = first.new_zeros(len(targets), most, first.shape[1])
    labels = torch.zeros(len(targets), most, dtype=torch.int64, device=first.device)
    for b, (target, (_, own, _)) in enumerate(zip(targets, truths, strict=True)):
        labels[b, : len(target)] = target.labels
        masks[b, : len(target)] = own
    return labels, masks, torch.stack([own for _, _, own in truths]), size


@torch.no_grad()
def _costs(class_logits, mask_logits, size, labels, masks, visible, weights: MatchingWeights) -> np.ndarray:
    """(B, L Q, N) float32: what `cost_matrix` computes for each picture and layer."""
    cost = class_logits.new_zeros(*class_logits.shape[:2], masks.shape[1], dtype=torch.float32)
    if weights.class_:
        index = labels[:, None].expand(-1, class_logits.shape[1], -1)
        cost -= weights.class_ * class_logits.float().softmax(-1).gather(2, index)
    names = [name for name in MASK_COSTS if getattr(weights, name)]
    if names:
        logits = logits_on_grid(mask_logits, size)  # (B, L Q, P)
        for name in names:
            cost += getattr(weights, name) * MASK_COSTS[name](logits, masks, visible)
    return cost.cpu().numpy()


def _class_losses(class_logits: Tensor, wanted: Tensor, layers: int, no_object: float) -> Tensor:
    """`class_loss` of each layer: (B, L Q, K + 1) and the wanted class (B, L Q) -> (L,)."""
    class_weights = torch.ones(class_logits.shape[-1], device=wanted.device)
    class_weights[-1] = no_object
    losses = F.cross_entropy(class_logits.float().flatten(0, 1), wanted.flatten(), class_weights, reduction="none")
    total, of_all = (
        values.view(len(wanted), layers, -1).sum((0, 2)) for values in (losses, class_weights[wanted.flatten()])
    )
    return total / of_all

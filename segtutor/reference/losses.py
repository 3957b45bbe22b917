"""What is minimised: per-pixel cross-entropy for a pixel classifier, the set loss for a mask classifier.

Per pixel (FCN, arXiv:1411.4038):   L = mean over valid pixels of  -log p[pixel, class]

Set loss (MaskFormer, arXiv:2107.06278, eq. 1; Mask2Former's terms and weights, arXiv:2112.01527,
section 4.1):

    L = sum over decoder layers of   2 CE  +  5 BCE  +  5 dice

    CE    weighted cross-entropy over all Q queries; unmatched ones should say "no object", with weight 0.1
    BCE   binary cross-entropy of matched masks, mean over pixels, sum over pairs / number of targets in the batch
    dice  1 - (2 m.t + 1) / (sum m + sum t + 1), likewise

Each layer, the initial queries' prediction included, is matched for itself. Other terms and weights: recipes.py.

Differs from the paper: by default masks are compared on a dense grid instead of at 12544 sampled points: at 128 x 128
pixels that is both cheaper and free of sampling noise; `recipe=MASK2FORMER` samples (see reading.py). Void pixels have
weight 0; transformers' loss ignores void.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..outputs import MaskOutput, PerPixelOutput, Targets
from . import boxes as box_terms
from . import mask_terms
from .joint_losses import can_join, joint_set_loss
from .matcher import Truth, match_prepared
from .pairing import Matches, check_matches, check_pairing
from .reading import Grid, Reading
from .recipes import LossWeights, MatchingWeights, Recipe


def set_loss(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    recipe: Recipe | None = None,
    weights: LossWeights | None = None,
    matching: MatchingWeights | None = None,
    size: tuple[int, int] | None = None,
    points: Reading | None = None,
    generator: torch.Generator | None = None,
    match: Callable[[MaskOutput, Sequence[Targets]], Matches] | None = None,
) -> dict[str, Tensor]:
    """The terms of the set loss, one scalar a term and layer, already weighted: their sum is the loss.

    recipe: MASK2FORMER, MASKFORMER, DETR (recipes.py), by default Mask2Former's weights on a dense grid; weights,
    matching and points replace its parts. size: of the dense grid, (rows, columns); default: twice the resolution of
    the mask logits. generator: the random numbers of PointSampling. match: another matcher, a function (output,
    targets) -> B pairs (query_idx, target_idx), called for every layer.
    Keys: "class", "bce", "dice" for the last layer, and "class_0", "bce_0", ... for output.layers in order; with
    other weights those of the terms whose weight is not 0.
    """
    check_pairing(output, targets)
    recipe = recipe or Recipe()
    weights, matching = weights or recipe.loss, matching or recipe.matching
    reading = points or (Grid(size) if size is not None else recipe.points)
    if match is None and recipe.auxiliary_masks and can_join(output, targets, reading, weights, matching):
        terms = joint_set_loss(output, targets, reading, weights, matching)
        if terms is not None:  # else the plain form says which cost is not finite
            return terms
    return set_loss_plain(output, targets, recipe, weights, matching, reading, generator, match)


def set_loss_plain(
    output: MaskOutput,
    targets: Sequence[Targets],
    recipe: Recipe,
    weights: LossWeights,
    matching: MatchingWeights,
    reading: Reading,
    generator: torch.Generator | None = None,
    match: Callable[[MaskOutput, Sequence[Targets]], Matches] | None = None,
) -> dict[str, Tensor]:
    """`set_loss` layer by layer and picture by picture, as the equation says; joint_losses.py has the faster form."""
    truth = Truth.of(output, targets, reading, weights, matching)  # the same for every layer
    terms: dict = {}
    last = len(output.layers)
    for i in (last, *range(last)):  # the last layer first, in transformers' order of random numbers
        layer = output if i == last else output.layers[i]
        if match is None:
            matches = match_prepared(layer, truth, matching, generator=generator)
        else:
            matches = check_matches(match(layer, targets), layer, targets)
        with_masks = i == last or recipe.auxiliary_masks
        terms[i] = _layer_loss(layer, truth, matches, weights, generator, with_masks)
    return {name + ("" if i == last else f"_{i}"): value for i in range(last + 1) for name, value in terms[i].items()}


def _layer_loss(output: MaskOutput, truth: Truth, matches: Matches, weights: LossWeights, generator, with_masks: bool):
    """The weighted terms of one prediction, given who answers for what."""
    device = output.class_logits.device
    matches = [(query_idx.to(device), target_idx.to(device)) for query_idx, target_idx in matches]
    count = max(1, sum(len(target) for target in truth.targets))
    terms = {}
    if weights.class_:
        terms["class"] = weights.class_ * class_loss(output.class_logits, truth.targets, matches, weights.no_object)
    names = [name for name in mask_terms.LOSSES if getattr(weights, name)] if with_masks else []
    if names:
        matched = _select(output.mask_logits, matches)
        chosen = [target_idx for _, target_idx in matches]
        sums = dict.fromkeys(names, output.mask_logits.sum() * 0.0 if not any(map(len, matched)) else 0.0)
        for compared in truth.reading.matched_pairs(matched, truth.masks, chosen, generator):
            if len(compared[0]):
                for name in names:
                    sums[name] = sums[name] + mask_terms.LOSSES[name](*compared).sum()
        terms |= {name: getattr(weights, name) * value / count for name, value in sums.items()}
    names = [name for name in box_terms.LOSSES if getattr(weights, name)]
    if names:
        if output.boxes is None or truth.boxes is None:
            raise ValueError(
                f"got an output without boxes and a loss with the term {names[0]}, expected boxes: "
                "set that weight to 0, or choose a model that predicts boxes, such as DETR"
            )
        predicted = torch.cat(_select(output.boxes.float(), matches))
        true = torch.cat([boxes[target_idx] for boxes, (_, target_idx) in zip(truth.boxes, matches, strict=True)])
        for name in names:
            terms[name] = getattr(weights, name) * box_terms.LOSSES[name](predicted, true).sum() / count
    return terms


def class_loss(class_logits: Tensor, targets: Sequence[Targets], matches: Matches, no_object: float = 0.1) -> Tensor:
    """Cross-entropy of all queries, mean weighted by class: what is matched says its target's class, the rest K.

    class_logits: (B, Q, K + 1); "no object" is class K and weighs `no_object`: else the many unmatched queries would
    drown the few matched ones.
    """
    last = class_logits.shape[-1] - 1
    wanted = torch.full(class_logits.shape[:2], last, dtype=torch.int64, device=class_logits.device)
    for b, (query_idx, target_idx) in enumerate(matches):
        wanted[b, query_idx] = targets[b].labels[target_idx]
    class_weights = torch.ones(last + 1, device=wanted.device)
    class_weights[last] = no_object
    return F.cross_entropy(class_logits.float().transpose(1, 2), wanted, class_weights)  # a weighted mean


def per_pixel_loss(
    output: PerPixelOutput,
    labels: Tensor,
    *,
    ignore: int = -1,
    auxiliary: PerPixelOutput | None = None,
    auxiliary_weight: float = 0.4,
) -> dict[str, Tensor]:
    """Cross-entropy of every pixel with its class: {"class": scalar}, and "class_0" for an auxiliary head.

    labels: (B, H, W) int64 positions in the categories, `ignore` = void. The logits (B, K, h, w) are resized to H x W
    first, bilinearly, as every per-pixel paper of the course does. A batch of void alone gives 0, not NaN.
    auxiliary: the answer of a second head on an earlier stage (PSPNet, arXiv:1612.01105, section 4; UPerNet's FCN
    head), which weighs 0.4.
    """
    terms = {"class": _cross_entropy(output.logits, labels, ignore)}
    if auxiliary is not None:
        terms["class_0"] = auxiliary_weight * _cross_entropy(auxiliary.logits, labels, ignore)
    return terms


def _cross_entropy(logits: Tensor, labels: Tensor, ignore: int) -> Tensor:
    wrong = (labels != ignore) & ((labels < 0) | (labels >= logits.shape[1]))
    if wrong.any():
        raise ValueError(
            f"got label {labels[wrong][0].item()}, expected 0 to {logits.shape[1] - 1}, or {ignore} for void: "
            "check the list of categories, or say which label is void with ignore="
        )
    logits = F.interpolate(logits.float(), size=labels.shape[-2:], mode="bilinear", align_corners=False)
    total = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="sum")
    return total / (labels != ignore).sum().clamp(min=1)


def _select(values: Tensor, matches: Matches) -> list[Tensor]:
    """What the matched queries of each picture say. (B, Q, ...) -> B of (M, ...).

    One selection for the batch: its backward pass writes one tensor of zeros, not one a picture.
    """
    queries = values.shape[1]
    rows = torch.cat([b * queries + query_idx for b, (query_idx, _) in enumerate(matches)])
    return list(values.flatten(0, 1)[rows].split([len(query_idx) for query_idx, _ in matches]))

"""What is minimised: per-pixel cross-entropy for a pixel classifier, the set loss for a mask classifier.

Per pixel (FCN, arXiv:1411.4038):   L = mean over valid pixels of  -log p[pixel, class]

Set loss (MaskFormer, arXiv:2107.06278, eq. 1; Mask2Former's terms and weights, arXiv:2112.01527, section 4.1):

    L = sum over decoder layers of   2 CE  +  5 BCE  +  5 dice

    CE    weighted cross-entropy over all Q queries; unmatched ones should say "no object", with weight 0.1
    BCE   binary cross-entropy of matched masks, mean over pixels, sum over pairs / number of targets in the batch
    dice  1 - (2 m.t + 1) / (sum m + sum t + 1), likewise

Each layer, the initial queries' prediction included, is matched for itself. The weights as the papers' published
configurations have them, in the loss and, where nothing else is said, in the cost of matcher.py:

    loss = class_ CE + bce BCE + focal FOCAL + dice DICE + box_l1 L1 + giou (1 - GIoU)

    settings            class  masks               boxes           matched by       masks compared    paper
    DETR_LOSS           1      focal 1, dice 1     L1 5, GIoU 2    class and box    whole             arXiv:2005.12872
    MASKFORMER_LOSS     1      focal 20, dice 1                    class and mask   whole             arXiv:2107.06278
    MASK2FORMER_LOSS    2      BCE 5, dice 5                       class and mask   at 12544 points   arXiv:2112.01527

All weigh "no object" 0.1 in the cross-entropy. They are in DETR's appendix A.4 (boxes) and section 4.4 (masks),
MaskFormer's and Mask2Former's section 4.1. OneFormer (arXiv:2211.06220) has Mask2Former's and a text term beside
them. The course's small models use Mask2Former's weights on a dense grid: that is `Recipe()`, the default.

Differs from the papers: by default masks are compared on a dense grid instead of at 12544 sampled points: at 128 x 128
pixels that is both cheaper and free of sampling noise; `recipe=MASK2FORMER_LOSS` samples (see sampling.py). Void pixels
have weight 0; transformers' loss ignores void. Mask2Former's paper says lambda_ce = 5, lambda_dice = 5 and
lambda_cls = 2.0, "0.1 for no object"; in the code that produced its results 0.1 is the weight inside the cross-entropy
and 2 multiplies all of it. V-Net's dice (arXiv:1606.04797, section 3) has p^2 and t^2 in the denominator, and the + 1
is that of later code.
Taught in notebooks/03_why_not_classify_masks_instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.losses.boxes import BOX_LOSSES
from segtutor.reference.losses.matcher import (
    MASK2FORMER_MATCHING,
    Matches,
    MatchingWeights,
    TermWeights,
    Truth,
    check_matches,
    check_pairing,
    match_prepared,
)
from segtutor.reference.losses.sampling import (
    FullMasks,
    Grid,
    PointSampling,
    Sampling,
    mean_over_points,
    sum_over_points,
)

Matcher = Callable[[MaskOutput, Sequence[Targets]], Matches]


@dataclass(frozen=True)
class LossWeights(TermWeights):
    """Weights of the terms of the loss; no_object: weight of that class inside the cross-entropy."""

    no_object: float = 0.1


@dataclass(frozen=True)
class Recipe:
    """All that defines a set loss: `set_loss(output, targets, recipe=MASKFORMER_LOSS)`.

    points: where masks are compared, see sampling.py. auxiliary_masks: whether earlier decoder layers have mask losses
    (DETR's do not: its mask head is expensive, and it runs on the last layer alone).
    """

    matching: MatchingWeights = MASK2FORMER_MATCHING
    loss: LossWeights = LossWeights()
    points: Sampling = field(default_factory=Grid)
    auxiliary_masks: bool = True


MASK2FORMER_LOSS = Recipe(points=PointSampling(12544, 3.0, 0.75))
MASKFORMER_LOSS = Recipe(
    MatchingWeights(class_=1, bce=0, focal=20, dice=1), LossWeights(class_=1, bce=0, focal=20, dice=1), FullMasks()
)
DETR_LOSS = Recipe(
    MatchingWeights(class_=1, bce=0, dice=0, box_l1=5, giou=2),
    LossWeights(class_=1, bce=0, focal=1, dice=1, box_l1=5, giou=2),
    FullMasks(),
    auxiliary_masks=False,
)
MASK2FORMER, MASKFORMER = MASK2FORMER_LOSS, MASKFORMER_LOSS  # their names until these were the networks'


def set_loss(
    output: MaskOutput,
    targets: Sequence[Targets],
    *,
    recipe: Recipe | None = None,
    weights: LossWeights | None = None,
    matching: MatchingWeights | None = None,
    size: tuple[int, int] | None = None,
    points: Sampling | None = None,
    generator: torch.Generator | None = None,
    match: Matcher | None = None,
) -> dict[str, Tensor]:
    """The terms of the set loss, one scalar for each term and layer, already weighted: their sum is the loss.

    recipe: MASK2FORMER_LOSS, MASKFORMER_LOSS, DETR_LOSS, by default Mask2Former's weights on a dense grid; weights,
    matching and points replace its parts. size: of the dense grid, (rows, columns); default: twice the resolution of
    the mask logits. generator: the random numbers of PointSampling. match: another matcher, a function (output,
    targets) -> B pairs (query_idx, target_idx), called for every layer.
    Keys: "class", "bce", "dice" for the last layer, and "class_0", "bce_0", ... for output.layers in order; with
    other weights those of the terms whose weight is not 0.
    """
    check_pairing(output, targets)
    recipe = recipe or Recipe()
    recipe = replace(
        recipe,
        loss=weights or recipe.loss,
        matching=matching or recipe.matching,
        points=points or (Grid(size) if size is not None else recipe.points),
    )
    return losses_of_layers(output, targets, recipe, generator, match)


@has_fast_form("joint_losses")
def losses_of_layers(
    output: MaskOutput,
    targets: Sequence[Targets],
    recipe: Recipe,
    generator: torch.Generator | None = None,
    match: Matcher | None = None,
) -> dict[str, Tensor]:
    """`set_loss` of a whole recipe, layer by layer and image by image, as the equation says."""
    truth = Truth.of(output, targets, recipe.points, recipe.loss, recipe.matching)  # the same for every layer
    terms: dict = {}
    last = len(output.layers)
    for i in (last, *range(last)):  # the last layer first, in transformers' order of random numbers
        layer = output if i == last else output.layers[i]
        if match is None:
            matches = match_prepared(layer, truth, recipe.matching, generator=generator)
        else:
            matches = check_matches(match(layer, targets), layer, targets)
        with_masks = i == last or recipe.auxiliary_masks
        terms[i] = _losses_of_layer(layer, truth, matches, recipe.loss, generator, with_masks)
    return {name + ("" if i == last else f"_{i}"): value for i in range(last + 1) for name, value in terms[i].items()}


def _losses_of_layer(
    output: MaskOutput,
    truth: Truth,
    matches: Matches,
    weights: LossWeights,
    generator: torch.Generator | None,
    with_masks: bool,
) -> dict[str, Tensor]:
    """The weighted terms of one prediction, given which query is matched with which target."""
    device = output.class_logits.device
    matches = [(query_idx.to(device), target_idx.to(device)) for query_idx, target_idx in matches]
    count = max(1, sum(len(target) for target in truth.targets))
    terms = {}
    if weights.class_:
        terms["class"] = weights.class_ * class_loss(output.class_logits, truth.targets, matches, weights.no_object)
    names = [name for name in MASK_LOSSES if getattr(weights, name)] if with_masks else []
    if names:
        matched = _select(output.mask_logits, matches)
        chosen = [target_idx for _, target_idx in matches]
        sums = dict.fromkeys(names, output.mask_logits.sum() * 0.0 if not any(map(len, matched)) else 0.0)
        for compared in truth.sampling.matched_pairs(matched, truth.masks, chosen, generator):
            if len(compared[0]):
                for name in names:
                    sums[name] = sums[name] + MASK_LOSSES[name](*compared).sum()
        terms |= {name: getattr(weights, name) * value / count for name, value in sums.items()}
    names = [name for name in BOX_LOSSES if getattr(weights, name)]
    if names:
        if output.boxes is None or truth.boxes is None:
            raise ValueError(
                f"the loss term {names[0]} needs boxes, which the output does not have: set that weight to 0, or "
                "choose a model that predicts boxes, such as DETR"
            )
        predicted = torch.cat(_select(output.boxes.float(), matches))
        true = torch.cat([boxes[target_idx] for boxes, (_, target_idx) in zip(truth.boxes, matches, strict=True)])
        for name in names:
            terms[name] = getattr(weights, name) * BOX_LOSSES[name](predicted, true).sum() / count
    return terms


def _select(values: Tensor, matches: Matches) -> list[Tensor]:
    """What the matched queries of each picture say. (B, Q, ...) -> B of (M, ...).

    One selection for the batch: its backward pass writes one tensor of zeros, not one a picture.
    """
    queries = values.shape[1]
    rows = torch.cat([b * queries + query_idx for b, (query_idx, _) in enumerate(matches)])
    return list(values.flatten(0, 1)[rows].split([len(query_idx) for query_idx, _ in matches]))


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


# ------------------------------------------------------------------------------------------------------------------
# The terms of masks, of pairs: row m of logits with row m of targets. With x the logit of a pixel, p = sigmoid(x), t in
# 0..1 the truth, w >= 0 the pixel's weight (0 = void), over the P pixels or points of one mask:
#
#     BCE    sum w [softplus(x) - x t] / sum w
#     focal  sum w a_t (1 - p_t)^g [softplus(x) - x t] / sum w     arXiv:1708.02002, eq. 5
#            p_t = p t + (1 - p)(1 - t),  a_t = a t + (1 - a)(1 - t),  a = 0.25, g = 2
#     dice   1 - (2 sum w p t + 1) / (sum w p + sum w t + 1)       after V-Net, arXiv:1606.04797, section 3
#
# BCE weighs every pixel alike, so a mask of few pixels hardly counts; focal turns down the pixels that are right
# already; dice compares areas, and a small mask counts as much as a large one.
# logits, targets: (M, P); weights: (P,) or (M, P) -> (M,)


def bce_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy of each pair, mean over its pixels -> (M,)."""
    return mean_over_points(F.binary_cross_entropy_with_logits(logits, targets, reduction="none"), weights)


def focal_losses(
    logits: Tensor, targets: Tensor, weights: Tensor, *, alpha: float = 0.25, gamma: float = 2.0
) -> Tensor:
    """Sigmoid focal loss of each pair, mean over its pixels -> (M,)."""
    probs = logits.sigmoid()
    right = probs * targets + (1 - probs) * (1 - targets)  # p_t, the probability given to the truth
    balance = alpha * targets + (1 - alpha) * (1 - targets)
    cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return mean_over_points(balance * (1 - right) ** gamma * cross_entropy, weights)


def dice_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Dice loss of each pair -> (M,)."""
    probs = logits.sigmoid() * weights
    overlap = (probs * targets).sum(1)
    return 1 - (2 * overlap + 1) / (probs.sum(1) + sum_over_points(targets, weights) + 1)


MASK_LOSSES = {"bce": bce_losses, "focal": focal_losses, "dice": dice_losses}


# ------------------------------------------------------------------------------------------------------------------
# Per pixel


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
    auxiliary: the prediction of a second head on an earlier stage (PSPNet, arXiv:1612.01105, section 4; UPerNet's FCN
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
            f"label must be 0 to {logits.shape[1] - 1}, or {ignore} for void, got {labels[wrong][0].item()}: check "
            "the list of categories, or say which label is void with ignore="
        )
    logits = F.interpolate(logits.float(), size=labels.shape[-2:], mode="bilinear", align_corners=False)
    total = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="sum")
    return total / (labels != ignore).sum().clamp(min=1)

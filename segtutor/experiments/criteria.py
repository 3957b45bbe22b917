"""What the arms of the experiments minimise, where it is not the loop's own set loss or cross-entropy.

    cross_entropy_of_layers    PerPixelBaseline+: every decoder layer's logits, cross-entropy of each pixel
    mask_losses_per_class      the same logits as K independent masks: binary cross-entropy and dice, no softmax
    Supervised                 the set loss on some of the decoder's layers, with some of its parts changed

The second is the control of claim 2: MaskFormer's mask losses without its formulation. Class k has one mask, given in
advance; a class that is not in the picture should have an empty one. As in mask classification a term is the mean over
pixels and the sum over masks, divided by the number of true masks; an empty mask has no dice term, which would not
tell how empty it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.criterion import Recipe, per_pixel_loss, set_loss


def cross_entropy_of_layers(output: PerPixelOutput, labels: Tensor) -> dict[str, Tensor]:
    """{"class": of the last layer, "class_0": of the initial queries, ...}. labels: (B, H, W), -1 = void."""
    return _by_layer(output, lambda layer: per_pixel_loss(layer, labels))


def mask_losses_per_class(output: PerPixelOutput, labels: Tensor) -> dict[str, Tensor]:
    """{"bce", "dice", "bce_0", ...}, weighted 5 and 5 as Mask2Former's. labels: (B, H, W), -1 = void."""
    size = output.logits.shape[-2:]
    known = labels >= 0
    each = F.one_hot(labels.clamp(min=0), output.logits.shape[1]).movedim(-1, 1).float() * known[:, None]
    visible = F.adaptive_avg_pool2d(known[:, None].float(), size)  # share of a cell that is not void
    truth = F.adaptive_avg_pool2d(each, size) / visible.clamp(min=1e-6)  # (B, K, h, w), 0..1
    present = each.flatten(2).any(-1)  # (B, K)
    count = present.sum().clamp(min=1)

    def terms(layer: PerPixelOutput) -> dict[str, Tensor]:
        logits = layer.logits.float()
        bce = F.binary_cross_entropy_with_logits(logits, truth, visible.expand_as(truth), reduction="none")
        bce = bce.flatten(2).sum(-1) / visible.flatten(2).sum(-1).clamp(min=1)
        probs = logits.sigmoid() * visible
        both = (probs * truth).flatten(2).sum(-1)
        total = probs.flatten(2).sum(-1) + (truth * visible).flatten(2).sum(-1)
        dice = 1 - (2 * both + 1) / (total + 1)
        return {"bce": 5 * bce.sum() / count, "dice": 5 * dice[present].sum() / count}

    return _by_layer(output, terms)


def _by_layer(output: PerPixelOutput, terms: Callable[[PerPixelOutput], dict[str, Tensor]]) -> dict[str, Tensor]:
    made = dict(terms(output))
    for i, layer in enumerate(output.layers):
        made |= {f"{name}_{i}": value for name, value in terms(layer).items()}
    return made


@dataclass(frozen=True)
class Supervised:
    """The set loss with changes; a criterion (output, targets) -> terms.

    recipe: weights, matching, where masks are compared. initial: whether the initial queries' prediction is
    supervised; earlier: whether any layer but the last is. match: another matcher. seed: of sampled points.
    """

    recipe: Recipe
    initial: bool = True
    earlier: bool = True
    match: Callable[[MaskOutput, Sequence[Targets]], list[tuple[Tensor, Tensor]]] | None = None

    def __call__(self, output: MaskOutput, targets: Sequence[Targets]) -> dict[str, Tensor]:
        layers = output.layers[0 if self.initial else 1 :] if self.earlier else ()
        generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
        return set_loss(
            replace(output, layers=layers), targets, recipe=self.recipe, match=self.match, generator=generator
        )

"""The two types that everything producing a segmentation returns, and the type of a target.

The contrast of the whole course is the change from the first type to the second:

    PerPixelOutput   one distribution over K classes for each pixel
    MaskOutput       Q pairs of (mask, distribution over K classes and "no object")

Axes: B batch, Q queries, K classes, N targets, h w feature grid, H W image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PerPixelOutput:
    """What a per-pixel classifier says: class logits for each cell of a grid.

    logits: (B, K, h, w) float, before the softmax over K. h, w may be smaller than the picture.
    layers: the outputs of earlier layers, where a model makes several predictions (few do); without layers.
    """

    logits: Tensor
    layers: tuple[PerPixelOutput, ...] = ()

    def __post_init__(self):
        if self.logits.ndim != 4:
            raise ValueError(
                f"logits must be (B, K, h, w), got shape {tuple(self.logits.shape)}: add the batch axis with "
                "logits[None]"
            )

    def __len__(self) -> int:
        return self.logits.shape[0]

    def __getitem__(self, index: int) -> PerPixelOutput:
        """The output of one picture of the batch, still with a batch axis (of length 1)."""
        index = _checked(index, len(self))
        return PerPixelOutput(self.logits[index : index + 1], tuple(layer[index] for layer in self.layers))


@dataclass(frozen=True)
class MaskOutput:
    """What a mask classifier says: Q pairs of a mask and a class distribution.

    class_logits: (B, Q, K + 1) float, before the softmax; index K is "no object".
    mask_logits:  (B, Q, h, w) float, before the sigmoid; positive = the pixel belongs to the query's mask.
    boxes:        (B, Q, 4) float or None, cxcywh relative to the picture, 0..1 (DETR only).
    layers:       the outputs of the earlier decoder layers, first layer first (the initial queries'
                  prediction, where a model makes one, comes before all); each a MaskOutput without layers.
    """

    class_logits: Tensor
    mask_logits: Tensor
    boxes: Tensor | None = None
    layers: tuple[MaskOutput, ...] = ()

    def __post_init__(self):
        classes, masks = tuple(self.class_logits.shape), tuple(self.mask_logits.shape)
        if len(classes) != 3 or len(masks) != 4 or classes[:2] != masks[:2]:
            raise ValueError(
                "class_logits and mask_logits must be (B, Q, K + 1) and (B, Q, h, w) with the same B and Q, got "
                f"{classes} and {masks}: check the order of the axes"
            )

    def __len__(self) -> int:
        return self.class_logits.shape[0]

    def __getitem__(self, index: int) -> MaskOutput:
        """The output of one picture of the batch, still with a batch axis (of length 1)."""
        index = _checked(index, len(self))
        part = slice(index, index + 1)
        return replace(
            self,
            class_logits=self.class_logits[part],
            mask_logits=self.mask_logits[part],
            boxes=None if self.boxes is None else self.boxes[part],
            layers=tuple(layer[index] for layer in self.layers),
        )


@dataclass(frozen=True)
class PromptOutput:
    """What a promptable network answers to N prompts about one picture: M masks each.

    mask_logits: (N, M, h, w) float, before the sigmoid; above 0 = inside. scores: (N, M) float, 0..1, the IoU that the
    network expects each mask to have; None where it expects nothing. object_logits: (N,) float, above 0: what is asked
    for is in the picture; None where the network does not say (SAM 2 does).
    """

    mask_logits: Tensor
    scores: Tensor | None = None
    object_logits: Tensor | None = None


@dataclass(frozen=True)
class Targets:
    """The truth of one picture, in the form that a loss reads.

    labels: (N,) int64, positions in the list of categories, 0..K-1.
    masks:  (N, H, W) uint8, 1 inside. Masks of panoptic targets do not overlap.
    valid:  (H, W) bool or uint8, False where the truth is void: such pixels count in no loss.
    """

    labels: Tensor
    masks: Tensor
    valid: Tensor

    def __post_init__(self):
        labels, masks, valid = (tuple(t.shape) for t in (self.labels, self.masks, self.valid))
        if len(labels) != 1 or len(masks) != 3 or masks[0] != labels[0] or valid != masks[1:]:
            raise ValueError(
                "labels, masks and valid must be (N,), (N, H, W) and (H, W) with the same N, H and W, got "
                f"{labels}, {masks} and {valid}: check how the targets were built"
            )

    def __len__(self) -> int:
        return self.labels.shape[0]

    def to(self, device) -> Targets:
        """The same targets on another device."""
        return Targets(self.labels.to(device), self.masks.to(device), self.valid.to(device))


def _checked(index: int, length: int) -> int:
    if not -length <= index < length:
        raise IndexError(f"index must be one of 0 to {length - 1}, got {index}: the batch holds {length} pictures")
    return index % length

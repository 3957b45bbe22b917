"""Three ways of comparing predicted masks with true ones, which have more pixels: one interface for matcher and loss.

    Grid()            both resized to one regular grid, the truth averaged over each cell; the course's default
    PointSampling()   at random points: Mask2Former, arXiv:2112.01527, section 3.3; the points of PointRend,
                      arXiv:1912.08193, section 3.1
    FullMasks()       the matcher at the size of the prediction, the loss at the size of the truth: MaskFormer,
                      arXiv:2107.06278, and DETR, arXiv:2005.12872

Why points: a mask loss on Q maps of H x W pixels keeps Q H W floats for the backward pass; 12544 points keep 12544 a
mask, whatever the size of the picture (Mask2Former reports 18 GB -> 6 GB of training memory). The matcher compares
*every* query with every target, so all masks of a picture share one uniform set; the loss compares matched pairs, and
each pair gets its own points, three quarters of them where the prediction is least certain.

Each class has
    prepare(targets, mask_size) -> one truth a picture, the same for all decoder layers
    all_pairs(mask_logits (Q, h, w), truth, generator) -> logits (Q, P), targets (N, P), weights (P,)
    matched_pairs(mask_logits, truths, target_idx, generator) -> a picture each: logits, targets (M, P), weights
weights are 0 at void pixels, so these count in no form.

Random numbers are drawn in transformers' order (matching points picture by picture; then all candidates of the loss;
then its uniform points), so one seed gives both the same points. Pictures are worked through one by one: temporaries
stay small, which on a CPU is faster than one padded batch.

Differs from the paper: FullMasks takes the nearest pixel of the truth in the matcher, as transformers does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from ..outputs import Targets
from .points import (
    border_points,
    logits_on_grid,
    sample_points,
    truth_at_points,
    truth_on_grid,
    uniform_points,
)

Compared: TypeAlias = tuple[Tensor, Tensor, Tensor]  # logits, targets, weights
Random: TypeAlias = torch.Generator | None


class Reading(Protocol):
    """Where masks are compared."""

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]: ...

    def all_pairs(self, mask_logits: Tensor, truth: Any, generator: Random = None) -> Compared: ...

    def matched_pairs(
        self,
        mask_logits: Sequence[Tensor],
        truths: Sequence[Any],
        target_idx: Sequence[Tensor],
        generator: Random = None,
    ) -> list[Compared]: ...


@dataclass(frozen=True)
class Grid:
    """One regular grid of `size` = (rows, columns); None = twice the resolution of the mask logits.

    Free of sampling noise, and a border within a cell counts by its share of the cell. The course's default.
    """

    size: tuple[int, int] | None = None

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]:
        size = self.size or (2 * mask_size[0], 2 * mask_size[1])
        return [(size, *truth_on_grid(target.masks, target.valid, size)) for target in targets]

    def all_pairs(self, mask_logits: Tensor, truth: Any, generator: Random = None) -> Compared:
        size, masks, visible = truth
        return logits_on_grid(mask_logits[None], size)[0], masks, visible

    def matched_pairs(self, mask_logits, truths, target_idx, generator: Random = None) -> list[Compared]:
        pairs = []
        for logits, (size, masks, visible), index in zip(mask_logits, truths, target_idx, strict=True):
            pairs.append((logits_on_grid(logits[None], size)[0], masks[index], visible))
        return pairs


@dataclass(frozen=True)
class PointSampling:
    """`count` points: uniform for the matcher; for the loss `importance` of them where |logit| is small.

    The candidates for those are oversample * count uniform points. The defaults are Mask2Former's.
    """

    count: int = 12544
    oversample: float = 3.0
    importance: float = 0.75

    def __post_init__(self):
        if self.count < 1 or self.oversample < 1 or not 0 <= self.importance <= 1:
            raise ValueError(
                f"got {self}, expected count >= 1, oversample >= 1 and importance in 0..1: "
                "the published values are 12544, 3.0 and 0.75"
            )

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]:
        whole = torch.stack([target.valid.all() for target in targets]).tolist() if targets else []  # one transfer
        return [
            (target.masks, None if without_void else target.valid.bool())
            for target, without_void in zip(targets, whole, strict=True)
        ]

    def all_pairs(self, mask_logits: Tensor, truth: Any, generator: Random = None) -> Compared:
        points = uniform_points(self.count, generator=generator, device=mask_logits.device)
        masks, valid = truth
        return sample_points(mask_logits.float(), points), *truth_at_points(masks, valid, points)

    def matched_pairs(self, mask_logits, truths, target_idx, generator: Random = None) -> list[Compared]:
        near, candidates = int(self.count * self.importance), int(self.count * self.oversample)
        certain = [
            border_points(logits.detach().float(), candidates, near, generator=generator) for logits in mask_logits
        ]
        pairs = []
        for logits, (masks, valid), index, points in zip(mask_logits, truths, target_idx, certain, strict=True):
            rest = torch.rand(len(logits), self.count - near, 2, generator=generator, device=logits.device)
            points = torch.cat([points, rest], dim=1)  # (M, P, 2)
            pairs.append((sample_points(logits.float(), points), *truth_at_points(masks[index], valid, points)))
        return pairs


@dataclass(frozen=True)
class FullMasks:
    """The matcher at the size of the prediction (nearest pixel of the truth), the loss at the size of the truth."""

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]:
        truths = []
        for target in targets:
            both = torch.cat([target.valid[None].to(torch.uint8), target.masks])  # (1 + N, H, W)
            small = F.interpolate(both[None], size=mask_size, mode="nearest")[0].flatten(1).float()
            truths.append((small[1:], small[0], target))
        return truths

    def all_pairs(self, mask_logits: Tensor, truth: Any, generator: Random = None) -> Compared:
        masks, visible, _ = truth
        return mask_logits.float().flatten(1), masks, visible

    def matched_pairs(self, mask_logits, truths, target_idx, generator: Random = None) -> list[Compared]:
        pairs = []
        for logits, (*_, target), index in zip(mask_logits, truths, target_idx, strict=True):
            resized = logits_on_grid(logits[None], (target.masks.shape[1], target.masks.shape[2]))[0]
            masks = target.masks[index].flatten(1).float()
            pairs.append((resized, masks, target.valid.flatten().float()))
        return pairs

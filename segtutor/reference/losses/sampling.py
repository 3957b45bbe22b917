"""Where predicted and true masks are compared, for the matcher and for the loss: on a grid, at points, or whole.

    Grid()            both resized to one regular grid, the truth averaged over each cell; the course's default
    PointSampling()   at random points: Mask2Former, arXiv:2112.01527, section 3.3; the points of PointRend,
                      arXiv:1912.08193, section 3.1
    FullMasks()       the matcher at the size of the prediction, the loss at the size of the truth: MaskFormer,
                      arXiv:2107.06278, and DETR, arXiv:2005.12872

Why points: a mask loss on Q maps of H x W pixels keeps Q H W floats for the backward pass; 12544 points keep 12544 for
each mask, whatever the size of the image (Mask2Former reports 18 GB -> 6 GB of training memory). The matcher compares
*every* query with every target, so all masks of an image share one uniform set; the loss compares matched pairs, and
each pair gets its own points, three quarters of them where the prediction is least certain. At ToyTown's 128 x 128
pixels a grid is cheaper than points, and free of their noise.

Each class has
    prepare(targets, mask_size) -> one truth for each image, the same for all decoder layers
    all_pairs(mask_logits (Q, h, w), truth, generator) -> logits (Q, P), targets (N, P), weights (P,)
    matched_pairs(mask_logits, truths, target_idx, generator) -> for each image: logits, targets (M, P), weights
weights are 0 at void pixels, so these count in no form. The functions below them read the values:

    logits_on_grid, truth_on_grid      both on the same regular grid, the truth averaged over each cell
    sample_points, truth_at_points     values at given points, bilinear
    uniform_points, uncertain_points   the points: for matching, one set for all masks; for the loss, near the borders
    sum_over_points, mean_over_points  how values of points are added up, void left out

The value of a map m at a point is the bilinear mean of its four neighbouring pixels, weights (1 - dx)(1 - dy) and so
on; outside the map it is 0. Points are (x, y) in 0..1, (0, 0) the outer corner of the upper left pixel, as in
transformers and detectron2.

Random numbers are drawn in transformers' order (matching points image by image; then all candidates of the loss; then
its uniform points), so one seed gives both the same points. Images are processed one by one: temporaries stay small,
which on a CPU is faster than one padded batch.

Differs from the paper: a cell or point beside void counts with the share of it that is visible; FullMasks takes the
nearest pixel of the truth in the matcher, as transformers does.
Taught in notebooks/07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.outputs import Targets
from segtutor.reference.layers.forms import has_fast_form

Compared: TypeAlias = tuple[Tensor, Tensor, Tensor]  # logits, targets, weights
Random: TypeAlias = torch.Generator | None

_FLOATS = 2**19  # of a temporary: 2 MiB, which stays in a core's cache while it is read at random positions


class Sampling(Protocol):
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
                f"count and oversample must be 1 or more and importance 0 to 1, got {self}: the published values "
                "are 12544, 3.0 and 0.75"
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


# ------------------------------------------------------------------------------------------------------------------
# On a grid, at points


def logits_on_grid(mask_logits: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, Q, h, w) logits, bilinearly resized to a grid of `size` = (rows, columns) cells -> (B, Q, P) float32."""
    if mask_logits.shape[1] == 0:  # no matched query
        return mask_logits.new_zeros(len(mask_logits), 0, size[0] * size[1], dtype=torch.float32)
    if tuple(mask_logits.shape[-2:]) == tuple(size):  # the grid of the logits: what interpolation would return
        return mask_logits.float().flatten(2)
    return F.interpolate(mask_logits.float(), size=size, mode="bilinear", align_corners=False).flatten(2)


def truth_on_grid(masks: Tensor, valid: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The truth on a regular grid of `size` = (rows, columns) cells.

    masks: (N, H, W) uint8; valid: (H, W) bool, False = void.
    Returns targets (N, P) in 0..1: the share of the cell that is inside the mask (so that a border within a cell is
    not rounded away), and weights (P,) in 0..1: the share of the cell that is not void.
    """
    visible = valid.to(torch.float32)
    weights = F.adaptive_avg_pool2d(visible[None, None], size)[0, 0]
    inside = F.adaptive_avg_pool2d((masks * visible)[None], size)[0]
    targets = inside / weights.clamp(min=1e-6)  # share of the visible part of the cell
    return targets.flatten(1), weights.flatten()


@has_fast_form("sampling")
def sample_points(maps: Tensor, points: Tensor) -> Tensor:
    """Values of maps at points: each a weighted sum of the four pixels around it.

    maps: (C, H, W) float; points: (P, 2) as (x, y) in 0..1, or (C, P, 2) -> (C, P).
    """
    count, height, width = maps.shape
    points = points.expand(count, *points.shape[-2:])  # (C, P, 2)
    x, y = points[..., 0] * width - 0.5, points[..., 1] * height - 0.5  # in pixels, 0 = centre of the first one
    left, top = x.floor(), y.floor()
    values = torch.zeros_like(x)
    for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        index = row.clamp(0, height - 1).long() * width + column.clamp(0, width - 1).long()
        weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
        values = values + maps.flatten(1).gather(1, index) * weight * inside
    return values


def truth_at_points(masks: Tensor, valid: Tensor | None, points: Tensor) -> tuple[Tensor, Tensor]:
    """The truth at points. masks: (N, H, W) uint8; valid: (H, W) bool, or None where nothing is void.

    points: (P, 2), the same for all masks, or (N, P, 2).
    Returns targets (N, P) in 0..1 and weights (P,) or (N, P) in 0..1: how far the point is from void.
    """
    masks = masks if valid is None else masks * valid
    step = max(1, _FLOATS // max(1, masks[0].numel())) if len(masks) else 1
    parts = [  # a few masks at a time: only they are turned into floats
        sample_points(part.float(), points if points.ndim == 2 else points[first : first + step])
        for first, part in zip(range(0, len(masks), step), masks.split(step), strict=False)
    ]
    targets = torch.cat(parts) if parts else points.new_zeros(0, points.shape[-2])
    if valid is None:
        return targets, points.new_ones(points.shape[:-1])
    weights = sample_points(valid[None].float(), points.reshape(-1, 2)).reshape(points.shape[:-1])
    return targets / weights.clamp(min=1e-6), weights


def uniform_points(count: int, *, generator: torch.Generator | None = None, device=None) -> Tensor:
    """(count, 2) points drawn uniformly over the picture: for matching, where all masks share one set."""
    return torch.rand(count, 2, generator=generator, device=device)


@torch.no_grad()
def uncertain_points(
    mask_logits: Tensor,
    count: int,
    *,
    oversample: float = 3.0,
    importance: float = 0.75,
    generator: torch.Generator | None = None,
) -> Tensor:
    """(N, count, 2) points for the loss, most of them where a mask's logit is nearest to 0 (PointRend, section 3.1).

    Of oversample * count uniform candidates, the share `importance` of `count` with the smallest |logit| is kept; the
    rest is drawn uniformly. mask_logits: (N, h, w) float, one map a matched pair.
    """
    n, device = mask_logits.shape[0], mask_logits.device
    near = border_points(mask_logits, int(count * oversample), int(count * importance), generator=generator)
    return torch.cat([near, torch.rand(n, count - near.shape[1], 2, generator=generator, device=device)], dim=1)


@torch.no_grad()
def border_points(
    mask_logits: Tensor, candidates: int, count: int, *, generator: torch.Generator | None = None
) -> Tensor:
    """(N, count, 2): of `candidates` uniform points, those with the smallest |logit|, in no order."""
    n, device = mask_logits.shape[0], mask_logits.device
    points = torch.rand(n, candidates, 2, generator=generator, device=device)
    certainty = sample_points(mask_logits, points).abs()
    index = certainty.topk(count, dim=1, largest=False, sorted=False).indices  # which, not in which order
    return points.gather(1, index[..., None].expand(-1, -1, 2))


def sum_over_points(values: Tensor, weights: Tensor) -> Tensor:
    """(..., M, P) weighted and summed over P -> (..., M)."""
    return (values * weights).sum(-1)  # not values @ weights, which adds one by one and loses a digit at 384 x 384


def mean_over_points(values: Tensor, weights: Tensor) -> Tensor:
    """(..., M, P) -> the weighted mean, (..., M); 0 where every point is void."""
    return sum_over_points(values, weights) / total_weight(weights)


def total_weight(weights: Tensor) -> Tensor:
    """(..., P) -> (...), never 0."""
    return weights.sum(-1).clamp(min=1e-6)  # nothing but void: 0 / 1e-6 = 0 instead of NaN

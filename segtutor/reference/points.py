"""Where a mask loss is read: on a dense grid, or at random points.

Mask2Former (arXiv:2112.01527, section 3.3) computes its mask losses at 12544 points instead of on whole masks,
after PointRend (arXiv:1912.08193): training memory falls to a third. At ToyTown's 128 x 128 pixels a dense
grid is cheaper than sampling, so both are here.

    logits_on_grid, truth_on_grid      both on the same regular grid, the truth averaged over each cell
    sample_points, truth_at_points     values at given points, bilinear
    uniform_points, uncertain_points   the points: for matching, one set for all masks; for the loss, near the borders

The value of a map m at a point is the bilinear mean of its four neighbouring pixels, weights (1 - dx)(1 - dy) and so
on; outside the map it is 0. Points are (x, y) in 0..1, (0, 0) the outer corner of the upper left pixel, as in
transformers and detectron2.

Differs from the paper: a cell or point beside void counts with the share of it that is visible.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_FLOATS = 2**19  # of a temporary: 2 MiB, which stays in a core's cache while it is read at random places


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


def sample_points(maps: Tensor, points: Tensor, *, mode: str = "bilinear") -> Tensor:
    """Values of maps at points. maps: (C, H, W) float; points: (P, 2) as (x, y) in 0..1, or (C, P, 2) -> (C, P)."""
    if points.ndim == 2:  # the same points in every map: channels share one grid
        return F.grid_sample(maps[None], 2 * points[None, None] - 1, mode=mode, align_corners=False)[0, :, 0]
    return F.grid_sample(maps[:, None], 2 * points[:, None] - 1, mode=mode, align_corners=False)[:, 0, 0]


def sample_points_plain(maps: Tensor, points: Tensor) -> Tensor:
    """`sample_points` written out: every point is a weighted sum of the four pixels around it."""
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

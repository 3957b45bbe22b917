"""Where a mask loss is read: on a dense grid, or at random points.

Mask2Former (arXiv:2112.01527, section 3.3) computes its mask losses at a few thousand points instead of on whole
masks, after PointRend (arXiv:1912.08193): training memory falls to a third. At ToyTown's 128 x 128 pixels a dense
grid is cheaper than sampling, so both are here.

    logits_on_grid, truth_on_grid    both on the same regular grid, the truth averaged over each cell
    sample_points                    values at given points, bilinear

Points are (x, y) in 0..1, (0, 0) the outer corner of the upper left pixel, as in transformers and detectron2.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def logits_on_grid(mask_logits: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, Q, h, w) logits, bilinearly resized to a grid of `size` = (rows, columns) cells -> (B, Q, P) float32."""
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
    candidates = torch.rand(n, int(count * oversample), 2, generator=generator, device=device)
    certainty = sample_points(mask_logits, candidates).abs()
    near = int(count * importance)
    index = certainty.topk(near, dim=1, largest=False, sorted=False).indices
    chosen = candidates.gather(1, index[..., None].expand(-1, -1, 2))
    return torch.cat([chosen, torch.rand(n, count - near, 2, generator=generator, device=device)], dim=1)

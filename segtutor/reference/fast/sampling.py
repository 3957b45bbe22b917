"""The fast form of reading maps at points: PyTorch's grid_sample.

Mask2Former, arXiv:2112.01527, section 3.3, after PointRend, arXiv:1912.08193, section 3.1.

Differs from the paper: nothing.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def sample_points(maps: Tensor, points: Tensor) -> Tensor:
    """Shapes as in losses/sampling.py."""
    if points.ndim == 2:  # the same points in every map: channels share one grid
        return F.grid_sample(maps[None], 2 * points[None, None] - 1, mode="bilinear", align_corners=False)[0, :, 0]
    return F.grid_sample(maps[:, None], 2 * points[:, None] - 1, mode="bilinear", align_corners=False)[:, 0, 0]

"""Where a feature sits: attention alone sees a set, so its position is added as a vector.

Sine positions, after Vaswani et al. (arXiv:1706.03762, section 3.5), for pictures as in DETR (arXiv:2005.12872,
appendix A.4): half of the channels encode y, half x, each as pairs of sine and cosine at falling frequencies,

    PE(y, 2i) = sin(y / T^(2i / c))        PE(y, 2i + 1) = cos(y / T^(2i / c))          c = C / 2, T = 10000

where y runs from 1 to h and is scaled so that h becomes 2 pi.
Learned positions are a table that is trained: one row a query.

Differs from the paper as DETR's code does: positions count from 1 and are scaled, so that pictures of all sizes share a
frame; an epsilon of 1e-6 keeps the division finite.

Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

TEMPERATURE = 10000.0  # T
EPSILON = 1e-6


def sine_positions(
    size: tuple[int, int], width: int, *, valid: Tensor | None = None, device: torch.device | str | None = None
) -> Tensor:
    """Sine positions of a grid, (1, C, h, w) float32; (B, C, h, w) with `valid`. Do not write into the result.

    size: (h, w). width: C, a multiple of 4. valid: (B, h, w) bool, False where a picture was padded: positions are then
    counted over what is valid.
    Positions without `valid` depend on the size alone and are kept for the last sizes that were asked for.
    """
    if width % 4:
        raise ValueError(f"width must be a multiple of 4 (a sine and a cosine for each of y and x), got {width}")
    if valid is None:
        return _grid_positions(tuple(size), width, str(torch.device(device or "cpu")))
    y, x = valid.cumsum(1, dtype=torch.float32), valid.cumsum(2, dtype=torch.float32)
    return _encode(y, x, width)


@lru_cache(maxsize=64)  # three levels alternate in one pass; a cache of one would always miss
def _grid_positions(size: tuple[int, int], width: int, device: str) -> Tensor:
    with torch.inference_mode(False), torch.no_grad():  # kept beyond the caller's mode
        h, w = size
        y = torch.arange(1, h + 1, dtype=torch.float32, device=device)[None, :, None].expand(1, h, w)
        x = torch.arange(1, w + 1, dtype=torch.float32, device=device)[None, None, :].expand(1, h, w)
        return _encode(y, x, width)


def _encode(y: Tensor, x: Tensor, width: int) -> Tensor:
    """y, x: (B, h, w), counted from 1 -> (B, C, h, w)."""
    y = y / (y[:, -1:, :] + EPSILON) * (2 * math.pi)
    x = x / (x[:, :, -1:] + EPSILON) * (2 * math.pi)
    channels = width // 2
    index = torch.arange(channels, device=y.device)
    period = TEMPERATURE ** (2 * torch.div(index, 2, rounding_mode="floor").float() / channels)
    coded = []
    for place in (y, x):
        angle = place[..., None] / period  # (B, h, w, C / 2)
        coded.append(torch.stack((angle[..., 0::2].sin(), angle[..., 1::2].cos()), dim=-1).flatten(-2))
    return torch.cat(coded, dim=-1).permute(0, 3, 1, 2).contiguous()  # (B, C, h, w)

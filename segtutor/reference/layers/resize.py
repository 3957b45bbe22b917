"""Two ways to enlarge a feature map: smoothly, or cell by cell.

    enlarged    bilinear: a weighted mean of the four nearest cells (as FCN starts, arXiv:1411.4038, section 3.3)
    enlarge     nearest: the value of the cell that it lies in (as FPN does, arXiv:1612.03144, section 3)

Differs from the papers: FCN goes on to learn its enlargement; here it stays bilinear.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def enlarged(maps: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, h, w) -> (B, C, *size), bilinear, pixel centres aligned (align_corners=False)."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def enlarge(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Each cell of the larger map takes the value of the cell that it lies in. (B, C, h, w) -> (B, C, *size).

    >>> import torch
    >>> enlarge(torch.tensor([[[[1.0, 2.0]]]]), (2, 4)).tolist()
    [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]
    """
    return F.interpolate(x, size=size, mode="nearest")

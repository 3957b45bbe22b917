"""Anchors: boxes of a few sizes and shapes around every cell of a map, known before any picture is seen.

Ren et al., "Faster R-CNN", arXiv:1506.01497, section 3.1.1; one size a level of a pyramid: Lin et al.,
arXiv:1612.03144, section 4.1. For a size s and a ratio r (height to width) an anchor has the area s^2:

    w = s / sqrt(r)        h = s sqrt(r)        its centre is the centre of its cell

They are the hand-made part of the method: sizes and ratios are chosen by a person who looked at the data. A thing
whose shape no anchor comes near is hardly found (`best_overlaps` says how near they come).
Differs from the paper: one size a level, where Faster R-CNN has three sizes at every cell of one map.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from segtutor.reference.losses.boxes import iou


def shapes(size: float, ratios: Sequence[float]) -> Tensor:
    """Width and height of an anchor of each ratio. -> (len(ratios), 2) float, pixels; each has the area size^2.

    >>> shapes(16, [0.25, 1]).tolist()
    [[32.0, 8.0], [16.0, 16.0]]
    """
    ratio = torch.tensor(ratios, dtype=torch.float32)
    return torch.stack([size / ratio.sqrt(), size * ratio.sqrt()], dim=1)


def anchors_of_map(cells: tuple[int, int], stride: int, size: float, ratios: Sequence[float]) -> Tensor:
    """The anchors of one map: cell after cell, row by row, and for each cell its ratios in their order.

    cells: (h, w) of the map; stride: pixels from one cell to the next. -> (h w len(ratios), 4) xyxy, pixels; those
    near the border reach out of the picture.
    """
    y, x = ((torch.arange(count, dtype=torch.float32) + 0.5) * stride for count in cells)
    centre = torch.stack([x[None].expand(cells), y[:, None].expand(cells)], dim=-1).reshape(-1, 1, 2)
    half = shapes(size, ratios)[None] / 2
    return torch.cat([centre - half, centre + half], dim=-1).reshape(-1, 4)


def anchors_of_maps(
    cells: Sequence[tuple[int, int]], strides: Sequence[int], sizes: Sequence[float], ratios: Sequence[float]
) -> Tensor:
    """The anchors of a pyramid, fine to coarse; each level has one size. -> (A, 4) xyxy, pixels."""
    levels = zip(cells, strides, sizes, strict=True)
    return torch.cat([anchors_of_map(count, stride, size, ratios) for count, stride, size in levels])


def best_overlaps(anchors: Tensor, boxes: Tensor) -> Tensor:
    """How near the anchors come to each box: the greatest IoU. (A, 4), (N, 4) xyxy -> (N,), 0..1."""
    return iou(anchors[:, None], boxes[None]).amax(0)

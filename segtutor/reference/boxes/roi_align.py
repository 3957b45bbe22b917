"""RoIAlign: what a map says inside a box, as n x n numbers a channel, whatever the box's size.

He et al., "Mask R-CNN", arXiv:1703.06870, section 3, figure 3. The box is cut into n x n bins; in each bin the map is
read at s x s points, between its cells, and their mean is the bin's value. Nothing is rounded: RoIPool before it
rounded the box to whole cells, half a cell (8 pixels at stride 16) off, which boxes forgive and masks do not.

Reading between cells is bilinear: a weight for rows times a weight for columns. The points of a bin form a grid, so
the mean over them is such a product too, and all of RoIAlign is two matrix products:

    out[r, c, i, j] = sum_y sum_x  rows[r, i, y] map[c, y, x] columns[r, j, x]

where rows[r, i] holds the weights with which bin row i of box r reads the rows of the map. They sum to 1 inside it.

Frames: cell k of a map of stride t covers the pixels t k to t (k + 1); its value sits at the centre. A point more
than a cell outside of the map reads 0, nearer ones its border, as ONNX's RoiAlign ("half_pixel") and torchvision's
(aligned=True) have it. The products take time that grows with the whole map: for maps of 200 x 200 cells reading
only the four neighbours of each point is quicker.
Nothing differs.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

SAMPLES = 2  # points a bin and direction, as published


def reading_weights(first: Tensor, last: Tensor, bins: int, cells: int, samples: int = SAMPLES) -> Tensor:
    """How each bin between two edges reads a row of cells. first, last: (R,) edges in cells, 0 = left edge of cell 0.

    -> (R, bins, cells), each bin's weights >= 0, sum at most 1.

    >>> reading_weights(torch.tensor([0.0]), torch.tensor([2.0]), bins=2, cells=2, samples=1).tolist()
    [[[1.0, 0.0], [0.0, 1.0]]]
    """
    step = (last - first)[:, None] / (bins * samples)
    at = first[:, None] + (torch.arange(bins * samples, dtype=first.dtype) + 0.5) * step - 0.5  # in centres of cells
    seen = (at >= -1) & (at <= cells)
    distance = (at.clamp(0, cells - 1)[..., None] - torch.arange(cells, dtype=first.dtype)).abs()
    weights = (1 - distance).clamp(min=0) * seen[..., None]  # (R, bins samples, cells)
    return weights.unflatten(1, (bins, samples)).mean(2)


def roi_align(features: Tensor, boxes: Tensor, bins: int, stride: float, samples: int = SAMPLES) -> Tensor:
    """features: (C, h, w); boxes: (R, 4) xyxy in pixels; stride: pixels a cell -> (R, C, bins, bins).

    >>> ramp = torch.arange(4.0).expand(1, 4, 4)                                     # each cell holds its column
    >>> roi_align(ramp, torch.tensor([[1.0, 0, 3, 4]]), bins=2, stride=1)[0, 0].tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    height, width = features.shape[-2:]
    x0, y0, x1, y1 = (boxes / stride).unbind(-1)
    rows = reading_weights(y0, y1, bins, height, samples)
    columns = reading_weights(x0, x1, bins, width, samples)
    return torch.einsum("riy,cyx,rjx->rcij", rows, features, columns)


def roi_align_each(maps: Tensor, boxes: Tensor, bins: int, samples: int = SAMPLES) -> Tensor:
    """Box r reads map r, for masks at the picture's size (stride 1). (R, H, W), (R, 4) xyxy -> (R, bins, bins)."""
    x0, y0, x1, y1 = boxes.unbind(-1)
    rows = reading_weights(y0, y1, bins, maps.shape[1], samples)
    columns = reading_weights(x0, x1, bins, maps.shape[2], samples)
    return rows @ maps @ columns.mT


def level_of(boxes: Tensor, levels: int, *, size: float = 224.0, level: int = 2) -> Tensor:
    """Which map of a pyramid a box reads: the coarser, the larger it is (FPN, arXiv:1612.03144, eq. 1). -> (R,) int64.

    k = level + floor(log2(sqrt(w h) / size)), cut to 0 .. levels - 1. size: of a box that reads map `level`, 0 being
    the finest; 224 pixels, the side of ImageNet's pictures, and stride 16 in the paper.
    """
    area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1).clamp(min=1e-6)
    return (level + (area.sqrt() / size + 1e-8).log2().floor()).clamp(0, levels - 1).long()


def pooled(
    maps: Sequence[Tensor], strides: Sequence[int], boxes: Tensor, bins: int, *, size: float = 224.0, level: int = 2
) -> Tensor:
    """`roi_align` of each box on the map of its level. maps: (C, h_i, w_i) fine to coarse -> (R, C, bins, bins)."""
    levels = level_of(boxes, len(maps), size=size, level=level)
    out = maps[0].new_zeros(len(boxes), maps[0].shape[0], bins, bins)
    for number, (features, stride) in enumerate(zip(maps, strides, strict=True)):
        mine = (levels == number).nonzero()[:, 0]
        if len(mine):
            out = out.index_put((mine,), roi_align(features, boxes[mine], bins, stride))
    return out

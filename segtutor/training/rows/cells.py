"""Masks no larger than what the loss reads of them: counted cells, for the readings that know a truth by its cells.

The course's default compares masks on a regular grid of twice the resolution of the mask logits (reading.py). Of a true
mask it reads one number a cell: the share of the cell's pixels that are inside. So a batch need not carry whole masks:

    at 128 x 128 pixels and stride 4       masks (N, 128, 128) uint8        16384 bytes a mask
                                           pixels inside each of 64 x 64 cells, uint8        4096 bytes a mask

Counts are whole numbers, so nothing is lost: `Cells` makes of them the very shares that `Grid` makes of whole masks,
and the loss is the same to the last bit. Each row is counted for itself, so no two of them are whole at once.

Not counted are masks whose sides are no multiples of the grid's, or whose cells hold more than 255 pixels; those of
PointSampling and FullMasks, which read single pixels; and those of a loss with boxes, which ask where a mask ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from segtutor.outputs import Targets
from segtutor.reference.losses.criterion import Recipe
from segtutor.reference.losses.sampling import Grid

_MOST = 255  # pixels of a cell, in 8 bits


def cell_of(recipe: Recipe, picture: tuple[int, int], mask_size: tuple[int, int]) -> tuple[int, int] | None:
    """(rows, columns) in pixels of the cells that a loss reads; None where it reads more than cells.

    picture: (H, W) of the truth; mask_size: (h, w) of the mask logits.
    """
    boxes = (getattr(weights, name) for weights in (recipe.matching, recipe.loss) for name in ("box_l1", "giou"))
    if type(recipe.points) is not Grid or any(boxes):
        return None
    rows, columns = recipe.points.size or (2 * mask_size[0], 2 * mask_size[1])
    if picture[0] % rows or picture[1] % columns or picture[0] // rows * (picture[1] // columns) > _MOST:
        return None
    return picture[0] // rows, picture[1] // columns


def count_cells(target: Targets, cell: tuple[int, int]) -> Targets:
    """The same targets with, for each cell, the number of its visible pixels inside the mask, and that of visible ones.

    cell: (rows, columns) in pixels, divisors of H and W. Returns masks (N, H / rows, W / columns) and valid, uint8.
    """
    valid = target.valid.to(torch.uint8)
    return Targets(target.labels, _sums(target.masks * valid, cell), _sums(valid, cell))


@dataclass(frozen=True)
class Cells(Grid):
    """A Grid for counted targets. cell: (rows, columns) in pixels, as they were counted."""

    cell: tuple[int, int] = (1, 1)

    def prepare(self, targets: Sequence[Targets], mask_size: tuple[int, int]) -> list[Any]:
        truths = []
        for target in targets:
            weights = self._shares(target.valid)
            masks = self._shares(target.masks) / weights.clamp(min=1e-6)
            truths.append(((weights.shape[0], weights.shape[1]), masks.flatten(1), weights.flatten()))
        return truths

    def _shares(self, counts: Tensor) -> Tensor:
        # torch's average pooling divides by rows, then by columns; where both are no powers of 2 that is not the same
        return counts.to(torch.float32) / self.cell[0] / self.cell[1]


def _sums(values: Tensor, cell: tuple[int, int]) -> Tensor:
    """(..., H, W) uint8 -> (..., H / rows, W / columns) uint8: sums over cells."""
    rows, columns = cell
    tall = values[..., ::rows, :].clone(memory_format=torch.contiguous_format)
    for row in range(1, rows):
        tall += values[..., row::rows, :]
    total = tall[..., ::columns].clone(memory_format=torch.contiguous_format)
    for column in range(1, columns):
        total += tall[..., column::columns]
    return total

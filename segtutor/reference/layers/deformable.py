"""Deformable attention: each cell looks at a few points of each feature map, and chooses the points itself.

Zhu et al., "Deformable DETR", arXiv:2010.04159, eq. 3, for a query z with reference point r and M heads, L maps and
P points a head and map (the paper's K):

    MSDeformAttn(z, r, {x_l}) = sum_m W_m [ sum_l sum_p A_mlp . W'_m x_l(phi_l(r) + d_mlp) ]     sum_lp A_mlp = 1

A (after a softmax) and d (in cells of map l) are linear in z: nothing is compared with any key. x_l(.) is read between
the cells bilinearly, and is 0 outside. Attention over S cells costs S^2; this costs S . L . P, so it can afford 1/8.

    deformable_attention     the sums over l and p with PyTorch's grid_sample; fast/deformable.py has a faster form
    DeformableAttention      the layer: which points, with which weights, of which values

Differs from the paper: nothing. As its section 4.1 says, one dense layer gives offsets and scores (published codes have
two); here its rows are all x, then all y, then all scores.
Taught in notebooks/05_how_does_a_cell_read_many_scales.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.record import Recordable, SamplingPoints

Sizes = Sequence[tuple[int, int]]


@has_fast_form("deformable")
def deformable_attention(values: Tensor, sizes: Sizes, points: Tensor, weights: Tensor) -> Tensor:
    """The inner sums of eq. 3, for all heads: read each map at its points, add up with the weights.

    values: (B, S, heads, d), the cells of all maps one after the other, row by row. sizes: (h, w) of each map.
    points: (B, Q, heads, L, P, 2), (x, y) relative to the map: (0, 0) is its upper left corner, (1, 1) the lower
    right, so the middle of the first cell is (0.5 / w, 0.5 / h). weights: (B, Q, heads, L, P). -> (B, Q, heads * d), of
    the values' precision; read in float32 at least, also under autocast.
    """
    kept, exact = values.dtype, torch.promote_types(values.dtype, torch.float32)
    values, points, weights = values.to(exact), points.to(exact), weights.to(exact)
    maps = values.split([h * w for h, w in sizes], dim=1)
    mixed = values.new_zeros(())
    for level, (h, w) in enumerate(sizes):
        picture = maps[level].permute(0, 2, 3, 1).flatten(0, 1).unflatten(-1, (h, w))  # (B * heads, d, h, w)
        where = points[:, :, :, level].transpose(1, 2).flatten(0, 1) * 2 - 1  # (B * heads, Q, P, 2) in -1..1
        read = F.grid_sample(picture, where, mode="bilinear", padding_mode="zeros", align_corners=False)
        weight = weights[:, :, :, level].transpose(1, 2).flatten(0, 1)  # (B * heads, Q, P)
        mixed = mixed + (read * weight[:, None]).sum(-1)  # (B * heads, d, Q)
    B, Q, heads = weights.shape[:3]
    return mixed.unflatten(0, (B, heads)).permute(0, 3, 1, 2).reshape(B, Q, -1).to(kept)


class DeformableAttention(Recordable, nn.Module):
    """Multi-scale deformable attention. width: C; num_levels: L, num_points: P, for each head and map."""

    def __init__(self, width: int, num_heads: int, *, num_levels: int = 3, num_points: int = 4):
        super().__init__()
        if width % num_heads:
            raise ValueError(
                f"width must be a multiple of the number of heads, got width {width} and {num_heads} heads"
            )
        self.num_heads, self.num_levels, self.num_points = num_heads, num_levels, num_points
        self.value = nn.Linear(width, width)
        self.offsets_and_weights = nn.Linear(width, num_heads * num_levels * num_points * 3)
        self.output = nn.Linear(width, width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Untrained, head m looks in direction m, point k at a distance of k cells, all with the same weight."""
        if self.offsets_and_weights.weight.is_meta:  # shapes only: no numbers to be written
            return
        angle = torch.arange(self.num_heads) * (2 * math.pi / self.num_heads)
        direction = torch.stack((angle.cos(), angle.sin()), -1)
        direction = (direction / direction.abs().amax(-1, keepdim=True)).T  # onto the square around the cell
        distance = torch.arange(1, self.num_points + 1)
        offsets = (direction[..., None, None] * distance).expand(-1, -1, self.num_levels, -1)  # (2, heads, L, P)
        with torch.no_grad():
            self.offsets_and_weights.weight.zero_()
            self.offsets_and_weights.bias.zero_()
            self.offsets_and_weights.bias[: offsets.numel()] = offsets.flatten()

    def forward(self, query: Tensor, references: Tensor, maps: Tensor, sizes: Sizes) -> Tensor:
        """query: (B, Q, C). references: (Q, 2) or (B, Q, 2), 0..1 xy. maps: (B, S, C) of sizes. -> (B, Q, C)."""
        shape = (self.num_heads, self.num_levels, self.num_points)
        each = math.prod(shape)
        offsets, scores = self.offsets_and_weights(query).split((2 * each, each), dim=-1)
        # x of all points, then y of all points: (B, Q, 2, heads * L * P), in parts of a map instead of cells
        cell = _cell(tuple(sizes), self.num_heads, self.num_points, str(query.device))
        points = torch.addcmul(references[..., None], offsets.unflatten(-1, (2, each)), cell)
        points = points.unflatten(-1, shape).movedim(-4, -1)  # (B, Q, heads, L, P, 2)
        weights = scores.unflatten(-1, (self.num_heads, -1)).softmax(-1).unflatten(-1, shape[1:])
        self.record(SamplingPoints(points, weights))
        values = self.value(maps).unflatten(-1, (self.num_heads, -1))
        return self.output(deformable_attention(values, sizes, points, weights))


@lru_cache(maxsize=64)
def cell_centres(sizes: tuple[tuple[int, int], ...], device: str = "cpu") -> Tensor:
    """Where the cells of all maps are, (S, 2) float32, 0..1 xy: an encoder's reference points. Do not write."""
    with torch.inference_mode(False), torch.no_grad():
        centres = []
        for h, w in sizes:
            y, x = (torch.arange(n, dtype=torch.float32, device=device).add(0.5).div(n) for n in (h, w))
            centres.append(torch.stack((x.expand(h, w), y[:, None].expand(h, w)), -1).flatten(0, 1))
        return torch.cat(centres)


@lru_cache(maxsize=64)
def _cell(sizes: tuple[tuple[int, int], ...], num_heads: int, num_points: int, device: str) -> Tensor:
    """How large a cell of each map is in parts of the map: (2, heads * L * P), widths and heights."""
    with torch.inference_mode(False), torch.no_grad():
        cell = torch.tensor([[1 / w, 1 / h] for h, w in sizes], device=device).T  # (2, L)
        return cell[:, None, :, None].expand(-1, num_heads, -1, num_points).flatten(1)

"""Box coding: where a box is, said relative to another one, in four numbers that a network can predict.

Ren et al., "Faster R-CNN", arXiv:1506.01497, eq. 2, after R-CNN (arXiv:1311.2524, appendix C). For an anchor with the
centre (x_a, y_a) and the size (w_a, h_a):

    t_x = (x - x_a) / w_a      t_y = (y - y_a) / h_a      t_w = log(w / w_a)      t_h = log(h / h_a)

All four are 0 where the anchor fits. Shifts count in sizes of the anchor and scales in factors, so that the same
numbers mean the same for a small and a large thing. `weights` multiply them, so that their spread comes near 1
(Fast R-CNN takes 10 10 5 5 for boxes that were nearly right before).

Differs from the paper: t_w and t_h are cut at log(1000 / 16) before exp, as every published code does; a network that
says 100 would otherwise give a box without end.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

MOST = math.log(1000 / 16)
ONES = (1.0, 1.0, 1.0, 1.0)


def encode_boxes(boxes: Tensor, anchors: Tensor, weights: tuple[float, ...] = ONES) -> Tensor:
    """(..., 4) boxes and the anchors they are relative to, both xyxy with an area -> (..., 4) t_x t_y t_w t_h.

    >>> encode_boxes(torch.tensor([[4.0, 0, 12, 16]]), torch.tensor([[0.0, 0, 8, 8]])).tolist()
    [[0.5, 0.5, 0.0, 0.6931471824645996]]
    """
    size, own = boxes[..., 2:] - boxes[..., :2], anchors[..., 2:] - anchors[..., :2]
    shift = (boxes[..., :2] + boxes[..., 2:] - anchors[..., :2] - anchors[..., 2:]) / 2 / own
    return torch.cat([shift, (size / own).log()], dim=-1) * torch.tensor(weights)


def decode_boxes(deltas: Tensor, anchors: Tensor, weights: tuple[float, ...] = ONES) -> Tensor:
    """The way back: (..., 4) t_x t_y t_w t_h and anchors xyxy -> (..., 4) boxes xyxy.

    Decoding what `encode_boxes` gives is the box again.

    >>> decode_boxes(torch.tensor([[0.5, 0.5, 0.0, 0.0]]), torch.tensor([[0.0, 0, 8, 8]])).tolist()
    [[4.0, 4.0, 12.0, 12.0]]
    """
    deltas = deltas / torch.tensor(weights)
    own = anchors[..., 2:] - anchors[..., :2]
    centre = (anchors[..., :2] + anchors[..., 2:]) / 2 + deltas[..., :2] * own
    half = own * deltas[..., 2:].clamp(max=MOST).exp() / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def clip_boxes(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Boxes cut at the border of a picture of size (H, W). (..., 4) xyxy -> (..., 4)."""
    height, width = size
    return torch.minimum(boxes.clamp(min=0), torch.tensor([width, height, width, height], dtype=boxes.dtype))

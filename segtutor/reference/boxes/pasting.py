"""From a mask that fills its box to one that lies in the picture.

Mask R-CNN (arXiv:1703.06870, section 3.1, "Inference") resizes the 28 x 28 mask to the box and cuts it at 0.5. Here
each pixel of the picture asks for its position in the box and reads the mask there, between its cells:

    column of pixel p in the mask  =  (p + 1/2 - x0) / (x1 - x0)

Pixels whose centre lies outside of the box are no part of the mask, whatever the network saw there.
Nothing differs.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import torch
from torch import Tensor


def pasted(masks: Tensor, boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """masks: (R, m, m) probabilities; boxes: (R, 4) xyxy in pixels of a picture of size (H, W) -> (R, H, W), 0..1.

    >>> pasted(torch.ones(1, 2, 2), torch.tensor([[1.0, 0, 3, 1]]), (2, 4))[0].tolist()
    [[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    side = masks.shape[-1]
    x0, y0, x1, y1 = boxes.unbind(-1)
    rows, columns = _weights(y0, y1, size[0], side), _weights(x0, x1, size[1], side)
    return rows @ masks @ columns.mT


def _weights(first: Tensor, last: Tensor, pixels: int, side: int) -> Tensor:
    """How each pixel of a row reads the `side` cells between two edges. (R,), (R,) -> (R, pixels, side)."""
    centre = torch.arange(pixels, dtype=first.dtype) + 0.5
    at = (centre - first[:, None]) / (last - first).clamp(min=1e-6)[:, None]
    inside = (at >= 0) & (at <= 1)
    position = (at * side - 0.5).clamp(0, side - 1)
    distance = (position[..., None] - torch.arange(side, dtype=first.dtype)).abs()
    return (1 - distance).clamp(min=0) * inside[..., None]

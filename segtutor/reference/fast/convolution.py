"""The fast form of a layer on maps of several sizes: convolve the small map, then enlarge.

The layer is that of batch normalisation (Ioffe and Szegedy, arXiv:1502.03167, algorithm 1), convolved over maps of
which the coarse ones are enlarged first, as heads do (UPerNet, arXiv:1807.10221, section 3.1):

    W * [x_0, up(x_1), up(x_2), ...] = W_0 * x_0 + W_1 * up(x_1) + W_2 * up(x_2) + ...

Enlarging bilinearly is a matrix product along rows and one along columns, up(x) = R x C^T, and a 3 x 3 convolution is
nine 1 x 1 convolutions, shifted. What mixes channels and what mixes cells may change their order: the 1 x 1
convolutions are done on the small map, 4 to 64 times cheaper, and the shift becomes part of R and C:

    W * up(x) = sum over dy, dx of  R[dy] (W[dy, dx] x) C[dx]^T

Differs from the papers: nothing; the change of order is ours and alters rounding only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.reference.layers.convolution import ConvNormRelu


def joined(layer: ConvNormRelu, maps: Sequence[Tensor]) -> Tensor:
    """Shapes as in layers/convolution.py. Builds no joint map."""
    finest, *coarse = maps
    own, *others = layer.convolution.weight.split([part.shape[1] for part in maps], dim=1)
    total = F.conv2d(finest.contiguous(memory_format=torch.channels_last), own, padding=layer.convolution.padding)
    for part, part_weight in zip(coarse, others, strict=True):
        total += convolve_enlarged(part, part_weight, finest.shape[-2:])
    return layer.norm(total).relu()


def convolve_enlarged(maps: Tensor, weight: Tensor, size: Sequence[int]) -> Tensor:
    """Enlarges, then convolves with zeros around, the products over channels on the small map.

    (B, C, h, w), weight (O, C, k, k) with k odd -> (B, O, *size).
    """
    batch, channels, h, w = maps.shape
    out, _, k, _ = weight.shape
    rows = shifted_enlargements(h, size[0], k).to(maps)  # (k, H, h)
    columns = shifted_enlargements(w, size[1], k).to(maps)  # (k, W, w)
    places = maps.flatten(2).transpose(1, 2).unsqueeze(1)  # (B, 1, h w, C)
    taps = places @ weight.permute(2, 1, 3, 0).reshape(1, k, channels, k * out)  # (B, dy, h w, dx O)
    tall = rows.transpose(0, 1).reshape(-1, k * h) @ taps.reshape(batch, k * h, w * k * out)  # (B, H, w dx O)
    total = columns.permute(1, 2, 0).reshape(-1, w * k) @ tall.reshape(batch, -1, w * k, out)  # (B, H, W, O)
    return total.permute(0, 3, 1, 2)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def shifted_enlargements(length: int, size: int, taps: int) -> Tensor:
    """Bilinear resizing of `length` cells to `size` as matrices, one a tap: (taps, size, length).

    Matrix d gives at cell i what the enlarged line has at i + d - taps // 2, and zero outside of it.

    >>> shifted_enlargements(1, 2, 3).squeeze(-1).tolist()      # one cell, enlarged to two
    [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    """
    lines = torch.eye(length, device="cpu")[None]  # (1, length, length): a line for each cell, 1 there
    matrix = F.interpolate(lines, size=size, mode="linear", align_corners=False)[0]  # (length, size)
    padded = F.pad(matrix, (taps // 2, taps // 2)).t()
    return torch.stack([padded[tap : tap + size] for tap in range(taps)])

"""Pyramid pooling: tells each pixel what kind of scene it is in, by averages over ever larger parts of the picture.

Zhao et al., "Pyramid Scene Parsing Network" (PSPNet), arXiv:1612.01105, section 3.2 and figure 3. A boat seen alone
looks like a car; above water it is a boat. The features x (B, C, h, w) are averaged over a grid of k x k parts,

    p_k = relu(norm(W_k average_k(x)))        k = 1, 2, 3, 6         (B, width, k, k): the whole, its quarters, ...

enlarged bilinearly to h x w, put beside x, and mixed by a 3 x 3 convolution. One classifier reads the result.

    part_means        the averages: a matrix product from each side
    PyramidPooling    (B, C, h, w) -> (B, width, h, w); UPerNet has it too (upernet_head.py)
    PSPHead           and the classifier: (B, C, h, w) -> logits (B, K, h, w)

Where the size does not divide by k, parts overlap by a pixel: part i of k reaches from floor(i h / k) to
ceil((i + 1) h / k).

Differs from the paper: nothing in the head. There it stands on a ResNet with dilation at stride 8, with a second
classifier on an earlier stage during training (fcn_head.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.convolution import ConvNormRelu
from segtutor.reference.layers.forms import has_fast_form


@has_fast_form("pyramid_pooling")
def part_means(features: Tensor, scale: int) -> Tensor:
    """average_k: the mean of each of scale x scale parts. (B, C, h, w) -> (B, C, scale, scale).

    >>> part_means(torch.arange(6.0).view(1, 1, 2, 3), 1).tolist()
    [[[[2.5]]]]
    """
    rows, columns = (_shares(side, scale, features) for side in features.shape[-2:])
    return rows @ features @ columns.T


def _shares(side: int, scale: int, like: Tensor) -> Tensor:
    """(scale, side): how much each cell counts in each part; rows sum to 1."""
    part, place = torch.arange(scale, device=like.device)[:, None], torch.arange(side, device=like.device)
    start, end = part * side // scale, (part * side + side + scale - 1) // scale  # floor and ceil
    inside = ((place >= start) & (place < end)).to(like.dtype)
    return inside / inside.sum(1, keepdim=True)


class PyramidPooling(nn.Module):
    """(B, channels, h, w) -> (B, width, h, w). scales: the k of each level."""

    def __init__(self, channels: int, width: int, scales: Sequence[int] = (1, 2, 3, 6)):
        super().__init__()
        self.scales = tuple(scales)
        self.levels = nn.ModuleList(ConvNormRelu(channels, width, 1) for _ in self.scales)
        self.mix = ConvNormRelu(channels + len(self.scales) * width, width, 3)

    def forward(self, features: Tensor) -> Tensor:
        return self.mix.joined([features, *self.averages(features)])

    def averages(self, features: Tensor) -> list[Tensor]:
        """The p_k, not enlarged: (B, width, k, k) each.

        In training the norm of k = 1 has one value a picture: it needs a batch of at least two.
        """
        pooled = [part_means(features, scale) for scale in self.scales]
        return [level(average) for level, average in zip(self.levels, pooled, strict=True)]


class PSPHead(nn.Module):
    """PSPNet's head. num_classes: K; width: by default a quarter of the channels, so that x stays half of the mixture.

    >>> import torch
    >>> PSPHead(64, num_classes=5).eval()(torch.zeros(1, 64, 9, 12)).shape
    torch.Size([1, 5, 9, 12])
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        width: int | None = None,
        scales: Sequence[int] = (1, 2, 3, 6),
        dropout: float = 0.1,
    ):
        super().__init__()
        width = width or channels // len(scales)
        self.pooling = PyramidPooling(channels, width, scales)
        self.dropout = dropout
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, features: Tensor) -> Tensor:
        mixed = F.dropout2d(self.pooling(features), self.dropout, self.training)  # whole channels
        return self.classifier(mixed)

"""U-Net: down to see what, up again to say where, and at each size a bridge from the way down to the way up.

Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", arXiv:1505.04597,
section 2 and figure 1. With D two 3 x 3 convolutions with ReLU, `pool` the maximum of 2 x 2 places and `up` a 2 x 2
transposed convolution that doubles the size and halves the channels:

    d_0 = D(x),   d_i = D(pool(d_{i-1}))                        contracting path: channels double, size halves
    u_L = d_L,    u_i = D([d_i, up(u_{i+1})])                   expanding path
    logits = W u_0                                              1 x 1, at the size of the picture

Skips *side by side* are the difference to FCN, which adds class scores (fcn.py): here the way up is as wide as the way
down and decides itself what to take from the fine map.

    widths (64, 128, 256, 512, 1024)        the paper's: L = 4, 31 million weights; the default has a quarter of each

Differs from the paper: convolutions are padded, so that the logits have the size of the picture (there 572 pixels
become 388, and large pictures are put together from tiles); any size is taken, a map that does not halve evenly being
padded to the one it meets; batch norm, which the paper does not have, may be switched off.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..outputs import PerPixelOutput


def double_convolution(channels: int, width: int, *, norm: bool) -> nn.Sequential:
    """D: (B, channels, h, w) -> (B, width, h, w)."""
    layers: list[nn.Module] = []
    for before in (channels, width):
        layers.append(nn.Conv2d(before, width, 3, padding=1, bias=not norm))
        layers += [nn.BatchNorm2d(width)] if norm else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """(B, channels, H, W) float -> PerPixelOutput with logits (B, num_classes, H, W).

    widths: channels at each size, fine to coarse; a picture needs at least 2^L pixels a side, L = len(widths) - 1.
    channels: of the picture; norm: batch norm after each convolution.

    >>> UNet(5, widths=(4, 8, 16)).eval()(torch.zeros(1, 3, 37, 50)).logits.shape
    torch.Size([1, 5, 37, 50])
    """

    def __init__(
        self,
        num_classes: int,
        widths: Sequence[int] = (16, 32, 64, 128, 256),
        *,
        channels: int = 3,
        norm: bool = True,
    ):
        super().__init__()
        inputs = [channels, *widths[:-1]]
        self.down = nn.ModuleList(double_convolution(a, b, norm=norm) for a, b in zip(inputs, widths, strict=True))
        pairs = list(zip(widths[:-1], widths[1:], strict=True))  # (fine, coarse)
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(double_convolution(2 * fine, fine, norm=norm) for fine, _ in pairs)
        self.classifier = nn.Conv2d(widths[0], num_classes, 1)

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        smallest = 2 ** len(self.up)
        if min(pixel_values.shape[-2:]) < smallest:
            raise ValueError(
                f"got a picture of {tuple(pixel_values.shape[-2:])}, expected at least {smallest} pixels a side: "
                "enlarge it or use fewer widths"
            )
        skips, maps = [], self.down[0](pixel_values)
        for layer in self.down[1:]:
            skips.append(maps)
            maps = layer(F.max_pool2d(maps, 2))
        for enlarge, layer, skip in reversed(list(zip(self.enlarge, self.up, skips, strict=True))):
            maps = layer(torch.cat([skip, padded_to(enlarge(maps), skip.shape[-2:])], dim=1))
        return PerPixelOutput(self.classifier(maps))


def padded_to(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Repeats the last row and column where halving rounded down: (B, C, h, w) -> (B, C, *size)."""
    missing_rows, missing_columns = size[0] - maps.shape[-2], size[1] - maps.shape[-1]
    return F.pad(maps, (0, missing_columns, 0, missing_rows), mode="replicate")

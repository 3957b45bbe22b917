"""U-Net: down to see what, up again to say where, and at each size a bridge from the way down to the way up.

Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", arXiv:1505.04597,
section 2 and figure 1. With D two 3 x 3 convolutions with ReLU, `pool` the maximum of 2 x 2 cells and `up` a 2 x 2
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

from segtutor.outputs import PerPixelOutput


def double_convolution(channels: int, width: int, *, norm: bool) -> nn.Sequential:
    """D: (B, channels, h, w) -> (B, width, h, w)."""
    layers: list[nn.Module] = []
    for before in (channels, width):
        layers.append(nn.Conv2d(before, width, 3, padding=1, bias=not norm))
        layers += [nn.BatchNorm2d(width)] if norm else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class UNetHead(nn.Module):
    """The expanding path on a backbone: maps (B, channels[i], h_i, w_i), fine to coarse -> (B, num_classes, h_0, w_0).

    The way down is the backbone, so the finest map, and the logits, have its stride and not the picture's size.

    >>> maps = [torch.zeros(1, 8, 16, 24), torch.zeros(1, 16, 8, 12)]
    >>> UNetHead((8, 16), num_classes=5).eval()(maps).shape
    torch.Size([1, 5, 16, 24])
    """

    def __init__(self, channels: Sequence[int], num_classes: int, *, norm: bool = True):
        super().__init__()
        pairs = list(zip(channels[:-1], channels[1:], strict=True))  # (fine, coarse)
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(double_convolution(2 * fine, fine, norm=norm) for fine, _ in pairs)
        self.classifier = nn.Conv2d(channels[0], num_classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        return self.classifier(expanded(self.enlarge, self.up, maps))


def expanded(enlarge: Sequence[nn.Module], up: Sequence[nn.Module], maps: Sequence[Tensor]) -> Tensor:
    """u_0, (B, C_0, h_0, w_0), from the d_i, (B, C_i, h_i, w_i), fine to coarse."""
    result = maps[-1]
    for grow, layer, skip in reversed(list(zip(enlarge, up, maps[:-1], strict=True))):
        result = layer(torch.cat([skip, fitted(grow(result), skip.shape[-2:])], dim=1))
    return result


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
                f"a picture must have at least {smallest} pixels a side, got {tuple(pixel_values.shape[-2:])}: "
                "enlarge it or use fewer widths"
            )
        maps = [self.down[0](pixel_values)]
        for layer in self.down[1:]:
            maps.append(layer(F.max_pool2d(maps[-1], 2)))
        return PerPixelOutput(self.classifier(expanded(self.enlarge, self.up, maps)))


def fitted(maps: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, h, w) -> (B, C, *size): the last row and column repeated where halving rounded down, left out where up."""
    rows, columns = size
    if tuple(maps.shape[-2:]) == (rows, columns):
        return maps
    maps = maps[..., :rows, :columns]
    return F.pad(maps, (0, columns - maps.shape[-1], 0, rows - maps.shape[-2]), mode="replicate")

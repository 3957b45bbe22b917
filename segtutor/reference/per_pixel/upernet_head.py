"""UPerNet's head: a feature pyramid whose top has seen the whole picture, read at all sizes at once.

Xiao et al., "Unified Perceptual Parsing for Scene Understanding", arXiv:1807.10221, section 3.1 and figure 4. From
the backbone's maps x_1 (fine) to x_L (coarse), with pyramid pooling (pyramid_pooling.py) at the top and a feature
pyramid (arXiv:1612.03144) below it:

    t_L = pooling(x_L)
    t_i = lateral_i(x_i) + up(t_{i+1})                              top-down: what was understood, to where it is
    s_i = smooth_i(t_i),   s_L = t_L                                3 x 3
    logits = classify(fuse([s_1, up(s_2), ..., up(s_L)]))           3 x 3 over all levels, at the finest size

`fuse` is where most of the work is: over half of all multiplications of UPerNet with a Swin-T. fast/convolution.py does
the part of the coarse levels before it enlarges them, which leaves a third of it.

Differs from the paper: only its branch for objects and parts; the texture, material and scene heads are left out, as
in every later use as a segmentation head.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from segtutor.reference.layers.convolution import ConvNormRelu
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.per_pixel.pyramid_pooling import PyramidPooling


class UPerHead(nn.Module):
    """Maps (B, channels[i], h_i, w_i), fine to coarse -> logits (B, num_classes, h_0, w_0).

    channels: of the maps; width: of everything in between; scales: of the pooling.

    >>> import torch
    >>> maps = [torch.zeros(1, 8, 16, 24), torch.zeros(1, 16, 8, 12)]
    >>> UPerHead((8, 16), num_classes=5, width=4).eval()(maps).shape
    torch.Size([1, 5, 16, 24])
    """

    def __init__(
        self, channels: Sequence[int], num_classes: int, *, width: int = 512, scales: Sequence[int] = (1, 2, 3, 6)
    ):
        super().__init__()
        self.pooling = PyramidPooling(channels[-1], width, scales)
        self.laterals = nn.ModuleList(ConvNormRelu(count, width, 1) for count in channels[:-1])
        self.smooth = nn.ModuleList(ConvNormRelu(width, width, 3) for _ in channels[:-1])
        self.fuse = ConvNormRelu(len(channels) * width, width, 3)
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        return self.classifier(self.fuse.joined(self.pyramid(maps)))

    def pyramid(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The s_i, fine to coarse: (B, width, h_i, w_i) each."""
        top = self.pooling(maps[-1])
        levels: list[Tensor] = [top]
        for i in reversed(range(len(self.laterals))):
            lateral = self.laterals[i](maps[i])
            top = lateral + enlarged(top, lateral.shape[-2:])
            levels.append(self.smooth[i](top))
        return levels[::-1]

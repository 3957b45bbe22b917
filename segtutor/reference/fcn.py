"""A fully convolutional network: class scores for every pixel from one pass over the picture.

Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", arXiv:1411.4038. Its two ideas:

    1. A classifier whose fully connected layers are written as 1 x 1 convolutions takes a picture of any size and
       gives a map of scores. (section 3.1)
    2. The map of the deepest layer knows what but is coarse; that of an early layer knows where but sees little.
       Score every stage, enlarge the coarse map by two, add the finer one, go on. (section 4.2, "skips")

    Trunk             picture -> features at strides 2, 4, 8, 16; also the trunk of tiny_mask_classifier.py
    PixelClassifier   Trunk, a score layer for each stage, their sum -> PerPixelOutput

Differs from the paper: a small trunk with a random start instead of a pre-trained VGG16, so that one photograph
trains in seconds; group norm (arXiv:1803.08494), because batch norm has little to average over in a batch of one;
bilinear enlargement that stays bilinear (the paper starts there and learns on).

Taught in notebooks/02_can_a_pixel_decide_alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ..outputs import PerPixelOutput


def conv_norm_relu(channels_in: int, channels: int, *, stride: int = 1) -> nn.Sequential:
    """3 x 3 convolution, group norm in groups of 8 channels, ReLU; the size changes by the stride alone."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(max(1, channels // 8), channels),
        nn.ReLU(),
    )


class Trunk(nn.Module):
    """Stages of two convolutions each, the first of which halves the size.

    (B, 3, H, W) float, normalised -> one map a stage: (B, widths[i], H / 2^(i+1), W / 2^(i+1)), rounded up.
    """

    def __init__(self, widths: Sequence[int] = (16, 32, 64, 96)):
        super().__init__()
        inputs = [3, *widths[:-1]]
        self.stages = nn.ModuleList(
            nn.Sequential(conv_norm_relu(before, width, stride=2), conv_norm_relu(width, width))
            for before, width in zip(inputs, widths, strict=True)
        )

    def forward(self, pixels: Tensor) -> list[Tensor]:
        features = []
        for stage in self.stages:
            pixels = stage(pixels)
            features.append(pixels)
        return features


class PixelClassifier(nn.Module):
    """A small FCN. num_classes: K; widths: channels of the stages; skips: whether the early stages are scored too.

    (B, 3, H, W) float, normalised -> PerPixelOutput with logits (B, K, h, w): at stride 2 with skips, without at the
    stride of the last stage. Losses and inference enlarge them to the picture bilinearly.
    """

    def __init__(self, num_classes: int, widths: Sequence[int] = (16, 32, 64, 96), *, skips: bool = True):
        super().__init__()
        self.trunk = Trunk(widths)
        scored = widths if skips else widths[-1:]
        self.scores = nn.ModuleList(nn.Conv2d(width, num_classes, 1) for width in scored)

    def forward(self, pixels: Tensor) -> PerPixelOutput:
        features = self.trunk(pixels)[-len(self.scores) :]
        logits = None
        for score, feature in zip(reversed(self.scores), reversed(features), strict=True):  # coarse to fine
            here = score(feature)
            logits = here if logits is None else here + enlarged(logits, here.shape[-2:])
        return PerPixelOutput(logits)


def enlarged(maps: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, h, w) -> (B, C, *size), bilinear, pixel centres aligned (align_corners=False)."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)

"""A fully convolutional network: class scores for every pixel from one pass over the picture.

Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", arXiv:1411.4038. Its two ideas:

    1. A classifier whose fully connected layers are written as 1 x 1 convolutions takes a picture of any size and
       gives a map of scores. (section 3.1)
    2. The map of the deepest layer knows what but is coarse; that of an early layer knows where but sees little.
       Score every stage, enlarge the coarse map by two, add the finer one, go on. (section 4.2, "skips")

    summed_scores     the second idea: the scores of all stages, coarse to fine
    SkipHead          a score layer for each map of any backbone, their sum -> logits
    SmallBackbone     picture -> features at strides 2, 4, 8, 16; also the backbone of tiny_mask_classifier.py
    PixelClassifier   SmallBackbone, a score layer for each stage, their sum -> PerPixelOutput

Differs from the paper: a small backbone with a random start instead of a pre-trained VGG16, so that one photograph
trains in seconds; group norm (arXiv:1803.08494), because batch norm has little to average over in a batch of one;
bilinear enlargement that stays bilinear (the paper starts there and learns on).

Taught in notebooks/02_can_a_pixel_decide_alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from segtutor.outputs import PerPixelOutput
from segtutor.reference.layers.resize import enlarged


def conv_norm_relu(channels_in: int, channels: int, *, stride: int = 1) -> nn.Sequential:
    """3 x 3 convolution, group norm in groups of 8 channels, ReLU; the size changes by the stride alone."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(max(1, channels // 8), channels),
        nn.ReLU(),
    )


class SmallBackbone(nn.Module):
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


def summed_scores(scores: Sequence[nn.Module], maps: Sequence[Tensor]) -> Tensor:
    """Logits (B, K, h_0, w_0) from maps (B, C_i, h_i, w_i), fine to coarse, and a score layer C_i -> K for each."""
    logits = None
    for score, feature in zip(reversed(scores), reversed(maps), strict=True):  # coarse to fine
        here = score(feature)
        logits = here if logits is None else here + enlarged(logits, here.shape[-2:])
    if logits is None:
        raise ValueError("maps must hold at least one feature map, got none")
    return logits


class SkipHead(nn.Module):
    """Maps (B, channels[i], h_i, w_i), fine to coarse -> logits (B, num_classes, h_0, w_0).

    >>> import torch
    >>> maps = [torch.zeros(1, 8, 16, 24), torch.zeros(1, 16, 8, 12)]
    >>> SkipHead((8, 16), num_classes=5)(maps).shape
    torch.Size([1, 5, 16, 24])
    """

    def __init__(self, channels: Sequence[int], num_classes: int):
        super().__init__()
        self.scores = nn.ModuleList(nn.Conv2d(count, num_classes, 1) for count in channels)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        return summed_scores(self.scores, maps)


class PixelClassifier(nn.Module):
    """A small FCN. num_classes: K; widths: channels of the stages; skips: whether the early stages are scored too.

    (B, 3, H, W) float, normalised -> PerPixelOutput with logits (B, K, h, w): at stride 2 with skips, without at the
    stride of the last stage. Losses and inference enlarge them to the picture bilinearly.
    """

    def __init__(self, num_classes: int, widths: Sequence[int] = (16, 32, 64, 96), *, skips: bool = True):
        super().__init__()
        self.backbone = SmallBackbone(widths)
        scored = widths if skips else widths[-1:]
        self.scores = nn.ModuleList(nn.Conv2d(width, num_classes, 1) for width in scored)

    def forward(self, pixels: Tensor) -> PerPixelOutput:
        features = self.backbone(pixels)[-len(self.scores) :]
        return PerPixelOutput(summed_scores(self.scores, features))

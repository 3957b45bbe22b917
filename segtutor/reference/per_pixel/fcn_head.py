"""The FCN head: a few convolutions and a classifier on one feature map, with no look at the others.

Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", arXiv:1411.4038, section 3.1:
a classifier written as a convolution scores every cell of a map of any size,

    logits = W relu(norm(V * x)) + b             V: 3 x 3 convolutions, W: 1 x 1           (B, C, h, w) -> (B, K, h, w)

Its second use is as an **auxiliary head** (PSPNet, arXiv:1612.01105, section 4): during training a stage before the
last is classified as well, so that the backbone's middle gets a gradient of its own,

    loss = loss(logits) + 0.4 loss(auxiliary logits)

and afterwards it is thrown away. fcn.py is a whole small network with the paper's other idea, skips.

Differs from the paper: 3 x 3 convolutions with batch norm instead of VGG's 7 x 7 (as all later frameworks); with
`keep_input` the input is put beside the convolutions' result and mixed in by one more.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from segtutor.reference.layers.convolution import ConvNormRelu


class FCNHead(nn.Module):
    """(B, channels, h, w) -> logits (B, num_classes, h, w).

    width: channels of the convolutions; depth: how many; keep_input: the input is mixed in once more.

    >>> FCNHead(8, 3, width=4)(torch.zeros(2, 8, 5, 7)).shape
    torch.Size([2, 3, 5, 7])
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        width: int = 256,
        depth: int = 1,
        keep_input: bool = False,
    ):
        super().__init__()
        if depth == 0 and channels != width:
            raise ValueError(
                "channels and the width of the classifier must be equal when there are no convolutions between "
                f"them, got {channels} and {width}: set depth=1"
            )
        inputs = [channels, *[width] * depth][:depth]
        self.convolutions = nn.ModuleList(ConvNormRelu(before, width) for before in inputs)
        self.mix = ConvNormRelu(channels + width, width) if keep_input else None
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, features: Tensor) -> Tensor:
        maps = features
        for layer in self.convolutions:
            maps = layer(maps)
        if self.mix is not None:
            maps = self.mix(torch.cat([features, maps], dim=1))
        return self.classifier(maps)

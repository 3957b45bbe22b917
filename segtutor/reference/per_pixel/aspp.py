"""Atrous spatial pyramid pooling: the same cell looked at with several spacings, without making the map coarser.

Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation" (DeepLabV3), arXiv:1706.05587, eq. 1,
section 3.3 and figure 5; "Encoder-Decoder with Atrous Separable Convolution" (DeepLabV3+), arXiv:1802.02611, section
3.1 and figure 2. An atrous convolution with rate r leaves gaps between its taps:

    y[i] = sum over k of  x[i + r k] w[k]              3 x 3 taps reach over (2 r + 1) x (2 r + 1) cells, and cost 9

ASPP puts side by side a 1 x 1 convolution, 3 x 3 ones with rates 6, 12, 18 (for features at stride 16; twice that at 8)
and the mean of the whole map, each of them normalised, and mixes them:

    ASPP             (B, C, h, w) -> (B, width, h, w)
    DeepLabV3Head    ASPP, classifier:                           (B, C, h, w) -> logits (B, K, h, w)
    DeepLabV3PlusHead  ASPP's map, enlarged beside an early, fine one -> logits (B, K, h_fine, w_fine)

With a rate as large as the map only the middle tap hits anything but zeros: a 3 x 3 convolution becomes 1 x 1. This
is why the mean of the whole map is needed (paper, figure 4).

Differs from the papers: V3+ uses depthwise separable convolutions in ASPP and decoder, a saving that changes nothing
else; here they are ordinary ones. The dropout is that of later frameworks. Widths and rates are the papers'. In
training the mean of the whole map is one value a picture: its norm needs a batch of at least two.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.convolution import ConvNormRelu


class ASPP(nn.Module):
    """(B, channels, h, w) -> (B, width, h, w). rates: of the 3 x 3 convolutions; dropout: of the mixture."""

    def __init__(self, channels: int, width: int = 256, rates: Sequence[int] = (6, 12, 18), *, dropout: float = 0.1):
        super().__init__()
        self.place = ConvNormRelu(channels, width, 1)
        self.around = nn.ModuleList(ConvNormRelu(channels, width, 3, dilation=rate) for rate in rates)
        self.whole = ConvNormRelu(channels, width, 1)
        self.mix = ConvNormRelu((2 + len(rates)) * width, width, 1)
        self.dropout = dropout

    def forward(self, features: Tensor) -> Tensor:
        mean = self.whole(features.mean((2, 3), keepdim=True))  # (B, width, 1, 1)
        views = [
            self.place(features),
            *(layer(features) for layer in self.around),
            mean.expand(-1, -1, *features.shape[2:]),
        ]
        return F.dropout(self.mix(torch.cat(views, dim=1)), self.dropout, self.training)


class DeepLabV3Head(nn.Module):
    """(B, channels, h, w) -> logits (B, num_classes, h, w), at the stride of the features.

    >>> DeepLabV3Head(8, 5, width=4).eval()(torch.zeros(1, 8, 9, 12)).shape
    torch.Size([1, 5, 9, 12])
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        width: int = 256,
        rates: Sequence[int] = (6, 12, 18),
        dropout: float = 0.1,
    ):
        super().__init__()
        self.aspp = ASPP(channels, width, rates, dropout=dropout)
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.classifier(self.aspp(features))


class DeepLabV3PlusHead(nn.Module):
    """V3's map says what, an early one says where the border is.

    fine_channels: of the early map (stride 4), which is narrowed to `fine_width` first, lest it outweigh the other.

    >>> head = DeepLabV3PlusHead(8, 6, num_classes=5, width=4, fine_width=2).eval()
    >>> head(torch.zeros(1, 8, 5, 7), torch.zeros(1, 6, 17, 27)).shape
    torch.Size([1, 5, 17, 27])
    """

    def __init__(
        self,
        channels: int,
        fine_channels: int,
        num_classes: int,
        *,
        width: int = 256,
        fine_width: int = 48,
        rates: Sequence[int] = (6, 12, 18),
        dropout: float = 0.1,
    ):
        super().__init__()
        self.aspp = ASPP(channels, width, rates, dropout=dropout)
        self.narrow = ConvNormRelu(fine_channels, fine_width, 1)
        self.refine = ConvNormRelu(fine_width + width, width, 3)
        self.refine_again = ConvNormRelu(width, width, 3)
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, features: Tensor, fine: Tensor) -> Tensor:
        joined = self.refine.joined([self.narrow(fine), self.aspp(features)])
        return self.classifier(self.refine_again(joined))

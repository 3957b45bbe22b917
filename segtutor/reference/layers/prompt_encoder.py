"""Prompts as tokens: a click is a position and what it means, an earlier mask is a small map on top of the picture.

Kirillov et al., "Segment Anything", arXiv:2304.02643, section 3 ("Prompt encoder") and appendix A:

    click     Fourier features of its position + a learned vector: on the object, beside it
    box       two clicks: upper left corner, lower right corner, each with a vector of its own
    mask      three convolutions, from 4 x the embedding's size down to it, added to the embedding at every cell;
              without a mask one learned vector is added instead
    nothing   one more token, a learned vector without position, where there is no box

Fourier features (Tancik et al., "Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional
Domains", arXiv:2006.10739, eq. 4):

    F(x) = [sin(2 pi B x), cos(2 pi B x)]            B: random numbers, drawn once and never trained; x in -1..1

Random directions and frequencies let a dot product of two features fall with the distance in any direction, where sine
positions know rows and columns alone.

Differs from the paper: nothing. Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from segtutor.reference.layers.channel_norm import ChannelNorm
from segtutor.reference.layers.feed_forward import ACTIVATIONS

BESIDE, ON, FIRST_CORNER, LAST_CORNER, NOTHING = range(5)  # what a token says; NOTHING has no position


class FourierPositions(nn.Module):
    """Positions as random Fourier features. xy: (..., 2) float, 0..1 in the picture, x to the right -> (..., width).

    scale: standard deviation of the random numbers: how quickly positions become unlike.
    """

    def __init__(self, width: int, *, scale: float = 1.0):
        super().__init__()
        self.register_buffer("directions", scale * torch.randn(2, width // 2))

    def forward(self, xy: Tensor) -> Tensor:
        angles = 2 * math.pi * ((2 * xy.to(self.directions) - 1) @ self.directions)
        return torch.cat([angles.sin(), angles.cos()], -1)

    def grid(self, size: tuple[int, int]) -> Tensor:
        """The middles of the h x w cells of a map, row by row: (h w, width)."""
        y, x = ((torch.arange(n, device=self.directions.device) + 0.5) / n for n in size)
        return self(torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)).flatten(0, 1)


class PromptEncoder(nn.Module):
    """Clicks, corners and masks -> tokens and a map for the decoder.

    width: C, of tokens and embedding. mask_widths: channels between the convolutions of a mask.
    """

    def __init__(
        self,
        width: int,
        *,
        mask_widths: tuple[int, int] = (4, 16),
        activation: str = "gelu",
        scale: float = 1.0,
        epsilon: float = 1e-6,
    ):
        super().__init__()
        first, second = mask_widths
        self.positions = FourierPositions(width, scale=scale)
        self.kinds = nn.Parameter(torch.randn(5, width))
        self.no_mask = nn.Parameter(torch.randn(1, width))
        self.shrink = nn.ModuleList([nn.Conv2d(1, first, 2, stride=2), nn.Conv2d(first, second, 2, stride=2)])
        self.norms = nn.ModuleList([ChannelNorm(first, epsilon=epsilon), ChannelNorm(second, epsilon=epsilon)])
        self.widen = nn.Conv2d(second, width, 1)
        self.activation = ACTIVATIONS[activation]

    def tokens(self, xy: Tensor, kinds: Tensor) -> Tensor:
        """xy: (N, P, 2) float, 0..1; kinds: (N, P) int64, one of the five -> (N, P, C)."""
        return torch.where((kinds == NOTHING)[..., None], 0.0, self.positions(xy)) + self.kinds[kinds]

    def mask(self, mask: Tensor | None) -> Tensor:
        """(N, 1, 4 h, 4 w) float, the logits of an earlier prediction, or None -> (N or 1, C, h or 1, w or 1)."""
        if mask is None:
            return self.no_mask[:, :, None, None]
        for shrink, norm in zip(self.shrink, self.norms, strict=True):
            mask = self.activation(norm(shrink(mask)))
        return self.widen(mask)


def click_kinds(labels: Tensor) -> Tensor:
    """Labels of clicks, 1 on it, 0 beside it, -1 no click -> kinds. (N, P) int64 -> the same."""
    return torch.where(labels < 0, NOTHING, labels)


def joined(xy: Tensor | None, kinds: Tensor | None, corners: Tensor | None, count: int) -> tuple[Tensor, Tensor]:
    """Clicks and corners as one row of tokens each: (N, P, 2) and (N, P).

    xy: (N, P, 2), kinds: (N, P), corners: (N, 2, 2), or None; count: N. Where there is no box, NOTHING comes last, as
    in the published code: a decoder that was trained so expects it.
    """
    at, what = [], []
    if xy is not None and kinds is not None:
        at.append(xy)
        what.append(kinds)
    if corners is not None:
        at.append(corners)
        what.append(torch.tensor([[FIRST_CORNER, LAST_CORNER]], device=corners.device).expand(count, 2))
    else:
        device = None if xy is None else xy.device
        at.append(torch.zeros(count, 1, 2, device=device))
        what.append(torch.full((count, 1), NOTHING, device=device))
    return torch.cat(at, 1), torch.cat(what, 1)

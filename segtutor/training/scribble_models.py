"""The two smallest networks that learn from strokes: both read filter responses pixel by pixel, no convolution.

    ScribblePixels   38 numbers -> 64 -> 64 -> K class logits                                         PerPixelOutput
    ScribbleMasks    38 numbers -> 64 -> 64 -> an embedding; Q learned queries, each a class distribution and a vector
                     whose product with the embedding is its mask logit                               MaskOutput

The second is MaskFormer (arXiv:2107.06278) with one picture in the world: its queries need not look at it, so there is
no decoder. About 7,000 and 16,000 parameters, trained from nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput, PerPixelOutput

WIDTH = 64


def _backbone(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(channels, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())


class ScribblePixels(nn.Module):
    """(P, C) responses of P pixels, in any order -> PerPixelOutput of a "picture" of 1 x P."""

    def __init__(self, channels: int, num_classes: int):
        super().__init__()
        self.backbone, self.to_class = _backbone(channels), nn.Linear(WIDTH, num_classes)

    def forward(self, responses: Tensor) -> PerPixelOutput:
        return PerPixelOutput(self.to_class(self.backbone(responses)).T[None, :, None])

    @staticmethod
    def shares(output: PerPixelOutput) -> Tensor:
        """(P, K): how much of each pixel every class has; rows sum to 1."""
        return output.logits[0, :, 0].softmax(dim=0).T


class ScribbleMasks(nn.Module):
    """(P, C) responses of P pixels -> MaskOutput of a "picture" of 1 x P. num_queries: Q, at least the targets."""

    def __init__(self, channels: int, num_classes: int, num_queries: int):
        super().__init__()
        self.backbone, self.to_embedding = _backbone(channels), nn.Linear(WIDTH, WIDTH)
        self.queries = nn.Parameter(torch.randn(num_queries, WIDTH))
        self.to_class, self.to_mask = nn.Linear(WIDTH, num_classes + 1), nn.Linear(WIDTH, WIDTH)

    def forward(self, responses: Tensor) -> MaskOutput:
        embedding = self.to_embedding(self.backbone(responses))
        masks = self.to_mask(self.queries) @ embedding.T / WIDTH**0.5
        return MaskOutput(self.to_class(self.queries)[None], masks[None, :, None])

    @staticmethod
    def shares(output: MaskOutput) -> Tensor:
        """(P, Q): how much of each pixel every query has that says a class at all; rows sum to 1."""
        says_one = 1 - output.class_logits[0].softmax(dim=-1)[:, -1]
        claims = (says_one[:, None] * output.mask_logits[0, :, 0].sigmoid()).T
        return claims / claims.sum(dim=1, keepdim=True).clamp(min=1e-6)

"""What the small networks see: the maps of a trained Mask2Former for ToyTown, frozen.

Backbone and pixel decoder of `mask2former-toytown` have learned, from panoptic truth, where things end and what they
are. A network that is asked with a click or a phrase starts from these maps and trains a small head in minutes; its
checkpoint holds both. Nothing here is trained: gradients stop, and batch norm keeps its statistics.

    features = ToyTownFeatures.of(st.load("mask2former-toytown").model)
    maps = features(pixel_values)               # once a picture, about 10 ms at 128 x 128

Differs from the papers: SAM, CLIPSeg and SegGPT train or start from large encoders of photographs (MAE, CLIP).
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.decoders.pixel_decoder import DeformablePixelDecoder

BACKBONE = {
    "model_type": "resnet",
    "embedding_size": 32,
    "hidden_sizes": [32, 64, 96, 128],
    "depths": [2, 2, 2, 2],
    "layer_type": "basic",
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}
WIDTH = 64  # channels of the pixel decoder's maps
STAGE_WIDTH = 32  # channels of the backbone's first stage
STRIDE = 32  # sides of a picture are multiples of it


class Maps(NamedTuple):
    """One picture, or a batch of them, as a head sees it; all (B, C, h, w) float.

    pixels: the normalised picture, C = 3, stride 1. stage: the backbone's first stage, C = 32, stride 4.
    mask: the mask features, C = 64, stride 4. eighth, sixteenth: the pixel decoder's maps, C = 64, strides 8 and 16.
    """

    pixels: Tensor
    stage: Tensor
    mask: Tensor
    eighth: Tensor
    sixteenth: Tensor

    def of(self, index: Tensor | list[int] | slice) -> Maps:
        """The maps of some pictures of the batch."""
        return Maps(*(maps[index] for maps in self))


class ToyTownFeatures(nn.Module):
    """(B, 3, H, W) float, normalised, H and W multiples of 32 -> Maps. Never trained, whatever `train()` is told."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = build_backbone(dict(BACKBONE))
        self.pixel_decoder = DeformablePixelDecoder(
            self.backbone.channels, width=WIDTH, mask_width=WIDTH, num_heads=4, hidden=256, num_layers=1
        )
        self.requires_grad_(False)
        self.eval()

    @classmethod
    def of(cls, model: nn.Module) -> ToyTownFeatures:
        """Copies the weights of a Mask2Former of this architecture, such as st.load("mask2former-toytown").model."""
        features = cls()
        for name in ("backbone", "pixel_decoder"):
            getattr(features, name).load_state_dict(copy.deepcopy(getattr(model, name).state_dict()))
        return features

    def train(self, mode: bool = True) -> ToyTownFeatures:
        return super().train(False)

    def forward(self, pixel_values: Tensor) -> Maps:
        with torch.no_grad():
            stages = self.backbone(pixel_values)
            mask, (_, *finer) = self.pixel_decoder(stages)
            sixteenth, eighth = finer
        return Maps(pixel_values, stages[0], mask, eighth, sixteenth)

"""The networks of the experiments: Mask2Former of the course, small, and the four variants that the claims need.

All stand on one backbone and one pixel decoder with a random start (training/recipes/networks.py: a ResNet of 32 to 128
channels; width 64, one deformable layer). What stands on these is what the claims are about:

    Mask2Former       24 queries, 3 layers of masked attention: Q masks with a class each
    PixelHead         one 1x1 convolution on the mask features: K logits a pixel     MaskFormer's PerPixelBaseline
    PixelQueries      the decoder with K queries, the mask of query k is the logit of class k       PerPixelBaseline+
    CoarseLevels      the decoder reads the 1/32 map in every layer
    WithBoxes         each query also says a box, as DETR's do

The two baselines are MaskFormer's (arXiv:2107.06278, section 4.1 and appendix A.2), with Mask2Former's pixel decoder
instead of an FPN, so that the two sides of a comparison share it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.reference.layers.feed_forward import MLP
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.training.recipes import networks as toytown_networks


def mask2former(
    num_classes: int, *, queries: int = 24, layers: int = 3, kind: type[Mask2Former] | None = None
) -> Mask2Former:
    """A small Mask2Former with a random start. kind: Mask2Former or a class below."""
    labels = [str(number) for number in range(num_classes)]
    return toytown_networks.mask2former(labels, queries=queries, layers=layers, kind=kind)


class PixelHead(nn.Module):
    """Backbone, pixel decoder, a linear classifier for each pixel: (B, 3, H, W) -> PerPixelOutput at stride 4."""

    def __init__(self, num_classes: int):
        super().__init__()
        whole = mask2former(num_classes)
        self.backbone, self.pixel_decoder = whole.backbone, whole.pixel_decoder
        self.classifier = nn.Conv2d(whole.pixel_decoder.mask_features.out_channels, num_classes, 1)

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        mask_features, _ = self.pixel_decoder(self.backbone(pixel_values))
        return PerPixelOutput(self.classifier(mask_features))


class PixelQueries(Mask2Former):
    """Mask2Former's network without its formulation: query k makes the logits of class k, and nothing is matched.

    (B, 3, H, W) -> PerPixelOutput at stride 4, its layers those of the earlier decoder layers. num_queries must be K.
    """

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        mask_features, maps = self.pixel_decoder(self.backbone(pixel_values))
        _, masks = self.decoder(maps, mask_features)
        return PerPixelOutput(masks[-1], tuple(PerPixelOutput(mask) for mask in masks[:-1]))


class CoarseLevels(Mask2Former):
    """Every decoder layer reads the 1/32 map; the mask features are as fine as before."""

    def forward(self, pixel_values: Tensor) -> MaskOutput:
        mask_features, maps = self.pixel_decoder(self.backbone(pixel_values))
        return _predictions(self, *self.decoder([maps[0]] * len(maps), mask_features))


class WithBoxes(Mask2Former):
    """Mask2Former whose queries also say a box, (cx, cy, width, height) in 0..1: DETR's box head."""

    def __init__(self, *parts: Any):
        super().__init__(*parts)
        width = self.decoder.width
        self.box_head = MLP((width, width, width, 4))

    def forward(self, pixel_values: Tensor) -> MaskOutput:
        mask_features, maps = self.pixel_decoder(self.backbone(pixel_values))
        queries, masks = self.decoder(maps, mask_features)
        output = _predictions(self, queries, masks)
        boxes = [torch.sigmoid(self.box_head(q).float()) for q in queries]
        layers = tuple(replace(layer, boxes=box) for layer, box in zip(output.layers, boxes[:-1], strict=True))
        return replace(output, boxes=boxes[-1], layers=layers)


def _predictions(model: Mask2Former, queries: list[Tensor], masks: list[Tensor]) -> MaskOutput:
    made = [MaskOutput(model.class_head(q), mask) for q, mask in zip(queries, masks, strict=True)]
    return MaskOutput(made[-1].class_logits, made[-1].mask_logits, layers=tuple(made[:-1]))

"""Mask2Former, whole: backbone, pixel decoder, decoder with masked attention, class head.

Cheng et al., "Masked-attention Mask Transformer for Universal Image Segmentation", arXiv:2112.01527, figure 2:

    picture -> backbone -> 1/4 .. 1/32 -> pixel decoder -> mask features, three maps -> decoder -> Q queries
    class logits = W query + b         mask logits = MLP(query) . mask features

One network, one loss, one set of outputs for semantic, instance and panoptic segmentation: only the reading differs.

    model = Mask2Former.from_config(config)        # config.json of a checkpoint, as a dict; random weights
    output = model(pixel_values)                   # MaskOutput; output.layers: the earlier predictions

Differs from the paper: nothing.
Taught in notebooks/07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.decoders.masked_decoder import MaskedDecoder
from segtutor.reference.decoders.pixel_decoder import DeformablePixelDecoder
from segtutor.reference.weights.names import mask2former as names
from segtutor.reference.weights.names import num_classes


class Mask2Former(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with masks at stride 4. num_classes: K, without "no object"."""

    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)
    ignore = names.IGNORE

    def __init__(self, backbone: nn.Module, pixel_decoder: nn.Module, decoder: MaskedDecoder, num_classes: int):
        super().__init__()
        self.backbone = backbone
        self.pixel_decoder = pixel_decoder
        self.decoder = decoder
        self.class_head = nn.Linear(decoder.width, num_classes + 1)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Mask2Former:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        backbone = build_backbone(config.get("backbone_config") or names.DEFAULT_BACKBONE)
        strides = config.get("feature_strides", (4, 8, 16, 32))
        feature_width, width = config.get("feature_size", 256), config.get("hidden_dim", 256)
        mask_width = config.get("mask_feature_size", 256)
        num_heads, dropout = config.get("num_attention_heads", 8), config.get("dropout", 0.0)
        num_levels = 3
        pixel_decoder = DeformablePixelDecoder(
            backbone.channels,
            width=feature_width,
            mask_width=mask_width,
            num_heads=num_heads,
            hidden=config.get("encoder_feedforward_dim", 1024),
            num_layers=config.get("encoder_layers", 6),
            num_levels=num_levels,
            num_fine=int(math.log2(min(strides[-num_levels:])) - math.log2(config.get("common_stride", 4))),
            dropout=dropout,
        )
        decoder = MaskedDecoder(
            feature_width,
            width=width,
            mask_width=mask_width,
            num_queries=config.get("num_queries", 100),
            num_layers=config.get("decoder_layers", 10) - 1,  # configurations count the initial prediction as well
            num_heads=num_heads,
            hidden=config.get("dim_feedforward", 2048),
            num_levels=num_levels,
            activation=config.get("activation_function", "relu"),
            dropout=dropout,
            pre_norm=config.get("pre_norm", False),
            project=config.get("enforce_input_projection", False),
        )
        return cls(backbone, pixel_decoder, decoder, num_classes(config))

    def forward(self, pixel_values: Tensor, *, layers: bool = True) -> MaskOutput:
        """layers: also what the initial queries and each layer but the last predict (output.layers), in that order.

        False saves the full-size masks of those predictions; the final prediction is the same.
        """
        mask_features, maps = self.pixel_decoder(self.backbone(pixel_values))
        queries, masks = self.decoder(maps, mask_features, layers=layers)
        predictions = [MaskOutput(self.class_head(q), mask) for q, mask in zip(queries, masks, strict=True)]
        final = predictions[-1]
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(predictions[:-1]))

"""MaskFormer, whole: a set of masks, each with one class, instead of a class for each pixel.

Cheng et al., "Per-Pixel Classification is Not All You Need for Semantic Segmentation", arXiv:2107.06278, section 3.3
and figure 2:

    picture -> backbone -> 1/4 .. 1/32 -> pixel decoder -> mask features E_pixel (C_m, H / 4, W / 4)
                               1/32    -> transformer decoder -> Q queries
    class logits = W query + b         mask logits[q] = MLP(query_q) . E_pixel          over the channels

A query says once for its whole mask what is there; where it is, each pixel answers on its own, by how well its
feature fits the query's mask embedding. So the number of classes makes nothing but the class head larger.

    model = MaskFormer.from_config(config)         # config.json of a checkpoint, as a dict; random weights
    output = model(pixel_values)                   # MaskOutput; output.layers: what earlier layers predict

Shapes: (B, 3, H, W) -> class logits (B, Q, K + 1), mask logits (B, Q, H / 4, W / 4).
Differs from the paper: nothing.
Taught in notebooks/05_what_is_a_query.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..outputs import MaskOutput
from .backbones import build_backbone
from .detr_decoder import DetrDecoder, as_places
from .feed_forward import Perceptron
from .fpn import FPN
from .linear import Linear
from .names import maskformer as names
from .positions import sine_positions


class MaskFormer(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with masks at stride 4.

    pixel_decoder: FPN or FPNTransformer; `read_width`: channels of the map that it hands to the decoder.
    num_classes: K, without "no object". mask_width: C_m.
    """

    rules = staticmethod(names.rules)
    ignore = names.IGNORE

    def __init__(
        self,
        backbone: nn.Module,
        pixel_decoder: nn.Module,
        decoder: DetrDecoder,
        num_classes: int,
        *,
        read_width: int | None = None,
        mask_width: int = 256,
    ):
        super().__init__()
        width = decoder.width
        self.backbone = backbone
        self.pixel_decoder = pixel_decoder
        same = read_width is None or read_width == width
        self.project = nn.Identity() if same else nn.Conv2d(read_width, width, 1)
        self.decoder = decoder
        self.class_head = Linear(width, num_classes + 1)
        self.mask_head = Perceptron((width, width, width, mask_width))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MaskFormer:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        backbone = build_backbone(names.backbone_config(config))
        mask_width = config.get("mask_feature_size", 256)
        pixel_decoder = FPN(backbone.channels, width=config.get("fpn_feature_size", 256), mask_width=mask_width)
        decoder = DetrDecoder.from_config(config.get("decoder_config") or {})
        width, classes = backbone.channels[-1], names.num_classes(config)
        return cls(backbone, pixel_decoder, decoder, classes, read_width=width, mask_width=mask_width)

    def forward(self, pixel_values: Tensor, *, layers: bool = True) -> MaskOutput:
        """layers: also what each decoder layer but the last predicts (output.layers), first layer first.

        False saves those predictions; the final one is the same.
        """
        mask_features, coarse = self.pixel_decoder(self.backbone(pixel_values))
        coarse = self.project(coarse)  # (B, C, h, w)
        positions = sine_positions((coarse.shape[-2], coarse.shape[-1]), self.decoder.width, device=coarse.device)
        queries = self.decoder(as_places(coarse), as_places(positions), layers=layers)
        *earlier, final = (self.predict(q, mask_features) for q in queries)
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(earlier))

    def predict(self, queries: Tensor, mask_features: Tensor) -> MaskOutput:
        """Queries of one layer, normalised, (B, Q, C), and mask features (B, C_m, h, w) -> their prediction."""
        embedding = self.mask_head(queries)
        return MaskOutput(self.class_head(queries), torch.einsum("bqc,bchw->bqhw", embedding, mask_features))

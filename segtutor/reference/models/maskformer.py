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
Differs from the paper: nothing but the size of the last convolution of `fpn`.
Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.decoders.detr_decoder import DetrDecoder, as_tokens
from segtutor.reference.decoders.fpn import FPN
from segtutor.reference.layers.feed_forward import MLP
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.positions import sine_positions
from segtutor.reference.weights.names import maskformer as names
from segtutor.reference.weights.names import num_classes


class MaskFormer(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with masks at stride 4.

    pixel_decoder: FPN or FPNTransformer. read_width: channels of the map that it hands to the decoder, by default
    the decoder's own. num_classes: K, without "no object". mask_width: C_m.
    """

    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)
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
        self.class_head = nn.Linear(width, num_classes + 1)
        self.mask_head = MLP((width, width, width, mask_width))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MaskFormer:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        backbone = build_backbone(names.backbone_config(config))
        mask_width = config.get("mask_feature_size", 256)
        pixel_decoder = FPN(backbone.channels, width=config.get("fpn_feature_size", 256), mask_width=mask_width)
        decoder = DetrDecoder.from_config(config.get("decoder_config") or {})
        width, classes = backbone.channels[-1], num_classes(config)
        return cls(backbone, pixel_decoder, decoder, classes, read_width=width, mask_width=mask_width)

    def forward(self, pixel_values: Tensor, *, layers: bool = True) -> MaskOutput:
        """layers: also what each decoder layer but the last predicts (output.layers), first layer first.

        False saves those predictions; the final one is the same.
        """
        finest, coarse = self.pixel_decoder.finest(self.backbone(pixel_values))
        coarse = self.project(coarse)  # (B, C, h, w)
        positions = sine_positions((coarse.shape[-2], coarse.shape[-1]), self.decoder.width, device=coarse.device)
        queries = self.decoder(as_tokens(coarse), as_tokens(positions).to(coarse.dtype), layers=layers)
        embeddings = [self.mask_head(q) for q in queries]
        masks = draw_masks(embeddings, finest, self.pixel_decoder.mask_features)
        *earlier, final = (MaskOutput(self.class_head(q), mask) for q, mask in zip(queries, masks, strict=True))
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(earlier))


@has_fast_form("mask_drawing")
def draw_masks(embeddings: Sequence[Tensor], finest: Tensor, convolution: nn.Conv2d) -> list[Tensor]:
    """The equation: mask embeddings (B, Q, C_m) each, times the mask features -> mask logits (B, Q, h, w) each.

    finest: the pyramid's finest map, (B, C, h, w); convolution: what makes mask features of it, (B, C_m, h, w).
    """
    mask_features = convolution(finest)
    return [torch.einsum("bqc,bchw->bqhw", embedding, mask_features) for embedding in embeddings]

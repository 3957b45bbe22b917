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
Taught in notebooks/05_what_is_a_query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..outputs import MaskOutput
from .backbones import build_backbone
from .detr_decoder import DetrDecoder, as_places
from .feed_forward import Perceptron
from .fpn import FPN
from .linear import Linear
from .names import maskformer as names
from .names import num_classes
from .positions import sine_positions


class MaskFormer(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with masks at stride 4.

    pixel_decoder: FPN or FPNTransformer. read_width: channels of the map that it hands to the decoder, by default
    the decoder's own. num_classes: K, without "no object". mask_width: C_m.
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
        width, classes = backbone.channels[-1], num_classes(config)
        return cls(backbone, pixel_decoder, decoder, classes, read_width=width, mask_width=mask_width)

    def forward(self, pixel_values: Tensor, *, layers: bool = True) -> MaskOutput:
        """layers: also what each decoder layer but the last predicts (output.layers), first layer first.

        False saves those predictions; the final one is the same.
        """
        finest, coarse = self.pixel_decoder.finest(self.backbone(pixel_values))
        coarse = self.project(coarse)  # (B, C, h, w)
        positions = sine_positions((coarse.shape[-2], coarse.shape[-1]), self.decoder.width, device=coarse.device)
        queries = self.decoder(as_places(coarse), as_places(positions).to(coarse.dtype), layers=layers)
        embeddings = [self.mask_head(q) for q in queries]
        few = len(embeddings) * embeddings[0].shape[1] < embeddings[0].shape[2]
        draw = draw_folded if few else draw_plain
        masks = draw(embeddings, finest, self.pixel_decoder.mask_features)
        *earlier, final = (MaskOutput(self.class_head(q), mask) for q, mask in zip(queries, masks, strict=True))
        return MaskOutput(final.class_logits, final.mask_logits, layers=tuple(earlier))


def draw_plain(embeddings: Sequence[Tensor], finest: Tensor, convolution: nn.Conv2d) -> list[Tensor]:
    """The equation: mask embeddings (B, Q, C_m) each, times the mask features -> mask logits (B, Q, h, w) each.

    finest: the pyramid's finest map, (B, C, h, w); convolution: what makes mask features of it, (B, C_m, h, w).
    """
    mask_features = convolution(finest)
    return [torch.einsum("bqc,bchw->bqhw", embedding, mask_features) for embedding in embeddings]


def draw_folded(embeddings: Sequence[Tensor], finest: Tensor, convolution: nn.Conv2d) -> list[Tensor]:
    """The same numbers, each query as a 3x3 filter on the pyramid's finest map.

    No ReLU stands between convolution and product, so the product can be taken with the filters instead of with the
    pixels: e . (F * x + b) = (e . F) * x + e . b. That is Q channels at stride 4 instead of C_m and a product, so it
    pays where a picture has fewer embeddings than C_m: for the final prediction, rarely for those of all layers.
    """
    filters, bias = convolution.weight, convolution.bias
    masks = []
    for embedding in embeddings:
        folded = torch.einsum("bqm,mcyx->bqcyx", embedding, filters)  # (B, Q, C, 3, 3)
        added = torch.zeros_like(embedding[..., 0]) if bias is None else embedding @ bias
        one_each = zip(finest.split(1), folded, added, strict=True)  # each picture has its own filters
        masks.append(torch.cat([F.conv2d(x, w, b, padding=convolution.padding) for x, w, b in one_each]))
    return masks

"""SegFormer: a Transformer backbone without positions, and a head of dense layers. One class for each pixel.

Xie et al., "SegFormer: Simple and Efficient Design for Semantic Segmentation with Transformers", arXiv:2105.15203,
figure 2. With few classes it stays level with mask classifiers (Cityscapes, 84.0 mIoU), which makes it the per-pixel
model to compare them with.

    maps   = backbone(pixel_values)       strides 4, 8, 16, 32: mit.py
    logits = head(maps)                   (B, K, H / 4, W / 4): segformer_head.py

Losses and inference enlarge the logits to the picture bilinearly.

    model = SegFormer.from_config({"depths": [3, 4, 6, 3], "hidden_sizes": [64, 128, 320, 512], ...})       # MiT-B2
    with record_attention(model) as maps: model(pixel_values)
    maps["backbone.stages.0.layers.1.attention"][0].weights      # (B, 1, h w, h w / 64), every cell of a stride-4 grid

Differs from the paper: nothing.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from segtutor.outputs import PerPixelOutput
from segtutor.reference.backbones.mit import MiT
from segtutor.reference.per_pixel.segformer_head import AllMLPHead
from segtutor.reference.weights.names import num_classes
from segtutor.reference.weights.names import segformer as names


class SegFormer(nn.Module):
    """(B, 3, H, W) float, normalised -> PerPixelOutput with logits (B, K, H / 4, W / 4), rounded up.

    backbone: a module with `channels` that gives maps fine to coarse; head: as segformer_head.AllMLPHead.
    """

    ignore = names.IGNORE
    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)

    def __init__(self, backbone: nn.Module, head: AllMLPHead):
        super().__init__()
        self.backbone = backbone
        self.head = head

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SegFormer:
        """config: of transformers' SegformerForSemanticSegmentation; absent keys mean its defaults.

        "reshape_last_stage" only says how transformers hands the last map on, and is not read.
        """
        backbone = MiT.from_config(config)
        head = AllMLPHead(
            backbone.channels,
            num_classes(config),
            width=config.get("decoder_hidden_size", 256),
            dropout=config.get("classifier_dropout_prob", 0.1),
        )
        return cls(backbone, head)

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        return PerPixelOutput(self.head(self.backbone(pixel_values)))

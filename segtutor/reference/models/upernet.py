"""UPerNet: a backbone of any kind, a feature pyramid with pooling at its top, one class for each pixel.

Xiao et al., "Unified Perceptual Parsing for Scene Understanding", arXiv:1807.10221, figure 4; the per-pixel network
that Swin (arXiv:2103.14030, table 3) and ConvNeXt were measured with, and MaskFormer compared itself to.

    maps   = backbone(pixel_values)               strides 4, 8, 16, 32
    logits = up(head(maps))                       (B, K, H, W): upernet_head.py, enlarged to the picture

In training a second, cheap head classifies the stage before the last (fcn_head.py); it helps the backbone and is used
for nothing else:

    output, auxiliary = model.with_auxiliary(pixel_values)
    terms = per_pixel_loss(output, labels, auxiliary=auxiliary, auxiliary_weight=model.auxiliary_weight)

Differs from the paper: the backbone is free; one head for the classes (see upernet_head.py).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from segtutor.outputs import PerPixelOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.per_pixel.fcn_head import FCNHead
from segtutor.reference.per_pixel.upernet_head import UPerHead
from segtutor.reference.weights.names import num_classes
from segtutor.reference.weights.names import upernet as names

AUXILIARY_MAP = 2  # of four: stride 16


class UPerNet(nn.Module):
    """(B, 3, H, W) float, normalised -> PerPixelOutput with logits (B, K, H, W).

    backbone: a module with `channels` that gives maps fine to coarse. auxiliary: a head for maps[2], or None;
    auxiliary_weight: of its loss beside the other's.
    """

    ignore = names.IGNORE
    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)

    def __init__(
        self, backbone: nn.Module, head: UPerHead, auxiliary: FCNHead | None = None, auxiliary_weight: float = 0.4
    ):
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.auxiliary = auxiliary
        self.auxiliary_weight = auxiliary_weight

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> UPerNet:
        """config: of transformers' UperNetForSemanticSegmentation; absent keys mean its defaults."""
        backbone = build_backbone(names.backbone_config(config))
        classes = num_classes(config)
        head = UPerHead(
            backbone.channels,
            classes,
            width=config.get("hidden_size", 512),
            scales=config.get("pool_scales", (1, 2, 3, 6)),
        )
        auxiliary = None
        if config.get("use_auxiliary_head", True):
            auxiliary = FCNHead(
                config.get("auxiliary_in_channels") or backbone.channels[AUXILIARY_MAP],
                classes,
                width=config.get("auxiliary_channels", 256),
                depth=config.get("auxiliary_num_convs", 1),
                keep_input=config.get("auxiliary_concat_input", False),
            )
        return cls(backbone, head, auxiliary, config.get("auxiliary_loss_weight", 0.4))

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        maps = self.backbone(pixel_values)
        return PerPixelOutput(enlarged(self.head(maps), pixel_values.shape[-2:]))

    def with_auxiliary(self, pixel_values: Tensor) -> tuple[PerPixelOutput, PerPixelOutput | None]:
        """What forward gives, and what the auxiliary head says, (B, K, H / 16, W / 16), or None where there is none."""
        maps = self.backbone(pixel_values)
        output = PerPixelOutput(enlarged(self.head(maps), pixel_values.shape[-2:]))
        if self.auxiliary is None:
            return output, None
        return output, PerPixelOutput(self.auxiliary(maps[AUXILIARY_MAP]))

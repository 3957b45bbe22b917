"""One backbone, four heads: what FCN, U-Net, PSPNet and DeepLab have in common, and what each adds.

All four classify every pixel by itself. What differs is how the head finds out what is *around* a pixel:

    FCN         a score for each map, added up from coarse to fine                   arXiv:1411.4038, section 4.2
    UNet-like   the maps side by side, two convolutions at each size on the way up   arXiv:1505.04597, section 2
    PSPNet      averages over the whole picture, its quarters, ... beside the map    arXiv:1612.01105, section 3.2
    DeepLab     convolutions with gaps of several sizes; a fine map for the border   arXiv:1802.02611, section 3.1

    maps   = backbone(pixel_values)               strides 4, 8, 16, 32; PSPNet and DeepLab dilate beyond stride 8
    logits = up(head(maps))                       (B, K, H, W): heads in reference/per_pixel, enlarged to the picture

Differs from the papers: the backbone is free (theirs are VGG16, none, and ResNets; a U-Net whose way down is a
classification network is the common form today); no auxiliary head. Taught in notebooks/02_can_a_pixel_decide_alone.

These classes are in no library, so their configuration is the course's own: {"model_type": "fcn" | "unet" | "pspnet" |
"deeplab", "backbone_config": {...}, "id2label": {...}}, and for some heads "hidden_size" and "rates".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from segtutor.outputs import PerPixelOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.per_pixel.aspp import DeepLabV3PlusHead
from segtutor.reference.per_pixel.fcn import SkipHead
from segtutor.reference.per_pixel.pyramid_pooling import PSPHead
from segtutor.reference.per_pixel.unet import UNetHead
from segtutor.reference.weights.names import num_classes
from segtutor.reference.weights.names.rule import Rule

DEEPLAB_RATES = (2, 4, 6)  # for maps of 16 x 16 cells: with the paper's 12 to 36 only the middle tap would hit the map


class PerPixelNetwork(nn.Module):
    """(B, 3, H, W) float, normalised -> PerPixelOutput with logits (B, K, H, W).

    backbone: a module with `channels` that gives maps fine to coarse; head: maps -> logits at the finest or last map.
    """

    ignore: Sequence[str] = ()

    def __init__(self, backbone: nn.Module, head: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.head = head

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PerPixelNetwork:
        """config: as in the text above. Raises ValueError for a backbone that is not known."""
        backbone = build_backbone(config["backbone_config"])
        return cls(backbone, cls.head_of(config, backbone.channels))

    @staticmethod
    def head_of(config: dict[str, Any], channels: Sequence[int]) -> nn.Module:
        """The head for maps with these channels, with random weights."""
        raise NotImplementedError("choose FCN, UNetOnBackbone, PSPNet or DeepLab: this class has no head of its own")

    @staticmethod
    def rules(config: dict[str, Any]) -> list[Rule]:
        """Files hold our own names."""
        return [Rule(r"((?:backbone|head)\..+)", r"\1")]

    def logits(self, maps: Sequence[Tensor]) -> Tensor:
        return self.head(maps)

    def forward(self, pixel_values: Tensor) -> PerPixelOutput:
        return PerPixelOutput(enlarged(self.logits(self.backbone(pixel_values)), pixel_values.shape[-2:]))


class FCN(PerPixelNetwork):
    """Every map is scored, the scores are added (arXiv:1411.4038, section 4.2; here down to stride 4)."""

    @staticmethod
    def head_of(config: dict[str, Any], channels: Sequence[int]) -> nn.Module:
        return SkipHead(channels, num_classes(config))


class UNetOnBackbone(PerPixelNetwork):
    """The expanding path of U-Net (arXiv:1505.04597) on a backbone's maps."""

    @staticmethod
    def head_of(config: dict[str, Any], channels: Sequence[int]) -> nn.Module:
        return UNetHead(channels, num_classes(config))


class PSPNet(PerPixelNetwork):
    """Pyramid pooling of the last map (arXiv:1612.01105), which the backbone keeps at stride 8."""

    @staticmethod
    def head_of(config: dict[str, Any], channels: Sequence[int]) -> nn.Module:
        return PSPHead(channels[-1], num_classes(config), width=config.get("hidden_size"))

    def logits(self, maps: Sequence[Tensor]) -> Tensor:
        return self.head(maps[-1])


class DeepLab(PerPixelNetwork):
    """DeepLabV3+ (arXiv:1802.02611): atrous pyramid pooling of the last map, the first one for the borders."""

    @staticmethod
    def head_of(config: dict[str, Any], channels: Sequence[int]) -> nn.Module:
        width = config.get("hidden_size", 256)
        rates = config.get("rates", DEEPLAB_RATES)
        return DeepLabV3PlusHead(
            channels[-1], channels[0], num_classes(config), width=width, fine_width=max(1, width // 4), rates=rates
        )

    def logits(self, maps: Sequence[Tensor]) -> Tensor:
        return self.head(maps[-1], maps[0])

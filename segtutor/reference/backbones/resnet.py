"""ResNet: a backbone of convolutions in which each block only has to learn what to add to its input.

He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, eq. 1 and 2, figures 3 and 5:

    y = relu(F(x) + x)            F: two 3 x 3 convolutions ("basic") or 1 x 1, 3 x 3, 1 x 1 ("bottleneck")
    y = relu(F(x) + W_s x)        where F changes the size or the number of channels

A picture (B, 3, H, W) becomes maps at strides 4, 8, 16 and 32, which get coarser and know more:

    stem      (B, 64, H/4, W/4)       7 x 7 convolution with stride 2, pooling with stride 2
    stage 1   (B, 256, H/4, W/4)      widths of ResNet-50
    stage 2   (B, 512, H/8, W/8)
    stage 3   (B, 1024, H/16, W/16)
    stage 4   (B, 2048, H/32, W/32)   its last stride may be traded for dilation (DETR's "DC5", stride 16)

Differs from the paper: in a bottleneck the 3 x 3 convolution has the stride, as published checkpoints do it; with
`stride_in_first` the first 1 x 1, as in the paper. `FrozenBatchNorm` is what DETR trains with (arXiv:2005.12872,
section 4): statistics and scales of the pretrained backbone, never updated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.backbones.build import chosen_stages
from segtutor.reference.layers.batch_norm import BatchNorm, FrozenBatchNorm
from segtutor.reference.layers.feed_forward import ACTIVATIONS

BASIC = {"layer_type": "basic", "hidden_sizes": (64, 128, 256, 512)}
# The published networks by their names, which is all that a DETR configuration says.
PUBLISHED: dict[str, dict[str, Any]] = {
    "resnet18": BASIC | {"depths": (2, 2, 2, 2)},
    "resnet34": BASIC | {"depths": (3, 4, 6, 3)},
    "resnet50": {"depths": (3, 4, 6, 3)},
    "resnet101": {"depths": (3, 4, 23, 3)},
    "resnet152": {"depths": (3, 8, 36, 3)},
}


class ConvNorm(nn.Module):
    """A convolution without bias, which the normalisation after it would remove, and the normalisation."""

    def __init__(
        self, channels: int, out: int, kernel: int, norm: type[nn.Module], *, stride: int = 1, dilation: int = 1
    ):
        super().__init__()
        padding = dilation * (kernel // 2)
        self.convolution = nn.Conv2d(channels, out, kernel, stride, padding, dilation, bias=False)
        self.norm = norm(out)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.convolution(x))


class Block(nn.Module):
    """relu(path(x) + shortcut(x)). (B, channels, h, w) -> (B, out, h / stride, w / stride), rounded up.

    path: the ConvNorms of F, a ReLU after each but the last. shortcut: W_s, or nothing where sizes agree.
    """

    def __init__(
        self, path: Sequence[ConvNorm], channels: int, out: int, norm: type[nn.Module], stride: int, activation: str
    ):
        super().__init__()
        self.path = nn.ModuleList(path)
        same = channels == out and stride == 1
        self.shortcut = None if same else ConvNorm(channels, out, 1, norm, stride=stride)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        added = x
        for layer in self.path[:-1]:
            added = F.relu(layer(added))
        return self.activation(self.path[-1](added) + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(nn.Module):
    """(B, 3, H, W) -> the chosen maps, fine to coarse.

    width: of the stem; hidden_sizes, depths: channels and blocks of each stage; bottleneck: which kind of block.
    first_stride: of the first stage, 1 or 2. stride_in_first: where a bottleneck's stride sits. output_stride:
    stages that would be coarser than this are dilated instead. out: the maps to return, 0 = stem, 1 = first stage.
    frozen_norms: FrozenBatchNorm instead of BatchNorm.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        hidden_sizes: Sequence[int] = (256, 512, 1024, 2048),
        depths: Sequence[int] = (3, 4, 6, 3),
        bottleneck: bool = True,
        activation: str = "relu",
        in_channels: int = 3,
        first_stride: int = 1,
        stride_in_first: bool = False,
        output_stride: int | None = None,
        out: Sequence[int] = (1, 2, 3, 4),
        frozen_norms: bool = False,
    ):
        super().__init__()
        norm = FrozenBatchNorm if frozen_norms else BatchNorm
        self.activation, self.out = ACTIVATIONS[activation], tuple(out)
        self.stem = ConvNorm(in_channels, width, 7, norm, stride=2)
        self.stages = nn.ModuleList()
        channels, strides, dilation = width, [4], 1
        for stage, (size, depth) in enumerate(zip(hidden_sizes, depths, strict=True)):
            before, stride = dilation, first_stride if stage == 0 else 2
            if output_stride is not None and strides[-1] * stride > output_stride:
                dilation, stride = dilation * stride, 1
            blocks = nn.Sequential()
            for index in range(depth):
                step, spread = (stride, before) if index == 0 else (1, dilation)
                if bottleneck:
                    a, b = (step, 1) if stride_in_first else (1, step)
                    narrow = size // 4
                    path = [
                        ConvNorm(channels, narrow, 1, norm, stride=a),
                        ConvNorm(narrow, narrow, 3, norm, stride=b, dilation=spread),
                        ConvNorm(narrow, size, 1, norm),
                    ]
                else:
                    path = [
                        ConvNorm(channels, size, 3, norm, stride=step, dilation=spread),
                        ConvNorm(size, size, 3, norm, dilation=dilation),
                    ]
                blocks.append(Block(path, channels, size, norm, step, activation))
                channels = size
            self.stages.append(blocks)
            strides.append(strides[-1] * stride)
        sizes = (width, *hidden_sizes)
        self.channels = tuple(sizes[index] for index in self.out)
        self.strides = tuple(strides[index] for index in self.out)

    @classmethod
    def from_config(cls, config: dict[str, Any], *, frozen_norms: bool = False) -> ResNet:
        """config: transformers' "resnet", or "timm_backbone" with one of the names in PUBLISHED.

        "output_stride" is timm's; transformers' own ResNet has none, the course's per-pixel networks do.
        """
        output_stride = config.get("output_stride")
        if config.get("model_type") == "timm_backbone":
            name = str(config.get("backbone")).split(".")[0]
            if name not in PUBLISHED:
                raise ValueError(f"backbone must be one of {', '.join(PUBLISHED)}, got {name!r}: use transformers")
            config = PUBLISHED[name] | {key: config[key] for key in ("num_channels", "out_indices") if key in config}
        depths = config.get("depths", (3, 4, 6, 3))
        return cls(
            width=config.get("embedding_size", 64),
            hidden_sizes=config.get("hidden_sizes", (256, 512, 1024, 2048)),
            depths=depths,
            bottleneck=config.get("layer_type", "bottleneck") == "bottleneck",
            activation=config.get("hidden_act", "relu"),
            in_channels=config.get("num_channels", 3),
            first_stride=2 if config.get("downsample_in_first_stage", False) else 1,
            stride_in_first=config.get("downsample_in_bottleneck", False),
            output_stride=output_stride,
            out=chosen_stages(config, len(depths)),
            frozen_norms=frozen_norms,
        )

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        x = self.activation(self.stem(pixel_values))  # (B, 64, H / 2, W / 2)
        maps = [F.max_pool2d(x, kernel_size=3, stride=2, padding=1)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return [maps[index] for index in self.out]

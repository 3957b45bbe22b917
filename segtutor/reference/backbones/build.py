"""Backbones: a picture becomes feature maps, fine to coarse. One function builds whichever a configuration names.

    backbone = build_backbone(config["backbone_config"])
    maps = backbone(pixel_values)            # [(B, C_i, H / stride_i, W / stride_i)], those the configuration asks for
    backbone.channels, backbone.strides      # C_i and stride_i

ResNet, Swin and SegFormer's MiT are written out here. Any other (ConvNeXt, DiNAT, ...) is built by transformers'
AutoBackbone: `TransformersBackbone` is the only part of this folder where a module of transformers runs.
`stochastic_depth` is what Transformer backbones are trained with.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

# model_type -> the class here; its table of names is names/<the same module>.py
OURS = {
    "resnet": "resnet:ResNet",
    "timm_backbone": "resnet:ResNet",
    "swin": "swin:Swin",
    "maskformer-swin": "swin:Swin",
    "segformer": "mit:MiT",
}


def build_backbone(config: dict[str, Any], *, frozen_norms: bool = False) -> nn.Module:
    """The backbone that a configuration describes, with random weights.

    config: the "backbone_config" of a config.json; keys that equal transformers' defaults may be absent.
    frozen_norms: batch normalisations that training leaves alone, as DETR's; for ResNets only.
    The module has `channels` and `strides`, tuples with one entry a map. Raises ValueError for an unknown model_type.
    """
    kind = str(config.get("model_type"))
    if frozen_norms and OURS.get(kind) != "resnet:ResNet":
        raise ValueError(f"frozen_norms must be left out for {kind!r}: only a ResNet has norms to freeze")
    if kind not in OURS:
        return TransformersBackbone(config)
    module, name = OURS[kind].split(":")
    family = getattr(import_module(f".{module}", __package__), name)
    return family.from_config(config, frozen_norms=True) if frozen_norms else family.from_config(config)


def chosen_stages(config: dict[str, Any], count: int) -> tuple[int, ...]:
    """Which maps a configuration asks for: 0 = stem, 1 = first stage, ...; the last stage where it says nothing.

    >>> chosen_stages({"out_features": ["stage1", "stage3"]}, 4), chosen_stages({"out_indices": [-1]}, 4)
    ((1, 3), (4,))
    """
    names, indices = config.get("out_features"), config.get("out_indices")
    stages = ["stem", *(f"stage{index}" for index in range(1, count + 1))]
    if names is not None:
        unknown = [name for name in names if name not in stages]
        if unknown:
            raise ValueError(f"out_features must be some of {', '.join(stages)}, got {unknown[0]!r}")
        return tuple(stages.index(name) for name in names)
    if indices is None:
        return (count,)
    if any(not -count - 1 <= index <= count for index in indices):
        raise ValueError(f"out_indices must be some of 0 to {count}, got {list(indices)}: there are {count} stages")
    return tuple(index % (count + 1) for index in indices)


def stochastic_depth(added: Tensor, share: float, training: bool) -> Tensor:
    """What a layer adds to its input, (B, ...); in training it is left out for a share of the pictures, 0..1.

    The rest is scaled up, so that the mean stays (Huang et al., "Deep Networks with Stochastic Depth",
    arXiv:1603.09382).
    """
    if not training or share == 0.0:
        return added
    keep = torch.rand(len(added), *[1] * (added.ndim - 1), device=added.device) >= share
    return added * keep / (1 - share)


class TransformersBackbone(nn.Module):
    """Any backbone that transformers' AutoBackbone builds, behind the same interface. Its module is `model`."""

    def __init__(self, config: dict[str, Any]):
        super().__init__()
        from transformers import AutoBackbone, AutoConfig

        kind = str(config.get("model_type"))
        try:
            theirs = AutoConfig.for_model(**(config | {"model_type": kind}))
        except ValueError:
            raise ValueError(
                f"the model_type of a backbone must be {', '.join(OURS)} or one that transformers knows, got "
                f"{kind[:60]!r}"
            ) from None
        self.model = AutoBackbone.from_config(theirs)
        self.channels = tuple(self.model.channels)
        # a pyramid halves at each stage, from the patches on; a plain ViT keeps the size of its patches
        patch = getattr(theirs, "patch_size", 4)
        patch = patch if isinstance(patch, int) else patch[0]
        pyramid = getattr(theirs, "depths", None) is not None
        steps = [self.model.stage_names.index(name) for name in self.model.out_features]
        self.strides = tuple(patch * 2 ** max(step - 1, 0) if pyramid else patch for step in steps)

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        return list(self.model(pixel_values).feature_maps)

"""UPerNet: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.backbones import backbone_renames, backbone_rules
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed

# What transformers takes where a configuration names no backbone: a ResNet-50.
DEFAULT_BACKBONE = {"model_type": "resnet", "out_features": ["stage1", "stage2", "stage3", "stage4"]}

IGNORE = (r".*\.num_batches_tracked",)


def backbone_config(config: dict[str, Any]) -> dict[str, Any]:
    return config.get("backbone_config") or DEFAULT_BACKBONE


def _layer(theirs: str, ours: str) -> list[Rule]:
    """Of one convolution with its batch norm."""
    groups = theirs.count("(") + 1
    return [
        Rule(rf"{theirs}\.conv\.weight", f"{ours}.convolution.weight"),
        Rule(rf"{theirs}\.batch_norm\.(weight|bias|running_mean|running_var)", rf"{ours}.norm.\{groups}"),
    ]


def rules(config: dict[str, Any]) -> list[Rule]:
    head, auxiliary = r"decode_head\.", r"auxiliary_head\."
    return [
        *prefixed(backbone_rules(backbone_config(config)), theirs=r"backbone\.", ours="backbone."),
        *_layer(head + r"psp_modules\.(\d+)\.1", r"head.pooling.levels.\1"),
        *_layer(head + r"bottleneck", "head.pooling.mix"),
        *_layer(head + r"lateral_convs\.(\d+)", r"head.laterals.\1"),
        *_layer(head + r"fpn_convs\.(\d+)", r"head.smooth.\1"),
        *_layer(head + r"fpn_bottleneck", "head.fuse"),
        Rule(head + r"classifier\.(weight|bias)", r"head.classifier.\1"),
        *_layer(auxiliary + r"convs\.(\d+)", r"auxiliary.convolutions.\1"),
        *_layer(auxiliary + r"conv_cat", "auxiliary.mix"),
        Rule(auxiliary + r"classifier\.(weight|bias)", r"auxiliary.classifier.\1"),
    ]


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return backbone_renames(config, "backbone")

"""ResNet: transformers' names -> ours, and timm's, which DETR's published weights have."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule, prefixed

_NORM = "(weight|bias|running_mean|running_var)"

RULES = [
    Rule(r"embedder\.embedder\.convolution\.weight", "stem.convolution.weight"),
    Rule(rf"embedder\.embedder\.normalization\.{_NORM}", r"stem.norm.\1"),
    Rule(
        r"encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.convolution\.weight",
        r"stages.\1.\2.shortcut.convolution.weight",
    ),
    Rule(rf"encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.normalization\.{_NORM}", r"stages.\1.\2.shortcut.norm.\3"),
    Rule(
        r"encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d)\.convolution\.weight",
        r"stages.\1.\2.path.\3.convolution.weight",
    ),
    Rule(
        rf"encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d)\.normalization\.{_NORM}",
        r"stages.\1.\2.path.\3.norm.\4",
    ),
    Rule(r".*\.num_batches_tracked", ()),
]

# timm counts stages and convolutions from 1: (theirs, ours) for each.
_STAGES = [(rf"layer{stage + 1}\.(\d+)", rf"stages.{stage}.\1") for stage in range(4)]
_PATHS = [(rf"{theirs}\.", rf"{ours}.path", i) for theirs, ours in _STAGES for i in range(3)]

TIMM_RULES = [
    Rule(r"conv1\.weight", "stem.convolution.weight"),
    Rule(rf"bn1\.{_NORM}", r"stem.norm.\1"),
    *(Rule(rf"{theirs}conv{i + 1}\.weight", f"{ours}.{i}.convolution.weight") for theirs, ours, i in _PATHS),
    *(Rule(rf"{theirs}bn{i + 1}\.{_NORM}", rf"{ours}.{i}.norm.\2") for theirs, ours, i in _PATHS),
    *(Rule(rf"{theirs}\.downsample\.0\.weight", f"{ours}.shortcut.convolution.weight") for theirs, ours in _STAGES),
    *(Rule(rf"{theirs}\.downsample\.1\.{_NORM}", rf"{ours}.shortcut.norm.\2") for theirs, ours in _STAGES),
    Rule(r".*\.num_batches_tracked", ()),
]


def rules(config: dict[str, Any]) -> list[Rule]:
    """config: "resnet" or "timm_backbone", whose module transformers keeps under `_backbone`, except in DETR."""
    if config.get("model_type") == "timm_backbone":
        return prefixed(TIMM_RULES, theirs=r"(?:_backbone\.)?")
    return RULES

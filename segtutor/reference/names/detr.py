"""DETR with masks: transformers' names of its parameters, and ours; timm's names of the trunk in published files."""

from __future__ import annotations

from typing import Any

from ..weights import Rule, prefixed
from .backbones import backbone_rules
from .maskformer import layer_rules

IGNORE = ()


def check(config: dict[str, Any]) -> None:
    """Raises ValueError for a "detr" configuration that is none of ours."""
    made_for = config.get("architectures") or ["DetrForSegmentation"]
    if "DetrForSegmentation" not in made_for:
        raise ValueError(f"got DETR as {made_for[0]}, expected DetrForSegmentation: this one predicts no masks")
    kind = config.get("position_embedding_type", "sine")
    if kind != "sine":
        raise ValueError(f"got position_embedding_type {kind!r}, expected 'sine': load it with transformers")


def backbone_config(config: dict[str, Any]) -> dict[str, Any]:
    """The trunk of a config.json; where it has none, it names one of timm's, a ResNet-50 by default."""
    given = config.get("backbone_config")
    if given:
        return given
    if not config.get("use_timm_backbone", True):
        raise ValueError(
            "got use_timm_backbone false without backbone_config, expected one: the trunk is not described"
        )
    extra = config.get("backbone_kwargs") or {}
    named = {
        "model_type": "timm_backbone",
        "backbone": config.get("backbone") or "resnet50",
        "num_channels": extra.get("num_channels", extra.get("in_chans", config.get("num_channels", 3))),
        "out_indices": extra.get("out_indices", [1, 2, 3, 4]),
    }
    if config.get("dilation", False):
        named["output_stride"] = extra.get("output_stride", 16)
    return named


def rules(config: dict[str, Any]) -> list[Rule]:
    inner = r"detr\.model\."
    return [
        *prefixed(backbone_rules(backbone_config(config)), theirs=inner + r"backbone\.model\.", ours="backbone."),
        Rule(inner + r"input_projection\.(weight|bias)", r"project.\1"),
        Rule(inner + r"query_position_embeddings\.weight", "decoder.query_positions"),
        *prefixed(layer_rules(), theirs=inner + r"encoder\.", ours="encoder."),
        *prefixed(layer_rules(), theirs=inner + r"decoder\.", ours="decoder."),
        Rule(inner + r"decoder\.layernorm\.(weight|bias)", r"decoder.norm.\1"),
        Rule(r"detr\.class_labels_classifier\.(weight|bias)", r"class_head.\1"),
        Rule(r"detr\.bbox_predictor\.layers\.(\d)\.(weight|bias)", r"box_head.layers.\1.\2"),
        *prefixed(mask_head_rules(), ours="mask_head."),
    ]


def mask_head_rules() -> list[Rule]:
    parts = [("conv", "convolution"), ("norm", "norm")]
    blocks = [(r"conv1", "first"), (r"conv2", "second")]
    return [
        Rule(r"bbox_attention\.q_proj\.(weight|bias)", r"maps.query.\1"),
        Rule(r"bbox_attention\.k_proj\.(weight|bias)", r"maps.key.\1"),
        *(
            Rule(rf"mask_head\.{block}\.{part}\.(weight|bias)", rf"{our_block}.{our_part}.\1")
            for block, our_block in blocks
            for part, our_part in parts
        ),
        Rule(r"mask_head\.fpn_stages\.(\d)\.fpn_adapter\.(weight|bias)", r"lateral.\1.\2"),
        *(
            Rule(rf"mask_head\.fpn_stages\.(\d)\.refine\.{part}\.(weight|bias)", rf"refine.\1.{our_part}.\2")
            for part, our_part in parts
        ),
        Rule(r"mask_head\.output_conv\.(weight|bias)", r"draw.\1"),
    ]

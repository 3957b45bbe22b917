"""DETR with masks: transformers' names of its parameters, and ours; timm's names of the backbone in published files."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.backbones import backbone_rules
from segtutor.reference.weights.names.maskformer import TRANSFORMER_RENAMES, layer_rules
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed, renames_at

IGNORE = ()


def check(config: dict[str, Any]) -> None:
    """Raises ValueError for a "detr" configuration that is none of ours."""
    made_for = config.get("architectures") or ["DetrForSegmentation"]
    if "DetrForSegmentation" not in made_for:
        raise ValueError(f"DETR must be DetrForSegmentation, got {made_for[0]}, which predicts no masks")
    kind = config.get("position_embedding_type", "sine")
    if kind != "sine":
        raise ValueError(f"position_embedding_type must be 'sine', got {kind!r}: load it with transformers")


def backbone_config(config: dict[str, Any]) -> dict[str, Any]:
    """The backbone of a config.json; where it has none, it names one of timm's, a ResNet-50 by default."""
    given = config.get("backbone_config")
    if given:
        return given
    if not config.get("use_timm_backbone", True):
        raise ValueError("the backbone is not described: use_timm_backbone is false and there is no backbone_config")
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


_MASK_HEAD = {
    "lay1": "conv1.conv", "gn1": "conv1.norm", "lay2": "conv2.conv", "gn2": "conv2.norm",
    "lay3": "fpn_stages.0.refine.conv", "gn3": "fpn_stages.0.refine.norm", "adapter1": "fpn_stages.0.fpn_adapter",
    "lay4": "fpn_stages.1.refine.conv", "gn4": "fpn_stages.1.refine.norm", "adapter2": "fpn_stages.1.fpn_adapter",
    "lay5": "fpn_stages.2.refine.conv", "gn5": "fpn_stages.2.refine.norm", "adapter3": "fpn_stages.2.fpn_adapter",
    "out_lay": "output_conv",
}  # fmt: skip


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return (
        (r"^(detr\.model\.backbone\.)conv_encoder\.", r"\1"),
        *renames_at(r"detr\.model\.(?:en|de)coder", TRANSFORMER_RENAMES),
        (r"^(bbox_attention\.[qk])_linear\.", r"\1_proj."),
        *((rf"^mask_head\.{old}\.", f"mask_head.{new}.") for old, new in _MASK_HEAD.items()),
    )

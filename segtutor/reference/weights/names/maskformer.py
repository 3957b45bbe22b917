"""MaskFormer: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.backbones import backbone_rules
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed, renames_at

_STAGES = ["stage1", "stage2", "stage3", "stage4"]

# What transformers takes where a configuration names no backbone: Swin-B.
DEFAULT_BACKBONE = {
    "model_type": "swin",
    "depths": [2, 2, 18, 2],
    "drop_path_rate": 0.3,
    "image_size": 384,
    "embed_dim": 128,
    "num_heads": [4, 8, 16, 32],
    "window_size": 12,
}

IGNORE = (r"criterion\.empty_weight",)


def backbone_config(config: dict[str, Any]) -> dict[str, Any]:
    """The backbone of a config.json. Files say "swin"; the module is an older one, and gives all four maps."""
    backbone = config.get("backbone_config") or DEFAULT_BACKBONE
    if backbone.get("model_type") != "swin":
        return backbone
    others = {key: value for key, value in backbone.items() if key != "out_indices"}
    return others | {"model_type": "maskformer-swin", "out_features": _STAGES}


def rules(config: dict[str, Any]) -> list[Rule]:
    level, reader = r"model\.pixel_level_module\.", r"model\.transformer_module\."
    return [
        *prefixed(backbone_rules(backbone_config(config)), theirs=level + r"encoder\.", ours="backbone."),
        *prefixed(fpn_rules(), theirs=level + r"decoder\.", ours="pixel_decoder."),
        Rule(reader + r"input_projection\.(weight|bias)", r"project.\1"),
        Rule(reader + r"queries_embedder\.weight", "decoder.query_positions"),
        *prefixed(layer_rules(), theirs=reader + r"decoder\.", ours="decoder."),
        Rule(reader + r"decoder\.layernorm\.(weight|bias)", r"decoder.norm.\1"),
        Rule(r"class_predictor\.(weight|bias)", r"class_head.\1"),
        Rule(r"mask_embedder\.(\d+)\.0\.(weight|bias)", r"mask_head.layers.\1.\2"),
    ]


def fpn_rules() -> list[Rule]:
    """Relative to the pixel decoder."""
    return [
        Rule(r"fpn\.stem\.(\d)\.(weight|bias)", r"top.\1.\2"),
        Rule(r"fpn\.layers\.(\d+)\.proj\.(\d)\.(weight|bias)", r"lateral.\1.\2.\3"),
        Rule(r"fpn\.layers\.(\d+)\.block\.(\d)\.(weight|bias)", r"smooth.\1.\2.\3"),
        Rule(r"mask_projection\.(weight|bias)", r"mask_features.\1"),
    ]


def layer_rules() -> list[Rule]:
    """The layers of DETR's encoder or decoder, relative to it."""
    layer, ours = r"layers\.(\d+)\.", r"layers.\1."
    parts = (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("o_proj", "output"))
    return [
        *(
            Rule(layer + rf"{block}\.{part}\.(weight|bias)", ours + rf"{our_block}.{our_part}.\2")
            for block, our_block in (("self_attn", "self_attention"), ("encoder_attn", "cross_attention"))
            for part, our_part in parts
        ),
        Rule(layer + r"self_attn_layer_norm\.(weight|bias)", ours + r"self_norm.norm.\2"),
        Rule(layer + r"encoder_attn_layer_norm\.(weight|bias)", ours + r"cross_norm.norm.\2"),
        Rule(layer + r"mlp\.fc1\.(weight|bias)", ours + r"feed_forward.widen.\2"),
        Rule(layer + r"mlp\.fc2\.(weight|bias)", ours + r"feed_forward.narrow.\2"),
        Rule(layer + r"final_layer_norm\.(weight|bias)", ours + r"feed_forward_norm.norm.\2"),
    ]


# DETR's Transformer, as MaskFormer's decoder.
TRANSFORMER_RENAMES: Renames = (
    (r"^({at}\..*_attn\.)out_proj\.", r"\1o_proj."),
    (r"^({at}\..*layers\.\d+\.)(fc[12]\.)", r"\1mlp.\2"),
)


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return renames_at(r"model\.transformer_module\.decoder", TRANSFORMER_RENAMES)

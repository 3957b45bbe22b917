"""Mask2Former: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from segtutor.reference.weights.names.backbones import backbone_renames, backbone_rules
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed

# What transformers takes where a configuration names no backbone: Swin-S.
DEFAULT_BACKBONE = {
    "model_type": "swin",
    "depths": [2, 2, 18, 2],
    "drop_path_rate": 0.3,
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}

IGNORE = (r"criterion\.empty_weight",)


def rules(config: dict[str, Any]) -> list[Rule]:
    theirs = r"model\.pixel_level_module\."
    backbone = config.get("backbone_config") or DEFAULT_BACKBONE
    return [
        *prefixed(backbone_rules(backbone), theirs=theirs + r"encoder\.", ours="backbone."),
        *prefixed(pixel_decoder_rules(), theirs=theirs + r"decoder\.", ours="pixel_decoder."),
        *prefixed(decoder_rules(), theirs=r"model\.transformer_module\.", ours="decoder."),
        Rule(r"class_predictor\.(weight|bias)", r"class_head.\1"),
    ]


def pixel_decoder_rules(encoder: str = r"encoder\.layers\.(\d+)\.") -> list[Rule]:
    """Relative to the pixel decoder, which OneFormer has as well."""
    layer, ours = encoder, r"layers.\1."
    return [
        Rule(r"input_projections\.(\d+)\.(\d+)\.(weight|bias)", r"project.\1.\2.\3"),
        Rule(r"level_embed", "level_embedding"),
        Rule(layer + r"self_attn\.value_proj\.(weight|bias)", ours + r"attention.value.\2"),
        Rule(layer + r"self_attn\.output_proj\.(weight|bias)", ours + r"attention.output.\2"),
        # one matrix product for both: the rows of all x, of all y, of the weights; theirs alternate x and y
        Rule(
            layer + r"self_attn\.sampling_offsets\.(weight|bias)",
            ours + r"attention.offsets_and_weights.\2",
            part=0,
            transform=_x_then_y,
        ),
        Rule(
            layer + r"self_attn\.attention_weights\.(weight|bias)", ours + r"attention.offsets_and_weights.\2", part=1
        ),
        Rule(layer + r"self_attn_layer_norm\.(weight|bias)", ours + r"attention_norm.\2"),
        Rule(layer + r"fc1\.(weight|bias)", ours + r"feed_forward.widen.\2"),
        Rule(layer + r"fc2\.(weight|bias)", ours + r"feed_forward.narrow.\2"),
        Rule(layer + r"final_layer_norm\.(weight|bias)", ours + r"feed_forward_norm.\2"),
        *(  # theirs count from 1
            Rule(rf"{name}_{i + 1}\.(\d+)\.(weight|bias)", rf"{our_name}.{i}.\1.\2")
            for name, our_name in (("adapter", "lateral"), ("layer", "smooth"))
            for i in range(4)
        ),
        Rule(r"mask_projection\.(weight|bias)", r"mask_features.\1"),
    ]


def decoder_rules() -> list[Rule]:
    layer, ours = r"decoder\.layers\.(\d+)\.", r"layers.\1."
    cross = tuple(ours + f"cross_attention.{name}" for name in ("query", "key", "value"))
    return [
        Rule(r"queries_features\.weight", "queries"),
        Rule(r"queries_embedder\.weight", "query_positions"),
        Rule(r"level_embed\.weight", "level_embedding"),
        Rule(r"input_projections\.(\d+)\.(weight|bias)", r"project.\1.\2"),
        Rule(layer + r"cross_attn\.in_proj_(weight|bias)", tuple(name + r".\2" for name in cross)),
        Rule(layer + r"cross_attn\.out_proj\.(weight|bias)", ours + r"cross_attention.output.\2"),
        Rule(layer + r"cross_attn_layer_norm\.(weight|bias)", ours + r"cross_norm.\2"),
        *(
            Rule(layer + rf"self_attn\.{their_name}\.(weight|bias)", ours + rf"self_attention.{name}.\2")
            for their_name, name in (
                ("q_proj", "query"),
                ("k_proj", "key"),
                ("v_proj", "value"),
                ("out_proj", "output"),
            )
        ),
        Rule(layer + r"self_attn_layer_norm\.(weight|bias)", ours + r"self_norm.\2"),
        Rule(layer + r"fc1\.(weight|bias)", ours + r"feed_forward.widen.\2"),
        Rule(layer + r"fc2\.(weight|bias)", ours + r"feed_forward.narrow.\2"),
        Rule(layer + r"final_layer_norm\.(weight|bias)", ours + r"feed_forward_norm.\2"),
        Rule(r"decoder\.layernorm\.(weight|bias)", r"norm.\1"),
        Rule(r"decoder\.mask_predictor\.mask_embedder\.(\d+)\.0\.(weight|bias)", r"mask_head.layers.\1.\2"),
    ]


def _x_then_y(offsets: Tensor) -> Tensor:
    """(points * 2, ...) with x, y in turn -> (2 * points, ...) with all x first."""
    return torch.cat((offsets[0::2], offsets[1::2]))


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return backbone_renames(config, r"model\.pixel_level_module\.encoder")

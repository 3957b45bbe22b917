"""SAM: transformers' names -> ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segtutor.reference.weights.names.rule import Rule

# The positions of prompts and of the picture's cells are the same numbers, which some files hold twice.
IGNORE = (r"prompt_encoder\.shared_embedding\.positional_embedding",)

_LAYER = r"vision_encoder\.layers\.(\d+)\."
_TWO_WAY = r"mask_decoder\.transformer\."
_PROJECTIONS = (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"))


def rules(config: dict[str, Any]) -> list[Rule]:
    decoder = config.get("mask_decoder_config") or {}
    return [
        Rule(r"vision_encoder\.patch_embed\.projection\.(weight|bias)", r"backbone.patches.\1"),
        Rule(r"vision_encoder\.pos_embed", "backbone.positions"),
        Rule(rf"{_LAYER}layer_norm1\.(weight|bias)", r"backbone.layers.\1.attention_norm.\2"),
        Rule(rf"{_LAYER}attn\.qkv\.(weight|bias)", r"backbone.layers.\1.attention.packed.\2"),
        Rule(rf"{_LAYER}attn\.proj\.(weight|bias)", r"backbone.layers.\1.attention.output.\2"),
        Rule(rf"{_LAYER}attn\.rel_pos_h", r"backbone.layers.\1.attention.positions.rows"),
        Rule(rf"{_LAYER}attn\.rel_pos_w", r"backbone.layers.\1.attention.positions.columns"),
        Rule(rf"{_LAYER}layer_norm2\.(weight|bias)", r"backbone.layers.\1.feed_forward_norm.\2"),
        Rule(rf"{_LAYER}mlp\.lin1\.(weight|bias)", r"backbone.layers.\1.feed_forward.widen.\2"),
        Rule(rf"{_LAYER}mlp\.lin2\.(weight|bias)", r"backbone.layers.\1.feed_forward.narrow.\2"),
        Rule(r"vision_encoder\.neck\.conv1\.weight", "backbone.neck.0.weight"),
        Rule(r"vision_encoder\.neck\.layer_norm1\.(weight|bias)", r"backbone.neck.1.\1"),
        Rule(r"vision_encoder\.neck\.conv2\.weight", "backbone.neck.2.weight"),
        Rule(r"vision_encoder\.neck\.layer_norm2\.(weight|bias)", r"backbone.neck.3.\1"),
        Rule(r"shared_image_embedding\.positional_embedding", "prompts.positions.directions"),
        *(Rule(rf"prompt_encoder\.point_embed\.{i}\.weight", "prompts.kinds", part=i) for i in range(4)),
        Rule(r"prompt_encoder\.not_a_point_embed\.weight", "prompts.kinds", part=4),
        Rule(r"prompt_encoder\.no_mask_embed\.weight", "prompts.no_mask"),
        *numbered(
            r"prompt_encoder\.mask_embed\.", {"conv1": "shrink.0", "conv2": "shrink.1", "conv3": "widen"}, "prompts"
        ),
        *numbered(r"prompt_encoder\.mask_embed\.", {"layer_norm1": "norms.0", "layer_norm2": "norms.1"}, "prompts"),
        Rule(r"mask_decoder\.iou_token\.weight", "decoder.iou_token"),
        Rule(r"mask_decoder\.mask_tokens\.weight", "decoder.mask_tokens"),
        *two_way(),
        *numbered(
            r"mask_decoder\.",
            {"upscale_conv1": "enlarge_once", "upscale_conv2": "enlarge_twice", "upscale_layer_norm": "enlarge_norm"},
            "decoder",
        ),
        *dense(r"mask_decoder\.output_hypernetworks_mlps\.(\d+)\.", r"decoder.hyper_networks.\1", 3, group=2),
        *dense(r"mask_decoder\.iou_prediction_head\.", "decoder.iou_head", decoder.get("iou_head_depth", 3), group=1),
    ]


def numbered(prefix: str, names: dict[str, str], ours: str) -> Iterator[Rule]:
    """Weight and bias of layers with other names. names: theirs -> ours."""
    for theirs, name in names.items():
        yield Rule(rf"{prefix}{theirs}\.(weight|bias)", rf"{ours}.{name}.\1")


def two_way(output: str = "out_proj", widen: str = "lin1", narrow: str = "lin2") -> Iterator[Rule]:
    """The two-way transformer. output, widen, narrow: what theirs calls these layers."""
    attentions = {"self_attn": "self_attention", "cross_attn_token_to_image": "to_picture"}
    attentions["cross_attn_image_to_token"] = "to_tokens"
    for theirs, ours in (*_PROJECTIONS, (output, "output")):
        for attention, name in attentions.items():
            yield Rule(
                rf"{_TWO_WAY}layers\.(\d+)\.{attention}\.{theirs}\.(weight|bias)",
                rf"decoder.transformer.layers.\1.{name}.{ours}.\2",
            )
        yield Rule(
            rf"{_TWO_WAY}final_attn_token_to_image\.{theirs}\.(weight|bias)", rf"decoder.transformer.last.{ours}.\1"
        )
    for i in range(4):
        yield Rule(
            rf"{_TWO_WAY}layers\.(\d+)\.layer_norm{i + 1}\.(weight|bias)",
            rf"decoder.transformer.layers.\1.norms.{i}.\2",
        )
    for theirs, ours in ((widen, "widen"), (narrow, "narrow")):
        yield Rule(
            rf"{_TWO_WAY}layers\.(\d+)\.mlp\.{theirs}\.(weight|bias)",
            rf"decoder.transformer.layers.\1.feed_forward.{ours}.\2",
        )
    yield Rule(rf"{_TWO_WAY}layer_norm_final_attn\.(weight|bias)", r"decoder.transformer.last_norm.\1")


def dense(prefix: str, ours: str, depth: int, *, group: int) -> Iterator[Rule]:
    r"""Dense layers: proj_in, layers.0, ..., proj_out -> layers.0, layers.1, ... group: number of the last group."""
    names = ["proj_in", *(rf"layers\.{i}" for i in range(depth - 2)), "proj_out"]
    for i, theirs in enumerate(names):
        yield Rule(rf"{prefix}{theirs}\.(weight|bias)", rf"{ours}.layers.{i}.\{group}")

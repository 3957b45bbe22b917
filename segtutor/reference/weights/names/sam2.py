"""SAM 2 on pictures: transformers' names -> ours. Files of the video model hold its memory too, which is left out."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule
from segtutor.reference.weights.names.sam import dense, numbered, two_way

# The memory: maps and tokens of earlier frames, for videos.
IGNORE = (
    r"memory_.*",
    r"mask_downsample\..*",
    r"object_pointer_proj\..*",
    r"temporal_positional_encoding_projection_layer\..*",
    r"no_memory_positional_encoding",
    r"no_object_pointer",
    r"occlusion_spatial_embedding_parameter",
)

# The published code has one set of random directions, and a file may hold it once.
SAME_AS = {
    "prompt_encoder.shared_embedding.positional_embedding": "shared_image_embedding.positional_embedding",
}

_BLOCK = r"vision_encoder\.backbone\.blocks\.(\d+)\."


def rules(config: dict[str, Any]) -> list[Rule]:
    decoder, hiera = config.get("mask_decoder_config") or {}, (config.get("vision_config") or {}).get("backbone_config")
    stages = len((hiera or {}).get("embed_dim_per_stage") or (96, 192, 384, 768))
    return [
        Rule(r"vision_encoder\.backbone\.patch_embed\.projection\.(weight|bias)", r"backbone.patches.\1"),
        Rule(r"vision_encoder\.backbone\.pos_embed", "backbone.picture_positions"),
        Rule(r"vision_encoder\.backbone\.pos_embed_window", "backbone.window_positions"),
        Rule(rf"{_BLOCK}layer_norm1\.(weight|bias)", r"backbone.layers.\1.attention_norm.\2"),
        Rule(rf"{_BLOCK}attn\.qkv\.(weight|bias)", r"backbone.layers.\1.attention.packed.\2"),
        Rule(rf"{_BLOCK}attn\.proj\.(weight|bias)", r"backbone.layers.\1.attention.output.\2"),
        Rule(rf"{_BLOCK}proj\.(weight|bias)", r"backbone.layers.\1.widen.\2"),
        Rule(rf"{_BLOCK}layer_norm2\.(weight|bias)", r"backbone.layers.\1.feed_forward_norm.\2"),
        Rule(rf"{_BLOCK}mlp\.proj_in\.(weight|bias)", r"backbone.layers.\1.feed_forward.widen.\2"),
        Rule(rf"{_BLOCK}mlp\.proj_out\.(weight|bias)", r"backbone.layers.\1.feed_forward.narrow.\2"),
        # theirs are counted from the coarsest map
        *(
            Rule(rf"vision_encoder\.neck\.convs\.{i}\.(weight|bias)", rf"neck.lateral.{stages - 1 - i}.\1")
            for i in range(stages)
        ),
        Rule("no_memory_embedding", "no_memory", transform=lambda tensor: tensor.reshape(1, -1, 1, 1)),
        Rule(r"shared_image_embedding\.positional_embedding", "cells.directions"),
        Rule(r"prompt_encoder\.shared_embedding\.positional_embedding", "prompts.positions.directions"),
        Rule(r"prompt_encoder\.point_embed\.weight", "prompts.kinds", part=0),
        Rule(r"prompt_encoder\.not_a_point_embed\.weight", "prompts.kinds", part=1),
        Rule(r"prompt_encoder\.no_mask_embed\.weight", "prompts.no_mask"),
        *numbered(
            r"prompt_encoder\.mask_embed\.", {"conv1": "shrink.0", "conv2": "shrink.1", "conv3": "widen"}, "prompts"
        ),
        *numbered(r"prompt_encoder\.mask_embed\.", {"layer_norm1": "norms.0", "layer_norm2": "norms.1"}, "prompts"),
        Rule(r"mask_decoder\.iou_token\.weight", "decoder.iou_token"),
        Rule(r"mask_decoder\.mask_tokens\.weight", "decoder.mask_tokens"),
        Rule(r"mask_decoder\.obj_score_token\.weight", "decoder.object_token"),
        Rule(r"mask_decoder\.conv_s1\.(weight|bias)", r"skips.0.\1"),
        Rule(r"mask_decoder\.conv_s0\.(weight|bias)", r"skips.1.\1"),
        *two_way(output="o_proj", widen="proj_in", narrow="proj_out"),
        *numbered(
            r"mask_decoder\.",
            {"upscale_conv1": "enlarge_once", "upscale_conv2": "enlarge_twice", "upscale_layer_norm": "enlarge_norm"},
            "decoder",
        ),
        *dense(r"mask_decoder\.output_hypernetworks_mlps\.(\d+)\.", r"decoder.hyper_networks.\1", 3, group=2),
        *dense(r"mask_decoder\.iou_prediction_head\.", "decoder.iou_head", decoder.get("iou_head_depth", 3), group=1),
        *dense(r"mask_decoder\.pred_obj_score_head\.", "decoder.object_head", 3, group=1),
    ]

"""OneFormer: transformers' names of its parameters, and ours.

Text mapper and temperature exist for training only. A file holds them whatever its configuration says, so where
`is_training` is false they are passed over.
"""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.backbones import backbone_renames, backbone_rules
from segtutor.reference.weights.names.mask2former import pixel_decoder_rules
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed

# What transformers takes where a configuration names no backbone: Swin-T.
DEFAULT_BACKBONE = {
    "model_type": "swin",
    "drop_path_rate": 0.3,
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}

# The rules are asked first: with is_training they take the last two.
IGNORE = (r"criterion\.empty_weight", r"criterion\.logit_scale", r"model\.text_mapper\..*")

_WB = r"\.(weight|bias)"
_PROJECTIONS = (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "output"))


def rules(config: dict[str, Any]) -> list[Rule]:
    level, transformer = r"model\.pixel_level_module\.", r"model\.transformer_module\."
    backbone = config.get("backbone_config") or DEFAULT_BACKBONE
    training = []
    if config.get("is_training", False):
        training = [
            *prefixed(text_mapper_rules(), theirs=r"model\.text_mapper\.", ours="text_mapper."),
            Rule(r"criterion\.logit_scale", "contrastive.log_scale"),
        ]
    return [
        *prefixed(backbone_rules(backbone), theirs=level + r"encoder\.", ours="backbone."),
        *prefixed(pixel_decoder_rules(), theirs=level + r"decoder\.", ours="pixel_decoder."),
        Rule(r"model\.task_encoder\.task_mlp\.layers\.(\d+)\.0" + _WB, r"task_token.mlp.layers.\1.\2"),
        *prefixed(task_query_rules(), theirs=transformer + r"decoder\.", ours="task_queries."),
        *prefixed(decoder_rules(), theirs=transformer, ours="decoder."),
        Rule(transformer + r"decoder\.class_embed" + _WB, r"class_head.\1"),
        *training,
    ]


def task_query_rules() -> list[Rule]:
    layer, ours = r"query_transformer\.decoder\.layers\.(\d+)\.", r"layers.\1."
    return [
        Rule(r"query_input_projection" + _WB, r"project.\1"),
        Rule(r"query_transformer\.decoder\.norm" + _WB, r"norm.\1"),
        *_packed(layer + r"self_attn\.", ours + "self_attention."),
        *_packed(layer + r"multihead_attn\.", ours + "cross_attention."),
        Rule(layer + "linear1" + _WB, ours + r"feed_forward.widen.\2"),
        Rule(layer + "linear2" + _WB, ours + r"feed_forward.narrow.\2"),
        Rule(layer + "norm1" + _WB, ours + r"self_norm.\2"),
        Rule(layer + "norm2" + _WB, ours + r"cross_norm.\2"),
        Rule(layer + "norm3" + _WB, ours + r"feed_forward_norm.\2"),
    ]


def decoder_rules() -> list[Rule]:
    layer, ours = r"decoder\.layers\.(\d+)\.", r"layers.\1."
    return [
        Rule(r"queries_embedder\.weight", "query_positions"),
        Rule(r"level_embed\.weight", "level_embedding"),
        # where the widths differ; transformers neither trains nor stores them
        Rule(r"input_projections\.(\d+)" + _WB, r"project.\1.\2"),
        *_packed(layer + r"cross_attn\.multihead_attn\.", ours + "cross_attention."),
        Rule(layer + r"cross_attn\.norm" + _WB, ours + r"cross_norm.\2"),
        *(
            Rule(layer + rf"self_attn\.self_attn\.{theirs}" + _WB, ours + rf"self_attention.{name}.\2")
            for theirs, name in _PROJECTIONS
        ),
        Rule(layer + r"self_attn\.norm" + _WB, ours + r"self_norm.\2"),
        Rule(layer + r"ffn\.linear1" + _WB, ours + r"feed_forward.widen.\2"),
        Rule(layer + r"ffn\.linear2" + _WB, ours + r"feed_forward.narrow.\2"),
        Rule(layer + r"ffn\.norm" + _WB, ours + r"feed_forward_norm.\2"),
        Rule(r"decoder\.decoder_norm" + _WB, r"norm.\1"),
        Rule(r"decoder\.mask_embed\.layers\.(\d+)\.0" + _WB, r"mask_head.layers.\1.\2"),
    ]


def text_mapper_rules() -> list[Rule]:
    layer, ours = r"text_encoder\.transformer\.layers\.(\d+)\.", r"encoder.layers.\1."
    return [
        Rule(r"text_encoder\.token_embedding\.weight", "encoder.pieces.weight"),
        Rule(r"text_encoder\.positional_embedding", "encoder.positions"),
        Rule(r"text_encoder\.ln_final" + _WB, r"encoder.norm.\1"),
        *_packed(layer + r"self_attn\.", ours + "attention."),
        Rule(layer + r"layer_norm1" + _WB, ours + r"attention_norm.\2"),
        Rule(layer + r"layer_norm2" + _WB, ours + r"feed_forward_norm.\2"),
        Rule(layer + r"mlp\.fc1" + _WB, ours + r"widen.\2"),
        Rule(layer + r"mlp\.fc2" + _WB, ours + r"narrow.\2"),
        Rule(r"text_projector\.layers\.(\d+)\.0" + _WB, r"project.layers.\1.\2"),
        Rule(r"prompt_ctx\.weight", "contexts"),
    ]


def _packed(theirs: str, ours: str) -> list[Rule]:
    """PyTorch's MultiheadAttention, whose q, k, v are one matrix, as three. Both have the layer as group 1."""
    return [
        Rule(theirs + "in_proj_(weight|bias)", tuple(ours + name + r".\2" for name in ("query", "key", "value"))),
        Rule(theirs + "out_proj" + _WB, ours + r"output.\2"),
    ]


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return backbone_renames(config, r"model\.pixel_level_module\.encoder")

"""Swin: transformers' names -> ours, for both of its Swins.

SwinBackbone renamed its parts; published weights still have the old names, and so has MaskFormerSwinBackbone.
"""

from __future__ import annotations

from typing import Any

from ..backbones import chosen_stages
from ..weights import Rule

_TRUNK = r"(?:swin\.|model\.)?"
_LAYER = rf"{_TRUNK}encoder\.layers\.(\d+)\.blocks\.(\d+)\."
_OURS = r"stages.\1.\2."
_QKV = [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj")]

RULES = [
    Rule(rf"{_TRUNK}embeddings\.patch_embeddings\.projection\.(weight|bias)", r"embed.\1"),
    Rule(rf"{_TRUNK}embeddings\.norm\.(weight|bias)", r"embed_norm.\1"),
    Rule(rf"{_TRUNK}embeddings\.position_embeddings", "positions"),
    Rule(rf"{_LAYER}layernorm_before\.(weight|bias)", rf"{_OURS}attention_norm.\3"),
    Rule(rf"{_LAYER}layernorm_after\.(weight|bias)", rf"{_OURS}feed_forward_norm.\3"),
    *(
        Rule(rf"{_LAYER}attention\.(?:self\.{old}|{new})\.(weight|bias)", rf"{_OURS}attention.qkv.\3", part=i)
        for i, (old, new) in enumerate(_QKV)
    ),
    Rule(rf"{_LAYER}attention\.(?:output\.dense|o_proj)\.(weight|bias)", rf"{_OURS}attention.output.\3"),
    Rule(
        rf"{_LAYER}attention\.(?:self|relative_position_bias)\.relative_position_bias_table", rf"{_OURS}attention.table"
    ),
    Rule(rf"{_LAYER}(?:intermediate\.dense|mlp\.fc1)\.(weight|bias)", rf"{_OURS}feed_forward.widen.\3"),
    Rule(rf"{_LAYER}(?:output\.dense|mlp\.fc2)\.(weight|bias)", rf"{_OURS}feed_forward.narrow.\3"),
    Rule(rf"{_TRUNK}encoder\.layers\.(\d+)\.downsample\.norm\.(weight|bias)", r"merges.\1.norm.\2"),
    Rule(rf"{_TRUNK}encoder\.layers\.(\d+)\.downsample\.reduction\.weight", r"merges.\1.reduce.weight"),
    # computed, or behind the last map
    Rule(rf"{_LAYER}attention\.(?:self|relative_position_bias)\.relative_position_index", ()),
    Rule(rf"{_TRUNK}layernorm\.(?:weight|bias)", ()),
]


def rules(config: dict[str, Any]) -> list[Rule]:
    """Both name the norm of a map: "stem" or "stage1" (only of chosen maps), or by number from the first stage on."""
    count = len(config.get("depths", (2, 2, 6, 2)))
    chosen = chosen_stages(config, count)
    norms = []
    for index in range(count + 1):
        theirs = f"stage{index}|{index - 1}" if index else "stem"
        ours = rf"output_norms.{index}.\1" if index in chosen else ()
        norms.append(Rule(rf"hidden_states_norms\.(?:{theirs})\.(weight|bias)", ours))
    return [*RULES, *norms]

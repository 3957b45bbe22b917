"""Swin: transformers' names -> ours, for both of its Swins.

SwinBackbone renamed its parts; published weights still have the old names, and so has MaskFormerSwinBackbone.
"""

from __future__ import annotations

from typing import Any

from segtutor.reference.backbones.build import chosen_stages
from segtutor.reference.weights.names.rule import Renames, Rule

_BACKBONE = r"(?:swin\.|model\.)?"
_LAYER = rf"{_BACKBONE}encoder\.layers\.(\d+)\.blocks\.(\d+)\."
_OURS = r"stages.\1.\2."
_QKV = [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj")]

RULES = [
    Rule(rf"{_BACKBONE}embeddings\.patch_embeddings\.projection\.(weight|bias)", r"embed.\1"),
    Rule(rf"{_BACKBONE}embeddings\.norm\.(weight|bias)", r"embed_norm.\1"),
    Rule(rf"{_BACKBONE}embeddings\.position_embeddings", "positions"),
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
    Rule(rf"{_BACKBONE}encoder\.layers\.(\d+)\.downsample\.norm\.(weight|bias)", r"merges.\1.norm.\2"),
    Rule(rf"{_BACKBONE}encoder\.layers\.(\d+)\.downsample\.reduction\.weight", r"merges.\1.reduce.weight"),
    # computed, or behind the last map
    Rule(rf"{_LAYER}attention\.(?:self|relative_position_bias)\.relative_position_index", ()),
    Rule(rf"{_BACKBONE}layernorm\.(?:weight|bias)", ()),
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


# Inside a Swin backbone, at the prefix where the model keeps it; group 1 is that prefix.
RENAMES: Renames = (
    (r"^({at}\.)(encoder|embeddings)\.", r"\1swin.\2."),
    (r"^({at}\.swin\..*\.attention\.)self\.([qkv])(?:uery|ey|alue)\.", r"\1\2_proj."),
    (r"^({at}\.swin\..*\.attention\.)self\.(relative_position_)(bias_table|index)$", r"\1\2bias.\2\3"),
    (r"^({at}\.swin\..*\.attention\.)output\.dense\.", r"\1o_proj."),
    (r"^({at}\.swin\..*\.)intermediate\.dense\.", r"\1mlp.fc1."),
    (r"^({at}\.swin\..*\.)output\.dense\.", r"\1mlp.fc2."),
)

"""MiT, SegFormer's backbone: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule

_LAYER, _OURS = r"stages\.(\d+)\.blocks\.(\d+)\.", r"stages.\1.layers.\2."
_LAYER_NAMES = [
    ("layernorm_before", "attention_norm"),
    ("attention.q_proj", "attention.query"),
    ("attention.k_proj", "attention.key"),
    ("attention.v_proj", "attention.value"),
    ("attention.o_proj", "attention.output"),
    ("attention.sequence_reduction.sequence_reduction", "reduce.convolution"),
    ("attention.sequence_reduction.layer_norm", "reduce.norm"),
    ("layernorm_after", "feed_forward_norm"),
    ("mlp.fc1", "feed_forward.widen"),
    ("mlp.dwconv.dwconv", "feed_forward.neighbours"),
    ("mlp.fc2", "feed_forward.narrow"),
]

RULES = [
    Rule(r"stages\.(\d+)\.patch_embeddings\.proj\.(weight|bias)", r"stages.\1.patches.convolution.\2"),
    Rule(r"stages\.(\d+)\.patch_embeddings\.layer_norm\.(weight|bias)", r"stages.\1.patches.norm.\2"),
    Rule(r"stages\.(\d+)\.layer_norm\.(weight|bias)", r"stages.\1.norm.\2"),
    *(
        Rule(_LAYER + theirs.replace(".", r"\.") + r"\.(weight|bias)", _OURS + ours + r".\3")
        for theirs, ours in _LAYER_NAMES
    ),
]


def rules(config: dict[str, Any]) -> list[Rule]:
    return RULES

"""EoMT on DINOv3: transformers' names -> ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.eomt import HEADS, IGNORE
from segtutor.reference.weights.names.rule import Rule, prefixed
from segtutor.reference.weights.names.vit import RULES

__all__ = ["IGNORE", "rules"]

_LAYER = r"layers\.(\d+)\."


def rules(config: dict[str, Any]) -> list[Rule]:
    return [
        Rule(r"embeddings\.patch_embeddings\.(weight|bias)", r"backbone.patches.\1"),
        Rule(rf"{_LAYER}attention\.o_proj\.(weight|bias)", r"backbone.layers.\1.attention.output.\2"),
        *prefixed(RULES, ours="backbone."),
        *HEADS,
    ]

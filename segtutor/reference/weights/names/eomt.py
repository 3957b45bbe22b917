"""EoMT: transformers' names -> ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule, prefixed
from segtutor.reference.weights.names.vit import RULES as VIT_RULES

IGNORE = (r"criterion\.empty_weight", r"embeddings\.position_ids")

# what EoMT adds to a ViT
HEADS = [
    Rule(r"query\.weight", "queries"),
    Rule(r"upscale_block\.block\.(\d+)\.conv1\.(weight|bias)", r"pixel_decoder.\1.enlarge.\2"),
    Rule(r"upscale_block\.block\.(\d+)\.conv2\.weight", r"pixel_decoder.\1.smooth.weight"),
    Rule(r"upscale_block\.block\.(\d+)\.layernorm2d\.(weight|bias)", r"pixel_decoder.\1.norm.\2"),
    *(Rule(rf"mask_head\.fc{i + 1}\.(weight|bias)", rf"mask_head.layers.{i}.\1") for i in range(3)),
    Rule(r"class_predictor\.(weight|bias)", r"class_head.\1"),
    Rule("attn_mask_probs", "mask_probs"),
]


def rules(config: dict[str, Any]) -> list[Rule]:
    return [*prefixed(VIT_RULES, ours="backbone."), *HEADS]

"""SegGPT: transformers' names -> ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule

IGNORE = ()

_EMBEDDING, _LAYER = r"model\.embeddings\.", r"model\.encoder\.layers\.(\d+)\."


def rules(config: dict[str, Any]) -> list[Rule]:
    return [
        Rule(rf"{_EMBEDDING}patch_embeddings\.projection\.(weight|bias)", r"embedding.patches.\1"),
        Rule(rf"{_EMBEDDING}position_embeddings", "embedding.positions"),
        Rule(rf"{_EMBEDDING}mask_token", "embedding.mask_token"),
        Rule(rf"{_EMBEDDING}segment_token_input", "embedding.picture_token"),
        Rule(rf"{_EMBEDDING}segment_token_prompt", "embedding.target_token"),
        Rule(rf"{_EMBEDDING}type_token_(semantic|instance)", r"embedding.\1_token"),
        Rule(rf"{_LAYER}layernorm_before\.(weight|bias)", r"layers.\1.attention_norm.\2"),
        Rule(rf"{_LAYER}attention\.qkv\.(weight|bias)", r"layers.\1.attention.packed.\2"),
        Rule(rf"{_LAYER}attention\.proj\.(weight|bias)", r"layers.\1.attention.output.\2"),
        Rule(rf"{_LAYER}attention\.rel_pos_h", r"layers.\1.attention.positions.rows"),
        Rule(rf"{_LAYER}attention\.rel_pos_w", r"layers.\1.attention.positions.columns"),
        Rule(rf"{_LAYER}layernorm_after\.(weight|bias)", r"layers.\1.feed_forward_norm.\2"),
        Rule(rf"{_LAYER}mlp\.lin1\.(weight|bias)", r"layers.\1.feed_forward.widen.\2"),
        Rule(rf"{_LAYER}mlp\.lin2\.(weight|bias)", r"layers.\1.feed_forward.narrow.\2"),
        Rule(r"model\.encoder\.layernorm\.(weight|bias)", r"norm.\1"),
        Rule(r"decoder\.decoder_embed\.(weight|bias)", r"head.enlarge.\1"),
        Rule(r"decoder\.decoder_pred\.conv\.(weight|bias)", r"head.smooth.\1"),
        Rule(r"decoder\.decoder_pred\.layernorm\.(weight|bias)", r"head.norm.\1"),
        Rule(r"decoder\.decoder_pred\.head\.(weight|bias)", r"head.draw.\1"),
    ]

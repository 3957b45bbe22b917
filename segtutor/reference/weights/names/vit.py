"""A plain ViT, as EoMT holds it: transformers' names -> ours. Its parts lie beside EoMT's own, without a prefix."""

from __future__ import annotations

from segtutor.reference.weights.names.rule import Rule

_LAYER = r"layers\.(\d+)\."

RULES = [
    Rule(r"embeddings\.patch_embeddings\.projection\.(weight|bias)", r"patches.\1"),
    Rule(r"embeddings\.position_embeddings\.weight", "positions"),
    Rule(r"embeddings\.cls_token", "class_token"),
    Rule(r"embeddings\.register_tokens", "registers"),
    Rule(rf"{_LAYER}norm1\.(weight|bias)", r"layers.\1.attention_norm.\2"),
    *(
        Rule(rf"{_LAYER}attention\.{theirs}\.(weight|bias)", rf"layers.\1.attention.{ours}.\2")
        for theirs, ours in (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "output"))
    ),
    Rule(rf"{_LAYER}layer_scale1\.lambda1", r"layers.\1.attention_scale"),
    Rule(rf"{_LAYER}norm2\.(weight|bias)", r"layers.\1.feed_forward_norm.\2"),
    Rule(rf"{_LAYER}mlp\.(?:fc1|up_proj)\.(weight|bias)", r"layers.\1.feed_forward.widen.\2"),
    Rule(rf"{_LAYER}mlp\.gate_proj\.(weight|bias)", r"layers.\1.feed_forward.gate.\2"),
    Rule(rf"{_LAYER}mlp\.(?:fc2|down_proj)\.(weight|bias)", r"layers.\1.feed_forward.narrow.\2"),
    # DINOv2's weights hold gate and widening as one tensor, in this order
    Rule(
        rf"{_LAYER}mlp\.weights_in\.(weight|bias)",
        (r"layers.\1.feed_forward.gate.\2", r"layers.\1.feed_forward.widen.\2"),
    ),
    Rule(rf"{_LAYER}mlp\.weights_out\.(weight|bias)", r"layers.\1.feed_forward.narrow.\2"),
    Rule(rf"{_LAYER}layer_scale2\.lambda1", r"layers.\1.feed_forward_scale"),
    Rule(r"layernorm\.(weight|bias)", r"norm.\1"),
]

"""CLIPSeg: transformers' names -> ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names.rule import Rule, prefixed

# The scale of CLIP's contrastive loss, and counters that older files hold.
IGNORE = (r"clip\.logit_scale", r"clip\.(text|vision)_model\.embeddings\.position_ids")

_WB = r"\.(weight|bias)"
_PROJECTIONS = (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "output"))


def rules(config: dict[str, Any]) -> list[Rule]:
    text, vision = r"clip\.text_model\.", r"clip\.vision_model\."
    return [
        Rule(text + r"embeddings\.token_embedding\.weight", "text.pieces.weight"),
        Rule(text + r"embeddings\.position_embedding\.weight", "text.positions"),
        *prefixed(_layer_rules(), theirs=text + r"encoder\.", ours="text."),
        Rule(text + "final_layer_norm" + _WB, r"text.norm.\1"),
        Rule(r"clip\.text_projection\.weight", "text_projection.weight"),
        Rule(vision + r"embeddings\.class_embedding", "vision.class_token"),
        Rule(vision + r"embeddings\.patch_embedding\.weight", "vision.patches.weight"),
        Rule(vision + r"embeddings\.position_embedding\.weight", "vision.positions"),
        Rule(vision + "pre_layrnorm" + _WB, r"vision.enter_norm.\1"),
        *prefixed(_layer_rules(), theirs=vision + r"encoder\.", ours="vision."),
        Rule(vision + "post_layernorm" + _WB, r"vision.norm.\1"),
        Rule(r"clip\.visual_projection\.weight", "vision_projection.weight"),
        Rule(r"decoder\.film_mul" + _WB, r"decoder.gamma.\1"),
        Rule(r"decoder\.film_add" + _WB, r"decoder.beta.\1"),
        Rule(r"decoder\.reduces\.(\d+)" + _WB, r"decoder.reduces.\1.\2"),
        *prefixed(_layer_rules(), theirs=r"decoder\.", ours="decoder."),
        Rule(r"decoder\.transposed_convolution" + _WB, r"decoder.enlarge.\1"),
        Rule(r"decoder\.transposed_convolution\.(\d+)" + _WB, r"decoder.enlarge.\1.\2"),
    ]


def _layer_rules() -> list[Rule]:
    layer = r"layers\.(\d+)\."
    return [
        *(
            Rule(rf"{layer}self_attn\.{theirs}" + _WB, rf"layers.\1.attention.{ours}.\2")
            for theirs, ours in _PROJECTIONS
        ),
        Rule(layer + "layer_norm1" + _WB, r"layers.\1.attention_norm.\2"),
        Rule(layer + r"mlp\.fc1" + _WB, r"layers.\1.feed_forward.widen.\2"),
        Rule(layer + r"mlp\.fc2" + _WB, r"layers.\1.feed_forward.narrow.\2"),
        Rule(layer + "layer_norm2" + _WB, r"layers.\1.feed_forward_norm.\2"),
    ]

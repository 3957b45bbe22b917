"""SegFormer: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

from segtutor.reference.weights.names import mit
from segtutor.reference.weights.names.rule import Renames, Rule, prefixed

IGNORE = (r".*\.num_batches_tracked",)


def rules(config: dict[str, Any]) -> list[Rule]:
    return [
        *prefixed(mit.RULES, theirs=r"segformer\.", ours="backbone."),
        Rule(r"decode_head\.linear_projections\.(\d+)\.proj\.(weight|bias)", r"head.project.\1.\2"),
        Rule(r"decode_head\.linear_fuse\.weight", "head.fuse.convolution.weight"),
        Rule(r"decode_head\.batch_norm\.(weight|bias|running_mean|running_var)", r"head.fuse.norm.\1"),
        Rule(r"decode_head\.classifier\.(weight|bias)", r"head.classifier.\1"),
    ]


_RENAMES: Renames = (
    (r"^(segformer\.)encoder\.patch_embeddings\.(\d+)\.", r"\1stages.\2.patch_embeddings."),
    (r"^(segformer\.)encoder\.block\.(\d+)\.", r"\1stages.\2.blocks."),
    (r"^(segformer\.)encoder\.layer_norm\.(\d+)\.", r"\1stages.\2.layer_norm."),
    (r"\.attention\.self\.([qkv])(?:uery|ey|alue)\.", r".attention.\1_proj."),
    (r"\.attention\.self\.sr\.", ".attention.sequence_reduction.sequence_reduction."),
    (r"\.attention\.self\.layer_norm\.", ".attention.sequence_reduction.layer_norm."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
    (r"\.mlp\.dense([12])\.", r".mlp.fc\1."),
    (r"\.layer_norm_1\.", ".layernorm_before."),
    (r"\.layer_norm_2\.", ".layernorm_after."),
    (r"^decode_head\.linear_c\.", "decode_head.linear_projections."),
)


def renames(config: dict[str, Any]) -> Renames:
    """Names in published files -> today's."""
    return _RENAMES

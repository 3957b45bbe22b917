"""SegFormer: transformers' names of its parameters, and ours."""

from __future__ import annotations

from typing import Any

from ..weights import Rule, prefixed
from . import mit

IGNORE = (r".*\.num_batches_tracked",)


def rules(config: dict[str, Any]) -> list[Rule]:
    return [
        *prefixed(mit.RULES, theirs=r"segformer\.", ours="backbone."),
        Rule(r"decode_head\.linear_projections\.(\d+)\.proj\.(weight|bias)", r"head.project.\1.\2"),
        Rule(r"decode_head\.linear_fuse\.weight", "head.fuse.convolution.weight"),
        Rule(r"decode_head\.batch_norm\.(weight|bias|running_mean|running_var)", r"head.fuse.norm.\1"),
        Rule(r"decode_head\.classifier\.(weight|bias)", r"head.classifier.\1"),
    ]

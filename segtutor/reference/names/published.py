r"""Names in published files, which are older than those of the library's own modules today.

A checkpoint keeps the parameter names of the release that wrote it. transformers has renamed parameters since and
translates while it loads, and back while it saves, so a file holds the old names even when a new release wrote it.
`current_name` translates one name of a file, old or new, to that of transformers 5.23's modules, which is what the
tables of rules beside this file read:

    decode_head.linear_c.0.proj.weight              (SegFormer, in every file)
    decode_head.linear_projections.0.proj.weight    (SegFormer's module)

A name that is already today's comes back as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_Renames = tuple[tuple[str, str], ...]  # (pattern, replacement), each applied once, in this order

# Inside a Swin backbone, at the prefix where the model keeps it; group 1 is that prefix.
_SWIN: _Renames = (
    (r"^({at}\.)(encoder|embeddings)\.", r"\1swin.\2."),
    (r"^({at}\.swin\..*\.attention\.)self\.([qkv])(?:uery|ey|alue)\.", r"\1\2_proj."),
    (r"^({at}\.swin\..*\.attention\.)self\.(relative_position_)(bias_table|index)$", r"\1\2bias.\2\3"),
    (r"^({at}\.swin\..*\.attention\.)output\.dense\.", r"\1o_proj."),
    (r"^({at}\.swin\..*\.)intermediate\.dense\.", r"\1mlp.fc1."),
    (r"^({at}\.swin\..*\.)output\.dense\.", r"\1mlp.fc2."),
)

# DETR's Transformer, in DETR itself and as MaskFormer's decoder.
_DETR: _Renames = (
    (r"^({at}\..*_attn\.)out_proj\.", r"\1o_proj."),
    (r"^({at}\..*layers\.\d+\.)(fc[12]\.)", r"\1mlp.\2"),
)

_MASK_HEAD = {
    "lay1": "conv1.conv", "gn1": "conv1.norm", "lay2": "conv2.conv", "gn2": "conv2.norm",
    "lay3": "fpn_stages.0.refine.conv", "gn3": "fpn_stages.0.refine.norm", "adapter1": "fpn_stages.0.fpn_adapter",
    "lay4": "fpn_stages.1.refine.conv", "gn4": "fpn_stages.1.refine.norm", "adapter2": "fpn_stages.1.fpn_adapter",
    "lay5": "fpn_stages.2.refine.conv", "gn5": "fpn_stages.2.refine.norm", "adapter3": "fpn_stages.2.fpn_adapter",
    "out_lay": "output_conv",
}  # fmt: skip

_SEGFORMER: _Renames = (
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


def _at(prefix: str, renames: _Renames) -> _Renames:
    return tuple((pattern.replace("{at}", prefix), replacement) for pattern, replacement in renames)


# By model_type in config.json; Swin's names besides, where the backbone is one.
RENAMES: dict[str, _Renames] = {
    "detr": (
        (r"^(detr\.model\.backbone\.)conv_encoder\.", r"\1"),
        *_at(r"detr\.model\.(?:en|de)coder", _DETR),
        (r"^(bbox_attention\.[qk])_linear\.", r"\1_proj."),
        *((rf"^mask_head\.{old}\.", f"mask_head.{new}.") for old, new in _MASK_HEAD.items()),
    ),
    "maskformer": _at(r"model\.transformer_module\.decoder", _DETR),
    "segformer": _SEGFORMER,
}
_BACKBONE_AT = {
    "mask2former": r"model\.pixel_level_module\.encoder",
    "oneformer": r"model\.pixel_level_module\.encoder",
    "upernet": "backbone",
}


@cache
def _compiled(model_type: str, backbone_type: str) -> tuple[tuple[re.Pattern, str], ...]:
    renames = RENAMES.get(model_type, ())
    if backbone_type == "swin" and model_type in _BACKBONE_AT:
        renames += _at(_BACKBONE_AT[model_type], _SWIN)
    return tuple((re.compile(pattern), replacement) for pattern, replacement in renames)


def current_name(config: dict[str, Any], name: str) -> str:
    """The name that transformers 5.23's module gives to the parameter that a file calls `name`.

    config: what the file's config.json holds. A model_type without renames gives every name back.
    """
    backbone = config.get("backbone_config") or {}
    for pattern, replacement in _compiled(str(config.get("model_type")), str(backbone.get("model_type", "swin"))):
        name = pattern.sub(replacement, name, count=1)
    return name

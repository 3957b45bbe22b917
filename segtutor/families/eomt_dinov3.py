"""EoMT (arXiv:2503.19108) on DINOv3 (arXiv:2508.10104): the same heads on a ViT with rotary positions."""

from __future__ import annotations

from dataclasses import replace

from segtutor.families import eomt
from segtutor.families.record import JointAttention

FAMILY = replace(
    eomt.FAMILY,
    model_type="eomt_dinov3",
    network="segtutor.reference.models.eomt_dinov3:EoMTDINOv3",
    transformers_class="EomtDinov3ForUniversalSegmentation",
    preprocessing={},  # its files name EoMT's
    attention=JointAttention("backbone.layers", "ours, rotary", eomt.ours),
    transformers_attention=JointAttention("layers", "all tokens, rotary", eomt.theirs),
)

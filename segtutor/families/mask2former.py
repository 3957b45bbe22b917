"""Mask2Former (arXiv:2112.01527): a masked decoder on a deformable pixel decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segtutor.families.record import CrossAttention, Family, Preprocessing
from segtutor.outputs import MaskOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def run(model: nn.Module, pixel_values: Tensor) -> MaskOutput:
    """Layers are the initial queries' prediction, then that of each decoder layer but the last.

    pixel_values: (B, 3, H, W) float, normalised. Returns masks at stride 4.
    """
    theirs = model(pixel_values=pixel_values, output_auxiliary_logits=True)
    return with_layers(theirs, theirs.auxiliary_logits)


def with_layers(theirs: Any, earlier: Any) -> MaskOutput:
    """A MaskOutput from what transformers' Mask2Former or OneFormer returns, and its earlier layers' predictions."""
    layers = tuple(MaskOutput(layer["class_queries_logits"], layer["masks_queries_logits"]) for layer in earlier)
    return MaskOutput(theirs.class_queries_logits, theirs.masks_queries_logits, layers=layers)


PIXEL_LEVEL = {
    "backbone": ("model.pixel_level_module.encoder.",),
    "pixel_decoder": ("model.pixel_level_module.decoder.",),
}
OURS = CrossAttention(
    "decoder.layers", "cross_attention", "self_attention", "ours", "ours", "pixel_decoder.layers", "attention"
)
FAMILY = Family(
    model_type="mask2former",
    output="mask",
    network="segtutor.reference.models.mask2former:Mask2Former",
    transformers_class="Mask2FormerForUniversalSegmentation",
    run=run,
    initial_prediction=True,
    has_backbone=True,
    preprocessing={"Mask2Former": Preprocessing(divisor=32, one_edge=False, pads="size")},
    attention=OURS,
    transformers_attention=CrossAttention(
        "model.transformer_module.decoder.layers", "cross_attn", "self_attn", "torch", "sequence first",
        "model.pixel_level_module.decoder.encoder.layers", "self_attn",
    ),
    parts=PIXEL_LEVEL,
    heads=frozenset({"class_head", "class_predictor", "mask_head", "mask_embedder", "mask_predictor", "mask_embed"}),
    class_heads=frozenset({"class_head"}),
)  # fmt: skip

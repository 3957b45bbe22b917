"""DETR with its mask head (arXiv:2005.12872): queries find boxes, and a head draws a mask for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segtutor.families.record import CrossAttention, Family, Preprocessing
from segtutor.outputs import MaskOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def run(model: nn.Module, pixel_values: Tensor) -> MaskOutput:
    """Also the boxes; no layers, since the mask head reads the last one only.

    pixel_values: (B, 3, H, W) float, normalised.
    """
    theirs = model(pixel_values=pixel_values)
    return MaskOutput(theirs.logits, theirs.pred_masks, boxes=theirs.pred_boxes)


FAMILY = Family(
    model_type="detr",
    output="mask",
    network="segtutor.reference.models.detr:DETR",
    transformers_class="DetrForSegmentation",
    run=run,
    # published configs name a backbone of timm that is in the same file; segtutor.reference reads it without timm
    named_backbones=("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    preprocessing={"Detr": Preprocessing(longest=1333, one_edge=False, pads="asked")},
    attention=CrossAttention("decoder.layers", "cross_attention", "self_attention", "ours", "ours"),
    transformers_attention=CrossAttention(
        "detr.model.decoder.layers", "encoder_attn", "self_attn", "batch first", "batch first"
    ),
    parts={"backbone": ("detr.model.backbone.",)},
    heads=frozenset({"class_head", "class_labels_classifier", "box_head", "bbox_predictor", "mask_head"}),
    class_heads=frozenset({"class_head"}),
)

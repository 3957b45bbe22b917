"""UPerNet (arXiv:1807.10221): pyramid pooling and an FPN on any backbone, pixel by pixel."""

from __future__ import annotations

from segtutor.families.record import Family
from segtutor.families.segformer import run

FAMILY = Family(
    model_type="upernet",
    output="per-pixel",
    network="segtutor.reference.models.upernet:UPerNet",
    transformers_class="UperNetForSemanticSegmentation",
    run=run,
    has_backbone=True,  # it comes with SegFormer's image processor
    heads=frozenset({"decode_head", "auxiliary_head", "head", "auxiliary", "classifier"}),
    class_heads=frozenset({"classifier"}),
)

"""DeepLabV3+ (arXiv:1802.02611): convolutions with gaps, a fine map for the borders. Ours alone: our names."""

from __future__ import annotations

from segtutor.families.record import Family

FAMILY = Family(
    model_type="deeplab",
    output="per-pixel",
    network="segtutor.reference.models.per_pixel:DeepLab",
    has_backbone=True,  # it comes with SegFormer's image processor
    heads=frozenset({"head", "scores", "classifier"}),
    class_heads=frozenset({"classifier", "scores"}),
)

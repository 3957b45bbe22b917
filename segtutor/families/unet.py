"""U-Net (arXiv:1505.04597) on a backbone: the maps side by side on the way up. Ours alone: files hold our names."""

from __future__ import annotations

from segtutor.families.record import Family

FAMILY = Family(
    model_type="unet",
    output="per-pixel",
    network="segtutor.reference.models.per_pixel:UNetOnBackbone",
    has_backbone=True,  # it comes with SegFormer's image processor
    heads=frozenset({"head", "scores", "classifier"}),
    class_heads=frozenset({"classifier", "scores"}),
)

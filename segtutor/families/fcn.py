"""FCN (arXiv:1411.4038): every stage is scored, the scores are added. Ours alone: files hold our names."""

from __future__ import annotations

from segtutor.families.record import Family

FAMILY = Family(
    model_type="fcn",
    output="per-pixel",
    network="segtutor.reference.models.per_pixel:FCN",
    has_backbone=True,  # it comes with SegFormer's image processor
    heads=frozenset({"head", "scores", "classifier"}),
    class_heads=frozenset({"classifier", "scores"}),
)

"""PSPNet (arXiv:1612.01105): averages over parts of the picture beside the map. Ours alone: files hold our names."""

from __future__ import annotations

from segtutor.families.record import Family

FAMILY = Family(
    model_type="pspnet",
    output="per-pixel",
    network="segtutor.reference.models.per_pixel:PSPNet",
    has_backbone=True,  # it comes with SegFormer's image processor
    heads=frozenset({"head", "scores", "classifier"}),
    class_heads=frozenset({"classifier", "scores"}),
)

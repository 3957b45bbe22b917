"""BEiT (arXiv:2106.08254) with a head for pixels: a plain ViT taught by hidden patches. transformers runs it."""

from __future__ import annotations

from segtutor.families.record import Family, Preprocessing
from segtutor.families.segformer import run

HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # mean and standard deviation of each channel

FAMILY = Family(
    model_type="beit",
    output="per-pixel",
    transformers_class="BeitForSemanticSegmentation",
    run=run,
    preprocessing={
        "Beit": Preprocessing(size={"height": 224, "width": 224}, square=True, colours=HALF, resample=3, crops=True)
    },
    parts={"backbone": ("beit.",)},
    heads=frozenset({"decode_head", "auxiliary_head"}),
)

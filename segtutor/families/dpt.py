"""DPT (arXiv:2103.13413) with a head for pixels: maps reassembled from a ViT's tokens. transformers runs it."""

from __future__ import annotations

from segtutor.families.beit import HALF
from segtutor.families.record import Family, Preprocessing
from segtutor.families.segformer import run

FAMILY = Family(
    model_type="dpt",
    output="per-pixel",
    transformers_class="DPTForSemanticSegmentation",
    run=run,
    preprocessing={
        # Exactly this size, also where a file asks to keep proportions: the library's head takes its maps for squares.
        "DPT": Preprocessing(size={"height": 384, "width": 384}, square=True, colours=HALF, resample=3)
    },
    parts={"backbone": ("dpt.",)},
    heads=frozenset({"head", "auxiliary_head"}),
)

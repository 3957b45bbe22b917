"""SAM 2 (arXiv:2408.00714) on pictures: clicks, boxes and masks as prompts."""

from __future__ import annotations

from dataclasses import replace

from segtutor.families.record import Family, Preprocessing

FAMILY = Family(
    model_type="sam2",
    output="prompt",
    network="segtutor.reference.models.sam2:SAM2",
    transformers_class="Sam2Model",
    asked_with=frozenset({"points", "boxes", "mask"}),
    # the whole picture is stretched to a square, whatever its proportions
    preprocessing={"Sam2": Preprocessing(size={"height": 1024, "width": 1024}, square=True)},
)

# Published files are those of the video model; what is its memory is left out (reference/weights/names/sam2.py).
VIDEO = replace(FAMILY, model_type="sam2_video", transformers_class="Sam2VideoModel", preprocessing={})

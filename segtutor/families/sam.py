"""SAM (arXiv:2304.02643): clicks, boxes and masks as prompts."""

from __future__ import annotations

from segtutor.families.record import Family, Preprocessing

FAMILY = Family(
    model_type="sam",
    output="prompt",
    network="segtutor.reference.models.sam:SAM",
    transformers_class="SamModel",
    asked_with=frozenset({"points", "boxes", "mask"}),
    preprocessing={"Sam": Preprocessing(size={"longest_edge": 1024}, pads="size", pad_size=1024, longest_alone=True)},
)

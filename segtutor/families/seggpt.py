"""SegGPT and Painter (arXiv:2304.03284, arXiv:2212.02499): an example in the picture's own form says the task."""

from __future__ import annotations

from segtutor.families.record import Family, Preprocessing

FAMILY = Family(
    model_type="seggpt",
    output="prompt",
    network="segtutor.reference.models.seggpt:SegGPT",
    transformers_class="SegGptForImageSegmentation",
    asked_with=frozenset({"example"}),
    preprocessing={"SegGpt": Preprocessing(size={"height": 448, "width": 448}, square=True, resample=3)},
)

"""DeepLabV3 (arXiv:1706.05587) on MobileNetV2 (arXiv:1801.04381), made for telephones. transformers runs it."""

from __future__ import annotations

from segtutor.families.beit import HALF
from segtutor.families.record import Family, Preprocessing
from segtutor.families.segformer import run

FAMILY = Family(
    model_type="mobilenet_v2",
    output="per-pixel",
    transformers_class="MobileNetV2ForSemanticSegmentation",
    run=run,
    preprocessing={"MobileNetV2": Preprocessing(size={"shortest_edge": 256}, colours=HALF, crops=True)},
    parts={"backbone": ("mobilenet_v2.",)},
    heads=frozenset({"segmentation_head"}),
)

"""DeepLabV3 (arXiv:1706.05587) on MobileViT (arXiv:2110.02178), made for telephones. transformers runs it."""

from __future__ import annotations

from segtutor.families.record import Family, Preprocessing
from segtutor.families.segformer import run

FAMILY = Family(
    model_type="mobilevit",
    output="per-pixel",
    transformers_class="MobileViTForSemanticSegmentation",
    run=run,
    preprocessing={
        "MobileViT": Preprocessing(
            size={"shortest_edge": 224}, resample=3, crops=True, further=frozenset({"do_flip_channel_order"})
        )
    },
    parts={"backbone": ("mobilevit.",)},
    heads=frozenset({"segmentation_head"}),
)

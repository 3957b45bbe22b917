"""SegFormer (arXiv:2105.15203): a hierarchical Transformer and a head of MLPs, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segtutor.families.record import Family, Preprocessing
from segtutor.outputs import PerPixelOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def run(model: nn.Module, pixel_values: Tensor) -> PerPixelOutput:
    """Logits as transformers' per-pixel models give them: SegFormer's at stride 4, UPerNet's at the input's size.

    pixel_values: (B, 3, H, W) float, normalised.
    """
    return PerPixelOutput(model(pixel_values=pixel_values).logits)


FAMILY = Family(
    model_type="segformer",
    output="per-pixel",
    network="segtutor.reference.models.segformer:SegFormer",
    transformers_class="SegformerForSemanticSegmentation",
    run=run,
    preprocessing={"Segformer": Preprocessing(size={"height": 512, "width": 512}, square=True)},
    parts={"backbone": ("segformer.",)},
    heads=frozenset({"decode_head", "head", "classifier"}),
    class_heads=frozenset({"classifier"}),
)

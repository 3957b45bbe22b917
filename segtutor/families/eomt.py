"""EoMT (arXiv:2503.19108): queries as tokens of a plain ViT, no decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segtutor.families.record import Family, JointAttention, Preprocessing
from segtutor.outputs import MaskOutput

if TYPE_CHECKING:
    from torch import Tensor


def run(model: Any, pixel_values: Tensor) -> MaskOutput:
    """Layers are what the blocks with masked attention predict first; none once it was annealed away.

    pixel_values: (B, 3, H, W) float, normalised.
    """
    predictions: list[tuple[Tensor, Tensor]] = []
    predict = model.predict

    def remember(states: Tensor) -> tuple[Tensor, Tensor]:
        predictions.append(predict(states))
        return predictions[-1]

    model.predict = remember
    try:
        theirs = model(pixel_values=pixel_values)
    finally:
        del model.predict  # the class's own is seen again
    layers = tuple(MaskOutput(classes, masks) for masks, classes in predictions[:-1])
    return MaskOutput(theirs.class_queries_logits, theirs.masks_queries_logits, layers=layers)


FAMILY = Family(
    model_type="eomt",
    output="mask",
    network="segtutor.reference.models.eomt:EoMT",
    transformers_class="EomtForUniversalSegmentation",
    run=run,
    preprocessing={"Eomt": Preprocessing(size={"shortest_edge": 640, "longest_edge": 640}, pads="window")},
    attention=JointAttention(
        "backbone.layers", "ours", lambda m: (len(m.queries), m.backbone.num_prefix, m.num_blocks)
    ),
    transformers_attention=JointAttention(
        "layers",
        "all tokens",
        lambda m: (m.config.num_queries, m.embeddings.num_prefix_tokens, m.config.num_blocks),
    ),
    heads=frozenset({"class_head", "class_predictor", "mask_head"}),
    class_heads=frozenset({"class_head"}),
)

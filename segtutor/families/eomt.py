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


def ours(model: Any) -> tuple[int, int, int]:
    """Queries, other tokens before the patches, and last blocks that hold queries, of our module."""
    return len(model.queries), model.backbone.num_prefix, model.num_blocks


def theirs(model: Any) -> tuple[int, int, int]:
    """The same of transformers' model."""
    return model.config.num_queries, model.embeddings.num_prefix_tokens, model.config.num_blocks


FAMILY = Family(
    model_type="eomt",
    output="mask",
    network="segtutor.reference.models.eomt:EoMT",
    transformers_class="EomtForUniversalSegmentation",
    run=run,
    preprocessing={"Eomt": Preprocessing(size={"shortest_edge": 640, "longest_edge": 640}, pads="window")},
    attention=JointAttention("backbone.layers", "ours", ours),
    transformers_attention=JointAttention("layers", "all tokens", theirs),
    heads=frozenset({"class_head", "class_predictor", "mask_head"}),
    class_heads=frozenset({"class_head"}),
)

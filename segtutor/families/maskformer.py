"""MaskFormer (arXiv:2107.06278): DETR's decoder on an FPN, masks instead of boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segtutor.families.mask2former import PIXEL_LEVEL
from segtutor.families.record import CrossAttention, Family, Preprocessing
from segtutor.outputs import MaskOutput

if TYPE_CHECKING:
    from torch import Tensor


def run(model: Any, pixel_values: Tensor) -> MaskOutput:
    """Layers are the predictions of each decoder layer but the last (its queries start at zero).

    pixel_values: (B, 3, H, W) float, normalised. Returns masks at stride 4.
    transformers 5.23 gives earlier layers' logits only when the config asks for the auxiliary loss, and then takes
    them before the decoder's LayerNorm; here each layer goes through the LayerNorm and heads that the last one
    goes through, as in the paper (arXiv:2107.06278, sec. 3.3).
    """
    import torch

    decoder = model.model.transformer_module.decoder
    states: list[Tensor] = []
    hooks = [layer.register_forward_hook(lambda _m, _i, out: states.append(_first(out))) for layer in decoder.layers]
    try:
        theirs = model(pixel_values=pixel_values)
    finally:
        for hook in hooks:
            hook.remove()
    pixels = theirs.pixel_decoder_last_hidden_state  # (B, C, h, w)
    layers = []
    for state in states[:-1]:
        queries = decoder.layernorm(state)  # (B, Q, C)
        masks = torch.einsum("bqc,bchw->bqhw", model.mask_embedder(queries), pixels)
        layers.append(MaskOutput(model.class_predictor(queries), masks))
    return MaskOutput(theirs.class_queries_logits, theirs.masks_queries_logits, layers=tuple(layers))


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


FAMILY = Family(
    model_type="maskformer",
    output="mask",
    network="segtutor.reference.models.maskformer:MaskFormer",
    transformers_class="MaskFormerForInstanceSegmentation",
    run=run,
    has_backbone=True,
    preprocessing={"MaskFormer": Preprocessing(divisor=32, one_edge=False, pads="size")},
    attention=CrossAttention("decoder.layers", "cross_attention", "self_attention", "ours", "ours"),
    transformers_attention=CrossAttention(
        "model.transformer_module.decoder.layers", "encoder_attn", "self_attn", "batch first", "batch first"
    ),
    parts=PIXEL_LEVEL,
    heads=frozenset({"class_head", "class_predictor", "mask_head", "mask_embedder"}),
    class_heads=frozenset({"class_head"}),
)

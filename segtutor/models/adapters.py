"""A transformers family -> one of the two output types. A new family is a row in `ADAPTERS` and a function.

Each function runs the network once and translates transformers' names. It keeps gradients if the caller does, so
the same function serves training, reading and a learner's experiments. Our own modules (segtutor.reference) return
the two types by themselves and need none: `OWN`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segtutor.models.checks import FAMILIES
from segtutor.outputs import MaskOutput, PerPixelOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def run_mask2former(model: nn.Module, pixel_values: Tensor) -> MaskOutput:
    """Mask2Former: layers are the initial queries' prediction, then that of each decoder layer but the last.

    pixel_values: (B, 3, H, W) float, normalised. Returns masks at stride 4.
    """
    answer = model(pixel_values=pixel_values, output_auxiliary_logits=True)
    return _with_layers(answer, answer.auxiliary_logits)


def run_oneformer(model: nn.Module, pixel_values: Tensor, task: str = "panoptic") -> MaskOutput:
    """OneFormer, asked for one task ("semantic", "instance", "panoptic"). Layers as Mask2Former's."""
    from segtutor.reference.task_token import task_text

    text = task_text([task] * len(pixel_values), model.config.task_seq_len).to(pixel_values.device)
    answer = model(pixel_values=pixel_values, task_inputs=text, output_auxiliary_logits=True)
    return _with_layers(answer, answer.auxiliary_predictions)


def run_maskformer(model: Any, pixel_values: Tensor) -> MaskOutput:
    """MaskFormer: layers are the predictions of each decoder layer but the last (its queries start at zero).

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
        answer = model(pixel_values=pixel_values)
    finally:
        for hook in hooks:
            hook.remove()
    pixels = answer.pixel_decoder_last_hidden_state  # (B, C, h, w)
    layers = []
    for state in states[:-1]:
        queries = decoder.layernorm(state)  # (B, Q, C)
        masks = torch.einsum("bqc,bchw->bqhw", model.mask_embedder(queries), pixels)
        layers.append(MaskOutput(model.class_predictor(queries), masks))
    return MaskOutput(answer.class_queries_logits, answer.masks_queries_logits, layers=tuple(layers))


def run_detr(model: nn.Module, pixel_values: Tensor) -> MaskOutput:
    """DETR with its mask head: also the boxes; no layers, since the mask head reads the last one only."""
    answer = model(pixel_values=pixel_values)
    return MaskOutput(answer.logits, answer.pred_masks, boxes=answer.pred_boxes)


def run_eomt(model: Any, pixel_values: Tensor) -> MaskOutput:
    """EoMT: layers are what the blocks with masked attention predict first; none once it was annealed away."""
    predictions: list[tuple[Tensor, Tensor]] = []
    predict = model.predict

    def remember(states: Tensor) -> tuple[Tensor, Tensor]:
        predictions.append(predict(states))
        return predictions[-1]

    model.predict = remember
    try:
        answer = model(pixel_values=pixel_values)
    finally:
        del model.predict  # the class's own is seen again
    layers = tuple(MaskOutput(classes, masks) for masks, classes in predictions[:-1])
    return MaskOutput(answer.class_queries_logits, answer.masks_queries_logits, layers=layers)


def run_per_pixel(model: nn.Module, pixel_values: Tensor) -> PerPixelOutput:
    """SegFormer (logits at stride 4) and UPerNet (at the input's size). pixel_values: (B, 3, H, W), normalised."""
    return PerPixelOutput(model(pixel_values=pixel_values).logits)


def run_own(model: nn.Module, pixel_values: Tensor, *task: str) -> MaskOutput | PerPixelOutput:
    """A module of segtutor.reference, which returns one of the two types by itself."""
    return model(pixel_values, *task)


@dataclass(frozen=True)
class Adapter:
    """How one model type is built and read.

    model_class: name of the class in transformers. family: "mask" or "per-pixel".
    run: (model, pixel_values (B, 3, H, W)) -> MaskOutput | PerPixelOutput.
    by_task: the network is asked for a task, `run`'s third argument, and answers each in another way.
    """

    model_class: str
    family: str
    run: Callable[..., MaskOutput | PerPixelOutput]
    by_task: bool = False


# By model_type in config.json; checks.FAMILIES is the same list, known before transformers is imported.
ADAPTERS = {
    "mask2former": Adapter("Mask2FormerForUniversalSegmentation", "mask", run_mask2former),
    "maskformer": Adapter("MaskFormerForInstanceSegmentation", "mask", run_maskformer),
    "oneformer": Adapter("OneFormerForUniversalSegmentation", "mask", run_oneformer, by_task=True),
    "detr": Adapter("DetrForSegmentation", "mask", run_detr),
    "eomt": Adapter("EomtForUniversalSegmentation", "mask", run_eomt),
    "segformer": Adapter("SegformerForSemanticSegmentation", "per-pixel", run_per_pixel),
    "upernet": Adapter("UperNetForSemanticSegmentation", "per-pixel", run_per_pixel),
}
OWN = {
    model_type: Adapter(ADAPTERS[model_type].model_class, family, run_own, ADAPTERS[model_type].by_task)
    for model_type, family in FAMILIES.items()
}


def _with_layers(answer: Any, earlier: Any) -> MaskOutput:
    layers = tuple(MaskOutput(layer["class_queries_logits"], layer["masks_queries_logits"]) for layer in earlier)
    return MaskOutput(answer.class_queries_logits, answer.masks_queries_logits, layers=layers)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value

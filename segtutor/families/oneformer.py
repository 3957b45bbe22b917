"""OneFormer (arXiv:2211.06220): Mask2Former with a task token, one network for all three tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from segtutor.families.mask2former import OURS, PIXEL_LEVEL, with_layers
from segtutor.families.record import CrossAttention, Family, Preprocessing
from segtutor.outputs import MaskOutput

if TYPE_CHECKING:
    from torch import Tensor


def run(model: Any, pixel_values: Tensor, task: str | Sequence[str] = "panoptic") -> MaskOutput:
    """Asked for a task ("semantic", "instance", "panoptic"), or one for each picture. Layers as Mask2Former's.

    pixel_values: (B, 3, H, W) float, normalised.
    """
    from segtutor.reference.decoders.task_token import task_text

    tasks = [task] * len(pixel_values) if isinstance(task, str) else list(task)
    text = task_text(tasks, model.config.task_seq_len).to(pixel_values.device)
    theirs = model(pixel_values=pixel_values, task_inputs=text, output_auxiliary_logits=True)
    return with_layers(theirs, theirs.auxiliary_predictions)


FAMILY = Family(
    model_type="oneformer",
    output="mask",
    network="segtutor.reference.models.oneformer:OneFormer",
    transformers_class="OneFormerForUniversalSegmentation",
    run=run,
    by_task=True,
    initial_prediction=True,
    has_backbone=True,
    preprocessing={"OneFormer": Preprocessing()},
    attention=OURS,
    transformers_attention=CrossAttention(
        "model.transformer_module.decoder.layers", "cross_attn.multihead_attn", "self_attn.self_attn", "torch",
        "sequence first", "model.pixel_level_module.decoder.encoder.layers", "self_attn",
    ),
    parts=PIXEL_LEVEL,
    heads=frozenset({"class_head", "class_embed", "mask_head", "mask_embed"}),
    class_heads=frozenset({"class_head"}),
)  # fmt: skip

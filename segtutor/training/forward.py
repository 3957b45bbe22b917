"""One call for every kind of model: pixels in, one of the two output types out, with gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segtutor import families
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def output_of(
    model: nn.Module, pixel_values: Tensor, tasks: Sequence[str] | None = None
) -> MaskOutput | PerPixelOutput:
    """What a model says about a batch, (B, 3, H, W) float, normalised.

    A transformers model is read as its family says; any other module must return one of the two output
    types itself. tasks: one for each picture, for a network that is told its task (OneFormer); others do not hear it.
    Raises UserError for everything else.
    """
    found = families.of_class(type(getattr(model, "module", model)).__name__)
    told = (list(tasks),) if tasks is not None and found is not None and found[0].by_task else ()
    kind = getattr(getattr(getattr(model, "module", model), "config", None), "model_type", None)
    family = families.families().get(kind) if isinstance(kind, str) else None
    if family is not None and family.run is not None:
        return family.run(model, pixel_values, *told)
    output = model(pixel_values, *told)
    if hasattr(model, "losses"):  # Mask R-CNN: its output is the first of two stages, and it has its own losses
        return output
    if not isinstance(output, (MaskOutput, PerPixelOutput)):
        raise UserError(
            f"the model's forward must return a PerPixelOutput or MaskOutput, got a {type(output).__name__}: wrap "
            "its logits in one of the two"
        )
    return output

"""One call for every kind of model: pixels in, one of the two output types out, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UserError
from ..outputs import MaskOutput, PerPixelOutput

if TYPE_CHECKING:
    from torch import Tensor, nn


def output_of(model: nn.Module, pixel_values: Tensor) -> MaskOutput | PerPixelOutput:
    """What a model says about a batch, (B, 3, H, W) float, normalised.

    A transformers model goes through the adapter of its family; any other module must return one of the two output
    types itself. Raises UserError for everything else.
    """
    kind = getattr(getattr(getattr(model, "module", model), "config", None), "model_type", None)
    if kind is not None:
        from ..models.adapters import ADAPTERS

        if kind in ADAPTERS:
            return ADAPTERS[kind].run(model, pixel_values)
    output = model(pixel_values)
    if not isinstance(output, (MaskOutput, PerPixelOutput)):
        raise UserError(
            f"got a model whose forward returns {type(output).__name__}, expected PerPixelOutput or MaskOutput: "
            "wrap its logits in one of the two"
        )
    return output

"""A training that has left the finite numbers: noticed before it reaches the weights, and said in one sentence.

What is not finite is looked for in the order in which it arises: the network's output (then the matcher has refused it
already), a term of the loss, a gradient. The optimiser has not moved yet, so the weights are those of the last good
step; what a forward pass alone changes is put back, and st.fit saves that state where it saves at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput, PerPixelOutput

ADVICE = "lower lr (a tenth is a good guess) or clip, leave precision at float32, or look at the pictures of this step"


class Diverged(FloatingPointError):
    """A loss or gradient that is not finite.

    term: "class", "bce", ..., "mask_logits", or a parameter's name. layer: the decoder layer as output.layers counts
    them, "last", or None where there are none. step: the one that was not made. lr: its learning rate.
    """

    def __init__(self, what: str, term: str, layer: int | str | None, step: int, lr: float, kept: str = ""):
        where = "" if layer is None else f", decoder layer {layer}"
        super().__init__(
            f"training diverged, got {what} at step {step} (term: {term}{where}; learning rate {lr:.2g}): "
            f"{ADVICE}{kept}"
        )
        self.what, self.term, self.layer, self.step, self.lr = what, term, layer, step, lr

    def with_kept(self, kept: str) -> Diverged:
        """The same, saying where the last good weights are."""
        return Diverged(self.what, self.term, self.layer, self.step, self.lr, kept)


class Before:
    """What a forward pass changes although no step follows: the statistics of batch norms, and the random numbers."""

    def __init__(self, model: nn.Module):
        norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._NormBase)]
        self._live = [buffer for norm in norms for buffer in norm.buffers(recurse=False)]
        self._kept = [buffer.clone() for buffer in self._live]
        self._random = torch.get_rng_state()

    def remember(self):
        for kept, live in zip(self._kept, self._live, strict=True):
            kept.copy_(live)
        self._random = torch.get_rng_state()

    def restore(self):
        for kept, live in zip(self._kept, self._live, strict=True):
            live.copy_(kept)
        torch.set_rng_state(self._random)


def check_output(output: MaskOutput | PerPixelOutput, step: int, lr: float):
    """Raises Diverged for the first layer whose logits are not finite."""
    layers: list[tuple[int | str | None, dict[str, Tensor]]]
    if isinstance(output, PerPixelOutput):
        layers = [(None, {"logits": output.logits})]
    else:
        if not isinstance(output, MaskOutput):  # of a model with losses of its own, whose terms are checked
            return
        named = [*enumerate(output.layers), ("last" if output.layers else None, output)]
        layers = [(name, {"class_logits": one.class_logits, "mask_logits": one.mask_logits}) for name, one in named]
    for name, parts in layers:
        for term, logits in parts.items():
            if not torch.isfinite(logits).all():
                raise Diverged("an output that is not finite", term, name, step, lr)


def check_terms(terms: Mapping[str, float], step: int, lr: float):
    """Raises Diverged for the first term that is not finite. terms: of set_loss, "bce_0" is layer 0's."""
    for key, value in terms.items():
        if not math.isfinite(value):
            name, _, number = key.rpartition("_")
            layer = int(number) if name and number.isdigit() else "last" if f"{key}_0" in terms else None
            raise Diverged(f"a loss of {value}", name if isinstance(layer, int) else key, layer, step, lr)


def check_gradients(model: nn.Module, norm: float, step: int, lr: float):
    """Raises Diverged where the norm of all gradients is not finite, naming the first parameter it comes from."""
    if math.isfinite(norm):
        return
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
            raise Diverged("a gradient that is not finite", name, None, step, lr)
    raise Diverged(f"gradients of norm {norm}", "their sum of squares", None, step, lr)


def all_finite(model: nn.Module) -> bool:
    """Whether every parameter is."""
    return all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters())

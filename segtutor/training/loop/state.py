"""What a training needs to go on where it was, on disk and in memory: weights, their running average, the optimiser.

Also torch's random numbers, which dropout draws from. Which pictures come next needs no state: see batches.py.

A state is read by stored_state.py, which compares each of its tensors with the one that it would replace before the
model or the optimiser sees any: optimisers do not, and write past the end of a tensor that is too small.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from segtutor.files import whole_file
from segtutor.training.loop.stored_state import optimizer_names, read_state

STATE = "training_state.pt"


class Average:
    """A running average of a model's weights, `module`; buffers are the model's own.

    What belongs to what is looked up once: a walk through all modules takes as long as the sum itself.
    """

    def __init__(self, module: nn.Module, model: nn.Module):
        self.module = module
        self._ours, self._theirs = list(module.parameters()), list(model.parameters())
        self._buffers = list(zip(module.buffers(), model.buffers(), strict=True))

    @torch.no_grad()
    def update(self, decay: float):
        """average = decay average + (1 - decay) weights."""
        torch._foreach_lerp_(self._ours, self._theirs, 1 - decay)
        for ours, theirs in self._buffers:
            ours.copy_(theirs)


def save_state(file: Path, step: int, cpu_minutes: float, model, optimizer, average):
    """Written beside and renamed: a kill at any moment leaves the old state or the new one, never half of one.

    Raises UserError where it cannot be written, as on a full disk; the old state is then as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    state = {"step": step, "cpu_minutes": cpu_minutes, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    state["optimizer_names"] = optimizer_names(model, optimizer)
    state["random"] = torch.get_rng_state()
    if average is not None:
        state["average"] = average.state_dict()
    with whole_file(file, overwrite=True) as stream:
        torch.save(state, stream)


def restore_state(file: Path, model, optimizer, average) -> tuple[int, float]:
    """Step and CPU-minutes of the saved state, put into its arguments.

    The options of the optimiser (decay, betas) stay those of `optimizer`; only what it has gathered is restored.
    Raises UserError for a file that does not fit them; they are then as they were.
    """
    state = read_state(file, model, optimizer, average)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state["optimizer"]})
    if average is not None:
        average.load_state_dict(state["average"])
    if state["random"] is not None:
        torch.set_rng_state(state["random"])
    return state["step"], state["cpu_minutes"]

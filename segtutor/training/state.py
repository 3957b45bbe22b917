"""What a training needs to go on where it was, on disk and in memory: weights, their running average, the optimiser.

Also torch's random numbers, which dropout draws from. Which pictures come next needs no state: see batches.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn

from ..errors import UserError

STATE = "training_state.pt"
UNFINISHED = "training_state.new"  # while it is written


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
    """Written beside and renamed: a kill at any moment leaves the old state or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    state = {"step": step, "cpu_minutes": cpu_minutes, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    state["random"] = torch.get_rng_state()
    if average is not None:
        state["average"] = average.state_dict()
    beside = file.with_name(UNFINISHED)
    with open(beside, "wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())  # a name that outlives a power cut before its bytes do would be half a state
    os.replace(beside, file)


def restore_state(file: Path, model, optimizer, average) -> tuple[int, float]:
    """Step and CPU-minutes of the saved state, put into its arguments. UserError for a file that does not fit them."""
    try:
        state = torch.load(file, weights_only=True, map_location="cpu")
    except Exception as error:  # pickle, zipfile and torch each have their own
        raise UserError(
            f"got {file}, which is damaged ({type(error).__name__}), expected the state that a run saved: "
            "begin again in a new folder"
        ) from error
    try:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        if average is not None:
            average.load_state_dict(state["average"])
        if "random" in state:
            torch.set_rng_state(state["random"])
        return state["step"], state["cpu_minutes"]
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"got {file}, the state of another model or of other options, expected that of this one: "
            "go on with what began it, or begin in a new folder"
        ) from error

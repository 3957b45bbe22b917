"""A training loop whose loss is a function of the step and nothing else, for networks that are asked with prompts.

`st.fit` knows targets, matching and two kinds of output; a network that is asked with a phrase has none of these. What
both loops share is in events.py (the clock), recording.py (the log) and state.py (what is on disk).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segtutor.training.fit import Fitted
from segtutor.training.loop.events import Clock
from segtutor.training.loop.parts import optimizer_of
from segtutor.training.loop.state import STATE, Average, restore_state, save_state

WARMUP = 50  # steps until the rate is at its peak
FLAT = 0.4  # of the budget; then it falls
SAVE_EVERY = 60.0  # seconds


def rate(progress: float, step: int) -> float:
    """The learning rate as a share of its peak: up for 50 steps, flat, and from 40 % of the budget on down to 2 %.

    >>> [round(rate(p, 100), 2) for p in (0.1, 0.4, 0.7, 1.0)]
    [1.0, 1.0, 0.5, 0.02]
    """
    return min(1.0, (step + 1) / WARMUP) * (1.0 if progress < FLAT else max(0.02, (1 - progress) / (1 - FLAT)))


def train_steps(
    model: nn.Module,
    loss_of: Callable[[np.random.Generator], Tensor],
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    lr: float = 2e-3,
    weight_decay: float = 0.02,
    clip: float = 1.0,
    ema: float = 0.0,
    optimizer: str = "adamw",
    seed: int = 0,
    out: Path,
    resume: bool = False,
    record: Callable[[dict, nn.Module], Any] = lambda event, model: None,
    clock: Clock | None = None,
    log_every: int = 10,
) -> Fitted:
    """Trains what of `model` needs a gradient, in place; the rate of `rate`. optimizer: "adamw" or "muon" (muon.py).

    loss_of: a random generator -> the loss of one step; the generator depends on (seed, step) alone, so that a run that
    is interrupted and resumed sees what it would have seen. steps or cpu_minutes: the budget. clock: one that has run
    since the work began, where scenes were drawn before; minutes of the run that is resumed are added. ema: how much of
    the running average of the weights each step keeps, which the model holds in the end; 0: the last weights.
    Raises FloatingPointError for a loss that is not finite.
    """
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if optimizer == "adamw":  # as these networks were made so far: all parameters alike
        moving: torch.optim.Optimizer = torch.optim.AdamW(learned, lr=lr, weight_decay=weight_decay)
    else:
        moving = optimizer_of(optimizer, model, lr, weight_decay, 1.0)
    factors = [group.get("factor", 1.0) for group in moving.param_groups]
    earlier, step, spent = (clock or Clock()).cpu_minutes, 0, 0.0
    average = Average(copy.deepcopy(model), model) if ema else None
    kept = average.module if average else None
    if resume and (out / STATE).exists():
        step, spent = restore_state(out / STATE, model, moving, kept)
    clock = Clock(spent + earlier)
    events: list[dict] = []
    saved = time.monotonic()

    def progress() -> float:
        return step / steps if steps is not None else clock.cpu_minutes / (cpu_minutes or 1)

    model.train()
    while (done := progress()) < 1:
        for group, factor in zip(moving.param_groups, factors, strict=True):
            group["lr"] = factor * lr * rate(done, step)
        loss = loss_of(np.random.default_rng((seed, step)))
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss must be finite, got {loss.item()} at step {step}: lower lr")
        moving.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learned, clip)
        moving.step()
        step += 1
        if average:
            average.update(min(ema, step / (step + 10)))  # the first steps are forgotten sooner
        if step % log_every == 0 or progress() >= 1:
            event = {"step": step, "progress": progress(), "cpu_minutes": clock.cpu_minutes, "loss": loss.item()}
            events.append(event)
            record(event, model)
        if time.monotonic() - saved > SAVE_EVERY:
            save_state(out / STATE, step, clock.cpu_minutes, model, moving, kept)
            saved = time.monotonic()
    save_state(out / STATE, step, clock.cpu_minutes, model, moving, kept)
    if kept is not None:
        model.load_state_dict(kept.state_dict())
    model.eval()
    return Fitted(step, clock.cpu_minutes, events)

"""The training loop, for both paradigms: the type of the model's output decides which loss it learns from.

    PerPixelOutput -> cross-entropy of every pixel          MaskOutput -> matching, then the set loss

One readable loop on Accelerate, so that the same call runs on a CPU, on a GPU, or under `accelerate launch`. The budget
is a number of steps or of CPU-minutes. With `out`, the state is written at intervals (atomically), and `resume=True`
goes on from it: pictures, augmentations and sampled points depend on (seed, epoch, row) alone, so a resumed run sees
what it would have seen.

    batches.py  which rows a step reads            augment.py  what becomes of them      criterion.py  the loss
    parts.py  what is frozen, groups of weights    schedules.py  the learning rate       diverged.py  NaN
    events.py  what is said and obeyed             state.py  what is on disk             processes.py  several of them
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import UserError
from ..files import make_folder
from ..segments import Categories
from .arguments import check_budget, check_colours, check_data, check_functions, check_model, check_numbers
from .augment import flip_and_tint
from .batches import batch, positions
from .criterion import Answer, Answering, Criterion, Loss, auxiliary_weight
from .diverged import Before, Diverged, all_finite, check_gradients, check_output, check_terms
from .events import Clock, by_layer, predicted, told_to_stop
from .parts import frozen, optimizer_of, train_mode
from .precision import precise
from .processes import Processes
from .schedules import schedule_of, warmup_then_linear
from .state import STATE, Average, restore_state, save_state
from .targets import example, pixel_values

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, what transformers' processors use


@dataclass
class Fitted:
    """What a training leaves: how far it came, what it cost, and its events (one dictionary per logged step)."""

    steps: int
    cpu_minutes: float
    events: list[dict] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        return [event["loss"] for event in self.events]


def fit(
    model: nn.Module,
    data: Sequence,
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    batch_size: int = 8,
    lr: float = 1e-3,
    backbone_lr: float = 1.0,
    optimizer: str = "adamw",
    weight_decay: float = 0.05,
    freeze: str | Iterable[str] | None = (),
    categories: Categories | None = None,
    augment: Callable | None = flip_and_tint,
    loss: Loss = None,
    schedule: str | Callable[[float, int], float] = warmup_then_linear,
    clip: float = 1.0,
    ema: float = 0.0,
    precision: str | None = None,
    seed: int = 0,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
    out: str | Path | None = None,
    resume: bool = False,
    log_every: int = 10,
    save_every: float = 120.0,
    scene_every: int = 0,
    on_event: Callable[[dict, nn.Module], Any] | None = None,
) -> Fitted:
    """Trains `model` in place and returns what happened.

    model: a module of segtutor.reference (such as `st.load(name).model`), a transformers segmentation model, or any
    module whose forward takes (B, 3, H, W) and returns one of the two output types. data: `Records` of a converter,
    rows {"image", "segmentation"[, "instances"]}, or a data set in the panoptic schema (then with `categories`); a mask
    classifier learns the instances of a row that has them. Pictures of a batch must have one size: Augment(size) cuts.

    steps or cpu_minutes: the budget (exactly one). batch_size: pictures of a step, over all processes together.
    lr: the peak rate; backbone_lr: a factor on it for the backbone. optimizer: "adamw", or "muon", which from a random
    start gets about a third further in the same number of steps (muon.py). freeze: what stays as it is: "backbone",
    "pixel_decoder", "all but heads", beginnings of parameter names, or several of them; see parts.py.
    augment: a function (row, rng) -> row, see augment.py. loss: a Recipe of segtutor.reference or a function, see
    criterion.py; by default what the output's type asks for. schedule: "linear", "poly", "constant" or a function.
    clip: the greatest norm of the gradient, math.inf for any. ema: decay of the running average of the weights that the
    model holds in the end (0 = none). precision: "bf16" runs the network in bfloat16 where that is safe, "bf16
    features" trunk and pixel decoder alone, None leaves it to `accelerate launch`, whose default is float32; see
    precision.py.
    out: a folder for the state, written every `save_every` seconds and in the end; resume: go on from it.
    on_event: called every `log_every` steps with an event and the model to be evaluated, which holds the running
    average if there is one; may answer "stop" or "pause", see events.py. scene_every: every so many steps the event
    also shows what the model says about row 0.

    Raises UserError for an unusable budget, part or row; Diverged, a FloatingPointError, when a loss or gradient is
    not finite: the model then holds the weights of the last good step, and so does `out`.
    """
    check_model(model)
    check_budget(steps, cpu_minutes)
    check_data(data)
    check_numbers(
        batch_size=batch_size, lr=lr, backbone_lr=backbone_lr, weight_decay=weight_decay, clip=clip, ema=ema, seed=seed,
        log_every=log_every, save_every=save_every, scene_every=scene_every,
    )  # fmt: skip
    check_functions(augment, on_event, loss)
    check_colours(mean, std)
    if resume and out is None:
        raise UserError("got resume=True without out, expected the folder of the run to go on with: pass out=")
    state_file = Path(out) / STATE if out is not None else None
    if state_file is not None:
        make_folder(state_file.parent)  # before the work, not after it
    rate = schedule_of(schedule)
    from accelerate import Accelerator, DistributedDataParallelKwargs

    accelerator = Accelerator(kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)])
    processes = Processes(accelerator)
    if batch_size < processes.count:
        raise UserError(
            f"got batch_size={batch_size} for {processes.count} processes, expected a picture for each: raise it"
        )
    # convolutions over channels-last memory are about 1.2 times as fast, the numbers stay
    model.to(accelerator.device, memory_format=torch.channels_last)
    average = deepcopy(model).eval() if ema else None
    running = Average(average, model) if average is not None else None
    learned = list(model.parameters())  # once: a walk through all modules costs as much as some of their layers
    # Accelerate keeps one precision a process; a learner's second call may ask for another one than the first.
    lower = precise(model, precision, accelerator.device.type, accelerator.autocast)
    with frozen(model, freeze), lower as autocast:
        moving = optimizer_of(optimizer, model, lr, weight_decay, backbone_lr)
        answering, moving = accelerator.prepare(Answering(model), moving)
        criterion = Criterion(loss, auxiliary_weight(model), processes)
        start, spent = 0, 0.0
        if resume and state_file is not None and state_file.exists():
            start, spent = restore_state(state_file, model, moving, average)
        events, step, saved, clock, before = [], start, time.monotonic(), Clock(spent), Before(model)

        def save():
            nonlocal saved
            if state_file is not None and processes.main:
                save_state(state_file, step, clock.cpu_minutes, model, moving, average)
                saved = time.monotonic()

        train_mode(model)
        while True:
            progress = step / steps if steps is not None else processes.of_main(clock.cpu_minutes) / cpu_minutes
            if progress >= 1:
                break
            clock.pace(progress)
            now = lr * rate(progress, step)
            for group in moving.param_groups:
                group["lr"] = now * group.get("factor", 1.0)
            places = positions(batch_size, step, processes.index, processes.count)
            rows, seeds = batch(data, places, categories, augment, seed)
            pixels = pixel_values([row["image"] for row in rows], mean, std)
            before.remember()
            try:
                with autocast():
                    answer = answering(pixels.to(accelerator.device, memory_format=torch.channels_last))
                terms = _terms(criterion, answer, rows, seeds, step, now)
                total = sum(terms.values())
                values = {name: value.item() for name, value in terms.items()}
                check_terms(values, step, now)
                moving.zero_grad(set_to_none=True)
                accelerator.backward(total)
                norm = accelerator.clip_grad_norm_(learned, clip)
                check_gradients(model, float(norm), step, now)
            except Diverged as error:
                before.restore()
                raise _kept(error, model, average, state_file, save) from None
            moving.step()
            step += 1
            clock.count(batch_size)
            if running is not None:
                running.update(min(ema, (1 + step) / (10 + step)))
            shown = bool(scene_every) and step % scene_every == 0
            if step % log_every == 0 or step == start + 1 or shown:
                values = dict(
                    zip(values, (v / processes.count for v in processes.total(list(values.values()))), strict=True)
                )
                done = min(1.0, step / steps if steps is not None else clock.cpu_minutes / cpu_minutes)
                event = {
                    "step": step,
                    "progress": progress,
                    "done": done,
                    "loss": sum(values.values()),
                    "terms": values,
                    "layers": by_layer(values),
                    "lr": now,
                    "cpu_minutes": clock.cpu_minutes,
                    **clock.pace(done),
                }
                if shown and processes.main:
                    row = example(data[0], categories)
                    prediction = predicted(average or model, row, mean, std)
                    event["scene"] = {"index": 0, **row, "prediction": prediction}
                events.append(event)
                ask = partial(told_to_stop, on_event, event, average or model, save)
                if on_event is not None and processes.of_main(clock.exclude(ask) if processes.main else None):
                    break
            if time.monotonic() - saved > save_every:
                save()
        save()
    if average is not None:
        model.load_state_dict(average.state_dict())
    model.eval()
    return Fitted(step, clock.cpu_minutes, events)


def _terms(criterion: Criterion, answer: Answer, rows, seeds, step: int, lr: float) -> dict[str, torch.Tensor]:
    try:
        return criterion(answer, rows, seeds)
    except ValueError:  # the matcher refuses costs that are not finite
        check_output(answer[0], step, lr)
        raise


def _kept(error: Diverged, model, average, state_file, save) -> Diverged:
    """The error, after the last good state was saved where one is saved at all."""
    model.eval()
    if state_file is None or not all_finite(model) or (average is not None and not all_finite(average)):
        return error
    save()
    return error.with_kept(f"; the state before this step is in {state_file}, to go on with resume=True")

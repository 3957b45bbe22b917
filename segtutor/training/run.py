"""One training: what it holds while it runs, one method for each thing that happens in a step of the loop in fit.py.

batch    the rows of this step, augmented, as tensors          step    forward, loss, backward, optimiser
log      the event of a step, for all that listen              save    the state, so that a kill costs minutes

batches.py  which rows a step reads            augment.py  what becomes of them      criterion.py  the loss
parts.py  what is frozen, groups of weights    schedules.py  the learning rate       diverged.py  NaN
events.py  what is said and obeyed             state.py  what is on disk             processes.py  several of them
folder.py  one training a folder               interrupts.py  Ctrl-C and SIGTERM
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from segtutor.errors import UserError
from segtutor.files import make_folder
from segtutor.training.criterion import Answer, Answering, Criterion, auxiliary_weight
from segtutor.training.loop.diverged import Before, Diverged, all_finite, check_gradients, check_output, check_terms
from segtutor.training.loop.events import Clock, by_layer, predicted, told_to_stop
from segtutor.training.loop.folder import held, refuse_earlier
from segtutor.training.loop.interrupts import Signals
from segtutor.training.loop.parts import frozen, optimizer_of, train_mode
from segtutor.training.loop.precision import precise
from segtutor.training.loop.processes import Processes
from segtutor.training.loop.schedules import schedule_of
from segtutor.training.loop.state import STATE, Average, restore_state, save_state
from segtutor.training.options import FitOptions
from segtutor.training.rows.batches import batch, positions, row_at
from segtutor.training.rows.first_look import check_classes, warn_of_labels
from segtutor.training.rows.targets import example, pixel_values
from segtutor.training.sentences import reader_of


@dataclass
class Fitted:
    """What a training leaves: how far it came, what it cost, and its events (one dictionary per logged step)."""

    steps: int
    cpu_minutes: float
    events: list[dict] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        return [event["loss"] for event in self.events]


class Batch(NamedTuple):
    """rows: what st.fit learns from in this step. seeds: of each row's sampled points. numbers: rows in the data."""

    rows: list[dict[str, Any]]
    seeds: list[int]
    numbers: list[int]
    pixels: Tensor  # (B, 3, H, W) float32, normalised


class Run:
    """A training that is under way; `with Run(model, data, options) as run:` and the loop of st.fit.

    step_number: steps that were made. values: the terms of the last step's loss, as numbers. events: what was logged.
    Leaving it ends what st.fit promises to end: the lock on the folder, the signals, what was frozen.
    """

    def __init__(self, model: nn.Module, data: Sequence, options: FitOptions):
        self.model, self.data, self.options = model, data, options
        self.state_file = Path(options.out) / STATE if options.out is not None else None
        if self.state_file is not None:
            make_folder(self.state_file.parent)  # before the work, not after it
            if not options.resume:
                refuse_earlier(self.state_file.parent)
        self._rate = schedule_of(options.schedule)
        from accelerate import Accelerator, DistributedDataParallelKwargs

        self.accelerator = Accelerator(kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)])
        self.processes = Processes(self.accelerator)
        if options.batch_size < self.processes.count:
            raise UserError(
                f"batch_size must be at least {self.processes.count}, a picture for each process, got "
                f"{options.batch_size}"
            )
        # convolutions over channels-last memory are about 1.2 times as fast, the numbers stay
        model.to(self.accelerator.device, memory_format=torch.channels_last)
        self.average = deepcopy(model).eval() if options.ema else None
        self._running = Average(self.average, model) if self.average is not None else None
        self._learned = list(model.parameters())  # once: a walk through all modules costs as much as some layers
        self._anneal = getattr(model, "anneal", None)  # a network that changes as it learns: EoMT lets go of its masks
        self.values: dict[str, float] = {}
        self.events: list[dict] = []
        self._stopped = False

    def __enter__(self) -> Run:
        options, folder = self.options, self.state_file.parent if self.state_file else None
        self._signals = Signals(self.state_file is not None, self.processes)
        # Accelerate keeps one precision a process; a learner's second call may ask for another one than the first.
        lower = precise(self.model, options.precision, self.accelerator.device.type, self.accelerator.autocast)
        with ExitStack() as entered:
            entered.enter_context(held(folder, self.processes))
            entered.enter_context(frozen(self.model, options.freeze))
            self._autocast = entered.enter_context(lower)
            entered.enter_context(self._signals)
            moving = optimizer_of(options.optimizer, self.model, options.lr, options.weight_decay, options.backbone_lr)
            self._answering, self._moving = self.accelerator.prepare(Answering(self.model), moving)
            own = getattr(self.model, "losses", None)
            weight = getattr(self.model, "contrastive_weight", 0.0)
            self._criterion = Criterion(options.loss, auxiliary_weight(self.model), self.processes, own, weight)
            self.start, spent = 0, 0.0
            if options.resume and self.state_file is not None and self.state_file.exists():
                self.start, spent = restore_state(self.state_file, self.model, self._moving, self.average)
            self.step_number, self._saved, self.clock = self.start, time.monotonic(), Clock(spent)
            self._before = Before(self.model)
            train_mode(self.model)
            self._entered = entered.pop_all()
        return self

    def __exit__(self, *error: Any) -> bool | None:
        return self._entered.__exit__(*error)

    @property
    def done(self) -> bool:
        """Whether the budget is used up, or on_event said "stop"."""
        minutes = self.clock.cpu_minutes
        if self.options.steps is None:  # all processes end at the same step
            minutes = self.processes.of_main(minutes)
        self.progress = self.options.used(self.step_number, minutes)
        return self._stopped or self.progress >= 1

    def batch(self) -> Batch:
        """The rows of the next step: a function of the seed and its number alone."""
        options, count = self.options, len(self.data)
        places = positions(options.batch_size, self.step_number, self.processes.index, self.processes.count)
        rows, seeds = batch(self.data, places, options.categories, options.augment, options.seed)
        numbers = [row_at(count, options.seed, int(place))[1] for place in places]
        return Batch(rows, seeds, numbers, pixel_values([row["image"] for row in rows], options.mean, options.std))

    def step(self, given: Batch) -> None:
        """Forward, loss, backward, and the optimiser. Raises Diverged, with the weights of the step before kept."""
        self.clock.pace(self.progress)
        self.lr = self.options.lr * self._rate(self.progress, self.step_number)
        for group in self._moving.param_groups:
            group["lr"] = self.lr * group.get("factor", 1.0)
        if self._anneal is not None:
            self._anneal(self.progress)
        self._before.remember()
        try:
            terms = self._terms(given)
            total = sum(terms.values())
            self.values = {name: value.item() for name, value in terms.items()}
            check_terms(self.values, self.step_number, self.lr)
            self._moving.zero_grad(set_to_none=True)
            self.accelerator.backward(total)
            norm = self.accelerator.clip_grad_norm_(self._learned, self.options.clip)
            check_gradients(self.model, float(norm), self.step_number, self.lr)
        except Diverged as error:
            self._before.restore()
            raise self._kept(error) from None
        self._moving.step()
        self.step_number += 1
        self.clock.count(self.options.batch_size)
        if self._running is not None:
            self._running.update(min(self.options.ema, (1 + self.step_number) / (10 + self.step_number)))

    def log(self) -> None:
        """Every `log_every` steps an event, which on_event may answer with "stop" or "pause"."""
        options, step = self.options, self.step_number
        shown = bool(options.scene_every) and step % options.scene_every == 0
        if step % options.log_every and step != self.start + 1 and not shown:
            return
        means = (value / self.processes.count for value in self.processes.total(list(self.values.values())))
        values = dict(zip(self.values, means, strict=True))
        done = min(1.0, options.used(step, self.clock.cpu_minutes))
        event = {
            "step": step,
            "progress": self.progress,
            "done": done,
            "loss": sum(values.values()),
            "terms": values,
            "layers": by_layer(values),
            "lr": self.lr,
            "cpu_minutes": self.clock.cpu_minutes,
            **self.clock.pace(done),
        }
        if shown and self.processes.main:
            row = example(self.data[0], options.categories)
            event["scene"] = {"index": 0, **row, "prediction": predicted(self._best, row, options.mean, options.std)}
        self.events.append(event)
        if options.on_event is not None:
            ask = partial(told_to_stop, options.on_event, event, self._best, self.save, lambda: self._signals.here)
            answer = self.clock.exclude(ask) if self.processes.main else None
            self._stopped = bool(self.processes.of_main(answer))

    def keep(self) -> None:
        """Saves where `save_every` seconds have passed; after Ctrl-C or SIGTERM saves, and raises what they mean."""
        if self._stopped:
            return
        if self._signals.came():
            self.save()
            self.model.eval()
            raise self._signals.error(self.step_number, self.state_file)
        if time.monotonic() - self._saved > self.options.save_every:
            self.save()

    def save(self) -> None:
        """The whole state to `out`, atomically; nothing without one."""
        if self.state_file is not None and self.processes.main:
            minutes = self.clock.cpu_minutes
            save_state(self.state_file, self.step_number, minutes, self.model, self._moving, self.average)
            self._saved = time.monotonic()

    def finished(self) -> Fitted:
        """Leaves the model as it shall be used, with the running average where there is one, and says what happened."""
        if self.average is not None:
            self.model.load_state_dict(self.average.state_dict())
        if self._anneal is not None and self.progress >= 1:  # not after a stop: what is learned still needs its masks
            self._anneal(1.0)
        self.model.eval()
        return Fitted(self.step_number, self.clock.cpu_minutes, self.events)

    @property
    def _best(self) -> nn.Module:
        """What is evaluated and shown: the running average where there is one."""
        return self.average or self.model

    def _terms(self, given: Batch) -> dict[str, Tensor]:
        """The terms of the loss of one batch, with gradients."""
        with self._autocast():
            tasks = [row.get("task", "panoptic") for row in given.rows]
            pixels = given.pixels.to(self.accelerator.device, memory_format=torch.channels_last)
            reader = reader_of(self.model)
            if reader is not None:
                reader.check(given.rows, given.numbers)
            texts = () if reader is None else (reader(given.rows).to(pixels.device),)
            answer: Answer = self._answering(pixels, tasks, *texts)
        if self.step_number == self.start and self.processes.main:
            warn_of_labels(self.data, answer[0], self.options.categories)
        check_classes(answer[0], given.rows, given.numbers)
        try:
            return self._criterion(answer, given.rows, given.seeds)
        except ValueError:  # the matcher refuses costs that are not finite
            check_output(answer[0], self.step_number, self.lr)
            raise

    def _kept(self, error: Diverged) -> Diverged:
        """The error, after the last good state was saved where one is saved at all."""
        self.model.eval()
        finite = all_finite(self.model) and (self.average is None or all_finite(self.average))
        if self.state_file is None or not finite:
            return error
        self.save()
        return error.with_kept(f"; the state before this step is in {self.state_file}, to go on with resume=True")

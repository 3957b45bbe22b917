"""What a call of st.fit may say: its options, checked before the work, each mistake a sentence.

A training that never ends (a budget that is no number), learns nothing (clip=0) or learns from black pictures costs
hours; a check costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from segtutor.errors import UserError
from segtutor.reference.losses.criterion import Recipe
from segtutor.segments import Categories
from segtutor.training.criterion import Loss
from segtutor.training.loop.schedules import warmup_then_linear
from segtutor.training.rows.augment import flip_and_tint
from segtutor.training.rows.targets import MEAN, STD


@dataclass(frozen=True)
class FitOptions:
    """Everything that st.fit takes beside the model and the data; st.fit says what each means.

    Raises UserError for a value that no training can have.
    """

    steps: int | None = None
    cpu_minutes: float | None = None
    batch_size: int = 8
    lr: float = 1e-3
    backbone_lr: float = 1.0
    optimizer: str = "adamw"
    weight_decay: float = 0.05
    freeze: str | Iterable[str] | None = ()
    categories: Categories | None = None
    augment: Callable | None = flip_and_tint
    loss: Loss = None
    schedule: str | Callable[[float, int], float] = warmup_then_linear
    clip: float = 1.0
    ema: float = 0.0
    precision: str | None = None
    seed: int = 0
    mean: Sequence[float] = MEAN
    std: Sequence[float] = STD
    out: str | Path | None = None
    resume: bool = False
    log_every: int = 10
    save_every: float = 120.0
    scene_every: int = 0
    on_event: Callable[[dict, nn.Module], Any] | None = None

    def __post_init__(self) -> None:
        check_budget(self.steps, self.cpu_minutes)
        for name, (fits, expected) in _NUMBERS.items():
            if not fits(getattr(self, name)):
                raise UserError(f"{name} must be {expected}, got {_short(getattr(self, name))}")
        check_functions(self.augment, self.on_event, self.loss)
        check_colours(self.mean, self.std)
        if self.resume and self.out is None:
            raise UserError("resume=True needs out=, the folder of the run to go on with")

    def used(self, step: int, cpu_minutes: float) -> float:
        """The share of the budget that is used up, 0 at first, 1 or more at the end."""
        return step / self.steps if self.steps is not None else cpu_minutes / (self.cpu_minutes or 1)


def check_budget(steps: Any, cpu_minutes: Any) -> None:
    """Exactly one of the two, a number above 0."""
    if (steps is None) == (cpu_minutes is None):
        raise UserError(
            f"the budget must be either steps or cpu_minutes, got steps={steps} and cpu_minutes={cpu_minutes}: "
            "give exactly one"
        )
    if not above(steps if cpu_minutes is None else cpu_minutes):
        name, value = ("steps", steps) if cpu_minutes is None else ("cpu_minutes", cpu_minutes)
        raise UserError(f"{name} must be a number above 0, got {value!r}")


def check_data(data: Any) -> None:
    """Rows that are asked for by number, in any order."""
    if isinstance(data, str | bytes | Mapping) or not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
        raise UserError(
            f"data must be Records, a data set or a list of rows, got a {type(data).__name__}: convert it, or pass "
            "list(...) of a stream"
        )
    if not len(data):
        raise UserError("data must have at least one row, got 0: look at .problems of what you converted")


def check_functions(augment: Any, on_event: Any, loss: Any) -> None:
    """What is called during the training can be."""
    if isinstance(augment, type):
        raise UserError(
            f"augment must be an instance, got the class {augment.__name__}: pass Augment(256), for example"
        )
    if augment is not None and not callable(augment):
        raise UserError(f"augment must be a function (row, rng) -> row, or None, got {_short(augment)}")
    if on_event is not None and not callable(on_event):
        raise UserError(f"on_event must be a function (event, model), got {_short(on_event)}: leave it out")
    if loss is not None and not callable(loss) and not isinstance(loss, Recipe):
        raise UserError(
            f"loss must be a Recipe or a function (output, truth) -> terms, got {_short(loss)}: leave it out for "
            "the loss that fits the output"
        )


def check_colours(mean: Any, std: Any) -> None:
    """Three numbers each, what transformers' processors call image_mean and image_std."""
    for name, values in (("mean", mean), ("std", std)):
        three = isinstance(values, Iterable) and len(listed := list(values)) == 3
        if not three or not all(_number(v) and math.isfinite(v) and (name == "mean" or v > 0) for v in listed):
            raise UserError(
                f"{name} must be three numbers{' above 0' if name == 'std' else ''}, of red, green and blue, got "
                f"{_short(values)}: leave it out for ImageNet's"
            )


def check_model(model: Any) -> None:
    """A torch module."""
    if not isinstance(model, nn.Module):
        raise UserError(
            f"model must be a torch module, got a {type(model).__name__}: pass segmenter.model, for example"
        )


def above(value: Any, end: float = 0.0) -> bool:
    """Whether a value is a number above 0, and finite unless `end` is infinity."""
    return _number(value) and value > 0 and (value < math.inf or end == math.inf)


def _number(value: Any) -> bool:
    try:
        return not isinstance(value, str | bytes | bool) and float(value) == value  # NaN is no number
    except (TypeError, ValueError, OverflowError):
        return False


def _integer(least: int):
    def fits(value: Any) -> bool:
        return _number(value) and hasattr(value, "__index__") and value >= least

    return fits


def _short(value: Any) -> str:
    said = " ".join(repr(value).split())
    return said if len(said) <= 40 else f"a {type(value).__name__}"


_NUMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "batch_size": (_integer(1), "an integer of 1 or more"),
    "lr": (above, "a number above 0, such as 1e-3"),
    "backbone_lr": (above, "a factor above 0, such as 0.1; freeze='backbone' leaves it as it is"),
    "weight_decay": (lambda value: value == 0 or above(value), "0 or more"),
    "clip": (lambda value: above(value, math.inf), "a number above 0, math.inf for no clipping"),
    "ema": (lambda value: value == 0 or (above(value) and value < 1), "0 for none, or below 1, such as 0.999"),
    "seed": (_integer(0), "an integer of 0 or more"),
    "log_every": (_integer(1), "an integer of 1 or more"),
    "save_every": (lambda value: value == 0 or above(value, math.inf), "seconds, 0 or more"),
    "scene_every": (_integer(0), "an integer, 0 for never"),
}

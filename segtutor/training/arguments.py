"""What a call of st.fit must be, checked before the work: each mistake a sentence.

A training that never ends (a budget that is no number), learns nothing (clip=0) or learns from black pictures costs
hours; a check costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn

from ..errors import UserError
from ..reference.recipes import Recipe


def check_budget(steps: Any, cpu_minutes: Any) -> None:
    """Exactly one of the two, a number above 0."""
    if (steps is None) == (cpu_minutes is None):
        raise UserError(
            f"got steps={steps} and cpu_minutes={cpu_minutes}, expected exactly one of them: give one budget"
        )
    if not above(steps if cpu_minutes is None else cpu_minutes):
        name, value = ("steps", steps) if cpu_minutes is None else ("cpu_minutes", cpu_minutes)
        raise UserError(f"got {name}={value!r}, expected a number above 0: correct the budget")


def check_data(data: Any) -> None:
    """Rows that are asked for by number, in any order."""
    if isinstance(data, str | bytes | Mapping) or not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
        raise UserError(
            f"got a {type(data).__name__} as the data, expected Records, a data set or a list of rows: convert it, or "
            "pass list(...) of a stream"
        )
    if not len(data):
        raise UserError("got data of 0 rows, expected at least one: look at .problems of what you converted")


def check_numbers(**given: Any) -> None:
    """The numbers of the call, by the names that they have there."""
    rules: dict[str, tuple[Any, str]] = {
        "batch_size": (_integer(1), "an integer of 1 or more"),
        "log_every": (_integer(1), "an integer of 1 or more"),
        "scene_every": (_integer(0), "an integer, 0 for never"),
        "seed": (_integer(0), "an integer of 0 or more"),
        "lr": (above, "a number above 0, such as 1e-3"),
        "backbone_lr": (above, "a factor above 0, such as 0.1; freeze='backbone' leaves it as it is"),
        "clip": (lambda value: above(value, math.inf), "a number above 0, math.inf for no clipping"),
        "weight_decay": (lambda value: value == 0 or above(value), "0 or more"),
        "save_every": (lambda value: value == 0 or above(value, math.inf), "seconds, 0 or more"),
        "ema": (lambda value: value == 0 or (above(value) and value < 1), "0 for none, or below 1, such as 0.999"),
    }
    for name, value in given.items():
        fits, expected = rules[name]
        if not fits(value):
            raise UserError(f"got {name}={_short(value)}, expected {expected}: correct it, or leave it out")


def check_functions(augment: Any, on_event: Any, loss: Any) -> None:
    """What is called during the training can be."""
    if isinstance(augment, type):
        raise UserError(f"got the class {augment.__name__} as augment, expected one of it: pass Augment(256), say")
    if augment is not None and not callable(augment):
        raise UserError(f"got augment={_short(augment)}, expected a function (row, rng) -> row: pass None for nothing")
    if on_event is not None and not callable(on_event):
        raise UserError(f"got on_event={_short(on_event)}, expected a function (event, model): leave it out")
    if loss is not None and not callable(loss) and not isinstance(loss, Recipe):
        raise UserError(
            f"got loss={_short(loss)}, expected a Recipe or a function (output, truth) -> terms: leave it out for the "
            "loss that fits the output"
        )


def check_colours(mean: Any, std: Any) -> None:
    """Three numbers each, what transformers' processors call image_mean and image_std."""
    for name, values in (("mean", mean), ("std", std)):
        three = isinstance(values, Iterable) and len(listed := list(values)) == 3
        if not three or not all(_number(v) and math.isfinite(v) and (name == "mean" or v > 0) for v in listed):
            raise UserError(
                f"got {name}={_short(values)}, expected three numbers{' above 0' if name == 'std' else ''}, of red, "
                "green and blue: leave it out for ImageNet's"
            )


def check_model(model: Any) -> None:
    """A torch module."""
    if not isinstance(model, nn.Module):
        raise UserError(
            f"got a {type(model).__name__} as the model, expected a torch module: pass segmenter.model, for example"
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

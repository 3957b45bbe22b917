"""Reading the file of an interrupted training, which may be damaged, another run's, or made by somebody else.

`torch.load(weights_only=True)` runs no code, but says nothing about what the file holds, and neither
`Optimizer.load_state_dict` nor the fused AdamW compares shapes: a momentum that is too small is written past its end.
So everything is compared here with what it would replace, name by name, before anything is replaced:

    the file        an uncompressed zip whose checksums hold (one flipped bit is found)
    step, minutes   a whole number >= 0, a finite number >= 0
    weights         the names, shapes and dtypes of the model's own; finite where those are
    the optimiser   the same parameters by name in the same groups; for each the tensors that it may gather, in the
                    parameter's shape and dtype, copied into memory that is laid out like the parameter
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from segtutor.errors import UserError

MOST_STEPS = 10**12
# What AdamW and Muon gather for a parameter: nothing, or one of these sets; all but "step" have the parameter's shape.
GATHERED = ({"step", "exp_avg", "exp_avg_sq"}, {"step", "momentum"})


class _Unfit(Exception):
    """What does not fit, as "its ... is ..., expected ..."."""


def optimizer_names(model: nn.Module, optimizer: Any) -> list[list[str]]:
    """The names of the parameters that an optimiser moves, group by group, in its order."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [[names[id(parameter)] for parameter in group["params"]] for group in optimizer.param_groups]


def step_of(file: Path) -> int | None:
    """The step that a state says it has reached; None where it cannot be read."""
    try:
        return _step(_mapping(_unpickled(file), "content"))
    except (UserError, _Unfit):
        return None


def read_state(file: Path, model: nn.Module, optimizer: Any, average: nn.Module | None) -> dict[str, Any]:
    """{"step", "cpu_minutes", "model", "optimizer" (its "state"), "average", "random"}: each fits its argument.

    average and random are None where there is none. Nothing is changed. Raises UserError, one sentence, for a file
    that is damaged, or whose content does not fit.
    """
    stored = _unpickled(file)
    try:
        return _fitting(stored, model, optimizer, average)
    except _Unfit as unfit:
        raise UserError(
            f"{file} holds the state of another model or of other options ({unfit}): resume with those that it was "
            "saved with, or begin in a new folder"
        ) from None


def _unpickled(file: Path) -> Any:
    try:
        with zipfile.ZipFile(file) as archive:
            if any(record.compress_type != zipfile.ZIP_STORED for record in archive.infolist()):
                raise ValueError("compressed")  # nothing that torch writes, and it may unpack to any size
            damaged = archive.testzip()  # torch.load itself does not look at the checksums
        if damaged is not None:
            raise ValueError(f"the checksum of {damaged[-40:]} differs")
        return torch.load(file, weights_only=True, map_location="cpu")
    except FileNotFoundError:
        raise UserError(f"there is no saved state {file}: check the path") from None
    except Exception as error:  # pickle, zipfile and torch each have their own
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UserError(f"{file} is damaged ({reason}): begin again in a new folder") from None


def _fitting(stored: Any, model: nn.Module, optimizer: Any, average: nn.Module | None) -> dict[str, Any]:
    stored = _mapping(stored, "content")
    step, minutes, random = _step(stored), stored.get("cpu_minutes"), stored.get("random")
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes < math.inf:
        raise _Unfit(f"its cpu_minutes must be a number of 0 or more, got {_short(minutes)}")
    if random is not None:
        now = torch.get_rng_state()
        random = _like(random, now, "random numbers' state")
        try:
            torch.Generator().set_state(random)
        except RuntimeError:
            raise _Unfit("its random numbers' state is not one of torch") from None
    return {
        "step": step,
        "cpu_minutes": float(minutes),
        "model": _weights(stored.get("model"), model, "weights"),
        "optimizer": _gathered(stored, model, optimizer),
        "average": None if average is None else _weights(stored.get("average"), average, "average"),
        "random": random,
    }


def _step(stored: dict) -> int:
    step = stored.get("step")
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step <= MOST_STEPS:
        raise _Unfit(f"its step must be a whole number of 0 or more, got {_short(step)}")
    return step


def _weights(stored: Any, module: nn.Module, what: str) -> dict[str, Any]:
    stored, own = _mapping(stored, what), module.state_dict()
    if stored.keys() != own.keys():
        other = next(iter(sorted(map(str, stored.keys() ^ own.keys()))))
        here = "holds" if other in stored else "lacks"
        raise _Unfit(f"its {what} {here} {other[:80]!r}, unlike this model")
    for name, value in own.items():
        if isinstance(value, Tensor):
            _like(stored[name], value, f"{what} {name!r}")
        elif type(stored[name]) is not type(value):
            raise _Unfit(f"its {what} {name!r} must be a {type(value).__name__}, got a {type(stored[name]).__name__}")
    return dict(stored)


def _gathered(stored: dict, model: nn.Module, optimizer: Any) -> dict[int, dict[str, Tensor]]:
    """The state of each parameter by the optimiser's number, in memory of its own."""
    content = _mapping(stored.get("optimizer"), "optimiser")
    now = optimizer.state_dict()
    groups, names = content.get("param_groups"), optimizer_names(model, optimizer)
    numbers = [group.get("params") if isinstance(group, dict) else None for group in groups or ()]
    if not isinstance(groups, list) or numbers != [group["params"] for group in now["param_groups"]]:
        raise _Unfit("its optimiser moves other parameters than this training")
    if "optimizer_names" in stored and stored["optimizer_names"] != names:  # older states have none
        raise _Unfit("its optimiser moves other parameters than this training: see freeze=")
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    flat = [name for group in names for name in group]
    found: dict[int, dict[str, Tensor]] = {}
    for number, values in _mapping(content.get("state"), "optimiser's state").items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(parameters):
            raise _Unfit(f"its optimiser must number parameters 0 to {len(parameters) - 1}, got {_short(number)}")
        what, parameter = f"optimiser's {flat[number]!r}", parameters[number]
        values = _mapping(values, what)
        if set(values) not in GATHERED:
            kept = ", ".join(sorted(map(str, values)))[:80] or "nothing"
            raise _Unfit(f"its {what} holds {kept}, which is not what AdamW or Muon gathers")
        with torch.no_grad():
            found[number] = {
                key: _like(values[key], torch.zeros(()), f"{what} step").clone()
                if key == "step"
                # empty_like keeps the order in memory (channels last), which the fused step relies on
                else torch.empty_like(parameter, device="cpu").copy_(_like(values[key], parameter, f"{what} {key}"))
                for key in values
            }
        if found[number]["step"] < 0 or ("exp_avg_sq" in values and bool((found[number]["exp_avg_sq"] < 0).any())):
            raise _Unfit(f"its {what} must hold a count and squares, got negative numbers")
    return found


def _like(value: Any, own: Tensor, what: str) -> Tensor:
    """`value`, a plain tensor of the shape and dtype of `own`, finite where that is."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized or value.is_meta:
        raise _Unfit(f"its {what} must be a plain tensor, got a {type(value).__name__}")
    if value.shape != own.shape or value.dtype != own.dtype:
        raise _Unfit(
            f"its {what} must have the shape {list(own.shape)} and type {_kind(own)}, got "
            f"{_short(list(value.shape))} and {_kind(value)}"
        )
    if not bool(torch.isfinite(value).all()) and bool(torch.isfinite(own).all()):
        raise _Unfit(f"its {what} must be finite, got NaN or infinity")
    return value


def _mapping(value: Any, what: str) -> dict:
    if not isinstance(value, Mapping):
        raise _Unfit(f"its {what} must be a dictionary, got a {type(value).__name__}")
    return dict(value)


def _kind(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _short(value: Any) -> str:
    text = (
        repr(value) if not isinstance(value, int) or abs(value) < 10**18 else f"an integer of {value.bit_length()} bits"
    )
    return text[:60]

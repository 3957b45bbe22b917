"""The training loop, for both paradigms: the type of the model's output decides which loss it learns from.

    PerPixelOutput -> cross-entropy of every pixel          MaskOutput -> matching, then the set loss

One readable loop on Accelerate, so that the same call runs on a CPU, on a GPU, or under `accelerate launch`. The budget
is a number of steps or of CPU-minutes. With `out`, the state is written at intervals (atomically), and `resume=True`
goes on from it: pictures, augmentations and sampled points depend on (seed, epoch, row) alone, so a resumed run sees
what it would have seen.

    options.py  what can be asked for, and the checks         run.py  what happens in a step
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from segtutor.segments import Categories
from segtutor.training.criterion import Loss
from segtutor.training.loop.schedules import warmup_then_linear
from segtutor.training.options import FitOptions, check_data, check_model
from segtutor.training.rows.augment import flip_and_tint
from segtutor.training.rows.targets import MEAN, STD
from segtutor.training.run import Fitted, Run

__all__ = ["MEAN", "STD", "FitOptions", "Fitted", "fit"]


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
    features" backbone and pixel decoder alone, None leaves it to `accelerate launch`, whose default is float32; see
    precision.py.
    out: a folder for the state, written every `save_every` seconds, in the end, and when Ctrl-C or SIGTERM stop the
    training after a step; it may hold no earlier state unless resume says to go on from that.
    on_event: called every `log_every` steps with an event and the model to be evaluated, which holds the running
    average if there is one; may answer "stop" or "pause", see events.py. scene_every: every so many steps the event
    also shows what the model says about row 0.

    Raises UserError for an unusable budget, part or row, a folder that holds another training's state or in which one
    runs; Interrupted, a KeyboardInterrupt, after Ctrl-C with `out`; Diverged, a FloatingPointError, when a loss or
    gradient is not finite: the model then holds the weights of the last good step, and so does `out`.
    """
    options = {name: value for name, value in locals().items() if name not in ("model", "data")}
    check_model(model)
    check_data(data)
    with Run(model, data, FitOptions(**options)) as run:
        while not run.done:
            run.step(run.batch())
            run.log()
            run.keep()
        run.save()
    return run.finished()

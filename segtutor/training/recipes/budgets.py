"""What a budget of steps or CPU-minutes buys: the only module where a ToyTown training's length becomes its settings.

    plan(steps=2000)        plan(cpu_minutes=6.0)

A short training and a long one differ in more than their end. What has to fit the length is worked out here:

    the running average    remembers the last twentieth of the steps: over more it lags behind a short training,
                           over less it averages nothing
    scenes                 drawing one takes about a quarter as long as learning from it once. Each is shown about six
                           times, mirrored and tinted anew, so that drawing takes a twentieth of the time

The rest is the same for all: Muon, batches of 8, bfloat16 where maps are large. Masks are compared on the grid of their
logits (stride 4) at first: that is the cheapest, and enough to learn what is where. The borders within a cell are
learned in the last eleventh of the budget, on a grid twice as fine with a quarter of the rate (`split`, `finish`).
`python -m benchmarks budget` repeats what the choices of the first part are worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

# Of a batch of 8 at 128 x 128 on one core, with the drawing; only to guess how many steps minutes will be.
SECONDS_A_STEP = 0.18
TIMES_SHOWN = 6
MOST_SCENES, LEAST_SCENES = 20_000, 200
GRID = 32  # cells a side: stride 4 at 128 x 128 pixels
FINE_GRID, FINE_SHARE, FINE_LR = 64, 1 / 11, 3e-4


@dataclass(frozen=True)
class Plan:
    """steps: as many as are expected. scenes: how many to draw. options: figures and names alone, for a card."""

    steps: int
    scenes: int
    batch_size: int = 8
    options: dict[str, Any] = field(default_factory=dict)


def plan(*, steps: int | None = None, cpu_minutes: float | None = None, batch_size: int = 8) -> Plan:
    """The settings of a Mask2Former for ToyTown from a random start, of its first part. Exactly one budget."""
    seconds = SECONDS_A_STEP * batch_size / 8
    expected = steps if steps is not None else max(1, round(60 * float(cpu_minutes or 0) / seconds))
    scenes = min(MOST_SCENES, max(LEAST_SCENES, expected * batch_size // TIMES_SHOWN))
    options = {
        "optimizer": "muon",
        "lr": 1.2e-3,
        "weight_decay": 0.05,
        "clip": 1.0,
        "ema": round(1 - 1 / max(10.0, expected / 20), 5),
        "precision": "bf16 features",
        "grid": GRID,
        "hold": 0.3,
    }
    return Plan(expected, scenes, batch_size, options)


def split(steps: int | None = None, cpu_minutes: float | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The budgets of the two parts, as arguments of `plan`, `finish` and st.fit: coarse masks, then fine ones."""
    if steps is not None:
        fine = round(steps * FINE_SHARE)
        return {"steps": steps - fine}, {"steps": fine}
    minutes = float(cpu_minutes or 0)
    return {"cpu_minutes": minutes * (1 - FINE_SHARE)}, {"cpu_minutes": minutes * FINE_SHARE}


def finish(*, steps: int | None = None, cpu_minutes: float | None = None, batch_size: int = 8) -> dict[str, Any]:
    """The options of the second part: figures and names alone. It begins from the averaged weights of the first."""
    options = plan(steps=steps, cpu_minutes=cpu_minutes, batch_size=batch_size).options
    return {**options, "lr": FINE_LR, "grid": FINE_GRID, "hold": 0.0}


def arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Options, as a card has them, as st.fit takes them: the grid becomes a loss, the plateau a schedule."""
    from segtutor.reference.losses.criterion import DETR_LOSS, Recipe
    from segtutor.reference.losses.sampling import Grid
    from segtutor.training.loop.schedules import warmup_then_linear

    given = dict(options)
    if "hold" in given:
        given["schedule"] = partial(warmup_then_linear, hold=given.pop("hold"))
    if "grid" in given:
        side = given.pop("grid")
        loss = DETR_LOSS if given.pop("terms", None) == "detr" else Recipe()
        given["loss"] = replace(loss, points=Grid((side, side)))
    if given.pop("tasks", None) == "drawn":
        from segtutor.training.rows.tasks import DrawTask

        given["augment"] = DrawTask()
    return given

"""What makes a short training good: the ToyTown recipe, and the same with one thing taken away or changed.

    python -m benchmarks budget --json FILE          each change once, 800 steps of 8 pictures, seed 0

One row a change: PQ, PQ of things and of stuff and mIoU on the first 200 validation scenes, and the CPU-minutes that
the training took here. The ratio is the PQ with the change by the PQ of the recipe: below 1, the recipe's choice
helps. One seed: two PQ points are within what seeds differ by. BY_NAME_ONLY: an hour on one core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks import harness

BY_NAME_ONLY = True
STEPS, SCENES = 800, 200
# name: what the plan's options become; "batch_size", "scenes" (a factor) and "start" are not among them
CHANGES: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "AdamW instead of Muon": {"optimizer": "adamw"},
    "all of the network in bfloat16": {"precision": "bf16"},
    "float32": {"precision": None},
    "no running average": {"ema": 0.0},
    "a running average over a third of the steps": {"ema": 1 - 3 / STEPS},
    "masks compared on 64 x 64 cells": {"grid": 64},
    "no plateau before the fall": {"hold": 0.0},
    "convolutions as PyTorch starts them": {"start": "torch"},
    "as many pictures in batches of 4": {"batch_size": 4},
    "twice as many scenes": {"scenes": 2.0},
}


def rows(settings: harness.Settings) -> Iterator[dict]:
    base = None
    for name, change in CHANGES.items():
        found = train(change, steps=60 if settings.quick else STEPS, scenes=20 if settings.quick else SCENES)
        base = found if base is None else base
        ratio = found["pq"] / max(base["pq"], 1e-9)
        note = ", ".join(f"{key} {found[key]:.1f}" for key in ("pq", "pq_things", "pq_stuff", "miou", "cpu_minutes"))
        yield harness.row(f"budget: {name}", ratio, None, note=note, change=change, **found)


def train(change: dict[str, Any], *, steps: int = STEPS, scenes: int = SCENES, seed: int = 0) -> dict[str, Any]:
    """One training of the recipe for so many steps of 8 pictures, with a change, and what it reaches; in percent."""
    import torch

    import segtutor as st
    from segtutor.experiments.measure import miou, panoptic_measures
    from segtutor.training.recipes.budgets import arguments, plan
    from segtutor.training.recipes.toytown import RECIPES, Scenes

    torch.set_num_threads(1)
    recipe, change = RECIPES["mask2former-toytown"], dict(change)
    start = change.pop("start", "kaiming")
    planned = plan(steps=steps)
    planned = replace(planned, scenes=round(planned.scenes * change.pop("scenes", 1.0)))
    batch_size = change.pop("batch_size", planned.batch_size)
    torch.manual_seed(seed)
    model = recipe.build()
    if start == "torch":
        for module in model.pixel_decoder.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.reset_parameters()
    data = Scenes(range(recipe.first_seed, recipe.first_seed + planned.scenes))
    count = steps * planned.batch_size // batch_size
    options = arguments({**planned.options, **change})
    fitted = st.fit(model, data, steps=count, batch_size=batch_size, seed=seed, **options)
    validation = Scenes(range(scenes))
    measured = panoptic_measures(model, (validation[i] for i in range(scenes)), st.toytown.categories)
    found = {key: 100 * measured[key] for key in ("pq", "sq", "rq", "pq_things", "pq_stuff")}
    found["miou"] = 100 * miou(model, (validation[i] for i in range(scenes)), st.toytown.categories)
    return {**found, "steps": count, "batch_size": batch_size, "seed": seed, "cpu_minutes": fitted.cpu_minutes}

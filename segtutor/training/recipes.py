"""How each shipped checkpoint was made: architecture, data, budget. `segtutor train NAME --out FOLDER` repeats it.

Both models stand on the same trunk (a small ResNet, random start), see the same pictures and are trained by the same
loop; they differ in the type of their output and in the loss that follows from it. How a mask classifier's budget
decides the rest is in budgets.py; the card of a checkpoint holds what it was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data import toytown
from ..errors import UserError
from ..files import make_folder
from ..segments import Segment, Segmentation
from .arguments import check_budget
from .budgets import Plan, arguments, finish, plan, split

FINE = "fine"  # the folder of a second part's state


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training gives. Its budget is in steps: minutes would depend on the machine."""

    name: str
    family: str
    build: Callable
    scenes: int = 20_000
    first_seed: int = toytown.SPLITS["train"].start
    batch_size: int = 16
    steps: int = 1000
    seed: int = 0
    options: dict = field(default_factory=dict)  # further arguments of fit, see budgets.arguments
    configuration: Callable[[], dict] | None = None  # of a model of this course's modules
    plan: Callable[..., Plan] | None = None  # budget -> scenes and options, where these depend on it
    finish: Callable[..., dict] | None = None  # budget -> the options of a second part, see budgets.split
    fine: dict = field(default_factory=dict)  # what the second part was, once it is done


class Scenes(Sequence):
    """ToyTown scenes as training rows, rendered when first asked for and then kept (64 kB each at 128 pixels)."""

    def __init__(self, seeds: Sequence[int], image_size: int = 128):
        self._seeds, self._image_size = seeds, image_size
        self._kept: dict[int, tuple[np.ndarray, np.ndarray, list[Segment]]] = {}

    def __len__(self) -> int:
        return len(self._seeds)

    def __getitem__(self, i: int) -> dict:
        if i not in self._kept:
            if not 0 <= i < len(self):
                raise IndexError(f"got scene {i}, expected 0 to {len(self) - 1}")
            image, truth = toytown.scene(self._seeds[i], self._image_size).render()
            self._kept[i] = image, truth.segment_ids.astype(np.uint8), truth.segments
        image, ids, segments = self._kept[i]
        return {"image": image, "segmentation": Segmentation(ids.astype(np.int32), list(segments), toytown.categories)}


def _labels() -> dict:
    names = toytown.categories.names
    return {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}


def build_mask2former():
    """Mask2Former for ToyTown, of this course's modules, random start; see toytown_networks.py."""
    from .toytown_networks import mask2former

    return mask2former(toytown.categories.names)


def mask2former_configuration() -> dict:
    """Its configuration, which `publish` makes a transformers model with."""
    from .toytown_networks import configuration

    return configuration(toytown.categories.names)


def build_upernet():
    """UPerNet (arXiv:1807.10221) on the same trunk, width 64, no auxiliary head; transformers' random start."""
    from transformers import AutoConfig, UperNetConfig, UperNetForSemanticSegmentation

    from .toytown_networks import TRUNK

    given = {key: value for key, value in TRUNK.items() if key != "model_type"}
    trunk = AutoConfig.for_model(TRUNK["model_type"], **given)
    config = UperNetConfig(backbone_config=trunk, hidden_size=64, use_auxiliary_head=False, **_labels())
    return UperNetForSemanticSegmentation(config)


RECIPES = {
    "mask2former-toytown": Recipe(
        "mask2former-toytown",
        "mask",
        build_mask2former,
        configuration=mask2former_configuration,
        plan=plan,
        finish=finish,
        batch_size=8,
        steps=16_500,
    ),
    "upernet-toytown": Recipe(
        "upernet-toytown",
        "per-pixel",
        build_upernet,
        steps=6562,
        options={"lr": 1.2e-3, "weight_decay": 0.05, "clip": 1.0, "ema": 0.998, "precision": "bf16"},
    ),
}


def run(
    name: str,
    *,
    out: str | Path,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    report: Callable = print,
) -> dict:
    """`segtutor train`: trains a recipe and leaves a checkpoint folder that `load` reads. -> its card.

    name: one of RECIPES. steps or cpu_minutes: another budget than the recipe's. out: a new or empty folder, or with
    resume=True the folder of the run to go on with. What lies there: the checkpoint (see publish), training_state.pt,
    log.jsonl (one line a logged step), snapshots/ (the averaged weights every five CPU-minutes, for the curve), and
    fine/ with the state of a second part.
    """
    recipe, out = _recipe(name), Path(out)
    if steps is not None or cpu_minutes is not None:
        check_budget(steps, cpu_minutes)
    _make(out, resume)
    import torch

    from ..models.with_transformers import quiet
    from .fit import Fitted, fit
    from .publish import publish
    from .recording import Recorder
    from .state import STATE

    if resume and not (out / STATE).exists():
        report(f"{out} holds no {STATE} to go on from: a new run begins")
    torch.manual_seed(recipe.seed)
    with quiet(errors=True):
        model = recipe.build()
    if steps is None and cpu_minutes is None:
        steps = recipe.steps
    first, last = split(steps, cpu_minutes) if recipe.finish else ({"steps": steps, "cpu_minutes": cpu_minutes}, {})
    recipe = _planned(recipe, **first)
    scenes = Scenes(range(recipe.first_seed, recipe.first_seed + recipe.scenes))
    given: dict[str, Any] = {"batch_size": recipe.batch_size, "resume": resume}
    options, record = arguments(recipe.options), Recorder(out, report, part="coarse masks" if last else "")
    fitted = fit(model, scenes, **first, **given, seed=recipe.seed, out=out, on_event=record, **options)
    if recipe.finish and any(last.values()):
        # Each part has its state; a run that goes on in the second passes through the first, which is done.
        record = Recorder(out, report, steps=fitted.steps, cpu_minutes=fitted.cpu_minutes, part="fine masks")
        fine = recipe.finish(**last, batch_size=recipe.batch_size)
        options, part = arguments(fine), out / FINE
        ended = fit(model, scenes, **last, **given, seed=recipe.seed + 1, out=part, on_event=record, **options)
        recipe = replace(recipe, fine={"steps": ended.steps, "options": fine})
        fitted = Fitted(
            fitted.steps + ended.steps, fitted.cpu_minutes + ended.cpu_minutes, fitted.events + ended.events
        )
    with quiet(errors=True):
        return publish(recipe, model, fitted, out, *([recipe.configuration()] if recipe.configuration else []))


def _planned(recipe: Recipe, steps: int | None = None, cpu_minutes: float | None = None) -> Recipe:
    """The recipe with what the budget of its (first) part asks for."""
    if recipe.plan is None:
        return recipe
    planned = recipe.plan(steps=steps, cpu_minutes=cpu_minutes, batch_size=recipe.batch_size)
    return replace(recipe, scenes=planned.scenes, options={**planned.options, **recipe.options})


def _make(out: Path, resume: bool):
    """The folder of a run, before anything is computed; with `resume` it may hold what a run leaves, nothing else."""
    found = make_folder(out)
    if found and not resume:
        raise UserError(
            f"got the folder {out}, which is not empty, expected a new one: choose another, or --resume its run"
        )
    if found:
        from .state import STATE, UNFINISHED

        # A run that was stopped before its first state has left the other names alone, and begins again.
        if STATE not in found and found - {"log.jsonl", "snapshots", FINE, UNFINISHED}:
            raise UserError(
                f"got the folder {out} to go on with, which holds no {STATE}, expected that of an earlier run: "
                "choose its folder, or a new one"
            )
    make_folder(out / "snapshots")


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise UserError(f"got the recipe {name!r}, expected one of {', '.join(RECIPES)}: correct the name")
    return RECIPES[name]

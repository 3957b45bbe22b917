"""How each shipped checkpoint was made: architecture, data, budget. `segtutor train NAME --out FOLDER` repeats it.

Both models stand on the same backbone (a small ResNet, random start), see the same pictures and are trained by the same
loop; they differ in the type of their output and in the loss that follows from it. How a mask classifier's budget
decides the rest is in budgets.py; the card of a checkpoint holds what it was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.files import make_folder
from segtutor.segments import Segment, Segmentation
from segtutor.training.options import check_budget
from segtutor.training.recipes.boxes import ThingRows, build_mask_rcnn, publish_boxes
from segtutor.training.recipes.budgets import Plan, arguments, finish, plan, split

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
    rows: Callable[[Sequence], Sequence] | None = None  # scenes -> what is learned from, where not the scenes
    publish: Callable[..., dict] | None = None  # (recipe, model, fitted, out) -> card, in place of publish
    fine: dict = field(default_factory=dict)  # what the second part was, once it is done
    hidden: tuple[str, ...] = ()  # classes that are void in every training label
    processor: str = ""  # of toytown_processor, where it is not the family's
    backbone: str = ""  # where it comes from, in words, unless it begins at random
    half: bool = False  # whether the weights are written in half precision
    shipped: bool = True  # False: a step on the way to a checkpoint of the package, not one itself


class Scenes(Sequence):
    """ToyTown scenes as training rows, rendered when first asked for and then kept (64 kB each at 128 pixels).

    hidden: names of classes that the truth is silent about. Their pixels are void, so a loss neither rewards nor
    punishes what a network says there; the pictures stay as they are.
    """

    def __init__(self, seeds: Sequence[int], image_size: int = 128, hidden: Sequence[str] = ()):
        self._seeds, self._image_size = seeds, image_size
        self._hidden = {toytown.categories[toytown.categories.names.index(name)].id for name in hidden}
        self._kept: dict[int, tuple[np.ndarray, np.ndarray, list[Segment]]] = {}

    def __len__(self) -> int:
        return len(self._seeds)

    def __getitem__(self, i: int) -> dict:
        if i not in self._kept:
            if not 0 <= i < len(self):
                raise IndexError(f"scene must be 0 to {len(self) - 1}, got {i}")
            image, truth = toytown.scene(self._seeds[i], self._image_size).render()
            shown = [segment for segment in truth.segments if segment.category_id not in self._hidden]
            ids = np.where(np.isin(truth.segment_ids, [segment.id for segment in shown]), truth.segment_ids, 0)
            self._kept[i] = image, ids.astype(np.uint8), shown
        image, ids, segments = self._kept[i]
        return {"image": image, "segmentation": Segmentation(ids.astype(np.int32), list(segments), toytown.categories)}


def _labels() -> dict:
    names = toytown.categories.names
    return {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}


def build_mask2former():
    """Mask2Former for ToyTown, of this course's modules, random start; see toytown_networks.py."""
    from segtutor.training.recipes.networks import mask2former

    return mask2former(toytown.categories.names)


def mask2former_configuration() -> dict:
    """Its configuration, which `publish` makes a transformers model with."""
    from segtutor.training.recipes.networks import configuration

    return configuration(toytown.categories.names)


def build_upernet():
    """UPerNet (arXiv:1807.10221) on the same backbone, width 64, no auxiliary head; transformers' random start."""
    from transformers import AutoConfig, UperNetConfig, UperNetForSemanticSegmentation

    from segtutor.training.recipes.networks import BACKBONE

    given = {key: value for key, value in BACKBONE.items() if key != "model_type"}
    backbone = AutoConfig.for_model(BACKBONE["model_type"], **given)
    config = UperNetConfig(backbone_config=backbone, hidden_size=64, use_auxiliary_head=False, **_labels())
    return UperNetForSemanticSegmentation(config)


# Those of the recipes below whose weights come with the package; the others are there to be run.
TRAINED: tuple[str, ...] = ("fcn", "deeplab", "pspnet", "unet", "eomt", "oneformer", "segformer", "maskformer", "detr")


def _configured(make: str, *given: str) -> tuple[Callable, Callable]:
    """The `build` and `configuration` of a recipe, from a function of networks.py that gives a configuration."""

    def configuration() -> dict:
        from segtutor.training.recipes import networks

        return getattr(networks, make)(*given, toytown.categories.names)

    def build():
        from segtutor.training.recipes.networks import from_configuration

        return from_configuration(configuration())

    return build, configuration


def _mask(kind: str, **changed: Any) -> Recipe:
    """A mask classifier with the settings of mask2former-toytown's first part, in float32. options: beside those."""

    def build():
        from segtutor.training.recipes import networks

        return getattr(networks, kind)(toytown.categories.names)

    _, configuration = _configured(f"{kind}_configuration")
    options = {"precision": None, **changed.pop("options", {})}
    return Recipe(
        f"{kind}-toytown",
        "mask",
        build,
        configuration=configuration,
        plan=plan,
        batch_size=8,
        options=options,
        half=True,
        shipped=kind in TRAINED,
        **changed,
    )


def _per_pixel(kind: str) -> Recipe:
    """A per-pixel network with upernet-toytown's data, batch, steps and rates.

    upernet-toytown itself, and the three largest here, were trained in bfloat16 on a processor that has it, where a
    step takes 0.5 to 0.7 of float32's time; a processor without it takes seven times as long.
    """
    told = ("segformer_configuration",) if kind == "segformer" else ("per_pixel_configuration", kind)
    build, configuration = _configured(*told)
    precision = "bf16" if kind in ("unet", "pspnet", "deeplab") else None
    options = {"lr": 1.2e-3, "weight_decay": 0.05, "clip": 1.0, "ema": 0.998, "precision": precision}
    return Recipe(
        f"{kind}-toytown",
        "per-pixel",
        build,
        configuration=configuration,
        steps=6562,
        options=options,
        half=True,
        shipped=kind in TRAINED,
    )


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
    **{f"{kind}-toytown": _per_pixel(kind) for kind in ("fcn", "unet", "pspnet", "deeplab", "segformer")},
    "eomt-toytown": _mask(
        "eomt", steps=4500, processor="eomt"
    ),  # the masks go while it learns, so all of it is one part
    "maskformer-toytown": _mask("maskformer", steps=11_500, finish=finish),
    # As in the paper, boxes are matched and learned with the masks, and the backbone is taught beforehand. Here it also
    # stays as it is: the first 400 steps then learn more, and each takes less time.
    "detr-toytown": _mask(
        "detr",
        steps=8500,
        finish=finish,
        options={"terms": "detr", "freeze": "backbone"},
        backbone="of upernet-toytown, frozen",
        processor="detr",
    ),
    # The numbers of word pieces, up to 49407, enter the first layer of the task's token as they are: a step that suits
    # the other layers throws it about. At its random start it tells three sentences apart, which is all it has to.
    "oneformer-toytown": _mask(
        "oneformer", steps=3300, finish=finish, options={"tasks": "drawn", "freeze": "task_token"}
    ),
    "maskrcnn-toytown": Recipe(
        "maskrcnn-toytown",
        "boxes",
        build_mask_rcnn,
        scenes=1500,
        batch_size=4,
        steps=1500,
        options={
            "optimizer": "muon",
            "lr": 1.2e-3,
            "weight_decay": 0.05,
            "clip": 1.0,
            "ema": 0.986,
            "freeze": "backbone",
        },
        rows=ThingRows,
        publish=publish_boxes,
    ),
    # What the in-context networks stand on: three classes that no label ever names. In bfloat16 throughout; a processor
    # without bfloat16 of its own takes seven times as long.
    "mask2former-heldout-toytown": Recipe(
        "mask2former-heldout-toytown",
        "mask",
        build_mask2former,
        configuration=mask2former_configuration,
        plan=plan,
        finish=finish,
        batch_size=8,
        steps=8000,
        options={"precision": "bf16"},
        hidden=("cat", "boat", "road"),
        shipped=False,
    ),
}

# Recipes with a loop of their own: name -> "module:function", called with out, steps, cpu_minutes, resume, report.
OWN_LOOPS = {
    "clipseg-toytown": "segtutor.training.recipes.clipseg:run",
    "painter-toytown": "segtutor.training.recipes.in_context:run_painter",
    "sam-toytown": "segtutor.training.recipes.sam:run",
    "seggpt-toytown": "segtutor.training.recipes.in_context:run_seggpt",
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
    if name in OWN_LOOPS:
        module, function = OWN_LOOPS[name].split(":")
        train = getattr(import_module(module), function)
        return train(out=out, steps=steps, cpu_minutes=cpu_minutes, resume=resume, report=report)
    recipe, out = _recipe(name), Path(out)
    if steps is not None or cpu_minutes is not None:
        check_budget(steps, cpu_minutes)
    _make(out, resume)
    import torch

    from segtutor.models.with_transformers import quiet
    from segtutor.training.fit import Fitted, fit
    from segtutor.training.loop.recording import Recorder
    from segtutor.training.loop.state import STATE
    from segtutor.training.recipes.publish import publish

    if resume and not (out / STATE).exists():
        report(f"{out} holds no {STATE} to go on from: a new run begins")
    torch.manual_seed(recipe.seed)
    with quiet(errors=True):
        model = recipe.build()
    if steps is None and cpu_minutes is None:
        steps = recipe.steps
    first, last = split(steps, cpu_minutes) if recipe.finish else ({"steps": steps, "cpu_minutes": cpu_minutes}, {})
    chosen, recipe = recipe.options, _planned(recipe, **first)  # a plan is the first part's alone
    scenes: Sequence = Scenes(range(recipe.first_seed, recipe.first_seed + recipe.scenes), hidden=recipe.hidden)
    if recipe.rows is not None:
        scenes = recipe.rows(scenes)
    given: dict[str, Any] = {"batch_size": recipe.batch_size, "resume": resume}
    options, record = arguments(recipe.options), Recorder(out, report, part="coarse masks" if last else "")
    fitted = fit(model, scenes, **first, **given, seed=recipe.seed, out=out, on_event=record, **options)
    if recipe.finish and any(last.values()):
        # Each part has its state; a run that goes on in the second passes through the first, which is done.
        record = Recorder(out, report, steps=fitted.steps, cpu_minutes=fitted.cpu_minutes, part="fine masks")
        fine = {**recipe.finish(**last, batch_size=recipe.batch_size), **chosen}
        options, part = arguments(fine), out / FINE
        ended = fit(model, scenes, **last, **given, seed=recipe.seed + 1, out=part, on_event=record, **options)
        recipe = replace(recipe, fine={"steps": ended.steps, "options": fine})
        fitted = Fitted(
            fitted.steps + ended.steps, fitted.cpu_minutes + ended.cpu_minutes, fitted.events + ended.events
        )
    if recipe.publish is not None:
        return recipe.publish(recipe, model, fitted, out)
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
        raise UserError(f"the folder {out} is not empty: choose another, or --resume its run")
    if found:
        from segtutor.training.loop.folder import LOCK
        from segtutor.training.loop.state import STATE

        # A run that was stopped before its first state has left the other names alone, and begins again.
        left = {name for name in found if name.endswith(".part")} | {"log.jsonl", "snapshots", FINE, LOCK}
        if STATE not in found and found - left:
            raise UserError(
                f"the folder {out} holds no {STATE} of an earlier run to go on with: choose its folder, or start "
                "anew without --resume"
            )
    make_folder(out / "snapshots")


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise UserError(f"recipe must be one of {', '.join([*RECIPES, *OWN_LOOPS])}, got {name!r}")
    return RECIPES[name]

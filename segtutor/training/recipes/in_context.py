"""How seggpt-toytown and painter-toytown were made: painted pairs on frozen features, within minutes.

    segtutor train seggpt-toytown --out FOLDER         colours drawn anew for each pair
    segtutor train painter-toytown --out FOLDER        one colour a class

Both are the same network with the same budget, seed and pairs; only the colours differ. The frozen features have never
seen a label of the held-out classes: those of the shipped seggpt-toytown, which `segtutor train
mask2former-heldout-toytown` makes. episodes.py says what is learned from, evaluation/examples.py what is measured;
`add_seeds` measures trainings of several seeds beside each other.

Taught in notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.reference.losses.painting import smooth_l1
from segtutor.reference.toytown.features import ToyTownFeatures
from segtutor.reference.toytown.incontext import ToyTownInContext
from segtutor.training.fit import Fitted
from segtutor.training.loop.events import Clock
from segtutor.training.loop.recording import Recorder
from segtutor.training.loop.state import STATE
from segtutor.training.options import check_budget
from segtutor.training.recipes.episodes import ARMS, HELD_OUT, Episode, World, episode, stacked
from segtutor.training.recipes.prompt_loop import train_steps

NAMES = {"random": "seggpt-toytown", "fixed": "painter-toytown"}
BACKBONE = "mask2former-heldout-toytown"
SEED, STEPS = 0, 600
SCENES, FIRST_SEED = 1000, 1_500_000
BATCH, RATE, BETA = 12, 2e-3, 0.1
LEFT = {"log.jsonl", "snapshots", STATE}  # what an unfinished run leaves
PUBLISHED = {"config.json", "model.safetensors", "preprocessor_config.json", "card.json", "README.md"}


def run(
    arm: str = "random",
    *,
    out: str | Path,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    report: Callable[[str], Any] = print,
    backbone: str | Path | None = None,
    world: World | None = None,
    seed: int = SEED,
) -> dict[str, Any]:
    """Trains, and leaves a folder that `st.load` reads. -> its card. A budget of steps or CPU-minutes, by default 600.

    arm: "random" or "fixed" colours. out: a new or empty folder, or with resume=True that of an earlier run. backbone:
    the folder of a run of mask2former-heldout-toytown; by default the features of the shipped seggpt-toytown. world:
    scenes that were looked at with these features already. seed: of the random start and of the episodes.
    Raises UserError for a folder that holds something else, another arm, and another budget than numbers above 0.
    """
    if arm not in ARMS:
        raise UserError(f"arm (how colours are given) must be one of {', '.join(ARMS)}, got {arm!r}")
    out = Path(out)
    if steps is None and cpu_minutes is None:
        steps = STEPS
    check_budget(steps, cpu_minutes)
    found = make_folder(out)
    if found and not (resume and found <= LEFT | PUBLISHED):
        raise UserError(f"the folder {out} is not empty: choose another, or --resume a run")
    make_folder(out / "snapshots")
    clock = Clock()
    network = new_network(backbone, seed)
    if world is None:
        world = World.of(network.features, range(FIRST_SEED, FIRST_SEED + SCENES))
        report(f"{SCENES} scenes drawn and looked at, {clock.cpu_minutes:.1f} CPU-minutes")
    fitted = train_steps(
        network,
        lambda rng: batch_loss(network, world, [episode(world, rng, arm) for _ in range(BATCH)]),
        steps=steps,
        cpu_minutes=cpu_minutes,
        lr=RATE,
        seed=seed,
        out=out,
        resume=resume,
        record=Recorder(out, report),
        clock=clock,
    )
    from segtutor.training.evaluation.examples import evaluate_examples
    from segtutor.training.recipes.publish_prompts import publish

    measure = partial(evaluate_examples, size=VALIDATION_SCENES)
    features = _trained_features(backbone)
    return publish(network, out, _card(arm, fitted, seed, features), report, measure=measure)


run_seggpt = partial(run, "random")
run_painter = partial(run, "fixed")
VALIDATION_SCENES = 60  # each is asked for each of its classes, with one and with four examples


def add_seeds(random: Mapping[int, Path], fixed: Mapping[int, Path]) -> dict[str, Any]:
    """Compares finished runs that differ in their seed, and writes what was found into the cards of the least seed.

    random, fixed: folders of `run`, by seed, all on the same features. -> what over_seeds says.
    """
    from segtutor.data import toytown
    from segtutor.models import checks
    from segtutor.models.zoo import load
    from segtutor.training.evaluation.examples import SEED_SCENES, over_seeds

    drawn, kept = ({seed: load(str(folder)).model for seed, folder in by_seed.items()} for by_seed in (random, fixed))
    world = World.of(drawn[min(random)].features, list(toytown.seeds("validation", SEED_SCENES)))
    found = over_seeds(drawn, kept, world)
    for arm, folder in (("random", random[min(random)]), ("fixed", fixed[min(fixed)])):
        card = {**checks.read_json(folder / checks.CARD, str(folder)), "seeds": found[arm]}
        write_whole(folder / checks.CARD, (json.dumps(card, indent=1) + "\n").encode(), overwrite=True)
    return found


def new_network(backbone: str | Path | None = None, seed: int = SEED) -> ToyTownInContext:
    """A random network on frozen features: those of a trained backbone's folder, or of the shipped seggpt-toytown."""
    from segtutor.models.zoo import load

    torch.manual_seed(seed)
    network = ToyTownInContext()
    if backbone is None:
        network.features = load("seggpt-toytown").model.features
    else:
        network.features = ToyTownFeatures.of(load(str(backbone)).model)
    return network


def episode_loss(painted: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Smooth L1 of what is painted, colour and black weighted alike, so that a small thing is not drowned by black.

    painted: (B, 3, H / 2, W / 2); target: (B, 3, H, W); valid: (B, 1, H, W) float, 1 where the loss reads.
    """
    target, valid = F.avg_pool2d(target, 2), F.avg_pool2d(valid, 2)
    coloured = (target.amax(1, keepdim=True) > 0.02).float()
    weights = sum(
        0.5 * part * valid / ((part * valid).sum((1, 2, 3), keepdim=True) + 8) for part in (coloured, 1 - coloured)
    )
    return (smooth_l1(painted - target, BETA).mean(1, keepdim=True) * weights).sum((1, 2, 3)).mean()


def batch_loss(network: ToyTownInContext, world: World, episodes: Sequence[Episode]) -> Tensor:
    """The loss of some episodes, one prompt each."""
    before, after = (stacked([one.targets[i] for one in episodes]) for i in (0, 1))
    valid = torch.from_numpy(np.stack([one.valid for one in episodes]))[:, None].float()
    prompts, queries = world.look([one.prompt for one in episodes]), world.look([one.query for one in episodes])
    return episode_loss(network.paint(prompts, before, queries), after, valid)


def _trained_features(backbone: str | Path | None) -> dict[str, Any]:
    """What a card says of the features: the recipe's name, its steps and CPU-minutes."""
    from segtutor.models.zoo import cards, load

    if backbone is None:
        return cards()[NAMES["random"]]["training"]["backbone"]
    card = load(str(backbone)).card
    return {"recipe": card["recipe"], **{name: card["training"][name] for name in ("steps", "cpu_minutes")}}


def _card(arm: str, fitted: Fitted, seed: int, features: dict[str, Any]) -> dict[str, Any]:
    name = NAMES[arm]
    colours = "drawn anew for each pair" if arm == "random" else "one for each class"
    return {
        "name": name,
        "family": "prompt",
        "task": "a mask for examples: pictures with masks",
        "licence": "MIT",
        "recipe": f"segtutor train {name} --out FOLDER",
        "seed": seed,
        "data": {
            "world": "ToyTown, drawn by segtutor.data.toytown",
            "image_size": 128,
            "training_seeds": [FIRST_SEED, FIRST_SEED + SCENES - 1],
            "validation_seeds": [0, VALIDATION_SCENES - 1],
            "hidden_classes": list(HELD_OUT),
        },
        "of_the_paper": f"tasks as painted pictures, smooth L1 of the painted pixels, colours {colours}",
        "differs": "frozen features of a ToyTown network that never saw a label of the hidden classes; tied "
        "cross-attention and convolutions instead of one stitched ViT; several examples share one softmax instead of "
        "the feature ensemble",
        "training": {
            "steps": fitted.steps,
            "cpu_minutes": round(fitted.cpu_minutes, 1),
            "colours": arm,
            "batch": {"pairs": BATCH},
            "options": {"optimizer": "AdamW", "lr": RATE, "beta": BETA},
            "backbone": features,
            "machine": "one core, beside other work",
        },
    }

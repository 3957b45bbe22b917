"""How sam-toytown was made: a head on frozen features, asked as people ask, in a budget of CPU-minutes.

Each step draws 8 scenes and 6 prompts about each (clicks.py), asks, then mends the predictions with one or two more
clicks on the errors, the earlier mask beside them. A first click trains all three predictions (answer_sets.py) and, by
half, the one prediction; everything else trains the one. Each prediction also predicts its own IoU: with the mask that
is meant, of the three with the nearest of what the click can mean. Weights are averaged over the last steps.

    segtutor train sam-toytown --out FOLDER              rule="set"; "minimum" is the arm that fails
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.files import make_folder
from segtutor.reference.toytown.features import ToyTownFeatures
from segtutor.reference.toytown.sam import Encoded, ToyTownSam
from segtutor.training.fit import Fitted
from segtutor.training.loop.events import Clock
from segtutor.training.loop.recording import Recorder
from segtutor.training.loop.state import STATE
from segtutor.training.options import check_budget
from segtutor.training.recipes.answer_sets import minimum_loss, pair_ious, pair_losses, set_loss
from segtutor.training.recipes.clicks import Prompts, Regions, first_prompts, next_clicks
from segtutor.training.recipes.prompt_loop import train_steps

NAME, SEED, CPU_MINUTES = "sam-toytown", 0, 25.0
SCENES, FIRST_SEED = 1200, 1_500_000
PICTURES, PROMPTS = 8, 8  # of a step
MENDED = 2  # every second first prompt of a step is followed by corrections
EMA, LR = 0.99, 1.2e-3
RULES = ("set", "minimum")
LEFT = {"log.jsonl", "snapshots", STATE}  # what an unfinished run leaves
PUBLISHED = {"config.json", "model.safetensors", "preprocessor_config.json", "card.json", "README.md"}


def run(
    *,
    out: str | Path,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    report: Callable[[str], Any] = print,
    rule: str = "set",
    scenes: int = SCENES,
    measured: int = 500,
) -> dict[str, Any]:
    """Trains, and leaves a folder that `st.load` reads. -> its card. A budget of steps or CPU-minutes, by default 25.

    out: a new or empty folder, or with resume=True that of an earlier run, which goes on where it was saved (once a
    minute) and repeats its steps exactly. rule: how the three predictions of a click are trained, one of RULES. scenes:
    how many are drawn; measured: on how many of the validation split the card's figures are taken. CPU-minutes include
    drawing and encoding the scenes, which a resumed run does again.
    Raises UserError for a folder that holds something else, and another budget than numbers above 0.
    """
    from segtutor.training.evaluation.prompts import evaluate_clicks
    from segtutor.training.recipes.publish_prompts import publish

    out = Path(out)
    if rule not in RULES:
        raise UserError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
    if steps is None and cpu_minutes is None:
        cpu_minutes = CPU_MINUTES
    check_budget(steps, cpu_minutes)
    found = make_folder(out)
    if found and not (resume and found <= LEFT | PUBLISHED):
        raise UserError(f"the folder {out} is not empty: choose another, or --resume a run")
    make_folder(out / "snapshots")
    clock = Clock()
    network = new_network()
    regions = Regions(range(FIRST_SEED, FIRST_SEED + scenes), network.features)
    report(f"{scenes} scenes drawn and encoded, {clock.cpu_minutes:.1f} CPU-minutes")
    fitted = train_steps(
        network,
        lambda rng: step_loss(network, regions, rng, rule),
        steps=steps,
        cpu_minutes=cpu_minutes,
        lr=LR,
        optimizer="muon",
        ema=EMA,
        seed=SEED,
        out=out,
        resume=resume,
        record=Recorder(out, report),
        clock=clock,
    )
    card = _card(fitted, rule, scenes, measured)
    return publish(network, out, card, report, measure=lambda made: evaluate_clicks(made, size=measured))


def new_network(seed: int = SEED) -> ToyTownSam:
    """A random head on the features of the shipped mask2former-toytown."""
    from segtutor.models.zoo import load

    torch.manual_seed(seed)
    network = ToyTownSam()
    network.features = ToyTownFeatures.of(load("mask2former-toytown").model)
    return network


def step_loss(network: ToyTownSam, regions: Regions, rng: np.random.Generator, rule: str = "set") -> Tensor:
    """The loss of one step: first prompts, and one or two rounds of corrections of every second of them."""
    index = rng.integers(len(regions), size=PICTURES)
    prompts = first_prompts(regions, index, PROMPTS, rng)
    pictures = network.neck(regions.maps_of(index))
    image = Encoded(*(maps[torch.from_numpy(prompts.scene)] for maps in pictures))
    xy, kinds, mask = torch.from_numpy(prompts.xy), torch.from_numpy(prompts.kinds), None
    whole, truth = prompts.truth, _cells(prompts.truth[:, None])
    total, rounds = image.embedding.new_zeros(()), 3 if rng.random() < 0.4 else 2
    for turn in range(rounds):
        answers = network.answer(image, xy, kinds, mask, slice(None) if turn == 0 else slice(0, 1))
        single = answers.mask_logits[:, :1]
        off = (answers.scores[:, :1] - pair_ious(single, truth)[..., 0]) ** 2
        one = pair_losses(single, truth)[:, 0, 0]
        if turn == 0:
            total = total + _first(answers.mask_logits[:, 1:], answers.scores[:, 1:], one, truth, prompts, rule)
            is_box = torch.from_numpy(prompts.is_box)
            chosen = torch.where(is_box, 0, 1 + answers.scores[:, 1:].argmax(1))
        else:
            total = total + one.mean()
            chosen = torch.zeros(len(xy), dtype=torch.long)
        total = total + off.mean()
        if turn == rounds - 1:
            break
        logits = answers.mask_logits.detach()[torch.arange(len(xy)), chosen][:, None]
        if turn == 0:  # a first click teaches most, and costs as much as a correction
            logits, xy, kinds, truth, whole = (rows[::MENDED] for rows in (logits, xy, kinds, truth, whole))
            image = Encoded(*(maps[::MENDED] for maps in image))
        # The earlier mask is shown as the network was sure of it, or as a person hands it back: inside or outside.
        mask = logits.sign() if rng.random() < 0.5 else (logits / 2).tanh()
        fine = F.interpolate(logits, size=whole.shape[1:], mode="bilinear", align_corners=False)[:, 0] > 0
        more_xy, more_kinds = next_clicks(whole, fine.numpy(), rng)
        xy, kinds = torch.cat([xy, torch.from_numpy(more_xy)], 1), torch.cat([kinds, torch.from_numpy(more_kinds)], 1)
    return total / rounds


def _first(logits: Tensor, scores: Tensor, one: Tensor, truth: Tensor, prompts: Prompts, rule: str) -> Tensor:
    """The loss of the first prompts: of a box the one prediction; of a click all three and, by half, the one."""
    is_box, real = torch.from_numpy(prompts.is_box), torch.from_numpy(prompts.real)
    if rule == "set":
        meant = _cells(prompts.meant)
        three = set_loss(pair_losses(logits, meant), real)
        reached = (pair_ious(logits, meant) * real[:, None]).amax(-1)
    else:
        three = minimum_loss(pair_losses(logits, truth)[..., 0])
        reached = pair_ious(logits, truth)[..., 0]
    off = ((scores - reached) ** 2).mean(1)
    return torch.where(is_box, one, three + 0.5 * one + off).mean()


def _cells(masks: np.ndarray) -> Tensor:
    """(N, T, H, W) bool -> (N, T, H / 2, W / 2) float: the share of each cell that is inside."""
    return F.avg_pool2d(torch.from_numpy(masks).float(), 2)


def _card(done: Fitted, rule: str, scenes: int, measured: int) -> dict[str, Any]:
    return {
        "name": NAME,
        "family": "prompt",
        "task": "a mask for clicks and boxes",
        "licence": "MIT",
        "recipe": f"segtutor train {NAME} --out FOLDER",
        "seed": SEED,
        "data": {
            "world": "ToyTown, drawn by segtutor.data.toytown",
            "image_size": 128,
            "training_seeds": [FIRST_SEED, FIRST_SEED + scenes - 1],
            "validation_seeds": [0, toytown.seeds("validation", measured)[-1]],
        },
        "of_the_paper": "prompt encoder, two-way transformer, hyper-networks, IoU head, corrections by clicks",
        "differs": "frozen features of mask2former-toytown instead of a ViT; prompts read the maps under them; masks "
        f"of a click trained by the rule '{rule}'",
        "training": {
            "steps": done.steps,
            "cpu_minutes": round(done.cpu_minutes, 1),
            "rule": rule,
            "batch": {"pictures": PICTURES, "prompts_each": PROMPTS},
            "options": {"optimizer": "Muon", "lr": LR, "ema": EMA},
            "machine": "one core, beside other work",
        },
    }

"""How clipseg-toytown was made: words and examples on frozen features, within ten CPU-minutes.

    segtutor train clipseg-toytown --out FOLDER              layers=2; layers=0, a bag of words, is the arm that fails

The frozen half runs once for each scene; its maps are kept in memory (230 kB a scene in half precision). What is
trained has 0.23 million weights. phrases.py says what they learn from, evaluate_words.py what is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.files import make_folder
from segtutor.reference.toytown.clipseg import ToyTownClipSeg
from segtutor.reference.toytown.features import ToyTownFeatures
from segtutor.training.evaluation.words import SILENT
from segtutor.training.fit import MEAN, STD, Fitted
from segtutor.training.loop.events import Clock
from segtutor.training.loop.recording import Recorder
from segtutor.training.loop.state import STATE
from segtutor.training.options import check_budget
from segtutor.training.recipes.phrases import HELD_OUT, SHARES, drawn_scenes, step_loss
from segtutor.training.recipes.prompt_loop import train_steps
from segtutor.training.rows.targets import pixel_values

NAME, SEED, CPU_MINUTES = "clipseg-toytown", 0, 9.5
SCENES, FIRST_SEED = 2000, 1_600_000
PICTURES, PHRASES = 8, 16  # of a step; and an example for each picture
MUST_BE_SILENT, MOST_OFFSET = 0.88, 3.0  # see embolden
LEFT = {"log.jsonl", "snapshots", STATE}  # what an unfinished run leaves
PUBLISHED = {"config.json", "model.safetensors", "preprocessor_config.json", "card.json", "README.md"}


def run(
    *,
    out: str | Path,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    report: Callable[[str], Any] = print,
    layers: int = 2,
    scenes: int = SCENES,
) -> dict[str, Any]:
    """Trains, and leaves a folder that `st.load` reads. -> its card. A budget of steps or CPU-minutes, by default 9.5.

    out: a new or empty folder, or with resume=True that of an earlier run, which goes on where it was saved (once a
    minute) and repeats its steps exactly. layers: of the text side. CPU-minutes include drawing and encoding the
    scenes, which a resumed run does again.
    Raises UserError for a folder that holds something else, and another budget than numbers above 0.
    """
    from segtutor.training.evaluation.words import evaluate_words
    from segtutor.training.recipes.publish_prompts import VALIDATION_SCENES, publish

    out = Path(out)
    if steps is None and cpu_minutes is None:
        cpu_minutes = CPU_MINUTES
    check_budget(steps, cpu_minutes)
    found = make_folder(out)
    if found and not (resume and all(name in LEFT | PUBLISHED or name.endswith(".part") for name in found)):
        raise UserError(f"the folder {out} is not empty: choose another, or --resume a run")
    make_folder(out / "snapshots")
    clock = Clock()
    network = new_network(layers)
    drawn = drawn_scenes(network.features, range(FIRST_SEED, FIRST_SEED + scenes))
    report(f"{scenes} scenes drawn and encoded, {clock.cpu_minutes:.1f} CPU-minutes")
    fitted = train_steps(
        network,
        lambda rng: step_loss(network, drawn, rng, pictures=PICTURES, phrases=PHRASES),
        steps=steps,
        cpu_minutes=cpu_minutes,
        seed=SEED,
        out=out,
        resume=resume,
        record=Recorder(out, report),
        clock=clock,
    )
    offset = embolden(network)
    report(f"bias of the head raised by {offset}")
    card = _card(fitted, layers, scenes, offset)
    return publish(network, out, card, report, measure=lambda made: evaluate_words(made, size=VALIDATION_SCENES))


def new_network(layers: int = 2, seed: int = SEED) -> ToyTownClipSeg:
    """A random head on the features of the shipped mask2former-toytown."""
    from segtutor.models.zoo import load

    torch.manual_seed(seed)
    network = ToyTownClipSeg(layers=layers)
    network.features = ToyTownFeatures.of(load("mask2former-toytown").model)
    return network


def embolden(network: ToyTownClipSeg, scenes: int = 60) -> float:
    """Raises the bias of the head as far as silence allows, in place. -> by how much.

    Many phrases of the training are about what is not there, which makes the network cautious where it is not sure: of
    a mask that is right it leaves out the border. On the first scenes of the split "tuning" the bias is raised in steps
    of 0.25 as long as 88 % of the phrases whose kind is there, and in this colour is not, stay without a prediction.
    Pairs of HELD_OUT are not asked.
    """
    largest = []
    for seed in toytown.seeds("tuning", scenes):
        scene = toytown.scene(seed)
        picture, ids = scene.draw()
        seen = np.bincount(ids.ravel(), minlength=256) > 0
        there = {(t.colour, t.kind) for j, t in enumerate(scene.things) if seen[toytown.FIRST_THING + j]}
        said = [f"{colour} {kind}" for kind in sorted({kind for _, kind in there}) for colour in toytown.COLOURS]
        said = [phrase for phrase in said if tuple(phrase.split()) not in there | HELD_OUT]
        if said:
            with torch.no_grad():
                logits = network.ask_text(network.encode(pixel_values([picture], MEAN, STD)), said).mask_logits
            enlarged = F.interpolate(logits, size=ids.shape, mode="bilinear", align_corners=False)
            # the 30th largest decides whether there is a prediction
            largest += enlarged.flatten(1).topk(SILENT).values[:, -1].tolist()
    offset = 0.0
    while offset < MOST_OFFSET and np.mean(np.array(largest) + offset + 0.25 <= 0) >= MUST_BE_SILENT:
        offset += 0.25
    with torch.no_grad():
        network.head.bias += offset
    return offset


def _card(fitted: Fitted, layers: int, scenes: int, offset: float) -> dict[str, Any]:
    text = "a bag of words" if layers == 0 else f"{layers} Transformer layers over one number for each of 27 words"
    return {
        "name": NAME,
        "family": "prompt",
        "task": "a mask for a phrase of ToyTown, or for an example: a picture with a mask",
        "licence": "MIT",
        "recipe": f"segtutor train {NAME} --out FOLDER",
        "seed": SEED,
        "data": {
            "world": "ToyTown, drawn by segtutor.data.toytown",
            "image_size": 128,
            "training_seeds": [FIRST_SEED, FIRST_SEED + scenes - 1],
            "validation_seeds": [0, len(toytown.seeds("validation")) - 1],
            "never_in_a_phrase": sorted(" ".join(pair) for pair in HELD_OUT),
        },
        "of_the_paper": "frozen features; a phrase or an example becomes one vector; FiLM tells the decoder what to "
        "look for; one mask at threshold 0.5",
        "differs": f"features of mask2former-toytown instead of CLIP's; {text}, trained from nothing, instead of "
        "CLIP's text tower; a decoder of convolutions; an example is averaged inside its mask",
        "training": {
            "steps": fitted.steps,
            "cpu_minutes": round(fitted.cpu_minutes, 1),
            "layers": layers,
            "bias_raised_by": offset,
            "batch": {"pictures": PICTURES, "phrases_each": PHRASES, "examples_each": 1},
            "shares": SHARES,
            "options": {"optimizer": "AdamW", "lr": 2e-3},
            "machine": "one core, beside other work",
        },
    }

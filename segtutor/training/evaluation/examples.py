"""How well painted examples are understood, in percent: of classes that were taught, and of those that never were.

    example_iou(network, world, names, prompts=4)                    # of a network, features known: {name: 0..1}
    evaluate_examples(st.load("seggpt-toytown"), size=200)           # of a segmenter, as anybody would ask it
    over_seeds(random, fixed, world)                                 # of trainings that differ in their seed alone

What a network has to beat is the match of the same frozen features without any training (`cosine_match`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.reference.toytown.incontext import MARK, ToyTownInContext, cosine_match, nearer_to
from segtutor.training.recipes.episodes import (
    FEWEST,
    HELD_OUT,
    NAMES,
    TRAINED,
    World,
    anothers_colour,
    stacked,
    target_of,
)


@torch.no_grad()
def example_iou(
    network: ToyTownInContext | None,
    world: World,
    names: Sequence[str],
    *,
    prompts: int = 4,
    pairs: int = 20,
    seed: int = 5,
    colour: Callable[[int], Sequence[float]] = lambda index: MARK,
) -> dict[str, float]:
    """{class: mean IoU, 0..1}: `prompts` scenes that show a class painted in one colour, and a further one asked.

    network: None for the match of frozen features without training (`cosine_match`). pairs: questions a class, drawn
    from `seed`, the same for every network. colour: class -> the prompt's colour.
    """
    results = {}
    for name in names:
        index = NAMES.index(name)
        rng, ious = np.random.default_rng([seed, index]), []
        shade = torch.tensor(tuple(colour(index)), dtype=torch.float32)
        for _ in range(pairs):
            *before, asked = (int(i) for i in rng.choice(world.showing(index), prompts + 1, replace=False))
            targets = stacked([target_of(world, i, {index: shade.numpy()}) for i in before])
            if network is None:
                painted = cosine_match(world.look(before), targets, world.look([asked]))
            else:
                painted = network.paint(world.look(before), targets, world.look([asked]), prompts)
            truth = world.classes[asked] == index
            large = F.interpolate(painted, size=truth.shape, mode="bilinear", align_corners=False)
            answer = (nearer_to(shade, large) > 0)[0, 0].numpy()
            ious.append((answer & truth).sum() / max(1, (answer | truth).sum()))
        results[name] = float(np.mean(ious))
    return results


def evaluate_examples(
    segmenter: Any, *, split: str = "validation", size: int = 500, progress: Callable[[int], Any] | None = None
) -> dict[str, float]:
    """Mean IoU in percent of questions with one and with four examples; each scene asks for each class that it shows.

    example_iou: four examples, all classes; example_iou_trained and example_iou_held_out: of TRAINED and HELD_OUT;
    example1_iou and its two: with one example; example_iou_cat, ...: each class, four examples. Examples are the next
    scenes of the split that show the class. A class that too few scenes show is left out.
    segmenter: a PromptSegmenter that takes examples. size: scenes of the split. progress: called with scenes done.
    """
    if "example" not in segmenter.accepts:
        raise UserError(f"{segmenter.name} takes no example: use a model that does, such as seggpt-toytown")
    drawn = [toytown.scene(seed).render() for seed in toytown.seeds(split, size)]
    labels = [truth.semantic() for _, truth in drawn]
    present = np.array([[(one == i).sum() > FEWEST for i in range(len(NAMES))] for one in labels])
    found: dict[tuple[int, str], list[float]] = {}
    for number, (image, _) in enumerate(drawn):
        segmenter.set_image(image)
        for index in np.flatnonzero(present[number]):
            others = [i for i in np.roll(np.arange(len(drawn)), -number - 1)[:-1] if present[i, index]][:4]
            if len(others) < 4:
                continue
            examples = [(drawn[i][0], labels[i] == index) for i in others]
            for count in (1, 4):
                answer = segmenter.predict(example=examples[:count])
                mask = answer.masks[0] if len(answer.masks) else np.zeros(image.shape[:2], bool)
                truth = labels[number] == index
                iou = (mask & truth).sum() / (mask | truth).sum()
                found.setdefault((count, NAMES[index]), []).append(float(iou))
        if progress is not None:
            progress(number + 1)

    def mean(count: int, names: Sequence[str]) -> float | None:
        values = [np.mean(found[count, name]) for name in names if (count, name) in found]
        return round(100 * float(np.mean(values)), 2) if values else None

    groups = {"": NAMES, "_trained": TRAINED, "_held_out": HELD_OUT}
    report = {f"example_iou{group}": mean(4, names) for group, names in groups.items()}
    report |= {f"example1_iou{group}": mean(1, names) for group, names in groups.items()}
    return report | {f"example_iou_{name}": mean(4, [name]) for name in NAMES}


SEED_SCENES, SEED_PAIRS = 200, 40  # of the validation split, and questions a class


def over_seeds(
    random: Mapping[int, ToyTownInContext], fixed: Mapping[int, ToyTownInContext], world: World
) -> dict[str, dict[str, dict[str, float]]]:
    """What the cards of seggpt-toytown and painter-toytown say of several trainings, in points of IoU.

    random, fixed: networks by their seed, the same seeds, trained with colours drawn anew and with fixed ones, on the
    same features, with which the `world` was looked at (its first 200 validation scenes, for the cards).
    -> {"random": {seed: {"held_out", "above_match"}}, "fixed": {seed: {"anothers_colour", "behind_random"}}}:
    held-out classes from four examples, and how far that is above the match without training; taught classes from one
    example in another class's colour, and how far that is behind the network of random colours.
    """
    if set(random) != set(fixed):
        raise ValueError(f"both must have the same seeds, got {sorted(random)} and {sorted(fixed)}")
    match = _mean(example_iou(None, world, HELD_OUT, pairs=SEED_PAIRS))
    found: dict[str, dict[str, dict[str, float]]] = {"random": {}, "fixed": {}}
    for seed, network in random.items():
        held_out = _mean(example_iou(network, world, HELD_OUT, pairs=SEED_PAIRS))
        behind, ahead = (
            _mean(example_iou(one, world, TRAINED, prompts=1, pairs=SEED_PAIRS, colour=anothers_colour))
            for one in (fixed[seed], network)
        )
        found["random"][str(seed)] = {"held_out": round(held_out, 2), "above_match": round(held_out - match, 2)}
        found["fixed"][str(seed)] = {
            "anothers_colour": round(behind, 2),
            "behind_random": round(ahead - behind, 2),
        }
    return found


def _mean(scores: Mapping[str, float]) -> float:
    return 100 * float(np.mean(list(scores.values())))

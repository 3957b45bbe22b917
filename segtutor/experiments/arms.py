"""Arms: what is trained in an experiment. Two arms of a claim differ in one field of this table.

An arm is a small value; its name says what differs from the base arm (a mask classifier for panoptic segmentation
with 15 classes), so an arm that several claims ask for is trained once. `build` makes the network, `options` what the
training loop is told, `scenes` what it learns from.

    Arm()                                       the base arm, "mask"
    Arm(masked=False)                           "mask,masked=no": cross-attention everywhere
    Arm("pixel+", truth="semantic", classes=40) PerPixelBaseline+, 40 queries for 40 classes

Every arm has the same budget: 400 steps of 8 pictures, one learning rate and schedule (claim 12 has its own, shorter;
the arms of registered claims have what register.toml says).
The rate was chosen once, before any claim was looked at, from a table that a prototype of the base arm had left; it
is no arm's own best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from segtutor.experiments.criteria import Supervised, cross_entropy_of_layers, mask_losses_per_class
from segtutor.experiments.networks import CoarseLevels, PixelHead, PixelQueries, WithBoxes, mask2former
from segtutor.experiments.scenes import SIZE, TRAIN_SCENES, train_scenes
from segtutor.experiments.seams import SeamRows, with_seam
from segtutor.reference.losses.criterion import LossWeights, Recipe
from segtutor.reference.losses.fixed_matching import fixed_match
from segtutor.reference.losses.matcher import MatchingWeights
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling, Sampling
from segtutor.training.loop.schedules import warmup_then_linear
from segtutor.training.rows.augment import Augment, flip_and_tint

STEPS, BATCH = 400, 8
JITTER = (0.5, 2.0)  # as in the papers' semantic trainings (MaskFormer, arXiv:2107.06278, section 4.1)
POINTS = 576  # of 96 x 96 pixels, 1 in 16; Mask2Former's 12544 are 1 in 84 of 1024 x 1024


@dataclass(frozen=True)
class Arm:
    """formulation: "mask", "pixel" (a linear classifier a pixel) or "pixel+" (queries that are classes).

    truth: "panoptic" (a mask a thing) or "semantic" (a mask a class). classes: K, see scenes.py.
    queries, layers: of the decoder. masked: masked attention. levels: the maps that the decoder reads, "all" or
    "coarse". compared: where mask losses are read, "grid" (that of the logits), "points" or "full" masks.
    losses: of "pixel+", "cross-entropy" or "masks". matching: "bipartite", "fixed", or with a box head "by box" or
    "by mask". initial, earlier: whether the initial queries' prediction and any but the last are supervised.
    start: "random" or "shipped", the weights of mask2former-toytown but for its class head. frozen: parts that stay.
    seams: of "pixel", whether it has one class more, for the borders of touching things (seams.py).
    images, steps: how many scenes are there to learn from (None: all), and how many steps.
    precision: "bf16" trains in bfloat16 where that is safe, None in float32; measured is in float32 always.
    jitter: whether pictures are scaled by a factor of JITTER and cut, before they are learned from.
    """

    formulation: str = "mask"
    truth: str = "panoptic"
    classes: int = 15
    queries: int = 24
    layers: int = 3
    masked: bool = True
    levels: str = "all"
    compared: str = "grid"
    losses: str = "cross-entropy"
    matching: str = "bipartite"
    initial: bool = True
    earlier: bool = True
    start: str = "random"
    frozen: tuple[str, ...] = ()
    seams: bool = False
    images: int | None = None
    steps: int = STEPS
    precision: str | None = None
    jitter: bool = False

    @property
    def name(self) -> str:
        """The formulation, and each field that is not the base arm's: "mask,masked=no"."""
        parts = [self.formulation]
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                shown = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
                parts.append(f"{field.name}={'+'.join(shown) if isinstance(shown, tuple) else shown}")
        return ",".join(parts)

    @property
    def semantic(self) -> bool:
        return self.truth == "semantic"


def build(arm: Arm, seed: int) -> nn.Module:
    """The network of an arm. seed: of its random start."""
    torch.manual_seed(seed)
    if arm.formulation == "pixel":
        return PixelHead(arm.classes + arm.seams)
    kind = {"by box": WithBoxes, "by mask": WithBoxes}.get(
        arm.matching, CoarseLevels if arm.levels == "coarse" else None
    )
    if arm.formulation == "pixel+":
        model = mask2former(arm.classes, queries=arm.classes, layers=arm.layers, kind=PixelQueries)
        del model.class_head  # no query has a class to say
    else:
        model = mask2former(arm.classes, queries=arm.queries, layers=arm.layers, kind=kind)
    for layer in model.decoder.layers:
        layer.masked = arm.masked
    if arm.start == "shipped":
        _take_over(model)
    return model


def _take_over(model: nn.Module):
    """The weights of mask2former-toytown, but for the class head, which knows other classes."""
    from segtutor.models.zoo import load

    weights = load("mask2former-toytown").model.state_dict()
    kept = {name: value for name, value in weights.items() if not name.startswith("class_head.")}
    missing = model.load_state_dict(kept, strict=False).missing_keys
    if any(not name.startswith("class_head.") for name in missing):
        raise ValueError(
            f"weights for {missing[0]} are missing, all but the class head must be there: compare the two networks"
        )


def criterion(arm: Arm) -> Any:
    """What st.fit is given as its loss."""
    if arm.formulation == "pixel":
        return None
    if arm.formulation == "pixel+":
        return {"cross-entropy": cross_entropy_of_layers, "masks": mask_losses_per_class}[arm.losses]
    grid = Grid((SIZE // 4, SIZE // 4))
    readings: dict[str, Sampling] = {"grid": grid, "points": PointSampling(POINTS, 3.0, 0.75), "full": FullMasks()}
    by_box = MatchingWeights(class_=2, bce=0, dice=0, box_l1=5, giou=2)
    with_boxes = arm.matching.startswith("by ")
    recipe = Recipe(
        matching=by_box if arm.matching == "by box" else MatchingWeights(),
        loss=LossWeights(box_l1=5, giou=2) if with_boxes else LossWeights(),
        points=readings[arm.compared],
    )
    match = fixed_match if arm.matching == "fixed" else None
    return Supervised(recipe, initial=arm.initial, earlier=arm.earlier, match=match)


def scenes(arm: Arm, seed: int, folder: str | Path, most: int = TRAIN_SCENES) -> Sequence[dict]:
    """What an arm learns from. Of few scenes the seed says which, for all arms the same. most: of all scenes."""
    every = train_scenes(folder, count=arm.classes, merged=arm.semantic, scenes=most)
    chosen = every if arm.images is None else Part(every, range(arm.images * seed, arm.images * (seed + 1)))
    return SeamRows(chosen, with_seam(every.categories)) if arm.seams else chosen


@dataclass(frozen=True)
class Part(Sequence):
    """Some rows of a sequence."""

    rows: Sequence[dict]
    places: range

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, i: int) -> dict:
        return self.rows[self.places[i]]


def options(arm: Arm, seed: int) -> dict[str, Any]:
    """The other arguments of st.fit: the same for all arms but for what the arm itself says."""
    return {
        "steps": arm.steps,
        "batch_size": BATCH,
        "lr": 1e-3,
        "weight_decay": 0.05,
        "clip": 1.0,
        "ema": 0.99,
        "schedule": partial(warmup_then_linear, warmup_steps=60),
        "freeze": arm.frozen,
        "augment": Augment(SIZE, JITTER) if arm.jitter else flip_and_tint,
        "precision": arm.precision,
        "loss": criterion(arm),
        "seed": seed,
    }

"""Claim 14: losses on every decoder layer help.

Each layer refines the last one's masks; a loss on every layer gives each its own task, and shortens the way of the
gradient (DETR, arXiv:2005.12872, section 3.2; MaskFormer and Mask2Former, "auxiliary losses"). In Mask2Former a
layer's masks also decide where the next one looks.

Both arms are one network; in the second only the last prediction has a loss, so that masks of the earlier ones, the
initial queries' too, are not asked to be any good.

The effects: PQ in the end, and its mean over the training.
"""

from __future__ import annotations

import numpy as np

from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import curves
from segtutor.experiments.statistics import Effect

ARMS = {"every layer": Arm(), "last layer alone": Arm(earlier=False)}


def effects(runs: Runs, extra: dict) -> list[Effect]:
    every, last = ARMS.values()
    final = runs.measured(every, "pq") - runs.measured(last, "pq")
    during = np.column_stack([runs.curve(every)[1] - runs.curve(last)[1], final]).mean(axis=1)
    return [
        Effect("PQ, loss on every layer minus last", tuple(final)),
        Effect("PQ on the way, every layer minus last", tuple(during)),
    ]


def figure(runs: Runs, extra: dict):
    return curves(runs, ARMS, "pq", "PQ", "A loss on every layer, and on the last alone")


CLAIM = Claim(
    number=14,
    name="auxiliary-losses",
    says="Losses on every decoder layer help.",
    source="DETR, arXiv:2005.12872, section 3.2, and MaskFormer and Mask2Former, which keep them",
    arms=ARMS,
    effects=effects,
    figure=figure,
    remark="No difference at this budget: losses on every layer are behind on the way and level in the end, and "
    "in mIoU the arm with the last loss alone is ahead in every seed, by 3 to 5. Three layers are "
    "shallow; the papers' decoders have six and nine, where gradients from the end alone come late. The "
    "supervised layers do have better masks: without, the initial queries cover half to two thirds as "
    "many segments.",
)

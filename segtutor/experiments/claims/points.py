"""Claim 8: a loss on sampled points is as good as one on whole masks, with a fraction of the memory.

Masks are compared at 12544 random points, not at all pixels of a large picture (Mask2Former, arXiv:2112.01527,
section 3.3; training memory 18 GB -> 6 GB). Most points lie where the prediction is least certain.

The arms differ in where the loss compares: at 576 points (1 in 16 of 96 x 96 pixels), or in all pixels. The course's
own default, the grid of the logits, stands beside them.

The effect is the difference in PQ, expected to stay within two points. `extra` counts the bytes that the loss keeps
for its backward pass: of one batch of these arms, and with the paper's sizes, where the share is what the claim is
about.
"""

from __future__ import annotations

from pathlib import Path

from segtutor.experiments.arms import BATCH, POINTS, Arm, build
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import dots
from segtutor.experiments.memory import kept_bytes, published_setting
from segtutor.experiments.scenes import SIZE, validation_scenes
from segtutor.experiments.statistics import Effect
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling, Sampling
from segtutor.training.fit import MEAN, STD
from segtutor.training.rows.targets import pixel_values, targets_of

ARMS = {"points": Arm(compared="points"), "full masks": Arm(compared="full"), "grid": Arm()}


def effects(runs: Runs, extra: dict) -> list[Effect]:
    difference = runs.measured(ARMS["points"], "pq") - runs.measured(ARMS["full masks"], "pq")
    return [Effect("PQ, points minus full masks", tuple(difference), "same", margin=2)]


def extra(folder: Path, runs: Runs) -> dict:
    """{"bytes": of one batch of these arms, "bytes_published": of one picture with the paper's sizes}, by arm."""
    rows = validation_scenes(Path(folder) / "scenes", scenes=runs.validation)
    batch = [rows[i] for i in range(BATCH)]
    output = build(Arm(), 0)(pixel_values([row["image"] for row in batch], MEAN, STD))
    targets = [targets_of(row) for row in batch]
    readings: dict[str, Sampling] = {
        "points": PointSampling(POINTS, 3.0, 0.75),
        "full masks": FullMasks(),
        "grid": Grid((SIZE // 4, SIZE // 4)),
    }
    published = published_setting()
    published["full masks"] = published.pop("full")
    return {
        "bytes": {name: kept_bytes(output, targets, reading) for name, reading in readings.items()},
        "bytes_published": {name: published[name] for name in readings},
    }


def figure(runs: Runs, extra: dict):
    panels: dict[str, dict] = {
        "PQ, %": {name: runs.measured(arm, "pq") for name, arm in ARMS.items() if arm in runs.arms}
    }
    for what, key in (("MB for backward", "bytes"), ("MB, the paper's sizes", "bytes_published")):
        if extra:
            panels[what] = {name: [extra[key][name] / 1e6] for name in panels["PQ, %"]}
    return dots(panels, title="Where masks are compared")


CLAIM = Claim(
    number=8,
    name="points",
    says="A loss on sampled points is as good as on whole masks, with a fraction of the memory.",
    source="Mask2Former, arXiv:2112.01527, section 3.3: 18 GB -> 6 GB of training memory",
    arms=ARMS,
    quick={name: ARMS[name] for name in ("points", "full masks")},
    effects=effects,
    extra=extra,
    figure=figure,
    remark="Equal within the seeds' scatter, with an interval wider than the margin of 2 points, so the equality "
    "is not proved. The memory needs no statistics: the loss keeps a seventh of the bytes of whole masks "
    "at 96 x 96 pixels, and 4 % at the paper's setting. The course's own default, a grid of the logits' "
    "cells, keeps less than half of the points' bytes at 96 pixels, and more than five times as many at "
    "the paper's size: which is better depends on the size of the picture.",
)

"""Claim 12: with few pictures, start from trained weights and freeze what sees.

What a backbone and a pixel decoder have learned to see serves other classes too; with few pictures, training them again
can only lose it. (Common practice, as in DETR's and Mask2Former's repositories for own data; no table of the papers.)

New classes for old pictures: things are named by their colour alone ("red thing"), 13 classes in all. From 8, 32 or
128 scenes, each arm learns for 150 steps: from the weights of mask2former-toytown with backbone and pixel decoder
frozen, from these weights with all parts training, or from a random start. The class head is new in all of them.

The effects: PQ of frozen minus random start, mean over 8, 32 and 128 scenes; frozen minus all training, with 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.statistics import Effect

IMAGES = (8, 32, 128)
PARTS = ("backbone", "pixel_decoder")
SHARED: dict[str, Any] = {"classes": 13, "steps": 150}
FROZEN, TRAINED, RANDOM = (
    {n: Arm(images=n, **SHARED, **start) for n in IMAGES}
    for start in ({"start": "shipped", "frozen": PARTS}, {"start": "shipped"}, {})
)
SERIES = {"trained before, frozen": FROZEN, "trained before, all parts train": TRAINED, "from a random start": RANDOM}
ARMS = {f"{name}, {n} scenes": arms[n] for n in IMAGES for name, arms in SERIES.items()}


def _known(runs: Runs) -> list[int]:
    """The numbers of scenes of which all three arms are there: all, or those of --quick."""
    return [n for n in IMAGES if all(arms[n] in runs.arms for arms in SERIES.values())]


def effects(runs: Runs, extra: dict) -> list[Effect]:
    known = _known(runs)
    scratch = np.mean([runs.measured(FROZEN[n], "pq") - runs.measured(RANDOM[n], "pq") for n in known], axis=0)
    few = runs.measured(FROZEN[known[0]], "pq") - runs.measured(TRAINED[known[0]], "pq")
    return [
        Effect("PQ, frozen minus random start", tuple(scratch)),
        Effect(f"PQ, frozen minus all parts training, {known[0]} scenes", tuple(few)),
    ]


def figure(runs: Runs, extra: dict):
    known = _known(runs)
    series = {
        name: (known, np.column_stack([runs.measured(arms[n], "pq") for n in known])) for name, arms in SERIES.items()
    }
    return over(series, x="scenes to learn from", y="PQ, %", title="New classes from few scenes", ticks=known)


CLAIM = Claim(
    number=12,
    name="fine-tuning",
    says="From few pictures, trained weights with backbone and pixel decoder frozen beat training from scratch.",
    source="common practice; no table of the papers",
    arms=ARMS,
    quick={f"{name}, 8 scenes": arms[8] for name, arms in SERIES.items()},
    effects=effects,
    figure=figure,
    remark="Eight scenes with a trained backbone beat 128 from a random start, in every seed. Between freezing the "
    "backbone and the pixel decoder and training everything there is no difference that three seeds can "
    "tell, at 8, 32 or 128 scenes, but frozen parts cost little more than half the CPU-minutes. The backbone "
    "was trained on this very world: with another world before, less is to be expected. The rate was the "
    "same for all arms; training everything may want a smaller one. The trained weights were those that "
    "mask2former-toytown had then, with 88.75 PQ and a weights_sha256 in their card that begins with d1a8a1fc; "
    "a repetition starts from those that it has now.",
)

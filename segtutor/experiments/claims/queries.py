"""Claim 9: queries: too few, enough, too many.

A picture with more segments than queries cannot be answered; beyond that, more queries compete for the same segments.
MaskFormer (arXiv:2107.06278, section 4.3; ADE20K, mIoU) with 20, 50, 100, 150, 300 and 1000 queries: 42.9, 43.9,
44.5, 44.2, 43.5, 35.4.

Three arms with 8, 24 and 100 queries. A ToyTown scene has 4 to 14 segments, so 8 are too few for many, 24 enough for
all; 100 are too many in the paper's sense if they do worse than 24.

The effects: PQ with 24 minus 8, and with 24 minus 100.
"""

from __future__ import annotations

import numpy as np

from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.statistics import Effect

ARMS = {"8": Arm(queries=8), "24": Arm(), "100": Arm(queries=100)}


def effects(runs: Runs, extra: dict) -> list[Effect]:
    enough = runs.measured(ARMS["24"], "pq")
    return [
        Effect(f"PQ, 24 minus {name} queries", tuple(enough - runs.measured(ARMS[name], "pq")))
        for name in ("8", "100")
        if ARMS[name] in runs.arms
    ]


def figure(runs: Runs, extra: dict):
    known = {int(name): arm for name, arm in ARMS.items() if arm in runs.arms}
    asked = {"PQ": "pq", "PQ of things": "pq_things", "PQ of stuff": "pq_stuff"}
    series = {
        name: (list(known), np.column_stack([runs.measured(arm, key) for arm in known.values()]))
        for name, key in asked.items()
    }
    return over(series, x="queries", y="score, %", title="Too few queries, enough, too many", ticks=list(known))


CLAIM = Claim(
    number=9,
    name="queries",
    says="There are too few queries, enough, and too many.",
    source="MaskFormer, arXiv:2107.06278, section 4.3: mIoU 42.9 with 20 queries, 44.5 with 100, 43.5 with 300, "
    "35.4 with 1000",
    arms=ARMS,
    quick={name: ARMS[name] for name in ("8", "24")},
    effects=effects,
    figure=figure,
    remark="Eight queries are too few for up to 14 segments, and 100 are worse than 24 at this budget: most of "
    'them learn to say "no object", and the others have less practice. In MaskFormer\'s own table the fall '
    "begins at 300. More queries cover more segments with some mask (claim 10's measure), but fewer with "
    "the right class.",
)

"""Claim 10: supervised initial queries act as proposals.

Mask2Former's queries are learned, and predict masks before the first layer has looked at the picture; that prediction
is supervised too (arXiv:2112.01527, section 3.2.3, which compares them with a region proposal network). Without
learnable queries PQ falls from 51.9 to 51.2.

Both arms have learned queries. In the second the initial prediction has no loss: it still decides where the first
layer looks, but nothing asks it to cover anything. (The paper's own ablation also takes the learned features away.)

The effects: the share of true segments that some initial mask covers with IoU > 1/2, whatever its class; and PQ.
"""

from __future__ import annotations

from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.statistics import Effect

ARMS = {"supervised": Arm(), "not supervised": Arm(initial=False)}


def effects(runs: Runs, extra: dict) -> list[Effect]:
    with_loss, without = (runs.measured(arm, "proposals")[:, 0] for arm in ARMS.values())
    pq = runs.measured(ARMS["supervised"], "pq") - runs.measured(ARMS["not supervised"], "pq")
    return [
        Effect("initial recall, supervised minus not", tuple(with_loss - without)),
        Effect("PQ, supervised minus not", tuple(pq)),
    ]


def figure(runs: Runs, extra: dict):
    series = {name: (range(Arm().layers + 1), runs.measured(arm, "proposals")) for name, arm in ARMS.items()}
    places = range(Arm().layers + 1)
    x = "decoder layers before the prediction (0: initial queries)"
    return over(series, x=x, y="segments covered, %", title="Segments that some mask covers", ticks=places, log=False)


CLAIM = Claim(
    number=10,
    name="proposals",
    says="Supervised initial queries act as region proposals.",
    source="Mask2Former, arXiv:2112.01527, section 3.2.3: 51.9 PQ with learnable queries, 51.2 without",
    arms=ARMS,
    effects=effects,
    figure=figure,
    remark="Supervised initial queries cover two thirds of the segments before they have seen the picture: they "
    "are layouts, learned over all scenes, and act as proposals. Without that supervision the first layer "
    "makes up for most of it, and the final PQ does not differ by more than the seeds do. So the "
    "proposals are real, and at this budget not needed.",
)

"""Claim 1: the gain of mask over per-pixel classification grows with the number of classes.

A per-pixel classifier says one of K classes in every pixel; a mask classifier says it once a mask, and its queries
need not grow with K. MaskFormer (arXiv:2107.06278, table 2, mIoU with a ResNet-50): against PerPixelBaseline+ the
gain is +0.0 with 19 classes (Cityscapes, ResNet-101), +2.6 with 150, +2.9 with 171 and +2.1 with 847. (The table's
17.4 for the last contradicts the paper's own table of queries and its model zoo, which say 16.0; +2.1 is of the
latter.)

The paper changes data set, pictures and K together. Here the pictures stay, and only the names get finer: 5, 15, 40
and 80 classes of the same ToyTown. Both arms of a K are one network, trained on one mask a class; PerPixelBaseline+
has K queries that are the classes and softmax over them in each pixel, the mask classifier 40 queries that are
matched.

The effect is the slope of the gain over log2 K, fitted by least squares for each seed; then the gain at the largest
K.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.register import Entry, entry
from segtutor.experiments.statistics import Effect

COUNTS = (5, 15, 40, 80)
PIXEL = {k: Arm("pixel+", truth="semantic", masked=False, classes=k) for k in COUNTS}
MASK = {k: Arm(truth="semantic", masked=False, queries=40, classes=k) for k in COUNTS}
ARMS = {f"{name}, {k} classes": arms[k] for k in COUNTS for name, arms in (("per pixel", PIXEL), ("masks", MASK))}


def counts(runs: Runs) -> list[int]:
    """The numbers of classes of which both arms are there: all, or those of --quick."""
    return [k for k in COUNTS if PIXEL[k] in runs.arms and MASK[k] in runs.arms]


def gains(runs: Runs) -> np.ndarray:
    """(seeds, numbers of classes): mIoU of masks minus that of pixels."""
    return np.column_stack([runs.measured(MASK[k], "miou") - runs.measured(PIXEL[k], "miou") for k in counts(runs)])


def effects(runs: Runs, extra: dict) -> list[Effect]:
    found = gains(runs)
    slopes = np.polyfit(np.log2(counts(runs)), found.T, 1)[0]  # one a seed
    most = counts(runs)[-1]
    return [
        Effect("mIoU gain per doubling of classes", tuple(slopes)),
        Effect(f"mIoU, masks minus per pixel, {most} classes", tuple(found[:, -1])),
    ]


def figure(runs: Runs, extra: dict):
    known = counts(runs)
    series = {
        name: (known, np.column_stack([runs.measured(arms[k], "miou") for k in known]))
        for name, arms in (("PerPixelBaseline+", PIXEL), ("mask classification", MASK))
    }
    title = "The same pictures, named more and more finely"
    return over(series, x="number of classes", y="mIoU, %", title=title, ticks=known)


CLAIM = Claim(
    number=1,
    name="class-count",
    says="The gain of mask over per-pixel classification grows with the number of classes.",
    source="MaskFormer, arXiv:2107.06278, table 2: +0.0 mIoU with 19 classes, +2.6 with 150, +2.9 with 171, "
    "+2.1 with 847 (from the model zoo's 16.0)",
    arms=ARMS,
    quick={name: arm for name, arm in ARMS.items() if arm.classes in (5, 40)},
    effects=effects,
    figure=figure,
    remark="At this budget (400 steps, 3200 pictures) the opposite: the two are level with 5 classes, and masks "
    "fall behind as classes are added. A picture gives PerPixelBaseline+ a label in each of its 9216 "
    "pixels, but a mask classifier only about seven matched queries, one label each; with 80 classes that "
    "is a few hundred lessons a class. The claim is about trained networks: MaskFormer's have 160,000 "
    "steps of 16 pictures behind a pre-trained backbone. So this shows what claim 11 says (masks begin "
    "slowly), and does not test whether the gain comes later. Nor is equal budget equal cost: "
    "cross-entropy over 80 classes in every pixel takes two and a half times the CPU-minutes of the "
    "masks.",
)


def _long(name: str, few: int, many: int, shown: Sequence[int]) -> Claim:
    """A registered claim of two numbers of classes. shown: those whose gain is an effect of its own."""
    registered: Entry = entry(name)
    arms = registered.longer({name: arm for name, arm in ARMS.items() if arm.classes in (few, many)})

    def gain(runs: Runs, k: int) -> np.ndarray:
        return runs.measured(arms[f"masks, {k} classes"], "miou") - runs.measured(
            arms[f"per pixel, {k} classes"], "miou"
        )

    def found(runs: Runs, extra: dict) -> list[Effect]:
        slope = (gain(runs, many) - gain(runs, few)) / np.log2(many / few)
        return registered.effects(
            {registered.main: slope} | {f"mIoU, masks minus per pixel, {k} classes": gain(runs, k) for k in shown}
        )

    def drawn(runs: Runs, extra: dict):
        series = {
            kind: (
                (few, many),
                np.column_stack([runs.measured(arms[f"{kind}, {k} classes"], "miou") for k in (few, many)]),
            )
            for kind in ("per pixel", "masks")
        }
        title = f"The same pictures, {few} or {many} names, {registered.steps} steps"
        return over(series, x="number of classes", y="mIoU, %", title=title, ticks=(few, many))

    return replace(
        CLAIM, name=name, arms=arms, effects=found, figure=drawn, quick=None, entry=registered, remark=REMARKS[name]
    )


REMARKS = {"class-count": "", "class-count-80": ""}
REGISTERED = (_long("class-count", 5, 40, (5, 40)), _long("class-count-80", 40, 80, (80,)))

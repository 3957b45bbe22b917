"""Claim 13: inference at several scales raises mIoU, at many times the cost.

Pictures are looked at in several sizes and mirrored, and the scores are averaged (DeepLabv3, arXiv:1706.05587,
section 4.1; see inference/multi_scale.py). On ADE20K (mIoU, one scale / several): PerPixelBaseline 39.2 / 40.9,
MaskFormer 44.5 / 46.7, Mask2Former 47.2 / 49.2 with a ResNet-50.

No arm is trained for this: `extra` takes the weights of two arms of other claims, and measures both ways of inference
on the first 100 validation scenes. A fair table never sets one side's several scales against the other's one.

The effects: what several scales bring to the mask arm, and to the per-pixel arm. At 1600 steps, as registered, the mean
of the two, of arms that have learned from pictures of many sizes; their runs measured it themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from segtutor.experiments.arms import Arm, build
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.measure import VIEWED, miou_of_views
from segtutor.experiments.register import entry
from segtutor.experiments.runs import folder_name
from segtutor.experiments.scenes import validation_scenes
from segtutor.experiments.statistics import Effect
from segtutor.files import write_whole

ARMS = {"masks": Arm(), "per pixel": Arm("pixel")}


def effects(runs: Runs, extra: dict) -> list[Effect]:
    if not extra:  # both ways of inference are measured there, none in the runs
        return []
    return [
        Effect(
            f"mIoU, {name}, 6 scales minus one",
            tuple(100 * (several - one) for one, several in (extra["miou"][str(seed)][name] for seed in runs.seeds)),
        )
        for name in ARMS
    ]


def extra(folder: Path, runs: Runs) -> dict:
    """{"miou": {seed: {arm: [at one scale, at several]}}, "scenes": how many}."""
    rows = validation_scenes(Path(folder) / "scenes", scenes=runs.validation)
    count = min(VIEWED, len(rows))
    found = {
        str(seed): {name: _both(arm, seed, Path(folder), rows, count) for name, arm in ARMS.items()}
        for seed in runs.seeds
    }
    return {"miou": found, "scenes": count}


def _both(arm: Arm, seed: int, folder: Path, rows, count: int) -> list[float]:
    """mIoU at one scale and at several; kept beside the weights, since it takes as long as a part of the training."""
    from safetensors.torch import load_file

    place = folder / "runs" / folder_name(arm, seed)
    kept = place / f"scales-{count}.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    model = build(arm, seed)
    model.load_state_dict(load_file(place / "weights.safetensors"))
    found = [round(value, 4) for value in miou_of_views(model, (rows[i] for i in range(count)), rows.categories)]
    write_whole(kept, json.dumps(found).encode(), overwrite=True)
    return found


def figure(runs: Runs, extra: dict):
    views = {name: 100 * np.array([extra["miou"][str(seed)][name] for seed in runs.seeds]) for name in ARMS}
    return _drawn(views, "One scale, and six with their mirror images")


def _drawn(views: Mapping[str, np.ndarray], title: str):
    """views: {arm: (seeds, 2), mIoU of one look and of several}."""
    picture = over({name: ((0, 1), seen) for name, seen in views.items()}, x="looked at", y="mIoU, %", title=title)
    picture.axes[0].set_xticks((0, 1), ("once", "12 times"))
    picture.axes[0].set_xlim(-0.2, 1.2)
    return picture


CLAIM = Claim(
    number=13,
    name="multi-scale",
    says="Inference at several scales raises mIoU.",
    source="MaskFormer, arXiv:2107.06278, and Mask2Former, arXiv:2112.01527, ADE20K: 44.5 -> 46.7, 47.2 -> 49.2 mIoU",
    arms=ARMS,
    effects=effects,
    extra=extra,
    figure=figure,
    remark="Not here: the per-pixel arm loses 2 to 3 mIoU in every seed, the mask arm 1 to 3. The papers train "
    "with pictures scaled by 0.5 to 2; these arms have seen one size alone, and at half of it (48 pixels) "
    "things are smaller than any they know. Averaging helps where each view is nearly as good as the "
    "first. The shipped networks, trained longer, gain 0.5 (UPerNet) and 0.7 points (Mask2Former) from the "
    "same scales on 100 scenes, with 12 views of each.",
)

ENTRY = entry("multi-scale")
LONG = ENTRY.longer(ARMS, jitter=True)


def long_effects(runs: Runs, extra: dict) -> list[Effect]:
    views = np.array([runs.measured(arm, "miou_of_views") for arm in LONG.values()])  # (arms, seeds, 2)
    once, several = views[..., 0], views[..., 1]
    gains = dict(zip(LONG, several - once, strict=True))
    each = {f"mIoU, {name}, 6 scales minus one": gain for name, gain in gains.items()}
    return ENTRY.effects({ENTRY.main: np.mean(list(gains.values()), axis=0)} | each)


def long_figure(runs: Runs, extra: dict):
    views = {name: runs.measured(arm, "miou_of_views") for name, arm in LONG.items()}
    return _drawn(views, f"One scale, and six with their mirror images, {ENTRY.steps} steps")


REMARK = (
    "Registered, and it holds: 3.1 points (2.2 to 4.0), in both arms and every seed, above the papers' 1.7 to 2.2. At "
    "400 steps, without other sizes in training, the same averaging cost about 2 points. Steps and sizes changed "
    "together, so which of them made the difference these runs do not say."
)
REGISTERED = (
    replace(
        CLAIM, arms=LONG, effects=long_effects, extra=None, figure=long_figure, quick=None, entry=ENTRY, remark=REMARK
    ),
)

"""Claim 13: inference at several scales raises mIoU, at many times the cost.

Pictures are looked at in several sizes and mirrored, and the scores are averaged (DeepLabv3, arXiv:1706.05587,
section 4.1; see inference/multi_scale.py). On ADE20K (mIoU, one scale / several): PerPixelBaseline 39.2 / 40.9,
MaskFormer 44.5 / 46.7, Mask2Former 47.2 / 49.2 with a ResNet-50.

No arm is trained for this: `extra` takes the weights of two arms of other claims, and measures both ways of inference
on the first 100 validation scenes. A fair table never sets one side's several scales against the other's one.

The effects: what several scales bring to the mask arm, and to the per-pixel arm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from segtutor.experiments.arms import Arm, build
from segtutor.experiments.claim import Claim, Runs
from segtutor.experiments.figures import over
from segtutor.experiments.register import entry
from segtutor.experiments.runs import folder_name
from segtutor.experiments.scenes import validation_scenes
from segtutor.experiments.statistics import Effect
from segtutor.files import write_whole
from segtutor.inference.multi_scale import multi_scale_inference
from segtutor.inference.semantic import semantic_inference
from segtutor.metrics.iou import PixelCounts
from segtutor.training.fit import MEAN, STD
from segtutor.training.rows.targets import pixel_values

ARMS = {"masks": Arm(), "per pixel": Arm("pixel")}
SCENES = 100


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


def extra(folder: Path, runs: Runs, arms: Mapping[str, Arm] = ARMS) -> dict:
    """{"miou": {seed: {arm: [at one scale, at several]}}, "scenes": how many}."""
    rows = validation_scenes(Path(folder) / "scenes", scenes=runs.validation)
    count = min(SCENES, len(rows))
    found = {
        str(seed): {name: _both(arm, seed, Path(folder), rows, count) for name, arm in arms.items()}
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
    model.eval()

    def answer(picture):
        return model(pixel_values([picture], MEAN, STD).contiguous(memory_format=torch.channels_last))

    one, several = PixelCounts(rows.categories), PixelCounts(rows.categories)
    with torch.inference_mode():
        for i in range(count):
            image, truth = rows[i]["image"], rows[i]["segmentation"]
            one.update(semantic_inference(answer(image), truth.segment_ids.shape, rows.categories), truth)
            several.update(multi_scale_inference(answer, image, categories=rows.categories), truth)
    found = [round(counts.compute().mean, 4) for counts in (one, several)]
    write_whole(kept, json.dumps(found).encode(), overwrite=True)
    return found


def figure(runs: Runs, extra: dict):
    series = {
        name: ((0, 1), [[100 * value for value in extra["miou"][str(seed)][name]] for seed in runs.seeds])
        for name in ARMS
    }
    picture = over(series, x="looked at", y="mIoU, %", title="One scale, and six with their mirror images")
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


def long_extra(folder: Path, runs: Runs) -> dict:
    return extra(folder, runs, LONG)


def long_effects(runs: Runs, extra: dict) -> list[Effect]:
    if not extra:
        return []
    found = np.array([[extra["miou"][str(seed)][name] for name in LONG] for seed in runs.seeds])  # (seeds, arms, ways)
    gains = 100 * (found[..., 1] - found[..., 0])
    each = {f"mIoU, {name}, 6 scales minus one": gains[:, i] for i, name in enumerate(LONG)}
    return ENTRY.effects({ENTRY.main: gains.mean(1)} | each)


REGISTERED = (replace(CLAIM, arms=LONG, effects=long_effects, extra=long_extra, quick=None, entry=ENTRY, remark=""),)

"""The gate before every training: can the model learn one picture by heart?

    gate = st.training.overfit_one(model, records[0])
    print(gate)                     passed: quality 0.99 after 200 steps, loss 29.1 -> 0.4
    gate.losses, gate.quality, gate.prediction

A model that cannot has a mistake in labels, loss or learning rate, which a long training would only hide: this costs
seconds (Karpathy, "A Recipe for Training Neural Networks", 2019: "overfit one batch"). One that can may still fail to
generalise; that is what the training itself is for.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from segtutor.metrics import mean_iou, panoptic_quality
from segtutor.outputs import PerPixelOutput
from segtutor.segments import Segmentation
from segtutor.training.fit import MEAN, STD, fit
from segtutor.training.forward import output_of
from segtutor.training.loop.events import predicted
from segtutor.training.loop.schedules import constant
from segtutor.training.rows.targets import example, pixel_values


@dataclass(frozen=True)
class Overfitted:
    """losses: one a step. quality: 0..1 on that picture, PQ for a mask classifier and mean IoU for a per-pixel one.

    measure: "PQ" or "mIoU". prediction: what the model says in the end. model: the trained copy. least: the quality
    that was asked for.
    """

    losses: list[float]
    quality: float
    measure: str
    prediction: Segmentation
    model: nn.Module
    least: float

    @property
    def passed(self) -> bool:
        return self.quality >= self.least

    def __str__(self) -> str:
        course = f"{self.measure} {self.quality:.2f} after {len(self.losses)} steps, loss {self.losses[0]:.3g} -> "
        course += f"{self.losses[-1]:.3g}"
        if self.passed:
            return f"passed: {course}"
        falls = self.losses[-1] < 0.5 * self.losses[0]
        mend = "try more steps" if falls else "try another lr, and look at the labels with st.data.check_labels"
        return f"not passed: {course}, {self.measure} must be {self.least} or more: {mend}"


def overfit_one(
    model: nn.Module,
    row: Any,
    *,
    steps: int = 200,
    lr: float = 3e-3,
    batch_size: int = 1,
    least: float = 0.9,
    **options: Any,
) -> Overfitted:
    """Trains a copy of the model on one row, without augmentation, and measures it there.

    model: as st.fit takes it; stays as it is. row: one row of data, such as records[0]. least: the quality, 0..1, at
    which the gate counts as passed. batch_size: how often a step shows the row; 2 for models with batch normalisation
    of 1 x 1 maps. options: further arguments of st.fit; mean and std are used for the measurement too.
    """
    copy = deepcopy(model)
    chosen = {"augment": None, "schedule": constant, "weight_decay": 0.0, "log_every": 1, **options}
    fitted = fit(copy, [row], steps=steps, lr=lr, batch_size=batch_size, **chosen)
    mean, std = chosen.get("mean", MEAN), chosen.get("std", STD)
    known = example(row, chosen.get("categories"))
    prediction, truth = predicted(copy, known, mean, std), known["segmentation"]
    with torch.no_grad():
        device = next(copy.parameters()).device
        per_pixel = isinstance(output_of(copy, pixel_values([known["image"]], mean, std).to(device)), PerPixelOutput)
    if per_pixel:
        quality, measure = mean_iou([(prediction, truth)], truth.categories).mean, "mIoU"
    else:
        quality, measure = panoptic_quality([(prediction, truth)], truth.categories).all.pq, "PQ"
    return Overfitted(fitted.losses, float(quality), measure, prediction, copy, least)

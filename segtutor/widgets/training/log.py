"""What TrainingView keeps of a training: numbers of at most 600 steps, and at most 40 predictions of its scene.

Both are thinned alike: when there are too many, every second one goes, and from then on twice as few come in. What
stays was logged as it is; nothing is averaged. So the state of a view is bounded, however long a training runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from segtutor.segments import Categories, Segmentation
from segtutor.widgets.base.canvas import float_bytes, png_bytes
from segtutor.widgets.base.payload import reduced_picture, reduced_truth, shown_size, truth_traits
from segtutor.widgets.base.reading import class_records

MOST_ROWS, MOST_SCENES, SCENE_BYTES = 600, 40, 1_000_000
FIRST = ("step", "loss", "learning rate")  # the columns that every training has


class Curves:
    """One row of numbers for each event that is kept, NaN where an event did not say it."""

    def __init__(self, most: int = MOST_ROWS):
        self.most = most
        self.terms: dict[str, int] = {}  # name: how many decoder layers, in the order of their columns
        self._kept: list[Mapping[str, Any]] = []
        self._newest: Mapping[str, Any] | None = None
        self._every, self._heard = 1, 0

    def add(self, event: Mapping[str, Any]) -> None:
        for name, values in event["layers"].items():
            self.terms[name] = max(len(values), self.terms.get(name, 0))
        if self._heard % self._every == 0:
            self._kept.append({name: event[name] for name in ("step", "loss", "lr", "layers")})
        self._heard, self._newest = self._heard + 1, event
        if len(self._kept) >= self.most:
            self._kept, self._every = self._kept[::2], 2 * self._every

    def columns(self) -> list[list]:
        """[name, layer] of each column; the layer counts from 0, and is 0 where there is but one."""
        return [[name, 0] for name in FIRST] + [[name, k] for name, count in self.terms.items() for k in range(count)]

    def table(self) -> np.ndarray:
        """(events kept, columns) float32; the newest event is always the last one."""
        events = list(self._kept)
        if self._newest is not None and self._newest["step"] != events[-1]["step"]:
            events.append(self._newest)
        rows = np.full((len(events), len(self.columns())), np.nan, np.float32)
        for row, event in zip(rows, events, strict=True):
            row[:3] = event["step"], event["loss"], event["lr"]
            place = len(FIRST)
            for name, count in self.terms.items():
                values = event["layers"].get(name, ())
                row[place : place + len(values)] = values
                place += count
        return rows

    def traits(self) -> dict[str, Any]:
        """What the browser draws from."""
        return {"columns": self.columns(), "rows": float_bytes(self.table())}


class Scenes:
    """Row 0 of the data, its truth, and what the model said about it after some steps."""

    def __init__(self, longest_side: int, most: int = MOST_SCENES, by: str = "segment"):
        self.longest_side, self.most, self.by = longest_side, most, by
        self.image: np.ndarray | None = None  # at the size that is shown
        self.truth: Segmentation | None = None
        self.predictions: dict[int, Segmentation] = {}
        self._records: list[dict[str, Any]] = []
        self._every, self._heard = 1, 0

    def add(self, step: int, scene: Mapping[str, Any]) -> dict[str, Any]:
        """The traits that change: all of them with the first scene, then only the predictions."""
        traits: dict[str, Any] = {}
        said, categories = scene["prediction"], scene["segmentation"].categories
        full = scene["image"].shape[:2]
        size = shown_size(full, self.longest_side)
        if self.image is None or self.truth is None:
            self.image = reduced_picture(scene["image"], size)
            self.truth = reduced_truth(scene["segmentation"], full, size, categories)
            traits = {"size": list(size), "picture": png_bytes(self.image), "classes": class_records(categories)}
            traits |= truth_traits(self.truth, categories, self.by)
        prediction = reduced_truth(said, full, size, categories)
        if self._records and (self._heard - 1) % self._every:  # the newest one stays last until the next comes
            self.predictions.pop(self._records.pop()["step"])
        self.predictions[step] = prediction
        self._records.append(_record(step, prediction, self.truth, categories, self.by))
        self._heard += 1
        while len(self._records) > 2 and self._too_many():
            self._records, self._every = self._records[:-1:2] + self._records[-1:], 2 * self._every
        self.predictions = {one["step"]: self.predictions[one["step"]] for one in self._records}
        return traits | {"scenes": list(self._records)}

    def _too_many(self) -> bool:
        return len(self._records) > self.most or sum(len(one["ids"]) for one in self._records) > SCENE_BYTES

    def at(self, step: int | None) -> int | None:
        """The step of the last prediction at or before `step` (None = the newest); None where there is none."""
        before = [one for one in self.predictions if step is None or one <= step]
        return before[-1] if before else None


def _record(
    step: int, prediction: Segmentation, truth: Segmentation, categories: Categories, by: str
) -> dict[str, Any]:
    """A prediction as the browser paints it. ids: a PNG, red + 256 green = 1 + position in segments, 0 = void."""
    sent = truth_traits(prediction, categories, by)
    ids = np.frombuffer(sent["truth_ids"], "<u2").reshape(prediction.segment_ids.shape)
    picture = np.stack([ids % 256, ids // 256, np.zeros_like(ids)], axis=-1).astype(np.uint8)
    known = truth.semantic() >= 0
    right = float((prediction.semantic() == truth.semantic())[known].mean()) if known.any() else 0.0
    segments = [{"label": one["label"], "color": list(one["color"])} for one in sent["truth_segments"]]
    return {"step": step, "right": right, "segments": segments, "ids": png_bytes(picture)}

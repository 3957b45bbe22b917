"""BoxExplorer: the anchors around a cell, the proposals of the first stage, and what NMS leaves of the second's.

Python runs the network once, without any suppression, and sends the browser all candidates: boxes, scores, labels. The
browser suppresses and draws; nms.js follows segtutor.reference.boxes.nms, and tests/test_box_explorer.py holds both.

Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.widgets.base.canvas import CanvasWidget, built, float_bytes, png_bytes
from segtutor.widgets.base.payload import reduced_picture, shown_size
from segtutor.words import tr, tr_count, tr_later

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VIEWS = ("anchors", "proposals", "found")
LONGEST_SIDE = 512
CANDIDATES = 300  # of each kind at most
LEAST = 0.05  # a score below is no candidate
BEST_ANCHORS = 30  # shown while no cell is pointed at


class BoxExplorer(CanvasWidget):
    """Point at a cell to see its anchors; move the thresholds and see which boxes stay.

    segmenter: of family "boxes" (`st.load("maskrcnn-toytown")`); its `set_image(image)` is called, the slow half.
    image: whatever `set_image` takes; None = the picture that the segmenter already has.
    view: "anchors", "proposals" (of the first stage) or "found" (of the second). nms_threshold, score_threshold: 0..1,
    where the sliders begin; by default the card's, and a score of 0.5. longest_side: a larger picture is reduced.

    Traits in: `view`, the two thresholds, and `point`, [x, y] in pixels of `size`, whose cells' anchors are shown; None
    for the anchors with the best scores. Trait out: `kept`, the boxes that stay, best first, each a dictionary with
    "box", "score" and "name".

    Raises UserError: a model of another family.
    """

    _esm = built("boxes.js")
    _css = built("boxes.css")

    view = traitlets.Enum(VIEWS, default_value="found", help="which boxes are shown").tag(sync=True)
    nms_threshold = traitlets.Float(0.5, min=0.0, max=1.0, help="IoU above which the weaker box goes").tag(sync=True)
    score_threshold = traitlets.Float(0.5, min=0.0, max=1.0, help="a box needs a larger score").tag(sync=True)
    point = traitlets.List(traitlets.Float(), default_value=None, allow_none=True, help="[x, y] or None").tag(sync=True)
    kept = traitlets.List(traitlets.Dict(), help="the boxes that stay, best first").tag(sync=True)
    # What the browser computes from; written once.
    candidates = traitlets.Dict(help="{view: {boxes, scores, labels}}").tag(sync=True)
    levels = traitlets.List(traitlets.Dict(), help="stride, cells, size and first anchor of each map").tag(sync=True)
    ratios = traitlets.List(traitlets.Float()).tag(sync=True)
    objectness = traitlets.Bytes(help="float32, a probability for each anchor").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colors = traitlets.List(help="[r, g, b] of each class").tag(sync=True)

    def __init__(
        self,
        segmenter: Any,
        image: Any = None,
        *,
        view: str = "found",
        nms_threshold: float | None = None,
        score_threshold: float = 0.5,
        longest_side: int = LONGEST_SIDE,
    ):
        if getattr(segmenter, "family", None) != "boxes":
            raise UserError(
                f"segmenter must be a model that finds boxes, got family {getattr(segmenter, 'family', None)!r}: "
                "load maskrcnn-toytown"
            )
        if image is not None:
            segmenter.set_image(image)
        pixels = segmenter.image
        size = shown_size(pixels.shape[:2], longest_side)
        self._image = reduced_picture(pixels, size)
        self._scale = np.tile(np.array(size[::-1], np.float32) / np.array(pixels.shape[1::-1], np.float32), 2)
        self._categories = segmenter.categories
        self._anchors = segmenter.anchors() * self._scale
        self._objectness = segmenter.objectness()
        self._boxes = self._all(segmenter)
        model = segmenter.model
        threshold = segmenter.thresholds["nms_threshold"] if nms_threshold is None else nms_threshold
        super().__init__(
            size=list(size),
            picture=png_bytes(self._image),
            view=view,
            nms_threshold=threshold,
            score_threshold=score_threshold,
            candidates={
                kind: {
                    "boxes": float_bytes(boxes),
                    "scores": float_bytes(scores),
                    "labels": np.ascontiguousarray(labels, "<i4").tobytes(),
                }
                for kind, (boxes, scores, labels) in self._boxes.items()
            },
            levels=self._levels(segmenter),
            ratios=[float(ratio) for ratio in model.ratios],
            objectness=float_bytes(self._objectness),
            names=list(self._categories.names),
            colors=[list(category.color) for category in self._categories],
        )
        self._compute()
        self.observe(self._compute, ["view", "nms_threshold", "score_threshold", "point"])

    def _all(self, segmenter: Any) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """{view: boxes (N, 4) in pixels of `size`, scores (N,), labels (N,)}, best first, nothing suppressed."""
        found = segmenter.detect(nms_threshold=1.0, score_threshold=LEAST, top_k=CANDIDATES)
        stage, model = segmenter.stage, segmenter.model
        boxes, logits = model.propose(stage, before=CANDIDATES, after=CANDIDATES, threshold=1.0)
        proposed = boxes.numpy() * segmenter.factor()
        return {
            "proposals": (proposed * self._scale, logits.sigmoid().numpy(), np.zeros(len(boxes), np.int64)),
            "found": (found.boxes * self._scale, found.scores, found.labels),
        }

    def _levels(self, segmenter: Any) -> list[dict[str, Any]]:
        factor = (segmenter.factor() * self._scale)[:2]
        levels, first = [], 0
        for maps, stride, side in zip(
            segmenter.stage.maps, segmenter.model.strides, segmenter.model.anchor_sizes, strict=True
        ):
            cells = [int(maps.shape[-2]), int(maps.shape[-1])]
            levels.append(
                {
                    "stride": [float(stride * f) for f in factor],
                    "cells": cells,
                    "size": [float(side * f) for f in factor],
                    "first": first,
                }
            )
            first += cells[0] * cells[1] * len(segmenter.model.ratios)
        return levels

    @traitlets.validate("point")
    def _checked_point(self, proposal: dict) -> list[float] | None:
        value = proposal["value"]
        height, width = self.size
        if value is not None and not (
            len(value) == 2 and np.isfinite(value).all() and 0 <= value[0] <= width and 0 <= value[1] <= height
        ):
            raise UserError(f"point must be None or [x, y] within {width} x {height} pixels, got {value!r}")
        return value

    def _compute(self, change: dict | None = None) -> None:
        """Fills `kept` with the boxes that are on the screen."""
        self.kept = [
            {"box": [round(float(edge), 2) for edge in box], "score": round(float(score), 4), "name": name}
            for box, score, name in zip(*self._shown(), strict=True)
        ]

    def _shown(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Boxes, scores and names of what is on the screen, best first."""
        if self.view == "anchors":
            chosen = self._anchors_at() if self.point is not None else np.argsort(-self._objectness)[:BEST_ANCHORS]
            return self._anchors[chosen], self._objectness[chosen], [tr_later("anchor")] * len(chosen)
        import torch

        from segtutor.reference.boxes.nms import nms_by_class

        boxes, scores, labels = self._boxes[self.view]
        likely = np.flatnonzero(scores > self.score_threshold)
        box, score, label = (torch.from_numpy(np.ascontiguousarray(part[likely])) for part in (boxes, scores, labels))
        kept = likely[nms_by_class(box, score, label, self.nms_threshold).numpy()]
        names = [self._categories[int(n)].name if self.view == "found" else tr_later("proposal") for n in labels[kept]]
        return boxes[kept], scores[kept], names

    def _anchors_at(self) -> np.ndarray:
        """Positions of the anchors of the cells under `point`, level after level."""
        found = []
        for level in self.levels:
            (h, w), (across, down) = level["cells"], level["stride"]
            column, row = min(w - 1, int(self.point[0] / across)), min(h - 1, int(self.point[1] / down))
            first = level["first"] + (row * w + column) * len(self.ratios)
            found += range(first, first + len(self.ratios))
        return np.array(found)

    def alternative(self) -> str:
        """What the picture shows, in one sentence."""
        boxes, _, names = self._shown()
        told = [
            tr_count("{count} {name}", "{count} {name}s", n, self.language, count=n, name=tr(name, self.language))
            for name, n in Counter(names).items()
        ]
        said = ", ".join(told) or tr("no boxes", self.language)
        return tr("{n} boxes over the picture: {boxes}.", self.language, n=len(boxes), boxes=said)

    def still(self) -> np.ndarray:
        """The picture with the boxes that are shown, (H, W, 3) uint8."""
        from segtutor.show.framed import frame

        drawn = self._image.copy()
        for box in self._shown()[0][::-1]:
            frame(drawn, box)
        return drawn

    def figure(self) -> Figure:
        """The picture with its boxes, as a matplotlib figure."""
        from segtutor.show import boxes

        return boxes(self._image, {self.view: self._shown()[0]}, width=512)

    def __repr__(self) -> str:
        return (
            f"BoxExplorer({self.size[1]} x {self.size[0]} pixels, {self.view}, score > {self.score_threshold:g}, "
            f"NMS {self.nms_threshold:g})"
        )

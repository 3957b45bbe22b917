"""PromptCanvas without a browser: the same prompts painted over the picture, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.segments import Segmentation
from segtutor.show.draw import contours, overlay
from segtutor.show.figures import _common_rows, _grid, _resized, _target
from segtutor.words import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def still(canvas: Any) -> np.ndarray:
    """Picture or prediction, as `view` says, under what was painted."""
    ground = canvas.image
    if canvas.view == "answer" and canvas._learned is not None:
        ground = overlay(ground, canvas._learned.segmentation)
    return _with_prompts(canvas, ground)


def figure(canvas: Any) -> Figure:
    """Prompts, prediction and truth side by side, with a legend of the classes."""
    panels = [_with_prompts(canvas, canvas.image)]
    titles, results = ["what was painted"], [Segmentation.from_semantic(canvas.labels(), canvas.categories)]
    learned, truth = canvas._learned, canvas._truth
    if learned is not None:
        panels.append(overlay(canvas.image, learned.segmentation))
        titles.append("what was learned")
        results.append(learned.segmentation)
    if truth is not None:
        panels.append(overlay(canvas.image, truth))
        titles.append("truth")
        results.append(truth)
    shown = [_resized(panel, *_target(panel.shape[:2], 384)) for panel in panels]
    rows = _common_rows(results)
    if all((result.segment_ids > 0).all() for result in results[1:]):
        rows = [row for row in rows if row.color is not None]  # what nobody painted is no void
    return _grid(shown, titles, columns=3, description=in_words(canvas), rows=rows)


def in_words(canvas: Any) -> str:
    """What is painted and learned, in one sentence."""
    labels, names = canvas.labels(), [one["name"] for one in canvas.classes]
    shares = [(name, (labels == k).mean()) for k, name in enumerate(names)]
    painted = ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares if share)
    language = canvas.language
    values = {"width": canvas.size[1], "height": canvas.size[0], "painted": painted}
    values |= {"points": len(canvas.points), "boxes": len(canvas.boxes)}
    parts = [
        tr(
            "A picture of {width} x {height} pixels, painted: {painted}; {points} points, {boxes} boxes",
            language,
            **values,
        )  # fmt: skip
        if painted
        else tr("A picture of {width} x {height} pixels, unpainted; {points} points, {boxes} boxes", language, **values)
    ]
    if canvas._learned is not None:
        found = canvas._learned.segmentation
        learned = ((found.categories.by_id(s.category_id).name, s.area / labels.size) for s in found.segments)
        said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in learned)
        parts.append(tr("learned from it: {classes}", language, classes=said))
    if canvas.score:
        near, miou = (100 * canvas.score[name] for name in ("nearest_colour", "miou"))
        parts.append(
            tr(
                "mIoU {miou} % where nobody painted, nearest painted colour {nearest} %",
                language,
                miou=f"{miou:.1f}",
                nearest=f"{near:.1f}",
            )  # fmt: skip
        )
    return "; ".join(parts) + "."


def _with_prompts(canvas: Any, ground: np.ndarray) -> np.ndarray:
    """Strokes and points as colour with a dark rim, boxes as lines."""
    painted = ground.copy()
    colors = np.array([one["color"] for one in canvas.classes])
    labels = canvas.labels()
    known = labels >= 0
    painted[known] = np.rint(0.2 * painted[known] + 0.8 * colors[labels[known]])
    painted[known & contours(labels)] = 20
    height, width = labels.shape
    for box in canvas.boxes:
        left, right = (min(width - 1, int(box[key])) for key in ("x0", "x1"))
        top, bottom = (min(height - 1, int(box[key])) for key in ("y0", "y1"))
        for grow, color in ((1, (20, 20, 20)), (0, colors[box["label"]])):
            for row in (top - grow, bottom + grow):
                if 0 <= row < height:
                    painted[row, max(0, left - grow) : right + grow + 1] = color
            for column in (left - grow, right + grow):
                if 0 <= column < width:
                    painted[max(0, top - grow) : bottom + grow + 1, column] = color
    return painted

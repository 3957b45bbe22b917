"""AskingCanvas without a browser: the picture under its mask and prompts, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.show.draw import contours
from segtutor.show.figures import _grid, _resized, _target
from segtutor.widgets.asking.questions import painted, read
from segtutor.words import tr, tr_count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARE = 0.55  # of the colour inside a mask


def still(canvas: Any) -> np.ndarray:
    """The picture under the mask that is meant, and the example beside it where there is one."""
    shown = _with_prompts(canvas, _masked(canvas.image, canvas.mask, canvas.color), 1)
    example = canvas._asker.example
    if example is None:
        return shown
    height = max(len(shown), len(example))
    gap = np.full((height, 8, 3), 255, np.uint8)
    return np.concatenate([_padded(shown, height), gap, _padded(_marked(canvas), height)], axis=1)


def figure(canvas: Any) -> Figure:
    """Example, picture with its prompts, and each answer under its predicted IoU."""
    panels, titles = [], []
    if canvas._asker.example is not None:
        panels, titles = [_marked(canvas)], ["the example"]
    panels.append(_with_prompts(canvas, canvas.image, 1))
    titles.append("what was asked")
    result = canvas.result
    for mask, score in zip(*((result.masks, result.scores) if result else ((), ())), strict=True):
        panels.append(_masked(canvas.image, mask, canvas.color))
        titles.append(f"predicted IoU {score:.2f}")
    shown = [_resized(panel, *_target(panel.shape[:2], 384)) for panel in panels]
    return _grid(shown, titles, columns=4, description=in_words(canvas))


def in_words(canvas: Any) -> str:
    """What was asked and what came, in one sentence."""
    told = canvas.answers
    language = canvas.language
    size = {"width": canvas.size[1], "height": canvas.size[0], "model": canvas.model_name}
    if not told["kind"]:
        return tr("A picture of {width} x {height} pixels; {model} has not been asked.", language, **size)
    n = len(canvas.points)
    asked = {
        "click": tr_count("was asked by {n} click", "was asked by {n} clicks", n, language),
        "box": tr("was asked by a box", language),
        "text": tr("was asked for {text}", language, text=repr(canvas.text)),
        "example": tr("was asked by a painted example", language),
    }[told["kind"]]
    if told["said"]:
        return tr(
            "A picture of {width} x {height} pixels; {model} {asked}, without an answer.", language, **size, asked=asked
        )
    if not told["scores"]:
        return tr(
            "A picture of {width} x {height} pixels; {model} {asked} and finds nothing.", language, **size, asked=asked
        )
    found = ", ".join(
        tr(
            "{share} % of the picture with a predicted IoU of {iou}",
            language,
            share=f"{100 * area:.1f}",
            iou=f"{score:.2f}",
        )  # fmt: skip
        for area, score in zip(told["areas"], told["scores"], strict=True)
    )
    return tr(
        "A picture of {width} x {height} pixels; {model} {asked}: {found}.", language, **size, asked=asked, found=found
    )


def _masked(picture: np.ndarray, mask: np.ndarray | None, color: list[int]) -> np.ndarray:
    if mask is None:
        return picture.copy()
    shown = picture.copy()
    shown[mask] = np.rint((1 - SHARE) * picture[mask] + SHARE * np.array(color))
    shown[contours(mask.astype(np.int32)) & mask] = 20
    return shown


def _marked(canvas: Any) -> np.ndarray:
    """The example with what is painted on it."""
    example, question = canvas._asker.example, read(canvas)
    if question.kind != "example" or canvas.answers["said"]:
        return example.copy()
    return _masked(example, painted(example.shape[:2], question.strokes), canvas.color)


def _with_prompts(canvas: Any, shown: np.ndarray, radius: int) -> np.ndarray:
    """Points as small crosses, white on black where on it and black on white beside it; boxes as lines."""
    shown = shown.copy()
    height, width = shown.shape[:2]
    for point in canvas.points:
        x, y = min(width - 1, int(point["x"])), min(height - 1, int(point["y"]))
        inner, rim = (255, 0) if point["label"] else (0, 255)
        shown[max(0, y - radius - 1) : y + radius + 2, max(0, x - radius - 1) : x + radius + 2] = rim
        shown[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1] = inner
    for box in canvas.boxes[-1:]:
        left, right = (min(width - 1, int(box[key])) for key in ("x0", "x1"))
        top, bottom = (min(height - 1, int(box[key])) for key in ("y0", "y1"))
        for row in (top, bottom):
            shown[row, left : right + 1] = (255, 255, 255)
        for column in (left, right):
            shown[top : bottom + 1, column] = (255, 255, 255)
    return shown


def _padded(picture: np.ndarray, height: int) -> np.ndarray:
    return np.pad(picture, ((0, height - len(picture)), (0, 0), (0, 0)), constant_values=255)

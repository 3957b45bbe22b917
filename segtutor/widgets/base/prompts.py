"""Prompts as a person or a page gives them: checked, with plain numbers, so that both sides read the same.

The frame of coordinates is at segtutor.data.strokes. `classes`: how many labels there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segtutor.errors import UserError

MOST_PLACES = 200_000  # of all scribbles together; a line drawn across a picture has about 300
WIDTHS = (1, 100)  # of a brush, pixels


def checked_points(points: Iterable[Any], size: tuple[int, int], classes: int) -> list[dict]:
    """[{x, y, label}] with the numbers as float and int; UserError where one is missing or outside."""
    read = _reader("points", size, classes)
    return [{"x": read(p, "x"), "y": read(p, "y"), "label": read(p, "label")} for p in points]


def checked_boxes(boxes: Iterable[Any], size: tuple[int, int], classes: int) -> list[dict]:
    """[{x0, y0, x1, y1, label}] with x0 <= x1 and y0 <= y1."""
    read, checked = _reader("boxes", size, classes), []
    for box in boxes:
        (x0, x1), (y0, y1) = (sorted((read(box, f"{axis}0"), read(box, f"{axis}1"))) for axis in "xy")
        checked.append({"x0": x0, "y0": y0, "x1": x1, "y1": y1, "label": read(box, "label")})
    return checked


def checked_scribbles(scribbles: Iterable[Any], size: tuple[int, int], classes: int) -> list[dict]:
    """[{label, width, points: [[x, y], ...]}]; label -1 erases."""
    read, checked, count = _reader("scribbles", size, classes), [], 0
    for scribble in scribbles:
        label, width = read(scribble, "label", -1), read(scribble, "width")
        points = scribble.get("points")
        if not isinstance(points, list | tuple) or not points or any(len(place) != 2 for place in points):
            raise UserError(f"points of a scribble must be [[x, y], ...], at least one, got {points!r}")
        count += len(points)
        if count > MOST_PLACES:
            raise UserError(f"scribbles must have at most {MOST_PLACES} points: clear the canvas, or thin them out")
        places = [[read({"x": x}, "x"), read({"y": y}, "y")] for x, y in points]
        checked.append({"label": label, "width": width, "points": places})
    return checked


def _reader(what: str, size: tuple[int, int], classes: int) -> Callable[..., Any]:
    """A function (prompt, key[, least label]) -> its number, checked."""
    height, across = size

    def read(prompt: Any, key: str, least: int = 0) -> Any:
        if not isinstance(prompt, Mapping) or key not in prompt:
            raise UserError(f"each of the {what} must be a dictionary with {key!r}, got {prompt!r}")
        value = prompt[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UserError(f"{key} among the {what} must be a number, got {value!r}")
        if key == "label":
            if value != int(value) or not least <= value < classes:
                raise UserError(
                    f"label among the {what} must be {least} to {classes - 1}, a position in classes, got {value}: "
                    "change it, or add a class"
                )
            return int(value)
        low, high = WIDTHS if key == "width" else (0, across if key.startswith("x") else height)
        if not low <= value <= high:
            raise UserError(
                f"{key} among the {what} must be {low} to {high}, in pixels of the picture shown ({across} x "
                f"{height}), got {value}"
            )
        return float(value)

    return read

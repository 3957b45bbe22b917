"""What PromptCanvas takes as prompts and classes: checked, with plain numbers, so that both sides read the same.

The frame of coordinates stands at segtutor.data.strokes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segtutor.categories import palette_color
from segtutor.errors import UserError
from segtutor.segments import Categories, Category

MOST_CLASSES = 24
MOST_PLACES = 200_000  # of all scribbles together; a line drawn across a picture has about 300
WIDTHS = (1, 100)  # of a brush, pixels
DEFAULT = ("not it", "it")  # label 0 and 1, as promptable models number them


def checked_classes(classes: Any) -> list[dict]:
    """Names, dictionaries with "name" (and "id", "isthing", "color"), or Categories -> [{id, name, isthing, color}]."""
    if isinstance(classes, Categories):
        classes = [{"id": c.id, "name": c.name, "isthing": c.isthing, "color": c.color} for c in classes]
    if isinstance(classes, str | bytes | Mapping) or not isinstance(classes, Iterable):
        raise UserError(f'got classes={classes!r}, expected a list of names: pass ["cat", "sofa"]')
    entries = [{"name": one} if isinstance(one, str) else one for one in classes]
    if not 2 <= len(entries) <= MOST_CLASSES:
        raise UserError(
            f"got {len(entries)} classes, expected 2 to {MOST_CLASSES}: name at least what is wanted and what is not"
        )
    checked = []
    for place, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name.strip() or len(name) > 40:
            raise UserError(
                f"got the class {entry!r}, expected a name of 1 to 40 letters: pass it as text or {{'name': ...}}"
            )
        color = entry.get("color") or palette_color(place)
        if len(color) != 3 or not all(isinstance(part, int) and 0 <= part <= 255 for part in color):
            raise UserError(f"got the color {color!r} of {name}, expected three of 0 to 255: such as (230, 159, 0)")
        number = entry.get("id", place + 1)
        checked.append({"id": number, "name": name.strip(), "isthing": bool(entry.get("isthing", False))})
        checked[-1]["color"] = list(color)
    as_categories(checked)
    return checked


def as_categories(classes: Iterable[Mapping]) -> Categories:
    """The classes as every other part of the package reads them."""
    return Categories(Category(c["id"], c["name"], c["isthing"], tuple(c["color"])) for c in classes)


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
            raise UserError(f"got a scribble with points={points!r}, expected [[x, y], ...]: give at least one place")
        count += len(points)
        if count > MOST_PLACES:
            raise UserError(
                f"got scribbles of more than {MOST_PLACES} places, expected fewer: clear the canvas, or thin them out"
            )
        places = [[read({"x": x}, "x"), read({"y": y}, "y")] for x, y in points]
        checked.append({"label": label, "width": width, "points": places})
    return checked


def _reader(what: str, size: tuple[int, int], classes: int) -> Callable[..., Any]:
    """A function (prompt, key[, least label]) -> its number, checked."""
    height, across = size

    def read(prompt: Any, key: str, least: int = 0) -> Any:
        if not isinstance(prompt, Mapping) or key not in prompt:
            raise UserError(f"got {prompt!r} among the {what}, expected a dictionary with {key!r}: add it")
        value = prompt[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UserError(f"got {key}={value!r} among the {what}, expected a number: correct it")
        if key == "label":
            if value != int(value) or not least <= value < classes:
                raise UserError(
                    f"got label={value} among the {what}, expected {least} to {classes - 1}, a position in classes: "
                    "correct it, or add a class"
                )
            return int(value)
        low, high = WIDTHS if key == "width" else (0, across if key.startswith("x") else height)
        if not low <= value <= high:
            raise UserError(
                f"got {key}={value} among the {what}, expected {low} to {high}, in pixels of the picture shown "
                f"({across} x {height}): correct it"
            )
        return float(value)

    return read

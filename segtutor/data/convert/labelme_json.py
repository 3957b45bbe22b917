"""labelme's json beside each picture, as labelme, X-AnyLabeling and their relatives write it.

Shapes have a label and an order; where they overlap the later one lies above. Each shape is an object of its own;
shapes that share a group_id (and a label) are one.
"""

from __future__ import annotations

import base64
import binascii
import io
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert import files
from segtutor.data.convert.outlined import Outside, Shape, drawn_categories, id_of, outlined, outside
from segtutor.data.convert.shapes import corners, shape_mask
from segtutor.data.records import Entry, Made, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.images import load_image

_AREAS = ("polygon", "rectangle", "circle", "rotation", "mask")


def labelme(
    folder: str | os.PathLike,
    categories: Any = None,
    *,
    images: str | os.PathLike | None = None,
    unlabelled: str | None = None,
    empty: bool = False,
) -> Records:
    """Pictures annotated with labelme: NAME.json beside NAME.jpg (or the picture inside the json).

    Read: polygon, rectangle (two corners, or four of a turned one), circle, rotation, mask. Points, lines and strips
    have no inside: a record with one is a problem. Categories: the labels found, in alphabetical order, all things,
    unless you pass a list (names are things).
    images: the folder of the pictures where it is another than that of the json files; default: where imagePath says,
    in the folder or beside it. unlabelled: what pixels of no shape are, "background" or "void"; see
    segtutor.data.convert.outlined for the default. empty: whether a picture without a json is a record without an
    object; otherwise it is a problem, since nobody said that it is empty.
    Rows: {"image", "segmentation", "file"[, "valid"]}.
    """
    place = files.existing(folder, "folder")
    pictures = place if images is None else files.existing(images, "folder")
    found, problems = [], []
    for path in files.files_in(place, [".json"]):
        try:
            content = files.read_json(path)
            if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
                raise UserError(f"{path.name} has no list of shapes, so it is not labelme's json: remove it")
            found.append((path, content))
        except UserError as error:
            problems.append(Problem(path.name, None, "not labelme's", str(error)))
    if not found:
        raise UserError(f"{place} has no json files of labelme, one beside each picture: check the path")
    labels = (shape.get("label") for _, content in found for shape in content["shapes"] if isinstance(shape, dict))
    rest = outside(drawn_categories(labels, categories), unlabelled, given=categories is not None)
    entries = [
        Entry(files.below(path, place), _reader(path, content, place, pictures if images else None, rest))
        for path, content in found
    ]
    for path in _left_over(files.files_in(pictures), pictures, found, place):
        if empty:
            entries.append(Entry(files.below(path, pictures), _empty_reader(path, rest)))
        else:
            what, mend = "the picture has no json", "annotate it, or pass empty=True if it shows nothing"
            problems.append(Problem(files.below(path, pictures), None, "no labels", what, mend))
    made = Made("labelme", (folder,), {"categories": categories, "images": images, "unlabelled": unlabelled})
    return Records(entries, rest.categories, problems, remarks=[rest.remark], made=made)


def _left_over(shown: list[Path], pictures: Path, found: list[tuple[Path, dict]], place: Path) -> list[Path]:
    """The pictures that no json is of, neither by its name nor by its imagePath.

    Where a name comes in one folder alone, json files may lie in another one; else the folders belong to the name.
    """
    often = Counter(files.same_name(path.stem) for path in shown)

    def key(stem: str, folder: Path, root: Path) -> str:
        name = files.same_name(stem)
        return name if often[name] < 2 else files.same_name(folder.relative_to(root).as_posix()) + "/" + name

    named = {key(Path(_image_name(content)).stem, path.parent, place) for path, content in found}
    named |= {key(path.stem, path.parent, place) for path, _ in found}
    return [path for path in shown if key(path.stem, path.parent, pictures) not in named]


def _reader(path: Path, content: dict, place: Path, images: Path | None, rest: Outside):
    def read() -> dict[str, Any]:
        image, shown = _picture(path, content, place, images)
        stated = content.get("imageHeight"), content.get("imageWidth")
        turn = files.turn_of(shown, image, stated)
        size = files.stored_size(image, turn)
        files.check_stated(stated, size, path.name)
        shapes = []
        for number, shape in enumerate(content["shapes"]):
            where = f"shape {number} of {path.name}"
            kind = (shape.get("shape_type") or "polygon") if isinstance(shape, dict) else None
            if kind not in _AREAS:
                what = f"a shape of type {str(kind)[:30]!r} has no area; the types {', '.join(_AREAS)} have one"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            points = corners(shape.get("points"), where, least=2 if kind in ("rectangle", "circle", "mask") else 3)
            group = shape.get("group_id")
            if not isinstance(group, int | str | None):
                what = f"group_id must be a number or null, got {str(group)[:30]}"
                raise stop(where, "bad group", what, "change it, or remove it")
            mask = _painted(shape.get("mask"), points, size, where) if kind == "mask" else None
            mask = shape_mask(kind, points, size) if mask is None else mask
            shapes.append(Shape(files.turned(mask, turn), id_of(shape.get("label"), rest.categories, where), group))
        return {"image": image, **outlined(shapes, image.shape[:2], rest, path.name), **files.doubt(turn, shown, image)}

    return read


def _empty_reader(path: Path, rest: Outside):
    def read() -> dict[str, Any]:
        image = files.picture(path)
        return {"image": image, **outlined([], image.shape[:2], rest, path.name)}

    return read


def _painted(text: Any, points: np.ndarray, size: tuple[int, int], where: str) -> np.ndarray:
    """A brush mask: a PNG in base64, whose upper left pixel is the first of its two points."""
    try:
        stored = base64.b64decode(text, validate=True)
        values = files.label_values(io.BytesIO(stored), where)
    except (TypeError, ValueError, binascii.Error):
        what = "the mask is not a PNG in base64"
        raise stop(where, "bad mask", what, "save the annotation again") from None
    left, top = np.floor(points.min(0)).astype(int).tolist()
    mask = np.zeros(size, bool)
    inside = np.asarray((values if values.ndim == 2 else values.any(-1)) > 0)
    window = mask[max(top, 0) : top + inside.shape[0], max(left, 0) : left + inside.shape[1]]
    window[:] = inside[max(-top, 0) :, max(-left, 0) :][: window.shape[0], : window.shape[1]]
    return mask


def _image_name(content: dict) -> str:
    return str(content.get("imagePath") or "").replace("\\", "/")


def _picture(path: Path, content: dict, place: Path, images: Path | None) -> tuple[np.ndarray, Path | bytes]:
    """The picture, and where it was read."""
    if content.get("imageData"):
        try:
            stored = base64.b64decode(content["imageData"], validate=True)
        except (ValueError, TypeError):
            what = "imageData is not a picture in base64"
            raise stop(path.name, "unreadable", what, "save the annotation again") from None
        return load_image(stored), stored
    found = files.beside(path, _image_name(content), place, images)
    return files.picture(found), found

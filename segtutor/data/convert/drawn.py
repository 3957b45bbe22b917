"""What people draw themselves: labelme's json beside each picture, CVAT's "CVAT for images 1.1" xml.

Shapes have a label and an order; where they overlap the later one lies above (CVAT: the larger z_order). Each shape is
an object of its own; shapes that share labelme's group_id are one. Categories are the labels found, in alphabetical
order, all of them things, unless you pass a list. Pixels of no shape are void.
"""

from __future__ import annotations

import base64
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.maps import as_categories
from segtutor.data.convert.shapes import corners, cvat_mask, shape_mask, whole
from segtutor.data.records import Entry, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Segmentation

MAX_XML_BYTES = 500_000_000
_SHAPES = ("polygon", "rectangle", "circle")


def labelme(folder: str | os.PathLike, categories: Any = None) -> Records:
    """Pictures annotated with labelme: NAME.json beside NAME.jpg (or the picture inside the json).

    Rows: {"image", "segmentation", "file"}. Points, lines and strips have no inside: a record with one is a problem.
    """
    place = files.existing(folder, "folder")
    found, problems = [], []
    for path in files.files_in(place, [".json"]):
        try:
            content = files.read_json(path)
            if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
                raise UserError(f"got {path.name} without a list of shapes, expected labelme's json: remove it")
            found.append((path, content))
        except UserError as error:
            what, _, mend = str(error).removeprefix("got ").rpartition(": ")
            problems.append(Problem(path.name, None, "not labelme's", what, mend))
    if not found:
        raise UserError(f"got {place} without labelme's json files, expected one beside each picture: correct the path")
    labels = (shape.get("label") for _, content in found for shape in content["shapes"] if isinstance(shape, dict))
    known = _categories(labels, categories)
    return Records(
        [Entry(path.name, _labelme_reader(path, content, known)) for path, content in found], known, problems
    )


def cvat(annotations: str | os.PathLike, images: str | os.PathLike, categories: Any = None) -> Records:
    """Pictures annotated with CVAT and exported as "CVAT for images 1.1": polygons, boxes and masks.

    annotations: annotations.xml. images: the folder of the pictures. Rows: {"image", "segmentation", "file"}.
    """
    path, folder = files.existing(annotations), files.existing(images, "folder")
    root = _read_xml(path)
    found = [(image.get("name") or "", image) for image in root.iter("image")]
    if not found:
        raise UserError(f"got {path} without an <image>, expected CVAT's export 'CVAT for images 1.1': export it again")
    labels = (shape.get("label") for _, shapes in found for shape in shapes if shape.tag != "tag")
    known = _categories(labels, categories)
    entries = [
        Entry(name or f"image {i}", _cvat_reader(name, image, folder, known)) for i, (name, image) in enumerate(found)
    ]
    return Records(entries, known)


def painted(
    shapes: Iterable[tuple[np.ndarray, int, Any]], size: tuple[int, int], categories: Categories, file: str
) -> Segmentation:
    """Shapes, from the lowest to the highest, as a Segmentation. shapes: (mask (H, W), category id, group or None)."""
    ids = np.zeros(size, np.int32)
    category_of: dict[int, int] = {}
    groups: dict[Any, int] = {}
    for mask, category_id, group in shapes:
        if not mask.any():
            what, mend = "a shape without a pixel of the picture, expected one that covers some", "draw it again"
            raise stop(file, "empty mask", what, mend)
        segment_id = groups.get((group, category_id)) if group is not None else None
        if segment_id is None:
            segment_id = len(category_of) + 1
            category_of[segment_id] = category_id
            if group is not None:
                groups[group, category_id] = segment_id
        ids[mask] = segment_id
    left = set(np.unique(ids).tolist())
    return Segmentation.from_ids(ids, {i: c for i, c in category_of.items() if i in left}, categories)


def _labelme_reader(path: Path, content: dict, categories: Categories):
    def read() -> dict[str, Any]:
        image = _labelme_picture(path, content)
        size = image.shape[:2]
        _check_stated(content.get("imageWidth"), content.get("imageHeight"), size, path.name)
        shapes = []
        for number, shape in enumerate(content["shapes"]):
            where = f"shape {number} of {path.name}"
            kind = shape.get("shape_type", "polygon") if isinstance(shape, dict) else None
            if kind not in _SHAPES:
                what = f"a shape of type {str(kind)[:30]!r}, expected {', '.join(_SHAPES)}"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            points = corners(shape.get("points"), where, least=3 if kind == "polygon" else 2)
            group = shape.get("group_id")
            if not isinstance(group, int | str | None):
                what = f"group_id {str(group)[:30]}, expected a number or null"
                raise stop(where, "bad group", what, "correct it, or remove it")
            shapes.append((shape_mask(kind, points, size), _id_of(shape.get("label"), categories, where), group))
        return {"image": image, "segmentation": painted(shapes, size, categories, path.name)}

    return read


def _labelme_picture(path: Path, content: dict) -> np.ndarray:
    if content.get("imageData"):
        try:
            stored = base64.b64decode(content["imageData"], validate=True)
        except (ValueError, TypeError):
            what = "imageData that is no base64, expected the picture"
            raise stop(path.name, "unreadable", what, "save the annotation again") from None
        return load_image(stored)
    name = str(content.get("imagePath") or "").replace("\\", "/")
    return files.picture(files.inside(path.parent, Path(name).name))


def _check_stated(width: Any, height: Any, size: tuple[int, int], file: str) -> None:
    """Outlines belong to a picture of one size: where the file states another than the picture has, they lie wrong."""
    if None not in (width, height) and [str(height), str(width)] != [str(side) for side in size]:
        what = f"a picture of {size[1]} x {size[0]} which the annotation calls {width} x {height}, expected one size"
        raise stop(file, "sizes differ", what, "use the picture that was annotated, without resizing or rotating it")


def _cvat_reader(name: str, found_in: Any, folder: Path, categories: Categories):
    shapes = [*found_in]

    def read() -> dict[str, Any]:
        image = files.picture(files.inside(folder, name))
        size = image.shape[:2]
        _check_stated(found_in.get("width"), found_in.get("height"), size, name)
        found = []
        for number, shape in enumerate(shapes):
            where = f"{shape.tag} {number} of {name}"
            if shape.tag == "tag":
                continue
            if shape.tag not in ("polygon", "box", "ellipse", "mask"):
                what = f"a <{shape.tag[:30]}>, which has no area, expected polygon, box, ellipse or mask"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            order = whole(shape.get("z_order") or "0", where)
            found.append((order, cvat_mask(shape, size, where), _id_of(shape.get("label"), categories, where), None))
        found.sort(key=lambda shape: shape[0])
        return {"image": image, "segmentation": painted((s[1:] for s in found), size, categories, name)}

    return read


def _categories(labels: Iterable[Any], given: Any) -> Categories:
    if given is not None:
        return as_categories(given)
    names = sorted({label for label in labels if isinstance(label, str) and label})
    if not names:
        raise UserError("got annotations without a single label, expected shapes with labels: draw some")
    return Categories(Category(i, name, True) for i, name in enumerate(names, 1))


def _id_of(label: Any, categories: Categories, where: str) -> int:
    by_name = {category.name: category.id for category in categories}
    if not isinstance(label, str) or label not in by_name:
        what = f"the label {str(label)[:40]!r}, expected one of {', '.join(list(by_name)[:6])}"
        raise stop(where, "unknown label", what, "correct it, or add it to the categories")
    return by_name[label]


class _Declared(Exception):
    """A DOCTYPE, whose entities can name files or grow without end; whatever the encoding of the file."""


class _Plain(ElementTree.TreeBuilder):
    def doctype(self, *_declared: Any) -> None:
        raise _Declared


def _read_xml(path: Path) -> Any:
    if path.stat().st_size > MAX_XML_BYTES:
        raise UserError(f"got {path} of {path.stat().st_size} bytes, expected at most {MAX_XML_BYTES}: split the task")
    try:
        parser = ElementTree.XMLParser(target=_Plain())
        parser.feed(path.read_bytes())
        return parser.close()
    except _Declared:
        raise UserError(f"got {path} with a DOCTYPE, expected CVAT's plain xml: remove the declaration") from None
    except ElementTree.ParseError as error:
        raise UserError(
            f"got {path}, which is no xml ({error}), expected CVAT's annotations.xml: export it again"
        ) from None

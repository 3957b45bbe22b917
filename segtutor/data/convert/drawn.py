"""What people draw themselves: labelme's json beside each picture, CVAT's "CVAT for images 1.1" xml.

Shapes have a label and an order; where they overlap the later one lies above (CVAT: the larger z_order). Each shape is
an object of its own; shapes that share labelme's group_id are one. Categories are the labels found, in alphabetical
order, all of them things, unless you pass a list. Pixels of no shape are void.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.maps import as_categories
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
    found = [(image.get("name") or "", [*image]) for image in root.iter("image")]
    if not found:
        raise UserError(f"got {path} without an <image>, expected CVAT's export 'CVAT for images 1.1': export it again")
    labels = (shape.get("label") for _, shapes in found for shape in shapes if shape.tag != "tag")
    known = _categories(labels, categories)
    entries = [
        Entry(name or f"image {i}", _cvat_reader(name, shapes, folder, known)) for i, (name, shapes) in enumerate(found)
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


def polygon_mask(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres lie inside a polygon, (H, W) bool. points: (n, 2) as (x, y), corners at integers."""
    from matplotlib.path import Path as Outline

    mask = np.zeros(size, bool)
    low = np.clip(np.floor(points.min(0)).astype(int), 0, (size[1], size[0]))
    high = np.clip(np.ceil(points.max(0)).astype(int), 0, (size[1], size[0]))
    if (high > low).all():
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        inside = Outline(points).contains_points(np.stack([x.ravel(), y.ravel()], 1))
        mask[low[1] : high[1], low[0] : high[0]] = inside.reshape(x.shape)
    return mask


def _labelme_reader(path: Path, content: dict, categories: Categories):
    def read() -> dict[str, Any]:
        image = _labelme_picture(path, content)
        size = image.shape[:2]
        shapes = []
        for number, shape in enumerate(content["shapes"]):
            where = f"shape {number} of {path.name}"
            kind = shape.get("shape_type", "polygon") if isinstance(shape, dict) else None
            if kind not in _SHAPES:
                what = f"a shape of type {str(kind)[:30]!r}, expected {', '.join(_SHAPES)}"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            points = _points(shape.get("points"), where, least=3 if kind == "polygon" else 2)
            shapes.append(
                (_inside(kind, points, size), _id_of(shape.get("label"), categories, where), shape.get("group_id"))
            )
        return {"image": image, "segmentation": painted(shapes, size, categories, path.name)}

    return read


def _labelme_picture(path: Path, content: dict) -> np.ndarray:
    if content.get("imageData"):
        try:
            return load_image(base64.b64decode(content["imageData"], validate=True))
        except ValueError:
            what = "imageData that is no base64, expected the picture"
            raise stop(path.name, "unreadable", what, "save the annotation again") from None
    name = str(content.get("imagePath") or "").replace("\\", "/")
    return files.picture(files.inside(path.parent, Path(name).name))


def _cvat_reader(name: str, shapes: list, folder: Path, categories: Categories):
    def read() -> dict[str, Any]:
        image = files.picture(files.inside(folder, name))
        size = image.shape[:2]
        found = []
        for number, shape in enumerate(shapes):
            where = f"{shape.tag} {number} of {name}"
            if shape.tag == "tag":
                continue
            if shape.tag not in ("polygon", "box", "mask"):
                what = f"a <{shape.tag[:30]}>, which has no area, expected polygon, box or mask"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            order = _whole(shape.get("z_order") or "0", where)
            found.append((order, _cvat_mask(shape, size, where), _id_of(shape.get("label"), categories, where), None))
        found.sort(key=lambda shape: shape[0])
        return {"image": image, "segmentation": painted((s[1:] for s in found), size, categories, name)}

    return read


def _cvat_mask(shape: Any, size: tuple[int, int], where: str) -> np.ndarray:
    if shape.tag == "polygon":
        pairs = [pair.split(",") for pair in (shape.get("points") or "").split(";")]
        return polygon_mask(_points(pairs, where, least=3), size)
    if shape.tag == "box":
        corners = [[shape.get("xtl"), shape.get("ytl")], [shape.get("xbr"), shape.get("ybr")]]
        return _inside("rectangle", _points(corners, where, least=2), size)
    left, top, width, height = (_whole(shape.get(key), where) for key in ("left", "top", "width", "height"))
    runs = [_whole(run, where) for run in (shape.get("rle") or "").split(",")]
    fits = (
        min(left, top, *runs) >= 0 and width > 0 and height > 0 and left + width <= size[1] and top + height <= size[0]
    )
    if not fits or sum(runs) != width * height:
        what = (
            f"a mask of {width} x {height} at ({left}, {top}) that does not fit its runs or the picture, expected that"
        )
        raise stop(where, "bad run lengths", what, "export it again")
    mask = np.zeros(size, bool)
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)  # along the rows, unlike COCO's
    mask[top : top + height, left : left + width] = inside
    return mask


def _inside(kind: str, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    y, x = np.indices(size) + 0.5
    if kind == "polygon":
        return polygon_mask(points, size)
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points[:2].min(0), points[:2].max(0)
        return (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    (cx, cy), edge = points[0], points[1]  # labelme: centre, and a point on the circle
    return (x - cx) ** 2 + (y - cy) ** 2 <= ((edge - points[0]) ** 2).sum()


def _points(points: Any, where: str, *, least: int) -> np.ndarray:
    try:
        array = np.array(points, float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 2 or array.shape[1:] != (2,) or len(array) < least or not (np.abs(array) < 1e6).all():
        what = f"corners {str(points)[:50]}, expected at least {least} pairs of numbers"
        raise stop(where, "bad polygon", what, "draw it again, or remove it")
    return array


def _whole(text: Any, where: str) -> int:
    try:
        return int(str(text).strip())
    except ValueError:
        raise stop(where, "no number", f"{str(text)[:30]!r}, expected a whole number", "export it again") from None


def _categories(labels: Iterable[Any], given: Any) -> Categories:
    if given is not None:
        return as_categories(given)
    names = sorted({label for label in labels if isinstance(label, str) and label})
    if not names:
        raise UserError("got annotations without a single label, expected shapes with labels: draw some")
    return Categories(Category(i, name, True) for i, name in enumerate(names, 1))


def _id_of(label: Any, categories: Categories, where: str) -> int:
    by_name = {category.name: category.id for category in categories}
    if label not in by_name:
        what = f"the label {str(label)[:40]!r}, expected one of {', '.join(list(by_name)[:6])}"
        raise stop(where, "unknown label", what, "correct it, or add it to the categories")
    return by_name[label]


def _read_xml(path: Path) -> Any:
    import xml.etree.ElementTree as ElementTree

    if path.stat().st_size > MAX_XML_BYTES:
        raise UserError(f"got {path} of {path.stat().st_size} bytes, expected at most {MAX_XML_BYTES}: split the task")
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:  # entities can name files, or grow without end
        raise UserError(f"got {path} with a DOCTYPE, expected CVAT's plain xml: remove the declaration")
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise UserError(
            f"got {path}, which is no xml ({error}), expected CVAT's annotations.xml: export it again"
        ) from None

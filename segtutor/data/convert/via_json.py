"""VGG Image Annotator (VIA 1 and 2): one json of regions for all pictures.

The format has no holes, no crowds and no order: where regions overlap the later one lies above.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data.convert import files
from segtutor.data.convert.outlined import Outside, Shape, drawn_categories, id_of, outlined, outside
from segtutor.data.convert.shapes import corners, ellipse_mask, polygon_mask, shape_mask
from segtutor.data.records import Entry, Made, Records, stop
from segtutor.errors import UserError


def via(
    annotations: str | os.PathLike,
    images: str | os.PathLike,
    categories: Any = None,
    *,
    label: str | None = None,
    unlabelled: str | None = None,
) -> Records:
    """Pictures annotated with VIA: polygons, rectangles, circles and ellipses.

    annotations: the project or the exported json. images: the folder of the pictures. label: the region attribute that
    holds the class; needed where regions have several. Categories: the values found, in alphabetical order, all things,
    unless you pass a list. Points and polylines have no inside: a record with one is a problem. unlabelled: what pixels
    of no region are, "background" or "void"; see segtutor.data.convert.outlined.
    Rows: {"image", "segmentation", "file"[, "valid"]}.
    """
    path, folder = files.existing(annotations), files.existing(images, "folder")
    if path.suffix.lower() == ".csv":
        raise UserError(f"{path} is VIA's csv, which is not read: choose Annotation > Export Annotations (as json)")
    content = files.read_json(path)
    content = content.get("_via_img_metadata", content) if isinstance(content, dict) else content
    found = [entry for entry in content.values() if isinstance(entry, dict)] if isinstance(content, dict) else []
    if not found or not all(isinstance(entry.get("filename"), str) and "regions" in entry for entry in found):
        raise UserError(f"{path} has no filename and regions for each picture: export VIA 1 or 2 annotations as json")
    pictures = [(entry["filename"], _regions(entry["regions"])) for entry in found]
    attribute = label or _attribute([region for _, regions in pictures for region in regions], path)
    labels = (_label(region, attribute) for _, regions in pictures for region in regions)
    rest = outside(drawn_categories(labels, categories), unlabelled, given=categories is not None)
    entries = [Entry(name, _reader(name, regions, attribute, folder, rest)) for name, regions in pictures]
    made = Made("via", (annotations, images), {"categories": categories, "label": label, "unlabelled": unlabelled})
    return Records(entries, rest.categories, remarks=[rest.remark], made=made)


def _regions(regions: Any) -> list[dict]:
    """VIA 2 has a list, VIA 1 a dictionary by number."""
    listed = regions.values() if isinstance(regions, dict) else regions if isinstance(regions, list) else []
    return [region for region in listed if isinstance(region, dict)]


def _attribute(regions: list[dict], path: Path) -> str:
    names = Counter(name for region in regions for name in _attributes(region))
    if len(names) == 1:
        return next(iter(names))
    if not names:
        raise UserError(f"the regions of {path} have no attribute that names the class: add one in VIA")
    raise UserError(
        f"the region attribute that names the class is not clear, {path} has {', '.join(sorted(names)[:6])}: pass "
        "label=..."
    )


def _attributes(region: dict) -> dict[str, Any]:
    found = region.get("region_attributes")
    return found if isinstance(found, dict) else {}


def _label(region: dict, attribute: str) -> Any:
    """The class of a region; a checkbox attribute is {name: true}."""
    value = _attributes(region).get(attribute)
    chosen = [key for key, on in value.items() if on] if isinstance(value, dict) else [value]
    value = chosen[0] if len(chosen) == 1 else value
    return value.strip() if isinstance(value, str) else value


def _reader(name: str, regions: list[dict], attribute: str, folder: Path, rest: Outside):
    def read() -> dict[str, Any]:
        path = files.spelled(folder, name)
        image = files.picture(path)
        size = image.shape[:2]
        shapes = []
        for number, region in enumerate(regions):
            where = f"region {number} of {name}"
            mask = _mask(region.get("shape_attributes"), size, where)
            shapes.append(Shape(mask, id_of(_label(region, attribute), rest.categories, where)))
        turn = files.orientation(path)
        more = {"turned": turn} if turn > 1 else {}  # the file does not say how large the picture was shown
        return {"image": image, **outlined(shapes, size, rest, name), **more}

    return read


def _mask(shape: Any, size: tuple[int, int], where: str) -> np.ndarray:
    kind = shape.get("name") if isinstance(shape, dict) else None

    def numbers(*keys: str) -> list[float]:
        return corners([[shape.get(key), 0] for key in keys], where, least=len(keys))[:, 0].tolist()

    if kind == "polygon":
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        pairs = list(zip(xs, ys, strict=False)) if isinstance(xs, list) and isinstance(ys, list) else None
        return polygon_mask(corners(pairs, where, least=3), size)
    if kind == "rect":
        x, y, width, height = numbers("x", "y", "width", "height")
        return shape_mask("rectangle", np.array([[x, y], [x + width, y + height]]), size)
    if kind == "circle":
        x, y, radius = numbers("cx", "cy", "r")
        return ellipse_mask((x, y), (radius, radius), 0.0, size, where)
    if kind == "ellipse":
        x, y, across, down = numbers("cx", "cy", "rx", "ry")
        theta = numbers("theta")[0] if "theta" in shape else 0.0
        return ellipse_mask((x, y), (across, down), math.degrees(theta), size, where)
    what = f"a region of type {str(kind)[:30]!r} has no area; polygon, rect, circle and ellipse have one"
    raise stop(where, "no area", what, "draw its outline, or remove it")

"""CVAT's xml, exported as "CVAT for images 1.1".

Where shapes overlap the larger z_order lies above, and of equal ones the later. Shapes that share a group_id (and a
label) are one object.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from segtutor.data.convert import files
from segtutor.data.convert.outlined import Outside, Shape, drawn_categories, id_of, outlined, outside
from segtutor.data.convert.shapes import cvat_mask, whole
from segtutor.data.records import Entry, Made, Records, stop
from segtutor.errors import UserError

MAX_XML_BYTES = 500_000_000
_AREAS = ("polygon", "box", "ellipse", "mask")


def cvat(
    annotations: str | os.PathLike, images: str | os.PathLike, categories: Any = None, *, unlabelled: str | None = None
) -> Records:
    """Pictures annotated with CVAT: polygons, boxes and ellipses (also turned), brush masks.

    annotations: annotations.xml. images: the folder of the pictures. Categories: the labels of the task and those
    found, in alphabetical order, all things, unless you pass a list (names are things). Points, polylines and skeletons
    have no inside: a record with one is a problem. unlabelled: what pixels of no shape are, "background" or "void"; see
    segtutor.data.convert.outlined for the default.
    Rows: {"image", "segmentation", "file"[, "valid"]}.
    """
    path, folder = files.existing(annotations), files.existing(images, "folder")
    root = _read_xml(path)
    found = [(image.get("name") or "", image) for image in root.iter("image")]
    if not found:
        raise UserError(f"{path} has no <image>: export the task as 'CVAT for images 1.1'")
    labels = [shape.get("label") for _, shapes in found for shape in shapes if shape.tag != "tag"]
    labels += [name.text for name in root.findall("meta//labels/label/name")]
    rest = outside(drawn_categories(labels, categories), unlabelled, given=categories is not None)
    entries = [Entry(name or f"image {i}", _reader(name, image, folder, rest)) for i, (name, image) in enumerate(found)]
    made = Made("cvat", (annotations, images), {"categories": categories, "unlabelled": unlabelled})
    return Records(entries, rest.categories, remarks=[rest.remark], made=made)


def _reader(name: str, found_in: Any, folder: Path, rest: Outside):
    shapes = [*found_in]

    def read() -> dict[str, Any]:
        path = files.spelled(folder, name)
        image = files.picture(path)
        stated = found_in.get("height"), found_in.get("width")
        turn = files.turn_of(path, image, stated)
        size = files.stored_size(image, turn)
        files.check_stated(stated, size, name)
        found = []
        for number, shape in enumerate(shapes):
            where = f"{shape.tag} {number} of {name}"
            if shape.tag == "tag":
                continue
            if shape.tag not in _AREAS:
                what = f"a <{shape.tag[:30]}> has no area; polygon, box, ellipse and mask have one"
                raise stop(where, "no area", what, "draw its outline, or remove it")
            order = whole(shape.get("z_order") or "0", where)
            group = whole(shape.get("group_id") or "0", where) or None
            mask = files.turned(cvat_mask(shape, size, where), turn)
            found.append((order, Shape(mask, id_of(shape.get("label"), rest.categories, where), group)))
        found.sort(key=lambda pair: pair[0])
        truth = outlined((shape for _, shape in found), image.shape[:2], rest, name)
        return {"image": image, **truth, **files.doubt(turn, path, image)}

    return read


class _Declared(Exception):
    """A DOCTYPE, whose entities can name files or grow without end; whatever the encoding of the file."""


class _Plain(ElementTree.TreeBuilder):
    def doctype(self, *_declared: Any) -> None:
        raise _Declared


def _read_xml(path: Path) -> Any:
    if path.stat().st_size > MAX_XML_BYTES:
        raise UserError(f"{path} must have at most {MAX_XML_BYTES} bytes, got {path.stat().st_size}: split the task")
    try:
        parser = ElementTree.XMLParser(target=_Plain())
        parser.feed(path.read_bytes())
        return parser.close()
    except _Declared:
        raise UserError(f"{path} must be CVAT's plain xml, without a DOCTYPE: remove the declaration") from None
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the last two: encodings that none reads
        raise UserError(f"{path} is not valid xml ({error}): export CVAT's annotations.xml again") from None

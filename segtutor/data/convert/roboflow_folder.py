"""Roboflow's export as it unpacks: a folder for each split, in COCO's, YOLO's or the semantic-mask format."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.coco import coco_instances
from segtutor.data.convert.maps import label_maps
from segtutor.data.convert.yolo_txt import yolo
from segtutor.data.records import Records
from segtutor.errors import UserError

_JSON = "_annotations.coco.json"
_CSV = "_classes.csv"
_SAME = {"val": "valid", "validation": "valid"}


def roboflow(folder: str | os.PathLike, split: str = "train", *, unlabelled: str | None = None) -> Records:
    """A split of Roboflow's export: COCO segmentation, YOLO segmentation or semantic masks, whichever is there.

    folder: holds train/, valid/, test/. split: one of them ("val" means "valid"). unlabelled: for outlines, see
    segtutor.data.convert.outlined. In COCO's format Roboflow lists its project as category 0, a group of which nothing
    is labelled: it is left out. Rows as those of coco_instances, yolo and label_maps.
    """
    root = files.existing(folder, "folder")
    part = root / _SAME.get(split, split)
    if (part / _JSON).is_file():
        return coco_instances(part / _JSON, part, unlabelled=unlabelled)
    if (part / _CSV).is_file():
        categories = _classes(part / _CSV)
        values = {category.id: category.id for category in categories}
        return label_maps(part, part, categories, values=values, void=(), suffix="_mask")
    if (root / "data.yaml").is_file():
        return yolo(root, "val" if split in ("valid", "validation") else split, unlabelled=unlabelled)
    there = ", ".join(sorted(path.name for path in root.iterdir())[:8]) or "nothing"
    raise UserError(
        f"{root} has {there}, but no {part.name}/{_JSON}, {part.name}/{_CSV} or data.yaml: unpack Roboflow's export "
        "for segmentation"
    )


def _classes(path: Path) -> Categories:
    """The classes of the semantic-mask format: lines "pixel value, class"."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as a table ({error}): export it again") from None
    read = [(files.small_number(row[0]), row[1]) for row in rows if len(row) >= 2]
    found = [(value, name) for value, name in read if value is not None]
    if not found:
        raise UserError(
            f"{path} has no line '0, background', from which pixel values and classes are read: export it again"
        )
    return Categories(Category(value, name, False) for value, name in found)

"""Published data sets as they lie on disk after unpacking: ADE20K, Cityscapes, Mapillary Vistas, COCO-Stuff.

Each has its own idea of what a number in a label map means, and each is a source of mistakes that raise no error:

    ADE20K            0 is void, classes count from 1                             (SceneParsing: 150 classes)
    Cityscapes        34 ids of which 19 are evaluated; instanceIds = id * 1000 + n, a bare id is a crowd
    Mapillary Vistas  16 bits: class * 256 + number; classes stand in config.json
    COCO-Stuff        value + 1 is COCO's category id, 255 is void                 (stuffthingmaps_trainval2017)

Rows of all: {"image", "segmentation", "file"}.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.maps import label_reader, meanings
from segtutor.data.records import Entry, Records, stop
from segtutor.errors import UserError
from segtutor.segments import Segmentation

# Cityscapes, helpers/labels.py's table as numbers: id, name, train id or None, has instances (arXiv:1604.01685).
CITYSCAPES = (
    (7, "road", 0, False), (8, "sidewalk", 1, False), (11, "building", 2, False), (12, "wall", 3, False),
    (13, "fence", 4, False), (17, "pole", 5, False), (19, "traffic light", 6, False), (20, "traffic sign", 7, False),
    (21, "vegetation", 8, False), (22, "terrain", 9, False), (23, "sky", 10, False), (24, "person", 11, True),
    (25, "rider", 12, True), (26, "car", 13, True), (27, "truck", 14, True), (28, "bus", 15, True),
    (31, "train", 16, True), (32, "motorcycle", 17, True), (33, "bicycle", 18, True),
)  # fmt: skip
CITYSCAPES_VOID = (*range(7), 9, 10, 14, 15, 16, 18, 29, 30)  # in no evaluation; 255 and -1 for what lies outside


def ade20k(folder: str | os.PathLike, split: str = "validation") -> Records:
    """ADE20K's scene parsing release, ADEChallengeData2016: 150 classes, each one segment a picture.

    folder: holds images/, annotations/, objectInfo150.txt. split: "training" or "validation".
    Value 0 is void, value v is the class in line v of objectInfo150.txt; its category id is v.
    """
    root = files.existing(folder, "folder")
    names = _ade_names(files.existing(root / "objectInfo150.txt"))
    categories = Categories(Category(i, name, False) for i, name in enumerate(names, 1))
    table = meanings(categories, {0: None, **{c.id: c.id for c in categories}})
    picture_folder, label_folder = (files.existing(root / part / split, "folder") for part in ("images", "annotations"))
    found, problems = files.pairs(files.files_in(picture_folder), files.files_in(label_folder))
    files.some(found, picture_folder, label_folder)
    return Records([Entry(p.name, label_reader(p, m, categories, table)) for p, m in found], categories, problems)


def cityscapes(folder: str | os.PathLike, split: str = "val") -> Records:
    """Cityscapes' fine annotations, 19 classes, 8 of them things. folder: holds leftImg8bit/ and gtFine/.

    Category ids are Cityscapes' label ids; things without a number of their own are crowds, as in its evaluation.
    """
    root = files.existing(folder, "folder")
    categories = Categories(Category(i, name, thing) for i, name, _, thing in CITYSCAPES)
    pictures = files.files_in(files.existing(root / "leftImg8bit" / split, "folder"))
    maps = files.files_in(files.existing(root / "gtFine" / split, "folder"), [".png"])
    maps = [path for path in maps if path.stem.endswith("_instanceIds")]
    ends = {"image_end": "_leftImg8bit", "label_end": "_gtFine_instanceIds"}
    found, problems = files.pairs(pictures, maps, **ends)
    files.some(found, root / "leftImg8bit" / split, root / "gtFine" / split)
    return Records([Entry(p.name, _cityscapes_reader(p, m, categories)) for p, m in found], categories, problems)


def mapillary(folder: str | os.PathLike, split: str = "validation", version: str = "v1.2") -> Records:
    """Mapillary Vistas: classes of config.json, instances where it says so.

    folder: holds config_VERSION.json (or config.json) and SPLIT/images, SPLIT/VERSION/instances (or SPLIT/instances).
    Classes that are not evaluated ("evaluate": false) are void. Ids are the position in the json, plus 1.
    """
    root = files.existing(folder, "folder")
    config = next((p for p in (root / f"config_{version}.json", root / "config.json") if p.is_file()), None)
    if config is None:
        raise UserError(f"{root} has no config_{version}.json, so it is not Mapillary's folder: check the path")
    labels = files.read_json(config)
    labels = labels.get("labels") if isinstance(labels, dict) else None
    if not isinstance(labels, list) or not all(
        isinstance(x, dict) and {"readable", "instances"} <= x.keys() for x in labels
    ):
        raise UserError(f"{config} must list labels, each with readable and instances: unpack the data set again")
    kept = [i for i, label in enumerate(labels) if label.get("evaluate", True)]
    categories = Categories(Category(i + 1, str(labels[i]["readable"]), bool(labels[i]["instances"])) for i in kept)
    maps_at = next((p for p in (root / split / version / "instances", root / split / "instances") if p.is_dir()), None)
    maps = files.files_in(files.existing(maps_at or root / split / version / "instances", "folder"), [".png"])
    pictures = files.files_in(files.existing(root / split / "images", "folder"))
    found, problems = files.pairs(pictures, maps)
    files.some(found, root / split)
    entries = [Entry(p.name, _mapillary_reader(p, m, categories, len(labels))) for p, m in found]
    return Records(entries, categories, problems)


def coco_stuff(folder: str | os.PathLike, images: str | os.PathLike, names: str | os.PathLike) -> Records:
    """COCO-Stuff's pixel maps, each class one segment. folder: stuffthingmaps_trainval2017/SPLIT. images: the pictures.

    names: labels.txt of COCO-Stuff ("1: person", ..., "92: banner", ...). Ids up to 91 are things. Value v is category
    v + 1, 255 is void. The variant whose values are the ids themselves cannot be told apart: check_labels shows it.
    """
    categories = _stuff_categories(files.existing(names))
    table = meanings(categories, {255: None, **{c.id - 1: c.id for c in categories}})
    pictures, maps = files.existing(images, "folder"), files.existing(folder, "folder")
    found, problems = files.pairs(files.files_in(pictures), files.files_in(maps, [".png"]))
    files.some(found, pictures, maps)
    return Records([Entry(p.name, label_reader(p, m, categories, table)) for p, m in found], categories, problems)


def numbered(values: np.ndarray, kinds: Iterable[tuple[int, int, bool]], categories: Categories) -> Segmentation:
    """One segment a value. values: (H, W); kinds: (value, category id, whether a crowd); any other value is void."""
    ids = np.zeros(values.shape, np.int32)
    category_of, crowd = {}, []
    for segment_id, (value, category_id, is_crowd) in enumerate(kinds, 1):
        ids[values == value] = segment_id
        category_of[segment_id] = category_id
        crowd += [segment_id] if is_crowd else []
    return Segmentation.from_ids(ids, category_of, categories, iscrowd=crowd)


def _cityscapes_reader(picture: Path, labelled: Path, categories: Categories):
    things = {i: thing for i, _, _, thing in CITYSCAPES}

    def read() -> dict[str, Any]:
        image, stored = files.picture(picture), files.label_map(labelled)
        values = _flat(stored, labelled.name)
        files.check_same_size(image, values, picture.name)
        if np.isin(stored, [i for i, thing in things.items() if thing]).any():
            _of_sixteen_bits(stored, labelled.name, "id * 1000 + number", "is this *_labelIds.png?")
        kinds = []
        for value in np.unique(values).tolist():
            label = value // 1000 if value >= 1000 else value
            if label in CITYSCAPES_VOID or label in (-1, 255, 65535):
                continue
            if label not in things or (value >= 1000 and not things[label]):
                what = f"value {value} is neither a Cityscapes id nor id * 1000 + number"
                raise stop(labelled.name, "unknown value", what, "is this *_gtFine_instanceIds.png?")
            kinds.append((value, label, things[label] and value < 1000))
        return {"image": image, "segmentation": numbered(values, kinds, categories)}

    return read


def _mapillary_reader(picture: Path, labelled: Path, categories: Categories, count: int):
    known = {c.id: c for c in categories}

    def read() -> dict[str, Any]:
        image, stored = files.picture(picture), files.label_map(labelled)
        _of_sixteen_bits(stored, labelled.name, "class * 256 + number", "is this a class map (labels/)?")
        values = _flat(stored, labelled.name)
        files.check_same_size(image, values, picture.name)
        largest = int(values.max()) // 256
        if largest >= count:
            what = f"class must be 0 to {count - 1} (value = class * 256 + number), got {largest}"
            raise stop(labelled.name, "unknown value", what, "is the config of the same version?")
        # stuff is one segment a picture, whatever number it was given
        is_thing = np.array([known[i + 1].isthing if i + 1 in known else False for i in range(count)])
        values = np.where(is_thing[values // 256], values, values // 256 * 256)
        present = np.unique(values).tolist()
        kinds = [(value, value // 256 + 1, False) for value in present if value // 256 + 1 in known]
        return {"image": image, "segmentation": numbered(values, kinds, categories)}

    return read


def _of_sixteen_bits(stored: np.ndarray, file: str, rule: str, mend: str) -> None:
    """Raises RecordError for a map of 8 bits, in which no instance number has room: all would be of class 0."""
    if stored.ndim == 2 and stored.dtype == np.uint8:
        what = f"the map must have 16 bits (value = {rule}), got 8"
        raise stop(file, "wrong mode", what, f"use the instance maps; {mend}")


def _flat(values: np.ndarray, file: str) -> np.ndarray:
    if values.ndim != 2:
        what = "the map must hold one number for each pixel (16 bits), got colours"
        raise stop(file, "wrong mode", what, "use the file with ids, not the one with colours")
    return values.astype(np.int64)


def _ade_names(path: Path) -> list[str]:
    rows = [
        line.split("\t") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[1:] if line.strip()
    ]
    names = [row[-1].split(",")[0].strip() for row in rows]
    if len(names) != 150:
        raise UserError(f"{path} must have 150 lines below the title, got {len(names)}: unpack the data set again")
    return names


def _stuff_categories(path: Path) -> Categories:
    found = re.findall(
        r"^\s*(\d{1,9})\s*:\s*(.+?)\s*$", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
    )
    kept = [(int(number), name) for number, name in found if 0 < int(number) < 255]
    if not kept:
        raise UserError(f"{path} has no lines such as '1: person': use COCO-Stuff's labels.txt")
    return Categories(Category(number, name, number <= 91) for number, name in kept)

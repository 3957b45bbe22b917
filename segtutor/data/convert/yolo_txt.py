"""YOLO's outlines: a txt of polygons for each picture, and a data.yaml that names the classes.

A line is "class x y x y ..."; x and y are shares of the picture's width and height. The format has no holes, no crowds
and no order: where outlines overlap the later line lies above.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.maps import as_categories, is_background
from segtutor.data.convert.outlined import Outside, Shape, outlined, outside
from segtutor.data.convert.shapes import polygon_mask
from segtutor.data.named_files import content_of
from segtutor.data.records import Entry, Made, Problem, Records, stop
from segtutor.errors import UserError

MAX_YAML_BYTES = 1_000_000
MAX_TXT_BYTES = 50_000_000
_SAME = {"val": ("val", "valid", "validation"), "train": ("train",), "test": ("test",)}


def yolo(
    folder: str | os.PathLike, split: str = "train", categories: Any = None, *, unlabelled: str | None = None
) -> Records:
    """Pictures with YOLO's segmentation labels.

    folder: holds data.yaml (or is such a file), which names the classes and says where the pictures of each split are;
    their labels are where "images" in that path is "labels". split: "train", "val" or "test". categories: instead of
    the names of data.yaml. A picture without a txt shows none of the classes, as in YOLO's training. A line of five
    numbers is a box, which has no outline: its record is a problem. unlabelled: what pixels of no outline are,
    "background" or "void"; see segtutor.data.convert.outlined.
    Rows: {"image", "segmentation", "file"[, "valid"]}.
    """
    place = Path(os.path.expanduser(folder))
    config = place if place.suffix in (".yaml", ".yml") else _yaml_in(files.existing(folder, "folder"))
    content = _yaml(files.existing(config))
    names = _names(content.get("names"), config) if categories is None else None
    known = as_categories(categories, things=True) if names is None else names
    rest = outside(known, unlabelled, given=categories is not None)
    pictures = _pictures(content, config, split)
    entries, problems = [], []
    for path in files.files_in(pictures):
        entries.append(Entry(path.name, _reader(path, _labels_of(path, pictures), rest)))
    if not entries:
        raise UserError(f"{pictures} has no picture of the split {split!r} of {config}: check the path")
    spare = {files.same_name(path.stem) for path in files.files_in(pictures)}
    at = _labels_of(pictures / "x", pictures).parent
    for path in files.files_in(at, [".txt"]) if at.is_dir() and at != pictures else []:
        if files.same_name(path.stem) not in spare and path.name != "classes.txt":
            what, mend = "the labels have no picture of the same name", "add it, or remove the labels"
            problems.append(Problem(path.name, None, "no picture", what, mend))
    made = Made("yolo", (folder, split), {"categories": categories, "unlabelled": unlabelled})
    return Records(entries, rest.categories, problems, remarks=[rest.remark], made=made)


def _yaml_in(folder: Path) -> Path:
    found = next(
        (folder / name for name in ("data.yaml", "data.yml", "dataset.yaml") if (folder / name).is_file()), None
    )
    if found is None:
        raise UserError(f"{folder} has no data.yaml, which lists the classes: add it, or pass its path")
    return found


def _yaml(path: Path) -> dict:
    import yaml

    try:
        content = yaml.safe_load(content_of(path, path.name, MAX_YAML_BYTES))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{path} is not valid YAML ({reason})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} must have names: and train:, val:, got a {type(content).__name__}")
    return content


def _names(names: Any, path: Path) -> Categories:
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names or not all(isinstance(key, int) and key >= 0 for key in names):
        raise UserError(f"{path} has no names of classes: add names: [cat, dog] or {{0: cat}}")
    return Categories(
        Category(number, str(name), not is_background(str(name))) for number, name in sorted(names.items())
    )


def _pictures(content: dict, config: Path, split: str) -> Path:
    """The folder of a split's pictures: as data.yaml says, or where the usual layouts have them."""
    base = config.parent
    stated = [content[name] for name in _SAME.get(split, (split,)) if isinstance(content.get(name), str)]
    root = content.get("path") if isinstance(content.get("path"), str) else ""
    tries = []
    for text in stated:
        text = text.replace("\\", "/")
        ways = [text, text.removeprefix("../"), f"{root}/{text}" if root else text]
        tries += [base / way for way in ways if not os.path.isabs(way)]
    for name in _SAME.get(split, (split,)):
        tries += [base / "images" / name, base / name / "images"]
    around = config.resolve().parent.parent
    for found in tries:
        if found.is_dir() and found.resolve().is_relative_to(around):
            return found
    said = f" (data.yaml says {stated[0]!r})" if stated else ""
    raise UserError(
        f"{base} has no pictures of the split {split!r}{said}, neither in images/{split} nor in {split}/images: check "
        "split and data.yaml"
    )


def _labels_of(picture: Path, pictures: Path) -> Path:
    """Where the labels of a picture are: the last "images" in its path is "labels", else beside it."""
    parts = list(picture.parts)
    last = max((i for i, part in enumerate(parts[:-1]) if part == "images"), default=None)
    if last is not None:
        parts[last] = "labels"
    return Path(*parts).with_suffix(".txt")


def _reader(picture: Path, labels: Path, rest: Outside):
    def read() -> dict[str, Any]:
        image = files.picture(picture)
        height, width = image.shape[:2]
        text = content_of(labels, labels.name, MAX_TXT_BYTES).decode("utf-8", "replace") if labels.is_file() else ""
        shapes = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            where = f"line {number} of {labels.name}"
            category_id, points = _outline(line, where)
            if category_id not in {c.id for c in rest.categories}:
                what = f"class {category_id} is none of the {len(rest.categories)} in data.yaml"
                raise stop(where, "unknown label", what, "change it, or add its name")
            shapes.append(Shape(polygon_mask(points * (width, height), (height, width)), category_id))
        turn = files.orientation(picture)
        more = {"turned": turn} if turn > 1 else {}  # shares say nothing of how the picture lay
        return {"image": image, **outlined(shapes, (height, width), rest, labels.name), **more}

    return read


def _outline(line: str, where: str) -> tuple[int, np.ndarray]:
    try:
        numbers = [float(part) for part in line.split()]
    except ValueError:
        numbers = []
    if len(numbers) == 5:
        what, mend = (
            "a line must be an outline, got a box (class, centre, size)",
            "export segmentation labels, not detection",
        )
        raise stop(where, "no area", what, mend)
    good = len(numbers) >= 7 and len(numbers) % 2 == 1 and numbers[0] == int(numbers[0])
    points = np.array(numbers[1:]).reshape(-1, 2) if good else np.zeros((0, 2))
    if not good or not (np.abs(points) <= 2).all():
        what = f"a line must be a class and at least three corners x y as shares of 0 to 1, got {line[:50]!r}"
        raise stop(where, "bad polygon", what, "export it again")
    return int(numbers[0]), points

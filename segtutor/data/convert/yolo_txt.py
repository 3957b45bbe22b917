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
from segtutor.data.convert.outlined import Outside, Shape, name_of, outlined, outside
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
    entries, problems, labelled = [], [], False
    places = _pictures(content, config, split)
    for pictures in places:
        at, problem = _labels_in(pictures)
        problems += problem
        labelled = labelled or bool(at)
        for path in files.files_in(pictures):
            name = files.below(path, pictures if len(places) == 1 else config.parent.resolve().parent)
            entries.append(Entry(name, _reader(path, at.get(path), known, rest)))
    where = " and ".join(map(str, places))
    if not entries:
        raise UserError(f"{where} has no picture of the split {split!r} of {config}: check the path")
    if not labelled:
        raise UserError(
            f"no picture of {where} has labels, neither beside it nor where 'images' in its path is 'labels': add the "
            "txt files, one for each picture (an empty one where there is nothing)"
        )
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
    """The content, all of it as texts: a class called no is no truth value, and 1.10 is not 1.1."""
    import yaml

    try:
        content = yaml.load(content_of(path, path.name, MAX_YAML_BYTES), Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{path} is not valid YAML ({reason})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} must have names: and train:, val:, got a {type(content).__name__}")
    return content


def _names(names: Any, path: Path) -> Categories:
    if isinstance(names, list):
        names = {str(number): name for number, name in enumerate(names)}
    good = isinstance(names, dict) and names and all(isinstance(name, str) for name in names.values())
    if not good or not all(key.strip().isdecimal() and len(key) < 9 for key in names):
        raise UserError(f"{path} has no names of classes: add names: [cat, dog] or {{0: cat}}")
    return Categories(
        Category(number, name, not is_background(name))
        for number, name in sorted((int(key), name_of(name) or key) for key, name in names.items())
    )


def _pictures(content: dict, config: Path, split: str) -> list[Path]:
    """The folders of a split's pictures: as data.yaml says, or where the usual layouts have them."""
    base = config.parent
    said = next((content[name] for name in _SAME.get(split, (split,)) if content.get(name)), [])
    said = [said] if isinstance(said, str) else said
    said = [text for text in said if isinstance(text, str)] if isinstance(said, list) else []
    root = content.get("path") if isinstance(content.get("path"), str) else ""
    around = config.resolve().parent.parent

    def found(tries: list[Path]) -> Path | None:
        return next((one for one in tries if one.is_dir() and one.resolve().is_relative_to(around)), None)

    stated = []
    for text in said:
        text = text.replace("\\", "/")
        ways = [text, text.removeprefix("../"), f"{root}/{text}" if root else text]
        stated.append(found([base / way for way in ways if not os.path.isabs(way)]))
    if stated and None not in stated:
        return [place for place in stated if place is not None]
    usual = [place for name in _SAME.get(split, (split,)) for place in (base / "images" / name, base / name / "images")]
    one = found(usual)
    if one is not None and len(said) < 2:
        return [one]
    shown = f" (data.yaml says {', '.join(map(repr, said))})" if said else ""
    raise UserError(
        f"{base} has no pictures of the split {split!r}{shown}, neither in images/{split} nor in {split}/images: check "
        "split and data.yaml"
    )


def _labels_in(pictures: Path) -> tuple[dict[Path, Path], list[Problem]]:
    """{picture: its txt}, and the txt files without a picture.

    The labels are where the last "images" of the pictures' path is "labels", or beside the pictures.
    """
    whole = pictures.absolute()
    last = max((i for i, part in enumerate(whole.parts) if part == "images"), default=None)
    shown, folder = files.files_in(pictures), pictures
    if last is not None:
        apart = Path(*whole.parts[:last], "labels", *whole.parts[last + 1 :])
        folder = apart if apart.is_dir() else pictures
    listed = [path for path in files.files_in(folder, [".txt"]) if path.name != "classes.txt"]
    exact = {_key(path, folder): path for path in listed}
    rough: dict[str, list[Path]] = {}
    for path in listed:
        rough.setdefault(files.alike(_key(path, folder)), []).append(path)
    found = {}
    for path in shown:
        near = rough.get(files.alike(_key(path, pictures)), [])
        labels = exact.get(_key(path, pictures)) or (near[0] if len(near) == 1 else None)
        if labels is not None:  # a picture without a txt shows nothing
            found[path] = labels
    what, mend = "the labels have no picture of the same name", "add it, or remove the labels"
    left = sorted(set(listed) - set(found.values())) if folder != pictures else []  # beside pictures lies any text
    return found, [Problem(files.below(path, folder), None, "no picture", what, mend) for path in left]


def _key(path: Path, root: Path) -> str:
    return files.same_name(path.relative_to(root).with_suffix("").as_posix())


def _reader(picture: Path, labels: Path | None, known: Categories, rest: Outside):
    def read() -> dict[str, Any]:
        image = files.picture(picture)
        height, width = image.shape[:2]
        name = picture.name if labels is None else labels.name
        text = "" if labels is None else content_of(labels, name, MAX_TXT_BYTES).decode("utf-8-sig", "replace")
        shapes = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            where = f"line {number} of {name}"
            category_id, points = _outline(line, where)
            if category_id not in {c.id for c in known}:
                what = f"class {category_id} is none of the {len(known)} in data.yaml, which count from {known[0].id}"
                mend = "change it, or add its name; where labels count from 1, all classes are one too high"
                raise stop(where, "unknown label", what, mend)
            shapes.append(Shape(polygon_mask(points * (width, height), (height, width)), category_id))
        turn = files.orientation(picture)
        more = {"turned": turn} if turn > 1 else {}  # shares say nothing of how the picture lay
        return {"image": image, **outlined(shapes, (height, width), rest, name), **more}

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

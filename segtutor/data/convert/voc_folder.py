"""Pascal VOC's folders, and CVAT's "Segmentation mask 1.1", which has the same ones and a labelmap.txt.

    JPEGImages/NAME.jpg   SegmentationClass/NAME.png   SegmentationObject/NAME.png   ImageSets/Segmentation/SPLIT.txt

A class map holds the number of a class (VOC, with a palette for viewers) or its colour (labelmap.txt says which). VOC
leaves a border of 255 around objects: void.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.convert.maps import as_categories, is_background, label_reader, meanings
from segtutor.data.records import Entry, Made, Problem, Records
from segtutor.errors import UserError

# The 20 classes of the challenge in the order of their numbers, which is alphabetical (Everingham et al., IJCV 2010).
VOC = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
_VOID = (224, 224, 192)  # the border's colour where a class map was saved as RGB


def voc(
    folder: str | os.PathLike,
    split: str | None = None,
    categories: Any = None,
    *,
    images: str | os.PathLike | None = None,
) -> Records:
    """Pascal VOC's layout, or CVAT's "Segmentation mask 1.1" as it unpacks.

    folder: holds SegmentationClass/ and, where objects are told apart, SegmentationObject/. split: a list in
    ImageSets/Segmentation ("train", "val", "default"); by default all maps. categories: the classes in the order of
    their numbers, 0 first; default: labelmap.txt's, else VOC's 21. images: the folder of the pictures, where it is not
    JPEGImages. Classes but the background are things where SegmentationObject is there.
    Rows: {"image", "segmentation", "file"}.
    """
    root = files.existing(folder, "folder")
    colours = _labelmap(root / "labelmap.txt") if (root / "labelmap.txt").is_file() else None
    own = (root / "SegmentationObject").is_dir()
    names = list(colours) if colours else list(VOC)
    known = as_categories(names if categories is None else categories, things=own)
    if categories is None or all(isinstance(name, str) for name in categories):
        known = Categories(Category(i, c.name, own and not is_background(c.name)) for i, c in enumerate(known))
    values: dict[Any, int | None] = {i: c.id for i, c in enumerate(known)} | {255: None}
    if colours and categories is None:
        values |= {colour: known[i].id for i, colour in enumerate(colours.values())}
    elif colours is None:
        values |= {palette_colour(i): c.id for i, c in enumerate(known)}
    table = meanings(known, values)
    table.setdefault(next(iter(meanings(known, {_VOID: None}))), None)
    places = [files.existing(root / "SegmentationClass", "folder")]
    places.insert(0, files.existing(root / "JPEGImages" if images is None else images, "folder"))
    pictures, maps = files.files_in(places[0]), files.files_in(places[1])
    every_map = maps
    if split is not None:
        kept = _split(root / "ImageSets" / "Segmentation" / f"{split}.txt")
        pictures = [p for p in pictures if _key(p, places[0]) in kept or files.same_name(p.stem) in kept]
        maps = [p for p in maps if _key(p, places[1]) in kept or files.same_name(p.stem) in kept]
    else:  # most pictures of VOC have boxes only
        labelled = {files.same_name(path.stem) for path in maps}
        pictures = [path for path in pictures if files.same_name(path.stem) in labelled]
    found, problems = files.pairs(pictures, maps)
    files.some(found, *places)
    numbers = dict(files.pairs(every_map, files.files_in(root / "SegmentationObject"))[0]) if own else {}
    entries = []
    for picture, labelled_map in found:
        numbered = numbers.get(labelled_map)
        if own and numbered is None:
            what, mend = "the picture has no object map of the same name", "add it"
            problems.append(Problem(picture.name, None, "no instances", what, mend))
            continue
        entries.append(
            Entry(files.below(picture, places[0]), label_reader(picture, labelled_map, known, table, numbered))
        )
    made = Made("voc", (folder,), {"split": split, "categories": categories, "images": images})
    return Records(entries, known, problems, made=made)


def palette_colour(number: int) -> tuple[int, int, int]:
    """VOC's colour of a class number: its bits, three at a time, are the highest bits of red, green, blue, and so on.

    >>> palette_colour(1), palette_colour(15), palette_colour(255)
    ((128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    channels = [0, 0, 0]
    for step in range(8):
        for channel in range(3):
            channels[channel] |= (number >> 3 * step + channel & 1) << 7 - step
    return channels[0], channels[1], channels[2]


def _key(path: Path, root: Path) -> str:
    return files.same_name(path.relative_to(root).with_suffix("").as_posix())


def _split(path: Path) -> set[str]:
    if not path.is_file():
        there = sorted(p.stem for p in path.parent.glob("*.txt")) if path.parent.is_dir() else []
        raise UserError(
            f"split {path.stem!r} has no file {path}, there is {', '.join(there) or 'none'}: choose another, or leave "
            "split out for all pictures"
        )
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {files.same_name(line.split()[0]) for line in lines if line.strip()}


def _labelmap(path: Path) -> dict[str, tuple[int, int, int]]:
    """{name: colour} of CVAT's list: "label:color_rgb:parts:actions", a line for each class."""
    found: dict[str, tuple[int, int, int]] = {}
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, rest = line.partition(":")
        parts = [files.small_number(part.strip()) for part in rest.partition(":")[0].split(",")]
        numbers = [part for part in parts if part is not None and part <= 255]
        if len(parts) != 3 or len(numbers) != 3:
            raise UserError(
                f"the line {line[:50]!r} of {path} must be 'name:red,green,blue::': export it again from CVAT"
            )
        colour = (numbers[0], numbers[1], numbers[2])
        if colour in found.values():
            raise UserError(f"the colour {colour} in {path} has two classes: change one in the CVAT project")
        found[name] = colour
    if not found:
        raise UserError(f"{path} has no class, a line 'name:red,green,blue::' each: export it again from CVAT")
    return found

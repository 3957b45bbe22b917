"""Label maps: a picture beside a picture of numbers (or colours), one a pixel, and perhaps a third with instances.

    records = st.data.label_maps("photos", "labels", ["road", "car"], void=[255])
    records = st.data.label_maps("photos", "labels", categories, values={7: 1, 11: 2, 0: None}, instances="instances")

What a number means is said, not guessed: by default value v is the category at position v, and `void` lists the values
that are no class. Any other value is an error that names the file and the value, never a class by accident.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.records import Entry, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.segments import Segmentation


def label_maps(
    images: str | os.PathLike,
    labels: str | os.PathLike,
    categories: Any,
    *,
    values: Mapping[Any, int | None] | None = None,
    void: Iterable[Any] | int | None = (255,),
    instances: str | os.PathLike | None = None,
) -> Records:
    """Pictures and label maps from two (or three) folders, paired by file name without ending.

    categories: names, or what Categories takes ({"id", "name", "isthing"}). values: {value in the file: category id, or
    None for void}; a value is an integer, or (red, green, blue) where the labels are colours. Default: the value is
    the position in `categories`. void: values that are void beside those. instances: a folder of maps whose numbers
    tell things of one class apart (0 = none); without it a class is one segment a picture.
    Rows: {"image", "segmentation", "file"}. Raises UserError for folders, categories, values that cannot be.
    """
    categories = as_categories(categories)
    table = meanings(categories, values, void)
    picture_folder, label_folder = files.existing(images, "folder"), files.existing(labels, "folder")
    found, problems = files.pairs(files.files_in(picture_folder), files.files_in(label_folder))
    files.some(found, picture_folder, label_folder)
    numbers: dict[str, Path] = {}
    if instances is not None:
        numbers = {path.stem: path for path in files.files_in(files.existing(instances, "folder"))}
        for picture, _ in found:
            if picture.stem not in numbers:
                what, mend = "a picture without an instance map, expected one of the same name", "add it"
                problems.append(Problem(picture.name, None, "no instances", what, mend))
    entries = [
        Entry(picture.name, label_reader(picture, labelled, categories, table, numbers.get(picture.stem)))
        for picture, labelled in found
        if instances is None or picture.stem in numbers
    ]
    return Records(entries, categories, problems)


def as_categories(categories: Any) -> Categories:
    """Categories; a list of names becomes one of stuff with ids 1, 2, ..."""
    if isinstance(categories, list | tuple) and categories and all(isinstance(name, str) for name in categories):
        return Categories(Category(i, name, False) for i, name in enumerate(categories, 1))
    return Categories.from_coco(categories)


def meanings(
    categories: Categories, values: Mapping[Any, int | None] | None, void: Iterable[Any] | int | None = ()
) -> dict[int, int | None]:
    """{value in the file: category id or None}; a colour counts as R + 256 G + 65536 B."""
    if values is not None and not isinstance(values, Mapping):
        raise UserError(
            f"got values of type {type(values).__name__}, expected a dictionary: {{value in the file: category id, or "
            "None for void}"
        )
    void = voids(void)
    given = {i: c.id for i, c in enumerate(categories)} if values is None else dict(values)
    table: dict[int, int | None] = {}
    for value, category_id in given.items():
        if category_id is not None:
            categories.index(category_id)
        table[_number(value)] = category_id
    for value in void:
        if table.get(_number(value)) is not None and values is not None:
            raise UserError(f"got {value} as a class and as void, expected one of the two: correct values or void")
        if values is None and 0 <= _number(value) < len(categories):
            raise UserError(
                f"got void {value}, which is the position of {categories[_number(value)].name!r}, expected a value "
                "that is no class: say with values={...} what each value means, or void=() where nothing is void"
            )
        table[_number(value)] = None
    return table


def voids(void: Iterable[Any] | int | None) -> tuple:
    """The values that are void; one number stands for itself, None for none."""
    if void is None:
        return ()
    return (void,) if isinstance(void, int | np.integer) else tuple(void)


def label_reader(
    picture: Path, labelled: Path, categories: Categories, table: Mapping[int, int | None], numbered: Path | None = None
):
    """A reader for Records: picture and labels -> row."""

    def read() -> dict[str, Any]:
        image = files.picture(picture)
        stored = files.label_map(labelled)
        files.check_same_size(image, stored, picture.name)
        numbers = None
        if numbered is not None:
            numbers = files.label_map(numbered)
            files.check_same_size(image, numbers, picture.name)
        return {"image": image, "segmentation": from_labels(stored, categories, table, numbers, labelled.name)}

    return read


def from_labels(
    stored: np.ndarray,
    categories: Categories,
    table: Mapping[int, int | None],
    numbers: np.ndarray | None = None,
    file: str = "labels",
) -> Segmentation:
    """Segments out of a map of values: one a class, and one an instance of a thing where `numbers` tells them apart.

    stored: (H, W) integers or (H, W, 3) colours. Raises RecordError naming a value that means nothing.
    """
    values = stored.astype(np.int64)
    if values.ndim == 3:
        values = values[..., 0] + 256 * values[..., 1] + 65536 * values[..., 2]
    present, place = np.unique(values, return_inverse=True)
    unknown = [v for v in present.tolist() if v not in table]
    if unknown:
        shown = _shown(unknown[0], stored.ndim)
        mend = f"say what {shown} means in values={{...}}, or add it to void"
        if stored.ndim == 2 and unknown == [0]:
            mend += "; files that count classes from 1 keep 0 for void"
        what = f"{int((values == unknown[0]).sum())} pixels of value {shown}, expected one of {len(table)} known values"
        raise stop(file, "unknown value", what, mend)
    classes = np.array([-1 if table[v] is None else categories.index(table[v]) for v in present.tolist()])
    labels = classes[place.reshape(values.shape)]  # (H, W), -1 = void
    thing = np.array([c.isthing for c in categories] + [False])[labels]
    own = np.zeros_like(labels)
    if numbers is not None:
        own = np.where(thing, numbers[..., 0] if numbers.ndim == 3 else numbers, 0).astype(np.int64)
    joint = (labels + 1) * (own.max() + 1) + own
    joint[labels < 0] = 0
    kinds, ids = np.unique(joint, return_inverse=True)
    ids = ids.reshape(joint.shape) + (0 if kinds[0] == 0 else 1)
    category_of = {}
    for segment_id in np.unique(ids[ids > 0]).tolist():
        kind = int(kinds[segment_id - (0 if kinds[0] == 0 else 1)])
        category_of[segment_id] = categories[kind // (int(own.max()) + 1) - 1].id
    return Segmentation.from_ids(ids, category_of, categories)


def _number(value: Any) -> int:
    if isinstance(value, tuple | list):
        if len(value) != 3 or not all(isinstance(v, int | np.integer) and 0 <= v <= 255 for v in value):
            raise UserError(f"got the colour {value!r}, expected three numbers 0..255: correct values")
        return int(value[0]) + 256 * int(value[1]) + 65536 * int(value[2])
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise UserError(f"got the value {value!r}, expected an integer or three numbers of a colour: correct values")
    return int(value)


def _shown(value: int, ndim: int) -> str:
    return str((value & 255, value >> 8 & 255, value >> 16)) if ndim == 3 else str(value)

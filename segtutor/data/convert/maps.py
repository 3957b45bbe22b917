"""Label maps: a picture beside a picture of numbers (or colours), one a pixel, and perhaps a third with instances.

    records = st.data.label_maps("photos", "labels", ["road", "car"], void=[255])
    records = st.data.label_maps("photos", "labels", categories, values={7: 1, 11: 2, 0: None}, instances="instances")
    records = st.data.label_maps("data", "data", ["road", "car"], suffix="_mask")        # a.jpg beside a_mask.png

What a number means is said, not guessed: by default value v is the category at position v, and `void` lists the values
that are no class. Any other value is an error that names the file and the value, never a class by accident. The one
exception is said in `records.remarks`: maps of 0 and 255 alone, for two names, are black and white.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert import files
from segtutor.data.records import Entry, Made, Problem, Records, stop
from segtutor.errors import UserError
from segtutor.limits import MAX_SEGMENTS
from segtutor.segments import Segmentation

USUAL_VOID = (255,)  # the default, told from the same value said by a person by being this object
_COLOUR = 1 << 24  # added to the number of a colour, so that pure red is not the number 255
_LOOKED_AT = 24  # maps that are opened to see whether they are black and white, and which classes have instances


def label_maps(
    images: str | os.PathLike,
    labels: str | os.PathLike,
    categories: Any,
    *,
    values: Mapping[Any, int | None] | None = None,
    void: Iterable[Any] | int | None = USUAL_VOID,
    instances: str | os.PathLike | None = None,
    suffix: str = "",
) -> Records:
    """Pictures and label maps from two (or three) folders, paired by file name without ending.

    categories: names, or what Categories takes ({"id", "name", "isthing"}). values: {value in the file: category id, or
    None for void}; a value is an integer, or (red, green, blue) where the labels are colours. Default: the value is
    the position in `categories`. void: values that are void beside those. instances: a folder of maps whose numbers
    (or colours) tell things of one class apart (0 = none); without it a class is one segment a picture. Of plain names
    those are things that have instances in these maps. suffix: what the names of label and instance maps end with
    beside the picture's ("_mask"); the folders may then be one, and so they may where pictures are JPEG and maps PNG.
    Rows: {"image", "segmentation", "file"}. Raises UserError for folders, categories, values that cannot be.
    """
    plain = names_only(categories)
    kept = as_categories(categories)
    picture_folder, label_folder = files.existing(images, "folder"), files.existing(labels, "folder")
    all_pictures, all_labels = _told_apart(picture_folder, label_folder, suffix)
    found, problems = files.pairs(all_pictures, all_labels, label_end=suffix)
    files.some(found, picture_folder, label_folder)
    numbers: dict[Path, Path] = {}  # of a picture, not of its name, which others may have in other folders
    if instances is not None:
        maps = files.files_in(files.existing(instances, "folder"))
        numbers = dict(files.pairs(all_pictures, maps, label_end=suffix)[0])
        for picture, _ in found:
            if picture not in numbers:
                what, mend = "the picture has no instance map of the same name", "add it"
                problems.append(Problem(picture.name, None, "no instances", what, mend))
        found = [pair for pair in found if pair[0] in numbers]
    remarks = []
    if values is None and void is USUAL_VOID and len(kept) <= 2 and _black_and_white(found):
        values, void, remark = _as_black_and_white(kept)
        remarks.append(remark)
    table = meanings(kept, values, void)
    if plain and instances is not None:
        kept, remark = _with_things(kept, found, numbers, table)
        remarks.append(remark)
    entries = [
        Entry(files.below(p, picture_folder), label_reader(p, m, kept, table, numbers.get(p), strict=plain))
        for p, m in found
    ]
    asked: dict[str, Any] = {"values": values, "void": None if void is USUAL_VOID else void}
    asked |= {"instances": instances, "suffix": suffix or None}
    made = Made("label_maps", (images, labels, categories), asked)
    return Records(entries, kept, problems, remarks=remarks, made=made)


def _told_apart(pictures: Path, labels: Path, suffix: str) -> tuple[list[Path], list[Path]]:
    """The pictures and the label maps, also where both lie in one folder: by suffix, or as JPEG beside PNG."""
    all_pictures, all_labels = files.files_in(pictures), files.files_in(labels)
    if suffix:
        all_labels = [path for path in all_labels if path.stem.endswith(suffix)]
        marked = set(all_labels)
        return [path for path in all_pictures if path not in marked], all_labels
    if not os.path.samefile(pictures, labels):
        return all_pictures, all_labels
    photos = [path for path in all_pictures if path.suffix.lower() in (".jpg", ".jpeg", ".webp")]
    maps = [path for path in all_pictures if path not in set(photos)]
    if not photos or not maps:
        raise UserError(
            f"pictures and labels are both in {pictures}, where nothing tells them apart: pass two folders, or "
            'suffix="_mask" if labels are called a_mask.png, or store pictures as JPEG and labels as PNG'
        )
    return photos, maps


def _sampled(found: Sequence[Any]) -> list[Any]:
    places = np.unique(np.linspace(0, len(found) - 1, min(len(found), _LOOKED_AT)).round().astype(int))
    return [found[i] for i in places.tolist()]


def _black_and_white(found: Sequence[tuple[Path, Path]]) -> bool:
    """Whether 0 and 255 are all that the maps hold, and both occur."""
    seen: set[int] = set()
    for _, labelled in _sampled(found):
        try:
            stored = files.label_map(labelled)
        except UserError:
            continue  # its record will say so
        stored = stored if stored.ndim == 2 else _as_grey(stored)
        if stored is None or stored.dtype != np.uint8:
            return False
        seen |= set(np.flatnonzero(np.bincount(stored.ravel(), minlength=256)).tolist())
        if seen - {0, 255}:
            return False
    return 255 in seen and 0 in seen


def _as_black_and_white(categories: Categories) -> tuple[dict[int, int | None], tuple, str]:
    """What 0 and 255 are for one or two names, and the remark that says so."""
    ids = [c.id for c in categories]
    values: dict[int, int | None] = {0: ids[0], 255: ids[1]} if len(ids) == 2 else {0: None, 255: ids[0]}
    said = "void" if values[0] is None else repr(categories[0].name)
    return (
        values,
        (),
        f"the maps hold 0 and 255 alone, black and white: 0 is read as {said}, 255 as "
        f"{categories[len(ids) - 1].name!r}, and not as void (void=[255] reads it so)",
    )


def _with_things(
    categories: Categories, found: Sequence[tuple[Path, Path]], numbers: Mapping[Path, Path], table: Mapping
) -> tuple[Categories, str]:
    """The categories with those as things whose pixels have instance numbers, and the remark that says which."""
    things: set[int] = set()
    for picture, labelled in _sampled(found):
        try:
            values = _numbered(files.label_map(labelled), table)
            own = _own_numbers(files.label_map(numbers[picture]))
        except UserError:
            continue
        if own.shape == values.shape:
            things |= {table.get(value) for value in np.unique(values[own > 0]).tolist()} - {None}
    made = Categories(Category(c.id, c.name, c.id in things, c.color) for c in categories)
    names = ", ".join(repr(c.name) for c in made if c.isthing) or "none"
    return made, f"things, because the instance maps number them: {names}; all other names are stuff"


def is_background(name: str) -> bool:
    """Whether a category's name says that it is what is left over."""
    return name.strip().lower() in ("background", "_background_", "__background__", "bg")


def names_only(categories: Any) -> bool:
    """Whether categories are a list of names, which says nothing of things and stuff."""
    listed = isinstance(categories, list | tuple)
    return listed and bool(categories) and all(isinstance(name, str) for name in categories)


def as_categories(categories: Any, *, things: bool = False) -> Categories:
    """Categories; a list of names becomes one with ids 1, 2, ..., of stuff, or of things but for a background."""
    if not names_only(categories):
        return Categories.from_coco(categories)
    return Categories(Category(i, name, things and not is_background(name)) for i, name in enumerate(categories, 1))


def meanings(
    categories: Categories, values: Mapping[Any, int | None] | None, void: Iterable[Any] | int | None = ()
) -> dict[int, int | None]:
    """{value in the file: category id or None}; a colour counts as 2^24 + R + 256 G + 65536 B."""
    if values is not None and not isinstance(values, Mapping):
        raise UserError(
            "values must be a dictionary {value in the file: category id, or None for void}, got a "
            f"{type(values).__name__}"
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
            raise UserError(f"value {value} cannot be both a class and void: take it out of values or of void")
        if values is None and 0 <= _number(value) < len(categories):
            raise UserError(
                f"void {value} is the position of {categories[_number(value)].name!r}: say with values={{...}} what "
                "each value means, or pass void=() where nothing is void"
            )
        table[_number(value)] = None
    return table


def voids(void: Iterable[Any] | int | None) -> tuple:
    """The values that are void; one number stands for itself, None for none."""
    if void is None:
        return ()
    return (void,) if isinstance(void, int | np.integer) else tuple(void)


def label_reader(
    picture: Path,
    labelled: Path,
    categories: Categories,
    table: Mapping[int, int | None],
    numbered: Path | None = None,
    *,
    strict: bool = False,
):
    """A reader for Records: picture and labels -> row. strict: a number on stuff is an error, and not passed over."""

    def read() -> dict[str, Any]:
        image = files.picture(picture)
        stored = files.label_map(labelled)
        turn = files.turn_of(picture, image, stored.shape[:2])
        stored = files.turned(stored, turn)
        files.check_same_size(image, stored, picture.name)
        numbers = None
        if numbered is not None:
            numbers = files.label_map(numbered)
            numbers = files.turned(numbers, files.turn_of(picture, image, numbers.shape[:2]))
            files.check_same_size(image, numbers, picture.name)
        truth = from_labels(stored, categories, table, numbers, labelled.name, strict=strict)
        return {"image": image, "segmentation": truth, **files.doubt(turn, picture, image)}

    return read


def from_labels(
    stored: np.ndarray,
    categories: Categories,
    table: Mapping[int, int | None],
    numbers: np.ndarray | None = None,
    file: str = "labels",
    *,
    strict: bool = False,
) -> Segmentation:
    """Segments out of a map of values: one a class, and one an instance of a thing where `numbers` tells them apart.

    stored, numbers: (H, W) integers or (H, W, 3) colours; three equal channels are a number. strict: numbers on stuff
    are refused. Raises RecordError naming a value that means nothing.
    """
    values = _numbered(stored, table)
    present, place = _present(values)
    unknown = [v for v in present.tolist() if v not in table]
    if unknown:
        shown = _shown(unknown[0])
        mend = f"say what {shown} means in values={{...}}, or add it to void"
        if unknown == [0]:
            mend += "; files that count classes from 1 keep 0 for void"
        pixels = int((values == unknown[0]).sum())
        what = f"value {shown} ({pixels} pixels) is none of the {len(table)} known values"
        raise stop(file, "unknown value", what, mend)
    classes = np.array([-1 if table[v] is None else categories.index(table[v]) for v in present.tolist()])
    if numbers is None:
        order = np.unique(classes[classes >= 0])  # segment ids count up in the order of the categories
        ids = np.where(classes >= 0, np.searchsorted(order, classes) + 1, 0).astype(np.int32)[place]
        return Segmentation.from_ids(ids, {i: categories[c].id for i, c in enumerate(order.tolist(), 1)}, categories)
    labels = classes[place]  # (H, W), -1 = void
    thing = np.array([c.isthing for c in categories] + [False])[labels]
    own = _own_numbers(numbers)
    if own.size and int(own.min()) < 0:
        what = f"instance numbers must be 0 or more, got {int(own.min())}"
        raise stop(file, "unknown value", what, "export the map again")
    if strict and (own[(labels >= 0) & ~thing] > 0).any():
        position = int(labels[(labels >= 0) & ~thing & (own > 0)][0])
        what = f"{categories[position].name!r} has instance numbers here, but none in the maps looked at"
        raise stop(file, "instances of stuff", what, "pass categories with isthing for each")
    own = np.where(thing, own, 0)
    joint = (labels + 1) * (own.max() + 1) + own
    joint[labels < 0] = 0
    kinds, ids = _present(joint)
    if len(kinds) > MAX_SEGMENTS:
        what = f"a picture can have at most {MAX_SEGMENTS} instances, got {len(kinds)}"
        raise stop(file, "too many", what, "is this a map of instance numbers?")
    ids = ids + (0 if kinds[0] == 0 else 1)
    category_of = {}
    for segment_id, kind in enumerate(kinds[kinds > 0].tolist(), 1):
        category_of[segment_id] = categories[kind // (int(own.max()) + 1) - 1].id
    return Segmentation.from_ids(ids, category_of, categories)


def _present(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different values, ascending, and for each pixel which of them it has; counted where they are small."""
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= 1 << 20:
        present, place = np.unique(values, return_inverse=True)
        return present, place.reshape(values.shape)
    seen = np.bincount(values.ravel(), minlength=high + 1) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[values]


def _numbered(stored: np.ndarray, table: Mapping[int, int | None]) -> np.ndarray:
    """A map as the numbers that `table` knows: colours as 2^24 + R + 256 G + 65536 B, grey colours as one channel."""
    if stored.ndim == 2:
        return stored
    if all(value < _COLOUR for value in table):
        grey = _as_grey(stored)
        if grey is not None:
            return grey
    return _COLOUR + _own_numbers(stored)


def _as_grey(stored: np.ndarray) -> np.ndarray | None:
    """The one channel of a map of three equal ones, None where they differ."""
    first = stored[..., 0]
    same = (stored[..., 1] == first).all() and (stored[..., 2] == first).all()
    return np.ascontiguousarray(first) if same else None


def _own_numbers(stored: np.ndarray) -> np.ndarray:
    """Instance numbers of a map, of colours R + 256 G + 65536 B, so that two colours are two instances."""
    if stored.ndim == 2:
        return stored.astype(np.int64)
    wide = stored.astype(np.int64)
    return wide[..., 0] + 256 * wide[..., 1] + 65536 * wide[..., 2]


def _number(value: Any) -> int:
    if isinstance(value, tuple | list):
        if len(value) != 3 or not all(isinstance(v, int | np.integer) and 0 <= v <= 255 for v in value):
            raise UserError(f"a colour in values must be three numbers 0 to 255, got {value!r}")
        return _COLOUR + int(value[0]) + 256 * int(value[1]) + 65536 * int(value[2])
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise UserError(f"a value must be an integer or three numbers of a colour, got {value!r}")
    return int(value)


def _shown(value: int) -> str:
    colour = value - _COLOUR
    return str(value) if colour < 0 else str((colour & 255, colour >> 8 & 255, colour >> 16))

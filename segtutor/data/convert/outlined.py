"""What all converters of outlines share: shapes one above the other become a row, and what lies outside is said.

A person who outlines the cats of a picture says nothing about the rest. For a network that is told to give every pixel
one of K classes, "nothing" means that any class is right there: with cats alone the loss is 0 from the first step, and
the prediction is "cat" everywhere. So pixels of no outline are one of

    background    a category of this name (stuff), last in the list; the default, since training needs what is no cat.
                  These pixels keep id 0 and are what the Segmentation calls its `rest`: a loss of every pixel learns
                  the class, a mask classifier that no object is there, and metrics judge them
    void          nothing is said: losses and metrics pass such pixels over

Where you pass a list of categories and none of them is called background, the list is taken as complete: these pixels
are void for a loss of every pixel, and empty ("no object here") for a mask classifier, which needs no class for that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category
from segtutor.data.convert.maps import as_categories, is_background
from segtutor.data.records import stop
from segtutor.errors import UserError
from segtutor.segments import Segmentation

BACKGROUND = "background"


@dataclass(frozen=True)
class Outside:
    """What pixels of no outline are. category: theirs, or None. empty: whether a mask classifier learns from them.

    categories: the whole list, with the background where one was added. remark: what was chosen, and why.
    """

    categories: Categories
    category: Category | None
    empty: bool
    remark: str


@dataclass(frozen=True)
class Shape:
    """One outline. mask: (H, W) bool. group: shapes of one group and category are one object; None for none."""

    mask: np.ndarray
    category_id: int
    group: Any = None


def outside(categories: Categories, asked: str | None, *, given: bool) -> Outside:
    """What `unlabelled=` means. asked: "background", "void" or None; given: whether a person listed the categories.

    Raises UserError for any other value.
    """
    if asked not in (None, "background", "void"):
        raise UserError(
            f"unlabelled must be 'background' or 'void', got {asked!r}: say what the pixels outside all outlines are"
        )
    if asked == "void":
        return Outside(categories, None, False, "pixels of no outline are void, as asked: no loss or metric sees them")
    own = next((c for c in categories if is_background(c.name)), None)
    if own is not None:
        return Outside(categories, own, True, f"pixels of no outline are {own.name!r}, which the list holds")
    if asked is None and given:
        return Outside(
            categories,
            None,
            True,
            "pixels of no outline are void, because the categories that were given hold no background: a mask "
            "classifier learns that no object is there, a loss of every pixel skips them (unlabelled='background' adds "
            "the class)",
        )
    added = Category(max(c.id for c in categories) + 1, BACKGROUND, False)
    why = "as asked" if asked else "because a loss of every pixel needs to know what is no object"
    return Outside(
        Categories([*categories, added]),
        added,
        True,
        f"pixels of no outline are {BACKGROUND!r}, a category that was added, {why} (unlabelled='void' leaves them "
        "out)",
    )


def drawn_categories(labels: Iterable[Any], given: Any) -> Categories:
    """The list given, or the labels found in alphabetical order; what was drawn are things, background is stuff."""
    if given is not None:
        return as_categories(given, things=True)
    names = sorted({name for name in map(name_of, labels) if name})
    if not names:
        raise UserError("no annotation has a label: draw shapes with labels")
    return Categories(Category(i, name, not is_background(name)) for i, name in enumerate(names, 1))


def name_of(label: Any) -> str | None:
    """A label as a class's name: letters composed, without blanks around it, a number as text; None for no label.

    The same word is stored decomposed by a Mac, and a blank that a hand left behind it is seen by nobody.
    """
    if isinstance(label, int) and not isinstance(label, bool):
        return str(label)
    return unicodedata.normalize("NFC", label).strip() if isinstance(label, str) else None


def id_of(label: Any, categories: Categories, where: str) -> int:
    """The category id of a label. Raises RecordError for one that the list does not hold."""
    name = name_of(label)
    for category in categories:
        if name is not None and name_of(category.name) == name:
            return category.id
    names = ", ".join(name[:40] for name in categories.names[:6])
    what = f"label {str(label)[:40]!r} is none of the categories {names}"
    raise stop(where, "unknown label", what, "rename it, or add it to the categories")


def outlined(shapes: Iterable[Shape], size: tuple[int, int], rest: Outside, file: str) -> dict[str, Any]:
    """The truth of a row: shapes from the lowest to the highest, and what is outside of them.

    Returns {"segmentation"[, "valid"]}: segments in the order in which they were drawn; the background is its `rest`.
    """
    ids = np.zeros(size, np.int32)
    category_of: dict[int, int] = {}
    groups: dict[Any, int] = {}
    drawn: dict[int, bool] = {}  # whether an object has a pixel: a part of one may lie outside of the picture
    for shape in shapes:
        key = (shape.group, shape.category_id)
        segment_id = groups.get(key) if shape.group is not None else None
        if segment_id is None:
            segment_id = len(category_of) + 1
            category_of[segment_id] = shape.category_id
            if shape.group is not None:
                groups[key] = segment_id
        ids[shape.mask] = segment_id
        drawn[segment_id] = drawn.get(segment_id, False) or bool(shape.mask.any())
    if not all(drawn.values()):
        what, mend = "the shape covers no pixel of the picture", "draw it again"
        raise stop(file, "empty mask", what, mend)
    left = np.bincount(ids.ravel(), minlength=len(category_of) + 1) > 0
    return with_outside(ids, {i: c for i, c in category_of.items() if left[i]}, rest)


def with_outside(
    ids: np.ndarray, category_of: dict[int, int], rest: Outside, iscrowd: Iterable[int] = ()
) -> dict[str, Any]:
    """{"segmentation"[, "valid"]} of a map in which 0 is what no outline covers."""
    own = None if rest.category is None else rest.category.id
    row = {"segmentation": Segmentation.from_ids(ids, category_of, rest.categories, None, iscrowd, own)}
    if own is None and rest.empty:
        row["valid"] = np.ones(ids.shape, bool)
    return row

"""What a segment can be: `Category`, the list of them, and their colours.

A list of categories fixes three numberings that are easily confused:

    position     0..K-1, the place in the list; what logits are indexed by
    category id  COCO's number, with gaps (133 categories have ids up to 200); what a json file holds
    segment id   1.. within one picture, 0 = void; see segtutor.segments
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from segtutor.errors import UserError

# Okabe and Ito's colours (https://jfly.uni-koeln.de/color), made for readers with colour deficiencies, then eight that
# lie farthest from all before, as seen with any of protanopia, deuteranopia, tritanopia or none: all 15 are at least
# 16 apart in CIELAB for each of these readers (tests/test_show.py), where 2.3 is just noticeable.
_BASE = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
    (136, 0, 255), (102, 51, 17), (187, 238, 153), (68, 34, 170), (85, 51, 102), (187, 85, 255), (0, 255, 204),
    (238, 0, 85),
)  # fmt: skip
# Further rounds repeat the hues lighter (> 0, towards white) or darker (< 0, towards black): lightness is what every
# reader sees. 15 colours can be told apart for sure, 45 mostly; beyond that a picture needs its legend or contours.
_ROUNDS = (0.0, 0.5, -0.45, 0.27, -0.25, 0.7, -0.65, 0.15, -0.12, 0.6, -0.55, 0.38, -0.35)


def palette_color(index: int) -> tuple[int, int, int]:
    """The colour of category number `index` (>= 0), RGB 0..255; the first 195 all differ, then they repeat."""
    rounds, hue = divmod(index, len(_BASE))
    amount = _ROUNDS[rounds % len(_ROUNDS)]
    goal = 255 if amount > 0 else 0
    red, green, blue = (round(part + (goal - part) * abs(amount)) for part in _BASE[hue])
    return red, green, blue


@dataclass(frozen=True)
class Category:
    """One kind of thing (countable: a cat) or stuff (not countable: grass).

    id: COCO-style number, >= 0. name: shown to people. isthing: whether its segments are instances.
    color: RGB 0..255; where it is not given, a colour-blind-safe one is derived from the id.
    """

    id: int
    name: str
    isthing: bool
    color: tuple[int, int, int] | None = None

    def __post_init__(self):
        if self.color is None:
            object.__setattr__(self, "color", palette_color(self.id))


class Categories(Sequence[Category]):
    """An ordered, unchangeable list of categories; logits are indexed by position in it.

    >>> pets = Categories([Category(17, "cat", True), Category(193, "grass", False)])
    >>> pets.index(193), pets.by_id(17).name, pets[0].name
    (1, 'cat', 'cat')
    """

    def __init__(self, items: Iterable[Category]):
        self._items = tuple(items)
        self._positions = {category.id: position for position, category in enumerate(self._items)}
        if not self._items:
            raise UserError("got an empty list of categories, expected at least one: pass the model's list")
        if len(self._positions) < len(self._items):
            ids = [category.id for category in self._items]
            twice = next(i for i in ids if ids.count(i) > 1)
            raise UserError(f"got category id {twice} more than once, expected each id once: renumber the categories")

    @classmethod
    def from_coco(cls, categories: Categories | Iterable[dict | Category]) -> Categories:
        """From a list as in a COCO panoptic json: {"id", "name", "isthing"[, "color"]}; further keys are ignored.

        A `Categories` comes back unchanged. Colours that are absent are derived from the position.
        Raises UserError that names the entry and what is wrong with it.
        """
        if isinstance(categories, Categories):
            return categories
        if isinstance(categories, str | bytes | dict) or not isinstance(categories, Iterable):
            raise UserError(
                f"got categories of type {type(categories).__name__}, expected a list of "
                '{"id", "name", "isthing"}: pass the "categories" entry of the COCO panoptic json'
            )
        return cls(_from_entry(entry, position) for position, entry in enumerate(categories))

    @classmethod
    def generic(cls, count: int) -> Categories:
        """`count` things called "class 0", "class 1"..., for a model that comes without names; id = position."""
        return cls(Category(position, f"class {position}", True) for position in range(count))

    @property
    def names(self) -> list[str]:
        """The names, by position."""
        return [category.name for category in self._items]

    def index(self, category_id: int, *_: Any) -> int:  # type: ignore[override]  # by id, not by member
        """The position of a category id. Raises UserError where the list does not hold the id."""
        try:
            position = self._positions.get(category_id)
        except TypeError:  # a list or a dictionary of a json is no key
            position = None
        if position is None:
            known = ", ".join(map(str, list(self._positions)[:5])) + (", ..." if len(self) > 5 else "")
            raise UserError(
                f"got category id {category_id!r}, expected one of the {len(self)} ids {known}: "
                "pass the list of categories that the data was labelled with"
            )
        return position

    def by_id(self, category_id: int) -> Category:
        """The category with this id. Raises UserError where the list does not hold the id."""
        return self._items[self.index(category_id)]

    def to_coco(self) -> list[dict]:
        """As a COCO panoptic json holds them; `Categories.from_coco` gives the same list back."""
        return [
            {"id": c.id, "name": c.name, "isthing": int(c.isthing), "color": list(c.color or ())} for c in self._items
        ]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, position):
        return Categories(self._items[position]) if isinstance(position, slice) else self._items[position]

    def __iter__(self) -> Iterator[Category]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Categories) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        things = sum(category.isthing for category in self._items)
        return f"Categories({things} things, {len(self) - things} stuff: {self._items[0].name}, ...)"


def as_integer(value: Any, what: str, least: int = 0) -> int:
    """`value` as an int, for numbers out of files. Raises UserError for bool, float, text and numbers below `least`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise UserError(f"got {value!r} as {what}, expected an integer from {least} up: correct that entry")
    return number


def _from_entry(entry: dict | Category, position: int) -> Category:
    if isinstance(entry, Category):
        return entry
    where = f"categories[{position}]"
    missing = [key for key in ("id", "name", "isthing") if not isinstance(entry, dict) or key not in entry]
    if missing:
        raise UserError(
            f"got {where} without {missing[0]!r}, expected a dictionary with id, name and isthing: add it (a COCO "
            "instance file has no isthing; all its categories are things, so isthing is 1)"
        )
    if entry["isthing"] not in (0, 1):
        raise UserError(f"got {entry['isthing']!r} as isthing of {where}, expected 0 or 1: correct that entry")
    color = entry.get("color")
    if color is not None:
        color = tuple(as_integer(part, f"a part of the color of {where}") for part in color)
        if len(color) != 3 or max(color) > 255:
            raise UserError(f"got {color} as color of {where}, expected three numbers 0..255: correct that entry")
    return Category(
        as_integer(entry["id"], f"id of {where}"),
        str(entry["name"]),
        bool(entry["isthing"]),
        palette_color(position) if color is None else color,
    )

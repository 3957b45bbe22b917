"""What a segment can be: `Category`, the list of them, and their colours.

A list of categories fixes three numberings that are easily confused:

    position     0..K-1, the position in the list; what logits are indexed by
    category id  COCO's number, with gaps (133 categories have ids up to 200); what a json file holds
    segment id   1.. within one picture, 0 = void; see segtutor.segments
"""

from __future__ import annotations

import operator
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segtutor.errors import UserError
from segtutor.untrusted_json import shown

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


@dataclass(frozen=True)
class CategoryMatch:
    """How the categories of one list correspond to those of another, by name; what `Categories.match` returns.

    ids: {category id in the first list: category id in the second}, for the names that both hold. renumbered: the names
    among these whose ids differ. only_here, only_there: names that one of the two lists lacks; at most one of the two
    is not empty. `str(match)` is for people.
    """

    ids: Mapping[int, int]
    renumbered: tuple[str, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]

    def __str__(self) -> str:
        said = [f"{len(self.ids)} categories in both lists by name"]
        for names, words in (
            (self.renumbered, "with another id"),
            (self.only_here, "in the first list only"),
            (self.only_there, "in the second list only"),
        ):
            if names:
                said.append(f"{len(names)} {words} ({', '.join(names[:4])}{', ...' * (len(names) > 4)})")
        return ", ".join(said)


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
            raise UserError("categories must be at least one, got an empty list: pass the model's list")
        if len(self._positions) < len(self._items):
            ids = [category.id for category in self._items]
            twice = next(i for i in ids if ids.count(i) > 1)
            raise UserError(f"each category id must occur once, got {twice} more than once: renumber the categories")

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
                f'categories must be a list of {{"id", "name", "isthing"}}, got a {type(categories).__name__}: pass '
                'the "categories" entry of the COCO panoptic json'
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
                f"category id must be one of the {len(self)} ids {known}, got {category_id!r}: pass the list of "
                "categories that the data was labelled with"
            )
        return position

    def by_id(self, category_id: int) -> Category:
        """The category with this id. Raises UserError where the list does not hold the id."""
        return self._items[self.index(category_id)]

    def match(self, other: Categories | Iterable[dict | Category]) -> CategoryMatch:
        """How this list corresponds to another one: by name, letter for letter, whatever the ids and positions are.

        Ids are numbers that each list gives anew: a folder in which a class is missing, or a model whose ids are
        positions, numbers the same names otherwise. Where one list holds all names of the other, they correspond.
        A name that comes twice in a list is matched where its ids agree. Composed and decomposed letters are equal.
        Raises UserError, naming the first difference, where each list has a name that the other lacks.

        >>> train = Categories.from_coco([dict(id=1, name="apple", isthing=1), dict(id=2, name="pear", isthing=1)])
        >>> valid = Categories.from_coco([dict(id=1, name="pear", isthing=1)])
        >>> train.match(valid).ids, train.match(valid).only_here
        ({2: 1}, ('apple',))
        """
        other = Categories.from_coco(other)
        there: dict[str, list[int]] = {}
        for category in other:
            there.setdefault(_same_letters(category.name), []).append(category.id)
        often = Counter(_same_letters(category.name) for category in self)
        ids: dict[int, int] = {}
        for category in self:
            name = _same_letters(category.name)
            found = there.get(name, [])
            if category.id in found:
                ids[category.id] = category.id
            elif len(found) == 1 and often[name] == 1:
                ids[category.id] = found[0]
            elif found:
                raise UserError(
                    f"the name {category.name!r} occurs more than once in a list of categories, with other ids in "
                    "the other list: rename one of the two"
                )
        matched = set(ids.values())
        here = tuple(c.name for c in self if c.id not in ids)
        only_there = tuple(c.name for c in other if c.id not in matched)
        if here and only_there:
            raise UserError(
                f"one of two lists of categories must hold all names of the other, but one lacks {only_there[0]!r} "
                f"and the other {here[0]!r}: give the same names to the same classes, or count with a list that "
                "holds all of them"
            )
        renumbered = tuple(self.by_id(mine).name for mine, theirs in ids.items() if mine != theirs)
        return CategoryMatch(ids, renumbered, here, only_there)

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


def _same_letters(name: str) -> str:
    """The name with composed letters: some systems write the dots of a letter as a character of their own."""
    return unicodedata.normalize("NFC", name)


def as_integer(value: Any, what: str, least: int = 0) -> int:
    """`value` as an int, for numbers out of files. Raises UserError for bool, float, text and numbers below `least`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise UserError(f"{what} must be an integer of {least} or more, got {shown(value)}")
    return number


def _from_entry(entry: dict | Category, position: int) -> Category:
    if isinstance(entry, Category):
        return entry
    where = f"categories[{position}]"
    missing = [key for key in ("id", "name", "isthing") if not isinstance(entry, dict) or key not in entry]
    if missing:
        raise UserError(
            f"{where} has no {missing[0]!r}, but needs id, name and isthing: add it (a COCO instance file has no "
            "isthing; all its categories are things, so isthing is 1)"
        )
    if entry["isthing"] not in (0, 1):
        raise UserError(f"isthing of {where} must be 0 or 1, got {shown(entry['isthing'])}")
    color = entry.get("color")
    if color is not None:
        if isinstance(color, str | bytes | dict) or not isinstance(color, Iterable):
            raise UserError(f"color of {where} must be three numbers 0 to 255, got {shown(color)}")
        color = tuple(as_integer(part, f"a part of the color of {where}") for part in color)
        if len(color) != 3 or max(color) > 255:
            raise UserError(f"color of {where} must be three numbers 0 to 255, got {shown(color)}")
    return Category(
        as_integer(entry["id"], f"id of {where}"),
        str(entry["name"]),
        bool(entry["isthing"]),
        palette_color(position) if color is None else color,
    )

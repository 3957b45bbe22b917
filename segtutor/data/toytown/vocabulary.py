"""The words of ToyTown: its 7 stuff and 8 thing classes, and the attributes that make finer classes of them.

A *thing* can be counted (a cat), *stuff* cannot (grass); the distinction is COCO panoptic's (Kirillov et al.,
arXiv:1801.00868). Category ids here are positions + 1, as a reminder that an id is a name and not an index.
"""

from __future__ import annotations

from collections.abc import Collection

from segtutor.errors import UserError
from segtutor.segments import Categories

STUFF = ("sky", "hill", "grass", "water", "road", "wall", "floor")
KINDS = ("house", "tree", "car", "boat", "person", "cat", "ball", "remote")  # the thing classes
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple")
PATTERNS = ("plain", "patterned")  # bricks, fruit, stripes, dots: what a pattern is depends on the kind

# At least 16 apart in CIELAB for readers with any colour deficiency (tests/test_show.py).
_DISPLAY_COLOURS = {
    "sky": (166, 201, 255), "hill": (139, 98, 151), "grass": (120, 200, 90), "water": (50, 110, 234),
    "road": (110, 110, 110), "wall": (230, 215, 180), "floor": (169, 124, 87), "house": (243, 120, 54),
    "tree": (20, 110, 40), "car": (215, 11, 51), "boat": (159, 16, 187), "person": (255, 200, 40),
    "cat": (255, 119, 178), "ball": (0, 210, 210), "remote": (60, 20, 120),
}  # fmt: skip

categories = Categories.from_coco(
    [
        {"id": i + 1, "name": name, "isthing": int(name in KINDS), "color": list(_DISPLAY_COLOURS[name])}
        for i, name in enumerate(STUFF + KINDS)
    ]
)


def fine_categories(colour: Collection[str] = KINDS, pattern: Collection[str] = KINDS) -> Categories:
    """A finer list of classes: "cat" becomes "red plain cat", "red patterned cat", ...

    colour, pattern: the kinds that are split by that attribute. All eight by both: K = 7 + 8 * 6 * 2 = 103; five
    kinds by colour alone: K = 7 + 3 + 5 * 6 = 40. A category keeps its names in a fixed order, so that two calls
    with the same arguments give equal lists.
    """
    for argument, kinds in (("colour", colour), ("pattern", pattern)):
        unknown = sorted(set(kinds) - set(KINDS))
        if unknown:
            raise UserError(f"{argument} must be kinds of thing among {', '.join(KINDS)}, got {unknown}")
    names = [(name, 0) for name in STUFF]
    for kind in KINDS:
        for c in COLOURS if kind in colour else (None,):
            for p in PATTERNS if kind in pattern else (None,):
                names.append((" ".join(word for word in (c, p, kind) if word), 1))
    return Categories.from_coco(
        [{"id": i + 1, "name": name, "isthing": thing} for i, (name, thing) in enumerate(names)]
    )


def fine_name(kind: str, colour: str, pattern: str, fine: Categories) -> str:
    """The name in `fine` of a thing with these attributes: the most specific one that the list holds."""
    names = set(fine.names)
    for words in ((colour, pattern, kind), (colour, kind), (pattern, kind), (kind,)):
        if (name := " ".join(words)) in names:
            return name
    raise UserError(f"a {colour} {pattern} {kind} is none of the {len(fine)} categories: use fine_categories(...)")

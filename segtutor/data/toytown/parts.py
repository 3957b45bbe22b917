"""Which part of a thing each pixel shows: roofs, wheels, heads, drawn by the same strokes as the things themselves.

A sprite says `b.part("roof")` before it draws one. The ordinary brush takes no notice; the one here draws the same
shapes once more, with the number of the part as their colour, so a part ends exactly where the next stroke begins.
A ball and a remote are of one piece and have no parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from segtutor.data.toytown import cutout
from segtutor.data.toytown.groups import Thing
from segtutor.data.toytown.paint import Brush

# The parts of each kind of thing, in the order in which they are drawn (the last lie in front).
PARTS = {
    "house": ("chimney", "wall", "roof", "door", "window"),
    "tree": ("trunk", "crown"),
    "car": ("body", "glass", "wheel"),
    "boat": ("mast", "sail", "cabin", "funnel", "hull"),
    "person": ("legs", "arm", "torso", "head"),
    "cat": ("tail", "body", "head"),
    "ball": (),
    "remote": (),
}


class PartBrush(Brush):
    """Draws nothing but the map of parts: 0 for what belongs to no part, i + 1 for `parts[i]`.

    parts: (position of the thing, name, which of them), as they are named for the first time.
    """

    def __init__(self, numbers: Image.Image):
        super().__init__(None, numbers)
        self.canvas = numbers
        self.parts: list[tuple[int, str, float]] = []
        self._thing = 0

    def begin(self, thing: int) -> None:
        """What follows belongs to this thing, and to no part of it yet."""
        self._thing, self.number = thing, 0

    def part(self, name: str, which: float = 0) -> None:
        key = (self._thing, name, which)
        if key not in self.parts:
            self.parts.append(key)
        self.number = self.parts.index(key) + 1


def draw_parts(things: Sequence[Thing], side: int) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """The map of parts on a canvas of `side` pixels, and what its numbers mean.

    -> (side, side) int32, 0 where no part is, and for each number 1, 2, ...: (position of the thing, name).
    Things hide each other as in `cutout.draw_things`.
    """
    numbers = Image.new("I", (side, side))
    brush = PartBrush(numbers)
    for position, thing in enumerate(things):
        brush.begin(position)
        if cutout.on_pixels(thing, side):
            _paste(thing, position, brush, numbers, side)
        else:
            cutout.draw_one(thing, brush, thing.x * side, thing.y * side, side)
    return np.array(numbers), [(thing, name) for thing, name, _ in brush.parts]


def _paste(thing: Thing, position: int, brush: PartBrush, numbers: Image.Image, side: int) -> None:
    """The parts of a thing that stands on whole pixels: drawn in the cutout's own frame, pasted through its shape."""
    x, y, frame = cutout.own_frame(thing, side)
    own = PartBrush(Image.new("I", frame))
    own.parts = brush.parts
    own.begin(position)
    cutout.draw_one(thing, own, x, y, side)
    piece = cutout.cutout(thing, side)
    rows, columns = piece.numbers.shape
    drawn = own.canvas.crop((piece.left + x, piece.top + y, piece.left + x + columns, piece.top + y + rows))
    mask = Image.fromarray(np.where(piece.numbers > 0, 255, 0).astype(np.uint8))
    numbers.paste(drawn, (piece.left + int(thing.x * side), piece.top + int(thing.y * side)), mask)

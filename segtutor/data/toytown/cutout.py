"""One thing cut out: its shape as a small map of colour numbers, and what the numbers mean in each of the six colours.

A scene composed of cutouts is the scene as Scene.draw paints it: things have hard edges before the reduction to the
picture's size, nothing about a thing depends on its neighbours, and a colour leaves the shape as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image

from segtutor.data.toytown import sprites
from segtutor.data.toytown.groups import Thing
from segtutor.data.toytown.look import look_of
from segtutor.data.toytown.paint import Brush, Colour
from segtutor.data.toytown.vocabulary import COLOURS, STUFF

# A frame of a thing's own, in heights: how far it reaches to either side of its base's middle, above and below it.
SIDE, ABOVE, BELOW = 1.6, 1.25, 0.3


@dataclass(frozen=True)
class Cutout:
    """A thing without its picture.

    numbers: (h, w) uint8, 0 where the thing is not, otherwise 1 + row of the palette. palettes: (6, n, 3) uint8, the
    RGB colours of the numbers for each of COLOURS. left, top: the upper left corner, pixels of the canvas; as seen
    from the middle of the base, or from the canvas's own corner for a thing between pixels (`on_pixels`).
    """

    left: int
    top: int
    numbers: np.ndarray
    palettes: np.ndarray


def on_pixels(thing: Thing, side: int) -> bool:
    """Whether the thing stands on a whole pixel of a canvas of `side` pixels: then it looks the same everywhere."""
    return (thing.x * side).is_integer() and (thing.y * side).is_integer()


def draw_things(things: Iterable[Thing], picture: Image.Image | None, ids: Image.Image, side: int) -> None:
    """Draws things back to front on the picture (RGB, or None), and their numbers on the id map, after those of STUFF.

    A thing between pixels (as those of a new scene are) is drawn where it stands, one on a whole pixel is cut out.
    The two differ only where a thing reaches over the left or the upper border, where Pillow draws shapes a little
    differently: a cutout looks the same wherever it is moved.
    """
    brush = Brush(picture, ids)
    for number, thing in enumerate(things, start=len(STUFF)):
        if on_pixels(thing, side):
            _paste(thing, picture, ids, number, side)
        else:
            brush.number = number
            draw_one(thing, brush, thing.x * side, thing.y * side, side)


def draw_one(thing: Thing, brush: Brush, x: float, y: float, side: int) -> None:
    """Draws the thing with its base at (x, y), pixels of the canvas."""
    rng = np.random.default_rng(thing.seed)
    look = look_of(thing.colour, thing.pattern, rng)
    sprites.DRAW[thing.kind](brush, x, y, thing.height * side, rng, look)


def _paste(thing: Thing, picture: Image.Image | None, ids: Image.Image, number: int, side: int) -> None:
    """Puts a thing that stands on whole pixels onto the picture (RGB, or None) and its number onto the id map."""
    piece = cutout(thing, side)
    at = piece.left + int(thing.x * side), piece.top + int(thing.y * side)
    mask = Image.fromarray(np.where(piece.numbers > 0, 255, 0).astype(np.uint8))
    ids.paste(number, (*at, at[0] + mask.width, at[1] + mask.height), mask)
    if picture is not None:
        palette = np.concatenate([np.zeros((1, 3), np.uint8), piece.palettes[COLOURS.index(thing.colour)]])
        picture.paste(Image.fromarray(palette[piece.numbers]), at, mask)


def cutout(thing: Thing, side: int) -> Cutout:
    """The thing as it is drawn on a canvas of `side` pixels (twice the picture's; see scene.OVERSAMPLING)."""
    if on_pixels(thing, side):
        return _anywhere(replace(thing, x=0.0, y=0.0, colour=COLOURS[0]), side)
    return _cut(thing, thing.x * side, thing.y * side, side, (side, side), (0, 0))


@lru_cache(maxsize=256)
def _anywhere(thing: Thing, side: int) -> Cutout:
    """In a frame of its own, where no coordinate is negative: Pillow rounds those the other way."""
    x, y, frame = own_frame(thing, side)
    return _cut(thing, x, y, side, frame, (x, y))


def own_frame(thing: Thing, side: int) -> tuple[int, int, tuple[int, int]]:
    """Where a thing's base stands in a frame of its own, (x, y), and the frame's (width, height), pixels."""
    height = thing.height * side
    x, y = int(SIDE * height) + 8, int(ABOVE * height) + 8
    return x, y, (2 * x, y + int(BELOW * height) + 8)


def _cut(thing: Thing, x: float, y: float, side: int, frame: tuple[int, int], origin: tuple[int, int]) -> Cutout:
    shape = Image.new("L", frame)
    recorders = [_Recorder(None), *(_Recorder(None) for _ in COLOURS[1:])]
    recorders[0] = _Recorder(shape)
    for colour, recorder in zip(COLOURS, recorders, strict=True):
        draw_one(replace(thing, colour=colour), recorder, x, y, side)
    colours = np.array([recorder.colours for recorder in recorders], np.uint8)  # (6, strokes, 3)
    strokes = np.asarray(shape)
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    if not len(rows):  # it lies outside the canvas
        return Cutout(0, 0, np.zeros((0, 0), np.uint8), np.zeros((len(COLOURS), 0, 3), np.uint8))
    strokes = strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    seen = np.unique(strokes[strokes > 0])
    palettes, number = np.unique(colours[:, seen - 1], axis=1, return_inverse=True)  # strokes of one colour are one
    numbers = np.zeros(256, np.uint8)
    numbers[seen] = number.ravel() + 1
    return Cutout(int(columns[0]) - origin[0], int(rows[0]) - origin[1], numbers[strokes], palettes)


class _Recorder(Brush):
    """A brush that paints the number of the stroke, 1, 2, ..., and writes down its colour."""

    def __init__(self, shape: Image.Image | None):
        super().__init__(None, Image.new("L", (1, 1)) if shape is None else shape)
        self._blind = shape is None
        self.colours: list[Colour] = []

    def _stroke(self, colour: Colour) -> bool:
        self.colours.append(colour)
        self.number = len(self.colours)
        return not self._blind

    def polygon(self, points, colour: Colour):
        if self._stroke(colour):
            super().polygon(points, colour)

    def ellipse(self, x0: float, y0: float, x1: float, y1: float, colour: Colour):
        if self._stroke(colour):
            super().ellipse(x0, y0, x1, y1, colour)

    def sector(self, x: float, y: float, radius: float, start: float, end: float, colour: Colour):
        if self._stroke(colour):
            super().sector(x, y, radius, start, end, colour)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, corner: float = 0.0):
        if self._stroke(colour):
            super().rectangle(x0, y0, x1, y1, colour, corner)

    def line(self, points, colour: Colour, width: float):
        if self._stroke(colour):
            super().line(points, colour, width)

"""The stuff of a scene: layers with a shape, a colour gradient and a texture, painted one over the other.

A `Background` holds shapes as shares of the picture (0..1, y downwards), so the same scene can be painted at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from segtutor.data.toytown.paint import Colour, window
from segtutor.data.toytown.vocabulary import STUFF


@dataclass(frozen=True)
class Everywhere:
    def mask(self, side: int) -> np.ndarray:
        return np.ones((side, side), bool)


@dataclass(frozen=True)
class Below:
    """Everything below a wavy line y(x) = level + swell * sum of three sines: a ridge, a shore, a horizon (swell 0)."""

    level: float
    swell: float = 0.0
    waves: tuple[tuple[float, float], ...] = ()  # (cycles over the picture, phase 0..1) of each sine

    def line(self, side: int) -> np.ndarray:
        x = np.linspace(0, 1, side)
        total = np.zeros(side)
        for k, (cycles, phase) in enumerate(self.waves, start=1):
            total += np.sin(2 * np.pi * (cycles * x + phase)) / k
        return (self.level + self.swell * total / 1.5) * side

    def mask(self, side: int) -> np.ndarray:
        return np.arange(side)[:, None] > self.line(side)[None]


@dataclass(frozen=True)
class Band:
    """Between a horizontal line and a (wavy) line below it."""

    top: float
    bottom: Below

    def mask(self, side: int) -> np.ndarray:
        return (np.arange(side)[:, None] > self.top * side) & ~self.bottom.mask(side)


@dataclass(frozen=True)
class Lake:
    x: float
    y: float
    half_width: float
    half_height: float

    def mask(self, side: int) -> np.ndarray:
        y, x = (line / side for line in np.ogrid[0:side, 0:side])
        return ((x - self.x) / self.half_width) ** 2 + ((y - self.y) / self.half_height) ** 2 < 1


@dataclass(frozen=True)
class Perspective:
    """A straight road from the horizon (at x = far) to the lower edge (at x = near, `width` wide to either side)."""

    horizon: float
    far: float
    near: float
    width: float

    def mask(self, side: int) -> np.ndarray:
        y, x = (line / side for line in np.ogrid[0:side, 0:side])
        depth = np.clip((y - self.horizon) / (1 - self.horizon), 0, 1)
        return (np.abs(x - (self.far + (self.near - self.far) * depth)) < 0.012 + self.width * depth) & (
            y > self.horizon
        )


@dataclass(frozen=True)
class Layer:
    """A stuff class somewhere: colour from `top` to `bottom` of the picture, times 1 + strength * texture."""

    stuff: str
    shape: Everywhere | Below | Band | Lake | Perspective
    top: Colour
    bottom: Colour
    texture: str | None = None
    strength: float = 0.0
    origin: tuple[float, float] = (0.0, 0.0)

    def colours(self, side: int, rows: slice) -> np.ndarray:
        """(3, h, side) float32: red, green, blue of these rows of the picture."""
        t = np.linspace(0, 1, side, dtype=np.float32)[rows]
        top, bottom = (np.array(colour, np.float32)[:, None] for colour in (self.top, self.bottom))
        column = (top * (1 - t) + bottom * t)[..., None]  # (3, h, 1)
        if self.texture == "cloud":  # mixes towards white instead of modulating
            share = window(side, "cloud", self.origin, rows) * np.float32(self.strength)
            return column * (1 - share) + np.array((250, 250, 252), np.float32)[:, None, None] * share
        if self.texture:
            return column * (1 + np.float32(self.strength) * window(side, self.texture, self.origin, rows))
        return column.repeat(side, axis=2)


@dataclass(frozen=True)
class Mark:
    """A polygon painted on the stuff without changing its class: a lane mark, a skirting board, a framed picture."""

    points: tuple[tuple[float, float], ...]
    colour: Colour


@dataclass(frozen=True)
class Background:
    layers: tuple[Layer, ...]
    marks: tuple[Mark, ...] = ()

    def paint(self, side: int) -> tuple[Image.Image, Image.Image]:
        """-> (RGB picture, "L" image of positions in STUFF), both (side, side); new images that may be drawn on."""
        picture, stuff = _painted(self, side)
        return picture.copy(), stuff.copy()

    def stuff(self, side: int) -> np.ndarray:
        """(side, side) uint8 positions in STUFF."""
        stuff = np.zeros((side, side), np.uint8)
        for layer in self.layers:
            stuff[layer.shape.mask(side)] = STUFF.index(layer.stuff)
        return stuff


@lru_cache(maxsize=4)  # an edited scene keeps its background: moving a thing need not paint the sky again
def _painted(background: Background, side: int) -> tuple[Image.Image, Image.Image]:
    # A plane a colour: NumPy is several times as fast along rows of numbers as along pixels of three.
    picture, stuff = np.zeros((3, side, side), np.float32), np.zeros((side, side), np.uint8)
    for layer in background.layers:
        where = layer.shape.mask(side)
        covered = np.flatnonzero(where.any(axis=1))
        if len(covered):
            rows = slice(covered[0], covered[-1] + 1)
            np.copyto(picture[:, rows], layer.colours(side, rows), where=where[rows])
            stuff[where] = STUFF.index(layer.stuff)
    planes = np.clip(picture, 0, 255, out=picture).astype(np.uint8)
    image = Image.merge("RGB", [Image.fromarray(plane) for plane in planes])
    draw = ImageDraw.Draw(image)
    for mark in background.marks:
        draw.polygon([(x * side, y * side) for x, y in mark.points], fill=mark.colour)
    return image, Image.fromarray(stuff)

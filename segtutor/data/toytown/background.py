"""The stuff of a scene: layers with a shape, a colour gradient and a texture, painted one over the other.

A `Background` holds shapes as shares of the picture (0..1, y downwards), so the same scene can be painted at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from .paint import Colour, window
from .vocabulary import STUFF


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
        y, x = np.mgrid[0:side, 0:side] / side
        return ((x - self.x) / self.half_width) ** 2 + ((y - self.y) / self.half_height) ** 2 < 1


@dataclass(frozen=True)
class Perspective:
    """A straight road from the horizon (at x = far) to the lower edge (at x = near, `width` wide to either side)."""

    horizon: float
    far: float
    near: float
    width: float

    def mask(self, side: int) -> np.ndarray:
        y, x = np.mgrid[0:side, 0:side] / side
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

    def colours(self, side: int) -> np.ndarray:
        t = np.linspace(0, 1, side, dtype=np.float32)[:, None]
        column = np.array(self.top, np.float32) * (1 - t) + np.array(self.bottom, np.float32) * t  # (side, 3)
        area = np.repeat(column[:, None], side, axis=1)
        if self.texture == "cloud":  # mixes towards white instead of modulating
            share = window(side, "cloud", self.origin)[..., None] * np.float32(self.strength)
            return area * (1 - share) + np.array((250, 250, 252), np.float32) * share
        if self.texture:
            area *= 1 + np.float32(self.strength) * window(side, self.texture, self.origin)[..., None]
        return area


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


@lru_cache(maxsize=4)  # an edited scene keeps its background: moving a thing need not paint the sky again
def _painted(background: Background, side: int) -> tuple[Image.Image, Image.Image]:
    picture, stuff = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.uint8)
    for layer in background.layers:
        where = layer.shape.mask(side)
        picture[where] = layer.colours(side)[where]
        stuff[where] = STUFF.index(layer.stuff)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for mark in background.marks:
        draw.polygon([(x * side, y * side) for x, y in mark.points], fill=mark.colour)
    return image, Image.fromarray(stuff)

"""Colours, textures and the brush of ToyTown.

Everything is computed so that the same seed gives the same bytes on every machine: transcendental functions run in
float64 and are quantised at once, what follows is float32 multiplication and addition (exact by IEEE 754) or
Pillow's integer arithmetic.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

# Hue of each colour name, as a share of the colour circle.
HUES = {"red": 0.99, "orange": 0.075, "yellow": 0.14, "green": 0.36, "blue": 0.60, "purple": 0.77}


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue, saturation and value, each 0..1 (the hue wraps around)."""
    sector, fraction = divmod((hue % 1.0) * 6, 1.0)
    p, q, t = value * (1 - saturation), value * (1 - saturation * fraction), value * (1 - saturation * (1 - fraction))
    rgb = [(value, t, p), (q, value, p), (p, value, t), (p, q, value), (t, p, value), (value, p, q)][int(sector) % 6]
    return tuple(int(channel * 255) for channel in rgb)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor < 1) or lighter (> 1), clipped to 0..255."""
    return tuple(int(max(0, min(255, channel * factor))) for channel in colour)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """The colour at share t of the way from a to b."""
    return tuple(int(x * (1 - t) + y * t) for x, y in zip(a, b, strict=True))


@lru_cache(maxsize=2)
def textures(side: int) -> dict[str, np.ndarray]:
    """The bank of textures for a canvas of `side` pixels: name -> (2 side, 2 side) int8, unit 1/64.

    A layer cuts a window of (side, side) out of one at a random position (`window`), so that no two look alike.
    """
    rng = np.random.default_rng(12345)
    total = 2 * side

    def smooth(rows: int, columns: int | None = None) -> np.ndarray:
        values = (rng.random((columns or rows, rows)) * 255).astype(np.uint8)
        return (
            np.asarray(Image.fromarray(values).resize((total, total), Image.Resampling.BICUBIC), np.float64) / 127.5 - 1
        )

    y, x = np.mgrid[0:total, 0:total].astype(np.float64) / (total / 512)
    row, plank = (y // 14).astype(int), (y // 13).astype(int)
    bank = {
        "fine": smooth(total // 2),
        "soft": smooth(24),
        "grass": 0.6 * smooth(total // 2, total // 7) + 0.4 * smooth(40),
        "wave": 0.7 * np.sin(y / 4.5 + 2.5 * smooth(14, 30)) * (smooth(30, 60) > 0) + 0.3 * smooth(20, 70),
        "stripe": np.sign(np.sin(x / 5.5)) * 0.8,
        "wide stripe": np.sign(np.sin(x / 11)) * 0.8,
        "brick": np.where((y % 14 < 2) | ((x + 14 * (row % 2)) % 28 < 2), 1.0, -0.15),
        "dots": np.where((x % 22 - 11) ** 2 + (y % 22 - 11) ** 2 < 14, 1.0, 0.0),
        "plank": np.where((y % 13 < 1.6) | ((x + 37 * plank) % 96 < 1.6), -1.0, 0.1) + 0.25 * smooth(12, total // 4),
        "check": np.where((x // 16 + y // 16) % 2, 0.7, -0.7),
    }
    cloud = smooth(7, 14) * 0.7 + smooth(20, 40) * 0.3
    bank["cloud"] = np.clip((cloud - 0.12) * 2.2, 0, 1)
    return {name: np.round(np.clip(values, -1.98, 1.98) * 64).astype(np.int8) for name, values in bank.items()}


def window(side: int, name: str, origin: tuple[float, float], rows: slice) -> np.ndarray:
    """Rows of a (side, side) window of a texture, float32, about -1..1; origin: its corner as shares of the canvas."""
    row, column = (min(side - 1, int(share * side)) for share in origin)
    return textures(side)[name][row : row + side, column : column + side][rows].astype(np.float32) / 64


class Brush:
    """Draws every shape twice: in colour on the picture, as a number on the id map. So the truth is exact.

    picture: PIL RGB image; ids: PIL "L" image of the same size; both are drawn on in place.
    `number` is what is written to the id map. Coordinates are pixels, (x, y), y downwards.
    """

    def __init__(self, picture: Image.Image | None, ids: Image.Image):
        self._colour = ImageDraw.Draw(picture) if picture is not None else None
        self._ids = ImageDraw.Draw(ids)
        self.number = 0

    def part(self, name: str, which: float = 0) -> None:
        """Says that what follows is a part of the thing, such as "window"; `which` tells its windows apart.

        Naming the same pair again goes on with that part. This brush takes no notice; that of parts.py does.
        """

    def polygon(self, points, colour: Colour):
        points = [(float(x), float(y)) for x, y in points]
        self._ids.polygon(points, fill=self.number)
        if self._colour is not None:
            self._colour.polygon(points, fill=colour)

    def ellipse(self, x0: float, y0: float, x1: float, y1: float, colour: Colour):
        self._ids.ellipse((x0, y0, x1, y1), fill=self.number)
        if self._colour is not None:
            self._colour.ellipse((x0, y0, x1, y1), fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour):
        self.ellipse(x - radius, y - radius, x + radius, y + radius, colour)

    def sector(self, x: float, y: float, radius: float, start: float, end: float, colour: Colour):
        """A slice of a disc, angles in degrees, clockwise from the right."""
        box = (x - radius, y - radius, x + radius, y + radius)
        self._ids.pieslice(box, start, end, fill=self.number)
        if self._colour is not None:
            self._colour.pieslice(box, start, end, fill=colour)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, corner: float = 0.0):
        if x1 < x0 or y1 < y0:
            return
        corner = min(corner, (x1 - x0) / 2, (y1 - y0) / 2)
        for draw, fill in ((self._ids, self.number), (self._colour, colour)):
            if draw is None:
                continue
            if corner > 0.9:
                draw.rounded_rectangle((x0, y0, x1, y1), corner, fill=fill)
            else:
                draw.rectangle((x0, y0, x1, y1), fill=fill)

    def line(self, points, colour: Colour, width: float):
        width = max(1, round(width))
        self._ids.line(points, fill=self.number, width=width, joint="curve")
        if self._colour is not None:
            self._colour.line(points, fill=colour, width=width, joint="curve")

"""How each kind of thing is drawn: one function a kind, `draw(brush, x, y, h, rng, look)`.

x, y: where the thing stands (middle of its base), h: its height, all in pixels of the canvas. All random numbers are
drawn first and do not depend on the look, so that recolouring a thing does not change its shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .paint import HUES, Brush, Colour, hsv, mix, shade
from .vocabulary import COLOURS

WHITE: Colour = (250, 250, 250)
SKIN = [(255, 220, 185), (232, 180, 140), (190, 130, 90), (120, 75, 50)]
HAIR = [(30, 25, 25), (90, 55, 30), (205, 165, 90), (150, 60, 30), (150, 150, 150)]
TROUSERS = [(40, 50, 90), (60, 60, 60), (110, 80, 60), (40, 90, 70)]
FUR = [(205, 95, 60), (225, 150, 70), (240, 225, 180), (120, 135, 95), (95, 115, 150), (105, 80, 120)]
FOLIAGE = [(0.03, 0.62), (0.09, 0.68), (0.17, 0.70), (0.30, 0.50), (0.47, 0.42), (0.80, 0.45)]  # hue, value
CASE = [(165, 60, 60), (205, 130, 60), (205, 190, 110), (60, 125, 80), (60, 65, 135), (105, 60, 130)]  # remotes


@dataclass(frozen=True)
class Look:
    """The attributes of one thing: paint is its main colour, jittered; colour and pattern are their names."""

    colour: str
    pattern: str
    paint: Colour

    @property
    def hue(self) -> int:
        return COLOURS.index(self.colour)

    @property
    def patterned(self) -> bool:
        return self.pattern == "patterned"


def look_of(colour: str, pattern: str, rng: np.random.Generator) -> Look:
    """A look with a paint near the named colour; takes three numbers from the generator, whatever the colour."""
    hue, saturation, value = rng.uniform(-0.02, 0.02), rng.uniform(0.55, 0.85), rng.uniform(0.6, 0.95)
    return Look(colour, pattern, hsv(HUES[colour] + hue, saturation, value))


def house(b: Brush, x, y, h, rng, look: Look):
    width, wall, roof_kind = h * rng.uniform(0.75, 1.25), h * rng.uniform(0.52, 0.62), rng.integers(4)
    chimney, gable, lit, pale, door_at = (
        rng.random() < 0.5,
        rng.random() < 0.5,
        rng.random() < 0.4,
        rng.uniform(0.2, 0.6),
        rng.uniform(-0.12, 0.12),
    )
    paint = mix(look.paint, (235, 228, 215), pale)
    roof = [hsv(0.02, 0.6, 0.55), hsv(0.07, 0.5, 0.4), (90, 90, 105), hsv(0.6, 0.35, 0.45)][roof_kind]
    if chimney:
        b.rectangle(x + width * 0.22, y - h * 0.98, x + width * 0.33, y - wall, shade(roof, 0.8))
    b.rectangle(x - width / 2, y - wall, x + width / 2, y, paint)
    if look.patterned:  # timber beams
        for share in (0.22, 0.55, 0.88):
            b.rectangle(
                x - width / 2,
                y - wall * share - h * 0.018,
                x + width / 2,
                y - wall * share + h * 0.018,
                shade(paint, 0.55),
            )
    ridge = [(x, y - h)] if gable else [(x + width * 0.36, y - h), (x - width * 0.36, y - h)]
    b.polygon([(x - width * 0.58, y - wall), (x + width * 0.58, y - wall), *ridge], roof)
    door, door_half = x + width * door_at, width * 0.09
    b.rectangle(door - door_half, y - wall * 0.58, door + door_half, y, shade(mix(paint, (90, 50, 20), 0.7), 0.8))
    pane = (255, 240, 160) if lit else (150, 200, 230)
    for side in (-0.33, 0.33):
        half, middle = width * 0.095, y - wall * 0.72
        b.rectangle(
            x + side * width - half - 1, middle - half - 1, x + side * width + half + 1, middle + half + 1, WHITE
        )
        b.rectangle(x + side * width - half, middle - half, x + side * width + half, middle + half, pane)


def tree(b: Brush, x, y, h, rng, look: Look):
    bark, hue_shift = hsv(0.07, 0.5, rng.uniform(0.3, 0.45)), rng.uniform(-0.02, 0.02)
    saturation, value, conifer, sizes = (
        rng.uniform(0.5, 0.8),
        rng.uniform(0.88, 1.12),
        rng.random() < 0.45,
        rng.uniform(0.85, 1.1, 5),
    )
    trunk = h * 0.075
    b.rectangle(x - trunk, y - h * 0.5, x + trunk, y, bark)
    hue, base = FOLIAGE[look.hue]
    leaf = hsv(hue + hue_shift, saturation, base * value)
    if conifer:
        for i in range(3):
            half, bottom = h * (0.34 - 0.075 * i), y - h * (0.22 + 0.24 * i)
            b.polygon(
                [(x - half, bottom), (x + half, bottom), (x, bottom - h * (0.36 if i < 2 else 0.30))],
                shade(leaf, 0.8 + 0.14 * i),
            )
        fruit = [(-0.14, 0.30), (0.10, 0.33), (-0.06, 0.52), (0.09, 0.58), (0.0, 0.76)]
    else:
        crown = ((-0.19, 0.52, 0.85), (0.19, 0.52, 0.85), (0, 0.42, 0.8), (-0.09, 0.70, 1.0), (0.10, 0.72, 1.08))
        for (dx, dy, light), size in zip(crown, sizes, strict=True):
            b.disc(x + dx * h, y - dy * h, h * 0.22 * size, shade(leaf, light))
        fruit = [(-0.22, 0.55), (0.22, 0.50), (0.0, 0.45), (-0.08, 0.74), (0.13, 0.76)]
    if look.patterned:  # fruit
        for dx, dy in fruit:
            b.disc(
                x + dx * h,
                y - dy * h,
                h * 0.042,
                (250, 235, 120) if look.colour in ("red", "purple") else (215, 40, 50),
            )


def car(b: Brush, x, y, h, rng, look: Look):
    width, facing = h * rng.uniform(2.0, 2.5), 1 if rng.random() < 0.5 else -1
    wheel, glass = h * 0.2, (185, 220, 240)

    def at(share: float) -> float:
        return x + facing * share * width

    def box(start, end, top, bottom, colour, corner=0.0):
        b.rectangle(min(at(start), at(end)), y - h * top, max(at(start), at(end)), y - h * bottom, colour, corner)

    b.polygon([(at(-0.34), y - h * 0.55), (at(-0.24), y - h), (at(0.12), y - h), (at(0.30), y - h * 0.55)], look.paint)
    b.polygon(
        [(at(-0.27), y - h * 0.58), (at(-0.20), y - h * 0.92), (at(-0.06), y - h * 0.92), (at(-0.06), y - h * 0.58)],
        glass,
    )
    b.polygon(
        [(at(-0.02), y - h * 0.58), (at(-0.02), y - h * 0.92), (at(0.10), y - h * 0.92), (at(0.23), y - h * 0.58)],
        glass,
    )
    box(-0.5, 0.5, 0.62, 0.17, look.paint, h * 0.13)
    if look.patterned:  # a racing stripe
        box(-0.5, 0.5, 0.50, 0.36, WHITE)
    box(0.45, 0.5, 0.52, 0.40, (255, 240, 170))
    box(-0.5, -0.46, 0.52, 0.40, (200, 30, 30))
    box(-0.48, 0.48, 0.26, 0.17, shade(look.paint, 0.65))
    for share in (-0.28, 0.28):
        b.disc(at(share), y - wheel, wheel, (30, 30, 34))
        b.disc(at(share), y - wheel, wheel * 0.45, (190, 190, 195))


def boat(b: Brush, x, y, h, rng, look: Look):
    width, facing, sailing = h * rng.uniform(0.95, 1.2), 1 if rng.random() < 0.5 else -1, rng.random() < 0.7
    sail = (250, 248, 240) if rng.random() < 0.6 else mix(look.paint, WHITE, 0.6)
    hull = h * 0.26
    if sailing:
        b.rectangle(x - h * 0.02, y - h, x + h * 0.02, y - hull, (110, 80, 50))
        front = [
            (x + facing * h * 0.04, y - h * 0.98),
            (x + facing * h * 0.04, y - hull * 1.2),
            (x + facing * width * 0.42, y - hull * 1.2),
        ]
        back = [
            (x - facing * h * 0.04, y - h * 0.85),
            (x - facing * h * 0.04, y - hull * 1.2),
            (x - facing * width * 0.30, y - hull * 1.2),
        ]
        b.polygon(front, sail)
        b.polygon(back, shade(sail, 0.88))
    else:
        b.rectangle(x - width * 0.22, y - h * 0.5, x + width * 0.18, y - hull, (245, 245, 245), 2)
        b.rectangle(x - width * 0.05, y - h * 0.68, x + width * 0.06, y - h * 0.5, shade(look.paint, 0.8))
        for share in (-0.13, 0.02, 0.12):
            b.disc(x + share * width, y - h * 0.365, h * 0.035, (70, 110, 150))
    b.polygon(
        [(x - width / 2, y - hull), (x + width / 2, y - hull), (x + width * 0.36, y), (x - width * 0.36, y)], look.paint
    )
    b.polygon(
        [
            (x - width / 2, y - hull),
            (x + width / 2, y - hull),
            (x + width * 0.47, y - hull * 0.75),
            (x - width * 0.47, y - hull * 0.75),
        ],
        (245, 245, 245),
    )
    if look.patterned:  # portholes
        for share in (-0.26, -0.09, 0.09, 0.26):
            b.disc(x + share * width, y - hull * 0.42, h * 0.045, WHITE)


def person(b: Brush, x, y, h, rng, look: Look):
    skin, hair, legs = SKIN[rng.integers(4)], HAIR[rng.integers(5)], TROUSERS[rng.integers(4)]
    stride, raised, dress = h * rng.uniform(0.04, 0.10), rng.random(2) < 0.3, rng.random() < 0.35
    limb = h * 0.085
    for side in (-1, 1):
        b.line([(x + side * h * 0.05, y - h * 0.42), (x + side * stride, y - h * 0.02)], legs, limb * 1.5)
        b.rectangle(x + side * stride - limb * 0.8, y - h * 0.04, x + side * stride + limb * 0.8, y, (45, 35, 35))
    for side, up in zip((-1, 1), raised, strict=True):
        hand = x + side * h * (0.25 if up else 0.19), y - h * (0.86 if up else 0.42)
        b.line([(x + side * h * 0.11, y - h * 0.72), hand], shade(look.paint, 0.85), limb)
        b.disc(*hand, limb * 0.6, skin)
    if dress:
        b.polygon(
            [
                (x - h * 0.10, y - h * 0.78),
                (x + h * 0.10, y - h * 0.78),
                (x + h * 0.2, y - h * 0.30),
                (x - h * 0.2, y - h * 0.30),
            ],
            look.paint,
        )
    else:
        b.rectangle(x - h * 0.125, y - h * 0.78, x + h * 0.125, y - h * 0.38, look.paint, h * 0.05)
    if look.patterned:  # a striped shirt
        for height in (0.66, 0.54, 0.42):
            b.rectangle(x - h * 0.115, y - h * (height + 0.025), x + h * 0.115, y - h * (height - 0.025), WHITE)
    radius, middle = h * 0.115, y - h * 0.88
    b.ellipse(x - radius * 1.08, middle - radius * 1.15, x + radius * 1.08, middle + radius * 0.9, hair)
    b.ellipse(x - radius * 0.88, middle - radius * 0.7, x + radius * 0.88, middle + radius * 1.05, skin)
    for side in (-1, 1):
        b.disc(x + side * radius * 0.38, middle + radius * 0.05, max(1, radius * 0.14), (30, 30, 30))


def cat(b: Brush, x, y, h, rng, look: Look):
    facing, sitting = 1 if rng.random() < 0.5 else -1, rng.random() < 0.5
    eye = [(90, 180, 70), (235, 190, 40), (70, 130, 200)][rng.integers(3)]
    fur = FUR[look.hue]
    dark = shade(fur, 0.62)
    if sitting:
        b.line(
            [
                (x - facing * h * 0.22, y - h * 0.06),
                (x - facing * h * 0.44, y - h * 0.12),
                (x - facing * h * 0.46, y - h * 0.38),
            ],
            dark,
            h * 0.085,
        )
        b.ellipse(x - h * 0.27, y - h * 0.62, x + h * 0.27, y, fur)
        if look.patterned:  # tabby stripes
            for share in (-0.3, -0.16, -0.02, 0.12):
                level = y - h * 0.26 + share * h * 0.75
                b.line([(x - facing * h * 0.22, level), (x + facing * h * 0.02, level)], dark, h * 0.05)
        for side in (-1, 1):
            b.ellipse(
                x + side * h * 0.1 - h * 0.075,
                y - h * 0.13,
                x + side * h * 0.1 + h * 0.075,
                y,
                mix(fur, (255, 255, 255), 0.45),
            )
        head = x + facing * h * 0.06, y - h * 0.70
    else:
        b.line(
            [
                (x - facing * h * 0.55, y - h * 0.18),
                (x - facing * h * 0.85, y - h * 0.25),
                (x - facing * h * 0.92, y - h * 0.55),
            ],
            dark,
            h * 0.10,
        )
        b.rectangle(x - h * 0.62, y - h * 0.52, x + h * 0.62, y - h * 0.04, fur, h * 0.24)
        if look.patterned:
            for share in (-0.45, -0.25, -0.05, 0.15):
                b.line([(x + share * h * facing, y - h * 0.5), (x + share * h * facing, y - h * 0.22)], dark, h * 0.07)
        for share in (-0.45, 0.3):
            b.ellipse(
                x + facing * share * h - h * 0.14,
                y - h * 0.14,
                x + facing * share * h + h * 0.14,
                y,
                mix(fur, (255, 255, 255), 0.35),
            )
        head = x + facing * h * 0.58, y - h * 0.62
    _cat_head(b, *head, h * 0.245, fur, eye)


def _cat_head(b: Brush, x, y, radius, fur: Colour, eye: Colour):
    for side in (-1, 1):
        b.polygon(
            [
                (x + side * radius * 0.95, y - radius * 0.25),
                (x + side * radius * 0.85, y - radius * 1.35),
                (x + side * radius * 0.15, y - radius * 0.75),
            ],
            fur,
        )
        b.polygon(
            [
                (x + side * radius * 0.8, y - radius * 0.5),
                (x + side * radius * 0.76, y - radius * 1.08),
                (x + side * radius * 0.38, y - radius * 0.72),
            ],
            (235, 160, 160),
        )
    b.ellipse(x - radius * 1.05, y - radius * 0.88, x + radius * 1.05, y + radius * 0.88, fur)
    for side in (-1, 1):
        middle = x + side * radius * 0.45
        b.ellipse(middle - radius * 0.2, y - radius * 0.28, middle + radius * 0.2, y + radius * 0.16, eye)
        b.ellipse(middle - radius * 0.08, y - radius * 0.25, middle + radius * 0.08, y + radius * 0.12, (20, 20, 20))
    b.ellipse(x - radius * 0.11, y + radius * 0.2, x + radius * 0.11, y + radius * 0.4, (230, 120, 130))


def ball(b: Brush, x, y, h, rng, look: Look):
    design, angle, pale = rng.integers(3), rng.uniform(0, math.pi), rng.random() < 0.7
    radius, second = h / 2, WHITE if pale else (40, 40, 45)
    middle = y - radius
    b.disc(x, middle, radius, look.paint)
    if look.patterned and design == 0:  # a band across
        half = 0.28
        reach = math.sqrt(1 - half * half)
        dx, dy = math.cos(angle), math.sin(angle)
        side = [
            (radius * (dx * u * reach - dy * half), radius * (dy * u * reach + dx * half))
            for u in np.linspace(-1, 1, 9)
        ]
        b.polygon([(x + px, middle + py) for px, py in side] + [(x - px, middle - py) for px, py in side], second)
    elif look.patterned and design == 1:  # sectors
        for i in range(3):
            start = math.degrees(angle) + 120 * i
            b.sector(x, middle, radius, start, start + 60, second)
    elif look.patterned:  # spots
        for i in range(5):
            turn = i * 2 * math.pi / 5 + angle
            b.disc(x + math.cos(turn) * radius * 0.6, middle + math.sin(turn) * radius * 0.6, radius * 0.17, second)
        b.disc(x, middle, radius * 0.2, second)
    b.disc(x - radius * 0.45, middle - radius * 0.5, radius * 0.2, mix(look.paint, (255, 255, 255), 0.65))


def remote(b: Brush, x, y, h, rng, look: Look):
    angle = rng.uniform(-0.9, 0.9)
    case, width = CASE[look.hue], h * 0.30
    cosine, sine = math.cos(angle), math.sin(angle)

    def at(u: float, v: float) -> tuple[float, float]:
        """A point of the remote's own frame (u across, v along) on the canvas."""
        return x + cosine * u - sine * v, y - h * 0.5 + sine * u + cosine * v

    b.polygon([at(-width / 2, -h / 2), at(width / 2, -h / 2), at(width / 2, h / 2), at(-width / 2, h / 2)], case)
    for end in (-1, 1):
        b.disc(*at(0, end * h * 0.49), width / 2, case)
    if look.patterned:  # a pale keypad
        b.polygon(
            [
                at(-width * 0.42, -h * 0.28),
                at(width * 0.42, -h * 0.28),
                at(width * 0.42, h * 0.42),
                at(-width * 0.42, h * 0.42),
            ],
            (238, 235, 225),
        )
    button = (60, 60, 70) if look.patterned else (235, 235, 235)
    b.disc(*at(0, -h * 0.42), width * 0.16, (225, 40, 40) if look.colour != "red" else WHITE)
    for i in range(4):
        for j in (-1, 0, 1):
            b.disc(*at(j * width * 0.27, -h * 0.2 + i * h * 0.17), width * 0.1, button)


DRAW = {
    "house": house,
    "tree": tree,
    "car": car,
    "boat": boat,
    "person": person,
    "cat": cat,
    "ball": ball,
    "remote": remote,
}
# Height in the foreground as a share of the picture, and width / height.
HEIGHT = {
    "house": 0.46,
    "tree": 0.52,
    "car": 0.23,
    "boat": 0.36,
    "person": 0.39,
    "cat": 0.27,
    "ball": 0.19,
    "remote": 0.26,
}
WIDTH = {"house": 1.1, "tree": 0.74, "car": 2.2, "boat": 1.0, "person": 0.44, "cat": 0.85, "ball": 1.0, "remote": 0.62}

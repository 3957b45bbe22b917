"""People, cats, balls and remote controls. See sprites.py for what x, y, h, rng and look are."""

from __future__ import annotations

import math

import numpy as np

from segtutor.data.toytown.look import WHITE, Look
from segtutor.data.toytown.paint import Brush, Colour, mix, shade

SKIN = [(255, 220, 185), (232, 180, 140), (190, 130, 90), (120, 75, 50)]
HAIR = [(30, 25, 25), (90, 55, 30), (205, 165, 90), (150, 60, 30), (150, 150, 150)]
TROUSERS = [(40, 50, 90), (60, 60, 60), (110, 80, 60), (40, 90, 70)]
FUR = [(205, 95, 60), (225, 150, 70), (240, 225, 180), (120, 135, 95), (95, 115, 150), (105, 80, 120)]
CASE = [(165, 60, 60), (205, 130, 60), (205, 190, 110), (60, 125, 80), (60, 65, 135), (105, 60, 130)]  # remotes


def person(b: Brush, x, y, h, rng, look: Look):
    skin, hair, legs = SKIN[rng.integers(4)], HAIR[rng.integers(5)], TROUSERS[rng.integers(4)]
    stride, raised, dress = h * rng.uniform(0.04, 0.10), rng.random(2) < 0.3, rng.random() < 0.35
    limb = h * 0.085
    b.part("legs")
    for side in (-1, 1):
        b.line([(x + side * h * 0.05, y - h * 0.42), (x + side * stride, y - h * 0.02)], legs, limb * 1.5)
        b.rectangle(x + side * stride - limb * 0.8, y - h * 0.04, x + side * stride + limb * 0.8, y, (45, 35, 35))
    for side, up in zip((-1, 1), raised, strict=True):
        b.part("arm", side)
        hand = x + side * h * (0.25 if up else 0.19), y - h * (0.86 if up else 0.42)
        b.line([(x + side * h * 0.11, y - h * 0.72), hand], shade(look.paint, 0.85), limb)
        b.disc(*hand, limb * 0.6, skin)
    b.part("torso")
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
    b.part("head")
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
        b.part("tail")
        b.line(
            [
                (x - facing * h * 0.22, y - h * 0.06),
                (x - facing * h * 0.44, y - h * 0.12),
                (x - facing * h * 0.46, y - h * 0.38),
            ],
            dark,
            h * 0.085,
        )
        b.part("body")
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
        b.part("tail")
        b.line(
            [
                (x - facing * h * 0.55, y - h * 0.18),
                (x - facing * h * 0.85, y - h * 0.25),
                (x - facing * h * 0.92, y - h * 0.55),
            ],
            dark,
            h * 0.10,
        )
        b.part("body")
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
    b.part("head")
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

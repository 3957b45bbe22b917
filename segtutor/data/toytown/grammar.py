"""The grammar of scenes: which stuff lies where, and which things may stand on it.

`compose(rng)` draws a background and a list of things. Two rules make ToyTown hard where real pictures are hard: things
come in groups of one to four of a kind that overlap each other (so most things touch one of their own class), and
groups cover each other a little (so there is occlusion between classes).
"""

from __future__ import annotations

import numpy as np

from segtutor.data.toytown.background import Background, Band, Below, Everywhere, Lake, Layer, Mark, Perspective
from segtutor.data.toytown.groups import Groups, Thing
from segtutor.data.toytown.paint import hsv, shade
from segtutor.data.toytown.sprites import HEIGHT
from segtutor.data.toytown.vocabulary import STUFF

OUTDOOR_SHARE = 0.72


def compose(rng: np.random.Generator) -> tuple[Background, list[Thing]]:
    """A background and its things, back to front (by the level of their base)."""
    background, things = (outdoor if rng.random() < OUTDOOR_SHARE else indoor)(rng)
    return background, sorted(things, key=lambda thing: thing.y)


def _waves(rng) -> tuple[tuple[float, float], ...]:
    return tuple((k * rng.uniform(0.5, 1.1), rng.random()) for k in (1, 2, 3))


def _layer(rng, stuff, shape, top, bottom, texture=None, strength=0.0) -> Layer:
    return Layer(stuff, shape, top, bottom, texture, strength, (rng.random(), rng.random()))


SKIES = [
    ((95, 165, 235), (215, 235, 250)),
    ((70, 120, 200), (250, 205, 160)),
    ((165, 175, 190), (220, 225, 230)),
    ((30, 35, 80), (110, 100, 150)),
    ((240, 150, 120), (255, 225, 170)),
]


def outdoor(rng: np.random.Generator) -> tuple[Background, list[Thing]]:
    """Sky, perhaps a hill, grass, perhaps water and a road; boats on water, cars on roads, the rest on grass."""
    horizon = rng.uniform(0.30, 0.46)
    sky = SKIES[rng.choice(5, p=[0.5, 0.15, 0.15, 0.08, 0.12])]
    layers = [_layer(rng, "sky", Everywhere(), *sky, "cloud", rng.uniform(0, 0.9))]
    if rng.random() < 0.45:
        colour = hsv(rng.choice([0.33, 0.55, 0.62, 0.75]), rng.uniform(0.15, 0.45), rng.uniform(0.4, 0.68))
        ridge = Below(horizon - rng.uniform(0.04, 0.10), 0.05, _waves(rng))
        layers.append(_layer(rng, "hill", ridge, colour, shade(colour, 0.9), "soft", 0.10))
    green = hsv(rng.uniform(0.20, 0.36), rng.uniform(0.40, 0.70), rng.uniform(0.45, 0.75))
    layers.append(_layer(rng, "grass", Below(horizon), shade(green, 0.85), shade(green, 1.1), "grass", 0.22))
    water, sea = _water(rng, horizon, layers)
    road, marks = _road(rng, horizon, sea, layers)
    background = Background(tuple(layers), tuple(marks))
    groups = Groups(rng, horizon + 0.02)
    stuff = background.stuff(64)  # coarse: only to ask what lies under a foot
    for _ in range(int(rng.integers(3, 7))):
        which = rng.random()
        for _attempt in range(12):
            kind, x, y = _outdoor_place(rng, which, horizon, water, road)
            ground = layers[0].stuff if not 0 <= y < 1 else _name(stuff, x, y)
            if (
                kind not in ("boat", "car")
                and ground != "grass"
                and not (kind in ("person", "ball", "cat") and ground == "road")
            ):
                continue
            depth = 0.55 + 0.45 * min(1, max(0, (y - horizon) / (1 - horizon)))
            if groups.place(kind, x, y, HEIGHT[kind] * depth * rng.uniform(0.85, 1.15)):
                break
    return background, groups.things


def _name(stuff: np.ndarray, x: float, y: float) -> str:
    side = len(stuff)
    return STUFF[stuff[min(side - 1, int(y * side)), min(side - 1, int(x * side))]]


def _outdoor_place(rng, which, horizon, water, road) -> tuple[str, float, float]:
    if water and which < 0.34:
        left, right, top, bottom = water
        return "boat", rng.uniform(left, right), rng.uniform(top, bottom)
    if road and which < 0.62:
        if isinstance(road, Perspective):
            y = rng.uniform(horizon + 0.15, 0.98)
            t = (y - horizon) / (1 - horizon)
            return "car", road.far + (road.near - road.far) * t + rng.uniform(-0.5, 0.5) * road.width * t, y
        return "car", rng.uniform(0.1, 0.9), rng.uniform(*road)
    kind = str(rng.choice(["house", "tree", "person", "ball", "cat"], p=[0.22, 0.24, 0.22, 0.16, 0.16]))
    y = rng.uniform(horizon + 0.02, min(0.92, horizon + 0.40)) if kind == "house" else rng.uniform(horizon + 0.03, 0.99)
    return kind, rng.uniform(0.08, 0.92), y


def _water(rng, horizon, layers):
    """Perhaps a sea, a near shore or a lake.

    -> (left, right, top, bottom) where boats float, or None; (top, bottom) of a sea or a shore, or None.
    """
    blue = hsv(rng.uniform(0.50, 0.62), rng.uniform(0.35, 0.65), rng.uniform(0.5, 0.85))
    if rng.random() >= 0.50:
        return None, None
    sort = rng.integers(3)
    if sort == 0:
        bottom = horizon + rng.uniform(0.14, 0.26)
        shape, place, sea = (
            Band(horizon, Below(bottom, 0.012, _waves(rng))),
            (0.1, 0.9, horizon + 0.03, bottom - 0.01),
            (horizon, bottom),
        )
    elif sort == 1:
        top = rng.uniform(0.68, 0.80)
        shape, place, sea = Below(top, 0.02, _waves(rng)), (0.1, 0.9, top + 0.04, 0.98), (top, 1.0)
    else:
        x, y, half_width, half_height = (
            rng.uniform(0.2, 0.8),
            rng.uniform(horizon + 0.18, 0.8),
            rng.uniform(0.25, 0.42),
            rng.uniform(0.08, 0.13),
        )
        shape, sea = Lake(x, y, half_width, half_height), None
        place = (x - half_width * 0.6, x + half_width * 0.6, y - half_height * 0.3, y + half_height * 0.6)
    layers.append(_layer(rng, "water", shape, shade(blue, 0.9), shade(blue, 1.1), "wave", 0.16))
    return place, sea


def _road(rng, horizon, sea, layers):
    """Perhaps a road with lane marks, clear of a sea or a shore.

    -> (top, bottom) where cars stand, or the Perspective, or None; the marks.
    """
    grey = int(rng.uniform(80, 135))
    colour, paint = (grey, grey, grey + int(rng.uniform(-4, 10))), (240, 235, 210)
    if rng.random() >= 0.62:
        return None, []
    if rng.random() < 0.65:  # a horizontal band
        lowest = sea[1] + 0.06 if sea and sea[1] < 0.7 else horizon + 0.12
        highest = sea[0] - 0.2 if sea and sea[1] == 1.0 else 0.84
        if highest <= lowest:
            return None, []
        top, width, phase = rng.uniform(lowest, highest), rng.uniform(0.10, 0.17), rng.uniform(0, 0.15)
        layers.append(_layer(rng, "road", Band(top, Below(top + width)), colour, colour, "fine", 0.10))
        y = top + width / 2
        marks = []
        for i in range(8):
            x0, x1 = i * 0.15 - phase, i * 0.15 - phase + 0.08
            marks.append(Mark(((x0, y - 0.006), (x1, y - 0.006), (x1, y + 0.006), (x0, y + 0.006)), paint))
        return (top + width * 0.30, top + width * 0.98), marks
    road = Perspective(horizon, rng.uniform(0.3, 0.7), rng.uniform(0.25, 0.75), rng.uniform(0.18, 0.30))
    if sea:
        return None, []
    layers.append(_layer(rng, "road", road, colour, colour, "fine", 0.10))
    return road, [_dash(road, (i / 5) ** 1.3, ((i + 0.55) / 5) ** 1.3, paint) for i in range(5)]


def _dash(road: Perspective, start: float, end: float, paint) -> Mark:
    def point(t, side):
        return road.far + (road.near - road.far) * t + side * (0.003 + 0.012 * t), road.horizon + (1 - road.horizon) * t

    return Mark((point(start, -1), point(start, 1), point(end, 1), point(end, -1)), paint)


def indoor(rng: np.random.Generator) -> tuple[Background, list[Thing]]:
    """A wall and a floor with cats, balls, remotes and people (a wink at COCO's two cats with two remotes)."""
    edge = rng.uniform(0.36, 0.60)
    paper = hsv(rng.random(), rng.uniform(0.08, 0.45), rng.uniform(0.70, 0.97))
    paper_texture = ["stripe", "wide stripe", "brick", "dots", None, "soft"][rng.integers(6)]
    wooden = rng.random() < 0.7
    hue, saturation, value = (
        rng.uniform(0.04, 0.12) if wooden else rng.random(),
        rng.uniform(0.3, 0.65) if wooden else 0.3,
        rng.uniform(0.4, 0.75),
    )
    boards = hsv(hue, saturation, value)
    layers = (
        _layer(rng, "wall", Everywhere(), paper, shade(paper, 0.92), paper_texture, 0.07),
        _layer(
            rng,
            "floor",
            Below(edge),
            shade(boards, 0.85),
            shade(boards, 1.12),
            ["plank", "plank", "check", "soft"][rng.integers(4)],
            0.12,
        ),
    )

    def box(x0, y0, x1, y1, colour):
        return Mark(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour)

    marks = [box(0, edge - 0.022, 1, edge, shade(paper, 1.12) if sum(paper) < 560 else shade(paper, 0.8))]
    if rng.random() < 0.6:  # a framed picture belongs to the wall
        x, y, width, height = (
            rng.uniform(0.06, 0.6),
            rng.uniform(0.05, 0.12),
            rng.uniform(0.16, 0.3),
            rng.uniform(0.14, 0.22),
        )
        marks += [
            box(x, y, x + width, y + height, (120, 85, 50)),
            box(x + 0.015, y + 0.015, x + width - 0.015, y + height - 0.015, hsv(rng.random(), 0.3, 0.9)),
        ]
    groups = Groups(rng, edge + 0.04)
    larger = {"person": 1.4, "cat": 1.3, "ball": 1.1, "remote": 1.1}
    for _ in range(int(rng.integers(2, 5))):
        for _attempt in range(12):
            kind = str(rng.choice(["cat", "ball", "remote", "person"], p=[0.30, 0.22, 0.28, 0.20]))
            x, y = rng.uniform(0.1, 0.9), rng.uniform(edge + 0.06, 0.99)
            depth = 0.75 + 0.4 * (y - edge) / (1 - edge)
            if groups.place(kind, x, y, HEIGHT[kind] * larger[kind] * depth * rng.uniform(0.85, 1.15)):
                break
    return Background(layers, tuple(marks)), groups.things

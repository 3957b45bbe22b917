"""A scene as layers, from which another program composes the picture as Scene.draw does, pixel by pixel.

Layers are plain numbers and bytes, so that a browser can compose them (segtutor/widgets/shared/scene/compose.js).
Composed from the layers at hand: moving a thing by whole pixels of the canvas, recolouring, reordering, removing,
adding a thing whose cutout is there. A new cutout is needed for another height, kind, pattern or seed; `library`
makes many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from segtutor.data.toytown import sprites
from segtutor.data.toytown.cutout import cutout, on_pixels
from segtutor.data.toytown.groups import Thing
from segtutor.data.toytown.scene import CONTOUR, MINIMUM_AREA, OVERSAMPLING, Scene, noise
from segtutor.data.toytown.vocabulary import KINDS, PATTERNS

_BETWEEN_PIXELS = ("kind", "pattern", "seed", "height", "x", "y")
STEP = 1.1  # a thing grows and shrinks by this factor


def ground(scene: Scene) -> dict[str, Any]:
    """What lies beneath the things, and what is done to the picture above them.

    size: the picture's side; the canvas has `oversampling` times as many pixels. background: uint8 RGB of the canvas;
    stuff: uint8 positions in STUFF; noise: float32 of the picture, added to every channel; light: factor on the
    colours; contour: factor where a thing meets something else; minimum_area: stuff below this share is void.
    """
    side = scene.size * OVERSAMPLING
    picture, stuff = scene.background.paint(side)
    return {
        "size": scene.size,
        "oversampling": OVERSAMPLING,
        "light": scene.light,
        "contour": CONTOUR,
        "minimum_area": MINIMUM_AREA,
        "background": picture.tobytes(),
        "stuff": stuff.tobytes(),
        "noise": noise(scene).astype("<f4").tobytes(),
    }


def things(scene: Scene) -> list[dict[str, Any]]:
    """The things of a scene, back to front, as plain dictionaries."""
    return [asdict(thing) for thing in scene.things]


def shape_of(thing: Thing, side: int) -> dict[str, Any]:
    """What a cutout is found by: all that makes the thing's shape on a canvas of `side` pixels, no colour."""
    names = ("kind", "pattern", "seed", "height") if on_pixels(thing, side) else _BETWEEN_PIXELS
    return {name: getattr(thing, name) for name in names}


def cutouts(shapes: Iterable[Thing], size: int) -> dict[str, Any]:
    """The cutouts of things for pictures of `size` pixels: {"index": [...], "bytes": ...}.

    An entry of the index has what makes the shape (kind, pattern, seed, height, and x, y where the thing stands
    between pixels), its left and top (see Cutout), width, tall, colours (their number n) and start: from there the
    bytes hold width * tall numbers (0 = not the thing) and then six palettes of n RGB colours, in the order of COLOURS.
    Of several things of one shape the first is kept.
    """
    side = size * OVERSAMPLING
    index, pieces, seen, start = [], [], set(), 0
    for thing in shapes:
        shape = shape_of(thing, side)
        if (key := tuple(shape.values())) in seen:
            continue
        seen.add(key)
        piece = cutout(thing, side)
        tall, width = piece.numbers.shape
        index.append(
            shape
            | {"left": piece.left, "top": piece.top, "width": width, "tall": tall}
            | {"colours": piece.palettes.shape[1], "start": start}
        )
        pieces += [piece.numbers.tobytes(), piece.palettes.tobytes()]
        start += piece.numbers.size + piece.palettes.size
    return {"index": index, "bytes": b"".join(pieces)}


def grounded(scene: Scene) -> list[Thing]:
    """The things as they stand, and each of them on the nearest whole pixel of the canvas, from where it can move."""
    side = scene.size * OVERSAMPLING
    moved = [
        Thing(**{**asdict(thing), "x": round(thing.x * side) / side, "y": round(thing.y * side) / side})
        for thing in scene.things
    ]
    return [*scene.things, *moved]


def heights(height: float, smaller: int, larger: int) -> list[float]:
    """A ladder of heights around one: `smaller` steps below it, itself, `larger` steps above, within 0.04 and 1."""
    return [h for step in range(-smaller, larger + 1) if 0.04 <= (h := height * STEP**step) <= 1 or step == 0]


def palette(seeds: Iterable[int] = (0,), smaller: int = 6, larger: int = 4) -> list[Thing]:
    """Things to add to a scene: each kind in both patterns on a ladder of heights around that of the foreground."""
    return [
        Thing(kind, 0.0, 0.0, height, "red", pattern, seed)
        for kind in KINDS
        for height in heights(sprites.HEIGHT[kind], smaller, larger)
        for pattern in PATTERNS
        for seed in seeds
    ]


def library(scenes: Iterable[Scene], seeds: Iterable[int] = (0,), smaller: int = 6, larger: int = 4) -> dict[str, Any]:
    """Cutouts of everything that a page without Python needs: the scenes' things in several heights, and `palette`.

    All scenes have one size. -> as `cutouts`; a few scenes make some hundred kB once compressed (deflate).
    """
    scenes = list(scenes)
    shapes = [thing for scene in scenes for thing in grounded(scene)]
    shapes += [
        Thing(thing.kind, 0.0, 0.0, height, "red", pattern, thing.seed)
        for scene in scenes
        for thing in scene.things
        for height in heights(thing.height, smaller, larger)
        for pattern in PATTERNS
    ]
    return cutouts([*shapes, *palette(seeds, smaller, larger)], scenes[0].size)

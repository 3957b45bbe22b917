"""What a pixel can mean: the part, the thing, the group of things or the stuff that it belongs to, each with its mask.

    part    the visible pixels of a roof, a wheel, a head, ...; at least 20 of them
    thing   one house, one cat, ...
    group   things of one kind that touch (4-neighbours), at least two: what a perfect classifier of pixels cannot part
    stuff   sky, hill, grass, water, road, wall, floor

A click on a cat's head in a row of cats is right about all of part, thing and group; a promptable network has to say
so. `Scene.regions()` gives every region of a scene, `Scene.regions_at(x, y)` those that one pixel lies in:

    >>> from segtutor.data import toytown
    >>> for region in toytown.scene(7).regions_at(28, 76):
    ...     print(region.level, region.name, region.area)
    part car body 511
    thing car 768
    group cars 2075
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segtutor.data.toytown.parts import draw_parts
from segtutor.data.toytown.vocabulary import KINDS, STUFF

if TYPE_CHECKING:
    from segtutor.data.toytown.scene import Scene

LEVELS = ("part", "thing", "group", "stuff")
SMALLEST_PART = 20  # pixels; what is smaller is noise to a network that sees the picture at a quarter of its size


@dataclass(frozen=True, eq=False)
class Region:
    """One thing that can be meant. mask: (H, W) bool, its visible pixels, at least one.

    level: one of LEVELS. name: "cat head" (part), "cat" (thing), "cats" (group), "sky" (stuff). things: positions in
    the scene's things, of one for part and thing, of all for a group, none for stuff.
    """

    level: str
    name: str
    mask: np.ndarray
    things: tuple[int, ...] = ()

    @property
    def area(self) -> int:
        """Pixels of the mask."""
        return int(self.mask.sum())

    def __repr__(self) -> str:
        return f"Region({self.level}, {self.name!r}, {self.area} pixels)"


def regions(scene: Scene, segment_ids: np.ndarray, oversampling: int) -> list[Region]:
    """All regions of a drawn scene, level by level in the order of LEVELS.

    segment_ids: what `scene.draw()` gives. Levels are nested: a part lies in its thing, a thing of a group in the
    group; no thing meets any stuff.
    """
    return [
        *_parts(scene, oversampling),
        *_things(scene, segment_ids),
        *_groups(scene, segment_ids),
        *_stuff(segment_ids),
    ]


def _parts(scene: Scene, oversampling: int) -> list[Region]:
    large, names = draw_parts(scene.things, scene.size * oversampling)
    numbers = large[oversampling // 2 :: oversampling, oversampling // 2 :: oversampling]
    areas = np.bincount(numbers.ravel(), minlength=len(names) + 1)
    return [
        Region("part", f"{scene.things[thing].kind} {name}", numbers == number, (thing,))
        for number, (thing, name) in enumerate(names, start=1)
        if areas[number] >= SMALLEST_PART
    ]


def _things(scene: Scene, segment_ids: np.ndarray) -> list[Region]:
    masks = ((i, segment_ids == len(STUFF) + 1 + i) for i in range(len(scene.things)))
    return [Region("thing", scene.things[i].kind, mask, (i,)) for i, mask in masks if mask.any()]


def _groups(scene: Scene, segment_ids: np.ndarray) -> list[Region]:
    from scipy.ndimage import label

    first, found = len(STUFF) + 1, []
    for kind in KINDS:
        members = [first + i for i, thing in enumerate(scene.things) if thing.kind == kind]
        pieces, count = label(np.isin(segment_ids, members))  # 4-neighbours, as scipy's default is
        for piece in range(1, count + 1):
            mask = pieces == piece
            inside = np.unique(segment_ids[mask])
            if len(inside) > 1:
                found.append(Region("group", _plural(kind), mask, tuple(int(i) - first for i in inside)))
    return found


def _stuff(segment_ids: np.ndarray) -> list[Region]:
    masks = ((name, segment_ids == i) for i, name in enumerate(STUFF, start=1))
    return [Region("stuff", name, mask) for name, mask in masks if mask.any()]


def _plural(kind: str) -> str:
    return "people" if kind == "person" else f"{kind}s"

"""The data of all experiments: ToyTown scenes of 96 x 96 pixels, rendered once, and lists of 5 to 80 classes for them.

An experiment shows its arms the same pictures; what it may change is how finely things are named:

    K = 5     backdrop, ground, landmark, vehicle, small thing
    K = 13    ToyTown's 7 stuff classes, and things by colour alone ("red thing"): the new classes of claim 12
    K = 15    ToyTown's own
    K = 40    house, car, boat, person and ball by colour
    K = 80    five kinds by colour and pattern, two by colour, one whole

Rendering costs more than a small network's step, so pictures and id maps lie in two files beside the runs, and are
read from there (27 + 9 kB a scene).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from segtutor.data import toytown
from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF, fine_categories, fine_name
from segtutor.errors import UserError
from segtutor.files import make_folder
from segtutor.segments import Categories, Segmentation

SIZE = 96
TRAIN_SCENES = 3200
VALIDATION_SCENES = 200
MOST_SEGMENTS = 24  # of a scene: 7 stuff classes and at most 9 things, with room

COARSE = {
    "backdrop": ("sky", "hill", "wall"),
    "ground": ("grass", "water", "road", "floor"),
    "landmark": ("house", "tree"),
    "vehicle": ("car", "boat"),
    "small thing": ("person", "cat", "ball", "remote"),
}
FINE = {
    40: {"colour": ("house", "car", "boat", "person", "ball"), "pattern": ()},
    80: {
        "colour": ("house", "car", "boat", "person", "ball", "tree", "cat"),
        "pattern": ("house", "car", "boat", "person", "ball"),
    },
}


def categories_of(count: int) -> Categories:
    """The list of `count` classes, 5, 13, 15, 40 or 80; ids are positions + 1. Raises UserError for another count."""
    if count == 5:
        return _listed([(name, not set(kinds) <= set(STUFF)) for name, kinds in COARSE.items()])
    if count == 13:
        return _listed([(name, False) for name in STUFF] + [(f"{colour} thing", True) for colour in COLOURS])
    if count == 15:
        return toytown.categories
    if count not in FINE:
        raise UserError(f"classes must be 5, 13, 15, 40 or 80, got {count}")
    return fine_categories(**FINE[count])


def _listed(names: Sequence[tuple[str, bool]]) -> Categories:
    return Categories.from_coco(
        [{"id": i + 1, "name": name, "isthing": int(thing)} for i, (name, thing) in enumerate(names)]
    )


def class_of(name: str, colour: str, pattern: str, categories: Categories) -> int:
    """The position in one of these lists of a stuff class, or of a kind of thing with its attributes."""
    count, names = len(categories), categories.names
    if count == 5:
        return next(i for i, members in enumerate(COARSE.values()) if name in members)
    if name in STUFF:
        return names.index(name)
    return names.index(f"{colour} thing" if count == 13 else fine_name(name, colour, pattern, categories))


class Scenes(Sequence):
    """Scenes as training rows {"image", "segmentation"}, with one of the lists of classes.

    seeds: of the scenes. count: of classes. merged: one segment a class (semantic truth) instead of one a thing.
    folder: where rendered pictures are kept; they are rendered, all, when the first is asked for.
    """

    def __init__(self, seeds: range, folder: str | Path, *, count: int = 15, merged: bool = False):
        self.seeds, self.folder, self.merged = seeds, Path(folder), merged
        self.categories = categories_of(count)

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, i: int) -> dict:
        if not 0 <= i < len(self):
            raise IndexError(f"scene must be 0 to {len(self) - 1}, got {i}")
        images, maps, things = self._arrays
        return {"image": np.array(images[i]), "segmentation": self._truth(np.array(maps[i], np.int32), things[i])}

    def _truth(self, ids: np.ndarray, things: np.ndarray) -> Segmentation:
        """things: (MOST_SEGMENTS, 3): by segment id, position among ToyTown's classes, colour, pattern; -1 = none."""
        classes = {int(i): self._table[tuple(things[i])] for i in np.unique(ids) if i}
        if self.merged:
            table = np.zeros(MOST_SEGMENTS, np.int32)
            for segment, position in classes.items():
                table[segment] = position + 1
            ids = table[ids]
            classes = {int(i): int(i) - 1 for i in np.unique(ids) if i}
        names = {i: self.categories[position].id for i, position in classes.items()}
        return Segmentation.from_ids(ids, names, self.categories)

    @cached_property
    def _table(self) -> dict[tuple[int, ...], int]:
        """(position among ToyTown's classes, colour, pattern) -> position in this list."""
        table: dict[tuple[int, ...], int] = {
            (i, -1, -1): class_of(name, "", "", self.categories) for i, name in enumerate(STUFF)
        }
        for k, kind in enumerate(KINDS):
            for c, colour in enumerate(COLOURS):
                for p, pattern in enumerate(PATTERNS):
                    table[len(STUFF) + k, c, p] = class_of(kind, colour, pattern, self.categories)
        return table

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        make_folder(self.folder)
        stem = f"scenes-{self.seeds.start}-{len(self)}-{SIZE}"
        paths = [self.folder / f"{stem}-{part}.npy" for part in ("images", "maps", "things")]
        if not all(path.exists() for path in paths):
            _render(self.seeds, paths)
        images, maps, things = (np.load(path, mmap_mode="r") for path in paths)
        return images, maps, things


def _render(seeds: range, paths: Sequence[Path]):
    """Draws the scenes and writes three arrays; each appears under its name when it is whole."""
    images = np.zeros((len(seeds), SIZE, SIZE, 3), np.uint8)
    maps = np.zeros((len(seeds), SIZE, SIZE), np.uint8)
    things = np.full((len(seeds), MOST_SEGMENTS, 3), -1, np.int8)
    for i, seed in enumerate(seeds):
        scene = toytown.scene(seed, SIZE)
        images[i], maps[i] = scene.draw()
        for k in range(len(STUFF)):
            things[i, k + 1] = (k, -1, -1)
        for thing in scene.things:
            attributes = COLOURS.index(thing.colour), PATTERNS.index(thing.pattern)
            things[i, scene.segment_id(thing)] = (len(STUFF) + KINDS.index(thing.kind), *attributes)
    for path, array in zip(paths, (images, maps, things), strict=True):
        unfinished = path.with_suffix(".unfinished.npy")
        np.save(unfinished, array)
        unfinished.replace(path)


def train_scenes(folder: str | Path, *, count: int = 15, merged: bool = False, scenes: int = TRAIN_SCENES) -> Scenes:
    """The scenes that every arm learns from."""
    first = toytown.SPLITS["train"].start
    return Scenes(range(first, first + scenes), folder, count=count, merged=merged)


def validation_scenes(
    folder: str | Path, *, count: int = 15, merged: bool = False, scenes: int = VALIDATION_SCENES
) -> Scenes:
    """The scenes that every arm is measured on; no arm has seen them."""
    return Scenes(toytown.seeds("validation", scenes), folder, count=count, merged=merged)

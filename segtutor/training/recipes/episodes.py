"""What seggpt-toytown and painter-toytown learn from: pairs of scenes, one task a pair, colours drawn anew or fixed.

An episode is two scenes that share a class. The first and its target are shown, the second is to be painted:

    8 of 10   some classes that both have, each in its colour, on black
    1 of 10   edges, white            1 of 10   silhouettes of all things, in one colour

    "random"   a class has a colour for one episode: only the prompt says which            (SegGPT)
    "fixed"    a class has its colour for ever (`PALETTE`): the prompt need not be read    (Painter)

Classes of HELD_OUT are in no target, and their pixels in no loss; nor has the frozen backbone seen a label of them
(`segtutor train mask2former-heldout-toytown`).

    world = World.of(features, seeds)                    # scenes drawn and looked at, once

Taught in notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from segtutor.data import toytown
from segtutor.reference.toytown.features import Maps, ToyTownFeatures
from segtutor.training.rows.targets import pixel_values

NAMES = toytown.categories.names
HELD_OUT = ("cat", "boat", "road")
TRAINED = tuple(name for name in NAMES if name not in HELD_OUT)
THINGS = tuple(i for i, category in enumerate(toytown.categories) if category.isthing)
FEWEST = 120  # pixels of a class for a scene to show it
ARMS = ("random", "fixed")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# One colour a class, hues apart, as Painter paints semantic classes; no two alike, none black.
PALETTE = np.array(
    [colorsys.hsv_to_rgb(i / len(NAMES), 1 if i % 2 else 0.6, 1 if i % 3 else 0.7) for i in range(len(NAMES))],
    np.float32,
)


@dataclass(frozen=True)
class World:
    """Scenes and what frozen features say of them.

    classes: (N, H, W) int8, positions in the categories, -1 void. edges: (N, H, W) bool, the pixels where a segment
    ends. present: (N, K) bool, which scene shows which class. maps: of the features, half precision, pixels left out
    (an empty tensor).
    """

    classes: np.ndarray
    edges: np.ndarray
    present: np.ndarray
    maps: Maps

    @classmethod
    def of(cls, features: ToyTownFeatures, seeds: Sequence[int]) -> World:
        """Draws the scenes of these seeds and looks at each once, 230 kB a scene."""
        classes, edges, seen = [], [], []
        for start in range(0, len(seeds), 32):
            pictures = []
            for seed in seeds[start : start + 32]:
                image, truth = toytown.scene(seed).render()
                pictures.append(image)
                classes.append(truth.semantic().astype(np.int8))
                edges.append(edges_of(truth.segment_ids))
            maps = features(pixel_values(pictures, MEAN, STD))
            seen.append(Maps(maps.pixels[:, :0], *(part.half() for part in maps[1:])))
        maps = Maps(*(torch.cat(parts) for parts in zip(*seen, strict=True)))
        stacked = np.stack(classes)
        area = np.stack([(stacked == i).sum((1, 2)) for i in range(len(NAMES))], axis=1)
        return cls(stacked, np.stack(edges), area > FEWEST, maps)

    def look(self, numbers: Sequence[int]) -> Maps:
        """The maps of some scenes, float32."""
        return Maps(*(part[list(numbers)].float() for part in self.maps))

    def showing(self, index: int) -> np.ndarray:
        """The numbers of the scenes that show a class."""
        return np.flatnonzero(self.present[:, index])


def edges_of(ids: np.ndarray) -> np.ndarray:
    """(H, W) bool: a pixel whose left, right, upper or lower neighbour is of another segment."""
    edge = np.zeros(ids.shape, bool)
    sideways, downwards = ids[:, 1:] != ids[:, :-1], ids[1:] != ids[:-1]
    edge[:, 1:] |= sideways
    edge[:, :-1] |= sideways
    edge[1:] |= downwards
    edge[:-1] |= downwards
    return edge


def drawn_colour(rng: np.random.Generator) -> np.ndarray:
    """(3,) float32, 0..1, at least one channel above a half, so that it is not mistaken for black."""
    while True:
        colour = rng.random(3, np.float32)
        if colour.max() > 0.5:
            return colour


def target_of(world: World, number: int, colours: dict[int, np.ndarray]) -> np.ndarray:
    """(H, W, 3) float32: classes in their colours, the rest black."""
    target = np.zeros((*world.classes.shape[1:], 3), np.float32)
    for index, colour in colours.items():
        target[world.classes[number] == index] = colour
    return target


@dataclass(frozen=True)
class Episode:
    """prompt, query: numbers of scenes. targets: of both, (H, W, 3) float32. valid: (H, W) bool, what a loss reads."""

    prompt: int
    query: int
    targets: tuple[np.ndarray, np.ndarray]
    valid: np.ndarray


def episode(world: World, rng: np.random.Generator, arm: str) -> Episode:
    """One task on two scenes. arm: "random" or "fixed" colours."""
    held = [NAMES.index(name) for name in HELD_OUT]
    kind = rng.random()
    if kind < 0.2:
        prompt, query = (int(i) for i in rng.integers(len(world.classes), size=2))
        white = np.ones(3, np.float32)
        if kind < 0.1:
            targets = tuple(world.edges[i][..., None] * white for i in (prompt, query))
        else:
            colour = drawn_colour(rng) if arm == "random" else white
            painted = {i: colour for i in THINGS if i not in held}
            targets = target_of(world, prompt, painted), target_of(world, query, painted)
    else:
        first = NAMES.index(TRAINED[rng.integers(len(TRAINED))])
        prompt, query = (int(i) for i in rng.choice(world.showing(first), 2, replace=False))
        both = np.flatnonzero(world.present[prompt] & world.present[query])
        chosen = [first, *(int(i) for i in both if i != first and i not in held and rng.random() < 0.3)]
        colours = {i: drawn_colour(rng) if arm == "random" else PALETTE[i] for i in chosen}
        targets = target_of(world, prompt, colours), target_of(world, query, colours)
    return Episode(prompt, query, targets, ~np.isin(world.classes[query], held))


def anothers_colour(index: int) -> np.ndarray:
    """The colour that painter-toytown gives to another class, five further on."""
    return PALETTE[(index + 5) % len(NAMES)]


def stacked(pictures: Sequence[np.ndarray]) -> torch.Tensor:
    """(H, W, 3) pictures as one (B, 3, H, W) tensor."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)

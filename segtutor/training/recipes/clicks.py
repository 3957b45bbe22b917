"""Prompts as a person would give them: regions of ToyTown, clicks into them, clicks where a prediction is wrong.

`Regions` holds scenes with their frozen maps and all their masks; `first_prompts` draws what a step of training asks
first, `next_clicks` where a prediction is to be mended. Everything is numpy and decided by the generator that is
passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, label
from torch import Tensor

from segtutor.data import toytown
from segtutor.models.pixels import IMAGENET_MEAN, IMAGENET_STD
from segtutor.reference.layers.prompt_encoder import FIRST_CORNER, LAST_CORNER, NOTHING, ON
from segtutor.reference.toytown.features import Maps, ToyTownFeatures

LEVELS = toytown.LEVELS
ASKED = {"part": 0.44, "thing": 0.26, "group": 0.14, "stuff": 0.16}  # how often a prompt is about each level
BOXES = 0.3  # share of first prompts that are a box, not a click
_AT_ONCE = 32  # scenes through the frozen network


def deepest(mask: np.ndarray) -> tuple[int, int]:
    """(x, y) of the pixel that is farthest from the outside of a mask, (H, W) bool with at least one true pixel.

    The picture's border counts as outside, so that a click lies well inside whatever is cut off by it.

    >>> deepest(np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1]], bool))
    (1, 1)
    """
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return int(x), int(y)


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest connected piece (4-neighbours) of a mask with at least one true pixel."""
    pieces, count = label(mask)
    return mask if count == 1 else pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()


def correction(truth: np.ndarray, answer: np.ndarray) -> tuple[int, int, int]:
    """(x, y, label) of the next click: the deepest pixel of the largest error, 1 where the prediction lacks it.

    For a prediction without error, the deepest pixel of the truth again.
    """
    error = truth ^ answer
    x, y = deepest(largest_piece(error) if error.any() else truth)
    return x, y, int(truth[y, x])


def box_of(mask: np.ndarray) -> np.ndarray:
    """(x0, y0, x1, y1), the edges of the smallest box around a mask with at least one true pixel."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


@dataclass
class _Scene:
    masks: np.ndarray  # (R, H W / 8) uint8, packed
    levels: np.ndarray  # (R,) positions in LEVELS
    centres: np.ndarray  # (R, 2) x, y: the deepest pixel of each region


class Regions:
    """Scenes with everything a step needs: maps of the frozen features (half precision) and all regions.

    About 360 kB a scene at 128 x 128; drawing and encoding one takes about 40 ms.
    """

    def __init__(self, seeds: Sequence[int], features: ToyTownFeatures, size: int = 128):
        self.size, self.scenes, parts = size, [], []
        for start in range(0, len(seeds), _AT_ONCE):
            images = []
            for seed in seeds[start : start + _AT_ONCE]:
                scene = toytown.scene(seed, size)
                image, ids = scene.draw()
                images.append(image)
                self.scenes.append(_packed(scene.regions(ids)))
            parts.append([values.half() for values in features(normalised(np.stack(images)))])
        self.maps = Maps(*(torch.cat(maps) for maps in zip(*parts, strict=True)))

    def __len__(self) -> int:
        return len(self.scenes)

    def maps_of(self, index: Sequence[int]) -> Maps:
        """The maps of some scenes, float32."""
        return Maps(*(values.float() for values in self.maps.of(torch.as_tensor(index))))

    def masks_of(self, index: int) -> np.ndarray:
        """All regions of a scene, (R, H, W) bool."""
        packed = self.scenes[index].masks
        return np.unpackbits(packed, axis=1).reshape(len(packed), self.size, self.size).astype(bool)


def normalised(images: np.ndarray) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float, as the shipped models' preprocessing leaves a picture of this size."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - mean) / std


def _packed(regions: list) -> _Scene:
    return _Scene(
        np.stack([np.packbits(region.mask) for region in regions]),
        np.array([LEVELS.index(region.level) for region in regions]),
        np.array([deepest(region.mask) for region in regions]),
    )


@dataclass
class Prompts:
    """First prompts of a step, N of them. scene: (N,) which of the step's scenes each is about.

    xy: (N, 2, 2) float, 0..1, and kinds: (N, 2) int64, of layers/prompt_encoder: a click and nothing, or two corners.
    truth: (N, H, W) bool, the region that is meant. meant: (N, 3, H, W) bool, every prediction for the click, and real:
    (N, 3) bool, which of the three there are; none for a box, which means one thing.
    """

    scene: np.ndarray
    xy: np.ndarray
    kinds: np.ndarray
    truth: np.ndarray
    meant: np.ndarray
    real: np.ndarray
    is_box: np.ndarray


def first_prompts(regions: Regions, index: Sequence[int], each: int, rng: np.random.Generator) -> Prompts:
    """`each` prompts about each scene of `index`: a level by ASKED, a region of it, a box or a click into it.

    Half of the clicks hit the deepest pixel, where people click; the others anywhere in the region. Boxes are moved by
    about a twentieth of their size at each edge, as hand-drawn ones are.
    """
    size, count = regions.size, len(index) * each
    made = Prompts(
        np.repeat(np.arange(len(index)), each),
        np.zeros((count, 2, 2), np.float32),
        np.zeros((count, 2), np.int64),
        np.zeros((count, size, size), bool),
        np.zeros((count, 3, size, size), bool),
        np.zeros((count, 3), bool),
        rng.random(count) < BOXES,
    )
    n = 0
    for position in index:
        masks, scene = regions.masks_of(position), regions.scenes[position]
        share = np.array([ASKED[level] * (scene.levels == i).any() for i, level in enumerate(LEVELS)])
        for wanted in rng.choice(len(LEVELS), each, p=share / share.sum()):
            chosen = int(rng.choice(np.flatnonzero(scene.levels == wanted)))
            made.truth[n] = masks[chosen]
            if made.is_box[n]:
                box = box_of(masks[chosen])
                moved = box + rng.normal(0, 0.05, 4) * np.tile(box[2:] - box[:2], 2)
                made.xy[n], made.kinds[n] = np.clip(moved / size, 0, 1).reshape(2, 2), (FIRST_CORNER, LAST_CORNER)
            else:
                x, y = scene.centres[chosen] if rng.random() < 0.5 else _anywhere(masks[chosen], rng)
                made.xy[n, 0], made.kinds[n] = ((x + 0.5) / size, (y + 0.5) / size), (ON, NOTHING)
                for other in np.flatnonzero(masks[:, y, x]):
                    slot = min(int(scene.levels[other]), 2)  # stuff is nested in nothing: it takes a slot alone
                    made.meant[n, slot], made.real[n, slot] = masks[other], True
            n += 1
    return made


def next_clicks(truth: np.ndarray, answers: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A click into the error of each prediction: xy (N, 1, 2) float, 0..1, kinds (N, 1) int64.

    truth, answers: (N, H, W) bool. Half of the clicks are `correction`, on every second pixel to save time, the others
    anywhere in the error. A prediction without error gets no click.
    """
    size = truth.shape[-1]
    xy, kinds = np.zeros((len(truth), 1, 2), np.float32), np.full((len(truth), 1), NOTHING, np.int64)
    for n, (wanted, answer) in enumerate(zip(truth, answers, strict=True)):
        error = wanted ^ answer
        coarse = error[1::2, 1::2]
        if rng.random() < 0.5 and coarse.any():
            x, y = (2 * at + 1 for at in deepest(largest_piece(coarse)))
        elif error.any():
            x, y = _anywhere(error, rng)
        else:
            continue
        xy[n, 0], kinds[n, 0] = ((x + 0.5) / size, (y + 0.5) / size), int(wanted[y, x])
    return xy, kinds


def _anywhere(mask: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    pixels = np.flatnonzero(mask)
    y, x = divmod(int(pixels[rng.integers(len(pixels))]), mask.shape[1])
    return x, y

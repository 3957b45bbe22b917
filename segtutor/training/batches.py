"""Which rows a step reads, and what becomes of them: a function of (seed, step) alone, so that a run can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np

from ..segments import Categories, Segmentation
from .targets import example


def row_indices(length: int, batch_size: int, seed: int, step: int) -> np.ndarray:
    """(batch_size,) int64: the rows of one step. Every epoch is a new order of all rows; a batch may span two."""
    positions = np.arange(step * batch_size, (step + 1) * batch_size)
    epochs = positions // length
    parts = [_order(length, seed, int(epoch))[positions[epochs == epoch] % length] for epoch in np.unique(epochs)]
    return np.concatenate(parts)


@lru_cache(maxsize=2)
def _order(length: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(length)


def batch(
    data: Sequence,
    indices: Iterable[int],
    categories: Categories | None,
    augment: Callable | None,
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, Segmentation]]:
    """The rows as pairs of picture, (H, W, 3) uint8, and truth, each changed by augment(image, truth, rng)."""
    pairs = [example(data[int(i)], categories) for i in indices]
    return pairs if augment is None else [augment(image, truth, rng) for image, truth in pairs]

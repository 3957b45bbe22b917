"""Connected regions of a map and distances inside a mask, in numpy alone.

scipy.ndimage has both (`label`, `distance_transform_edt`), and the tests compare; but its import takes 9 MB and 150
modules, in each kernel of a class, for two functions that every lesson needs.
"""

from __future__ import annotations

import numpy as np


def connected_regions(values: np.ndarray) -> np.ndarray:
    """(H, W) of any integers -> (H, W) int32: the number of each pixel's region of equal values, from 1.

    Pixels of a region are connected by shared sides (4-connectivity). Regions are numbered in the order of their
    first pixels, row by row.
    """
    starts = np.ones(values.shape, bool)  # where a run of equal values in a row begins
    np.not_equal(values[:, 1:], values[:, :-1], out=starts[:, 1:])
    runs = np.cumsum(starts, dtype=np.int32).reshape(values.shape) - 1
    # Two runs that lie above each other meet first where one of them begins.
    meet = (values[1:] == values[:-1]) & (starts[1:] | starts[:-1])
    above, below = runs[:-1][meet], runs[1:][meet]
    parent = np.arange(int(runs.max(initial=-1)) + 1, dtype=np.int32)
    while True:
        one, other = parent[above], parent[below]
        apart = one != other
        if not apart.any():
            break
        np.minimum.at(parent, np.maximum(one, other)[apart], np.minimum(one, other)[apart])
        while not np.array_equal(parent, further := parent[parent]):
            parent = further
    numbers = np.cumsum(parent == np.arange(len(parent)), dtype=np.int32)
    return numbers[parent][runs]


def squared_distances(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool -> (H, W) int32: squared distance of each pixel to the nearest one outside the mask, in pixels.

    What lies beyond the picture is outside. First along columns, then along rows: (x - x')^2 + column(x', y)^2 is
    least for an x' no further away than the least found so far.
    """
    inside = np.pad(mask, 1)
    rows = np.arange(inside.shape[0], dtype=np.int32)[:, None]
    last = np.maximum.accumulate(np.where(inside, 0, rows), axis=0)
    following = np.minimum.accumulate(np.where(inside, rows[-1], rows)[::-1], axis=0)[::-1]
    column = np.minimum(rows - last, following - rows) ** 2
    found = column.copy()
    step = 1
    while step < found.shape[1] and step * step < found.max():
        np.minimum(found[:, step:], column[:, :-step] + step * step, out=found[:, step:])
        np.minimum(found[:, :-step], column[:, step:] + step * step, out=found[:, :-step])
        step += 1
    return found[1:-1, 1:-1]

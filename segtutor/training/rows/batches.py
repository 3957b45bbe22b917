"""Which rows a step reads, and what becomes of them: a function of (seed, position) alone, so a run can be resumed.

Position p is the p-th picture that a training shows: picture b of step s has p = s * batch_size + b. It names an epoch
and a row in that epoch's order; both decide the random numbers of its augmentation and of its sampled points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from segtutor.data.records import RecordError
from segtutor.errors import UserError
from segtutor.segments import Categories
from segtutor.training.rows.targets import example


def positions(batch_size: int, step: int, process: int = 0, processes: int = 1) -> np.ndarray:
    """The positions of one step that a process works on: every `processes`-th of the batch."""
    return np.arange(step * batch_size, (step + 1) * batch_size)[process::processes]


def row_at(length: int, seed: int, position: int) -> tuple[int, int]:
    """(epoch, row) of a position, for data of `length` rows."""
    epoch, place = divmod(position, length)
    return epoch, int(_order(length, seed, epoch)[place])


@lru_cache(maxsize=2)
def _order(length: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(length)


def batch(
    data: Sequence,
    places: Iterable[int],
    categories: Categories | None,
    augment: Callable | None,
    seed: int,
) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows at these positions, each changed by augment(row, rng), and a random seed for each one's points."""
    rows, seeds = [], []
    for position in places:
        epoch, index = row_at(len(data), seed, int(position))
        row = _read(data, index, categories)
        rng = np.random.default_rng([seed, epoch, index])
        row = row if augment is None else augment(row, rng)
        if not isinstance(row, dict) or not {"image", "segmentation"} <= row.keys():
            raise UserError(
                f"augment must return a row with 'image' and 'segmentation', got a {type(row).__name__}: return the "
                "changed row"
            )
        rows.append(row)
        seeds.append(int(np.random.SeedSequence([seed, epoch, index, 1]).generate_state(1)[0]))
    return rows, seeds


def _read(data: Sequence, index: int, categories: Categories | None) -> dict[str, Any]:
    """A row, or a sentence that says which one is wrong."""
    try:
        return example(data[index], categories)
    except RecordError:  # names its file and index itself
        raise
    except UserError as error:
        raise UserError(f"row {index}: {error}") from None
    except (OSError, SyntaxError) as error:  # what Pillow says of a damaged file, where a data set decodes it
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"row {index} cannot be read ({reason}): repair it, or leave the row out") from None

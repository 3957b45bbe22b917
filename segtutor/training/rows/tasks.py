"""A task for each row: the same picture, and of its truth what one task asks for.

OneFormer (arXiv:2211.06220, section 3.1) is trained once for three tasks: of each picture a task is drawn, all three
equally likely, the truth of that task is made from the panoptic one, and the network is told which it is.

    semantic     one mask a class: what belongs to one class is one segment
    instance     one mask a thing; stuff is background, where no mask is wanted
    panoptic     the truth as it is

    st.fit(model, data, augment=DrawTask())           # a row then has "task", which st.fit hands to the network

Taught in notebooks/11_one_network_for_all_three_tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.instances import Instances
from segtutor.segments import Segmentation
from segtutor.training.rows.augment import flip_and_tint

TASKS = ("semantic", "instance", "panoptic")


@dataclass(frozen=True)
class DrawTask:
    """An augmentation, (row, rng) -> row: `first` (None for nothing), then a task drawn and the truth made for it."""

    first: Callable[..., dict[str, Any]] | None = flip_and_tint

    def __call__(self, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
        if self.first is not None:
            row = self.first(row, rng)
        return for_task(row, TASKS[int(rng.integers(len(TASKS)))])


def for_task(row: dict[str, Any], task: str) -> dict[str, Any]:
    """The row with "task" and with the truth of that task. row: with a panoptic "segmentation".

    Raises ValueError for a task that is none of the three.
    """
    if task not in TASKS:
        raise ValueError(f"task must be one of {', '.join(TASKS)}, got {task!r}")
    truth: Segmentation = row["segmentation"]
    if task == "semantic":
        kept = {key: value for key, value in row.items() if key != "instances"}
        return {**kept, "segmentation": one_segment_a_class(truth), "task": task}
    if task == "instance":
        return {**row, "instances": row.get("instances") or things_of(truth), "task": task}
    return {**row, "task": task}


def one_segment_a_class(truth: Segmentation) -> Segmentation:
    """Segments of one class become one, crowds among them; ids are positions in the categories + 1."""
    ids = truth.semantic() + 1
    present = [int(number) for number in np.unique(ids) if number > 0]
    names = {number: truth.categories[number - 1].id for number in present}
    return Segmentation.from_ids(ids, names, truth.categories, rest=truth.rest)


def things_of(truth: Segmentation) -> Instances:
    """The things of a panoptic truth, one mask each; crowds are marked as such."""
    things = {category.id for category in truth.categories if category.isthing}
    kept = [segment for segment in truth.segments if segment.category_id in things]
    numbers = np.array([segment.id for segment in kept], np.int32)
    labels = np.array([truth.categories.index(segment.category_id) for segment in kept], np.int64)
    crowd = np.array([bool(segment.iscrowd) for segment in kept], bool)
    masks = truth.segment_ids[None] == numbers[:, None, None]
    return Instances(masks, labels, np.ones(len(kept), np.float32), truth.categories, iscrowd=crowd)

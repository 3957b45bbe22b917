"""Repairs of a segmentation, one after the other: what a person does to a prediction to see what its score is lost by.

A repair is a small dictionary, so that a list of them is a state that travels as JSON and can be undone from its end:

    {"do": "remove", "segment": 3}                    its pixels become void
    {"do": "mask", "segment": 3, "truth": 5}          it gets the mask of true segment 5, also from other segments
    {"do": "class", "segment": 3, "category_id": 17}  it says another class
    {"do": "merge", "segment": 3, "other": 4}         4 becomes part of 3
    {"do": "split", "segment": 3, "truth": 5}         its part on true segment 5 becomes a segment of its own
    {"do": "add", "truth": 5}                         true segment 5 is predicted, mask and class, also from others

New segments have the next free number. A segment that has lost its last pixel is gone. repairs.js is the twin.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.segments import Segmentation

FIELDS = {
    "remove": ("segment",),
    "mask": ("segment", "truth"),
    "class": ("segment", "category_id"),
    "merge": ("segment", "other"),
    "split": ("segment", "truth"),
    "add": ("truth",),
}


def repaired(prediction: Segmentation, truth: Segmentation, repairs: Any) -> Segmentation:
    """The prediction after all repairs, with areas, boxes, scores; the arguments stay as they are.

    Raises UserError for a repair of an unknown kind, of a segment that is not (or no longer) there, of a category
    that the prediction does not have, or one that would change nothing.
    """
    ids = prediction.segment_ids.copy()
    labels = {segment.id: segment.category_id for segment in prediction.segments}
    scores = {segment.id: segment.score for segment in prediction.segments}
    for number, repair in enumerate(repairs):
        _apply(checked(repair, number), number, ids, labels, truth, prediction)
        present = set(np.unique(ids).tolist())
        labels = {segment_id: label for segment_id, label in labels.items() if segment_id in present}
    return Segmentation.from_ids(ids, labels, prediction.categories, {i: scores.get(i) for i in labels})


def _apply(repair: dict, number: int, ids: np.ndarray, labels: dict, truth: Segmentation, prediction: Segmentation):
    """One repair, in place."""
    kind, true = repair["do"], None
    for name in ("segment", "other"):
        if name in repair and repair[name] not in labels:
            raise _wrong(repair, number, f"a segment of {sorted(labels)}")
    if "truth" in repair:
        if repair["truth"] not in {segment.id for segment in truth.segments}:
            raise _wrong(repair, number, f"a true segment of {[segment.id for segment in truth.segments]}")
        true = truth.segment_ids == repair["truth"]
    segment = repair.get("segment")
    next_id = max([0, *labels]) + 1
    if kind == "remove":
        ids[ids == segment] = 0
    elif kind == "mask":
        ids[ids == segment] = 0
        ids[true] = segment
    elif kind == "class":
        if repair["category_id"] not in {category.id for category in prediction.categories}:
            raise _wrong(repair, number, "a category of the prediction's list")
        labels[segment] = repair["category_id"]
    elif kind == "merge":
        if repair["other"] == segment:
            raise _wrong(repair, number, "two different segments")
        ids[ids == repair["other"]] = segment
    elif kind == "split":
        part = (ids == segment) & true
        if not part.any() or part.sum() == (ids == segment).sum():
            raise _wrong(repair, number, "a true segment under a part of it")
        ids[part] = next_id
        labels[next_id] = labels[segment]
    else:
        ids[true] = next_id
        labels[next_id] = truth.segment(repair["truth"]).category_id


def checked(repair: Any, number: int) -> dict:
    """The repair with whole numbers. Raises UserError unless it is a kind of FIELDS with its fields and no others."""
    fields = FIELDS.get(repair.get("do")) if isinstance(repair, dict) else None
    if fields is None or set(repair) != {"do", *fields} or not all(_whole(repair[name]) for name in fields):
        known = ", ".join(f'"{kind}" ({", ".join(parts)})' for kind, parts in FIELDS.items())
        raise UserError(f'repair {number} must be {{"do": ..., ...}} with one of {known}, got {repair!r}')
    return {"do": repair["do"]} | {name: int(repair[name]) for name in fields}


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _wrong(repair: dict, number: int, expected: str) -> UserError:
    return UserError(f"repair {number} must have {expected}, got {repair}: change it, or take it out of the list")

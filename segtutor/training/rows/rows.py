"""A row, what is cut out of it and what is turned around: picture and every mask of its truth together.

    row = {"image": (H, W, 3) uint8, "segmentation": Segmentation[, "instances": Instances, "valid": (H, W) bool]}

Each function takes a row and returns a new one in which all parts have moved alike; other keys stay as they are.
"instances" are whole, perhaps overlapping objects beside the map (see segtutor.data.coco_instances); an object that has
no pixel left is gone from both lists. "valid" appears where padding was put around a row with instances, or with a
truth that has a `rest`: neither has a void of its own; in other maps, padding is void (id 0).

Ids are numbers, not amounts: they are taken from the pixel under each new centre, colours are averaged. The mean of
segment 3 and segment 5 is not segment 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from segtutor.instances import Instances
from segtutor.segments import Categories, Segmentation

PADDING = (124, 116, 104)  # ImageNet's mean colour: 0 after normalisation


def flipped(row: dict[str, Any]) -> dict[str, Any]:
    """The row seen in a mirror, left and right exchanged. Twice is the row itself."""
    new = {**row, "image": np.ascontiguousarray(row["image"][:, ::-1])}
    return _with_maps(row, new, lambda maps: maps[..., ::-1], _mirrored)


def cropped(row: dict[str, Any], top: int, left: int, height: int, width: int) -> dict[str, Any]:
    """The window of `height` x `width` pixels from (top, left), which lies inside the picture."""
    window = slice(top, top + height), slice(left, left + width)
    new = {**row, "image": row["image"][window].copy()}
    return _with_maps(row, new, lambda maps: maps[(..., *window)])


def resized_to(row: dict[str, Any], height: int, width: int) -> dict[str, Any]:
    """The row at another size."""
    old = row["image"].shape[:2]
    smaller = height * width < old[0] * old[1]
    filtering = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    new = {**row, "image": np.array(Image.fromarray(row["image"]).resize((width, height), filtering))}
    rows, columns = ((np.arange(n) + 0.5) * size / n for n, size in zip((height, width), old, strict=True))
    places = rows.astype(int)[:, None], columns.astype(int)[None]
    return _with_maps(row, new, lambda maps: maps[(..., *places)])


def padded(row: dict[str, Any], height: int, width: int) -> dict[str, Any]:
    """The row at the upper left of a canvas of at least `height` x `width`: grey outside, and void in the truth."""
    old = row["image"].shape[:2]
    size = max(height, old[0]), max(width, old[1])
    if size == old:
        return row
    image = np.empty((*size, 3), np.uint8)
    image[:] = PADDING
    image[: old[0], : old[1]] = row["image"]
    around = (0, size[0] - old[0]), (0, size[1] - old[1])
    if "instances" in row or row["segmentation"].rest is not None:
        row = {**row, "valid": row.get("valid", np.ones(old, bool))}
    return _with_maps(row, {**row, "image": image}, lambda maps: np.pad(maps, ((0, 0),) * (maps.ndim - 2) + around))


def with_ids(truth: Segmentation, segment_ids: np.ndarray, categories: Categories | None = None) -> Segmentation:
    """The segments of `truth` that occur in another id map, measured there."""
    left = set(np.unique(segment_ids).tolist())
    kept = [segment for segment in truth.segments if segment.id in left]
    names = {segment.id: segment.category_id for segment in kept}
    crowds = [segment.id for segment in kept if segment.iscrowd]
    ids = np.ascontiguousarray(segment_ids)
    return Segmentation.from_ids(ids, names, categories or truth.categories, None, crowds, truth.rest)


def _mirrored(truth: Segmentation, segment_ids: np.ndarray) -> Segmentation:
    """`with_ids` for a mirrored map: areas stay, boxes are mirrored, so nothing has to be measured."""
    segments = []
    for segment in truth.segments:
        x, y, width, height = segment.bbox
        segments.append(replace(segment, bbox=(segment_ids.shape[1] - x - width, y, width, height), score=None))
    return Segmentation(np.ascontiguousarray(segment_ids), segments, truth.categories, truth.rest)


def _with_maps(row: dict[str, Any], new: dict[str, Any], change, describe=with_ids) -> dict[str, Any]:
    """Puts into `new` what `change`, a function of (..., H, W) arrays, makes of each part of the row's truth.

    describe: (old truth, new map) -> the new truth.
    """
    truth = row["segmentation"]
    new["segmentation"] = describe(truth, change(truth.segment_ids))
    if "instances" in row:
        old = row["instances"]
        masks = np.ascontiguousarray(change(old.masks))
        left = masks.any(axis=(1, 2))
        new["instances"] = Instances(masks[left], old.labels[left], old.scores[left], old.categories, old.iscrowd[left])
    if "valid" in row:
        new["valid"] = np.ascontiguousarray(change(row["valid"]))
    return new

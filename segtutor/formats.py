"""Reading what others write: ids in the colours of a PNG, lists of segments, transformers' dictionaries.

Everything here comes from files and other programs and is checked before it is believed. These are the parts
that `segtutor.segments` puts together; use `Segmentation.from_coco`, `to_coco`, `from_transformers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category, as_integer
from segtutor.errors import UserError

LARGEST_ID = 2**24 - 1  # what three bytes of a PNG can hold


def decode_ids(rgb: Any) -> np.ndarray:
    """Segment ids out of a COCO panoptic PNG: id = R + 256 G + 65536 B.

    rgb: (H, W, 3) uint8 array or a PIL picture in mode RGB. Returns (H, W) int32, 0 = void.

    >>> decode_ids(np.array([[[0, 0, 0], [2, 1, 0]]], np.uint8)).tolist()
    [[0, 258]]
    """
    if getattr(rgb, "mode", None) == "RGB" and hasattr(rgb, "tobytes") and all(rgb.size):
        # Pillow holds such a picture as four bytes a pixel: an id and a byte that says nothing, read as one number.
        ids = np.frombuffer(rgb.tobytes("raw", "RGBX"), "<i4").reshape(rgb.size[::-1])
        return np.bitwise_and(ids, LARGEST_ID, dtype=np.int32)
    rgb = np.asarray(rgb)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise UserError(
            f"a panoptic picture must be (H, W, 3) uint8, got shape {rgb.shape} and dtype {rgb.dtype}: open the PNG "
            'with PIL and call .convert("RGB"), and pass maps of ids to Segmentation.from_ids'
        )
    ids = rgb[..., 2].astype(np.int32)
    for channel in (1, 0):
        ids *= 256
        ids += rgb[..., channel]
    return ids


def encode_ids(ids: Any) -> np.ndarray:
    """The pixels of a COCO panoptic PNG, (H, W, 3) uint8, from (H, W) integer ids 0..2**24 - 1.

    >>> encode_ids(np.array([[0, 258]])).tolist()
    [[[0, 0, 0], [2, 1, 0]]]
    """
    ids = checked_map(ids)
    rgb = np.empty((*ids.shape, 3), np.uint8)
    for channel in range(3):
        rgb[..., channel] = ids >> 8 * channel & 255
    return rgb


def checked_map(segment_ids: Any) -> np.ndarray:
    """`segment_ids` as (H, W) int32. Raises UserError for another shape, no pixels, no integers, ids out of range."""
    array = np.asarray(segment_ids)
    if array.ndim != 2 or not array.size or array.dtype.kind not in "iu":
        raise UserError(
            f"a map of segment ids must be (H, W) integers with at least one pixel, got shape {array.shape} and "
            f"dtype {array.dtype}: pass one id for each pixel, decode_ids(rgb) of a panoptic PNG"
        )
    least, largest = int(array.min()), int(array.max())
    if least < 0 or largest > LARGEST_ID:
        raise UserError(
            f"segment ids must be 0 (void) to {LARGEST_ID} (a PNG holds no more), got {least} to {largest}: "
            "renumber the segments"
        )
    return array.astype(np.int32, copy=False)


def entry_numbers(info: Any, number: int, label: str, least_id: int) -> tuple[int, int]:
    """The id and the label ("category_id" or "label_id") of one entry of segments_info, both checked."""
    where = f"segments_info[{number}]"
    missing = [key for key in ("id", label) if not isinstance(info, Mapping) or key not in info]
    if missing:
        raise UserError(f"{where} has no {missing[0]!r}, but needs id and {label}: add it")
    segment_id = as_integer(info["id"], f"id of {where}", least_id)
    if segment_id > LARGEST_ID:
        raise UserError(f"id of {where} must be at most {LARGEST_ID}, got {segment_id}: renumber the segments")
    return segment_id, as_integer(info[label], f"{label} of {where}")


def checked_entries(segments_info: Any) -> list:
    """`segments_info` as a list. Raises UserError for what cannot be one, such as None or one dictionary of lists."""
    if isinstance(segments_info, Mapping | str | bytes) or not isinstance(segments_info, Iterable):
        raise UserError(
            "segments_info must be a list of dictionaries, one for each segment, got a "
            f"{type(segments_info).__name__}: pass the annotation's segments_info"
        )
    return list(segments_info)


def checked_score(score: Any, segment_id: int) -> float | None:
    """`score` as a float, None where there is none. Raises UserError for what is no number 0..1 (so for NaN too)."""
    if score is None:
        return None
    try:
        number = float(score)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise UserError(f"score of segment {segment_id} must be a number 0 to 1, got {score!r}")
    return number


def read_transformers(
    result: Any, categories: Any
) -> tuple[np.ndarray, dict[int, int], Categories, dict[int, float | None]]:
    """What `Segmentation.from_ids` takes, out of a dictionary as transformers' post-processing returns it.

    Void there is 0 (panoptic) or -1 (instance, or nothing found), and instances are numbered from 0: where id 0
    is a segment, all ids are raised by one. Queries fused into one stuff segment are listed one by one under the
    same id: they become one segment with the best score. An instance that later ones cover wholly is listed but
    has no pixel: it is left out.

    Returns segment ids (H, W) int64, {segment id: category id}, the categories, {segment id: score}.
    Raises UserError: not such a dictionary, an unknown label_id, and where two segments that were not fused share
    an id (transformers 5.23 does so after fusing stuff; such a map cannot tell them apart).
    """
    ids, infos = _parts(result)
    named = isinstance(categories, Mapping)
    categories = _from_id2label(categories) if named else Categories.from_coco(categories)
    raised = int(any(info["id"] == 0 for info in infos))
    ids = np.where(ids < 0, 0, ids + raised)
    category_ids: dict[int, int] = {}
    scores: dict[int, float | None] = {}
    for info in infos:
        segment_id, label_id = info["id"] + raised, info["label_id"]
        if not named and label_id >= len(categories):
            raise UserError(
                f"label_id must be a position 0 to {len(categories) - 1} in the categories, got {label_id}: pass "
                "the list that the model was trained with"
            )
        category_id = categories.by_id(label_id).id if named else categories[label_id].id
        score = checked_score(info.get("score"), info["id"])
        if segment_id in category_ids:
            if category_ids[segment_id] != category_id or not info.get("was_fused"):
                raise UserError(
                    f"segment id {info['id']} belongs to two segments that were not fused: transformers 5.23 gives "
                    "ids twice after fusing, use segtutor.panoptic_inference or fuse nothing"
                )
            score = max((s for s in (scores[segment_id], score) if s is not None), default=None)
        category_ids[segment_id], scores[segment_id] = category_id, score
    present = set(np.unique(ids).tolist())
    return ids, {i: c for i, c in category_ids.items() if i in present}, categories, scores


def _parts(result: Any) -> tuple[np.ndarray, list[dict]]:
    """The map as (H, W) int64, -1 allowed, and the entries with integer id and label_id."""
    if not isinstance(result, Mapping) or not {"segmentation", "segments_info"} <= result.keys():
        raise UserError(
            f"result must be a dictionary with segmentation and segments_info, got a {type(result).__name__}: pass "
            "one item of the list that post_process_panoptic_segmentation returns"
        )
    ids = result["segmentation"]
    ids = np.asarray(ids.detach().cpu() if hasattr(ids, "detach") else ids)  # a tensor may be on another device
    # Instance maps are float32 there, hence "equal to an integer" and not "of an integer dtype".
    if ids.ndim != 2 or not ids.size or ids.dtype.kind not in "iuf" or not (ids == np.floor(ids)).all():
        raise UserError(
            f"segmentation must be (H, W) whole numbers, got shape {ids.shape} and dtype {ids.dtype}: ask "
            "transformers for neither return_coco_annotation nor return_binary_maps"
        )
    if ids.min() < -1 or ids.max() >= LARGEST_ID:
        raise UserError(
            f"segmentation must hold ids -1 or 0 (void) to {LARGEST_ID - 1}, got {ids.min():.0f} to "
            f"{ids.max():.0f}: check where the map comes from"
        )
    infos = []
    for number, info in enumerate(checked_entries(result["segments_info"])):
        segment_id, label_id = entry_numbers(info, number, "label_id", least_id=0)
        infos.append({**info, "id": segment_id, "label_id": label_id})
    return ids.astype(np.int64), infos


def _from_id2label(id2label: Mapping) -> Categories:
    """Categories, all things, with id = label id; keys may be text, as in a config.json."""
    pairs = sorted((int(label_id), str(name)) for label_id, name in id2label.items())
    return Categories(Category(label_id, name, True) for label_id, name in pairs)

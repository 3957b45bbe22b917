"""COCO's annotation and results files -> counts of mask AP, by run lengths: no mask is made.

A block of pictures at a time: the codes of its masks are decoded into runs, pairs of a class of a picture whose boxes
and areas allow an IoU of 0.5 are intersected, and `claim_all` decides. What is kept of a predicted mask is its score
and 80 yes or no.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.metrics.ap import AREA_LIMITS, InstanceCounts
from segtutor.metrics.claims import LEAST_IOUS, claim_all
from segtutor.run_lengths import BadRuns, RunLengths, places
from segtutor.segments import Categories

_BLOCK = 1 << 16  # characters of run lengths decoded at once; what comes of them stays in the cache of a core
_PAIRS = 1_000_000  # pairs of a mask and an object that are looked at at once


def count(annotations: Any, results: Any, most: int) -> InstanceCounts:
    """What `InstanceCounts.from_coco` returns."""
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise UserError(
            f"most (how many masks of a picture and class count) must be a whole number of 1 or more, got {most!r}: "
            "COCO takes 100"
        )
    truth = _Truth(annotations)
    found = _Found(results, truth, most)
    counts = InstanceCounts(truth.categories)
    for objects, masks in _blocks(truth, found):
        _count_block(counts, truth, found, objects, masks)
    return counts


class _Truth:
    """N annotations by picture and class. image, label, crowd, area (NaN where not stated): (N,)."""

    def __init__(self, source: Any):
        content = _content(source, dict, "annotations")
        for key in ("images", "annotations", "categories"):
            if not isinstance(content.get(key), list):
                raise UserError(
                    f"the annotations have no list {key!r}: are they COCO's, with images, annotations and categories?"
                )
        things = [{**c, "isthing": 1} if isinstance(c, dict) else c for c in content["categories"]]
        self.categories = Categories.from_coco(things)
        self.labels = {category.id: position for position, category in enumerate(self.categories)}
        self.sizes = _sizes(content["images"])
        self.positions = {image: position for position, image in enumerate(self.sizes)}
        listed = content["annotations"]
        read = [self._read(one, number) for number, one in enumerate(listed)]
        self.image, self.label = (np.array([one[i] for one in read], np.int64) for i in (0, 1))
        self.crowd = np.array([one[2] for one in read], bool)
        self.area = np.array([one[3] for one in read], np.float64)
        order = np.lexsort((self.label, self.image))
        self.image, self.label, self.crowd, self.area = (
            part[order] for part in (self.image, self.label, self.crowd, self.area)
        )
        size = list(self.sizes.values())
        self.codes = [
            _code(listed[i], size[image], f"annotations[{i}]")
            for i, image in zip(order.tolist(), self.image.tolist(), strict=True)
        ]
        self.names = [f"annotations[{i}]" for i in order.tolist()]

    def _read(self, one: Any, number: int) -> tuple[int, int, bool, float]:
        where = f"annotations[{number}]"
        image, label = placed(one, self, where)
        crowd, area = one.get("iscrowd", 0), one.get("area")
        if crowd not in (0, 1):
            raise UserError(f"iscrowd in {where} must be 0 or 1, got {crowd!r}")
        if area is None:
            area = math.nan
        elif not _is_finite(area) or area < 0:
            raise UserError(f"area in {where} must be a number of pixels, got {area!r}: change it, or leave it out")
        return image, label, bool(crowd), area


def _is_finite(value: Any) -> bool:
    """Whether it is a number that float64 holds: 10 ** 400 is a whole number of Python that it does not."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


class _Found:
    """D results that count, by picture, class and falling score. image, label, rank, score: (D,)."""

    def __init__(self, source: Any, truth: _Truth, most: int):
        listed = _content(source, list, "results")
        image = np.empty(len(listed), np.int64)
        label = np.empty(len(listed), np.int64)
        score = np.empty(len(listed))
        for number, one in enumerate(listed):
            where = f"results[{number}]"
            image[number], label[number] = placed(one, truth, where)
            value = one.get("score")
            if not _is_finite(value):
                raise UserError(f"score in {where} must be a finite number, got {value!r}")
            score[number] = value
        order = np.lexsort((-score, label, image))
        image, label = image[order], label[order]
        group = np.cumsum(_changes(image, label)) - 1
        rank = np.arange(len(order)) - places(group, group)
        kept = rank < most
        order = order[kept]
        self.image, self.label, self.rank, self.score = image[kept], label[kept], rank[kept], score[order]
        size = list(truth.sizes.values())
        self.codes = [
            _code(listed[i], size[image], f"results[{i}]")
            for i, image in zip(order.tolist(), self.image.tolist(), strict=True)
        ]
        self.names = [f"results[{i}]" for i in order.tolist()]


def placed(one: Any, truth: _Truth, where: str) -> tuple[int, int]:
    """The positions of an entry's picture and category. Raises UserError."""
    if not isinstance(one, dict) or "segmentation" not in one:
        raise UserError(f"{where} has no segmentation, polygons or run lengths: is it of boxes only?")
    try:
        return truth.positions[one["image_id"]], truth.labels[one["category_id"]]
    except (KeyError, TypeError):
        image, category = one.get("image_id"), one.get("category_id")
        raise UserError(
            f"{where} must have ids that the annotations list, got picture {str(image)[:40]!r} and category "
            f"{str(category)[:40]!r}: are both files of one data set?"
        ) from None


def _content(source: Any, kind: type, name: str) -> Any:
    if isinstance(source, str | os.PathLike):
        from segtutor.data.convert.files import read_json

        content, source = read_json(source), f"the file {source}"
    else:
        content, source = source, name
    if not isinstance(content, kind):
        expected = "a dictionary with images, annotations and categories" if kind is dict else "a list of results"
        raise UserError(f"{source} must hold {expected}, got a {type(content).__name__}: pass COCO's json")
    return content


def _sizes(images: list) -> dict[Any, tuple[int, int]]:
    """(height, width) of each picture, by ascending id, the order in which pictures of equal scores are counted."""
    from segtutor.images import MAX_PIXELS

    sizes: dict[Any, tuple[int, int]] = {}
    for number, image in enumerate(images):
        key = image.get("id") if isinstance(image, dict) else None
        if isinstance(key, bool) or not isinstance(key, int | str) or key in sizes:
            raise UserError(f"images[{number}] must have an id of its own, got {key!r}")
        size = image.get("height"), image.get("width")
        whole = all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in size)
        if not whole or size[0] * size[1] > MAX_PIXELS:
            raise UserError(
                f"images[{number}] must have 1 to {MAX_PIXELS} pixels, got height {size[0]!r} and width {size[1]!r}"
            )
        sizes[key] = size
    return dict(sorted(sizes.items(), key=lambda item: (isinstance(item[0], str), item[0])))


def _code(one: dict, size: tuple[int, int], where: str) -> bytes:
    segmentation = one["segmentation"]
    if isinstance(segmentation, dict) and segmentation.get("size") == [*size]:
        counts = segmentation.get("counts")
        if isinstance(counts, str) and counts.isascii():
            return counts.encode()  # the usual form, which from_codes checks; the others one by one
    from segtutor.data.convert.outlines import annotation_code
    from segtutor.data.records import RecordError

    try:
        return annotation_code(one["segmentation"], size)
    except RecordError as error:
        raise UserError(f"{where}: {error.problem.what}: {error.problem.mend}") from None


def _changes(*parts: np.ndarray) -> np.ndarray:
    """(D,) bool: where an entry differs from the one before; the first does."""
    changed = np.ones(len(parts[0]), bool)
    changed[1:] = np.any([part[1:] != part[:-1] for part in parts], axis=0)
    return changed


def _blocks(truth: _Truth, found: _Found) -> Iterator[tuple[slice, slice]]:
    """Ranges of annotations and results that belong to the same pictures, with codes of some length together."""
    characters = np.zeros(len(truth.sizes), np.int64)
    for side in (truth, found):
        np.add.at(characters, side.image, np.array([len(code) for code in side.codes], np.int64))
    block = np.cumsum(characters) // _BLOCK
    begins = [*np.flatnonzero(_changes(block)).tolist(), len(block)]
    for begin, end in zip(begins[:-1], begins[1:], strict=True):
        objects, masks = (slice(*places(side.image, [begin, end]).tolist()) for side in (truth, found))
        if objects.start < objects.stop or masks.start < masks.stop:
            yield objects, masks


def _count_block(counts: InstanceCounts, truth: _Truth, found: _Found, objects: slice, masks: slice) -> None:
    true_runs, mask_runs = _runs(truth, truth, objects), _runs(found, truth, masks)
    classes = len(truth.categories)
    true_group = truth.image[objects] * classes + truth.label[objects]
    mask_group = found.image[masks] * classes + found.label[masks]
    crowd, stated = truth.crowd[objects], truth.area[objects]
    low, high = AREA_LIMITS
    area = np.where(np.isnan(stated), true_runs.area, stated)
    passed_over = crowd | (area < low) | (area > high)
    np.add.at(counts.objects, truth.label[objects], (~passed_over).T)
    pairs = _overlapping(mask_runs, true_runs, mask_group, true_group, crowd)
    matched, matched_ignored = claim_all(*pairs, mask_group, crowd, passed_over)
    outside = ((mask_runs.area < low) | (mask_runs.area > high))[:, None]
    right = matched & ~matched_ignored
    ignored = matched_ignored | (~matched & outside)
    label, score, rank = found.label[masks], found.score[masks], found.rank[masks]
    by_class = np.argsort(label, kind="stable")
    ends = places(label[by_class], np.arange(classes), side="right")
    begins = np.concatenate([[0], ends[:-1]])
    for position in np.union1d(label, truth.label[objects]).tolist():
        mine = by_class[begins[position] : ends[position]]
        counts.seen[position].append((score[mine], rank[mine], right[..., mine], ignored[..., mine]))


def _runs(side: _Truth | _Found, truth: _Truth, part: slice) -> RunLengths:
    sizes = np.array(list(truth.sizes.values()), np.int64).reshape(-1, 2)[side.image[part]]
    try:
        return RunLengths.from_codes(side.codes[part], sizes)
    except BadRuns as error:
        from segtutor.data.convert.outlines import unfilled

        problem = unfilled(tuple(sizes[error.index].tolist())).problem
        raise UserError(f"{side.names[part][error.index]}: {problem.what}: {problem.mend}") from None


def _overlapping(
    masks: RunLengths, objects: RunLengths, mask_group: np.ndarray, true_group: np.ndarray, crowd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs (mask, object) of one group whose IoU reaches the least threshold, and that IoU: (P,) each."""
    begin = places(true_group, mask_group, side="left")
    number = places(true_group, mask_group, side="right") - begin
    mask_boxes, true_boxes = masks.boxes(), objects.boxes()
    behind = np.cumsum(number)
    found = []
    at = 0
    while at < len(number):
        done = int(behind[at - 1]) if at else 0
        stop = max(at + 1, int(places(behind, done + _PAIRS, side="right")))
        part = number[at:stop]
        mask = np.repeat(np.arange(at, stop), part)
        other = np.arange(len(mask)) + np.repeat(begin[at:stop] - (np.cumsum(part) - part), part)
        sides = np.minimum(mask_boxes[mask, 2:], true_boxes[other, 2:]) - np.maximum(
            mask_boxes[mask, :2], true_boxes[other, :2]
        )
        # No more than what the boxes share, and than either mask, can be shared: most pairs end here.
        most = np.minimum(sides.clip(min=0).prod(axis=1), np.minimum(masks.area[mask], objects.area[other]))
        kept = _iou(most, masks.area[mask], objects.area[other], crowd[other]) >= LEAST_IOUS.min()
        mask, other = mask[kept], other[kept]
        shared = masks.intersection(mask, objects, other)
        iou = _iou(shared, masks.area[mask], objects.area[other], crowd[other])
        kept = iou >= LEAST_IOUS.min()
        found.append((mask[kept], other[kept], iou[kept]))
        at = stop
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    mask, other, iou = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return mask, other, iou


def _iou(shared: np.ndarray, mask: np.ndarray, other: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Intersection over union; over the mask alone where the object is a crowd."""
    union = np.where(crowd, mask, mask + other - shared)
    return np.divide(shared, union, out=np.zeros(len(shared)), where=union > 0)

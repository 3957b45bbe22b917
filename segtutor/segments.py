"""What a segmentation is, whatever made it: `Segment`, `Segmentation`, `Instances`, and their file formats.

A `Segmentation` gives each pixel at most one segment: an (H, W) map of segment ids and a list that says what
each id is. Ids start at 1; 0 is void, a pixel about which nothing is said. Instances that overlap do not fit
one map: `Instances` (defined in segtutor.instances) holds one mask each. Both are what metrics, figures and
widgets read. numpy only.

COCO's panoptic format keeps the map as a PNG with id = R + 256 G + 65536 B beside a json list "segments_info";
transformers' post-processing returns a dictionary with a map and a list of the same name but other numberings.

Taught in notebooks/01_three_answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.categories import Categories, Category, as_integer
from segtutor.errors import UserError
from segtutor.formats import (
    checked_entries,
    checked_map,
    checked_score,
    decode_ids,
    encode_ids,
    entry_numbers,
    read_transformers,
)
from segtutor.instances import Instances
from segtutor.measure import measure

__all__ = ["Categories", "Category", "Instances", "Segment", "Segmentation", "decode_ids", "encode_ids"]


@dataclass(frozen=True)
class Segment:
    """One entry of a segmentation's list.

    id: >= 1, the number of its pixels in the map. category_id: COCO-style id, not a position.
    score: 0..1, None for truth. area: pixels, > 0. bbox: (x, y, width, height) in whole pixels, the tight box.
    iscrowd: a region of several things that nobody separated; metrics neither reward nor punish it.
    """

    id: int
    category_id: int
    score: float | None
    area: int
    bbox: tuple[int, int, int, int]
    iscrowd: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation:
    """A map of segments and what they are.

    segment_ids: (H, W) int32, 0 = void. segments: one Segment for each other id in the map, and no further one.
    categories: the list that `category_id` refers to. Build one with `from_ids`, `from_semantic`, `from_coco`
    or `from_transformers`, which measure area and box. Equal when map, segments, rest and categories are.
    rest: the category id of the pixels of id 0 where these are known to be of none of the segments, such as the
    background around outlines; None, the rule: they are void. `whole()` makes them a segment like any other.

    >>> pets = Categories([Category(17, "cat", True), Category(193, "grass", False)])
    >>> result = Segmentation.from_ids(np.array([[1, 1], [0, 2]]), {1: 193, 2: 17}, pets)
    >>> result.segment(1).area, result.segment(1).bbox
    (2, (0, 0, 2, 1))
    >>> result.semantic().tolist()
    [[1, 1], [-1, 0]]
    """

    segment_ids: np.ndarray
    segments: list[Segment]
    categories: Categories
    rest: int | None = None

    def __post_init__(self):
        ids = [segment.id for segment in self.segments]
        if self.rest is not None:
            self.categories.index(self.rest)
        for segment in self.segments:
            self.categories.index(segment.category_id)
        measure(checked_map(self.segment_ids), ids)  # raises where map and list do not agree

    @classmethod
    def from_ids(
        cls,
        segment_ids: Any,
        category_ids: Mapping[int, int],
        categories: Categories | Iterable[dict],
        scores: Mapping[int, float | None] | None = None,
        iscrowd: Iterable[int] = (),
        rest: int | None = None,
    ) -> Segmentation:
        """From a map and what each id in it is; measures area and box of each segment.

        segment_ids: (H, W) integers 0..2**24 - 1, 0 = void; copied. category_ids: {segment id: category id}, in
        the order that the segments shall have. scores: {segment id: 0..1 or None}. iscrowd: the ids of crowd regions.
        rest: as the attribute.
        Raises UserError: wrong shape or dtype, an id on one side only, an unknown category.
        """
        categories = Categories.from_coco(categories)
        given = np.asarray(segment_ids)
        segment_ids = checked_map(given)
        if np.may_share_memory(segment_ids, given):  # another dtype was a copy already
            segment_ids = segment_ids.copy()
        return cls._measured(segment_ids, category_ids, categories, scores or {}, iscrowd, rest)

    @classmethod
    def _measured(
        cls,
        segment_ids: np.ndarray,
        category_ids: Mapping[int, int],
        categories: Categories,
        scores: Mapping[int, float | None],
        iscrowd: Iterable[int] = (),
        rest: int | None = None,
    ) -> Segmentation:
        """As `from_ids`, of a checked int32 map that is kept as it is."""
        crowds = set(iscrowd)
        ids = [as_integer(i, "segment id", 1) for i in category_ids]
        if crowds - set(ids):
            raise UserError(
                f"segment id {min(crowds - set(ids))} is among the crowds but not in category_ids: add its category"
            )
        areas, boxes = measure(segment_ids, ids)
        segments = []
        for segment_id, category_id, area, box in zip(ids, category_ids.values(), areas, boxes, strict=True):
            category = categories.by_id(category_id)
            score = checked_score(scores.get(segment_id), segment_id)
            segments.append(Segment(segment_id, category.id, score, area, box, segment_id in crowds))
        if rest is not None:
            categories.index(rest)
        made = object.__new__(cls)  # without __post_init__: all that it checks has just been measured
        made.__dict__.update(segment_ids=segment_ids, segments=segments, categories=categories, rest=rest)
        return made

    def whole(self) -> Segmentation:
        """This segmentation with the pixels of `rest` as a segment like any other; itself where rest is None.

        Drawn and remaining pixels of that category are one segment, unless it is a thing.
        """
        if self.rest is None:
            return self
        ids = self.segment_ids.copy()
        bare = ids == 0
        same = (
            []
            if self.categories.by_id(self.rest).isthing
            else [s.id for s in self.segments if s.category_id == self.rest]
        )
        kept = [segment for segment in self.segments if segment.id not in same]
        bare |= np.isin(ids, same)
        category_of = {segment.id: segment.category_id for segment in kept}
        if bare.any():
            ids[bare] = last = max([0, *(segment.id for segment in self.segments)]) + 1
            category_of[last] = self.rest
        scores = {segment.id: segment.score for segment in kept}
        crowds = [segment.id for segment in kept if segment.iscrowd]
        return Segmentation.from_ids(ids, category_of, self.categories, scores, crowds)

    @classmethod
    def from_semantic(cls, labels: Any, categories: Categories | Iterable[dict]) -> Segmentation:
        """From an (H, W) map of positions in `categories`, -1 = void: one segment a class, id = position + 1."""
        categories = Categories.from_coco(categories)
        labels = np.asarray(labels)
        if labels.dtype.kind not in "iu" or not labels.size or labels.min() < -1 or labels.max() >= len(categories):
            raise UserError(
                f"a class map must hold integers -1 (void) to {len(categories) - 1}, got dtype {labels.dtype} and "
                f"{labels.size} pixels: translate ignore values such as 255 to -1, and pass all categories"
            )
        segment_ids = labels.astype(np.int64) + 1
        present = np.unique(segment_ids).tolist()
        return cls.from_ids(segment_ids, {i: categories[i - 1].id for i in present if i}, categories)

    @classmethod
    def from_coco(cls, rgb: Any, segments_info: Iterable[dict], categories: Any) -> Segmentation:
        """From COCO's panoptic PNG and the annotation's "segments_info".

        rgb: (H, W, 3) uint8 array or RGB picture, id = R + 256 G + 65536 B. segments_info: {"id", "category_id"
        [, "iscrowd", "score"]}. Area and box are measured in the map, also where the file states them: the map
        is the truth, and converters in the wild write boxes one pixel short.
        Raises UserError: ids twice or on one side only, unknown category, wrong shape or dtype.
        """
        category_ids, scores, crowds = {}, {}, []
        for number, info in enumerate(checked_entries(segments_info)):
            segment_id, category_id = entry_numbers(info, number, "category_id", least_id=1)
            if segment_id in category_ids:
                raise UserError(f"segment id {segment_id} occurs twice in segments_info: renumber it")
            if info.get("iscrowd", 0) not in (0, 1):
                raise UserError(f"iscrowd of segment {segment_id} must be 0 or 1, got {info['iscrowd']!r}")
            category_ids[segment_id] = category_id
            scores[segment_id] = info.get("score")
            if info.get("iscrowd", 0):
                crowds.append(segment_id)
        return cls._measured(decode_ids(rgb), category_ids, Categories.from_coco(categories), scores, crowds)

    def to_coco(self) -> tuple[np.ndarray, list[dict]]:
        """The PNG's pixels, (H, W, 3) uint8, and "segments_info"; `from_coco` of both gives an equal segmentation."""
        if self.rest is not None:  # the format has no word for it
            return self.whole().to_coco()
        infos = []
        for segment in self.segments:
            info: dict[str, Any] = {"id": segment.id, "category_id": segment.category_id, "area": segment.area}
            info |= {"bbox": list(segment.bbox), "iscrowd": int(segment.iscrowd)}
            infos.append(info if segment.score is None else info | {"score": segment.score})
        return encode_ids(self.segment_ids), infos

    @classmethod
    def from_transformers(cls, result: Mapping, categories: Any) -> Segmentation:
        """From what transformers' `post_process_panoptic_segmentation` and `..._instance_segmentation` return.

        result: {"segmentation": (H, W) tensor or array, "segments_info": [{"id", "label_id"[, "score", "was_fused"]}]}.
        categories: the list whose positions are the label ids, or the model's id2label (then all are things: the
        dictionary does not say which are not). How void, numbering and fusing are translated, and what raises
        UserError, stands at `segtutor.formats.read_transformers`.
        """
        segment_ids, category_ids, categories, scores = read_transformers(result, categories)
        return cls.from_ids(segment_ids, category_ids, categories, scores)

    def to_transformers(self) -> dict:
        """As `post_process_panoptic_segmentation` returns it: void 0, label_id = position in the categories.

        "segmentation" is a numpy (H, W) int32 array (torch.from_numpy makes the tensor); stuff counts as fused.
        """
        infos = [
            {
                "id": segment.id,
                "label_id": self.categories.index(segment.category_id),
                "was_fused": not self.categories.by_id(segment.category_id).isthing,
                "score": segment.score,
            }
            for segment in self.segments
        ]
        return {"segmentation": self.segment_ids.copy(), "segments_info": infos}

    def semantic(self) -> np.ndarray:
        """(H, W) int32: the position in `categories` of each pixel's class, -1 = void."""
        # A sparse table over all ids up to the largest: np.zeros takes memory only for the pages that are written.
        table = np.zeros(max([0, *(segment.id for segment in self.segments)]) + 1, np.int32)
        if self.rest is not None:
            table[0] = self.categories.index(self.rest) + 1
        for segment in self.segments:
            table[segment.id] = self.categories.index(segment.category_id) + 1
        labels = table[self.segment_ids]
        labels -= 1
        return labels

    def mask(self, segment_id: int) -> np.ndarray:
        """(H, W) bool: where this segment is. Raises UserError for an id that is not there."""
        return self.segment_ids == self.segment(segment_id).id

    def segment(self, segment_id: int) -> Segment:
        """The entry of this id. Raises UserError for an id that is not there (0, void, never is)."""
        for segment in self.segments:
            if segment.id == segment_id:
                return segment
        known = ", ".join(str(segment.id) for segment in self.segments[:8]) or "none"
        raise UserError(f"segment id must be one of {known}, got {segment_id!r}: look at result.segments")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Segmentation):
            return NotImplemented
        same_lists = self.segments == other.segments and self.categories == other.categories and self.rest == other.rest
        return same_lists and np.array_equal(self.segment_ids, other.segment_ids)

    __hash__ = None  # type: ignore[assignment]  # the map can be changed in place

    def __repr__(self) -> str:
        height, width = self.segment_ids.shape
        parts = [f"{s.id} {self.categories.by_id(s.category_id).name}" for s in self.segments]
        shown = ": " * bool(parts) + ", ".join(parts[:6]) + ", ..." * (len(parts) > 6)
        return f"Segmentation({height} x {width}, {len(parts)} segments{shown})"

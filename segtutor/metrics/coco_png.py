"""COCO's panoptic files, json and PNG -> counts of panoptic quality, without a map of ids.

Ids are decoded where runs begin, not at each pixel: beside the decoding of the PNGs little is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.formats import LARGEST_ID, checked_entries, entry_numbers
from segtutor.measure import count_pairs, pair_runs, places_of
from segtutor.metrics.matching import matches_of
from segtutor.metrics.pq import PanopticCounts
from segtutor.segments import Categories, Segment


def count(annotations: Any, results: Any, panoptic: Any, results_panoptic: Any) -> PanopticCounts:
    """What `PanopticCounts.from_coco` returns."""
    truth = _Side(annotations, panoptic, "truth")
    if not isinstance(truth.categories, list):
        raise UserError(f"{truth.path} has no list 'categories': is it COCO's panoptic json?")
    counts = PanopticCounts(truth.categories)
    found = _Side(results, results_panoptic, "prediction")
    missing = next((image for image in truth.entries if image not in found.entries), None)
    if missing is not None:
        raise UserError(f"{found.path} has no result of picture {missing!r}: add one")
    for image, entry in truth.entries.items():
        _add(counts, truth, entry, found, found.entries[image])
    return counts


class _Side:
    """A json and its folder. entries: {image id: annotation}."""

    def __init__(self, source: Any, folder: Any, name: str):
        from segtutor.data.convert import files

        self.path: Path = files.existing(source)
        self.folder: Path = files.existing(folder if folder is not None else self.path.with_suffix(""), "folder")
        content = files.read_json(self.path)
        listed = content.get("annotations") if isinstance(content, dict) else None
        if not isinstance(listed, list):
            raise UserError(f"{self.path} has no list 'annotations': is it COCO's panoptic json of the {name}?")
        self.categories = content.get("categories")
        self.entries: dict[Any, dict] = {}
        for number, one in enumerate(listed):
            image = one.get("image_id") if isinstance(one, dict) else None
            if not isinstance(image, int | str) or "segments_info" not in one or image in self.entries:
                raise UserError(
                    f"annotations[{number}] of {self.path} must have image_id and segments_info, and be the only "
                    "one of its picture: is it of COCO's panoptic form?"
                )
            self.entries[image] = one

    def read(self, entry: dict, categories: Categories) -> tuple[np.ndarray, list[Segment], str]:
        """A map whose lower 24 bits are ids, its segments in the order of the list, and its name."""
        from segtutor.data.convert import files

        name = entry.get("file_name") or f"{entry['image_id']}.png"
        packed = files.label_values(files.spelled(self.folder, name), str(name), packed=True)
        if packed.ndim != 2 or packed.dtype != np.dtype("<u4"):
            raise UserError(f"{name} in {self.folder} must be RGB, with id = R + 256 G + 65536 B: save it so")
        segments = []
        for number, info in enumerate(checked_entries(entry["segments_info"])):
            segment_id, category_id = entry_numbers(info, number, "category_id", least_id=1)
            if info.get("iscrowd", 0) not in (0, 1):
                raise UserError(f"iscrowd of segment {segment_id} must be 0 or 1, got {info['iscrowd']!r}")
            categories.index(category_id)
            segments.append(Segment(segment_id, category_id, None, 0, (0, 0, 0, 0), bool(info.get("iscrowd", 0))))
        return packed, segments, str(name)


def _add(counts: PanopticCounts, truth: _Side, entry: dict, found: _Side, result: dict) -> None:
    true_map, true, name = truth.read(entry, counts.categories)
    predicted_map, predicted, _ = found.read(result, counts.categories)
    if true_map.shape != predicted_map.shape:
        raise UserError(
            f"prediction and truth of {name} must have one size, got {predicted_map.shape} and {true_map.shape}: "
            "predict at the size of the truth"
        )
    position: Mapping[int, int] = {category.id: place for place, category in enumerate(counts.categories)}
    last_crowds = {position[segment.category_id]: segment.id for segment in true if segment.iscrowd}
    rows, columns, lengths = pair_runs(true_map, predicted_map)
    true.sort(key=lambda segment: segment.id)
    predicted.sort(key=lambda segment: segment.id)
    true_places = places_of(rows & np.uint32(LARGEST_ID), [segment.id for segment in true])
    predicted_places = places_of(columns & np.uint32(LARGEST_ID), [segment.id for segment in predicted])
    shared = count_pairs(true_places, predicted_places, lengths, len(true) + 1, len(predicted) + 1)
    for segments, areas in ((true, shared.sum(axis=1)), (predicted, shared.sum(axis=0))):
        bare = np.flatnonzero(areas[1:] == 0)
        if len(bare):
            raise UserError(
                f"the map of {name} lacks segment id {segments[bare[0]].id}, which the list holds: remove the "
                "entry, or check that map and list belong to the same picture"
            )
    counts.add(matches_of(shared, predicted, true, position, position, last_crowds))

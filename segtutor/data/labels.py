"""`check_labels`: what is wrong with the labels, found before a training hides it in a loss that falls anyway.

    print(st.data.check_labels("masks", ["road", "car"]))          # raw label maps: a folder, files or arrays
    print(st.data.check_labels(records, records.categories))       # converted rows

The mistakes below raise no error anywhere: the loss falls, and the metric stays at 0, or shines for the wrong reason.

    255 is a class        void left among the values; with K = 256 nobody notices
    background lost       labels were "reduced" (v - 1): what was 0 became 255, a real class is gone
    ids beyond K          the list of categories is shorter than the labels' numbers
    wrap-around           ids above 255 were stored in 8 bits: 256 became 0
    empty masks, things without instances, classes that never occur, pictures of void alone

Each finding says which line mends it; `st.show.labels(report)` shows what that line changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories
from segtutor.data.convert.maps import as_categories, voids
from segtutor.data.findings import Finding
from segtutor.data.label_values import of_values
from segtutor.data.records import Problem, RecordError, problem_of, stop
from segtutor.errors import UserError
from segtutor.segments import Segmentation

ENOUGH = 500  # maps that are looked at unless `most` says otherwise: a systematic mistake is in the first ten


@dataclass
class LabelReport:
    """findings: what is wrong, or may be. histogram: {value or category name: pixels}. maps: how many were looked at.

    problems: records that could not be read. `str(report)` is for people.
    """

    maps: int
    total: int
    histogram: dict[Any, int]
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        pixels = max(1, sum(self.histogram.values()))
        of = f" of {self.total}" if self.total != self.maps else ""
        lines = [f"{self.maps} label maps{of}, {len(self.findings)} findings, {len(self.problems)} unreadable."]
        for name, count in list(self.histogram.items())[:40]:
            lines.append(f"  {name!s:>24} {100 * count / pixels:6.2f} %")
        if len(self.histogram) > 40:
            lines.append(f"  ... and {len(self.histogram) - 40} more values: see .histogram")
        lines += [str(finding) for finding in self.findings]
        lines += [f"unreadable: {problem}" for problem in self.problems[:5]]
        return "\n".join(lines)

    __repr__ = __str__


def check_labels(
    data: Any, categories: Any, *, void: Iterable[int] | int | None = (), reduce: bool = False, most: int = ENOUGH
) -> LabelReport:
    """Look at labels for the mistakes that raise no error.

    data: raw label maps (a folder of PNGs, a list of paths or of (H, W) integer arrays), or rows with a Segmentation
    (Records, a data set in the panoptic schema). categories: names or Categories, in the order of the values.
    void: the values that you treat as void (raw maps only). reduce: you subtract 1 from every value, as
    do_reduce_labels does: 0 becomes void. most: how many maps are looked at.
    Raises UserError for data that is none of these.
    """
    kept = as_categories(categories)
    if not isinstance(most, int) or most < 1:
        raise UserError(f"got most={most!r}, expected the number of maps to look at, 1 or more: leave it out for 500")
    rows, total = _rows(data, kept, most)
    raw = [row for row in rows if not isinstance(row[2], Segmentation | Problem)]
    problems = [item for _, _, item in rows if isinstance(item, Problem)]
    truths = [(name, item) for name, _, item in rows if isinstance(item, Segmentation)]
    histogram: dict = {}
    findings: list[Finding] = []
    if truths:
        histogram, findings = _of_segmentations(truths, kept)
    elif raw:
        histogram, findings = _of_maps(raw, kept, set(voids(void)), reduce)
    return LabelReport(len(raw) + len(truths), total, histogram, findings, problems)


def _of_maps(maps: Sequence, categories: Categories, void: set[int], reduce: bool) -> tuple[dict, list[Finding]]:
    histogram, findings, never, only_void = of_values(maps, categories, void, reduce)
    return histogram, findings + _common(never, only_void)


def _of_segmentations(truths: Sequence, categories: Categories) -> tuple[dict, list[Finding]]:
    counts = dict.fromkeys(["void", *categories.names], 0)
    tiny, only_void, several = [], [], set()
    regions: dict[str, list[str]] = {}
    for name, truth in truths:
        counts["void"] += int((truth.segment_ids == 0).sum())
        if not truth.segments:
            only_void.append(name)
        seen: dict[int, int] = {}
        for segment in truth.segments:
            category = categories.by_id(segment.category_id)
            counts[category.name] += segment.area
            seen[category.id] = seen.get(category.id, 0) + 1
            if segment.area < 4:
                tiny.append(name)
        several |= {i for i, count in seen.items() if count > 1}
        for category_id in seen:
            if categories.by_id(category_id).isthing and seen[category_id] == 1:
                regions.setdefault(categories.by_id(category_id).name, []).append(name)
    findings = []
    if tiny:
        what = f"{len(tiny)} segments of fewer than 4 pixels: remains of painting or of resizing"
        findings.append(Finding("tiny masks", what, "remove them before training", tuple(dict.fromkeys(tiny))[:3]))
    lonely = [n for n, files in regions.items() if len(files) >= 5 and _id(categories, n) not in several]
    if lonely:
        what = f"{', '.join(lonely[:4])}: things, but never two in a picture: were instances merged into one class map?"
        mend = 'label_maps(..., instances="folder")   # or isthing=0, if they are not to be told apart'
        findings.append(Finding("things without instances", what, mend, tuple(regions[lonely[0]][:3])))
    never = [name for name in categories.names if not counts[name]]
    return {n: c for n, c in counts.items() if c or n == "void"}, findings + _common(never, only_void)


def _common(never: list[str], only_void: list[str]) -> list[Finding]:
    findings = []
    if never:
        number = "1 category" if len(never) == 1 else f"{len(never)} categories"
        what = f"{number} in no map that was looked at: {', '.join(never[:6])}{', ...' * (len(never) > 6)}"
        mend = "look at more maps (most=...), or leave them out: nothing can be learned of them"
        findings.append(Finding("classes that never occur", what, mend))
    if only_void:
        what = "1 map holds no class at all" if len(only_void) == 1 else f"{len(only_void)} maps hold no class at all"
        findings.append(Finding("nothing but void", what, "leave these pictures out", tuple(only_void[:3])))
    return findings


def _rows(data: Any, categories: Categories, most: int) -> tuple[list[tuple[str, int, Any]], int]:
    """(name, index, raw map | Segmentation | Problem), at most `most`, spread over the whole; how many there are."""
    from segtutor.data.convert import files

    if isinstance(data, str | os.PathLike):
        data = files.files_in(files.existing(data, "folder"), (".png", ".tif", ".tiff", ".bmp", ".gif"))
    if not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
        raise UserError(f"got a {type(data).__name__}, expected a folder, a list of maps or rows: pass one of these")
    total = len(data)
    if not total:
        raise UserError("got no label map at all, expected at least one: correct the path")
    chosen = np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int)).tolist()
    return [_row(data, index, categories) for index in chosen], total


def _row(data: Any, index: int, categories: Categories) -> tuple[str, int, Any]:
    from segtutor.data.convert import files

    try:
        item = data[index]
        if isinstance(item, str | os.PathLike):
            values = files.label_map(Path(item))
            if values.ndim != 2:
                what, mend = (
                    "labels that are colours, expected one number a pixel",
                    "label_maps(..., values={(r, g, b): id})",
                )
                raise stop(Path(item).name, "wrong mode", what, mend)
            return Path(item).name, index, values
        if isinstance(item, dict):
            truth = item.get("segmentation")
            if truth is None and not {"panoptic", "segments_info"} <= item.keys():
                raise UserError(
                    f"got a row with {sorted(map(str, item))}, expected 'segmentation', or 'panoptic' and "
                    "'segments_info': pass the label maps themselves, or convert the rows"
                )
            if truth is None:
                rgb = np.asarray(item["panoptic"].convert("RGB"))
                truth = Segmentation.from_coco(rgb, item["segments_info"], categories)
            return str(item.get("file", f"row {index}")), index, truth
        values = np.asarray(item)
        if values.ndim != 2 or values.dtype.kind not in "iu":
            raise UserError(
                f"got a map of shape {values.shape} and dtype {values.dtype}, expected (H, W) integers: convert it"
            )
        return f"map {index}", index, values
    except RecordError as error:
        return error.problem.file, index, error.problem
    except UserError as error:
        return f"row {index}", index, problem_of(error, f"row {index}", index)


def _id(categories: Categories, name: str) -> int:
    return next(category.id for category in categories if category.name == name)

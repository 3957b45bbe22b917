"""`check_labels`: what is wrong with the labels, found before a training hides it in a loss that falls anyway.

    print(st.data.check_labels("masks", ["road", "car"]))          # raw label maps: a folder, files or arrays
    print(st.data.check_labels(records, records.categories))       # converted rows

The mistakes below raise no error anywhere: the loss falls, and the metric stays at 0, or shines for the wrong reason.

    255 is a class        void left among the values; with K = 256 nobody notices
    background lost       labels were "reduced" (v - 1): what was 0 became 255, a real class is gone
    ids beyond K          the list of categories is shorter than the labels' numbers
    wrap-around           ids above 255 were stored in 8 bits: 256 became 0
    empty masks, things without instances, classes that never occur, pictures of void alone

Each finding says which line mends it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories
from segtutor.data.convert.maps import as_categories
from segtutor.data.records import Problem, RecordError, problem_of, stop
from segtutor.errors import UserError
from segtutor.segments import Segmentation

ENOUGH = 500  # maps that are looked at unless `most` says otherwise: a systematic mistake is in the first ten


@dataclass(frozen=True)
class Finding:
    """kind: its short name. what: a sentence with numbers. mend: the line of code that mends it, or what to do.

    files: a few of those concerned.
    """

    kind: str
    what: str
    mend: str
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f" (e.g. {', '.join(self.files)})" if self.files else ""
        return f"{self.kind}: {self.what}{where}\n    {self.mend}"


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
    data: Any, categories: Any, *, void: Iterable[int] = (), reduce: bool = False, most: int = ENOUGH
) -> LabelReport:
    """Look at labels for the mistakes that raise no error.

    data: raw label maps (a folder of PNGs, a list of paths or of (H, W) integer arrays), or rows with a Segmentation
    (Records, a data set in the panoptic schema). categories: names or Categories, in the order of the values.
    void: the values that you treat as void (raw maps only). reduce: you subtract 1 from every value, as
    do_reduce_labels does: 0 becomes void. most: how many maps are looked at.
    Raises UserError for data that is none of these.
    """
    kept = as_categories(categories)
    rows, total = _rows(data, kept, most)
    raw = [(name, item) for name, item in rows if not isinstance(item, Segmentation | Problem)]
    problems = [item for _, item in rows if isinstance(item, Problem)]
    truths = [(name, item) for name, item in rows if isinstance(item, Segmentation)]
    if truths:
        histogram, findings = _of_segmentations(truths, kept)
    else:
        histogram, findings = _of_values(raw, kept, set(void), reduce)
    return LabelReport(len(raw) + len(truths), total, histogram, findings, problems)


def _of_values(maps: Sequence, categories: Categories, void: set[int], reduce: bool) -> tuple[dict, list[Finding]]:
    counts: dict[int, int] = {}
    where: dict[int, list[str]] = {}
    eight_bits, only_void = True, []
    names = categories.names
    for name, labels in maps:
        eight_bits &= labels.dtype in (np.uint8, np.int8)
        values, amount = np.unique(labels, return_counts=True)
        for value, pixels in zip(values.tolist(), amount.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + pixels
            where.setdefault(value, []).append(name)
        if set(values.tolist()) <= void | ({0} if reduce else set()):
            only_void.append(name)
    counts = dict(sorted(counts.items()))
    first = 1 if reduce else 0
    total = max(1, sum(counts.values()))
    findings = []
    classes = {value for value in counts if value not in void and not (reduce and value == 0)}
    beyond = sorted(value for value in classes if not first <= value < len(categories) + first)
    if 255 in beyond:
        share = 100 * counts[255] / total
        findings.append(
            Finding(
                "255 is a class",
                f"{share:.1f} % of the pixels have the value 255, which nearly always means void",
                "label_maps(..., void=[255])   # or labels[labels == 255] = -1, and ignore_index=-1 in the loss",
                tuple(where[255][:3]),
            )
        )
    others = [value for value in beyond if value != 255]
    if others:
        last = len(categories) - 1 + first
        mend = f"add the missing names to the categories, or void={others[:6]} if they are none"
        if not reduce and set(classes) - {255} == set(range(1, len(categories) + 1)) & classes and 0 not in classes:
            mend = "values={i: ids[i - 1] for i in range(1, K + 1)}   # this file counts classes from 1"
        what = f"values {_short(others)} for {len(categories)} categories, expected {first} to {last}"
        findings.append(Finding("ids beyond K", what, mend, tuple(where[others[0]][:3])))
    if reduce and 0 in counts:
        share = 100 * counts[0] / total
        if share > 0 and 255 not in counts and len(classes) < len(categories):
            what = (
                f"{share:.1f} % of the pixels are 0 and become void by reduce=True, and only {len(classes)} of "
                f"{len(categories)} classes remain: 0 seems to be a real class ({names[0]!r})"
            )
            findings.append(Finding("background lost", what, "do_reduce_labels=False", tuple(where[0][:3])))
    if eight_bits and len(categories) + first > 256:
        what = f"{len(categories)} categories in maps of 8 bits, which hold 256 values: 256 became 0, 257 became 1"
        findings.append(
            Finding("wrap-around", what, 'save the maps with 16 bits: Image.fromarray(labels.astype("uint16"))')
        )
    if len(counts) > 2 * len(categories) + 8 and eight_bits:
        what = f"{len(counts)} different values for {len(categories)} categories: resizing or JPEG mixed the ids"
        mend = "resize labels with Image.NEAREST and save them as PNG"
        findings.append(Finding("mixed values", what, mend))
    never = [names[value - first] for value in range(first, len(categories) + first) if value not in counts]
    findings += _common(never, only_void)
    shown = {}
    for value, pixels in counts.items():
        meaning = "void" if value in void or (reduce and value == 0) else None
        if meaning is None:
            meaning = names[value - first] if first <= value < len(categories) + first else "?"
        shown[f"{value} {meaning}"] = pixels
    return shown, findings


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
        what = (
            f"{len(never)} categories in no map that was looked at: {', '.join(never[:6])}{', ...' * (len(never) > 6)}"
        )
        mend = "look at more maps (most=...), or leave them out: nothing can be learned of them"
        findings.append(Finding("classes that never occur", what, mend))
    if only_void:
        what = f"{len(only_void)} maps hold no class at all"
        findings.append(Finding("nothing but void", what, "leave these pictures out", tuple(only_void[:3])))
    return findings


def _rows(data: Any, categories: Categories, most: int) -> tuple[list[tuple[str, Any]], int]:
    """(name, raw map | Segmentation | Problem), at most `most`, spread over the whole; and how many there are."""
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


def _row(data: Any, index: int, categories: Categories) -> tuple[str, Any]:
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
            return Path(item).name, values
        if isinstance(item, dict):
            truth = item.get("segmentation")
            if truth is None:
                rgb = np.asarray(item["panoptic"].convert("RGB"))
                truth = Segmentation.from_coco(rgb, item["segments_info"], categories)
            return str(item.get("file", f"row {index}")), truth
        values = np.asarray(item)
        if values.ndim != 2 or values.dtype.kind not in "iu":
            raise UserError(
                f"got a map of shape {values.shape} and dtype {values.dtype}, expected (H, W) integers: convert it"
            )
        return f"map {index}", values
    except RecordError as error:
        return error.problem.file, error.problem
    except UserError as error:
        return f"row {index}", problem_of(error, f"row {index}", index)


def _id(categories: Categories, name: str) -> int:
    return next(category.id for category in categories if category.name == name)


def _short(values: list[int]) -> str:
    return ", ".join(map(str, values[:6])) + (", ..." if len(values) > 6 else "")

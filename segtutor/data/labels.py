"""`check_labels`: what is wrong with the labels, found before a training hides it in a loss that falls anyway.

    print(st.data.check_labels("masks", ["road", "car"]))          # raw label maps: a folder, files or arrays
    print(st.data.check_labels(records, records.categories))       # converted rows

The mistakes below raise no error anywhere: the loss falls, and the metric stays at 0, or shines for the wrong reason.

    255 is a class        void left among the values; with K = 256 nobody notices
    background lost       labels were "reduced" (v - 1): what was 0 became 255, a real class is gone
    ids beyond K          the list of categories is shorter than the labels' numbers
    wrap-around           ids above 255 were stored in 8 bits: 256 became 0
    0 and 255             masks of two classes in black and white, taken for one class and void
    no negatives          outlines of some classes and void around them: nothing says what is none of them
    all crowds            every object is a crowd, which is neither learned nor counted
    names alike           'Cat' and 'cat' are two classes, each of which sees the other as none of its own
    turned pictures       EXIF turned a picture, and its labels' size does not say whether they were turned
    empty masks, things without instances, classes that never occur, pictures of void alone

Each finding says which line mends it. Lines run as they are printed where `data` and `categories` are what
check_labels was given, `images` and `instances` are the folders of pictures and instance maps, np is numpy and Image
PIL's. `st.show.labels(report)` shows what a line changes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.categories import Categories
from segtutor.data.convert.maps import as_categories, voids
from segtutor.data.findings import Finding
from segtutor.data.label_values import of_values
from segtutor.data.named_files import alike
from segtutor.data.negatives import Negatives
from segtutor.data.records import Problem, RecordError, problem_of, stop, with_bar
from segtutor.errors import UserError
from segtutor.segments import Segmentation

MADE_OF_OUTLINES = ("labelme", "cvat", "coco_instances", "yolo", "via", "label_studio")  # these take unlabelled=
_IN_PIECES = 24  # pictures of a class whose one segment is cut into its parts, which costs as much as decoding
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
        raise UserError(f"most (the number of maps to look at) must be 1 or more, got {most!r}: leave it out for 500")
    rows, total = _rows(data, kept, most)
    raw = [row for row in rows if not isinstance(row[2], dict | Problem)]
    problems = [item for _, _, item in rows if isinstance(item, Problem)]
    truths = [(name, item) for name, _, item in rows if isinstance(item, dict)]
    histogram: dict = {}
    findings: list[Finding] = []
    if truths:
        histogram, findings = _of_segmentations(truths, kept, data)
    elif raw:
        histogram, findings = _of_maps(raw, kept, set(voids(void)), reduce, _kind(data))
    return LabelReport(len(raw) + len(truths), total, histogram, findings, problems)


def _of_maps(
    maps: Sequence, categories: Categories, void: set[int], reduce: bool, kind: str
) -> tuple[dict, list[Finding]]:
    histogram, findings, never, only_void = of_values(maps, categories, void, reduce, kind)
    return histogram, findings + _common(never, only_void, converted=False)


def _of_segmentations(rows: Sequence, categories: Categories, data: Any) -> tuple[dict, list[Finding]]:
    """Histogram and findings of converted rows: (name, row with a "segmentation")."""
    counts = dict.fromkeys(["void", *categories.names], 0)
    tiny, only_void, several, turned = [], [], set(), []
    split: dict[str, list[str]] = {}
    shown: Counter = Counter()
    crowds: Counter = Counter()
    alone: Counter = Counter()
    rests, found = set(), Negatives(categories)
    for name, row in rows:
        truth = row["segmentation"].whole()
        rests |= {row["segmentation"].rest} - {None}
        found.add(row)
        counts["void"] += int((truth.segment_ids == 0).sum())
        if not truth.segments and "instances" not in row and "valid" not in row:
            only_void.append(name)
        if row.get("turned"):
            turned.append(name)
        seen: dict[int, list] = {}
        for segment in truth.segments:
            category = categories.by_id(segment.category_id)
            counts[category.name] += segment.area
            seen.setdefault(category.id, []).append(segment)
            crowds[category.name] += segment.iscrowd
            shown[category.name] += 1
            if segment.area < 4:
                tiny.append(name)
        several |= {i for i, segments in seen.items() if len(segments) > 1}
        for category_id, segments in seen.items():
            # one object that lies in pieces all over its class may be several that nobody told apart
            category = categories.by_id(category_id)
            told = category.isthing and len(segments) == 1 and "instances" not in row
            if told and category_id not in several and alone[category.name] < _IN_PIECES:
                alone[category.name] += 1
                if _in_pieces(truth, segments[0]):
                    split.setdefault(category.name, []).append(name)
    findings = []
    if tiny:
        what = f"{len(tiny)} segments of fewer than 4 pixels: remains of painting or of resizing"
        line = "rows = [row for row in data if all(s.area >= 4 for s in row['segmentation'].segments)]"
        findings.append(
            Finding("tiny masks", what, f"remove them before training: {line}", tiny_files(tiny), line=line)
        )
    findings += _negatives(found, data)
    findings += _crowds(shown, crowds, categories, data)
    lonely = [n for n, files in split.items() if len(files) >= 3 and _id(categories, n) not in several]
    lonely = [n for n in lonely if 8 * len(split[n]) > alone[n]]
    if lonely:
        what = (
            f"{', '.join(lonely[:4])}: things, but never two in a picture, and often in several pieces: were "
            "instances merged into one class map?"
        )
        line = (
            _remade(data, instances="instances") or "categories = [{**c, 'isthing': 0} for c in categories.to_coco()]"
        )
        mend = (
            f"give the folder of instance maps, label_maps(..., instances=...), or isthing=0 if they are stuff: {line}"
        )
        findings.append(Finding("things without instances", what, mend, tuple(split[lonely[0]][:3]), line=line))
    if turned:
        what = (
            f"{len(turned)} pictures carry an EXIF rotation that sizes do not show (half a turn, or a square), and "
            "were turned: their labels may lie on the pixels as stored"
        )
        line = "st.show.figure(data[0]['image'], data[0]['segmentation'])"
        findings.append(Finding("turned pictures", what, f"look at one: {line}", tuple(turned[:3]), line=line))
    findings += _alike(categories)
    never = [c.name for c in categories if not counts[c.name] and c.id not in rests]
    return {n: c for n, c in counts.items() if c or n == "void"}, findings + _common(never, only_void)


def tiny_files(names: list[str]) -> tuple[str, ...]:
    """The first three different names."""
    return tuple(dict.fromkeys(names))[:3]


def _alike(categories: Categories) -> list[Finding]:
    """Names that differ in upper and lower case, blanks or the like: two classes for the network, perhaps one."""
    near: dict[str, list[str]] = {}
    for name in categories.names:
        near.setdefault("".join(ch for ch in alike(name) if ch.isalnum()) or name, []).append(name)
    several = [names for names in near.values() if len(names) > 1]
    if not several:
        return []
    shown = "; ".join(" and ".join(map(repr, names)) for names in several[:3])
    what = f"classes that are spelled nearly the same, and count as different ones: {shown}"
    return [Finding("names alike", what, "if they are one class, give it one name in the files")]


def _negatives(found: Negatives, data: Any) -> list[Finding]:
    what = found.missing(per_pixel=not found.known)
    if not what:
        return []
    line = _remade(data, unlabelled="background")
    mend = f"say that the rest is background: {line}" if line else "label the rest as a class of its own, background"
    return [Finding("no negatives", what, mend, line=line)]


def _crowds(shown: Counter, crowds: Counter, categories: Categories, data: Any) -> list[Finding]:
    """Classes of which every object, or most of several, are regions that no training learns."""
    things = [c.name for c in categories if shown[c.name] and c.isthing]
    most = [n for n in things if crowds[n] >= 3 and 2 * crowds[n] >= shown[n]]
    if things and all(crowds[n] == shown[n] for n in things):
        most = things
    if not most:
        return []
    what = (
        f"{', '.join(most[:4])}: {sum(crowds[n] for n in most)} of {sum(shown[n] for n in most)} are crowds "
        '("iscrowd": 1), regions of several objects that no training learns and no metric counts; CVAT writes brush '
        "masks so"
    )
    line = _remade(data, crowds="objects")
    mend = f"read them as objects: {line}" if line else "set iscrowd to 0 where a mask is one object"
    return [Finding("all crowds" if most == things else "mostly crowds", what, mend, line=line)]


def _remade(data: Any, **changes: Any) -> str:
    """The line that converts the data anew with changes, where its converter takes them; else nothing."""
    made = getattr(data, "made", None)
    takes = {
        "unlabelled": MADE_OF_OUTLINES,
        "crowds": ("coco_instances",),
        "instances": ("label_maps",),
    }
    if made is None or not all(made.name in takes[name] for name in changes):
        return ""
    return made.line(**changes).replace("instances='instances'", "instances=instances")  # a folder that only you know


def _in_pieces(truth: Segmentation, segment: Any) -> bool:
    """Whether a segment consists of two or more parts of at least a tenth of it each."""
    from scipy.ndimage import label

    x, y, width, height = segment.bbox
    window = truth.segment_ids[y : y + height, x : x + width] == segment.id
    parts, count = label(window, np.ones((3, 3)))
    return count > 1 and (np.bincount(parts.ravel())[1:] >= max(4, 0.1 * segment.area)).sum() > 1


def _kind(data: Any) -> str:
    """What raw label maps came as, for a line that reads them otherwise: a folder, paths or arrays."""
    if isinstance(data, str | os.PathLike):
        return "folder"
    return "paths" if isinstance(data[0], str | os.PathLike) else "maps"


def _common(never: list[str], only_void: list[str], converted: bool = True) -> list[Finding]:
    findings = []
    if never:
        number = "1 category" if len(never) == 1 else f"{len(never)} categories"
        what = f"{number} in no map that was looked at: {', '.join(never[:6])}{', ...' * (len(never) > 6)}"
        line = f"categories = [c for c in categories.to_coco() if c['name'] not in {never!r}]"
        mend = f"look at more maps (most=...), or leave them out, since nothing can be learned of them: {line}"
        findings.append(Finding("classes that never occur", what, mend, line=line))
    if only_void:
        what = "1 map holds no class at all" if len(only_void) == 1 else f"{len(only_void)} maps hold no class at all"
        line = "rows = [row for row in data if row['segmentation'].segments]" if converted else ""
        mend = "leave these pictures out" + (f": {line}" if line else "")
        findings.append(Finding("nothing but void", what, mend, tuple(only_void[:3]), line=line))
    return findings


def _rows(data: Any, categories: Categories, most: int) -> tuple[list[tuple[str, int, Any]], int]:
    """(name, index, raw map | Segmentation | Problem), at most `most`, spread over the whole; how many there are."""
    from segtutor.data.convert import files

    if isinstance(data, str | os.PathLike):
        data = files.files_in(files.existing(data, "folder"), (".png", ".tif", ".tiff", ".bmp", ".gif"))
    if not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
        raise UserError(f"label maps must be a folder, a list of maps or rows, got a {type(data).__name__}")
    total = len(data)
    if not total:
        raise UserError("no label map was found: check the path")
    chosen = np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int)).tolist()
    return [_row(data, index, categories) for index in with_bar(chosen, "looking at labels")], total


def _row(data: Any, index: int, categories: Categories) -> tuple[str, int, Any]:
    from segtutor.data.convert import files

    try:
        item = data[index]
        if isinstance(item, str | os.PathLike):
            values = files.label_map(Path(item))
            if values.ndim != 2:
                what, mend = (
                    "labels must be one number for each pixel, got colours",
                    "label_maps(..., values={(r, g, b): id})",
                )
                raise stop(Path(item).name, "wrong mode", what, mend)
            return Path(item).name, index, values
        if isinstance(item, dict):
            truth = item.get("segmentation")
            if truth is None and not {"panoptic", "segments_info"} <= item.keys():
                raise UserError(
                    "a row must have 'segmentation', or 'panoptic' and 'segments_info', got "
                    f"{sorted(map(str, item))}: pass the label maps themselves, or convert the rows"
                )
            if truth is None:
                rgb = np.asarray(item["panoptic"].convert("RGB"))
                truth = Segmentation.from_coco(rgb, item["segments_info"], categories)
            return str(item.get("file", f"row {index}")), index, {**item, "segmentation": truth}
        values = np.asarray(item)
        if values.ndim != 2 or values.dtype.kind not in "iu":
            raise UserError(f"a label map must be (H, W) integers, got shape {values.shape} and dtype {values.dtype}")
        return f"map {index}", index, values
    except RecordError as error:
        return error.problem.file, index, error.problem
    except UserError as error:
        return f"row {index}", index, problem_of(error, f"row {index}", index)


def _id(categories: Categories, name: str) -> int:
    return next(category.id for category in categories if category.name == name)

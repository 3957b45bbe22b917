"""The part of `check_labels` that reads raw label maps: which values there are, and what each is taken for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from segtutor.categories import Categories
from segtutor.data.findings import LOST, NO_CLASS, VOID, Example, Finding


def of_values(
    maps: Sequence[tuple[str, int, np.ndarray]],
    categories: Categories,
    void: set[int],
    reduce: bool,
    kind: str = "maps",
) -> tuple[dict[str, int], list[Finding], list[str], list[str]]:
    """(histogram by "value name", findings, categories that never occur, maps that hold void alone).

    maps: (name, index, (H, W) integers). void, reduce: as in `check_labels`. kind: what `data` was there, "folder",
    "paths" or "maps", for lines that read it otherwise.
    """
    seen = Seen(maps, categories, void, reduce, kind)
    only_void = [
        name
        for (name, _, _), counts in zip(maps, seen.by_map, strict=True)
        if set(counts) <= void | ({0} if reduce else set())
    ]
    checks = (_black_and_white, _void_as_class, _beyond, _background_lost, _wrapped, _mixed)
    findings = [finding for check in checks if (finding := check(seen)) is not None]
    shown = {f"{value} {seen.name(value)}": pixels for value, pixels in seen.counts.items()}
    if _is_black_and_white(seen):
        return shown, findings, [], []
    never = [category.name for i, category in enumerate(categories, seen.first) if i not in seen.counts]
    return shown, findings, never, only_void


class Seen:
    """The values of some maps: counts {value: pixels} and by_map, and how each is read."""

    def __init__(
        self, maps: Sequence[tuple[str, int, np.ndarray]], categories: Categories, void: set[int], reduce, kind="maps"
    ):
        self.kind = kind
        self.maps, self.categories, self.void, self.reduce = maps, categories, void, bool(reduce)
        self.first = 1 if reduce else 0
        self.by_map: list[dict[int, int]] = []
        for _, _, labels in maps:
            self.by_map.append(_amounts(labels))
        total: dict[int, int] = {}
        for counts in self.by_map:
            for value, pixels in counts.items():
                total[value] = total.get(value, 0) + pixels
        self.counts = dict(sorted(total.items()))
        self.eight_bits = all(labels.dtype in (np.uint8, np.int8) for _, _, labels in maps)
        self.classes = {value for value in self.counts if self.read(value) != VOID}
        self.beyond = sorted(value for value in self.classes if self.read(value) == NO_CLASS)

    def read(self, value: int, reduce: bool | None = None) -> int:
        """What a value is taken for: a position in the categories, VOID or NO_CLASS."""
        reduce = self.reduce if reduce is None else reduce
        if value in self.void or (reduce and value == 0):
            return VOID
        return value - reduce if reduce <= value < len(self.categories) + reduce else NO_CLASS

    def converted(self, map_made: str, **options: Any) -> str:
        """A line of Python that reads the data otherwise: label_maps of the folder, or `map_made` of each map m."""
        if self.kind != "folder":
            read = "data" if self.kind == "maps" else "(np.array(Image.open(path)) for path in data)"
            return f"data = [{map_made} for m in {read}]"
        said = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"records = st.data.label_maps(images, data, categories, {said})"

    def name(self, value: int) -> str:
        position = self.read(value)
        return "void" if position == VOID else "?" if position == NO_CLASS else self.categories[position].name

    def share(self, value: int) -> float:
        """Of all pixels, in percent."""
        return 100 * self.counts[value] / max(1, sum(self.counts.values()))

    def files(self, value: int) -> tuple[str, ...]:
        """Three maps that hold the value."""
        return tuple(name for (name, _, _), counts in zip(self.maps, self.by_map, strict=True) if value in counts)[:3]

    def example(self, concerned: Iterable[int], mended: Mapping[str, Mapping[int, int]]) -> Example:
        """The map that shows best what a finding is about. mended: {words: {value: what it becomes}} of what changes.

        The best has about as many pixels that are concerned as others, then as many different values as can be.
        """
        concerned = set(concerned)

        def telling(index: int) -> tuple[float, int]:
            counts = self.by_map[index]
            share = sum(pixels for value, pixels in counts.items() if value in concerned) / sum(counts.values())
            return share * (1 - share), len(counts)

        best = max(range(len(self.maps)), key=telling)
        name, index, values = self.maps[best]
        now = {value: self.read(value) for value in self.by_map[best]}
        tables = {words: {value: table.get(value, now[value]) for value in now} for words, table in mended.items()}
        return Example(name, index, values, now, tables, self.categories)


def _amounts(labels: np.ndarray) -> dict[int, int]:
    """{value: pixels}; counted where values are small, sorted otherwise."""
    if labels.dtype in (np.uint8, np.uint16):
        counts = np.bincount(labels.ravel())
        values = np.flatnonzero(counts)
        amount = counts[values]
    else:
        values, amount = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), amount.tolist(), strict=True))


def _is_black_and_white(seen: Seen) -> bool:
    return len(seen.categories) <= 2 and set(seen.counts) == {0, 255} and 255 not in seen.void and not seen.reduce


def _black_and_white(seen: Seen) -> Finding | None:
    if not _is_black_and_white(seen):
        return None
    ids = [category.id for category in seen.categories]
    values = {0: ids[0] if len(ids) == 2 else None, 255: ids[-1]}
    position = {0: 0 if len(ids) == 2 else VOID, 255: len(ids) - 1}
    last = seen.categories[len(ids) - 1].name
    what = (
        f"the maps hold 0 and 255 alone, black and white, for {len(ids)} categories: 255 ({seen.share(255):.1f} % of "
        f"the pixels) seems to be {last!r}"
    )
    line = seen.converted("(m == 255).astype(int)", values=values, void=())
    words = f"values={values}, void=()"
    return Finding("0 and 255", what, line, seen.files(255), seen.example([0, 255], {words: position}), line)


def _void_as_class(seen: Seen) -> Finding | None:
    if 255 not in seen.beyond or _is_black_and_white(seen):
        return None
    line = seen.converted("np.where(m == 255, -1, m.astype(int))", void=[255])
    return Finding(
        "255 is a class",
        f"{seen.share(255):.1f} % of the pixels have the value 255, which nearly always means void",
        f"read it as void (void=[255]), and in a loss of your own ignore_index=-1: {line}",
        seen.files(255),
        seen.example([255], {"void=[255]": {255: VOID}}),
        line,
    )


def _beyond(seen: Seen) -> Finding | None:
    others = [value for value in seen.beyond if value != 255]
    if not others:
        return None
    count = len(seen.categories)
    listed = others[:6] if len(others) <= 6 else others
    as_void = {f"void={others[:6]}": dict.fromkeys(others, VOID)}
    down = {"reduced: v - 1": {value: seen.read(value, reduce=True) for value in seen.classes}}
    what = f"values must be {seen.first} to {count - 1 + seen.first} for {count} categories, got {_short(others)}"
    line = seen.converted(f"np.where(np.isin(m, {listed}), -1, m.astype(int))", void=listed)
    mend, mended = f"add the missing names to the categories, or void={others[:6]} if they are none: {line}", as_void
    if not seen.reduce and others == [count]:
        ids = [category.id for category in seen.categories]
        values = dict(enumerate(ids, 1))
        if 0 not in seen.classes:
            line = seen.converted("m.astype(int) - 1", values=values)
            mend = f"this file counts classes from 1: {line}"
            mended = down
        else:
            mend += "; or do_reduce_labels=True, if this file counts classes from 1 and 0 is void"
            mended = as_void | down
    example = seen.example(others if len(mended) == 1 else [0, *others], mended)
    return Finding("ids beyond K", what, mend, seen.files(others[0]), example, line)


def _background_lost(seen: Seen) -> Finding | None:
    if not seen.reduce or not seen.counts.get(0) or 255 in seen.counts or len(seen.classes) >= len(seen.categories):
        return None
    what = (
        f"{seen.share(0):.1f} % of the pixels are 0 and become void by reduce=True, and only {len(seen.classes)} of "
        f"{len(seen.categories)} classes remain: 0 seems to be a real class ({seen.categories[0].name!r})"
    )
    as_stored = {value: seen.read(value, reduce=False) for value in seen.counts}
    example = seen.example([0], {"do_reduce_labels=False": as_stored})
    return Finding("background lost", what, "do_reduce_labels=False", seen.files(0), example)


def _wrapped(seen: Seen) -> Finding | None:
    if not seen.eight_bits or len(seen.categories) + seen.first <= 256:
        return None
    what = f"{len(seen.categories)} categories in maps of 8 bits, which hold 256 values: 256 became 0, 257 became 1"
    mend = 'save the maps with 16 bits (uint16): Image.fromarray(labels.astype("uint16"))'
    end = len(seen.categories) + seen.first
    double = {value: LOST for value in seen.classes if value >= 0 and value + 256 < end}
    example = seen.example(double, {"what 8 bits still say": double}) if double else None
    return Finding("wrap-around", what, mend, example=example)


def _mixed(seen: Seen) -> Finding | None:
    if len(seen.counts) <= 2 * len(seen.categories) + 8 or not seen.eight_bits:
        return None
    what = f"{len(seen.counts)} different values for {len(seen.categories)} categories: resizing or JPEG mixed the ids"
    return Finding("mixed values", what, "resize labels with Image.NEAREST and save them as PNG")


def _short(values: list[Any]) -> str:
    return ", ".join(map(str, values[:6])) + (", ..." if len(values) > 6 else "")

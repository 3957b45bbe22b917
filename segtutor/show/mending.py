"""`labels`: what label maps are read as now, and what they become with the line of code that mends them.

One row a finding of `st.data.check_labels`: the map as it is read, then with each line that may be the right one. The
lines below the maps are those of one table: a value of the file, and what it is taken for in the map above. Values are
written into the maps, void is hatched, what has no class is dotted, so that no reader depends on colours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle

from segtutor.data.findings import LOST, NO_CLASS, VOID, Example, Finding
from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.show.draw import _draw_border, hatch
from segtutor.show.figures import _resized, _target
from segtutor.show.legend import Row
from segtutor.show.picture import DPI, MARGIN, ROW, STYLE, TITLE, Picture, _shorten, place, write_numbers, write_title
from segtutor.show.words import one_line, percent

LINES = 8  # values that are listed
_FACES = {VOID: ("white", "////"), NO_CLASS: ("#c00000", ".."), LOST: ("#f0e442", "|||")}
_RED, _YELLOW = (192, 0, 0), (240, 228, 66)


@dataclass(frozen=True)
class _Line:
    """A finding with its example. columns: (title, table, note) of each map; values: those listed below them."""

    finding: Finding
    example: Example
    picture: np.ndarray | None
    columns: list[tuple[str, Mapping[int, int]]]
    values: list[int]
    more: int


def labels(report: Any, *, kinds: Sequence[str] | None = None, images: Any = None, width: int = 200) -> Picture:
    """Show, for each finding that one map can show, what its values are read as before and after mending.

    report: what `st.data.check_labels` returned. kinds: only these findings, by their short names. images: the
    pictures of the maps, which say what is right: a folder with files of the same names, a dictionary {file: picture},
    or a sequence in the order of the maps. width: pixels of a map's longer side.
    Returns a `Picture`. Raises UserError where no finding has a map to show, or a picture does not fit its map.
    """
    findings = [finding for finding in report.findings if kinds is None or finding.kind in kinds]
    lines = [_line(finding, images) for finding in findings if finding.example is not None]
    if not lines:
        found = ", ".join(finding.kind for finding in report.findings) or "nothing"
        raise UserError(
            "the report has no finding that a map shows, it found "
            f"{found}{'' if kinds is None else f' and kinds={list(kinds)}'}: print(report) lists the findings"
        )
    shapes = [_target(line.example.values.shape, width) for line in lines]
    wide = max(170, *(columns for _, columns in shapes))
    heights = [
        2 * TITLE + shape[0] + ROW * (len(line.values) + bool(line.more) + 1)
        for line, shape in zip(lines, shapes, strict=True)
    ]
    across = max(len(line.columns) + (line.picture is not None) for line in lines)
    rest = [finding for finding in findings if finding.example is None]
    words = " ".join(_in_words(line) for line in lines)
    if rest:
        words += f" Without a picture: {'; '.join(f'{finding.kind}: {finding.what}' for finding in rest)}."
    with matplotlib.rc_context(STYLE):
        picture = Picture(across * (wide + MARGIN) + MARGIN, sum(heights) + MARGIN * (len(lines) + 1), words)
        y = float(MARGIN)
        for line, shape, height in zip(lines, shapes, heights, strict=True):
            _draw(picture, line, shape, y, wide)
            y += height + MARGIN
    return picture


def _line(finding: Finding, images: Any) -> _Line:
    example = finding.example
    columns = [("as it is read now", example.now), *example.mended.items()]
    values, amounts = np.unique(example.values, return_counts=True)
    amount = dict(zip(values.tolist(), amounts.tolist(), strict=True))
    # what changes comes first, then what there is most of
    order = sorted(amount, key=lambda v: (len({table[v] for _, table in columns}) == 1, -amount[v], v))
    shown = sorted(order[:LINES])
    return _Line(finding, example, _picture_of(example, images), columns, shown, len(order) - len(shown))


def _picture_of(example: Example, images: Any) -> np.ndarray | None:
    if images is None:
        return None
    found: Any = None
    if isinstance(images, str | os.PathLike):
        folder = Path(images)
        same = (
            [path for path in sorted(folder.iterdir()) if path.stem == Path(example.file).stem]
            if folder.is_dir()
            else []
        )
        found = same[0] if same else None
    elif isinstance(images, Mapping):
        found = images.get(example.file)
    elif example.index < len(images):
        found = images[example.index]
    if found is None:
        raise UserError(
            f"images has no picture of {example.file} (number {example.index}): leave images out, or pass a folder, a "
            "dictionary by file name or a sequence in the order of the maps that has it"
        )
    pixels = load_image(found)
    if pixels.shape[:2] != example.values.shape:
        raise UserError(
            f"picture and labels of {example.file} must have one size, got {pixels.shape[1]} x {pixels.shape[0]} and "
            f"{example.values.shape[1]} x {example.values.shape[0]}: resize the labels (nearest)"
        )
    return pixels


def _draw(picture: Picture, line: _Line, shape: tuple[int, int], y: float, wide: int) -> None:
    example = line.example
    write_title(
        picture, f"{line.finding.kind}: {example.file}", MARGIN, y, span=float(picture.get_size_inches()[0]) * DPI
    )
    x = float(MARGIN)
    if line.picture is not None:
        write_title(picture, "the picture", x, y + TITLE, span=wide)
        place(picture, _resized(line.picture, *shape), x, y + 2 * TITLE)
        x += wide + MARGIN
    height, columns = shape
    rows = ((np.arange(height) + 0.5) * example.values.shape[0] / height).astype(int)
    across = ((np.arange(columns) + 0.5) * example.values.shape[1] / columns).astype(int)
    values = example.values[rows][:, across]
    rows_of = [Row(str(value), None, (index,)) for index, value in enumerate(line.values)]
    for title, table in line.columns:
        write_title(picture, title, x, y + TITLE, span=wide)
        axes = place(picture, _painted(values, table, example), x, y + 2 * TITLE)
        write_numbers(axes, [values == value for value in line.values], rows_of, [row.text for row in rows_of])
        _table(picture, line, table, x, y + 2 * TITLE + height + ROW / 2, wide)
        x += wide + MARGIN


def _painted(values: np.ndarray, table: Mapping[int, int], example: Example) -> np.ndarray:
    positions = np.full(values.shape, VOID)
    for value, position in table.items():
        positions[values == value] = position
    canvas = np.full((*values.shape, 3), 255, np.uint8)
    for position in np.unique(positions).tolist():
        where = positions == position
        if position >= 0:
            canvas[where] = example.categories[position].color
    rows, columns = np.indices(values.shape)
    canvas[positions == NO_CLASS] = _RED
    canvas[(positions == NO_CLASS) & (rows % 8 < 3) & (columns % 8 < 3)] = 255
    canvas[positions == LOST] = _YELLOW
    canvas[(positions == LOST) & (columns % 8 < 3)] = 25
    canvas[positions == VOID] = 200
    hatch(canvas, positions == VOID)
    _draw_border(canvas, positions.astype(np.int32))
    return canvas


def _table(picture: Picture, line: _Line, table: Mapping[int, int], x: float, y: float, wide: int) -> None:
    width, height = picture.get_size_inches() * DPI
    for number, value in enumerate(line.values):
        middle = 1 - (y + (number + 0.5) * ROW) / height
        position = table[value]
        changed = position != line.example.now[value]
        picture.text((x + 28) / width, middle, str(value), ha="right", va="center_baseline", size=9.5)
        face: Any
        face, pattern = _FACES.get(position, (None, None))
        if position >= 0:
            face = tuple(part / 255 for part in line.example.categories[position].color)
        swatch = Rectangle((0, 0), 1, 1)
        swatch.set_bounds((x + 36) / width, middle - 6 / height, 18 / width, 12 / height)
        swatch.set(facecolor=face, edgecolor="#444444", linewidth=0.8, hatch=pattern)
        picture.add_artist(swatch)
        words = one_line(line.example.meaning(value, table))
        style: Any = {"weight": "bold"} if changed or position == NO_CLASS else {}
        text = picture.text((x + 60) / width, middle, words, va="center_baseline", size=9.5, parse_math=False, **style)
        _shorten(text, words, x + wide)
    if line.more:
        middle = 1 - (y + (len(line.values) + 0.5) * ROW) / height
        picture.text((x + 28) / width, middle, f"and {line.more} more values", va="center_baseline", size=9.5)


def _in_words(line: _Line) -> str:
    example, size = line.example, line.example.values.size
    said = []
    for value in line.values:
        readings = [example.meaning(value, table) for _, table in line.columns]
        if len(set(readings)) == 1:
            continue
        share = percent(float((example.values == value).sum()) / size)
        after = "; ".join(f"{title}: {text}" for (title, _), text in zip(line.columns[1:], readings[1:], strict=True))
        said.append(f"value {value} ({share}) is read as {one_line(readings[0])}; {after}")
    kept = len(line.values) + line.more - len(said)
    if kept:
        said.append("one other value stays as it is" if kept == 1 else f"{kept} other values stay as they are")
    return f"{one_line(line.finding.kind)}, in {one_line(example.file)}: {'. '.join(said)}."

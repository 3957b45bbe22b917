"""Figures: a picture under its title, with a legend and a text alternative.

A figure is made without pyplot, so that it appears once, where a cell's last line names it, and never stays in
memory behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import matplotlib
import numpy as np
from PIL import Image

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.segments import Instances, Segmentation
from segtutor.show.draw import check, colors_of, enlarge, paint
from segtutor.show.legend import Row, legend_rows, seen_of
from segtutor.show.palette import variant
from segtutor.show.picture import (
    LEGEND,
    MARGIN,
    ROW,
    STYLE,
    TITLE,
    Picture,
    draw_legend,
    place,
    write_numbers,
    write_title,
)
from segtutor.show.words import describe, one_line


def figure(
    image: Any,
    result: Segmentation | Instances,
    *,
    title: str | None = None,
    alpha: float = 0.6,
    by: str = "segment",
    contour: bool = True,
    numbers: bool = True,
    width: int = 560,
) -> Picture:
    """Show a result over its picture, with a legend of names and scores.

    image, result, alpha, by, contour: as in `overlay`.
    numbers: write each legend row's number into its segments, so that no reader depends on colours.
    width: pixels of the longer side, about; small pictures are enlarged by whole factors, large ones reduced.

    Returns a `Picture`, a matplotlib Figure (figure.savefig("out.png") writes it) with the attribute `description`.
    Raises UserError as `overlay` does.

    Taught in notebooks/01_three_answers.
    """
    pixels = load_image(image)
    check(pixels, result, alpha=alpha, by=by)
    painted, masks = _painted(pixels, result, width, alpha=alpha, by=by, contour=contour)
    rows = legend_rows(result, by=by)
    height, columns = painted.shape[:2]
    top = TITLE if title else 0
    body = max(height, ROW * (len(rows) + any(row.score for row in rows)))
    description = describe(result) if title is None else f"{one_line(title)}. {describe(result)}"
    with matplotlib.rc_context(STYLE):
        picture = Picture(columns + LEGEND + 3 * MARGIN, body + top + 2 * MARGIN, description)
        write_title(picture, title, MARGIN, MARGIN, span=columns + LEGEND)
        axes = place(picture, painted, MARGIN, top + MARGIN)
        if numbers:
            write_numbers(axes, masks, rows)
        draw_legend(picture, rows, columns + 2 * MARGIN, top + MARGIN, numbers)
    return picture


def compare(
    image: Any,
    results: Mapping[str, Segmentation | Instances],
    *,
    alpha: float = 0.6,
    by: str = "segment",
    contour: bool = True,
    width: int = 300,
) -> Picture:
    """Show several results of one picture side by side, the picture itself first.

    results: {title: result}, such as {"truth": truth, "Mask2Former": prediction}; with one list of categories, so that
    a colour means the same everywhere: a segment that matches one of the first result (same class, IoU above 1/2) has
    its shade. Four panels stand two by two, others in rows of three. width: pixels of each picture's longer side.
    Returns a `Picture` whose legend holds each category once.
    """
    if not isinstance(results, Mapping) or not results:
        raise UserError(
            f"results must be a dictionary with at least one result, got a {type(results).__name__}: pass {{'truth': "
            "truth, 'prediction': prediction}"
        )
    pixels = load_image(image)
    panels, titles = [_resized(pixels, *_target(pixels.shape[:2], width))], ["picture"]
    first = next(iter(results.values()))
    for name, result in results.items():
        check(pixels, result, alpha=alpha, by=by)
        colors = _colors_as_in(first, result) if by == "segment" else None
        panels.append(_painted(pixels, result, width, alpha=alpha, by=by, contour=contour, colors=colors)[0])
        titles.append(str(name))
    description = ". ".join(f"{one_line(name)}: {describe(result)}" for name, result in results.items())
    columns = 2 if len(panels) == 4 else 3
    return _grid(panels, titles, columns=columns, description=description, rows=_common_rows(results.values()))


def _colors_as_in(first: Any, result: Any) -> list[tuple[int, int, int]]:
    """Colours of a result's segments: the shade of the segment of `first` that is the same thing, others a free one."""
    if result is first or not isinstance(first, Segmentation) or not isinstance(result, Segmentation):
        return colors_of(result)
    kind, known = _kinds(result), _kinds(first)
    seen: Counter = Counter()
    shades = []  # of `first`: the number of each segment among those of its class
    for one in known:
        shades.append(seen[one])
        seen[one] += 1
    numbers: list[int | None] = [None] * len(kind)
    for i, segment in enumerate(result.segments):
        mask = result.segment_ids == segment.id
        for j, other in enumerate(first.segments):
            if kind[i] == known[j]:
                both = mask & (first.segment_ids == other.id)
                if 3 * both.sum() > segment.area + other.area:  # IoU > 1/2, so at most one fits
                    numbers[i] = shades[j]
    taken = {(kind[i], number) for i, number in enumerate(numbers) if number is not None}
    for i, number in enumerate(numbers):
        if number is None:
            numbers[i] = next(free for free in count() if (kind[i], free) not in taken)
            taken.add((kind[i], numbers[i]))
    colors = (_category(result, i).color or (128, 128, 128) for i in range(len(kind)))
    return [variant(color, number or 0) for color, number in zip(colors, numbers, strict=True)]


def _kinds(result: Segmentation) -> list[str]:
    """The class of each segment, by name."""
    return [result.categories.by_id(segment.category_id).name for segment in result.segments]


def gallery(
    images: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 4,
    width: int = 200,
    description: str | None = None,
) -> Picture:
    """Show pictures in rows. images: whatever `load_image` takes; titles: one for each, or None.

    width: pixels of each picture's longer side. description: the text alternative; without it, the titles.
    """
    pictures = [load_image(image) for image in images]
    names = [""] * len(pictures) if titles is None else [str(title) for title in titles]
    if not pictures or len(names) != len(pictures) or columns < 1:
        raise UserError(
            f"there must be at least one picture, a title for each and at least one column, got {len(pictures)} "
            f"pictures, {len(names)} titles and {columns} columns"
        )
    if description is None:
        named = ", ".join(one_line(name) for name in names if name)
        description = f"{len(pictures)} pictures" + (f": {named}" if named else "")
    panels = [_resized(picture, *_target(picture.shape[:2], width)) for picture in pictures]
    return _grid(panels, names, columns=columns, description=description)


def _grid(panels, titles, *, columns, description, rows=()) -> Picture:
    """Panels row by row, each under its title, and a legend beneath in as many columns as fit."""
    columns = min(columns, len(panels))
    wide, high = max(panel.shape[1] for panel in panels), max(panel.shape[0] for panel in panels)
    wide = max(wide, 120)  # room for a title over a narrow picture
    top = TITLE if any(titles) else 0
    lines = -(-len(panels) // columns)
    total = columns * (wide + MARGIN) + MARGIN
    legend_columns = max(1, (total - MARGIN) // 190)
    legend_lines = -(-len(rows) // legend_columns)
    grid_height = lines * (high + top + MARGIN) + MARGIN
    with matplotlib.rc_context(STYLE):
        picture = Picture(total, grid_height + legend_lines * ROW + (MARGIN if rows else 0), description)
        for index, (panel, title) in enumerate(zip(panels, titles, strict=True)):
            x = MARGIN + (index % columns) * (wide + MARGIN)
            y = MARGIN + (index // columns) * (high + top + MARGIN)
            write_title(picture, title, x, y, span=wide)
            place(picture, panel, x, y + top)
        for column in range(legend_columns):
            part = rows[column * legend_lines : (column + 1) * legend_lines]
            draw_legend(picture, part, MARGIN + column * 190, grid_height, numbered=False, span=180)
    return picture


def _common_rows(results: Iterable[Segmentation | Instances]) -> list[Row]:
    """A legend that holds for several results: names alone, since counts and scores differ."""
    seen: dict[str, Row] = {}
    for result in results:
        for row in legend_rows(result, by="category"):
            if row.color is None:
                seen["void"] = Row("void", None)
            elif row.members:
                category = _category(result, row.members[0]).name
                seen.setdefault(category, Row(one_line(category), row.color, row.members))
    return sorted(seen.values(), key=lambda row: row.color is None)


def _painted(
    pixels: np.ndarray, result: Any, width: int, *, alpha: float, by: str, contour: bool, colors: Any = None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The overlay in the size in which it is shown, with contours of that size, and each segment's mask there.

    colors: of the segments; None: those of `colors_of`.
    """
    height, columns = _target(pixels.shape[:2], width)
    # The pixel of the source under the middle of each shown pixel.
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    across = ((np.arange(columns) + 0.5) * pixels.shape[1] / columns).astype(int)
    colors = colors_of(result, by=by) if colors is None else colors
    small: Any
    if isinstance(result, Instances):
        small = Instances(result.masks[:, rows][:, :, across], result.labels, result.scores, result.categories)
        masks, shown = seen_of(small), colors
    else:
        ids = result.segment_ids[rows][:, across]
        masks = [ids == segment.id for segment in result.segments]
        # A tiny segment may fall between the pixels, and the others keep their colours.
        left = [index for index, mask in enumerate(masks) if mask.any()]
        small = Segmentation(ids, [result.segments[index] for index in left], result.categories, result.rest)
        shown = [colors[index] for index in left]
    canvas = _resized(pixels, height, columns)
    paint(canvas, small, shown, alpha=alpha, by=by, contour=contour)
    return canvas, masks


def _target(size: tuple[int, int], width: int) -> tuple[int, int]:
    """(H, W) in which a picture of `size` (H, W) is shown: a whole multiple, or reduced to `width`."""
    longer = max(size)
    if longer <= width:
        return size[0] * (width // longer), size[1] * (width // longer)
    # A picture of 10000 x 1 keeps at least a visible line.
    return max(4, round(size[0] * width / longer)), max(4, round(size[1] * width / longer))


def _resized(pixels: np.ndarray, height: int, columns: int) -> np.ndarray:
    """A new array: pixels repeated where that is a whole factor, otherwise averaged."""
    factor = height // pixels.shape[0]
    if (height, columns) == (factor * pixels.shape[0], factor * pixels.shape[1]):
        return enlarge(pixels, factor)
    return np.array(Image.fromarray(pixels).resize((columns, height), Image.Resampling.BOX))


def _category(result: Any, member: int) -> Any:
    if isinstance(result, Instances):
        return result.categories[int(result.labels[member])]
    return result.categories.by_id(result.segments[member].category_id)

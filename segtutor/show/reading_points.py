"""Where deformable attention reads: points between the cells of a small map, and points of a position over a picture.

Shape and colour say which map is read (the colours are Okabe and Ito's, which people with any colour deficiency tell
apart), the area of a mark its weight. The paper around a picture is what lies outside of it, where zeros are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.show.picture import DPI, MARGIN, ROW, STYLE, TITLE, Picture, write_title
from segtutor.show.words import one_line, percent

CELL, ENTRY, LETTER = 56, 122, "#d55e00"
# coarse to fine: square, triangle, circle, and a diamond for a fourth map
MARKS = (("s", "#0072b2"), ("^", "#d55e00"), ("o", "#f0e442"), ("D", "#cc79a7"))
NOTES = ("Area of a mark: its weight.", "Grey paper: outside the picture.")
BEYOND = 0.6  # how much paper is shown on each side, in parts of the picture


def readings(values: Any, points: Mapping[str, Sequence[float]], *, title: str | None = None) -> Picture:
    """Show a small map with its numbers, and points at which it is read.

    values: (h, w) numbers, at most 12 x 12. points: {name: (x, y)}, (0, 0) the map's upper left corner, (1, 1) the
    lower right; a point up to half a cell outside is shown, one farther away is only described. Returns a `Picture`.

    Taught in notebooks/05_how_does_a_cell_read_many_scales.
    """
    cells = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, float)
    if cells.ndim != 2 or not 0 < max(cells.shape) <= 12:
        raise UserError(f"a map must be (h, w) of at most 12 x 12, got shape {cells.shape}: show a part of it")
    named = {one_line(str(name)): _pair(point, name) for name, point in points.items()}
    h, w = cells.shape
    top = TITLE if title else 0
    columns, rows = CELL * (w + 1), CELL * (h + 1)  # half a cell of paper on each side
    words = f"{one_line(title)}. " if title else ""
    words += f"A map of {h} rows and {w} columns: " + "; ".join(" ".join(f"{v:g}" for v in row) for row in cells)
    for name, (x, y) in named.items():
        words += f". Point {name} at x = {x:g}, y = {y:g}: column {x * w - 0.5:.2f}, row {y * h - 0.5:.2f}"
    with matplotlib.rc_context(STYLE):
        picture = Picture(columns + 2 * MARGIN, rows + top + 2 * MARGIN, words + ".")
        write_title(picture, title, MARGIN, MARGIN, span=columns)
        axes = _axes(picture, MARGIN, MARGIN + top, columns, rows)
        axes.set(xlim=(-1, w), ylim=(h, -1))
        for (row, column), value in np.ndenumerate(cells):
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="#f2f2f2", edgecolor="#999999"))
            axes.plot(column, row, marker=".", color="#999999", markersize=4)
            axes.text(column - 0.42, row + 0.42, f"{value:g}", ha="left", va="bottom", size=9.5)
        for name, (x, y) in named.items():
            column, row = x * w - 0.5, y * h - 0.5
            if -1 <= column <= w and -1 <= row <= h:
                axes.plot(column, row, "o", markersize=9, color=LETTER, markeredgecolor="black")
                axes.text(column + 0.13, row - 0.13, name, size=10.5, weight="bold", parse_math=False)
    return picture


def sampling(
    image: Any,
    seen: Any,
    sizes: Sequence[tuple[int, int]],
    places: Mapping[str, Sequence[float]],
    *,
    width: int = 160,
    columns: int = 3,
) -> Picture:
    """Show which points of each map the chosen positions read, over the picture, one panel a position.

    seen: a `SamplingPoints` record of a batch of one, whose positions are the cells of all maps. sizes: (h, w) of each
    map, in the order of the record. places: {title: (x, y)} in pixels of the picture; the cell of the finest map
    that holds this pixel is shown. width: pixels of the picture's longer side in a panel. Returns a `Picture` that
    describes, for each position, how its weight is shared out.

    Taught in notebooks/05_how_does_a_cell_read_many_scales.
    """
    pixels = load_image(image)
    points, weights = (np.asarray(part.detach().cpu())[0] for part in (seen.points, seen.weights))
    sizes = [(int(h), int(w)) for h, w in sizes]
    if not places or len(points) != sum(h * w for h, w in sizes) or points.shape[2] != len(sizes):
        raise UserError(
            f"seen must have one position for each cell of maps of the sizes {sizes}, and places at least one title, "
            f"got {len(points)} positions with {points.shape[2]} maps: pass the sizes of the maps that were read"
        )
    order = sorted(range(len(sizes)), key=lambda level: sizes[level])  # coarse to fine
    numbers = {one_line(str(name)): _number(point, name, sizes, order[-1], pixels) for name, point in places.items()}
    H, W = pixels.shape[:2]
    names = [f"map at 1/{round(H / sizes[level][0])}" for level in order]
    scale = width / max(H, W)
    wide, high = round(W * scale * (1 + 2 * BEYOND)), round(H * scale * (1 + 2 * BEYOND))
    columns = min(columns, len(numbers))
    lines = -(-len(numbers) // columns)
    total = columns * (wide + MARGIN) + MARGIN
    legend = ROW * (len(NOTES) + -(-(len(names) + 1) // _entries_a_line(total)))
    described = []
    with matplotlib.rc_context(STYLE):
        picture = Picture(total, lines * (high + TITLE + MARGIN) + MARGIN + legend, "")
        for panel, (name, number) in enumerate(numbers.items()):
            left = MARGIN + panel % columns * (wide + MARGIN)
            top = MARGIN + panel // columns * (high + TITLE + MARGIN)
            write_title(picture, name, left, top, span=wide)
            axes = _axes(picture, left, top + TITLE, wide, high)
            place = _cell_centre(number, sizes)
            _draw(axes, pixels, place, points[number], weights[number], order)
            described.append(f"{name}: {_in_words(place, points[number], weights[number], order, names, (W, H))}")
        _legend(picture, names, legend)
        picture.description = "What cells read. " + " ".join(described)
    return picture


def _draw(axes: Any, pixels: np.ndarray, place: np.ndarray, points: np.ndarray, weights: np.ndarray, order: list):
    """points: (heads, L, P, 2), weights: (heads, L, P). Light picture, so that marks stand out on any colour."""
    axes.add_patch(Rectangle((-BEYOND, -BEYOND), 1 + 2 * BEYOND, 1 + 2 * BEYOND, facecolor="#f4f4f4", zorder=0))
    light = (0.55 * pixels + 0.45 * 255).astype(np.uint8)
    axes.imshow(light, extent=(0, 1, 1, 0), interpolation="nearest", aspect="auto", zorder=1)
    axes.add_patch(Rectangle((0, 0), 1, 1, fill=False, edgecolor="#777777", linewidth=0.8))
    axes.set(xlim=(-BEYOND, 1 + BEYOND), ylim=(1 + BEYOND, -BEYOND))
    for position, level in enumerate(order):
        shape, colour = MARKS[position % len(MARKS)]
        where, weight = points[:, level].reshape(-1, 2), weights[:, level].ravel()
        axes.scatter(*where.T, s=8 + 420 * weight, marker=shape, color=colour, edgecolor="black", linewidth=0.8)
    for colour, line in (("white", 5.0), ("black", 2.2)):
        axes.plot(*place, marker="+", markersize=15, color=colour, markeredgewidth=line)


def _in_words(place, points, weights, order, names, size) -> str:
    share = weights / weights.sum()
    inside = ((points >= 0) & (points < 1)).all(-1)
    far = np.hypot(*((points - place) * size).transpose(3, 0, 1, 2))
    parts = [
        f"{name} {percent(float(share[:, level].sum()))}, {far[:, level].mean():.0f} pixels away on average"
        for name, level in zip(names, order, strict=True)
    ]
    return f"{'; '.join(parts)}; outside the picture {percent(float(share[~inside].sum()))} of the weight."


def _legend(picture: Picture, names: list[str], height: float) -> None:
    """The lowest `height` pixels: what the marks mean, in as many lines as the width asks for."""
    width, full = picture.get_size_inches() * DPI
    axes = picture.add_axes((0, 0, 1, height / full))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    entries = [(name, *MARKS[i % len(MARKS)]) for i, name in enumerate(names)] + [("the cell itself", "+", "black")]
    fit = _entries_a_line(width)
    for index, (name, shape, colour) in enumerate(entries):
        left, y = MARGIN + 8 + index % fit * ENTRY, height - ROW * (index // fit + 0.6)
        edge = {"markeredgecolor": "black"} if shape != "+" else {"markeredgewidth": 2.2}
        axes.plot(left, y, marker=shape, markersize=9, color=colour, linestyle="none", **edge)
        axes.text(left + 12, y, name, size=9, va="center_baseline")
    for line, words in enumerate(reversed(NOTES)):
        axes.text(MARGIN, ROW * (line + 0.45), words, size=9, va="center_baseline")


def _entries_a_line(width: float) -> int:
    return max(1, int((width - MARGIN) // ENTRY))


def _axes(picture: Picture, x: float, y: float, width: float, height: float) -> Any:
    total, full = picture.get_size_inches() * DPI
    axes = picture.add_axes((x / total, 1 - (y + height) / full, width / total, height / full))
    axes.set_axis_off()
    return axes


def _pair(point: Sequence[float], name: Any) -> tuple[float, float]:
    pair = [float(part) for part in point]
    if len(pair) != 2 or not np.isfinite(pair).all():
        raise UserError(f"the point of {name!r} must be two finite numbers (x, y), got {point!r}")
    return pair[0], pair[1]


def _number(point: Sequence[float], name: Any, sizes: list, finest: int, pixels: np.ndarray) -> int:
    """Which of all positions is the cell of the finest map that holds a pixel."""
    x, y = _pair(point, name)
    H, W = pixels.shape[:2]
    if not (0 <= x < W and 0 <= y < H):
        raise UserError(f"the pixel of {name!r} must be within the picture of {W} x {H}, got {(x, y)}")
    h, w = sizes[finest]
    return sum(a * b for a, b in sizes[:finest]) + int(y * h / H) * w + int(x * w / W)


def _cell_centre(number: int, sizes: list) -> np.ndarray:
    for h, w in sizes:
        if number < h * w:
            return np.array([(number % w + 0.5) / w, (number // w + 0.5) / h])
        number -= h * w
    raise ValueError(number)

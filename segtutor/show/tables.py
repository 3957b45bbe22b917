"""`costs`: a matrix of numbers as a picture, each number written into its cell and chosen cells outlined.

The colours run from light to dark with the value (viridis, which keeps its order for colour-blind readers and in
grey), and the number stands in each cell, so that nobody has to judge by the colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle

from segtutor.errors import UserError
from segtutor.show.picture import DPI, MARGIN, STYLE, TITLE, Picture, write_title
from segtutor.show.words import one_line

CELL, LINE = 46, 24  # pixels
MOST = 40


def costs(
    matrix: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    chosen: Iterable[tuple[int, int]] = (),
    title: str | None = None,
    digits: int = 1,
) -> Picture:
    """Show a matrix with its numbers; the chosen cells, such as those of an assignment, have a frame and bold numbers.

    matrix: (n, m) numbers, a tensor or array; infinite ones are shown as a dash. rows, columns: n and m names, at
    most 40 each. chosen: pairs (row, column). digits: behind the point. Returns a `Picture`.
    Raises UserError where names, pairs and matrix do not fit.

    Taught in notebooks/03_why_not_classify_masks_instead.
    """
    values = np.asarray(matrix.detach().cpu() if hasattr(matrix, "detach") else matrix, float)
    pairs = [(int(row), int(column)) for row, column in chosen]
    if values.ndim != 2 or values.shape != (len(rows), len(columns)) or not 0 < max(values.shape) <= MOST:
        raise UserError(
            f"a matrix must have one name for each row and column and at most {MOST} of each, got {values.shape} with "
            f"{len(rows)} and {len(columns)} names: show a part of it"
        )
    wrong = [pair for pair in pairs if not (0 <= pair[0] < len(rows) and 0 <= pair[1] < len(columns))]
    if wrong:
        raise UserError(f"the chosen pair must be a row and a column of {values.shape}, got {wrong[0]}")
    left = 16 + 7 * max(len(one_line(str(name))) for name in rows)
    # long names stand slanted, so the columns stay narrow
    longest = max(len(one_line(str(name))) for name in columns)
    slanted = 7 * longest > CELL
    head = 12 + 5 * longest if slanted else LINE
    top = (TITLE if title else 0) + head
    width = left + CELL * len(columns) + 2 * MARGIN + (head if slanted else 0)
    height = top + LINE * len(rows) + 2 * MARGIN
    with matplotlib.rc_context(STYLE):
        picture = Picture(width, height, _in_words(values, rows, columns, pairs, title))
        write_title(picture, title, MARGIN, MARGIN, span=width - 2 * MARGIN)
        box = (MARGIN + left, MARGIN, CELL * len(columns), LINE * len(rows))  # x, from below, width, height
        axes = picture.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        _draw(axes, values, pairs, digits)
        size = picture.get_size_inches() * DPI
        for row, name in enumerate(rows):
            y = (MARGIN + LINE * (len(rows) - row - 0.5)) / size[1]
            picture.text((MARGIN + left - 8) / size[0], y, one_line(str(name)), ha="right", va="center", size=9)
        for column, name in enumerate(columns):
            x = (MARGIN + left + CELL * (column + 0.5)) / size[0]
            y = (MARGIN + LINE * len(rows) + 5) / size[1]
            turned = {"rotation": 40, "ha": "left", "rotation_mode": "anchor"} if slanted else {"ha": "center"}
            picture.text(x, y, one_line(str(name)), va="bottom", size=9, parse_math=False, **turned)
    return picture


def _draw(axes: Any, values: np.ndarray, pairs: list[tuple[int, int]], digits: int) -> None:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    colours = matplotlib.colormaps["viridis"].reversed()
    shares = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    axes.imshow(np.where(np.isfinite(values), shares, np.nan), cmap=colours, vmin=0, vmax=1, aspect="auto")
    axes.set_axis_off()
    for (row, column), value in np.ndenumerate(values):
        known = np.isfinite(value)
        dark = known and shares[row, column] > 0.45
        weight = "bold" if (row, column) in pairs else "normal"
        text = f"{value:.{digits}f}" if known else "-"
        ink = "white" if dark else "black"
        axes.text(column, row, text, ha="center", va="center", size=9, color=ink, weight=weight)
    for row, column in pairs:
        for colour, line in (("white", 4.5), ("#d55e00", 2.5)):  # seen on light and on dark cells
            frame = Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, fill=False, edgecolor=colour, linewidth=line)
            axes.add_patch(frame)


def _in_words(values: np.ndarray, rows: Sequence[str], columns: Sequence[str], pairs: list, title: str | None) -> str:
    words = f"{one_line(title)}. " if title else ""
    words += f"A matrix of {len(rows)} rows and {len(columns)} columns"
    finite = values[np.isfinite(values)]
    if finite.size:
        words += f", numbers from {finite.min():.2f} to {finite.max():.2f}"
    if pairs:
        named = [f"{one_line(str(rows[r]))} with {one_line(str(columns[c]))} ({values[r, c]:.2f})" for r, c in pairs]
        words += f"; chosen: {', '.join(named)}"
    return words + "."

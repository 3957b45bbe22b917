"""`lines`, `intervals` and `reliability`: numbers over numbers, and numbers with how sure they are, as pictures.

A line has a colour (Okabe and Ito's), a dash and a mark of its own, so that no reader depends on colour; the words of
a picture give the values that its lines pass through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np

from segtutor.errors import UserError
from segtutor.show.picture import DPI, MARGIN, STYLE, TITLE, Picture, write_title
from segtutor.show.words import one_line

STYLES = (("#0072b2", "-", "o"), ("#d55e00", "--", "s"), ("#009e73", "-.", "^"), ("#555555", ":", "D"))
LEFT, BELOW, INTERVAL = 68, 46, 30  # pixels: for the numbers of the axes, and the height of one interval
_GRID, _MOST_TOLD = "#dddddd", 8


def lines(
    series: Mapping[str, tuple[Any, Any]],
    *,
    x: str,
    y: str,
    title: str | None = None,
    steps: Sequence[str] = (),
    marks: bool = True,
    limits: tuple[float, float] | None = None,
    width: int = 560,
    height: int = 320,
) -> Picture:
    """Draw one to four lines over a common axis.

    series: {name: (x values, y values)}, each pair of one length. x, y: what the axes say. steps: names of lines that
    fall in steps: a value holds from the x before it up to its own. marks: a mark at each value. limits: of the y
    axis. width, height: of the plot in pixels. Returns a `Picture`. Raises UserError where lengths or names do not fit.

    Taught in notebooks/10_what_does_the_score_mean.
    """
    if not isinstance(series, Mapping) or not 0 < len(series) <= len(STYLES):
        raise UserError(f"lines must be a dictionary of 1 to {len(STYLES)}, got {len(series)}: draw a part of them")
    known = {str(name): (np.asarray(pair[0], float), np.asarray(pair[1], float)) for name, pair in series.items()}
    for name, (across, up) in known.items():
        if across.ndim != 1 or across.shape != up.shape or not across.size:
            raise UserError(
                f"x and y of {name!r} must have the same length, got shapes {across.shape} and {up.shape}: pass "
                "{name: (x values, y values)}"
            )
    if unknown := set(steps) - set(known):
        raise UserError(f"steps must have names of {sorted(known)}, got {sorted(unknown)}")
    top = TITLE if title else 0
    with matplotlib.rc_context(STYLE):
        picture = Picture(width + LEFT + 2 * MARGIN, height + BELOW + top + 2 * MARGIN, _in_words(known, x, y, title))
        write_title(picture, title, MARGIN, MARGIN, span=width + LEFT)
        axes = _axes(picture, LEFT + MARGIN, top + MARGIN, width, height)
        for (name, (across, up)), (colour, dash, mark) in zip(known.items(), STYLES, strict=False):
            how = {"drawstyle": "steps-pre"} if name in steps else {}
            shown = mark if marks and name not in steps else ""
            axes.plot(across, up, color=colour, linestyle=dash, marker=shown, markersize=5, label=one_line(name), **how)
        axes.set(xlabel=one_line(x), ylabel=one_line(y))
        if limits is not None:
            axes.set_ylim(*limits)
        axes.legend(frameon=True, framealpha=0.9, edgecolor=_GRID, fontsize=9)
    return picture


def intervals(
    rows: Mapping[str, tuple[float, float, float]],
    *,
    x: str,
    title: str | None = None,
    reference: float | None = None,
    width: int = 420,
) -> Picture:
    """Draw numbers with their intervals, one below the other.

    rows: {name: (value, low, high)} with low <= high, at most 20. x: what the axis says. reference: where to draw a
    line from top to bottom, such as 0 for differences. width: of the plot in pixels. Returns a `Picture`.

    Taught in notebooks/10_what_does_the_score_mean.
    """
    known = {one_line(str(name)): tuple(float(part) for part in row) for name, row in rows.items()}
    if not 0 < len(known) <= 20 or any(len(row) != 3 or not row[1] <= row[2] for row in known.values()):
        raise UserError(f"rows must be 1 to 20 of (value, low, high) with low <= high, got {len(known)}")
    left, top = 20 + 7 * max(map(len, known)), TITLE if title else 0
    height = INTERVAL * len(known)
    words = f"{one_line(title)}. " if title else ""
    words += "; ".join(f"{name}: {v:.1f}, from {low:.1f} to {high:.1f}" for name, (v, low, high) in known.items())
    with matplotlib.rc_context(STYLE):
        picture = Picture(width + left + 2 * MARGIN, height + BELOW + top + 2 * MARGIN, f"{words} ({one_line(x)}).")
        write_title(picture, title, MARGIN, MARGIN, span=width + left)
        axes = _axes(picture, left + MARGIN, top + MARGIN, width, height)
        for place, (value, low, high) in enumerate(known.values()):
            axes.plot((low, high), (place, place), color="#0072b2", linewidth=3, solid_capstyle="butt")
            axes.plot(value, place, marker="o", markersize=8, color="#d55e00", markeredgecolor="black")
        axes.set(ylim=(len(known) - 0.5, -0.5), yticks=range(len(known)), yticklabels=known, xlabel=one_line(x))
        axes.grid(axis="y", visible=False)
        if reference is not None:
            axes.axvline(reference, color="#444444", linestyle="--", linewidth=1.2)
    return picture


def reliability(found: Any, *, title: str | None = None, width: int = 360) -> Picture:
    """Draw a reliability diagram: of each bin of scores the share of segments that are right, over their mean score.

    found: of `segtutor.metrics.calibration`. Bars say how often a score of this bin is right, the line what would be
    honest, numbers how many segments a bin holds; width: of the plot in pixels. Returns a `Picture`. Raises UserError
    for another type.
    """
    names = ("edges", "count", "score", "right", "error")
    if not all(hasattr(found, name) for name in names):
        raise UserError(
            f"calibration must be a Calibration, got a {type(found).__name__}: pass st.metrics.calibration(pairs, "
            "categories)"
        )
    filled = np.flatnonzero(found.count)
    words = f"{one_line(title)}. " if title else ""
    words += f"Reliability of {int(found.count.sum())} segments, calibration error {100 * found.error:.1f} points"
    for place in filled:
        words += (
            f". Score {found.score[place]:.2f}: {100 * found.right[place]:.0f} % of {int(found.count[place])} right"
        )
    top = TITLE if title else 0
    with matplotlib.rc_context(STYLE):
        picture = Picture(width + LEFT + 2 * MARGIN, width + BELOW + top + 2 * MARGIN, words + ".")
        write_title(picture, title, MARGIN, MARGIN, span=width + LEFT)
        axes = _axes(picture, LEFT + MARGIN, top + MARGIN, width, width)
        left, wide = found.edges[:-1][filled], np.diff(found.edges)[filled]
        axes.bar(
            left, found.right[filled], wide, align="edge", color="#56b4e9", edgecolor="black", label="right, IoU > 0.5"
        )
        axes.plot((0, 1), (0, 1), color="#444444", linestyle="--", linewidth=1.2, label="honest")
        axes.plot(
            found.score[filled],
            found.right[filled],
            color="#d55e00",
            linestyle="none",
            marker="o",
            label="at the mean score",
        )
        for place, at, span in zip(filled, left, wide, strict=True):
            axes.text(at + span / 2, 0.01, str(found.count[place]), ha="center", va="bottom", fontsize=8)
        axes.set(
            xlim=(0, 1), ylim=(0, 1.02), xlabel="score (in the bars: how many segments)", ylabel="share that is right"
        )
        axes.legend(frameon=True, framealpha=0.9, edgecolor=_GRID, fontsize=9, loc="upper left")
    return picture


def _axes(picture: Picture, x: float, y: float, width: float, height: float) -> Any:
    """Axes of this many pixels, their upper left corner at (x, y) from the figure's."""
    total, full = picture.get_size_inches() * DPI
    axes = picture.add_axes((x / total, 1 - (y + height) / full, width / total, height / full))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9, color="#888888")
    return axes


def _in_words(series: Mapping[str, tuple[np.ndarray, np.ndarray]], x: str, y: str, title: str | None) -> str:
    words = f"{one_line(title)}. " if title else ""
    words += f"{len(series)} line{'s' * (len(series) > 1)}, {one_line(y)} over {one_line(x)}"
    for name, (across, up) in series.items():
        told = np.unique(np.linspace(0, len(up) - 1, min(_MOST_TOLD, len(up))).round().astype(int))
        values = ", ".join(f"{up[i]:.3g} at {across[i]:.3g}" for i in told)
        words += f". {one_line(name)}: {values}"
    return words + "."

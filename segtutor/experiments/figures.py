"""The figures of the claims: every seed is drawn, thin or as a dot, and their mean thick.

    curves     score over the share of the budget (or over CPU-minutes) while the arms learn
    dots       arms side by side, a dot a seed, a bar at the mean
    over       score over a number: of classes, queries, pictures; a line an arm

All are `Picture`s of segtutor.show, whose words name each mean and its seeds' range. Arms differ in colour, dash and
mark, so that no reader depends on colour.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from PIL import Image

from segtutor.errors import UserError
from segtutor.experiments.arms import Arm
from segtutor.experiments.claim import Runs
from segtutor.show.picture import MARGIN, STYLE, TITLE, Picture, write_title
from segtutor.show.plots import BELOW, LEFT, STYLES, _axes

WIDTH, HEIGHT, ROW, PANEL = 430, 270, 30, 250  # pixels
SPREAD = 6  # pixels between the dots of two seeds in `dots`


def curves(runs: Runs, arms: Mapping[str, Arm], key: str, y: str, title: str, *, against: str = "share") -> Picture:
    """The score of each arm while it learns, its last point what was measured in the end.

    key: "pq" or "miou", what the curves of these arms hold. y: the name of the score. against: "share" of the steps,
    or "minutes" of one CPU core, for arms whose steps cost differently.
    """
    series = {}
    for name, arm in arms.items():
        share, scores = runs.curve(arm)
        across = np.append(share, 1.0)
        if against == "minutes":
            across = across * np.mean([runs.of(arm, seed)["cpu_minutes"] for seed in runs.seeds])
        else:
            across = 100 * across
        series[name] = (across, np.column_stack([scores, runs.measured(arm, key)]))
    x = {"share": "steps, % of the budget", "minutes": "CPU-minutes"}[against]
    return over(series, x=x, y=f"{y}, %", title=title)


def over(
    series: Mapping[str, tuple[Any, Any]],
    *,
    x: str,
    y: str,
    title: str,
    ticks: Sequence[float] | None = None,
    log: bool = True,
) -> Picture:
    """Lines over a number. series: {name: (x values (n,), scores (seeds, n))}, one to four.

    ticks: where the numbers of the x axis stand; it is then logarithmic, unless log=False.
    """
    if not 0 < len(series) <= len(STYLES):
        raise UserError(f"lines must be 1 to {len(STYLES)}, got {len(series)}: draw a part of them")
    known = {name: (np.asarray(a, float), np.atleast_2d(np.asarray(s, float))) for name, (a, s) in series.items()}
    words = f"{title}. {y} over {x}"
    for name, (across, scores) in known.items():
        said = ", ".join(f"{_told(scores[:, i])} at {across[i]:.3g}" for i in range(len(across)))
        words += f". {name}: {said}"
    with matplotlib.rc_context(STYLE):
        picture = Picture(WIDTH + LEFT + 2 * MARGIN, HEIGHT + BELOW + TITLE + 2 * MARGIN, f"{words}.")
        write_title(picture, title, MARGIN, MARGIN, span=WIDTH + LEFT)
        axes = _axes(picture, LEFT + MARGIN, TITLE + MARGIN, WIDTH, HEIGHT)
        for (name, (across, scores)), (colour, dash, mark) in zip(known.items(), STYLES, strict=False):
            for seed in scores if len(scores) > 1 else ():
                axes.plot(across, seed, color=colour, linestyle="-", linewidth=0.8, alpha=0.45)
            axes.plot(
                across,
                scores.mean(0),
                color=colour,
                linestyle=dash,
                marker=mark,
                linewidth=2.2,
                markersize=6,
                label=name,
            )
        if ticks is not None:
            axes.set_xscale("log" if log else "linear")
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        axes.set(xlabel=x, ylabel=y)
        axes.margins(y=0.08 * len(known))  # room for the legend beside the lines
        axes.legend(frameon=True, framealpha=0.9, edgecolor="#dddddd", fontsize=9)
    return picture


def dots(panels: Mapping[str, Mapping[str, Any]], *, title: str) -> Picture:
    """Numbers side by side, a dot a seed. panels: {what: {arm: one number a seed}}; every panel has its own axis.

    The arms are the same in every panel, and keep their colour and mark.
    """
    names = list(next(iter(panels.values())))
    if not names or any(list(rows) != names for rows in panels.values()):
        raise UserError(f"panels must have the same arms, got {[list(rows) for rows in panels.values()]}")
    left = 20 + 7 * max(map(len, names))
    height, wide = ROW * len(names) + 16, PANEL if len(panels) > 1 else WIDTH
    words = ". ".join(
        f"{what}: " + ", ".join(f"{name} {_told(np.asarray(values, float))}" for name, values in rows.items())
        for what, rows in panels.items()
    )
    with matplotlib.rc_context(STYLE):
        whole = left + len(panels) * (wide + 2 * MARGIN)
        picture = Picture(whole + 2 * MARGIN, height + BELOW + TITLE + 2 * MARGIN, f"{title}. {words}.")
        write_title(picture, title, MARGIN, MARGIN, span=whole)
        for column, (what, rows) in enumerate(panels.items()):
            x = left + MARGIN + column * (wide + 2 * MARGIN)
            axes = _axes(picture, x, TITLE + MARGIN, wide, height)
            for place, values in enumerate(rows.values()):
                colour, _, mark = STYLES[place % len(STYLES)]
                seeds = np.asarray(values, float)
                offsets = (np.arange(len(seeds)) - (len(seeds) - 1) / 2) * SPREAD / ROW
                axes.plot([seeds.mean()] * 2, [place - 0.38, place + 0.38], color=colour, linewidth=3)
                axes.plot(seeds, place + offsets, linestyle="", marker=mark, color=colour, markeredgecolor="black")
            axes.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), xlabel=what)
            axes.set_yticklabels(names if not column else [""] * len(names))
            axes.grid(axis="y", visible=False)
            axes.margins(x=0.12)
    return picture


def small_png(picture: Picture) -> bytes:
    """The content of a PNG file of 64 colours, which lines and dots do not need more of: a third of the bytes."""
    shown = Image.open(io.BytesIO(picture.to_png())).convert("RGB")
    buffer = io.BytesIO()
    shown.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _told(values: np.ndarray) -> str:
    """ "44.8", or "44.8 (43.9 to 45.6)" of several seeds."""
    if values.size == 1:
        return f"{values.item():.1f}"
    return f"{values.mean():.1f} ({values.min():.1f} to {values.max():.1f})"

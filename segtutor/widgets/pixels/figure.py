"""The still figure of PixelExplorer: two predictions above, below them what both models say about each chosen pixel."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np

from segtutor.show.picture import DPI, MARGIN, STYLE, TITLE, Picture, place, write_title

_PANEL, _BARS = 300, 136  # pixels: the width of a picture, the height of one pixel's row of bars
_NAMES = 130
_ROWS = 4


def pixels_figure(still: np.ndarray, readings: list[dict[str, Any]], description: str) -> Picture:
    """still: (H, 2 W + 4, 3) uint8, both predictions. readings: what `PixelExplorer.read` gives, one a pixel."""
    from PIL import Image

    width = 2 * _PANEL + 4 * MARGIN
    height = round(still.shape[0] * width / still.shape[1])
    shown = np.asarray(Image.fromarray(still).resize((width, height), Image.Resampling.NEAREST))
    with matplotlib.rc_context(STYLE):
        picture = Picture(
            width + 2 * MARGIN, height + TITLE + 2 * MARGIN + len(readings) * (_BARS + TITLE), description
        )
        half = width / 2
        write_title(picture, "classify pixels", MARGIN, MARGIN, span=half)
        write_title(picture, "classify masks", MARGIN + half, MARGIN, span=half)
        axes = place(picture, shown, MARGIN, MARGIN + TITLE)
        columns = (still.shape[1] - 4) // 2
        for number, reading in enumerate(readings, 1):
            for left in (0, columns + 4):
                x, y = (
                    (one + 0.5) * height / still.shape[0] for one in (reading["pixel"][0] + left, reading["pixel"][1])
                )
                box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "black", "linewidth": 0.8}
                axes.text(x + 14, y - 12, str(number), ha="center", va="center", size=8, color="black", bbox=box)
        for number, reading in enumerate(readings):
            top = height + TITLE + 2 * MARGIN + number * (_BARS + TITLE)
            x, y = reading["pixel"]
            write_title(picture, f"{number + 1}: pixel ({x}, {y}), classes", MARGIN, top, span=half - MARGIN)
            write_title(picture, "queries: score × mask probability", MARGIN + half, top, span=half)
            classes = [(one["class"], one["probability"]) for one in reading["per_pixel"][:_ROWS]]
            claims = [(f"{one['query']} {one['class']}", one["claim"]) for one in reading["claims"][:_ROWS]]
            for left, bars in ((MARGIN, classes), (MARGIN + half, claims)):
                _draw_bars(picture, bars, left + _NAMES, top + TITLE, half - _NAMES - 5 * MARGIN)
    return picture


def _draw_bars(picture: Picture, bars: list[tuple[str, float]], x: float, y: float, span: float) -> None:
    width, height = picture.get_size_inches() * DPI
    depth = _BARS - 4 * MARGIN
    axes = picture.add_axes((x / width, 1 - (y + depth) / height, span / width, depth / height))
    values = [value for _, value in bars]
    axes.barh(range(len(bars)), values, color="#0072b2", height=0.62)
    axes.set(xlim=(0, 1), yticks=range(len(bars)), ylim=(len(bars) - 0.4, -0.6))
    axes.set_yticklabels([name if len(name) <= 20 else f"{name[:19]}…" for name, _ in bars], size=9)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(labelsize=8, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for row, value in enumerate(values):
        axes.text(min(value, 1) + 0.02, row, f"{value:.2f}", va="center", size=9)

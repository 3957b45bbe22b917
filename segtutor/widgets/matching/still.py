"""The cost matrix as an array, for pages that run no widgets: drawn in milliseconds, without matplotlib."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from segtutor.show.draw import _CIVIDIS

CELL = (48, 22)  # pixels, (width, height)


def cell_colors(matrix: np.ndarray) -> np.ndarray:
    """(Q, N, 3) uint8: cividis from light (the least) to dark (the greatest)."""
    low, high = float(matrix.min()), float(matrix.max())
    shares = 1 - np.sqrt((matrix - low) / max(high - low, 1e-12))  # the root tells small costs apart
    steps = np.linspace(0, 1, len(_CIVIDIS))
    return np.rint(np.stack([np.interp(shares, steps, channel) for channel in _CIVIDIS.T], axis=-1)).astype(np.uint8)


def matrix_picture(matrix: np.ndarray, chosen: Iterable[tuple[int, int]]) -> np.ndarray:
    """(H, W, 3) uint8 of a (Q, N) matrix with its numbers; chosen: (row, column) of the cells that are framed."""
    colors = cell_colors(matrix)
    width, height = CELL
    picture = Image.fromarray(colors.repeat(height, 0).repeat(width, 1))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    for (row, column), value in np.ndenumerate(matrix):
        ink = "black" if colors[row, column] @ (0.2126, 0.7152, 0.0722) > 118 else "white"
        place = (column * width + width / 2, row * height + height / 2)
        pen.text(place, f"{value:.2f}", fill=ink, font=font, anchor="mm")
    for row, column in chosen:
        x, y = column * width, row * height
        for inset, ink in ((0, "white"), (1, "#d55e00"), (2, "#d55e00"), (3, "white")):
            pen.rectangle((x + inset, y + inset, x + width - 1 - inset, y + height - 1 - inset), outline=ink)
    return np.asarray(picture)

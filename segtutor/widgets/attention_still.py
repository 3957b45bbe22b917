"""AttentionExplorer without a browser: its view as an array, and as a figure with a text alternative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segtutor.show.draw import mask_heatmap
from segtutor.show.figures import gallery
from segtutor.show.picture import Picture
from segtutor.show.words import percent

if TYPE_CHECKING:
    from segtutor.widgets.attention import AttentionExplorer

MARKS = ((0, 114, 178), (213, 94, 0), (240, 228, 66), (204, 121, 167))  # as in show/reading_points.py, coarse to fine
_GAP = 4


def still(explorer: AttentionExplorer) -> np.ndarray:
    """(H, W, 3) uint8; in the view "cross" with and without the mask side by side, unless one is chosen."""
    if explorer.view == "sampling":
        return _points(explorer)
    if explorer.view == "self":
        return _matrix(explorer)
    if explorer.masked is not None or not explorer.reading["masked"]:
        return _heat(explorer, explorer.masked is not False, explorer.head)
    gap = np.full((explorer.size[0], _GAP, 3), 255, np.uint8)
    return np.hstack([_heat(explorer, True, explorer.head), gap, _heat(explorer, False, explorer.head)])


def figure(explorer: AttentionExplorer) -> Picture:
    """The view, and in "cross" each head below it, as the layer ran and without the mask."""
    if explorer.view != "cross":
        name = "points that a place reads" if explorer.view == "sampling" else "rows look at columns, by class"
        return gallery([still(explorer)], [name], columns=1, width=420, description=explorer.sentence())
    titles, pictures = [], []
    ways = (True, False) if explorer.reading["masked"] else (True,)
    for head in (None, *range(explorer.heads["decoder"])):
        for masked in ways:
            name = "mean" if head is None else f"head {head + 1}"
            how = (", masked" if masked else ", free") if len(ways) > 1 else ""
            titles.append(f"{name}{how} ({percent(float(explorer.weights_of(masked, head).max()))})")
            pictures.append(_heat(explorer, masked, head))
    return gallery(pictures, titles, columns=4, width=170, description=explorer.sentence())


def _heat(explorer: AttentionExplorer, masked: bool, head: int | None) -> np.ndarray:
    weights = explorer.weights_of(masked, head)
    panel = mask_heatmap(explorer._image, _spread(weights / weights.max(), explorer), threshold=None)
    layer = explorer._seen.layers[explorer.layer]
    if layer.inside is not None:
        inside = layer.inside[explorer.query].reshape(layer.size).cpu().numpy()
        if inside.any():
            ids = _spread(inside, explorer)
            border = (ids != np.roll(ids, 1, 0)) | (ids != np.roll(ids, 1, 1))
            border[0], border[:, 0] = False, False
            panel[border] = 255
    return panel


def _spread(maps: np.ndarray, explorer: AttentionExplorer) -> np.ndarray:
    """(h, w) -> (H, W): each place becomes a block; padding falls away."""
    rows, columns = (
        ((np.arange(to) + 0.5) / to * part * have).astype(int).clip(0, have - 1)
        for to, part, have in zip(explorer.size, explorer.extent, maps.shape, strict=True)
    )
    return maps[np.ix_(rows, columns)]


def _points(explorer: AttentionExplorer) -> np.ndarray:
    """Squares on the lightened picture, their area the weight; those outside it are left out. A cross at the place."""
    panel = (0.55 * explorer._image + 0.45 * 255).astype(np.uint8)
    height, width = explorer.size
    for point in sorted(explorer.points(), key=lambda one: -one["weight"]):
        x, y = int(point["x"]), int(point["y"])
        if not (0 <= x < width and 0 <= y < height):
            continue
        radius = max(1, round(max(explorer.size) / 36 * point["weight"] ** 0.5))
        for reach, color in ((radius + 1, (0, 0, 0)), (radius, MARKS[point["level"] % len(MARKS)])):
            panel[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = color
    x, y = explorer.pixel or [width // 2, height // 2]
    arm = max(4, max(explorer.size) // 24)
    panel[max(0, y - arm) : y + arm + 1, x] = 0
    panel[y, max(0, x - arm) : x + arm + 1] = 0
    return panel


def _matrix(explorer: AttentionExplorer) -> np.ndarray:
    """Queries at queries, sorted by class; yellow is the largest weight. At the edges the colours of the classes."""
    rows = explorer._seen.layers[explorer.layer].among.weights()
    weights = (rows.mean(0) if explorer.head is None else rows[min(explorer.head, len(rows) - 1)]).cpu().numpy()
    order = explorer.queries["by_class"]
    weights = weights[np.ix_(order, order)]
    colors = [explorer.classes[label]["color"] if label < len(explorer.classes) else (128, 128, 128)
              for label in (explorer.queries["labels"][query] for query in order)]  # fmt: skip
    cell = max(1, 360 // (len(order) + 1))
    heat = mask_heatmap(np.zeros((*weights.shape, 3), np.uint8), weights / weights.max(), alpha=1, threshold=None)
    panel = np.full((len(order) + 1, len(order) + 1, 3), 255, np.uint8)
    panel[1:, 1:], panel[0, 1:], panel[1:, 0] = heat, colors, colors
    return panel.repeat(cell, 0).repeat(cell, 1)

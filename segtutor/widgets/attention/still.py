"""AttentionExplorer without a browser: its view as an array, and as a figure with a text alternative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segtutor.show.draw import enlarge, mask_heatmap
from segtutor.show.figures import gallery
from segtutor.show.picture import Picture
from segtutor.show.words import percent

if TYPE_CHECKING:
    from segtutor.widgets.attention.explorer import AttentionExplorer

MARKS = ((0, 114, 178), (213, 94, 0), (240, 228, 66), (204, 121, 167))  # as in show/reading_points.py, coarse to fine
SHAPES = ("squares", "triangles", "circles", "diamonds")
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
    if explorer.view == "sampling":
        marks = ", ".join(
            f"{name} 1/{stride}" for name, stride in zip(SHAPES, explorer.encoder["strides"], strict=False)
        )
        return gallery([still(explorer)], [marks], columns=1, width=400, description=explorer.sentence())
    if explorer.view == "self":
        most = percent(float(_among(explorer).max()))
        title = f"rows look at columns, by class; yellow: {most}"
        return gallery([still(explorer)], [title], columns=1, width=400, description=explorer.sentence())
    titles, pictures = [], []
    ways = (True, False) if explorer.reading["masked"] else (True,)
    for head in (None, *range(explorer.heads["decoder"])):
        for masked in ways:
            name = "mean" if head is None else f"head {head + 1}"
            how = (", masked" if masked else ", free") if len(ways) > 1 else ""
            titles.append(f"{name}{how}: {percent(float(explorer.weights_of(masked, head).max()))}")
            pictures.append(enlarge(_heat(explorer, masked, head), _factor(explorer)))
    return gallery(pictures, titles, columns=4, width=192, description=explorer.sentence())


def _heat(explorer: AttentionExplorer, masked: bool, head: int | None) -> np.ndarray:
    weights = explorer.weights_of(masked, head)
    panel = mask_heatmap(explorer._image, _spread(weights / max(float(weights.max()), 1e-12), explorer), threshold=None)
    layer = explorer._seen.layers[explorer._at]
    if layer.inside is not None:
        inside = layer.inside[explorer.query].reshape(layer.size).cpu().numpy()
        if inside.any():
            ids = _spread(inside, explorer)
            border = (ids != np.roll(ids, 1, 0)) | (ids != np.roll(ids, 1, 1))
            border[0], border[:, 0] = False, False
            panel[border] = 255
    return panel


def _spread(maps: np.ndarray, explorer: AttentionExplorer) -> np.ndarray:
    """(h, w) -> (H, W): each position becomes a block; padding falls away."""
    rows, columns = (
        ((np.arange(to) + 0.5) / to * part * have).astype(int).clip(0, have - 1)
        for to, part, have in zip(explorer.size, explorer.extent, maps.shape, strict=True)
    )
    return maps[np.ix_(rows, columns)]


def _factor(explorer: AttentionExplorer) -> int:
    return max(1, 384 // max(explorer.size))


def _points(explorer: AttentionExplorer) -> np.ndarray:
    """Marks on the lightened, enlarged picture, their area the weight; none outside it. A cross: the pixel."""
    factor = _factor(explorer)
    panel = (0.55 * enlarge(explorer._image, factor) + 0.45 * 255).astype(np.uint8)
    height, width = panel.shape[:2]
    x, y = ((at * 2 + 1) * factor // 2 for at in explorer.pixel or [explorer.size[1] // 2, explorer.size[0] // 2])
    for thick, value in ((2, 255), (0, 0)):
        for dy, dx in ((thick, 14), (14, thick)):
            panel[max(0, y - dy) : y + dy + 1, max(0, x - dx) : x + dx + 1] = value
    rows, columns = np.mgrid[:height, :width]
    for point in sorted(explorer.points(), key=lambda one: -one["weight"]):
        left, down = columns - point["x"] * factor, rows - point["y"] * factor
        radius = 2.5 + 12 * point["weight"] ** 0.5
        for reach, color in ((radius + 1.5, (0, 0, 0)), (radius, MARKS[point["level"] % len(MARKS)])):
            panel[_shape(point["level"], left / reach, down / reach)] = color
    return panel


def _shape(level: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where a mark of radius 1 is: square, triangle, circle, diamond."""
    if level % 4 == 0:
        return np.maximum(abs(x), abs(y)) <= 0.9
    if level % 4 == 1:
        return (y <= 0.75) & (2 * abs(x) <= y + 1.15)
    if level % 4 == 2:
        return x**2 + y**2 <= 1
    return abs(x) + abs(y) <= 1.2


def _matrix(explorer: AttentionExplorer) -> np.ndarray:
    """Queries at queries, sorted by class; yellow is the largest weight. At the edges the colours of the classes."""
    order = explorer.queries["by_class"]
    weights = _among(explorer)[np.ix_(order, order)]
    colors = [explorer.classes[label]["color"] if label < len(explorer.classes) else (128, 128, 128)
              for label in (explorer.queries["labels"][query] for query in order)]  # fmt: skip
    cell = max(1, 360 // (len(order) + 1))
    heat = mask_heatmap(np.zeros((*weights.shape, 3), np.uint8), weights / weights.max(), alpha=1, threshold=None)
    panel = np.full((len(order) + 1, len(order) + 1, 3), 255, np.uint8)
    panel[1:, 1:], panel[0, 1:], panel[1:, 0] = heat, colors, colors
    return panel.repeat(cell, 0).repeat(cell, 1)


def _among(explorer: AttentionExplorer) -> np.ndarray:
    rows = explorer._seen.layers[explorer._at].among.weights()
    return (rows.mean(0) if explorer.head is None else rows[min(explorer.head, len(rows) - 1)]).cpu().numpy()

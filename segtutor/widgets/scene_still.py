"""The SceneEditor's panels as arrays and as a figure, in the colours that the browser paints (scene_panels.js).

A true segment has its class's colour, things of one class differ in lightness; a predicted segment that matches has
the colour of what it matches. False segments have a white lattice, missed ones an orange band along their border.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from scipy import ndimage

from segtutor.data.toytown import Scene, categories
from segtutor.metrics import match_segments
from segtutor.segments import Segmentation
from segtutor.show import contours, enlarge
from segtutor.show.draw import hatch
from segtutor.show.palette import Color, variant
from segtutor.show.picture import Picture
from segtutor.show.score_parts import COLORS

SHARE = 0.62  # of the colour over the picture
BAND = 2  # pixels of the picture


def colours(result: Segmentation) -> dict[int, Color]:
    """The colour of each segment id: things of one class differ in lightness."""
    seen: Counter = Counter()
    found = {}
    for segment in sorted(result.segments, key=lambda one: one.id):
        category = categories.by_id(segment.category_id)
        found[segment.id] = variant(category.color, seen[segment.category_id] if category.isthing else 0)
        seen[segment.category_id] += 1
    return found


def panels(scene: Scene, results: list[Segmentation], scale: int = 2) -> list[np.ndarray]:
    """The truth and each result painted over the scene, (scale H, scale W, 3) uint8."""
    image, truth = scene.render()
    image, of_truth = enlarge(image, scale), colours(truth)
    shown = [_painted(image, enlarge(truth.segment_ids, scale), of_truth)]
    for result in results:
        found = match_segments(result, truth)
        chosen = colours(result) | {match.prediction.id: of_truth[match.truth.id] for match in found.matches}
        ids = enlarge(result.segment_ids, scale)
        panel = _painted(image, ids, chosen)
        rows, columns = np.nonzero(np.isin(ids, [segment.id for segment in found.false]) & ~contours(ids))
        lattice = ((columns - rows) % 10 < 2) | ((columns + rows) % 10 < 2)
        panel[rows[lattice], columns[lattice]] = np.rint(0.25 * np.array(COLORS["false"]) + 0.75 * 255)
        for segment in found.missed:
            inside = truth.segment_ids == segment.id
            core = ndimage.binary_erosion(inside, np.ones((3, 3)), iterations=BAND, border_value=0)
            rows, columns = np.nonzero(enlarge(inside & ~core, scale))
            orange = np.array(COLORS["missed"])
            panel[rows, columns] = np.where(((columns - rows) % 10 < 3)[:, None], 0.35 * orange, orange)
        shown.append(panel)
    return shown


def _painted(image: np.ndarray, ids: np.ndarray, chosen: dict[int, Color]) -> np.ndarray:
    table = np.zeros((max(chosen, default=0) + 1, 3))
    for number, color in chosen.items():
        table[number] = color
    panel = np.rint(SHARE * table[ids] + (1 - SHARE) * image).astype(np.uint8)
    if (ids == 0).any():
        panel[ids == 0] = image[ids == 0]
        hatch(panel, ids == 0)
    panel[contours(ids)] = 20
    return panel


def told(scene: Scene, answers: list[dict[str, Any]]) -> str:
    """The scene's things and each network's quality, in words."""
    kinds = Counter(thing.kind for thing in scene.things)
    things = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "no things"
    sentences = [f"A ToyTown scene with {things}."]
    for one in answers:
        part = one["pq"]["all"]
        quality = "nothing to count" if part["pq"] is None else f"PQ {100 * part['pq']:.1f} %"
        sentences.append(
            f"{one['model']}: {quality}, {part['tp']} segments matched, "
            f"missed {_listed(one['missed'])}, false {_listed(one['false'])}."
        )
    return " ".join(sentences)


def _listed(names: list[str]) -> str:
    counted = Counter(names)
    return ", ".join(name if number == 1 else f"{number} {name}" for name, number in counted.items()) or "nothing"


def scene_figure(scene: Scene, results: list[Segmentation], answers: list[dict[str, Any]], description: str) -> Picture:
    """Scene, truth and answers under their titles, with each network's PQ."""
    from segtutor.show import gallery

    scale = max(1, 256 // scene.size)
    titles = ["scene", "truth"]
    for one in answers:
        quality = one["pq"]["all"]["pq"]
        titles.append(one["model"] + ("" if quality is None else f": PQ {100 * quality:.1f} %"))
    pictures = [enlarge(scene.draw()[0], scale), *panels(scene, results, scale)]
    return gallery(pictures, titles, columns=2, width=scale * scene.size, description=description)

"""The SceneEditor's panels as arrays and as a figure, in the colours that the browser paints (panels.js).

A true segment has its class's colour, things of one class differ in lightness; a predicted segment that matches has
the colour of what it matches. False segments have a white lattice, missed ones an orange band along their border.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from segtutor.data.toytown import Scene, categories
from segtutor.metrics import match_segments
from segtutor.segments import Segmentation
from segtutor.show import contours, enlarge
from segtutor.show.draw import hatch
from segtutor.show.palette import Color, variant
from segtutor.words import tr

if TYPE_CHECKING:
    from segtutor.show.picture import Picture

MISSED, FALSE = (230, 159, 0), (172, 70, 130)  # as in segtutor.show.score_parts, which takes matplotlib to import
SHARE = 0.62  # of the colour over the picture
BAND = 2  # pixels of the picture


def looks(result: Segmentation) -> dict[int, tuple[Color, str]]:
    """Colour and name of each segment id: things of one class differ in lightness and have a number."""
    of_class = Counter(segment.category_id for segment in result.segments)
    seen: Counter = Counter()
    found = {}
    for segment in sorted(result.segments, key=lambda one: one.id):
        category = categories.by_id(segment.category_id)
        number = seen[segment.category_id] if category.isthing else 0
        seen[segment.category_id] += 1
        several = category.isthing and of_class[segment.category_id] > 1
        found[segment.id] = (
            variant(category.color, number),
            f"{category.name} {number + 1}" if several else category.name,
        )
    return found


def answer_looks(result: Segmentation, truth: Segmentation) -> dict[int, tuple[Color, str]]:
    """The same for a prediction: what matches has the look of what it matches, what is false says so."""
    found, own, true = match_segments(result, truth), looks(result), looks(truth)
    matched = {match.prediction.id: true[match.truth.id] for match in found.matches}
    names = {segment.id: categories.by_id(segment.category_id).name for segment in found.false}
    return own | matched | {number: (own[number][0], f"false {name}") for number, name in names.items()}


def panels(scene: Scene, results: list[Segmentation], scale: int = 2) -> list[np.ndarray]:
    """The truth and each result painted over the scene, (scale H, scale W, 3) uint8."""
    image, truth = scene.render()
    image = enlarge(image, scale)
    shown = [_painted(image, enlarge(truth.segment_ids, scale), looks(truth))]
    for result in results:
        found = match_segments(result, truth)
        ids = enlarge(result.segment_ids, scale)
        panel = _painted(image, ids, answer_looks(result, truth))
        rows, columns = np.nonzero(np.isin(ids, [segment.id for segment in found.false]) & ~contours(ids))
        lattice = ((columns - rows) % 10 < 2) | ((columns + rows) % 10 < 2)
        panel[rows[lattice], columns[lattice]] = np.rint(0.25 * np.array(FALSE) + 0.75 * 255)
        for segment in found.missed:
            inside = truth.segment_ids == segment.id
            core = sliding_window_view(np.pad(inside, BAND), (2 * BAND + 1,) * 2).all(axis=(2, 3))
            rows, columns = np.nonzero(enlarge(inside & ~core, scale))
            orange = np.array(MISSED)
            panel[rows, columns] = np.where(((columns - rows) % 10 < 3)[:, None], 0.35 * orange, orange)
        shown.append(panel)
    return shown


def _painted(image: np.ndarray, ids: np.ndarray, chosen: dict[int, tuple[Color, str]]) -> np.ndarray:
    table = np.zeros((max(chosen, default=0) + 1, 3))
    for number, (color, _) in chosen.items():
        table[number] = color
    panel = np.rint(SHARE * table[ids] + (1 - SHARE) * image).astype(np.uint8)
    if (ids == 0).any():
        panel[ids == 0] = image[ids == 0]
        hatch(panel, ids == 0)
    panel[contours(ids)] = 20
    return panel


def told(scene: Scene, answers: list[dict[str, Any]], language: str = "en") -> str:
    """The scene's things and each network's quality, in words of a language."""
    kinds = Counter(tr(thing.kind, language) for thing in scene.things)
    things = ", ".join(tr("{n} {name}", language, n=number, name=kind) for kind, number in kinds.items())
    sentences = [tr("A ToyTown scene with {things}.", language, things=things or tr("no things", language))]
    for one in answers:
        part = one["pq"]["all"]
        percent = "" if part["pq"] is None else f"{100 * part['pq']:.1f} %"
        quality = tr("PQ {pq}", language, pq=percent) if percent else tr("nothing to count", language)
        sentences.append(
            tr(
                "{model}: {quality}, {n} segments matched, missed {missed}, false {false}.",
                language,
                model=one["model"],
                quality=quality,
                n=part["tp"],
                missed=_listed(one["missed"], language),
                false=_listed(one["false"], language),
            )
        )
    return " ".join(sentences)


def _listed(names: list[str], language: str = "en") -> str:
    counted = Counter(tr(name, language) for name in names)
    listed = [
        name if number == 1 else tr("{n} {name}", language, n=number, name=name) for name, number in counted.items()
    ]
    return ", ".join(listed) or tr("nothing", language)


def scene_figure(scene: Scene, results: list[Segmentation], answers: list[dict[str, Any]], description: str) -> Picture:
    """Scene, truth and predictions, two in a row, names in the segments; under each what is missed and false."""
    import matplotlib

    from segtutor.show.legend import Row
    from segtutor.show.picture import MARGIN, STYLE, TITLE, Picture, place, write_numbers, write_title

    scale = max(1, 300 // scene.size)
    side, truth = scale * scene.size, scene.render()[1]
    titles, words = ["scene", "truth"], [("", ""), ("", "")]
    named = [{}, looks(truth), *(answer_looks(result, truth) for result in results)]
    for one in answers:
        quality = one["pq"]["all"]["pq"]
        titles.append(one["model"] + ("" if quality is None else f": PQ {100 * quality:.1f} %"))
        words.append((f"missed: {_listed(one['missed'])}", f"false: {_listed(one['false'])}"))
    arrays = [enlarge(scene.draw()[0], scale), *panels(scene, results, scale)]
    maps = [truth.segment_ids, truth.segment_ids, *(result.segment_ids for result in results)]
    row = side + 2 * TITLE + 20 + MARGIN
    with matplotlib.rc_context(STYLE):
        picture = Picture(2 * (side + MARGIN) + MARGIN, -(-len(arrays) // 2) * row + MARGIN, description)
        for n, (title, array) in enumerate(zip(titles, arrays, strict=True)):
            x, y = MARGIN + n % 2 * (side + MARGIN), MARGIN + n // 2 * row
            write_title(picture, title, x, y, span=side)
            axes = place(picture, array, x, y + TITLE)
            for line, text in enumerate(words[n]):
                write_title(picture, text, x, y + TITLE + side + 4 + 20 * line, span=side)
            ids = enlarge(maps[n], scale)
            shown = [Row(name, None, (k,)) for k, (_, name) in enumerate(named[n].values())]
            write_numbers(axes, [ids == number for number in named[n]], shown, [line.text for line in shown])
    return picture

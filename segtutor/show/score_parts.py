"""Why a score is what it is: what panoptic quality counted in one picture, drawn in the truth and in the prediction.

Each kind has a colour (Okabe and Ito's, which people with any colour deficiency tell apart) and a pattern, so that
none depends on colours: blue and plain is matched, orange with stripes missed, purple with a lattice false, grey with
dots ignored. Void keeps the hatching that it has in every figure. The picture itself is grey beneath, and bare where
nothing is predicted.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.metrics.lost import Lost, shared_out
from segtutor.metrics.matching import SegmentMatches, match_segments
from segtutor.metrics.pairs import whole_pair
from segtutor.segments import Segment, Segmentation
from segtutor.show.draw import check, contours, hatch
from segtutor.show.figures import _resized, _target
from segtutor.show.legend import Row
from segtutor.show.picture import DPI, MARGIN, ROW, STYLE, TITLE, Picture, place, write_numbers, write_title
from segtutor.show.words import one_line, percent

COLORS = {"matched": (0, 114, 178), "missed": (230, 159, 0), "false": (172, 70, 130), "ignored": (120, 120, 120)}
MEANINGS = {
    "matched": " (pale where the other differs)",
    "missed": ": true, nothing matches it",
    "false": ": predicted, matches nothing",
    "ignored": ": crowd, or mostly on void or crowd",
    "void": ": counts nowhere",
    "bare": ": counts",
}


def why(image: Any, prediction: Segmentation, truth: Segmentation, *, rows: int = 8, width: int = 384) -> Picture:
    """Show what panoptic quality counted: matched, missed, false and ignored segments, and void, on both sides.

    image: whatever `segtutor.load_image` takes, of the size of the other two. rows: how many segments the list
    beneath names at most, the most expensive first: what each costs, in points of PQ of this picture. A number
    is written into its segments. Of a matched pair the pixels of only one side are pale: they are what its IoU is short
    of 100 %.
    width: pixels of each panel's longer side.

    Reads `segtutor.metrics.match_segments`, which panoptic quality itself counts. Returns a `Picture`.
    Raises UserError: no Segmentation, sizes differ, rows below 1.

    Taught in notebooks/10_what_does_the_score_mean.
    """
    if isinstance(rows, bool) or not isinstance(rows, (int, np.integer)) or rows < 1:
        raise UserError(f"rows (how many segments are named) must be a whole number of 1 or more, got {rows!r}")
    pixels = load_image(image)
    if isinstance(prediction, Segmentation) and isinstance(truth, Segmentation):
        prediction, truth = whole_pair(prediction, truth)
    found = match_segments(prediction, truth)
    for side in (prediction, truth):
        check(pixels, side, alpha=1, by="segment")
    parts = shared_out(found)
    costly = [part for part in parts if part.lost > 0]
    listed, rest = costly[:rows], costly[rows:]
    height, across = _target(pixels.shape[:2], width)
    grey = _resized(pixels, height, across) @ np.array([0.299, 0.587, 0.114])
    ground = np.repeat((0.6 * grey + 0.4 * 255)[..., None], 3, axis=2).astype(np.uint8)
    true_ids, predicted_ids = (_shrunk(side.segment_ids, height, across) for side in (truth, prediction))
    panels = _panels(found, ground, true_ids, predicted_ids)

    wide = max(across, 330)  # room for a line of the legend under a narrow picture
    entries = _counts(found, truth, prediction)
    legend_lines, total = -(-len(entries) // 2), 2 * wide + 3 * MARGIN
    beneath = 2 * TITLE + height + 2 * MARGIN
    body = ROW * (legend_lines + bool(listed) * (1 + len(listed) + bool(rest))) + 2 * MARGIN
    head = _head(parts)
    with matplotlib.rc_context(STYLE):
        picture = Picture(total, beneath + body, "")
        write_title(picture, head, MARGIN, MARGIN, span=2 * wide)
        for column, (name, ids, panel) in enumerate(
            (("truth", true_ids, panels[0]), ("prediction", predicted_ids, panels[1]))
        ):
            x = MARGIN + column * (wide + MARGIN)
            write_title(picture, name, x, MARGIN + TITLE, span=wide)
            axes = place(picture, panel, x, MARGIN + 2 * TITLE)
            shown = [_on_side(part, name) for part in listed]
            masks = [ids == (segment.id if segment else -1) for segment in shown]
            write_numbers(axes, masks, [Row("", None, (place_,)) for place_ in range(len(masks))])
        for index, (kind, text) in enumerate(entries):
            x, y = MARGIN + index % 2 * (wide + MARGIN), beneath + index // 2 * ROW
            place(picture, _swatch(kind), x, y + 3)
            _write(picture, text + MEANINGS[kind], x + 34, y)
        lines = [(part.kind, _told(part, truth, prediction), f"{100 * part.lost:.1f}") for part in listed]
        if rest:
            lines.append(("", f"and {len(rest)} more", f"{100 * sum(part.lost for part in rest):.1f}"))
        if lines:
            _write_list(picture, lines, beneath + legend_lines * ROW + MARGIN, total)
    picture.description = f"{head}. {'; '.join(text for _, text in entries)}."
    for _, told, points in lines:
        picture.description += f" {told}: {points} points."
    return picture


def _panels(found: SegmentMatches, ground: np.ndarray, true_ids: np.ndarray, predicted_ids: np.ndarray) -> list:
    """The two painted panels, truth first; ids as they are shown."""
    partner = {match.truth.id: match.prediction.id for match in found.matches}
    panels = []
    for ids, other_ids, partners, kinds in (
        (true_ids, predicted_ids, partner, {"missed": found.missed, "ignored": found.crowds}),
        (predicted_ids, true_ids, {p: t for t, p in partner.items()}, {"false": found.false, "ignored": found.ignored}),
    ):
        panel = ground.copy()
        for own, other in partners.items():
            inside = ids == own
            _paint(panel, inside & (other_ids == other), "matched")
            _paint(panel, inside & (other_ids != other), "pale")
        for kind, segments in kinds.items():
            for segment in segments:
                _paint(panel, ids == segment.id, kind)
        edge = contours(ids)
        hatch(panel, true_ids == 0)  # void of the truth is counted on neither side
        panel[edge] = 20
        panels.append(panel)
    return panels


def _paint(panel: np.ndarray, where: np.ndarray, kind: str) -> None:
    """One kind's colour and pattern into `where`, in place."""
    rows, columns = np.nonzero(where)
    color = np.array(COLORS["matched" if kind == "pale" else kind], float)
    alpha = {"matched": 0.75, "pale": 0.3}.get(kind, 0.6)
    values = (1 - alpha) * panel[rows, columns] + alpha * color
    if kind == "missed":
        values[(columns - rows) % 10 < 3] = 0.35 * color
    elif kind == "false":
        values[((columns - rows) % 10 < 2) | ((columns + rows) % 10 < 2)] = 0.25 * color + 0.75 * 255
    elif kind == "ignored":
        values[(rows % 8 < 3) & (columns % 8 < 3)] = 255
    panel[rows, columns] = np.rint(values).astype(np.uint8)


def _swatch(kind: str) -> np.ndarray:
    swatch = np.full((14, 26, 3), 230, np.uint8)
    if kind == "void":
        hatch(swatch, np.ones(swatch.shape[:2], bool))
    elif kind == "bare":
        swatch[:] = 200
    elif kind == "matched":
        _paint(swatch, np.arange(26) < np.full((14, 1), 17), "matched")
        _paint(swatch, np.arange(26) >= np.full((14, 1), 17), "pale")
    else:
        _paint(swatch, np.ones(swatch.shape[:2], bool), kind)
    swatch[[0, -1]] = swatch[:, [0, -1]] = 20
    return swatch


def _counts(found: SegmentMatches, truth: Segmentation, prediction: Segmentation) -> list[tuple[str, str]]:
    """(kind, how many or how much); ignored segments and void only where there are any."""
    numbers: dict[str, Any] = {"matched": len(found.matches), "missed": len(found.missed), "false": len(found.false)}
    numbers["ignored"] = len(found.ignored) + len(found.crowds)
    entries = [(kind, f"{number} {kind}") for kind, number in numbers.items() if number or kind != "ignored"]
    void = truth.segment_ids == 0
    uncounted = np.isin(truth.segment_ids, [0, *(segment.id for segment in found.crowds)])
    bare = (prediction.segment_ids == 0) & ~uncounted
    for kind, where, side in (("void", void, "truth"), ("bare", bare, "prediction")):
        if where.any():
            entries.append((kind, f"{percent(float(where.mean()))} void of the {side}"))
    return entries


def _head(parts: list[Lost]) -> str:
    if not parts:
        return "PQ of this picture: nothing to count"
    quality = round(100 - 100 * sum(part.lost for part in parts), 1)
    return f"PQ of this picture: {quality:.1f} % = 100 - {100 - quality:.1f} points lost"


def _on_side(part: Lost, side: str) -> Segment | None:
    """The segment of a listed part that is drawn in the panel `side`."""
    if part.kind == "matched":
        return part.segment if side == "truth" else part.other
    return part.segment if (part.kind == "missed") == (side == "truth") else None


def _told(part: Lost, truth: Segmentation, prediction: Segmentation) -> str:
    """One part of the list in words, such as "cat, missed: best overlap with dog, IoU 81.0 %"."""
    own, across = (prediction, truth) if part.kind == "false" else (truth, prediction)
    name = one_line(own.categories.by_id(part.segment.category_id).name, 24)
    if part.kind == "matched":
        return f"{name}, matched with IoU {_iou(part)}"
    if part.other is None:
        return f"{name}, {part.kind}: no segment {'there' if part.kind == 'missed' else 'of the truth there'}"
    other = one_line(across.categories.by_id(part.other.category_id).name, 24)
    crowd = ", a crowd" * part.other.iscrowd
    return f"{name}, {part.kind}: best overlap with {other}{crowd}, IoU {_iou(part)}"


def _iou(part: Lost) -> str:
    return f"{100 * part.iou:.1f} %"


def _write_list(picture: Picture, lines: list[tuple[str, str, str]], top: float, total: float) -> None:
    """lines: (kind, words, points); the last may be of no kind, for those that are not named."""
    _write(picture, "what was lost, the most first", MARGIN, top)
    _write(picture, "points lost", total - MARGIN, top, right=True)
    for number, (kind, told, points) in enumerate(lines, 1):
        y = top + number * ROW
        if kind:
            _write(picture, str(number), MARGIN + 18, y, right=True)
            place(picture, _swatch(kind), MARGIN + 26, y + 3)
        _write(picture, told, MARGIN + 60, y)
        _write(picture, points, total - MARGIN, y, right=True)


def _write(picture: Picture, text: str, x: float, y: float, right: bool = False) -> None:
    width, height = picture.get_size_inches() * DPI
    align: Any = {"ha": "right" if right else "left", "va": "center_baseline"}
    picture.text(x / width, 1 - (y + ROW / 2) / height, text, size=9.5, parse_math=False, **align)


def _shrunk(ids: np.ndarray, height: int, across: int) -> np.ndarray:
    """The id under the middle of each shown pixel."""
    rows = ((np.arange(height) + 0.5) * ids.shape[0] / height).astype(int)
    columns = ((np.arange(across) + 0.5) * ids.shape[1] / across).astype(int)
    return ids[rows][:, columns]

"""Checks of lesson 12, *What did queries replace?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def best_fit(answer: Any) -> str | None:
    """Exercise 12.1: how near the best of some anchors comes to a box, both with one centre."""
    cases = []
    for width, height in ((16.0, 16.0), (20.0, 40.0), (90.0, 30.0), (8.0, 64.0)):
        sizes, ratios = (16, 32, 60), (0.5, 1.0, 2.0)

        def best(shape, choose=max, width=width, height=height, sizes=sizes, ratios=ratios):
            return choose(_concentric(width, height, *shape(s, r)) for s in sizes for r in ratios)

        right = best(_shape)
        slips = (
            (best(lambda s, r: _shape(s, 1 / r)), "The ratio is height to width: w = s / sqrt(r), h = s sqrt(r)."),
            (best(lambda s, r: (s, s * r)), "An anchor of size s has the area s^2 for every ratio: share the root."),
            (best(lambda s, r: (s / r, s * r)), "w h must be s^2 and h / w must be r: take the square root of r."),
            (best(_shape, choose=min), "The best anchor is asked for, not the worst."),
            (_mean(best, _shape), "The best anchor is asked for, not their mean."),
        )
        mistakes = tuple((wrong, sentence) for wrong, sentence in slips if not np.isclose(wrong, right, atol=1e-3))
        hint = "With one centre the intersection is min(w, w_a) min(h, h_a); the union is both areas less that."
        cases.append(Case((width, height, sizes, ratios), right, hint, mistakes))
    return first_failure(answer, cases)


def decoded(answer: Any) -> str | None:
    """Exercise 12.2: from four deltas and an anchor to a box."""
    cases = []
    anchor = np.array([10.0, 20.0, 30.0, 60.0])
    for deltas in ((0.0, 0.0, 0.0, 0.0), (0.5, -0.25, 0.0, 0.0), (0.1, 0.2, np.log(2), -0.5)):
        given = np.array(deltas)

        def box(shift="size", scale="exp", half=0.5, swap=False, given=given):
            size, centre = anchor[2:] - anchor[:2], (anchor[:2] + anchor[2:]) / 2
            if swap:
                size = size[::-1]
            start = anchor[:2] if shift == "corner" else centre
            centre = start + given[:2] * (1 if shift == "pixels" else size)
            grown = size * {"exp": np.exp(given[2:]), "plain": given[2:], "one": 1 + given[2:]}[scale]
            return np.concatenate([centre - half * grown, centre + half * grown])

        slips = (
            (box(shift="pixels"), "Shifts count in sizes of the anchor: multiply t_x by its width, t_y by its height."),
            (box(scale="one"), "t_w is the logarithm of a factor: the width is w_a exp(t_w)."),
            (box(scale="plain"), "t_w is the logarithm of a factor: the width is w_a exp(t_w)."),
            (box(shift="corner"), "Deltas move the centre of the anchor, not its corner."),
            (box(half=1.0), "From the centre to a corner it is half of the size."),
            (box(swap=True), "x goes with the width, y with the height."),
        )
        right = box()
        mistakes = tuple((wrong, sentence) for wrong, sentence in slips if not np.allclose(wrong, right, atol=1e-3))
        hint = "Centre and size of the anchor; move the centre, scale the size; then the corners x0 y0 x1 y1."
        cases.append(Case((given, anchor), right, hint, mistakes))
    return first_failure(answer, cases)


def suppressed(answer: Any) -> str | None:
    """Exercise 12.3: greedy non-maximum suppression."""
    # Box 1 goes because of 0 and would take 2 with it; of 6 and 7 the better one comes second.
    boxes = [[0.0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10], [40, 40, 50, 50], [0, 0, 10, 10], [20, 0, 30, 5]]
    boxes = np.array([*boxes, [0, 99, 10, 109], [3, 99, 13, 109]])
    scores = np.array([0.9, 0.8, 0.7, 0.3, 0.5, 0.95, 0.6, 0.85])
    hint = (
        "Go through the boxes by falling score; keep one if its IoU with every box that is kept is at most threshold."
    )
    cases = []
    for threshold in (0.5, 0.3, 7 / 13, 1.0):
        right = _nms(boxes, scores, threshold)
        slips = (
            (_nms(boxes, scores, threshold, sort=False), "Begin with the best score, not with the first box."),
            (
                _nms(boxes, scores, threshold, dead=True),
                "A box that is dropped removes no others: compare with kept ones.",
            ),
            (_nms(boxes, scores, threshold, strict=True), "An IoU equal to the threshold is still allowed."),
            (sorted(right), "Return the kept boxes by falling score."),
            (_nms(boxes, scores, threshold, ascending=True), "Begin with the best score, not with the worst."),
            ([n for n in range(8) if n not in right], "Return those that are kept, not those that go."),
        )
        mistakes = tuple((wrong, sentence) for wrong, sentence in slips if list(wrong) != right)
        cases.append(Case((boxes, scores, threshold), right, hint, mistakes))
    cases.append(Case((boxes[:0], scores[:0], 0.5), [], "Without boxes the list is empty."))
    return first_failure(answer, cases)


def read_bins(answer: Any) -> str | None:
    """Exercise 12.4: RoIAlign of a row of cells, one point a bin."""
    cases = []
    for row, first, last, bins in (
        ([0.0, 10.0, 20.0, 30.0], 1.0, 3.0, 2),
        ([5.0, 1.0, 9.0, 2.0, 7.0], 0.6, 3.3, 3),
        ([2.0, 8.0], 0.0, 2.0, 4),
    ):
        values = np.array(row)

        def read(
            corner=False, start=False, rounded=False, nearest=False, values=values, first=first, last=last, bins=bins
        ):
            low, high = (np.round(first), np.round(last)) if rounded else (first, last)
            step = (high - low) / bins
            at = low + (np.arange(bins) + (0 if start else 0.5)) * step - (0 if corner else 0.5)
            at = np.round(at) if nearest else at
            return np.interp(at, np.arange(len(values)), values)

        right = read()
        slips = (
            (read(rounded=True), "Nothing is rounded: that was RoIPool."),
            (read(corner=True), "The value of cell k sits at its centre, k + 0.5: subtract 0.5 from the position."),
            (read(start=True), "Read in the middle of each bin: (i + 0.5) times its width, not at its beginning."),
            (read(nearest=True), "Read between two cells, weighted by the distance, not from the nearest one."),
        )
        mistakes = tuple((wrong, sentence) for wrong, sentence in slips if not np.allclose(wrong, right, atol=1e-3))
        hint = "Bin i is read at first + (i + 0.5) (last - first) / bins, less 0.5, between its two cells (np.interp)."
        cases.append(Case((values, first, last, bins), right, hint, mistakes))
    return first_failure(answer, cases)


def one_owner(answer: Any) -> str | None:
    """Exercise 12.5: instances that overlap become a map with one owner for each pixel."""
    masks = np.zeros((3, 4, 6), bool)
    masks[0, :3, :3] = True
    masks[1, 1:, 2:5] = True
    masks[2, 2:, 1:4] = True
    cases = []
    for scores in ([0.9, 0.6, 0.8], [0.2, 0.6, 0.4]):
        given = np.array(scores)

        def painted(order, start=1):
            found = np.zeros((4, 6), int)
            for n in order:
                found[masks[n]] = n + start
            return found

        rising = np.argsort(given)
        right = painted(rising)
        slips = (
            (painted(rising[::-1]), "The best score wins: whoever is painted last wins, so paint the best one last."),
            (painted(range(3)), "Not the last in the list wins but the best score."),
            (painted(range(3)[::-1]), "Not the first in the list wins but the best score."),
            (painted(rising, start=0), "0 is nobody: mask n has the number n + 1."),
            (masks.sum(0), "That is how many masks claim a pixel; the number of the one that gets it is asked for."),
        )
        mistakes = tuple((wrong, sentence) for wrong, sentence in slips if not np.array_equal(wrong, right))
        hint = "Start from zeros; go through the masks by rising score and write n + 1 where mask n is True."
        cases.append(Case((masks, given), right, hint, mistakes))
    return first_failure(answer, cases)


def _shape(size: float, ratio: float) -> tuple[float, float]:
    return size / ratio**0.5, size * ratio**0.5


def _concentric(width: float, height: float, w: float, h: float) -> float:
    both = min(width, w) * min(height, h)
    return both / (width * height + w * h - both)


def _mean(best: Any, shape: Any) -> float:
    return best(shape, choose=lambda values: float(np.mean(list(values))))


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    both = sides.clip(0).prod()
    return float(both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both))


def _nms(boxes, scores, threshold, *, sort=True, dead=False, strict=False, ascending=False) -> list[int]:
    order = np.argsort(scores if ascending else -scores, kind="stable") if sort else np.arange(len(boxes))
    kept, seen = [], []
    for n in order.tolist():
        rivals = seen if dead else kept
        overlaps = [_iou(boxes[n], boxes[k]) for k in rivals]
        if all(o < threshold - 1e-9 if strict else o <= threshold + 1e-9 for o in overlaps):
            kept.append(n)
        seen.append(n)
    return kept


CHECKS = {
    "12.1": best_fit,
    "12.2": decoded,
    "12.3": suppressed,
    "12.4": read_bins,
    "12.5": one_owner,
}

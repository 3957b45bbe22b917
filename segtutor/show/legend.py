"""What stands beside a picture: rows of number, colour, name and score, and where the numbers go in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segtutor.regions import squared_distances
from segtutor.segments import Instances, Segmentation
from segtutor.show.draw import colors_of, size_of
from segtutor.show.words import one_line, percent, percent_range

MAX_ROWS = 20


@dataclass(frozen=True)
class Row:
    """One line of a legend. members: positions in `result.segments` or of the instances; empty for void."""

    text: str
    color: tuple[int, int, int] | None  # None: hatched
    members: tuple[int, ...] = ()
    score: str = ""


def legend_rows(result: Segmentation | Instances, *, by: str = "segment", max_rows: int = MAX_ROWS) -> list[Row]:
    """The legend of a result: things first, then stuff, each from the largest to the smallest; void last.

    One row a segment; one row a category where `by` says so, or where segments would take more than `max_rows`.
    Where even that is too many, a last row counts the categories that are left out.
    """
    items = _items(result)
    colors = colors_of(result, by=by)
    common = colors_of(result, by="category")
    if by == "segment" and len(items) <= max_rows:
        groups = [[index] for index in range(len(items))]
    else:
        by_category: dict[int, list[int]] = {}
        for index, (category, _, _, _) in enumerate(items):
            by_category.setdefault(category.id, []).append(index)
        groups = list(by_category.values())
    # Segments of one category stay together: the category's whole area decides first.
    whole: dict[int, int] = {}
    for category, area, _, _ in items:
        whole[category.id] = whole.get(category.id, 0) + area

    def order(group: list[int]):
        category = items[group[0]][0]
        return not category.isthing, -whole[category.id], category.id, -sum(items[index][1] for index in group)

    groups.sort(key=order)
    rows = []
    for group in groups[:max_rows]:
        category = items[group[0]][0]
        crowds = sum(items[index][3] for index in group)
        remark = ", ".join(
            [f"{len(group)}"] * (len(group) > 1) + ["crowd" if crowds == 1 else f"{crowds} crowds"] * bool(crowds)
        )
        remark = f" ({remark})" if remark else ""
        scores = [items[index][2] for index in group if items[index][2] is not None]
        score = percent_range(scores) if scores else ""
        text = one_line(category.name) + remark
        rows.append(Row(text, (colors if len(group) == 1 else common)[group[0]], tuple(group), score))
    if len(groups) > max_rows:
        rows.append(Row(f"and {len(groups) - max_rows} more categories", (255, 255, 255)))
    if not items:
        rows.append(Row("no segments", (255, 255, 255)))
    if isinstance(result, Segmentation):
        void = float((result.segment_ids == 0).mean())
        if void:
            rest = "void" if result.rest is None else one_line(result.categories.by_id(result.rest).name)
            rows.append(Row(f"{rest}, {percent(void)} of the picture", None))
    return rows


def inner_point(mask: np.ndarray) -> tuple[float, float, float]:
    """(x, y, distance) of the pixel of `mask` (H, W) bool that lies farthest from its border, in pixels.

    The point is inside however odd the shape, which the centre of mass is not.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = rows[0], columns[0]
    part = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    squared = squared_distances(part)
    y, x = np.unravel_index(int(squared.argmax()), squared.shape)
    return float(left + x), float(top + y), float(np.sqrt(squared[y, x]))


def seen_of(result: Instances) -> list[np.ndarray]:
    """(H, W) bool for each instance: where it is seen, because none that is more certain lies above."""
    top = np.full(size_of(result), -1)
    for index in np.argsort(result.scores, kind="stable"):
        top[result.masks[index]] = index
    return [top == index for index in range(len(result))]


def _items(result: Segmentation | Instances) -> list[tuple]:
    """(category, area, score, iscrowd) of each segment."""
    if isinstance(result, Instances):
        areas = result.masks.reshape(len(result), -1).sum(axis=1).tolist() if len(result) else []
        labels = result.labels.tolist()
        return [
            (result.categories[k], a, s, False) for k, a, s in zip(labels, areas, result.scores.tolist(), strict=True)
        ]
    by_id = result.categories.by_id
    return [(by_id(segment.category_id), segment.area, segment.score, segment.iscrowd) for segment in result.segments]

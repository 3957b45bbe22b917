"""A result in words: the text alternative of its picture, and what a person reads out of the figure's legend."""

from __future__ import annotations

from collections.abc import Sequence

from segtutor.segments import Instances, Segmentation
from segtutor.show.draw import size_of

_MAX_CATEGORIES = 12


def describe(result: Segmentation | Instances) -> str:
    """One sentence that says what a picture of `result` shows: each category's share, how often, how certain.

    >>> import numpy as np
    >>> from segtutor.segments import Categories, Category
    >>> pets = Categories([Category(17, "cat", True), Category(193, "grass", False)])
    >>> describe(Segmentation.from_ids(np.array([[1, 1], [0, 2]]), {1: 193, 2: 17}, pets, {2: 0.98}))
    'Segmentation of 2 x 2 pixels: grass 50 %, cat 25 % (score 98 %), void 25 %'
    """
    height, width = size_of(result)
    total = height * width
    scores: dict[str, list[float | None]] = {}  # by name, one for each segment
    areas: dict[str, int] = {}
    if isinstance(result, Instances):
        for label, score in zip(result.labels.tolist(), result.scores.tolist(), strict=True):
            name = one_line(result.categories[label].name)
            scores.setdefault(name, []).append(score)
            areas[name] = int(result.masks[result.labels == label].any(axis=0).sum())  # overlaps count once
        start, rest = f"Instances in {width} x {height} pixels", "outside all"
        outside = total - int(result.masks.any(axis=0).sum()) if len(result) else total
    else:
        for segment in result.segments:
            name = one_line(result.categories.by_id(segment.category_id).name)
            scores.setdefault(name, []).append(segment.score)
            areas[name] = areas.get(name, 0) + segment.area
        start, rest = f"Segmentation of {width} x {height} pixels", "void"
        if result.rest is not None:
            rest = one_line(result.categories.by_id(result.rest).name)
        outside = int((result.segment_ids == 0).sum())
    ordered = sorted(areas, key=lambda name: -areas[name])
    parts = [_group(name, areas[name] / total, scores[name]) for name in ordered[:_MAX_CATEGORIES]]
    if len(ordered) > _MAX_CATEGORIES:
        parts.append(f"{len(ordered) - _MAX_CATEGORIES} more categories")
    if not parts:
        parts.append("no segments")
    if outside:
        parts.append(f"{rest} {percent(outside / total)}")
    return f"{start}: {', '.join(parts)}"


def percent(share: float) -> str:
    """0..1 as a person reads it; what is there is never 0 %, and what is not all never 100 %."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def percent_range(scores: Sequence[float]) -> str:
    """One score, or the least and the greatest of several."""
    low, high = percent(min(scores)), percent(max(scores))
    return low if low == high else f"{low.removesuffix(' %') if low[0].isdigit() else low} to {high}"


def one_line(name: str, limit: int = 0) -> str:
    """A name without line breaks, cut in its middle to `limit` characters where that is not 0.

    >>> one_line("a very\\nlong name", 11)
    'a ver…name'
    """
    name = " ".join(name.split()) or "(no name)"
    if not limit or len(name) <= limit:
        return name
    end = (limit - 1) // 2  # long names often differ at their end
    return f"{name[: limit - 1 - end].rstrip()}…{name[-end:].lstrip()}"


def _group(name: str, share: float, scores: list[float | None]) -> str:
    text = f"{name} {percent(share)}" + (f" in {len(scores)} segments" if len(scores) > 1 else "")
    known = [score for score in scores if score is not None]
    if not known:
        return text
    if len(known) <= 4:
        return f"{text} (score{'s' * (len(known) > 1)} {', '.join(percent(score) for score in known)})"
    return f"{text} (scores {percent_range(known)})"

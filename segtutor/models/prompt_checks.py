"""What a person may ask a promptable model: each check returns plain arrays, or raises one sentence (`UserError`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from segtutor.errors import UserError

MOST = 1000  # points, boxes or phrases of one question; more is a mistake, or a grid for `ask`
SAMPLES = {
    "points": "points=[(x, y)]",
    "boxes": "boxes=[(x0, y0, x1, y1)]",
    "mask": "mask=array",
    "text": "text='red cat'",
    "example": "example=(image, mask)",
}


def checked_kinds(given: Mapping[str, Any], accepts: frozenset[str], name: str) -> set[str]:
    """Which kinds of prompt were given: at least one, all of which the model takes, words and examples alone."""
    kinds = {kind for kind, value in given.items() if value is not None}
    taken = " or ".join(SAMPLES[kind] for kind in SAMPLES if kind in accepts)
    if not kinds:
        raise UserError(f"{name} needs a prompt: pass {taken}")
    if refused := sorted(kinds - accepts):
        raise UserError(f"{name} does not take {', '.join(refused)}: pass {taken}, or choose another model")
    if len(kinds) > 1 and kinds & {"text", "example"}:
        raise UserError(
            f"a question must have words or examples, not both, got {' and '.join(sorted(kinds))}: ask twice"
        )
    return kinds


def checked_points(points: Any, size: tuple[int, ...]) -> np.ndarray | None:
    """[(x, y), ...] -> (P, 2) float32; each lies in the picture of `size` = (height, width)."""
    return None if points is None else _coordinates(points, 2, size, "points", "(x, y)")


def checked_boxes(boxes: Any, size: tuple[int, ...]) -> np.ndarray | None:
    """[(x0, y0, x1, y1), ...] -> (N, 4) float32; each lies in the picture and has an area."""
    if boxes is None:
        return None
    found = _coordinates(boxes, 4, size, "boxes", "(x0, y0, x1, y1)")
    for x0, y0, x1, y1 in found.tolist():
        if not (x0 < x1 and y0 < y1):
            raise UserError(
                f"a box must have x0 < x1 and y0 < y1, got ({x0:g}, {y0:g}, {x1:g}, {y1:g}): the upper left "
                "corner comes first"
            )
    return found


def _coordinates(values: Any, numbers: int, size: tuple[int, ...], what: str, form: str) -> np.ndarray:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.zeros(0)
    if found.ndim != 2 or found.shape[1] != numbers or not 1 <= len(found) <= MOST or _has_flags(values):
        raise UserError(
            f"{what} must be a list of 1 to {MOST} times {form}, numbers, got {str(values)[:60]}: for example "
            f"{SAMPLES[what]}"
        )
    most = np.tile([size[1], size[0]], numbers // 2)
    if not ((found >= 0) & (found <= most)).all():  # false for NaN too
        raise UserError(
            f"{what} must lie in the picture, x from 0 to {size[1]} and y from 0 to {size[0]}, got {str(values)[:60]}: "
            "coordinates are pixels of your picture, x to the right"
        )
    return found.astype(np.float32)


def _has_flags(values: Any) -> bool:
    return np.asarray(values).dtype == bool


def checked_labels(labels: Any, count: int) -> np.ndarray | None:
    """A 1 (on it) or 0 (beside it) for each of `count` points -> (count,) int64; all 1 where none are given."""
    if not count:
        return None
    if labels is None:
        return np.ones(count, np.int64)
    found = np.asarray(labels)
    if found.shape != (count,) or found.dtype.kind not in "iub" or not np.isin(found, (0, 1)).all():
        raise UserError(
            f"labels must be a list of {count} numbers, one for each point, 1 for a point on the object and 0 "
            f"beside it, got {str(labels)[:60]}"
        )
    if not found.any():
        raise UserError("labels must have at least one 1, got only 0: add a point on the object, with the label 1")
    return found.astype(np.int64)


def checked_mask(mask: Any, size: tuple[int, ...], what: str = "mask") -> np.ndarray | None:
    """A mask of the picture -> (H, W) bool. Numbers 0 and 1 are taken as well."""
    if mask is None:
        return None
    found = np.asarray(mask)
    if found.shape != tuple(size) or found.dtype.kind not in "biu" or not np.isin(found, (0, 1)).all():
        raise UserError(
            f"{what} must be an array of {size[0]} x {size[1]} (height x width, the picture's), true inside, got "
            f"{found.dtype} {found.shape}: pass one of a prediction's masks, such as result.masks[0]"
        )
    return found.astype(bool)


def checked_phrases(text: Any) -> list[str]:
    """A phrase or several -> a list; none is empty."""
    found = [text] if isinstance(text, str) else list(text) if isinstance(text, Sequence) else []
    if not 1 <= len(found) <= MOST or not all(isinstance(phrase, str) and phrase.strip() for phrase in found):
        raise UserError(
            f"text must be a phrase such as 'red cat', or a list of 1 to {MOST}, got {str(text)[:60]!r}: write words"
        )
    return found


def checked_examples(example: Any) -> list[tuple[Any, Any]]:
    """(image, mask), or a list of these -> the list. What is in them is checked where it is read."""
    pairs = [example] if isinstance(example, tuple) else example
    if not isinstance(pairs, list) or not 1 <= len(pairs) <= 64 or not all(
        isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs
    ):  # fmt: skip
        raise UserError(
            f"example must be (image, mask), or a list of 1 to 64 of these, got a {type(example).__name__}: pass "
            "the picture and an array that is true on the object"
        )
    return [(image, mask) for image, mask in pairs]


def checked_flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise UserError(f"{name} must be True or False, got {str(value)[:40]}: leave it out for the default")
    return bool(value)

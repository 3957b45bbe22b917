"""Outlines and run-length codes -> masks, as COCO stores them: polygons, runs as a list, runs as text.

Polygons are drawn by pycocotools, so that masks are COCO's to the last pixel. Runs count pixels down the columns,
background first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.data.records import RecordError, stop
from segtutor.limits import MAX_OUTLINE
from segtutor.run_lengths import BadRuns, decoded_runs


def annotation_mask(segmentation: Any, size: tuple[int, int]) -> np.ndarray:
    """The mask of one COCO annotation, (H, W) bool.

    segmentation: a list of polygons [[x, y, x, y, ...]], {"counts": [runs], "size"} or {"counts": text, "size"}.
    Raises RecordError: fewer than three corners, a size that is not the picture's, runs that do not add up.
    """
    height, width = size
    try:
        runs = decoded_runs(annotation_code(segmentation, size), height * width)
    except BadRuns:
        raise unfilled(size) from None
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T


def annotation_code(segmentation: Any, size: tuple[int, int]) -> bytes:
    """The compressed run lengths of one COCO annotation; those that come compressed are not looked into.

    Arguments and errors as `annotation_mask`.
    """
    from pycocotools import mask as coco_mask

    height, width = size
    if segmentation == []:
        what, mend = "the annotation has no outline, perhaps a box alone", "export segmentation, not detection"
        raise stop("", "no area", what, mend)
    if isinstance(segmentation, list):
        rings = [ring for ring in segmentation if isinstance(ring, list)]
        good = rings and all(len(ring) >= 6 and len(ring) % 2 == 0 and _all_finite(ring) for ring in rings)
        if len(rings) != len(segmentation) or not good:
            what = f"a polygon must be lists of at least three corners [x, y, x, y, x, y], got {str(segmentation)[:50]}"
            raise stop("", "bad polygon", what, "draw it again, or remove the annotation")
        along = sum(
            float(np.abs(np.diff(np.array([*r, *r[:2]], float).reshape(-1, 2), axis=0)).max(1).sum()) for r in rings
        )
        if along > MAX_OUTLINE:
            what = f"the outline of a polygon must be at most {MAX_OUTLINE:.3g} pixels long, got {along:.3g}"
            raise stop("", "too large", what, "draw it again, or remove the annotation")
        codes = coco_mask.frPyObjects(rings, height, width)
        return (codes[0] if len(codes) == 1 else coco_mask.merge(codes))["counts"]
    if not isinstance(segmentation, dict) or not {"counts", "size"} <= segmentation.keys():
        what = f"a segmentation must be polygons, or counts and size, got a {type(segmentation).__name__}"
        raise stop("", "bad segmentation", what, "correct the annotation")
    stated = segmentation["size"]
    if not isinstance(stated, list | tuple) or list(stated) != [height, width]:
        what = f"run lengths must be for a picture of {[height, width]} (height, width), got {segmentation['size']}"
        raise stop("", "sizes differ", what, "correct the size, or the picture's entry in images")
    counts = segmentation["counts"]
    if isinstance(counts, list):
        whole = all(isinstance(c, int) and not isinstance(c, bool) and c >= 0 for c in counts)
        if not whole or sum(counts) != height * width:
            what = f"run lengths must add up to {height * width}, got {sum(counts) if whole else 'no number'}"
            raise stop("", "bad run lengths", what, "export the annotation again")
        return coco_mask.frPyObjects({"counts": counts, "size": [height, width]}, height, width)["counts"]
    try:
        return counts if isinstance(counts, bytes) else counts.encode("ascii")
    except (AttributeError, UnicodeEncodeError):
        raise unfilled(size) from None


def unfilled(size: tuple[int, int]) -> RecordError:
    """The error of compressed run lengths that are none, or do not fill the picture."""
    what = f"compressed run lengths do not fill {size[0]} x {size[1]} pixels"
    return stop("", "bad run lengths", what, "export the annotation again")


def _all_finite(numbers: list) -> bool:
    return all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 1e6 for n in numbers)

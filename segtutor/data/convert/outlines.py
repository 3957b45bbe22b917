"""Outlines and run-length codes -> masks, as COCO stores them: polygons, runs as a list, runs as text.

Polygons are drawn by pycocotools, so that masks are COCO's to the last pixel. Runs count pixels down the columns,
background first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.data.records import stop


def annotation_mask(segmentation: Any, size: tuple[int, int]) -> np.ndarray:
    """The mask of one COCO annotation, (H, W) bool.

    segmentation: a list of polygons [[x, y, x, y, ...]], {"counts": [runs], "size"} or {"counts": text, "size"}.
    Raises RecordError: fewer than three corners, a size that is not the picture's, runs that do not add up.
    """
    from pycocotools import mask as coco_mask

    height, width = size
    if isinstance(segmentation, list):
        rings = [ring for ring in segmentation if isinstance(ring, list)]
        good = rings and all(len(ring) >= 6 and len(ring) % 2 == 0 and _all_finite(ring) for ring in rings)
        if len(rings) != len(segmentation) or not good:
            what = f"a polygon {str(segmentation)[:50]}, expected lists of at least three corners [x, y, x, y, x, y]"
            raise stop("", "bad polygon", what, "draw it again, or remove the annotation")
        codes = coco_mask.frPyObjects(rings, height, width)
        return coco_mask.decode(coco_mask.merge(codes)).astype(bool)
    if not isinstance(segmentation, dict) or not {"counts", "size"} <= segmentation.keys():
        what = f"a segmentation of type {type(segmentation).__name__}, expected polygons or counts and size"
        raise stop("", "bad segmentation", what, "correct the annotation")
    stated = segmentation["size"]
    if not isinstance(stated, list | tuple) or list(stated) != [height, width]:
        what = f"run lengths for a picture of {segmentation['size']}, expected {[height, width]} (height, width)"
        raise stop("", "sizes differ", what, "correct the size, or the picture's entry in images")
    counts = segmentation["counts"]
    if isinstance(counts, list):
        whole = all(isinstance(c, int) and not isinstance(c, bool) and c >= 0 for c in counts)
        if not whole or sum(counts) != height * width:
            what = f"run lengths that add up to {sum(counts) if whole else 'no number'}, expected {height * width}"
            raise stop("", "bad run lengths", what, "export the annotation again")
        values = np.arange(len(counts)) % 2 == 1  # runs begin with the background and go down the columns
        return np.repeat(values, counts).reshape(width, height).T
    runs = _uncompressed(counts)
    if runs is None or sum(runs) != height * width:
        what = f"compressed run lengths that do not fill {height} x {width} pixels, expected that they do"
        raise stop("", "bad run lengths", what, "export the annotation again")
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T


def _uncompressed(counts: Any) -> list[int] | None:
    """COCO's text form of run lengths: 5 bits a character, low ones first, from the third run on as differences."""
    try:
        codes = counts if isinstance(counts, bytes) else counts.encode("ascii")
    except (AttributeError, UnicodeEncodeError):
        return None
    runs: list[int] = []
    value = shift = 0
    for byte in codes:
        part = byte - 48
        if not 0 <= part < 64 or shift > 35:
            return None
        value |= (part & 31) << shift
        shift += 5
        if part & 32:
            continue
        if part & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
        if runs[-1] < 0:
            return None
    return None if shift else runs


def _all_finite(numbers: list) -> bool:
    return all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 1e6 for n in numbers)

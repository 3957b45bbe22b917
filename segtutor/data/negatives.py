"""Whether labels say anywhere what is *not* one of their classes: without that, a training learns to say "yes".

Outlines of balls, and void around them: a loss of every pixel skips the void, is 0 as soon as every pixel is called
ball, and metrics, which skip it too, call that 100 %. `check_labels` and `st.fit` ask here, before it happens.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from segtutor.segments import Categories

ENOUGH_VOID = 0.2  # of all pixels; below, void is what is left between labels, as in every published data set


class Negatives:
    """Counts rows {"segmentation"[, "instances", "valid"]}, one after the other.

    pixels: {category name: pixels}. void: pixels of nothing. known: whether an unlabelled pixel is known to hold no
    object, so that a mask classifier learns from it. objects, crowds: segments that are (no) things of their own.
    """

    def __init__(self, categories: Categories):
        self.categories = categories
        self.pixels: Counter = Counter()
        self.void = self.total = self.objects = self.crowds = 0
        self.rest = self.known = False

    def add(self, row: dict[str, Any]) -> None:
        """Count one row."""
        truth = row["segmentation"]
        self.rest |= truth.rest is not None
        self.known |= truth.rest is not None or "instances" in row or "valid" in row
        labelled = 0
        for segment in truth.segments:
            self.pixels[self.categories.by_id(segment.category_id).name] += segment.area
            labelled += segment.area
            self.crowds += segment.iscrowd
            self.objects += not segment.iscrowd
        self.total += truth.segment_ids.size
        self.void += truth.segment_ids.size - labelled

    def missing(self, *, per_pixel: bool) -> str:
        """What no pixel says, as a sentence; nothing where all is well. per_pixel: whether each pixel gets a class."""
        if self.rest or (self.known and not per_pixel) or not self.pixels:
            return ""
        alone = [category for category in self.categories if self.pixels[category.name]]
        if self.void < ENOUGH_VOID * self.total or (len(alone) > 1 and not all(c.isthing for c in alone)):
            return ""
        names = ", ".join(c.name for c in alone[:4])
        return (
            f"{100 * self.void / max(1, self.total):.1f} % of the pixels are void and the others are {names} alone: no "
            "pixel says what is none of these (background), so the loss is small from the first step, the answer "
            "covers the whole picture, and PQ and mIoU judge the labelled pixels only"
        )

"""Seams: one class more, for the pixels along which two things of one class touch.

A class map in which two cats touch has one region of "cat". Whether that is a limit of the type of the prediction or
only of what the pixels are asked for can be tried: ask them for the border as well. Ronneberger et al., "U-Net",
arXiv:1505.04597, section 3, separate touching cells so: the pixels between them are labelled as background.

    labels = seam_labels(truth)                  a class map whose class K is "seam"
    seam_inference(output, size, categories)     regions of the K classes; seams go to the nearest thing

Differs from the paper: the seam is a class of its own, lies on both things, and has no larger weight in the loss.
Panoptic-DeepLab (arXiv:1911.10194, section 3.2) separates in another way: each pixel also says where its thing's
centre is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from segtutor.inference.components import connected_components
from segtutor.outputs import PerPixelOutput
from segtutor.segments import Categories, Category, Segmentation

RADIUS = 2  # pixels of either thing that count as its side of the seam
SEAM = "seam"


def with_seam(categories: Categories) -> Categories:
    """The same list and, last, "seam", which is stuff."""
    return Categories([*categories, Category(max(c.id for c in categories) + 1, SEAM, False)])


def seam_labels(truth: Segmentation, radius: int = RADIUS) -> np.ndarray:
    """(H, W) int32: positions in the truth's categories, K on seams, -1 void.

    A pixel of a thing is on a seam if another thing of its class is at most `radius` pixels away, rows and columns
    counted alike.
    """
    from scipy import ndimage

    labels = truth.semantic().astype(np.int32)
    things = [s for s in truth.segments if truth.categories.by_id(s.category_id).isthing and not s.iscrowd]
    near = np.ones((2 * radius + 1, 2 * radius + 1), bool)
    masks = {s.id: truth.mask(s.id) for s in things}
    grown = {s.id: ndimage.binary_dilation(masks[s.id], near) for s in things}
    for one in things:
        for other in things:
            if one.id != other.id and one.category_id == other.category_id:
                labels[masks[one.id] & grown[other.id]] = len(truth.categories)
    return labels


def seam_inference(
    output: PerPixelOutput, size: tuple[int, int], categories: Categories, radius: int = RADIUS
) -> Segmentation:
    """Panoptic prediction of K + 1 logits, the last of which is the seam's.

    output: of one picture, logits (1, K + 1, h, w). Pixels whose largest logit is the seam's belong to nothing while
    regions are formed. Then each goes to the nearest thing, if that is at most radius + 1 pixels away, else to the
    segment of its best stuff class, else it stays void.
    """
    from scipy import ndimage

    count = len(categories)
    extended = connected_components(output, size, with_seam(categories))
    kept = {s.id: s.category_id for s in extended.segments if extended.categories.index(s.category_id) < count}
    seam = ~np.isin(extended.segment_ids, list(kept))
    ids = np.where(seam, 0, extended.segment_ids)
    things = np.isin(ids, [i for i, category in kept.items() if categories.by_id(category).isthing])
    if seam.any() and things.any():
        away, (rows, columns) = ndimage.distance_transform_edt(~things, return_indices=True)
        ids = np.where(seam & (away <= radius + 1), ids[rows, columns], ids)
    left = seam & (ids == 0)
    if left.any():
        stuff = [position for position in range(count) if not categories[position].isthing]
        logits = torch.nn.functional.interpolate(output.logits[:, stuff], size=size, mode="bilinear")[0]
        best = logits.argmax(0).cpu().numpy()
        named = {category: i for i, category in kept.items()}
        table = np.array([named.get(categories[position].id, 0) for position in stuff], np.int32)
        ids = np.where(left, table[best], ids)
    here = set(np.unique(ids).tolist())
    return Segmentation.from_ids(ids, {i: category for i, category in kept.items() if i in here}, categories)


def without_seam(output: PerPixelOutput) -> PerPixelOutput:
    """The K classes alone: what each pixel would say if it could not say "seam"."""
    return PerPixelOutput(output.logits[:, :-1])


def drawn_seams(truth: Segmentation) -> Segmentation:
    """The regions of a class map that is right but for a line, one pixel wide, between touching things of a class.

    The line says the picture's largest stuff class and costs its pixels; with it, the regions are the things.
    """
    labels = truth.semantic().astype(np.int64)
    stuff = [s for s in truth.segments if not truth.categories.by_id(s.category_id).isthing]
    if stuff:
        labels[_one_sided(truth)] = truth.categories.index(max(stuff, key=lambda s: s.area).category_id)
    certain = torch.nn.functional.one_hot(torch.from_numpy(labels).clamp(min=0), len(truth.categories))
    logits = 20.0 * certain.movedim(-1, 0)[None].float()
    return connected_components(PerPixelOutput(logits), labels.shape, truth.categories)


def _one_sided(truth: Segmentation) -> np.ndarray:
    """(H, W) bool: pixels of a thing beside (diagonals too) another thing of its class with a larger id."""
    ids = truth.segment_ids
    things = {s.id: s.category_id for s in truth.segments if truth.categories.by_id(s.category_id).isthing}
    table = np.zeros(int(ids.max()) + 1, np.int32)
    for i, category in things.items():
        table[i] = category
    classes, line = table[ids], np.zeros(ids.shape, bool)
    padded_ids, padded_classes = np.pad(ids, 1), np.pad(classes, 1)
    height, width = ids.shape
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            there = (slice(1 + dy, 1 + dy + height), slice(1 + dx, 1 + dx + width))
            line |= (classes > 0) & (padded_classes[there] == classes) & (padded_ids[there] > ids)
    return line


@dataclass(frozen=True)
class SeamRows(Sequence):
    """Rows whose truth is the class map with seams, rendered as one segment a class."""

    rows: Sequence[dict]
    categories: Categories  # with the seam

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> dict:
        row = self.rows[i]
        labels = seam_labels(row["segmentation"])
        return {**row, "segmentation": Segmentation.from_semantic(labels, self.categories)}

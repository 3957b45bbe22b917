"""Objects out of a class map: the connected components, the best that a per-pixel prediction allows."""

from __future__ import annotations

import numpy as np
import torch

from segtutor.inference.common import upsampled_strips
from segtutor.outputs import PerPixelOutput
from segtutor.regions import connected_regions
from segtutor.segments import Categories, Segmentation


def connected_components(
    output: PerPixelOutput, size: tuple[int, int], categories: Categories, min_area: int = 0
) -> Segmentation:
    """Thing classes fall into their components, each stuff class stays one segment; classes in order of position.

    Connected means 4-connectivity: pixels that share a side, so two
    regions that touch at a corner only are two. The score is the mean class probability over the segment.
    """
    labels, probs = _labels_and_probs(output, size)
    regions = connected_regions(labels)
    class_of = np.empty(int(regions.max()) + 1, np.int64)
    class_of[regions] = labels
    order = np.argsort(class_of[1:], kind="stable") + 1  # regions by class, those of a class by their first pixel
    classes = class_of[order]
    isthing = np.array([category.isthing for category in categories])
    begins = isthing[classes]  # a segment of its own; of a stuff class, the first region alone
    begins[1:] |= classes[1:] != classes[:-1]
    begins[0] = True
    numbers = np.empty_like(class_of)
    numbers[order] = np.cumsum(begins)
    flat = numbers[regions].ravel()
    category_ids = {i: categories[position].id for i, position in enumerate(classes[begins].tolist(), 1)}
    areas = np.bincount(flat)
    scores = np.bincount(flat, weights=probs.ravel()) / np.maximum(areas, 1)
    chosen = [i for i in category_ids if areas[i] >= min_area]
    table = np.zeros(len(areas), np.int32)  # renumber without gaps
    table[chosen] = np.arange(1, len(chosen) + 1)
    return Segmentation.from_ids(
        table[flat].reshape(size),
        {new: category_ids[old] for new, old in enumerate(chosen, 1)},
        categories,
        {new: float(scores[old]) for new, old in enumerate(chosen, 1)},
    )


def _labels_and_probs(output: PerPixelOutput, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The class map, (H, W) int64 positions, and the probability of that class in each pixel, (H, W) float32."""
    labels = np.empty(size, np.int64)
    probs = np.empty(size, np.float32)
    for rows, strip in upsampled_strips(output.logits[0], size, output.logits.shape[1]):
        largest, where = strip.max(dim=0)
        labels[rows] = where.cpu().numpy()
        probs[rows] = torch.exp(largest - strip.logsumexp(dim=0)).cpu().numpy()
    return labels, probs

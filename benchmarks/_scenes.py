"""Outputs of an imagined mask classifier: what post-processing is measured on."""

from __future__ import annotations

import numpy as np

QUERIES, CLASSES, THINGS = 100, 133, 80


def output(
    seed: int,
    *,
    queries: int = QUERIES,
    classes: int = CLASSES,
    grid: tuple[int, int] = (96, 96),
    blobs: int = 15,
    bands: int = 5,
):
    """A MaskOutput of one picture: `blobs` objects over `bands` of stuff, and queries that found nothing.

    A blob is an ellipse with half axes of 4 to 14 % of the picture; its mask logits fall linearly from 12 at the
    centre to -12. A band is a horizontal stripe with an uneven border; the bands tile the picture. Of what lies
    over each other the earlier is in front, and the mask behind it ends there, as a trained model draws it. Queries
    that found nothing have masks around -6 and say "no object" with logit 6. All masks carry noise of standard
    deviation 0.5, all class logits of 1; a found query's class has a logit of 7 to 10. So at the published
    thresholds and at transformers' nearly all that was found survives. Things are the first 80 of 133 classes (60 %
    of another number), as in COCO; two bands may share a class.
    """
    import torch

    from segtutor.outputs import MaskOutput

    random = np.random.default_rng(seed)
    height, width = grid
    y, x = np.mgrid[:height, :width] / np.array([height, width]).reshape(2, 1, 1)
    masks = random.normal(-6, 1, (queries, 1, 1)) + np.zeros((queries, height, width))
    labels = np.full(queries, classes)
    thing_count = things(classes)
    found = random.permutation(queries)[: blobs + bands]
    borders = np.linspace(0, 1, bands + 1) if bands else []
    front = np.full((height, width), -12.0)
    for place, query in enumerate(found):
        if place < blobs:
            labels[query] = random.integers(thing_count)
            (centre_y, centre_x), axes = random.uniform(0.1, 0.9, 2), random.uniform(0.04, 0.14, 2)
            distance = np.hypot((y - centre_y) / axes[0], (x - centre_x) / axes[1])
            masks[query] = np.clip(12 * (1 - distance), -12, 12)
        else:
            labels[query] = random.integers(thing_count, classes) if classes > thing_count else random.integers(classes)
            upper, lower = borders[place - blobs], borders[place - blobs + 1]
            wave = 0.03 * np.sin(2 * np.pi * (x * random.uniform(1, 3) + random.random()))
            inside = np.minimum(y + wave - upper, lower - y - wave)
            masks[query] = np.clip(80 * inside, -12, 8)
        masks[query] = np.minimum(masks[query], -front)
        front = np.maximum(front, masks[query])
    masks += random.normal(0, 0.5, masks.shape)
    class_logits = random.normal(0, 1, (queries, classes + 1))
    class_logits[np.arange(queries), labels] = random.uniform(7, 10, queries)
    class_logits[labels == classes, classes] = 6
    return MaskOutput(
        torch.from_numpy(class_logits.astype(np.float32))[None], torch.from_numpy(masks.astype(np.float32))[None]
    )


def things(classes: int) -> int:
    """How many of the classes, the first ones, are things."""
    return max(1, round(classes * THINGS / CLASSES))


def theirs(output):
    """The same logits as transformers' post-processing takes them."""
    from types import SimpleNamespace

    return SimpleNamespace(class_queries_logits=output.class_logits, masks_queries_logits=output.mask_logits)

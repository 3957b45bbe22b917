"""Checks of lesson 02, *Can a pixel decide alone?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure
from segtutor.segments import Categories, Category, Segmentation

_TOYS = Categories([Category(1, "cat", True), Category(2, "dog", True), Category(3, "grass", False)])


def mean_cross_entropy(answer: Any) -> str | None:
    """Exercise 02.1: -log of the softmax at the label, mean over the pixels that are not void."""
    rng = np.random.default_rng(0)
    cases = []
    for labels in ([[0, 2], [1, -1]], [[-1, -1], [-1, 2]], [[1, 1], [0, 2]]):
        logits = np.round(rng.normal(0, 2, (3, 2, 2)), 1)
        losses, valid = _pixel_losses(logits, np.array(labels))
        wrong_count = (float(losses[valid].sum() / valid.size), "Divide by the number of pixels that have a label.")
        as_last = (float(losses.mean()), "Void is not the last class: leave the pixels with label -1 out.")
        mistakes = [m for m in (wrong_count, as_last) if not valid.all()]
        mistakes.append((float(losses[valid].sum()), "That is the sum over the pixels; the loss is their mean."))
        hint = "Softmax over axis 0, then -log of the entry that the label names, then the mean over labels >= 0."
        cases.append(Case((logits, np.array(labels)), float(losses[valid].mean()), hint, tuple(mistakes)))
    large = np.array([[[1000.0, 0.0]], [[0.0, 1000.0]]])  # exp(1000) is infinite, the loss is 0
    cases.append(
        Case(
            (large, np.array([[0, 1]])),
            0.0,
            "exp overflows here: subtract the largest logit of each pixel first, which leaves the softmax as it is.",
        )
    )
    none = "Where no pixel has a label there is nothing to learn: return 0.0, not the mean over nothing."
    cases.append(Case((np.zeros((3, 1, 2)), np.array([[-1, -1]])), 0.0, none))
    return first_failure(answer, cases)


def window(answer: Any) -> str | None:
    """Exercise 02.2: first and last input column that one output column sees, padding counted."""
    cases = []
    for layers, position in (
        ([(3, 1, 1)], 4),
        ([(3, 1, 1), (3, 1, 1), (3, 1, 1)], 10),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], 20),
        ([(3, 2, 1), (3, 2, 1)], 5),
        ([(7, 2, 1), (3, 1, 2), (1, 1, 1)], 9),
        ([], 3),
    ):
        expected = _window(layers, position)
        forgotten = position - (expected[1] - expected[0]) // 2, position + (expected[1] - expected[0]) // 2
        backwards = _window(layers[::-1], position)
        mistakes = []
        if forgotten != expected:
            mistakes.append(
                (forgotten, "The width is right, the place is not: with stride s column i begins at s * i.")
            )
        if backwards != expected:
            mistakes.append(
                (backwards, "Go from the last layer back to the first: the output is known, the input not.")
            )
        hint = (
            "One layer: column i reads the input columns s * i - p, ..., s * i - p + d * (k - 1), with p = d * (k - 1) "
            "// 2; then the same for the layer before."
        )
        cases.append(Case((layers, position), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def enlarged_classes(answer: Any) -> str | None:
    """Exercise 02.3: bilinear enlargement of the scores, then the largest."""
    import torch
    import torch.nn.functional as F

    if not callable(answer):
        return first_failure(answer, [])
    generator = torch.Generator().manual_seed(1)
    cases = []
    for size in ((16, 16), (12, 20)):
        logits = 3 * torch.randn(3, 4, 4, generator=generator)

        def classes(how, logits=logits, size=size, **options):
            return F.interpolate(logits[None], size=size, mode=how, **options)[0].argmax(0)

        early = F.interpolate(logits.argmax(0)[None, None].float(), size=size, mode="nearest")[0, 0]
        mistakes = (
            (
                early,
                "Cells became blocks: classes cannot be mixed, scores can, so enlarge them bilinearly, then argmax.",
            ),
            (classes("bilinear", align_corners=True), "Nearly: pixel centres are aligned by align_corners=False."),
        )
        hint = "F.interpolate wants a batch axis: logits[None], and size=size, mode='bilinear', align_corners=False."
        cases.append(Case((logits, size), classes("bilinear", align_corners=False), hint, mistakes))
    return first_failure(answer, cases)


def balanced_weights(answer: Any) -> str | None:
    """Exercise 02.4: n / (number of classes present x pixels of the class), absent classes 0."""
    cases = []
    for labels, count in (([[0, 0, 0, 1]], 2), ([[0, 0, 2], [2, 2, 2]], 3), ([[1, -1], [0, 0]], 2), ([[1, 1]], 3)):
        labels = np.array(labels)
        pixels = np.bincount(labels[labels >= 0], minlength=count)
        present = int((pixels > 0).sum())
        total = int(pixels.sum())
        expected = np.divide(total, present * pixels, out=np.zeros(count), where=pixels > 0)
        with_void = np.divide(labels.size, present * pixels, out=np.zeros(count), where=pixels > 0)
        over_all = np.divide(total, count * pixels, out=np.zeros(count), where=pixels > 0)
        mistakes = [
            (wrong, sentence)
            for wrong, sentence in (
                (with_void, "Void pixels count in no loss: n is the number of pixels that have a label."),
                (over_all, "Share the loss among the classes that occur, not among all K."),
                (pixels / max(total, 1), "That is each class's share; a rare class needs a large weight."),
            )
            if not np.allclose(wrong, expected)
        ]
        hint = (
            "weight = n / (classes that occur * pixels of the class), and 0 for a class that does not occur: then each "
            "class has n / (classes that occur) in all."
        )
        cases.append(Case((labels, count), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def merged_pairs(answer: Any) -> str | None:
    """Exercise 02.5: pairs of things of one category that lie in one connected region of their class map."""
    scenes: list[tuple[list[list[int]], dict[int, int], int, str]] = [
        ([[1, 2, 9, 3], [1, 2, 9, 3]], {1: 1, 2: 1, 3: 1, 9: 3}, 1, "Only the first two cats touch."),
        ([[1, 2, 3], [1, 2, 3]], {1: 1, 2: 1, 3: 1}, 3, "Three cats in a row are one region: all three pairs merge."),
        ([[1, 2], [1, 2]], {1: 1, 2: 2}, 0, "A cat and a dog may touch: their class already tells them apart."),
        ([[1, 9], [9, 2]], {1: 1, 2: 1, 9: 3}, 0, "Cats that meet at a corner only are two regions."),
        ([[1, 9, 2], [9, 9, 9], [1, 2, 2]], {1: 1, 2: 1, 9: 3}, 1, "A cat in two parts merges by one of them."),
        ([[1, 9], [9, 9], [9, 1]], {1: 1, 9: 3}, 0, "One cat in two parts is no pair."),
        (
            [[1, 2, 9], [9, 9, 9], [1, 2, 9]],
            {1: 1, 2: 1, 9: 3},
            1,
            "The same two cats touch twice; a pair counts once.",
        ),
    ]
    cases = []
    for ids, names, expected, hint in scenes:
        cases.append(Case((Segmentation.from_ids(np.array(ids), names, _TOYS),), expected, hint))
    return first_failure(answer, cases)


def grouped(answer: Any) -> str | None:
    """Exercise 02.6: each thing pixel goes to the centre nearest to the place that it points at."""
    cases = []
    hint = (
        "A pixel at (row, column) points at (row + offsets[0], column + offsets[1]); its id is 1 + the index of the "
        "nearest centre, and 0 where is_thing is False."
    )
    for things, centres in (
        (np.array([[1, 1, 2, 2], [1, 1, 2, 2]]), [(0.5, 0.5), (0.5, 2.5)]),
        (np.array([[1, 0, 1, 2, 2], [1, 0, 1, 2, 2], [0, 0, 0, 2, 2]]), [(0.5, 1.0), (1.0, 3.5)]),
        (np.array([[2, 1, 1, 1, 1], [2, 0, 0, 3, 0]]), [(0.0, 2.5), (0.5, 0.0), (1.0, 3.0)]),
    ):
        rows, columns = np.indices(things.shape)
        where = np.array([(0.0, 0.0), *centres])[things]  # (H, W, 2)
        offsets = np.stack([where[..., 0] - rows, where[..., 1] - columns])
        is_thing = things > 0
        distance = ((np.stack([rows, columns], -1)[..., None, :] - np.array(centres)) ** 2).sum(-1)
        nearest = np.where(is_thing, distance.argmin(-1) + 1, 0)
        no_mask = things + (things == 0)
        mistakes = [
            (wrong, sentence)
            for wrong, sentence in (
                (nearest, "These are the centres nearest to the pixel; add its offset first."),
                (things - 1, "Ids begin at 1: add 1 to the index of the centre, and 0 is for no thing."),
                (no_mask, "Pixels that are no thing have id 0, wherever they point."),
            )
            if not np.array_equal(wrong, things)
        ]
        cases.append(Case((is_thing, np.round(offsets, 2), np.array(centres)), things, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def _pixel_losses(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """-log softmax at the label, (H, W), the last class's where the label is -1; and which pixels have a label."""
    shifted = logits - logits.max(0)
    log_probs = shifted - np.log(np.exp(shifted).sum(0))
    return -np.take_along_axis(log_probs, (labels % len(logits))[None], 0)[0], labels >= 0


def _window(layers: list[tuple[int, int, int]], position: int) -> tuple[int, int]:
    first = last = position
    for kernel, stride, dilation in reversed(layers):
        padding = dilation * (kernel - 1) // 2
        first, last = stride * first - padding, stride * last - padding + dilation * (kernel - 1)
    return first, last


CHECKS = {
    "02.1": mean_cross_entropy,
    "02.2": window,
    "02.3": enlarged_classes,
    "02.4": balanced_weights,
    "02.5": merged_pairs,
    "02.6": grouped,
}

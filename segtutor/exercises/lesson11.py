"""Checks of lesson 11, *One network for all three tasks?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def semantic_masks(answer: Any) -> str | None:
    """Exercise 11.1: the masks of a panoptic truth, one for each class."""
    rng = np.random.default_rng(0)
    cases = []
    for labels in ([3, 1, 3], [0, 2, 2, 0, 5]):
        owner = rng.integers(0, len(labels), (3, 4))
        owner.flat[: len(labels)] = np.arange(len(labels))  # nobody is empty
        masks = owner == np.arange(len(labels))[:, None, None]
        classes = np.unique(labels)
        expected = np.stack([masks[np.array(labels) == k].any(0) for k in classes])
        found = list(dict.fromkeys(labels))
        seen = np.stack([masks[np.array(labels) == k].any(0) for k in found])
        both = np.stack([masks[np.array(labels) == k].all(0) for k in classes])
        mistakes = [
            (masks, "Those are the masks of the truth as they are; masks of one class become one."),
            (np.stack([masks[labels.index(k)] for k in classes]), "Of each class that takes the first mask alone."),
            (both, "A pixel belongs to the class if it lies in *any* of its masks, not in all of them."),
            (expected.sum(0), "One mask for each class is asked for, not a map of counts."),
        ]
        if not np.array_equal(seen, expected):
            mistakes.append((seen, "The classes come sorted by their number."))
        hint = "For each class of np.unique(labels): masks[labels == k].any(axis=0), all of them stacked."
        cases.append(Case((masks, np.array(labels)), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def instance_masks(answer: Any) -> str | None:
    """Exercise 11.2: the masks of the things alone."""
    cases = []
    for ids, category, things in (
        ([[1, 1, 2], [3, 3, 2], [0, 4, 4]], {1: 7, 2: 5, 3: 5, 4: 9}, [5, 9]),
        ([[8, 8, 6], [0, 6, 6], [2, 2, 2]], {8: 1, 6: 2, 2: 1}, [1]),
    ):
        segment_ids = np.array(ids)
        kept = sorted(n for n in category if category[n] in things)
        stuff = sorted(n for n in category if category[n] not in things)
        expected = np.stack([segment_ids == n for n in kept])
        classes = np.stack([np.isin(segment_ids, [n for n in category if category[n] == k]) for k in things])
        mistakes = [
            (np.stack([segment_ids == n for n in sorted(category)]), "Stuff is background here: leave it out."),
            (np.stack([segment_ids == n for n in stuff]), "Those are the masks of stuff; things are asked for."),
            (
                np.where(np.isin(segment_ids, kept), segment_ids, 0),
                "That is a map; one mask for each thing is asked for.",
            ),
            (expected.any(0), "Each thing has a mask of its own."),
        ]
        if classes.shape != expected.shape or not np.array_equal(classes, expected):
            mistakes.append((classes, "Two things of one class stay two: that is what instance segmentation asks."))
        mistakes = [(wrong, said) for wrong, said in mistakes if not np.array_equal(wrong, expected)]
        hint = "For each id n of category, in order, whose category[n] is in things: segment_ids == n."
        cases.append(Case((segment_ids, category, things), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def sentence(answer: Any) -> str | None:
    """Exercise 11.3: the numbers of a sentence, with its marks, filled up."""
    cases = []
    for pieces, length in (([518, 10549, 533, 34572], 8), ([7, 9], 6)):
        start, end = 49406, 49407
        expected = np.array([start, *pieces, end] + [0] * (length - len(pieces) - 2))
        zeros = [0] * (length - len(pieces))
        mistakes = (
            (np.array([*pieces, *zeros]), "The start mark comes first, the end mark right behind the last piece."),
            (np.array([start, *pieces, *zeros[1:]]), "The end mark is missing."),
            (np.array([start, *pieces, *zeros[2:], end]), "The end mark stands right behind the last piece."),
            (np.array([start, *pieces, *[end] * (length - len(pieces) - 1)]), "Fill up with 0, not with the end mark."),
            (expected[expected > 0], "Filled up with 0 to `length`, so that all sentences are equally long."),
        )
        hint = "[start, *pieces, end], then zeros until there are `length` numbers."
        cases.append(Case((pieces, start, end, length), expected, hint, mistakes))
    return first_failure(answer, cases)


def entries(answer: Any) -> str | None:
    """Exercise 11.4: the list of sentences that the text queries are made of."""
    cases = []
    for labels, task, count in (([2, 0, 2], "panoptic", 5), ([1, 1], "instance", 4)):
        names = ["sky", "cat", "road"]
        seen = [f"a photo with a {names[k]}" for k in labels]
        rest = [f"a {task} photo"] * (count - len(labels))
        once = [f"a photo with a {names[k]}" for k in dict.fromkeys(labels)]
        mistakes = (
            (seen, "The list is filled up to `count` with what the task is."),
            (rest[:1] * count, "First an entry for each mask."),
            (once + [f"a {task} photo"] * (count - len(once)), "One entry for each *mask*: two cats are two entries."),
            (rest + seen, "The masks' entries come first."),
            (seen + [f"the task is {task}"] * len(rest), 'What fills the list is "a {task} photo".'),
            ([names[k] for k in labels] + rest, 'Each entry is a sentence: "a photo with a {class}".'),
        )
        hint = '"a photo with a {name}" for each label, then "a {task} photo" until there are `count`.'
        cases.append(Case((labels, names, task, count), seen + rest, hint, mistakes))
    return first_failure(answer, cases)


def contrastive(answer: Any) -> str | None:
    """Exercise 11.5: eq. 1 of OneFormer, both directions."""
    rng = np.random.default_rng(1)
    cases = []
    for pairs, width, scale in ((3, 4, 5.0), (4, 6, 10.0)):
        queries = rng.normal(size=(pairs, width))
        texts = queries + rng.normal(size=(pairs, width))
        table = _unit(queries) @ _unit(texts).T * scale
        raw = queries @ texts.T * scale
        mistakes = (
            (_entropy(table), "That is one direction; the other is the same on the transposed table."),
            (_entropy(table.T), "That is one direction; the other is the same on the transposed table."),
            ((_entropy(table) + _entropy(table.T)) / 2, "Eq. 1 adds the two, it does not average them."),
            (_entropy(raw) + _entropy(raw.T), "Vectors are brought to length 1 first: similarity is a cosine."),
            (2 * _entropy(table / scale), "The scale is missing: cosines lie between -1 and 1 and hardly differ."),
            (-_entropy(table) - _entropy(table.T), "The sign: minus the logarithm of the right one's share."),
        )
        hint = "Table of cosines times scale; -log softmax of its diagonal, along rows and along columns; mean, sum."
        cases.append(Case((queries, texts, scale), _entropy(table) + _entropy(table.T), hint, mistakes))
    return first_failure(answer, cases)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _entropy(table: np.ndarray) -> float:
    shares = np.exp(table - table.max(1, keepdims=True))
    return float(-np.log(np.diag(shares) / shares.sum(1)).mean())


CHECKS = {
    "11.1": semantic_masks,
    "11.2": instance_masks,
    "11.3": sentence,
    "11.4": entries,
    "11.5": contrastive,
}

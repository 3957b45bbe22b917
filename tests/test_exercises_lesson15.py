"""The checks of lesson 15: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson15 import CHECKS


def probabilities(progress, blocks, *, parts=2, power=0.9, turned=False, inverse=False, wait=1):
    part = progress * (blocks + parts)
    found = [(1 - min(max(part - wait - i, 0), 1)) ** power for i in range(blocks)]
    found = found[::-1] if turned else found
    return [1 - p for p in found] if inverse else found


def permissions(inside, prefix, *, form="right"):
    queries, patches = inside.shape
    between = 0 if form == "no prefix" else prefix
    table = np.zeros if form == "closed" else np.ones
    table = table((queries + between + patches,) * 2, bool)
    first = queries if form in ("shifted", "no prefix") else queries + prefix
    if form in ("turned", "both"):
        table[queries + prefix :, :queries] = inside.T
    if form != "turned":
        table[:queries, first : first + patches] = inside
    return ~table if form == "inverse" else table


def shared(to_queries, to_patches, *, form="right"):
    scores = np.concatenate((to_queries, to_patches), axis=1)
    count = to_queries.shape[1]
    if form == "overflow":
        with np.errstate(all="ignore"):
            weights = np.exp(scores)
            return weights[:, count:].sum(1) / weights.sum(1)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    share = weights[:, count:].sum(1) / weights.sum(1)
    return {
        "right": share, "queries": 1 - share, "two": np.ones(len(scores)),
        "whole": weights[:, count:].sum() / weights.sum(),
        "counts": np.full(len(scores), to_patches.shape[1] / scores.shape[1]),
    }[form]  # fmt: skip


def tokens(height, width, patch, queries, prefix, layers, last, *, form="right"):
    cells = (height // patch) * (width // patch)
    before = cells if form == "no prefix" else cells + prefix
    after = before + queries
    if form == "always":
        return layers * after**2
    if form == "linear":
        return (layers - last) * before + last * after
    if form == "turned":
        return last * before**2 + (layers - last) * after**2
    if form == "two":
        return before**2 + after**2
    return (layers - last) * before**2 + last * after**2


RIGHT = {"15.1": probabilities, "15.2": permissions, "15.3": shared, "15.4": tokens}
SLIPS = [
    ("15.1", {"parts": 0}, "blocks + 2"),
    ("15.1", {"power": 1.0}, "0.9"),
    ("15.1", {"turned": True}, "earliest"),
    ("15.1", {"inverse": True}, "begins at 1"),
    ("15.1", {"wait": 0}, "first part"),
    ("15.2", {"form": "turned"}, "Rows are who looks"),
    ("15.2", {"form": "both"}, "Patches may look"),
    ("15.2", {"form": "no prefix"}, "stand between|shape"),
    ("15.2", {"form": "closed"}, "permitted"),
    ("15.2", {"form": "shifted"}, "come last"),
    ("15.2", {"form": "inverse"}, "may look"),
    ("15.3", {"form": "queries"}, "goes to queries"),
    ("15.3", {"form": "two"}, "Two softmaxes"),
    ("15.3", {"form": "whole"}, "each query|shape"),
    ("15.3", {"form": "counts"}, "Count weights"),
    ("15.3", {"form": "overflow"}, "infinite|NaN|nan"),
    ("15.4", {"form": "always"}, "last layers only"),
    ("15.4", {"form": "no prefix"}, "are tokens too"),
    ("15.4", {"form": "linear"}, "tokens times tokens"),
    ("15.4", {"form": "turned"}, "*first*"),
    ("15.4", {"form": "two"}, "all layers"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)

"""The checks of lesson 05: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import torch
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson05 import CHECKS


def weights_of(h, w, x, y, *, centre=0.5, corners=False, swap=False, whole=False):
    if swap:
        x, y = y, x
    column, row = (x * (w - 1), y * (h - 1)) if corners else (x * w - centre, y * h - centre)
    near = np.clip(1 - abs(np.arange(h) - row), 0, 1)[:, None] * np.clip(1 - abs(np.arange(w) - column), 0, 1)
    return near / near.sum() if whole and near.sum() else near


def costs(H, W, strides, points, *, squares=False, one_map=False, cut=False):
    cells = [(H // s) * (W // s) if cut else -(-H // s) * -(-W // s) for s in strides]
    pairs = sum(n * n for n in cells) if squares else sum(cells) ** 2
    return pairs, sum(cells) * points * (1 if one_map else len(strides))


def references(sizes, *, swap=False, shift=0.5, relative=True, down=False):
    points = []
    for h, w in sizes:
        cells = [(r, c) for c in range(w) for r in range(h)] if down else [(r, c) for r in range(h) for c in range(w)]
        points += [((c + shift) / (w if relative else 1), (r + shift) / (h if relative else 1)) for r, c in cells]
    return np.array(points)[:, ::-1] if swap else np.array(points)


def row(sizes, reference, offsets, scores, *, softmax="all", cells=True, swap=False, move=True):
    weights = np.exp(scores) if softmax else scores
    if softmax:
        weights = weights / (weights.sum() if softmax == "all" else weights.sum(1, keepdims=True))
    rows = []
    for (h, w), some, their_weights in zip(sizes, offsets, weights, strict=True):
        size = np.array(((h, w) if swap else (w, h)) if cells else (1, 1))
        taken = [a * weights_of(h, w, *(reference + o / size * move)) for o, a in zip(some, their_weights, strict=True)]
        rows.append(sum(taken).ravel())
    return np.concatenate(rows)


RIGHT = {"05.1": weights_of, "05.2": costs, "05.3": references, "05.4": row}
SLIPS = [
    ("05.1", {"corners": True}, "not of its centres"),
    ("05.1", {"centre": 0}, "half a cell off"),
    ("05.1", {"swap": True}, "x goes along the columns"),
    ("05.1", {"whole": True}, "outside the map reads 0"),
    ("05.2", {"squares": True}, "add first, then square"),
    ("05.2", {"one_map": True}, "in each of the L maps"),
    ("05.2", {"cut": True}, "round up"),
    ("05.3", {"swap": True}, "the column comes first"),
    ("05.3", {"shift": 0}, "corners of the cells"),
    ("05.3", {"relative": False}, "Divide by the map's width"),
    ("05.3", {"down": True}, "the column runs fastest"),
    ("05.4", {"softmax": None}, "are the softmax"),
    ("05.4", {"softmax": "each"}, "all maps together"),
    ("05.4", {"cells": False}, "Offsets are in cells"),
    ("05.4", {"swap": True}, "y by h"),
    ("05.4", {"move": False}, "add the offsets"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)


def test_the_row_of_the_right_answer_is_deformable_attention():
    from segtutor.reference.layers.deformable import deformable_attention

    rng = np.random.default_rng(1)
    sizes, offsets, scores = [(2, 3), (4, 5)], rng.normal(0, 1, (2, 4, 2)), rng.normal(0, 1, (2, 4))
    reference, values = np.array([0.3, 0.6]), rng.normal(0, 1, 26)
    points = reference + offsets / np.array([[[3, 2]], [[5, 4]]])
    weights = np.exp(scores) / np.exp(scores).sum()
    tensors = (torch.from_numpy(array) for array in (points, weights))
    read = deformable_attention(
        torch.from_numpy(values)[None, :, None, None], sizes, *(tensor[None, None, None] for tensor in tensors)
    )
    assert np.isclose(read.item(), row(sizes, reference, offsets, scores) @ values)

"""The checks of lesson 04: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import torch
import torch.nn.functional as F
from slips import three_tests

from segtutor.exercises.lesson04 import CHECKS


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


def step(fine, coarse, matrix, *, lateral=True, above=True, tile=False, turned=False, plain=False):
    H, W = fine.shape[1:]
    enlarged = F.interpolate(torch.from_numpy(coarse)[None], size=(H, W), mode="nearest")[0].numpy()
    if tile:
        enlarged = np.tile(coarse, (1, H, W))[:, :H, :W]
    if turned and matrix.shape[0] == matrix.shape[1]:
        matrix = matrix.T
    seen = np.tensordot(matrix, fine, 1)
    if plain and matrix.shape[0] == matrix.shape[1]:
        seen = fine
    return seen * lateral + enlarged * above


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


RIGHT = {"04.1": weights_of, "04.2": costs, "04.3": references, "04.4": step, "04.5": row}
SLIPS = [
    ("04.1", {"corners": True}, "not of its centres"),
    ("04.1", {"centre": 0}, "half a cell off"),
    ("04.1", {"swap": True}, "x goes along the columns"),
    ("04.1", {"whole": True}, "outside the map reads 0"),
    ("04.2", {"squares": True}, "add first, then square"),
    ("04.2", {"one_map": True}, "in each of the L maps"),
    ("04.2", {"cut": True}, "round up"),
    ("04.3", {"swap": True}, "the column comes first"),
    ("04.3", {"shift": 0}, "corners of the cells"),
    ("04.3", {"relative": False}, "Divide by the map's width"),
    ("04.3", {"down": True}, "the column runs fastest"),
    ("04.4", {"lateral": False}, "The lateral part is missing"),
    ("04.4", {"above": False}, "The coarse map is missing"),
    ("04.4", {"tile": True}, "side by side"),
    ("04.4", {"turned": True}, "Rows of the matrix"),
    ("04.4", {"plain": True}, "by the matrix before you add"),
    ("04.5", {"softmax": None}, "are the softmax"),
    ("04.5", {"softmax": "each"}, "all maps together"),
    ("04.5", {"cells": False}, "Offsets are in cells"),
    ("04.5", {"swap": True}, "y by h"),
    ("04.5", {"move": False}, "add the offsets"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


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

"""Checks of lesson 15, *What is left without a decoder?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def probabilities(answer: Any) -> str | None:
    """Exercise 15.1: the probability of masking before each of the last layers."""
    cases = []
    for progress, blocks in ((0.4, 4), (0.0, 3), (1.0, 3), (0.33, 2)):
        expected = _annealed(progress, blocks)
        slips = (
            (_annealed(progress, blocks, parts=blocks), "There are blocks + 2 parts: one before, and one after."),
            (_annealed(progress, blocks, power=1.0), "It falls as (1 - t) ** 0.9."),
            (expected[::-1], "The earliest layer lets go first."),
            ([1 - p for p in expected], "It begins at 1 and ends at 0."),
            (_annealed(progress, blocks, wait=0), "In the first part all layers stay masked."),
        )
        mistakes = tuple((wrong, said) for wrong, said in slips if not np.allclose(wrong, expected))
        hint = "part = progress * (blocks + 2); layer i: t = part - 1 - i, held between 0 and 1."
        cases.append(Case((progress, blocks), expected, hint, mistakes))
    return first_failure(answer, cases)


def permissions(answer: Any) -> str | None:
    """Exercise 15.2: who may look at whom, among all tokens."""
    rng = np.random.default_rng(0)
    cases = []
    for queries, patches, prefix in ((2, 4, 1), (3, 6, 2)):
        inside = rng.random((queries, patches)) < 0.5
        inside[0, 0], inside[-1, -1] = True, False
        total, first = queries + prefix + patches, queries + prefix
        expected = np.ones((total, total), bool)
        expected[:queries, first:] = inside
        turned = np.ones((total, total), bool)
        turned[first:, :queries] = inside.T
        both = expected & turned
        without = np.ones((queries + patches,) * 2, bool)
        without[:queries, queries:] = inside
        closed = np.zeros((total, total), bool)
        closed[:queries, first:] = inside
        shifted = np.ones((total, total), bool)
        shifted[:queries, queries : queries + patches] = inside
        mistakes = (
            (turned, "Rows are who looks, columns at whom: a query's row is limited."),
            (both, "Patches may look at all queries; only the other way is limited."),
            (without, "The others, `prefix` of them, stand between the queries and the patches."),
            (closed, "All else is permitted: True."),
            (shifted, "The patches come last, behind the others."),
            (~expected, "True means: may look."),
        )
        hint = "np.ones of (Q + prefix + S) squared; the block [:Q, Q + prefix:] is inside."
        cases.append(Case((inside, prefix), expected, hint, mistakes))
    return first_failure(answer, cases)


def shared(answer: Any) -> str | None:
    """Exercise 15.3: the share of a joint softmax that goes to patches."""
    rng = np.random.default_rng(1)
    cases = []
    for queries, patches, offset in ((2, 3, 0.0), (3, 5, 1000.0)):
        to_queries = rng.normal(size=(queries, queries)) + offset
        to_patches = rng.normal(size=(queries, patches)) + offset
        scores = np.concatenate((to_queries, to_patches), axis=1)
        weights = np.exp(scores - scores.max(1, keepdims=True))
        expected = weights[:, queries:].sum(1) / weights.sum(1)
        mistakes = (
            (1 - expected, "That is the share that goes to queries."),
            (np.ones(queries), "Two softmaxes give a whole 1 to the patches; here all scores share one."),
            (weights[:, queries:].sum() / weights.sum(), "One share for each query: do not add up over the rows."),
            (np.full(queries, patches / (queries + patches)), "Count weights, not tokens."),
            (np.full(queries, np.nan), "exp(1000) is infinite: take the largest score of each row away first."),
        )
        hint = "Join the scores along axis 1, softmax each row, add up the columns of the patches."
        cases.append(Case((to_queries, to_patches), expected, hint, mistakes))
    return first_failure(answer, cases)


def tokens(answer: Any) -> str | None:
    """Exercise 15.4: pairs of tokens in all layers."""
    cases = []
    for given in ((128, 128, 8, 24, 2, 6, 3), (64, 96, 16, 5, 1, 4, 1)):
        height, width, patch, queries, prefix, layers, last = given
        cells = (height // patch) * (width // patch)
        before = cells + prefix
        expected = (layers - last) * before**2 + last * (before + queries) ** 2
        mistakes = (
            (layers * (before + queries) ** 2, "The queries join in the last layers only."),
            (
                (layers - last) * cells**2 + last * (cells + queries) ** 2,
                "The others, `prefix` of them, are tokens too.",
            ),
            ((layers - last) * before + last * (before + queries), "Each token looks at each: tokens times tokens."),
            (last * before**2 + (layers - last) * (before + queries) ** 2, "The *first* layers have no queries."),
            (before**2 + (before + queries) ** 2, "That is one layer of each kind; add up all layers."),
        )
        hint = "Tokens: (height // patch) * (width // patch) + prefix, later + queries; squares, times layers."
        cases.append(Case(given, expected, hint, mistakes))
    return first_failure(answer, cases)


def _annealed(progress: float, blocks: int, *, parts: int = 0, power: float = 0.9, wait: int = 1) -> list[float]:
    part = progress * (parts or blocks + 2)
    return [(1 - min(max(part - wait - i, 0), 1)) ** power for i in range(blocks)]


CHECKS = {
    "15.1": probabilities,
    "15.2": permissions,
    "15.3": shared,
    "15.4": tokens,
}

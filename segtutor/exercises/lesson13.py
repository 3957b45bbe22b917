"""Checks of lesson 13, *Can I just point at it?*"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def fourier(answer: Any) -> str | None:
    """Exercise 13.1: positions as Fourier features."""
    cases = []
    directions = np.array([[0.3, -1.1, 0.7], [0.9, 0.2, -0.4]])
    for xy in ([[0.5, 0.5]], [[0.1, 0.8], [0.75, 0.25]]):
        given = np.array(xy)

        def features(move=True, turn=2 * np.pi, order="sine first", swap=False, given=given):
            at = 2 * given - 1 if move else given
            angles = turn * (at[:, ::-1] if swap else at) @ directions
            both = [np.sin(angles), np.cos(angles)]
            if order == "interleaved":
                return np.stack(both, -1).reshape(len(given), -1)
            return np.concatenate(both[::-1] if order == "cosine first" else both, 1)

        right = features()
        slips = (
            (features(move=False), "Positions go from 0 to 1; move them to -1..1 first: 2 xy - 1."),
            (features(turn=1.0), "The angle is 2 pi times the product."),
            (features(turn=np.pi), "The angle is 2 pi times the product, not pi times."),
            (features(order="cosine first"), "The sines come first, then the cosines."),
            (features(order="interleaved"), "First all sines, then all cosines, not in turns."),
            (features(swap=True), "x goes with the first row of the directions, y with the second."),
        )
        hint = "angles = 2 pi (2 xy - 1) @ directions; then the sines beside the cosines, (P, 2 n)."
        cases.append(Case((given, directions), right, hint, _different(slips, right)))
    return first_failure(answer, cases)


def best_mask(answer: Any) -> str | None:
    """Exercise 13.2: the mask of the token with the best predicted IoU."""
    rng = np.random.default_rng(13)
    cases = []
    for scores in ([0.3, 0.9, 0.6], [0.8, 0.1, 0.5]):
        weights, pixels, given = rng.normal(size=(3, 4)), rng.normal(size=(4, 5, 6)), np.array(scores)
        logits = np.einsum("mc,chw->mhw", weights, pixels)
        best = int(given.argmax())
        right = logits[best] > 0
        slips = (
            (logits[int(given.argmin())] > 0, "The token with the best score is asked for, not the worst."),
            (logits.max(0) > 0, "Choose one token by its score; do not take the maximum over the tokens."),
            (logits > 0, "One mask is asked for, (h, w): that of the token with the best score."),
            (logits[best] > 0.5, "These are logits: inside is above 0, which is a probability of one half."),
            (logits[best], "Return the mask, bool: where the logit is above 0."),
            (logits[best] < 0, "Inside is where the logit is above 0, not below."),
        )
        hint = "A dot product over the C channels: np.einsum('c,chw->hw', weights[best], pixels) > 0."
        cases.append(Case((weights, pixels, given), right, hint, _different(slips, right)))
    return first_failure(answer, cases)


def set_loss(answer: Any) -> str | None:
    """Exercise 13.3: the mean loss of the masks under the cheapest assignment."""
    cases = []
    for rows in (
        [[0.2, 0.3, 0.4], [0.9, 0.8, 0.9], [1.0, 1.0, 0.9]],
        [[0.1, 0.2, 0.9], [0.2, 0.9, 0.8], [0.7, 0.8, 0.3]],
        [[1.0, 9.0], [9.0, 2.0], [0.0, 0.0]],
    ):
        losses = np.array(rows)
        right = _cheapest(losses)
        slips = (
            (losses.min(0).mean(), "That lets one answer serve several masks: each mask needs an answer of its own."),
            (losses.min(), "That is SAM's minimum for one mask; here every mask counts, with its own answer."),
            (_cheapest(losses, total=True), "Return the mean over the masks, not the sum."),
            (_greedy(losses), "One mask after the other takes the cheapest that is left: try all assignments instead."),
            (np.diagonal(losses).mean(), "Mask j need not go to answer j: try all assignments."),
            (_cheapest(losses, choose=max), "The cheapest assignment is asked for, not the most expensive."),
        )
        hint = "itertools.permutations(range(M), T) gives the answer of each mask; the smallest of their mean losses."
        cases.append(Case((losses,), right, hint, _different(slips, right)))
    return first_failure(answer, cases)


def film(answer: Any) -> str | None:
    """Exercise 13.4: a prompt changes every cell in the same way."""
    rng = np.random.default_rng(4)
    cases = []
    for channels, width in ((2, 3), (3, 3)):
        x, prompt = rng.normal(size=(4, 5, channels)), rng.normal(size=width)
        matrix = rng.normal(size=(2 * channels, width))
        gamma, beta = np.split(matrix @ prompt, 2)
        right = (1 + gamma) * x + beta
        first, second = (matrix @ prompt)[::2], (matrix @ prompt)[1::2]
        slips = (
            (gamma * x + beta, "The factor is 1 + gamma: with gamma = 0 the cells stay as they are."),
            ((1 + beta) * x + gamma, "The first C numbers are gamma, the last C are beta."),
            ((1 + first) * x + second, "The first C numbers are gamma, the last C beta: they do not take turns."),
            ((1 + gamma) * x, "beta is missing: it is added to each cell."),
            ((1 + gamma) * (x + beta), "beta is added after the product, not before."),
        )
        hint = "gamma, beta = np.split(matrix @ prompt, 2); both have C numbers and meet the last axis of x."
        cases.append(Case((x, prompt, matrix), right, hint, _different(slips, right)))
    return first_failure(answer, cases)


def _different(slips: tuple, right: Any) -> tuple:
    """The slips that differ from the right answer in this case."""
    right = np.asarray(right)
    return tuple(
        (wrong, sentence)
        for wrong, sentence in slips
        if np.shape(wrong) != right.shape or not np.allclose(wrong, right, atol=1e-3)
    )


def _cheapest(losses: np.ndarray, *, total: bool = False, choose: Any = min) -> float:
    answers, masks = losses.shape
    sums = [sum(losses[i, j] for j, i in enumerate(order)) for order in permutations(range(answers), masks)]
    return float(choose(sums)) / (1 if total else masks)


def _greedy(losses: np.ndarray) -> float:
    left, taken = list(range(len(losses))), []
    for mask in range(losses.shape[1]):
        answer = min(left, key=lambda i: losses[i, mask])
        left.remove(answer)
        taken.append(losses[answer, mask])
    return float(np.mean(taken))


CHECKS = {"13.1": fourier, "13.2": best_mask, "13.3": set_loss, "13.4": film}

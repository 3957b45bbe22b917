"""Checks of lesson 14, *What if the task is in the picture?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def smooth_l1(answer: Any) -> str | None:
    """Exercise 14.1: smooth L1, number by number."""
    cases = []
    for errors, beta in (([0.0, 0.05, -0.2, 0.3], 0.1), ([-2.0, 0.5, 3.0], 1.0)):
        error = np.array(errors)
        size = np.abs(error)
        expected = np.where(size < beta, error**2 / (2 * beta), size - beta / 2)
        mistakes = (
            (size, "That is the absolute value everywhere; below beta it is a square."),
            (error**2 / (2 * beta), "That is the square everywhere; from beta on it is a line."),
            (
                np.where(size < beta, error**2 / (2 * beta), size),
                "The two pieces must meet at beta: subtract beta / 2 from the line.",
            ),
            (
                np.where(size < beta, error**2 / 2, size - beta / 2),
                "Divide the square by beta, or the pieces do not meet.",
            ),
            (
                np.where(error < beta, error**2 / (2 * beta), error - beta / 2),
                "An error may be negative: compare its size with beta.",
            ),
            (expected.mean(), "That is the mean; one number for each error is asked for."),
        )
        cases.append(
            Case((error, beta), expected, "e ** 2 / (2 beta) below beta, |e| - beta / 2 from there on.", mistakes)
        )
    return first_failure(answer, cases)


def class_colours(answer: Any) -> str | None:
    """Exercise 14.2: a colour for each class, by digits to a base."""
    cases = []
    for count in (7, 20, 150):
        expected = _colours(count)
        slips = (
            (_colours(count, base=_base(count) - 1), "Too few digits: base ** 3 must be more than the count."),
            (_colours(count)[:, ::-1], "Red has the highest digit, blue the lowest."),
            (_colours(count, falling=False), "Colours count down from 255, so that no class is black."),
            (_colours(count, step=255), "The step is 256 // base, so that all digits fit between 0 and 255."),
        )
        mistakes = tuple((wrong, said) for wrong, said in slips if not np.array_equal(wrong, expected))
        hint = "Class i has the digits i // b ** 2, i // b % b and i % b; a channel is 255 - digit * (256 // b)."
        cases.append(Case((count,), expected, hint, mistakes))
    return first_failure(answer, cases)


def read_classes(answer: Any) -> str | None:
    """Exercise 14.3: from a painted picture back to classes."""
    rng = np.random.default_rng(0)
    cases = []
    for classes in (3, 5):
        colours = rng.integers(1, 256, (classes, 3)).astype(float)
        colours[1] = colours[0] + 12  # close, so that a crude comparison goes wrong
        painted = colours[rng.integers(0, classes, (4, 5))] + rng.normal(0, 4, (4, 5, 3))
        distances = ((painted[:, :, None] - colours) ** 2).sum(-1)
        signed = (painted[:, :, None] - colours).sum(-1)
        mistakes = [
            (distances.argmax(-1), "Nearest means the *smallest* distance."),
            (signed.argmin(-1), "Differences of both signs cancel: square them before adding up."),
            (distances.min(-1), "Those are the distances; which class is nearest is asked for."),
            (distances.argmin(-1).T, "The other way round: one row a row of the picture."),
        ]
        hint = "Squared distance of each pixel to each colour, (H, W, K), then argmin over the colours."
        cases.append(Case((painted, colours), distances.argmin(-1), hint, tuple(mistakes)))
    return first_failure(answer, cases)


def copy_colours(answer: Any) -> str | None:
    """Exercise 14.4: each cell of the query takes the colours of the prompt's cells that look like it."""
    rng = np.random.default_rng(1)
    cases = []
    for cells, others, width, temperature in ((2, 3, 4, 0.1), (4, 5, 3, 0.03)):
        query, prompt = rng.normal(size=(cells, width)), rng.normal(size=(others, width))
        colours = rng.random((others, 3))
        alike = _unit(query) @ _unit(prompt).T
        weights = _softmax(alike / temperature)
        hard = colours[alike.argmax(1)]
        mistakes = (
            (_softmax(query @ prompt.T / temperature) @ colours, "Vectors are brought to length 1 first: a cosine."),
            (_softmax(alike) @ colours, "The temperature is missing: divide the cosines by it."),
            (_softmax(alike * temperature) @ colours, "Divide by the temperature: a small one makes the choice sharp."),
            (_softmax(alike.T / temperature).T @ colours, "The weights of one *query* cell add up to 1."),
            (hard, "That takes the best cell alone; the mean over all of them, weighted, is asked for."),
            (weights, "Those are the weights; the colours' mean with them is asked for."),
        )
        hint = "Cosines (Q, S), divided by the temperature, a softmax over the prompt's cells, then @ colours."
        cases.append(Case((query, prompt, colours, temperature), weights @ colours, hint, mistakes))
    return first_failure(answer, cases)


def ensemble(answer: Any) -> str | None:
    """Exercise 14.5: the query's half becomes the mean over prompts, stream by stream."""
    rng = np.random.default_rng(2)
    cases = []
    for prompts, rows in ((2, 4), (3, 6)):
        states = rng.normal(size=(2 * prompts, rows, 2)).round(2)  # pictures of each prompt, then their targets
        half = rows // 2

        def mixed(groups: list[slice], part: slice, states: np.ndarray = states) -> np.ndarray:
            new = states.copy()
            for group in groups:
                new[group, part] = states[group, part].mean(0)
            return new

        streams, below = [slice(0, prompts), slice(prompts, None)], slice(half, None)
        mistakes = (
            (
                mixed([slice(None)], below),
                "Pictures and targets are two streams: each has its own mean.",
            ),
            (mixed(streams, slice(None)), "The prompts' own halves stay as they are."),
            (mixed(streams, slice(0, half)), "That is the upper half, the prompt's; the query lies below."),
            (states, "Nothing has changed: the query's halves become their mean."),
        )
        hint = "For states[:prompts] and states[prompts:]: the lower half of the rows becomes its mean over axis 0."
        cases.append(Case((states, prompts), mixed(streams, below), hint, mistakes))
    return first_failure(answer, cases)


def _base(count: int) -> int:
    return int(count ** (1 / 3)) + 1


def _colours(count: int, *, base: int = 0, falling: bool = True, step: int = 0) -> np.ndarray:
    base = base or _base(count)
    index = np.arange(count)
    digits = np.stack([index // base**2, index // base % base, index % base], axis=1)
    steps = digits * (step or 256 // base)
    return 255 - steps if falling else steps


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


CHECKS = {
    "14.1": smooth_l1,
    "14.2": class_colours,
    "14.3": read_classes,
    "14.4": copy_colours,
    "14.5": ensemble,
}

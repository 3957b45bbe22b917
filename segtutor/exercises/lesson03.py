"""Checks of lesson 03, *Why not classify masks instead?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def mask_costs(answer: Any) -> str | None:
    """Exercise 03.1: BCE and dice of all pairs, from logits."""
    rng = np.random.default_rng(0)
    cases = []
    for queries, targets, pixels in ((2, 3, 4), (3, 1, 5)):
        logits = np.round(rng.normal(0, 2, (queries, pixels)), 1)
        masks = (rng.random((targets, pixels)) > 0.5).astype(float)
        bce, dice = _mask_costs(logits, masks)
        probs = 1 / (1 + np.exp(-logits))
        areas = probs.sum(1)[:, None] + masks.sum(1)
        mistakes = (
            ((bce * pixels, dice), "BCE is the mean over the pixels, not their sum."),
            (
                (bce, 1 - 2 * probs @ masks.T / areas),
                "Dice has + 1 above and below, so that empty masks are not 0 / 0.",
            ),
            ((bce, 1 - dice), "Dice is a cost: 1 minus the overlap, small where masks agree."),
            ((bce, _dice(logits, masks)), "Dice wants probabilities: a sigmoid of the logits first."),
            ((dice, bce), "Both are right, in the other order: first BCE, then dice."),
        )
        hint = (
            "bce = mean of softplus(x) - x t over the pixels, dice = 1 - (2 m.t + 1) / (sum m + sum t + 1) with "
            "m = sigmoid(x); both have the shape (Q, N)."
        )
        cases.append(Case((logits, masks), (bce, dice), hint, mistakes))
    large = np.array([[1000.0, -1000.0]])
    both = _mask_costs(large, np.array([[1.0, 0.0], [0.0, 1.0]]))
    cases.append(
        Case(
            (large, np.array([[1.0, 0.0], [0.0, 1.0]])),
            both,
            "exp(1000) is infinite: np.logaddexp(0, x) is softplus, and exp(-logaddexp(0, -x)) the sigmoid.",
        )
    )
    return first_failure(answer, cases)


def greedy(answer: Any) -> str | None:
    """Exercise 03.2: the smallest entry, again and again."""
    rng = np.random.default_rng(1)
    matrices = [np.array([[1.0, 2.0], [2.0, 9.0]]), np.array([[5.0, 3.0, 4.0]])]
    matrices += [np.round(rng.permutation(n * m).reshape(n, m) - 4.0, 1) for n, m in ((3, 3), (4, 2), (2, 5))]
    cases = []
    for cost in matrices:
        expected = _greedy(cost)
        rows, columns = _best(cost)
        best = [list(pair) for pair in zip(rows, columns, strict=True)]
        mistakes = [
            ([[c, r] for r, c in expected], "Pairs are (row, column), in this order."),
            (sorted(expected), "Right pairs; return them in the order in which they were taken, the cheapest first."),
        ]
        if sorted(best) != sorted(expected):
            mistakes.append((best, "That is the best assignment; here the greedy one is asked for, which is worse."))
        mistakes = [(wrong, sentence) for wrong, sentence in mistakes if wrong != expected]
        hint = (
            "np.unravel_index(cost.argmin(), cost.shape) is the place of the smallest entry; set its row and its "
            "column to infinity, and repeat min(n, m) times."
        )
        cases.append(Case((cost,), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def proves(answer: Any) -> str | None:
    """Exercise 03.3: do these potentials prove these pairs?"""
    cost = np.array([[4.0, 1.0], [2.0, 0.0], [3.0, 2.0]])
    square = np.array([[4.0, 1, 3], [2, 0, 5], [3, 2, 2]])
    cases = [
        ((cost, np.array([0.0, -1.0, 0.0]), np.array([3.0, 1.0]), [(1, 0), (0, 1)]), True, "All four conditions hold."),
        (
            (cost, np.zeros(3), np.array([2.0, 1.0]), [(1, 0), (0, 1)]),
            False,
            "The entry (1, 1) is 0 - 0 - 1 after subtracting: a negative reduced cost means that something is cheaper.",
        ),
        (
            (cost, np.array([0.0, -1.0, 0.0]), np.array([3.0, 1.0]), [(1, 0), (2, 1)]),
            False,
            "These potentials prove other pairs: the reduced cost of (2, 1) is 1, not 0.",
        ),
        (
            (cost, np.array([1.0, 0.0, 1.0]), np.array([2.0, 0.0]), [(1, 0), (0, 1)]),
            False,
            "A row without a column, here row 2, must have u = 0, and no u may be positive: else the bound counts what "
            "nobody pays.",
        ),
        (
            (cost, np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0]), [(1, 0), (0, 1)]),
            False,
            "u[0] is positive: an assignment that leaves row 0 out would not pay it, so the sum is no lower bound.",
        ),
        (
            (square, np.array([-3.0, -4, -3]), np.array([6.0, 4, 5]), [(0, 1), (1, 0), (2, 2)]),
            True,
            "In a square matrix every row is used, and here no u is positive.",
        ),
    ]  # fmt: skip
    return first_failure(answer, [Case(arguments, expected, hint) for arguments, expected, hint in cases])


def class_loss(answer: Any) -> str | None:
    """Exercise 03.4: cross-entropy of all queries, a mean weighted by class."""
    probs = np.array([[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.6, 0.1, 0.3], [0.3, 0.1, 0.6]])
    cases = []
    for query_idx, labels, weight in (
        ([2, 0, 1], [0, 0, 1], 0.1),
        ([1], [1], 0.5),
        ([], [], 0.1),
        ([3, 1], [0, 1], 1.0),
    ):
        wanted = np.full(4, 2)
        wanted[query_idx] = labels
        weights = np.where(wanted == 2, weight, 1.0)
        losses = -np.log(probs[range(4), wanted])
        expected = float((weights * losses).sum() / weights.sum())
        mistakes = [
            (float((weights * losses).mean()), "Divide by the sum of the weights, not by the number of queries."),
            (float((weights * losses).sum()), "That is the sum; the loss is the weighted mean."),
            (float(losses.mean()), "No object has a weight of its own, in the sum and in what it is divided by."),
        ]
        if query_idx:
            some = losses[query_idx].mean()
            mistakes.append((float(some), "The queries without a target count too: they are wanted to say no object."))
        mistakes = [(wrong, sentence) for wrong, sentence in mistakes if abs(wrong - expected) > 1e-3]
        hint = (
            "wanted = K for every query, then wanted[query_idx] = target_labels; losses -log of that probability; "
            "weights 1, or no_object where wanted is K; sum(weights * losses) / sum(weights)."
        )
        arguments = (probs, np.array(query_idx, int), np.array(labels, int), weight)
        cases.append(Case(arguments, expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def class_map(answer: Any) -> str | None:
    """Exercise 03.5: pairs -> class map."""
    class_probs = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7]])
    masks = np.array([[[0.9, 0.9, 0.6, 0.1]], [[0.1, 0.95, 0.8, 0.2]], [[0.99, 0.1, 0.1, 0.99]]])
    no_product = np.array([[0, 1, 1, -1]])
    cases = [
        Case(
            (np.array([[0.4, 0.35, 0.25]]), np.array([[[0.6, 0.4]]])),
            np.array([[0, -1]]),
            "The threshold of 0.5 is for the mask, not for mask times score.",
            ((np.array([[0, 0]]), "The second pixel is in no kept mask: void, -1."),),
        ),
        Case(
            (class_probs, masks),
            np.array([[0, 0, 1, -1]]),
            "Leave out queries whose best class is the last; among the others the largest score * mask_probs decides; "
            "-1 where none of them reaches 0.5.",
            (
                (np.array([[0, 0, 1, 1]]), "The last pixel is in no kept mask: void, -1."),
                (np.array([[2, 0, 1, 2]]), "No object is no class of a pixel: leave such queries out first."),
                (no_product, "The mask alone does not decide: multiply it by the probability of its class."),
                (np.array([[0, 0, 1, 0]]), "The last pixel is in no kept mask: void, -1."),
            ),
        ),
        Case((class_probs[2:], masks[2:]), np.full((1, 4), -1), "No query is kept: everything is void."),
    ]
    return first_failure(answer, cases)


def changed(answer: Any) -> str | None:
    """Exercise 03.6: the share of targets whose query changed."""

    def pair(queries: list[int], targets: list[int]) -> tuple[np.ndarray, np.ndarray]:
        return np.array(queries), np.array(targets)

    cases = [
        Case(
            ([pair([0, 1], [0, 1]), pair([1, 2], [0, 1])],),
            [1.0],
            "Target 0 had query 0, then query 1: it changed, and so did target 1.",
            (([2.0], "That is a number of targets; a share is asked for."),),
        ),
        Case(
            ([pair([3, 5], [1, 0]), pair([3, 5], [0, 1])],),
            [1.0],
            "The same queries, but they swapped their targets: compare query by target, so sort by target first.",
            (([0.0], "The same queries, but they swapped their targets: sort by target first."),),
        ),
        Case(
            ([pair([1, 4, 7], [2, 0, 1]), pair([1, 4, 9], [2, 0, 1]), pair([1, 4, 9], [2, 0, 1])],),
            [1 / 3, 0.0],
            "One of three targets changes at the first step, none at the second.",
            (([1.0, 0.0], "That is a number of targets; a share is asked for."),),
        ),
    ]
    return first_failure(answer, cases)


def _mask_costs(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bce = np.logaddexp(0, logits).mean(1)[:, None] - logits @ targets.T / logits.shape[1]
    return bce, _dice(np.exp(-np.logaddexp(0, -logits)), targets)


def _dice(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return 1 - (2 * values @ targets.T + 1) / (values.sum(1)[:, None] + targets.sum(1) + 1)


def _greedy(cost: np.ndarray) -> list[list[int]]:
    cost, pairs = cost.copy(), []
    for _ in range(min(cost.shape)):
        row, column = np.unravel_index(cost.argmin(), cost.shape)
        pairs.append([int(row), int(column)])
        cost[row], cost[:, column] = np.inf, np.inf
    return pairs


def _best(cost: np.ndarray) -> tuple[list[int], list[int]]:
    from segtutor.reference.losses.hungarian import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    return rows.tolist(), columns.tolist()


CHECKS = {
    "03.1": mask_costs,
    "03.2": greedy,
    "03.3": proves,
    "03.4": class_loss,
    "03.5": class_map,
    "03.6": changed,
}

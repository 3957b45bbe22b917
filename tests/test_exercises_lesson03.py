"""The checks of lesson 03: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson03 import CHECKS


def costs(logits, targets, *, stable=True, total=False, one=1, overlap=False, sigmoid=True, swapped=False):
    softplus = np.logaddexp(0, logits) if stable else np.log(1 + np.exp(logits))
    each = softplus.sum(1)[:, None] - logits @ targets.T
    bce = each if total else each / logits.shape[1]
    probs = np.exp(-np.logaddexp(0, -logits)) if sigmoid else logits
    dice = (2 * probs @ targets.T + one) / (probs.sum(1)[:, None] + targets.sum(1) + one)
    dice = dice if overlap else 1 - dice
    return (dice, bce) if swapped else (bce, dice)


def greedy(cost, *, turned=False, ordered=False, best=False):
    cost, pairs = cost.copy(), []
    if best:
        return list(zip(*linear_sum_assignment(cost), strict=True))
    for _ in range(min(cost.shape)):
        row, column = np.unravel_index(cost.argmin(), cost.shape)
        pairs.append((column, row) if turned else (row, column))
        cost[row], cost[:, column] = np.inf, np.inf
    return sorted(pairs) if ordered else pairs


def proves(cost, u, v, pairs, *, negative=True, zeros=True, signs=True, unused=True):
    reduced = cost - u[:, None] - v
    free = np.ones(len(cost), bool)
    free[[row for row, _ in pairs]] = False
    result = (reduced >= -1e-9).all() or not negative
    result &= all(abs(reduced[p]) < 1e-9 for p in pairs) or not zeros
    result &= (u <= 0).all() or not signs
    return bool(result and ((u[free] == 0).all() or not unused))


def class_loss(probs, query_idx, labels, no_object=0.1, *, divide="weights", matched=False, weighted=True):
    last = probs.shape[1] - 1
    wanted = np.full(len(probs), last)
    wanted[query_idx] = labels
    weights = np.where(wanted == last, no_object if weighted else 1.0, 1.0)
    losses = -np.log(probs[np.arange(len(wanted)), wanted])
    if matched:
        return losses[query_idx].mean()
    return (weights * losses).sum() / {"weights": weights.sum(), "queries": len(wanted), "nothing": 1}[divide]


def class_map(class_probs, mask_probs, *, void=True, keep_all=False, product=True, late=False):
    best = class_probs.argmax(1)
    kept = np.ones(len(best), bool) if keep_all else best < class_probs.shape[1] - 1
    if not kept.any():
        return np.full(mask_probs.shape[1:], -1)
    scores, masks = class_probs.max(1)[kept][:, None, None], mask_probs[kept]
    labels = best[kept][(scores * masks if product else masks).argmax(0)]
    inside = ((scores * masks if late else masks) >= 0.5).any(0)
    return np.where(inside, labels, -1) if void else labels


def changed(matches, *, by_target=True, count=False):
    queries = [q[np.argsort(t)] if by_target else np.sort(q) for q, t in matches]
    return [float((a != b).sum() if count else (a != b).mean()) for a, b in zip(queries, queries[1:], strict=False)]


RIGHT = {"03.1": costs, "03.2": greedy, "03.3": proves, "03.4": class_loss, "03.5": class_map, "03.6": changed}
SLIPS = [
    ("03.1", {"total": True}, "not their sum"),
    ("03.1", {"one": 0}, "+ 1 above and below"),
    ("03.1", {"overlap": True}, "1 minus the overlap"),
    ("03.1", {"sigmoid": False}, "a sigmoid of the logits first"),
    ("03.1", {"swapped": True}, "first BCE, then dice"),
    ("03.1", {"stable": False}, "exp(1000) is infinite"),
    ("03.2", {"turned": True}, "(row, column), in this order"),
    ("03.2", {"ordered": True}, "in the order in which they were taken"),
    ("03.2", {"best": True}, "That is the best assignment"),
    ("03.3", {"negative": False}, "something is cheaper"),
    ("03.3", {"zeros": False}, "not 0"),
    ("03.3", {"signs": False}, "no lower bound"),
    ("03.4", {"divide": "queries"}, "not by the number of queries"),
    ("03.4", {"divide": "nothing"}, "That is the sum"),
    ("03.4", {"weighted": False}, "a weight of its own"),
    ("03.4", {"matched": True}, "queries without a target count too"),
    ("03.5", {"void": False}, "in no kept mask"),
    ("03.5", {"keep_all": True}, "leave such queries out first"),
    ("03.5", {"product": False}, "multiply it by the probability"),
    ("03.5", {"late": True}, "not for mask times score"),
    ("03.6", {"by_target": False}, "swapped their targets"),
    ("03.6", {"count": True}, "a share is asked for"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS, warnings=("ignore:overflow", "ignore:invalid value")
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)

"""Checks of lesson 09, *How do I teach it my own classes?*"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def decode_runs(answer: Any) -> str | None:
    """Exercise 09.1: COCO's run lengths, background first, down the columns."""
    cases = []
    for counts, height, width in (([5, 2, 2, 2, 2, 2, 9], 4, 6), ([0, 1, 3, 2], 2, 3), ([6], 3, 2), ([1, 1, 2], 2, 2)):
        values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
        mask = values.reshape(width, height).T
        hint = "Write the runs one after the other into a flat array, and cut it into columns of `height` pixels."
        mistakes = (
            (values.reshape(height, width), "Down the columns: reshape to (width, height), then transpose."),
            (~mask, "The first run is background, the second the object, and so on."),
            (mask.T, "Return (H, W): the columns that you filled are still rows."),
            (mask[::-1], "The first pixel of a column is the upper one."),
            (values, "Return (H, W), not one long row."),
            (255 * mask.astype(int), "A mask is true or false (1 or 0), not 255."),
            (_pairs(counts, height, width), "The counts are all lengths, no starts: run follows run."),
        )
        cases.append(Case((counts, height, width), mask, hint, _others(mistakes, mask)))
    return first_failure(answer, cases)


def new_head(answer: Any) -> str | None:
    """Exercise 09.2: rows of a new class head, "no object" kept."""
    weight = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 4.0], [2.0, 3.0, 0.0], [7.0, 5.0, 6.0]])
    cases = []
    for sources in ([[2], [0, 1]], [[], [1], [0, 1, 2]], [[0]]):
        zero = np.zeros(3)
        rows = [weight[found].mean(0) if found else zero for found in sources]
        sums = [weight[found].sum(0) if found else zero for found in sources]
        first = [weight[found[0]] if found else zero for found in sources]
        most = [weight[found].max(0) if found else zero for found in sources]
        instead = {
            name: np.stack([*(weight[found].mean(0) if found else row for found in sources), weight[-1]])
            for name, row in (("nan", np.full(3, np.nan)), ("all", weight.mean(0)), ("last", weight[-1]))
        }
        expected = np.stack([*rows, weight[-1]])
        mistakes = (
            (np.stack(rows), "The last row is missing: who is silent stays silent, so keep the row of no object."),
            (np.stack([*rows, zero]), "The row of no object is known: keep it, the last of the old ones."),
            (np.stack([weight[-1], *rows]), "No object is the *last* row, after the K classes."),
            (
                np.stack([*sums, weight[-1]]),
                "The mean of the rows, not their sum: logits would grow with their number.",
            ),
            (np.stack([*first, weight[-1]]), "Several old classes: take the mean of all of them, not the first alone."),
            (np.stack([*most, weight[-1]]), "The mean of the rows, not their largest values."),
            (instead["nan"], "An empty list has no mean (NaN): its row is zeros."),
            (instead["all"], "An empty list begins with zeros, not with a mean of other classes."),
            (instead["last"], "An empty list begins with zeros; like no object it would begin by keeping silent."),
            (np.stack([*rows, weight[len(sources)]]), "No object was the last of the *old* rows: weight[-1]."),
        )
        hint = "One row a new class: weight[found].mean(0), or zeros; below them weight[-1]."
        cases.append(Case((weight, sources), expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def mirrored(answer: Any) -> str | None:
    """Exercise 09.3: a mirror that exchanges left and right in the names too."""
    table = ["left hand", "table", "right hand", "left shoe"]
    cases = []
    for labels, names in (
        (np.array([[0, 0, 1, 2], [-1, 1, 1, 2]]), table),
        (np.array([[3, 1, -1], [3, 0, 2], [1, 1, 0]]), table),
        (np.array([[1, 0]]), ["right of way", "road"]),
    ):
        partner = _partners(names)
        turned = labels[:, ::-1]
        expected = _renamed(turned, partner)
        void = np.where(turned < 0, partner[-1], expected)
        lost = np.where(np.isin(turned, [i for i, p in enumerate(partner) if p == i and " " in names[i]]), -1, expected)
        mistakes = (
            (turned, "The picture is mirrored, the names are not: a left hand has become a right one."),
            (_renamed(labels, partner), "The names are exchanged, the picture is not mirrored: labels[:, ::-1]."),
            (_renamed(labels[::-1], partner), "Left to right, not upside down: labels[:, ::-1]."),
            (labels, "Nothing has changed so far: mirror the map, then exchange the names."),
            (void, "-1 is void and no class: as an index it means the last one. Leave it as it is."),
            (lost, "A name whose partner is not in the list stays as it is."),
        )
        hint = (
            "Mirror the map; for each pair of names, exchange their positions, with the old map as the source of both."
        )
        once = _one_after_the_other(turned, partner)
        both = (
            (once, "One exchange undid the other: write into a copy, or use a table from old to new positions."),
            (_renamed(turned, _one_way(names)), "Both ways: what was right becomes left, too."),
        )
        cases.append(Case((labels, names), expected, hint, _others(mistakes + both, expected)))
    return first_failure(answer, cases)


def poly(answer: Any) -> str | None:
    """Exercise 09.4: warm-up and the poly schedule."""
    cases = []
    cases_of = ((50, 100, 10, 0.9), (0, 100, 10, 0.9), (4, 100, 10, 0.9), (9, 100, 10, 0.9), (99, 100, 0, 2.0))
    for step, steps, warmup, power in cases_of:
        left, rise = 1 - step / steps, min(1.0, (step + 1) / warmup) if warmup else 1.0
        expected = rise * left**power
        mistakes = (
            (
                rise if step < warmup else None,
                "In the warm-up both factors count, multiplied: the fall is missing.",
            ),
            (rise * left**0.9, "The power is an argument: do not write 0.9."),
            (rise * (1 - (step + 1) / steps) ** power, "The fall is (1 - step / steps): step 0 has not fallen yet."),
            (min(1.0, step / warmup) * left**power if warmup else None, "Step 0 has a share of 1 / warmup, not 0."),
            (left**power, "The warm-up is missing: a factor of (step + 1) / warmup until it is 1."),
            (rise, "The fall is missing: (1 - step / steps) ** power."),
            (rise * (1 - (step / steps) ** power), "The power is of (1 - step / steps) as a whole."),
            (rise * left, "The fall is a power: (1 - step / steps) ** power."),
            ((step + 1) / warmup * left**power if warmup else None, "The warm-up ends at 1: take the smaller one."),
            (_late(step, steps, warmup, power), "Both run from step 0 on: the fall does not wait for the warm-up."),
        )
        hint = "Two factors: min(1, (step + 1) / warmup), or 1 where warmup is 0; and (1 - step / steps) ** power."
        cases.append(Case((step, steps, warmup, power), expected, hint, _others(mistakes, expected)))
    try:
        return first_failure(answer, cases)
    except ZeroDivisionError:
        return "With warmup = 0 there is no warm-up: the first factor is 1, and nothing is divided."


def averaged(answer: Any) -> str | None:
    """Exercise 09.5: a moving average whose decay is small at first."""
    cases = []
    for start, weights, decay in ((0.0, [1.0, 3.0, -2.0], 0.2), (2.0, [4.0], 0.998), (5.0, [1.0] * 50, 0.7)):
        expected = _average(start, weights, decay)
        mistakes = (
            (_average(start, weights, decay, rule=False), "The first value rules: take the smaller of both decays."),
            (
                _average(start, weights, decay, swap=True),
                "The old average is multiplied by the decay, the weight by 1 - it.",
            ),
            (_average(start, weights, decay, first=0), "Steps are counted from 1."),
            (_average(start, weights, decay, most=True), "The *smaller* of the two decays: min, not max."),
            (_average(start, weights, 1.0), "The decay never passes the one that was asked for: min(decay, ...)."),
            (_average(weights[0], weights, decay), "It begins at `start`, not at the first weight."),
            (_average(start, weights[1:], decay), "Each weight moves the average once, the first one too."),
            (_history(start, weights, decay), "One number is asked for: the average after all of them."),
            (float(np.mean([start, *weights])), "No plain mean: each weight moves the average once, by 1 - decay."),
            (float(np.mean(weights)), "A moving average: it begins at `start`, and each weight moves it once."),
        )
        hint = "For s = 1, 2, ...: d = min(decay, (1 + s) / (10 + s)); average = d * average + (1 - d) * weight."
        cases.append(Case((start, weights, decay), expected, hint, _others(mistakes, expected)))
    return first_failure(answer, cases)


def shares(answer: Any) -> str | None:
    """Exercise 09.6: what makes a mean over processes the mean over all masks."""
    cases = []
    for losses in ([[4.0], [1.0, 1.0, 2.0]], [[3.0, 5.0], [], [1.0]], [[2.0, 4.0]]):
        sizes = [len(part) for part in losses]
        count, processes = sum(sizes), len(losses)
        everything = sum(map(sum, losses)) / count
        factors = [processes * size / count for size in sizes]
        means = [float(np.mean(part)) if part else 0.0 for part in losses]
        mistakes = (
            ((factors, float(np.mean(means))), "Your loss is the mean of the means; it is the mean over all masks."),
            (
                ([size / count for size in sizes], everything),
                "The mean over processes divides by their number: times P.",
            ),
            (([1.0] * processes, everything), "Equal factors leave the mean of the means: P x n_p / n."),
            (
                ([count / (processes * size) if size else 0.0 for size in sizes], everything),
                "Upside down: who has more masks has the larger share.",
            ),
            (([float(size) for size in sizes], everything), "Shares of all masks: divide by n, multiply by P."),
            ((everything, factors), "The order is (factors, loss)."),
            (factors, "Return two things: the factors, and the loss of the whole batch."),
            ((factors, float(sum(map(sum, losses)))), "The loss is the mean over all masks: divide the sum by n."),
            (
                ([sum(map(bool, losses)) * size / count for size in sizes], everything),
                "A process without masks is one of the P all the same.",
            ),
        )
        hint = "With P processes, n_p masks in one and n in all: factors P * n_p / n, and the sum of all losses over n."
        cases.append(Case((losses,), (factors, everything), hint, _others(mistakes, (factors, everything))))
    return first_failure(answer, cases)


def _others(mistakes: Sequence[tuple[Any, str]], expected: Any) -> tuple[tuple[Any, str], ...]:
    """Those mistakes that a case can tell from the right answer."""
    from segtutor.exercises.base import difference

    return tuple((wrong, said) for wrong, said in mistakes if wrong is not None and difference(wrong, expected))


def _partners(names: Sequence[str]) -> list[int]:
    """The position that each becomes in the mirror."""
    partners = []
    for position, name in enumerate(names):
        side, _, rest = name.partition(" ")
        other = {"left": "right", "right": "left"}.get(side, "") + " " + rest
        partners.append(names.index(other) if other in names else position)
    return partners


def _renamed(labels: np.ndarray, partner: Sequence[int]) -> np.ndarray:
    return np.where(labels < 0, -1, np.asarray(partner)[labels])


def _one_after_the_other(labels: np.ndarray, partner: Sequence[int]) -> np.ndarray:
    changed = labels.copy()
    for old, new in enumerate(partner):
        changed[changed == old] = new
    return changed


def _one_way(names: Sequence[str]) -> list[int]:
    """Only what is left becomes right."""
    return [p if names[i].startswith("left ") else i for i, p in enumerate(_partners(names))]


def _pairs(counts: Sequence[int], height: int, width: int) -> np.ndarray:
    """The counts read as (start, length), (start, length), ..."""
    values = np.zeros(height * width, bool)
    for start, length in zip(counts[::2], counts[1::2], strict=False):
        values[start : start + length] = True
    return values.reshape(width, height).T


def _history(start: float, weights: Sequence[float], decay: float) -> list[float]:
    return [_average(start, weights[: count + 1], decay) for count in range(len(weights))]


def _late(step: int, steps: int, warmup: int, power: float) -> float:
    if step < warmup:
        return (step + 1) / warmup
    return (1 - (step - warmup) / (steps - warmup)) ** power


def _average(start: float, weights: Sequence[float], decay: float, *, rule=True, swap=False, first=1, most=False):
    average = start
    for s, weight in enumerate(weights, first):
        d = (max if most else min)(decay, (1 + s) / (10 + s)) if rule else decay
        d = 1 - d if swap else d
        average = d * average + (1 - d) * weight
    return average


CHECKS = {
    "09.1": decode_runs,
    "09.2": new_head,
    "09.3": mirrored,
    "09.4": poly,
    "09.5": averaged,
    "09.6": shares,
}

"""The checks of lesson 09: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import pytest
from slips import three_tests

from segtutor.exercises.lesson09 import CHECKS


def runs(counts, height, width, *, rows=False, inverted=False, turned=False, upside_down=False, flat=False,
         starts=False, one=True):  # fmt: skip
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    if starts:
        values[:] = False
        for start, length in zip(counts[::2], counts[1::2], strict=False):
            values[start : start + length] = True
    if flat:
        return values
    mask = values.reshape(height, width) if rows else values.reshape(width, height).T
    mask = ~mask if inverted else mask
    mask = mask[::-1] if upside_down else mask
    return mask.T if turned else one * mask


def head(weight, sources, *, how="mean", last="old", front=False, empty=None):
    nothing = np.zeros(weight.shape[1])
    empty = nothing if empty is None else empty(weight)
    pick = {"mean": lambda r: r.mean(0), "sum": lambda r: r.sum(0), "max": lambda r: r.max(0), "first": lambda r: r[0]}[
        how
    ]
    rows = [pick(weight[found]) if found else empty for found in sources]
    ends = {"old": [weight[-1]], "zero": [nothing], "none": [], "place": [weight[len(sources)]]}[last]
    return np.stack([*ends, *rows] if front else [*rows, *ends])


def mirror(labels, names, *, flip=True, down=False, swap=True, void=True, drop=False, in_place=False,
           sides=("left", "right")):  # fmt: skip
    labels = labels[::-1] if down else labels[:, ::-1] if flip else labels
    table = list(range(len(names)))
    for position, name in enumerate(names):
        side, _, rest = name.partition(" ")
        if swap and side in sides:
            partner = {"left": "right", "right": "left"}[side] + " " + rest
            table[position] = names.index(partner) if partner in names else -1 if drop else position
    if in_place:
        labels = labels.copy()
        for old, new in enumerate(table):
            labels[labels == old] = new
        return labels
    found = np.asarray(table)[labels]
    return np.where(labels < 0, -1, found) if void else found


def schedule(
    step, steps, warmup, power=0.9, *, plus=1, rise=True, fall=True, inner=False, line=False, cap=True, late=False,
    least=False, either=False, fixed=False, ahead=0, zero=True,
):  # fmt: skip
    power = 0.9 if fixed else power
    step, at = step + ahead, step
    if not zero:
        plus / warmup
    if either and at < warmup:
        return (at + 1) / warmup
    if late and step >= warmup:
        return (1 - (step - warmup) / (steps - warmup)) ** power
    up = (at + plus) / warmup if warmup and rise else 1.0
    up = min(1.0, up) if cap else up
    if not fall or late:
        return up
    if least:
        return min(up, (1 - step / steps) ** power)
    if inner:
        return up * (1 - (step / steps) ** power)
    return up * (1 - step / steps) ** (1 if line else power)


def average(start, weights, decay, *, rule=True, swap=False, first=1, most=False, plain=False, cap=True, whole=False,
            begin=True, skip=0, every=False):  # fmt: skip
    if plain:
        return float(np.mean(weights))
    if whole:
        return float(np.mean([start, *weights]))
    if every:
        return [average(start, weights[: count + 1], decay) for count in range(len(weights))]
    start, weights = start if begin else weights[0], weights[skip:]
    for s, weight in enumerate(weights, first):
        d = (max if most else min)(decay if cap else 1.0, (1 + s) / (10 + s)) if rule else decay
        d = 1 - d if swap else d
        start = d * start + (1 - d) * weight
    return start


def factors(losses, *, means=False, times=True, equal=False, inverse=False, counts=False, order=False, busy=False,
            total=False, alone=False):  # fmt: skip
    sizes = [len(part) for part in losses]
    count, processes = sum(sizes), sum(map(bool, losses)) if busy else len(losses)
    found = [(processes if times else 1) * size / count for size in sizes]
    found = [1.0] * processes if equal else [float(size) for size in sizes] if counts else found
    found = [1 / f if f else 0.0 for f in found] if inverse else found
    loss = np.mean([np.mean(p) if p else 0.0 for p in losses]) if means else sum(map(sum, losses)) / count
    loss = sum(map(sum, losses)) if total else loss
    return found if alone else (loss, found) if order else (found, loss)


RIGHT = {"09.1": runs, "09.2": head, "09.3": mirror, "09.4": schedule, "09.5": average, "09.6": factors}
SLIPS = [
    ("09.1", {"rows": True}, "Down the columns"),
    ("09.1", {"inverted": True}, "first run is background"),
    ("09.1", {"turned": True}, "columns that you filled"),
    ("09.1", {"upside_down": True}, "the upper one"),
    ("09.1", {"flat": True}, "one long row"),
    ("09.1", {"starts": True}, "all lengths"),
    ("09.1", {"one": 255}, "not 255"),
    ("09.2", {"how": "max"}, "largest values"),
    ("09.2", {"empty": lambda w: np.full(3, np.nan)}, "has no mean"),
    ("09.2", {"empty": lambda w: w.mean(0)}, "not with a mean"),
    ("09.2", {"empty": lambda w: w[-1]}, "keeping silent"),
    ("09.2", {"last": "none"}, "last row is missing"),
    ("09.2", {"last": "zero"}, "is known: keep it"),
    ("09.2", {"front": True}, "*last* row"),
    ("09.2", {"how": "sum"}, "not their sum"),
    ("09.2", {"how": "first"}, "not the first alone"),
    ("09.2", {"last": "place"}, "last of the *old* rows"),
    ("09.3", {"swap": False}, "names are not"),
    ("09.3", {"flip": False}, "picture is not mirrored"),
    ("09.3", {"down": True}, "not upside down"),
    ("09.3", {"flip": False, "swap": False}, "Nothing has changed"),
    ("09.3", {"void": False}, "-1 is void"),
    ("09.3", {"drop": True}, "partner is not in the list"),
    ("09.3", {"in_place": True}, "One exchange undid the other"),
    ("09.3", {"sides": ("left",)}, "Both ways"),
    ("09.4", {"least": True}, "both factors count"),
    ("09.4", {"either": True}, "both factors count"),
    ("09.4", {"fixed": True}, "is an argument"),
    ("09.4", {"ahead": 1}, "has not fallen yet"),
    ("09.4", {"zero": False}, "With warmup = 0"),
    ("09.4", {"plus": 0}, "Step 0 has a share"),
    ("09.4", {"rise": False}, "warm-up is missing"),
    ("09.4", {"fall": False}, "fall is missing"),
    ("09.4", {"inner": True}, "as a whole"),
    ("09.4", {"line": True}, "fall is a power"),
    ("09.4", {"cap": False}, "ends at 1"),
    ("09.4", {"late": True}, "does not wait"),
    ("09.5", {"rule": False}, "first value rules"),
    ("09.5", {"swap": True}, "multiplied by the decay"),
    ("09.5", {"first": 0}, "counted from 1"),
    ("09.5", {"most": True}, "min, not max"),
    ("09.5", {"cap": False}, "never passes"),
    ("09.5", {"plain": True}, "begins at `start`"),
    ("09.5", {"begin": False}, "not at the first weight"),
    ("09.5", {"skip": 1}, "the first one too"),
    ("09.5", {"every": True}, "One number"),
    ("09.5", {"whole": True}, "No plain mean"),
    ("09.6", {"busy": True}, "one of the P"),
    ("09.6", {"total": True}, "divide the sum by n"),
    ("09.6", {"alone": True}, "Return two things"),
    ("09.6", {"means": True}, "mean of the means; it is"),
    ("09.6", {"times": False}, "times P"),
    ("09.6", {"equal": True}, "Equal factors"),
    ("09.6", {"inverse": True}, "Upside down"),
    ("09.6", {"counts": True}, "divide by n"),
    ("09.6", {"order": True}, "order is"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


def test_what_the_exercises_ask_for_is_what_the_package_does():
    """The answers against data/, training/loop/schedules.py, new_classes.py and state.py."""
    import torch

    from segtutor.data.convert.outlines import annotation_mask
    from segtutor.training.loop.schedules import warmup_then_poly
    from segtutor.training.loop.state import Average
    from segtutor.training.new_classes import replace_heads

    counts = [3, 4, 1, 4]
    assert (annotation_mask({"counts": counts, "size": [3, 4]}, (3, 4)) == runs(counts, 3, 4)).all()
    for step in (0, 4, 30):
        assert warmup_then_poly(step / 40, step, warmup_steps=5) == pytest.approx(schedule(step, 40, 5))

    model = torch.nn.Module()
    model.class_head = torch.nn.Linear(3, 5)
    before = model.class_head.weight.detach().numpy().copy()
    replace_heads(model, 4, [[1, 3], [0]])
    np.testing.assert_allclose(model.class_head.weight.detach().numpy(), head(before, [[1, 3], [0]]), atol=1e-6)

    ours, theirs = torch.nn.Linear(1, 1, bias=False), torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(ours.weight, 2.0)
    for step, value in enumerate((4.0, 1.0), 1):
        torch.nn.init.constant_(theirs.weight, value)
        Average(ours, theirs).update(min(0.9, (1 + step) / (10 + step)))
    assert ours.weight.item() == pytest.approx(average(2.0, [4.0, 1.0], 0.9))

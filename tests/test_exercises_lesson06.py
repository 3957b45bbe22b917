"""The checks of lesson 06: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson06 import CHECKS


def attend(query, key, value, *, divide="root", axis=1, soft=True, stable=True, weights_only=False):
    d = query.shape[1]
    scores = query @ key.T / {"root": d**0.5, "d": d, "nothing": 1}[divide]
    if not soft:
        return scores @ value
    if stable == "all":
        shares = np.exp(scores - scores.max())
    else:
        shares = np.exp(scores - scores.max(axis, keepdims=True) if stable else scores)
    shares = shares / shares.sum(axis, keepdims=True)
    return shares if weights_only else shares @ value


def axis_positions(count, channels, *, first=1, scaled=True, step=2, order="turns"):
    places = np.arange(first, first + count) * (2 * np.pi / count if scaled else 1)
    angles = places[:, None] / 10000 ** (step * np.arange(channels // 2) / channels)
    sines, cosines = np.sin(angles), np.cos(angles)
    if order == "halves":
        return np.concatenate([sines, cosines], axis=1)
    pair = [cosines, sines] if order == "cosine first" else [sines, cosines]
    coded = np.stack(pair, axis=-1).reshape(count, channels)
    return coded.T if order == "columns" else coded


def is_equivariant(layer, queries, order, *, invariant=False, sums=False, exact=False):
    before, after = layer(queries[order]), layer(queries)
    if sums:
        return bool(np.allclose(before.sum(), after.sum()))
    after = after if invariant else after[order]
    return bool((before == after).all()) if exact else bool(np.allclose(before, after, atol=1e-6))


def giou(a, b, *, clamp=True, second="share", loss=False):
    def area(x0, y0, x1, y1):
        return max(x1 - x0, 0) * max(y1 - y0, 0) if clamp else (x1 - x0) * (y1 - y0)

    both = area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    around = area(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    union = area(*a) + area(*b) - both
    terms = {
        "share": (around - union) / around,
        "none": 0,
        "area": around,
        "of union": (around - union) / union,
        "full": union / around,
    }
    result = both / union - terms[second]
    return 1 - result if loss else result


def count_classes(logits, *, last=False, forced=False, turned=False, shares=False):
    classes = logits.shape[2] - 1
    said = logits[..., :classes].argmax(2) if forced else logits.argmax(2)
    counts = (said[..., None] == np.arange(classes + last)).sum(0)
    counts = counts.T if turned else counts
    return counts / len(logits) if shares else counts


def count_doubles(
    classes, masks, no_object, threshold=0.5, *, own=False, alike=True, silent=False, pairs=False, fixed=0
):
    flat = masks.reshape(len(masks), -1).astype(int)
    both = flat @ flat.T
    rivals = both > (fixed or threshold) * (flat.sum(1)[:, None] + flat.sum(1) - both)
    if alike:
        rivals = rivals & (classes[:, None] == classes)
    if not own:
        rivals = rivals & ~np.eye(len(classes), dtype=bool)
    if not silent:
        rivals = rivals & (classes != no_object) & (classes != no_object)[:, None]
    return int(rivals.sum() // 2) if pairs else int(rivals.any(1).sum())


RIGHT = {
    "06.1": attend,
    "06.2": axis_positions,
    "06.3": is_equivariant,
    "06.4": giou,
    "06.5": count_classes,
    "06.6": count_doubles,
}
SLIPS = [
    ("06.1", {"divide": "nothing"}, "by sqrt(d)"),
    ("06.1", {"divide": "d"}, "not by d"),
    ("06.1", {"axis": 0}, "softmax runs over the cells"),
    ("06.1", {"soft": False}, "softmax is missing"),
    ("06.1", {"weights_only": True}, "Those are the weights"),
    ("06.1", {"stable": False}, "exp(1000) is infinite"),
    ("06.1", {"stable": "all"}, "of each *row*"),
    ("06.2", {"first": 0}, "count from 1"),
    ("06.2", {"scaled": False}, "Scale the places"),
    ("06.2", {"step": 1}, "the 2 is missing"),
    ("06.2", {"order": "halves"}, "All sines come first"),
    ("06.2", {"order": "cosine first"}, "The sine comes first"),
    ("06.2", {"order": "columns"}, "one row a place"),
    ("06.3", {"invariant": True}, "not with layer(queries)"),
    ("06.3", {"sums": True}, "knows the order|not sums"),
    ("06.3", {"exact": True}, "np.allclose"),
    ("06.4", {"second": "none"}, "That is IoU"),
    ("06.4", {"loss": True}, "That is the loss"),
    ("06.4", {"second": "area"}, "is a share: divide"),
    ("06.4", {"second": "of union"}, "*around* both"),
    ("06.4", {"second": "full"}, "Subtract what is empty"),
    ("06.4", {"clamp": False}, "do not meet"),
    ("06.5", {"last": True}, "leave the last column out"),
    ("06.5", {"forced": True}, "best of all K + 1 first"),
    ("06.5", {"turned": True}, "one row a query"),
    ("06.5", {"shares": True}, "Those are shares"),
    ("06.6", {"own": True}, "leave the diagonal out"),
    ("06.6", {"alike": False}, "compare the classes too"),
    ("06.6", {"silent": True}, "no object give no answer"),
    ("06.6", {"pairs": True}, "Count queries, not pairs"),
    ("06.6", {"fixed": 0.5}, "is not above 0.7"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS, warnings=("ignore:overflow", "ignore:invalid value")
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)

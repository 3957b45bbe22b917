"""The checks of lesson 11: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson11 import CHECKS


def semantic_masks(masks, labels, *, merged=True, first=False, every=False, counts=False, by_number=True):
    if not merged:
        return masks
    classes = np.unique(labels) if by_number else list(dict.fromkeys(labels.tolist()))
    if first:
        return np.stack([masks[labels == k][0] for k in classes])
    found = np.stack([masks[labels == k].all(0) if every else masks[labels == k].any(0) for k in classes])
    return found.sum(0) if counts else found


def instance_masks(segment_ids, category, things, *, stuff="out", form="masks", by_class=False):
    if by_class:
        return np.stack([np.isin(segment_ids, [n for n in category if category[n] == k]) for k in things])
    kept = sorted(n for n in category if stuff == "in" or (category[n] in things) == (stuff == "out"))
    masks = np.stack([segment_ids == n for n in kept])
    if form == "map":
        return np.where(np.isin(segment_ids, kept), segment_ids, 0)
    return masks.any(0) if form == "one" else masks


def sentence(pieces, start, end, length, *, first=True, last="behind", fill=0, whole=True):
    numbers = [start] * first + list(pieces) + ([end] if last == "behind" else [])
    if not whole:
        return np.array(numbers)
    filled = numbers + [fill] * (length - len(numbers) - (last == "end of all"))
    return np.array(filled + ([end] if last == "end of all" else []))


def entries(labels, names, task, count, *, filled=True, masks=True, once=False, turned=False, says="photo", bare=False):
    labels = list(dict.fromkeys(labels)) if once else labels
    seen = [names[k] if bare else f"a photo with a {names[k]}" for k in labels] if masks else []
    rest = [f"a {task} photo" if says == "photo" else f"the task is {task}"] * (count - len(seen))
    if not filled:
        return seen
    return rest + seen if turned else seen + rest


def contrastive(queries, texts, scale, *, both="sum", unit=True, scaled=True, sign=1):
    if unit:
        queries, texts = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (queries, texts))
    table = queries @ texts.T * (scale if scaled else 1)

    def entropy(table):
        shares = np.exp(table - table.max(1, keepdims=True))
        return -np.log(np.diag(shares) / shares.sum(1)).mean()

    if both == "rows":
        return entropy(table)
    if both == "columns":
        return entropy(table.T)
    if not scaled:
        return 2 * entropy(table)
    return sign * (entropy(table) + entropy(table.T)) / (2 if both == "mean" else 1)


RIGHT = {
    "11.1": semantic_masks,
    "11.2": instance_masks,
    "11.3": sentence,
    "11.4": entries,
    "11.5": contrastive,
}
SLIPS = [
    ("11.1", {"merged": False}, "as they are"),
    ("11.1", {"first": True}, "first mask alone"),
    ("11.1", {"every": True}, "*any*"),
    ("11.1", {"counts": True}, "map of counts"),
    ("11.1", {"by_number": False}, "sorted"),
    ("11.2", {"stuff": "in"}, "Stuff is background"),
    ("11.2", {"stuff": "alone"}, "masks of stuff"),
    ("11.2", {"form": "map"}, "That is a map"),
    ("11.2", {"form": "one"}, "mask of its own"),
    ("11.2", {"by_class": True}, "stay two"),
    ("11.3", {"first": False, "last": "none"}, "start mark"),
    ("11.3", {"last": "none"}, "end mark is missing"),
    ("11.3", {"last": "end of all"}, "right behind"),
    ("11.3", {"fill": 49407}, "Fill up with 0"),
    ("11.3", {"whole": False}, "equally long"),
    ("11.4", {"filled": False}, "filled up"),
    ("11.4", {"masks": False}, "for each mask"),
    ("11.4", {"once": True}, "*mask*"),
    ("11.4", {"turned": True}, "come first"),
    ("11.4", {"says": "task"}, "What fills"),
    ("11.4", {"bare": True}, "a sentence"),
    ("11.5", {"both": "rows"}, "one direction"),
    ("11.5", {"both": "columns"}, "one direction"),
    ("11.5", {"both": "mean"}, "adds the two"),
    ("11.5", {"unit": False}, "length 1"),
    ("11.5", {"scaled": False}, "scale is missing"),
    ("11.5", {"sign": -1}, "sign"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)

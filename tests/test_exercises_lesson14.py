"""The checks of lesson 14: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
from slips import nonsense_is_hinted, three_tests

from segtutor.exercises.lesson14 import CHECKS


def smooth_l1(error, beta, *, square=True, line=True, meet=True, divide=True, signed=False, mean=False):
    size = error if signed else np.abs(error)
    low, high = error**2 / (2 * beta if divide else 2), size - (beta / 2 if meet else 0)
    if not square:
        return size
    result = np.where(size < beta, low, high) if line else low
    return result.mean() if mean else result


def class_colours(count, *, less=0, turned=False, falling=True, step=0):
    base = int(count ** (1 / 3)) + 1 - less
    colours = []
    for i in range(count):
        digits = (i // base**2, i // base % base, i % base)
        steps = [digit * (step or 256 // base) for digit in (digits[::-1] if turned else digits)]
        colours.append([255 - value if falling else value for value in steps])
    return np.array(colours)


def read_classes(painted, colours, *, farthest=False, signed=False, distance=False, turned=False):
    difference = painted[:, :, None] - colours
    far = difference.sum(-1) if signed else (difference**2).sum(-1)
    if distance:
        return far.min(-1)
    found = far.argmax(-1) if farthest else far.argmin(-1)
    return found.T if turned else found


def copy_colours(query, prompt, colours, temperature, *, unit=True, scale="divide", axis=1, hard=False, weights=False):
    if unit:
        query, prompt = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (query, prompt))
    alike = query @ prompt.T
    if hard:
        return colours[alike.argmax(1)]
    scores = {"divide": alike / temperature, "none": alike, "multiply": alike * temperature}[scale]
    shares = np.exp(scores - scores.max(axis, keepdims=True))
    shares = shares / shares.sum(axis, keepdims=True)
    return shares if weights else shares @ colours


def ensemble(states, prompts, *, together=False, part="below", nothing=False):
    new, half = states.copy(), states.shape[1] // 2
    rows = {"below": slice(half, None), "all": slice(None), "above": slice(0, half)}[part]
    for group in [slice(None)] if together else [slice(0, prompts), slice(prompts, None)]:
        if not nothing:
            new[group, rows] = states[group, rows].mean(0)
    return new


RIGHT = {
    "14.1": smooth_l1,
    "14.2": class_colours,
    "14.3": read_classes,
    "14.4": copy_colours,
    "14.5": ensemble,
}
SLIPS = [
    ("14.1", {"square": False}, "absolute value everywhere"),
    ("14.1", {"line": False}, "square everywhere"),
    ("14.1", {"meet": False}, "must meet at beta"),
    ("14.1", {"divide": False}, "Divide the square"),
    ("14.1", {"signed": True}, "may be negative"),
    ("14.1", {"mean": True}, "That is the mean"),
    ("14.2", {"less": 1}, "Too few digits|expected"),
    ("14.2", {"turned": True}, "highest digit"),
    ("14.2", {"falling": False}, "count down"),
    ("14.2", {"step": 255}, "256 // base"),
    ("14.3", {"farthest": True}, "smallest"),
    ("14.3", {"signed": True}, "cancel"),
    ("14.3", {"distance": True}, "Those are the distances"),
    ("14.3", {"turned": True}, "other way round|shape"),
    ("14.4", {"unit": False}, "length 1"),
    ("14.4", {"scale": "none"}, "temperature is missing"),
    ("14.4", {"scale": "multiply"}, "Divide by the temperature"),
    ("14.4", {"axis": 0}, "*query* cell"),
    ("14.4", {"hard": True}, "best cell alone"),
    ("14.4", {"weights": True}, "Those are the weights"),
    ("14.5", {"together": True}, "two streams"),
    ("14.5", {"part": "all"}, "own halves stay"),
    ("14.5", {"part": "above"}, "upper half"),
    ("14.5", {"nothing": True}, "Nothing has changed"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)

test_nothing_and_nonsense_are_hints = nonsense_is_hinted(CHECKS)

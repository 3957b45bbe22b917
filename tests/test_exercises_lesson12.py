"""The checks of lesson 12: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import torch
from slips import three_tests

from segtutor.exercises.lesson12 import CHECKS


def best_fit(width, height, sizes, ratios, *, shape=lambda s, r: (s / r**0.5, s * r**0.5), choose=max):
    fits = []
    for size in sizes:
        for ratio in ratios:
            w, h = shape(size, ratio)
            both = min(w, width) * min(h, height)
            fits.append(both / (w * h + width * height - both))
    return choose(fits)


def decoded(deltas, anchor, *, pixels=False, scale=np.exp, corner=False, half=0.5, swap=False):
    size, centre = anchor[2:] - anchor[:2], (anchor[2:] + anchor[:2]) / 2
    size = size[::-1] if swap else size
    centre = (anchor[:2] if corner else centre) + deltas[:2] * (1 if pixels else size)
    grown = size * scale(deltas[2:])
    return np.concatenate([centre - half * grown, centre + half * grown])


def overlap(a, b):
    sides = (np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])).clip(0)
    both = sides.prod()
    return both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)


def suppressed(boxes, scores, threshold, *, order=lambda s: np.argsort(-s), dead=False, strict=False, back=lambda k: k):
    kept, seen = [], []
    for n in order(scores).tolist():
        found = [overlap(boxes[n], boxes[k]) for k in (seen if dead else kept)]
        if all(o < threshold - 1e-9 if strict else o <= threshold + 1e-9 for o in found):
            kept.append(n)
        seen.append(n)
    return back(kept)


def read_bins(row, first, last, bins, *, rounded=False, centre=0.5, middle=0.5, nearest=False):
    if rounded:
        first, last = np.round(first), np.round(last)
    at = first + (np.arange(bins) + middle) * (last - first) / bins - centre
    return np.interp(np.round(at) if nearest else at, np.arange(len(row)), row)


def one_owner(masks, scores, *, order=np.argsort, start=1, count=False):
    found = np.zeros(masks.shape[1:], int)
    for n in order(scores):
        found[masks[n]] = n + start
    return masks.sum(0) if count else found


RIGHT = {"12.1": best_fit, "12.2": decoded, "12.3": suppressed, "12.4": read_bins, "12.5": one_owner}
SLIPS = [
    ("12.1", {"shape": lambda s, r: (s, s * r)}, "share the root"),
    ("12.1", {"shape": lambda s, r: (s / r, s * r)}, "square root of r"),
    ("12.1", {"choose": min}, "not the worst"),
    ("12.1", {"choose": lambda fits: sum(fits) / len(fits)}, "not their mean"),
    ("12.2", {"pixels": True}, "sizes of the anchor"),
    ("12.2", {"scale": lambda t: 1 + t}, "logarithm of a factor"),
    ("12.2", {"scale": lambda t: t}, "logarithm of a factor"),
    ("12.2", {"corner": True}, "the centre of the anchor"),
    ("12.2", {"half": 1.0}, "half of the size"),
    ("12.2", {"swap": True}, "x goes with the width"),
    ("12.3", {"order": lambda s: np.arange(len(s))}, "not with the first box"),
    ("12.3", {"order": np.argsort}, "not with the worst"),
    ("12.3", {"dead": True}, "removes no others"),
    ("12.3", {"strict": True}, "still allowed"),
    ("12.3", {"back": sorted}, "by falling score"),
    ("12.3", {"back": lambda kept: [n for n in range(8) if n not in kept]}, "not those that go"),
    ("12.4", {"rounded": True}, "that was RoIPool"),
    ("12.4", {"centre": 0}, "sits at its centre"),
    ("12.4", {"middle": 0}, "middle of each bin"),
    ("12.4", {"nearest": True}, "between two cells"),
    ("12.5", {"order": lambda s: np.argsort(-s)}, "paint the best one last"),
    ("12.5", {"order": lambda s: np.arange(len(s))}, "Not the last in the list"),
    ("12.5", {"order": lambda s: np.arange(len(s))[::-1]}, "Not the first in the list"),
    ("12.5", {"start": 0}, "0 is nobody"),
    ("12.5", {"count": True}, "how many masks claim"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


def test_what_the_exercises_ask_for_is_what_the_package_does():
    from segtutor.reference.boxes.anchors import best_overlaps, shapes
    from segtutor.reference.boxes.box_coding import decode_boxes
    from segtutor.reference.boxes.nms import nms
    from segtutor.reference.boxes.roi_align import reading_weights

    half = torch.cat([shapes(size, [0.5, 1, 2]) for size in (16, 32)]) / 2
    box = torch.tensor([[-10.0, -14, 10, 14]])
    assert abs(float(best_overlaps(torch.cat([-half, half], 1), box)) - best_fit(20, 28, (16, 32), (0.5, 1, 2))) < 1e-6

    generator = torch.Generator().manual_seed(0)
    deltas, anchor = torch.randn(4, generator=generator) / 2, torch.tensor([3.0, 4, 30, 20])
    np.testing.assert_allclose(decode_boxes(deltas, anchor).numpy(), decoded(deltas.numpy(), anchor.numpy()), atol=1e-4)

    corner = torch.rand(30, 2, generator=generator) * 20
    boxes = torch.cat([corner, corner + 2 + torch.rand(30, 2, generator=generator) * 12], 1)
    scores = torch.rand(30, generator=generator)
    assert nms(boxes, scores, 0.4).tolist() == suppressed(boxes.double().numpy(), scores.numpy(), 0.4)

    row = torch.rand(7, generator=generator)
    weights = reading_weights(torch.tensor([0.6]), torch.tensor([5.9]), 4, 7, samples=1)[0]
    np.testing.assert_allclose((weights @ row).numpy(), read_bins(row.numpy(), 0.6, 5.9, 4), atol=1e-5)

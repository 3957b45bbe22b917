"""The checks of lesson 07: the right answer passes, and each known slip gets the sentence that names it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from slips import three_tests

from segtutor.exercises.lesson07 import CHECKS


def weights(scores, may_attend, *, rule=True, invert=False, stable=True, how="-inf", axis=1, zeros=False):
    places = ~may_attend if invert else may_attend
    if rule:
        places = places | ~places.any(1, keepdims=True)
    if how == "after":
        parts = np.exp(scores - scores.max(1, keepdims=True))
        return parts / parts.sum(1, keepdims=True) * places
    scores = scores * places if how == "zero" else np.where(places, scores, -np.inf)
    parts = np.exp(scores - scores.max(axis, keepdims=True) if stable else scores)
    result = parts / parts.sum(axis, keepdims=True)
    return np.nan_to_num(result) if zeros else result


def map_of_layer(i, height, width, *, strides=(32, 16, 8), turn=True, area=True, pixels=False):
    stride = strides[i % 3 if turn else min(i // 3, 2)]
    if pixels:
        return stride, height * width
    return stride, height * width // (stride**2 if area else stride)


def empty(masks, size, *, shrink=True, what=None, least=0.0, strict=False, other=False):
    x = masks if what is None else what(masks)
    if shrink:
        x = F.interpolate(x[None].float(), size, mode="bilinear", align_corners=False)[0]
    none = ((x <= least) if strict else (x < least)).flatten(1).all(1)
    return (~none if other else none).nonzero().flatten().tolist()


def where(embedding, features, size, *, rule=True, invert=False, what=None, least=0.0, corners=False):
    if what is None:
        x = F.interpolate(features[None], size, mode="bilinear", align_corners=corners)[0]
        x = torch.einsum("qc,chw->qhw", embedding, x)
    else:
        x = what(torch.einsum("qc,chw->qhw", embedding, features)).float()
        x = F.interpolate(x[None], size, mode="bilinear", align_corners=corners)[0]
    may = x.flatten(1) < least if invert == "first" else x.flatten(1) >= least
    may = may | ~may.any(-1, keepdim=True) if rule else may
    return ~may if invert is True else may


def hardest(logits, candidates, count, *, key=torch.abs, flip=False, scale=True, **how):
    points = candidates.flip(1) if flip else candidates
    points = 2 * points - 1 if scale else points
    read = F.grid_sample(logits[None, None], points[None, None], **({"align_corners": False} | how))
    return candidates[key(read[0, 0, 0]).argsort()[:count]]


def density(r, oversample=3.0, importance=0.75, *, limit=True, rest=True, spill=True, most=True):
    kept = min(oversample * r, importance) if limit and most else importance if most else oversample * r
    inside = kept / r + (1 - importance) * rest
    return inside, max(importance - kept, 0) / (1 - r) * spill + (1 - importance) * rest


RIGHT = {
    "07.1": weights,
    "07.2": map_of_layer,
    "07.3": empty,
    "07.4": where,
    "07.5": hardest,
    "07.6": density,
}
SLIPS = [
    ("07.1", {"invert": True}, "True means *may look*"),
    ("07.1", {"rule": False}, "0 / 0"),
    ("07.1", {"rule": False, "zeros": True}, "not at nothing"),
    ("07.1", {"how": "after"}, "before the softmax"),
    ("07.1", {"how": "zero"}, "need -inf, not 0"),
    ("07.1", {"axis": 0}, "over the cells"),
    ("07.1", {"stable": False}, "exp overflows"),
    ("07.2", {"strides": (8, 16, 32)}, "Coarse to fine"),
    ("07.2", {"turn": False}, "not i // 3"),
    ("07.2", {"area": False}, "stride x stride"),
    ("07.2", {"pixels": True}, "not pixels"),
    ("07.3", {"shrink": False}, "Shrink first"),
    ("07.3", {"what": torch.sigmoid, "least": 0.5}, "shrunk probabilities"),
    ("07.3", {"what": lambda x: x >= 0, "least": 0.5}, "shrunk probabilities"),
    ("07.3", {"strict": True}, "exactly 0"),
    ("07.3", {"other": True}, "the others are asked for"),
    ("07.4", {"rule": False}, "without a cell"),
    ("07.4", {"invert": True}, "True means *may look*"),
    ("07.4", {"invert": "first"}, "opens the cells below it"),
    ("07.4", {"what": torch.sigmoid, "least": 0.5}, "never probabilities"),
    ("07.4", {"what": lambda x: x >= 0, "least": 0.5}, "compare with 0 after"),
    ("07.4", {"corners": True}, "align_corners=False"),
    ("07.4", {"least": 0.5}, "of logits it is 0"),
    ("07.5", {"key": lambda x: -x.abs()}, "most certain"),
    ("07.5", {"key": lambda x: x}, "sure no"),
    ("07.5", {"key": lambda x: -x}, "sure yes"),
    ("07.5", {"flip": True}, "x first"),
    ("07.5", {"align_corners": True}, "outer corner"),
    ("07.5", {"mode": "nearest"}, "Read bilinearly"),
    ("07.5", {"scale": False}, "2 * candidates - 1"),
    ("07.6", {"limit": False}, "however many are to be kept"),
    ("07.6", {"rest": False}, "is uniform: inside and outside"),
    ("07.6", {"spill": False}, "lie outside"),
    ("07.6", {"most": False}, "no more than importance x P"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS, warnings=("ignore:overflow", "ignore:invalid value")
)


def test_what_the_exercises_ask_for_is_what_the_package_does():
    """The answers against `reference/`: the rule, the way to may_attend, and the points."""
    from segtutor.reference.decoders.masked_decoder import inside_mask, shrink
    from segtutor.reference.layers.attention import attend_with_weights, unblock_empty_rows
    from segtutor.reference.losses.sampling import sample_points, uncertain_points

    generator = torch.Generator().manual_seed(1)
    q, k = torch.randn(1, 1, 6, 4, generator=generator), torch.randn(1, 1, 7, 4, generator=generator)
    may = torch.rand(6, 7, generator=generator) < 0.2
    package = attend_with_weights(q, k, k, may_attend=unblock_empty_rows(may))[1][0, 0].numpy()
    np.testing.assert_allclose(weights((q @ k.mT / 2)[0, 0].numpy(), may.numpy()), package, atol=1e-6)

    embedding, features = torch.randn(1, 5, 8, generator=generator), torch.randn(1, 8, 16, 16, generator=generator)
    package = unblock_empty_rows(inside_mask(embedding, shrink(features, (4, 4))))[0]
    assert (where(embedding[0], features[0], (4, 4)) == package).all()

    steps = (torch.arange(64) + 0.5) / 64  # a mask that is unsure in an eighth of the picture
    logits = torch.where((steps - 0.5).abs() < 1 / 16, 0.0, 9.0).expand(64, 64).clone()
    points = uncertain_points(logits[None], 20_000, generator=generator)
    share = float((sample_points(logits[None], points) < 4.5).float().mean())
    assert share / 0.125 == pytest.approx(density(0.125)[0], rel=0.1)

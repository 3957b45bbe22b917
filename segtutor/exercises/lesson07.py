"""Checks of lesson 07, *Why look only inside the mask?*"""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.exercises.base import Case, first_failure


def masked_weights(answer: Any) -> str | None:
    """Exercise 07.1: softmax over the allowed cells, over all where none is allowed."""
    scores = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 3.0]])
    some = np.array([[True, True, False], [False, True, True]])
    empty = np.array([[True, False, False], [False, False, False]])
    cases = []
    for allowed in (some, empty):
        places = allowed | ~allowed.any(1, keepdims=True)
        expected = _softmax(np.where(places, scores, -np.inf))
        everywhere = _softmax(scores)
        late = everywhere * places
        mistakes = [
            (wrong, sentence)
            for wrong, sentence in (
                (_blocked_is_true(scores, allowed), "True means *may look* here; you blocked the allowed cells."),
                (late, "The rows do not sum to 1: forbid the cells before the softmax, not after it."),
                (_softmax(scores * places), "A score of 0 is a score like others: forbidden cells need -inf, not 0."),
                (everywhere, "Nobody looks everywhere here but a query that may look nowhere: use may_attend."),
                (_softmax_over_queries(scores, places), "The softmax goes over the cells, axis 1."),
                (_without_the_rule(scores, allowed), "A row without any True: 0 / 0. Such a query looks everywhere."),
                (_zero_where_empty(scores, allowed), "A query that may look nowhere looks everywhere, not at nothing."),
            )
            if not np.allclose(wrong, expected, equal_nan=True)
        ]
        hint = "Put -inf where a query may not look, subtract the largest score of the row, exp, divide by the sum."
        cases.append(Case((scores, allowed), expected, hint, tuple(mistakes)))
    large = np.array([[1000.0, 999.0, 2000.0]])
    cases.append(
        Case(
            (large, np.array([[True, True, False]])),
            _softmax(np.array([[1.0, 0.0, -np.inf]])),
            "exp overflows: subtract the largest *allowed* score of the row first, which leaves the softmax as it is.",
        )
    )
    return first_failure(answer, cases)


def map_of_layer(answer: Any) -> str | None:
    """Exercise 07.2: maps in turn, coarse to fine."""
    cases = []
    for i, height, width in ((0, 128, 128), (1, 128, 128), (2, 128, 128), (4, 512, 1024), (8, 1024, 1024)):
        strides = (32, 16, 8)

        def places(stride, height=height, width=width):
            return stride, (height // stride) * (width // stride)

        mistakes = [
            (wrong, sentence)
            for wrong, sentence in (
                (places(strides[::-1][i % 3]), "Coarse to fine: layer 0 reads the map at stride 32."),
                (places(strides[min(i // 3, 2)]), "The maps come in turn, one a layer: i % 3, not i // 3."),
                ((strides[i % 3], (height * width) // strides[i % 3]), "A cell is stride x stride pixels."),
                ((strides[i % 3], height * width), "Count cells of the map, not pixels of the picture."),
            )
            if wrong != places(strides[i % 3])
        ]
        hint = "stride = (32, 16, 8)[i % 3]; the map has (height / stride) x (width / stride) cells."
        cases.append(Case((i, height, width), places(strides[i % 3]), hint, tuple(mistakes)))
    return first_failure(answer, cases)


def empty_queries(answer: Any) -> str | None:
    """Exercise 07.3: the queries whose mask has no cell on a smaller map."""
    import torch

    if not callable(answer):
        return first_failure(answer, [])
    masks = torch.full((5, 4, 4), -1.0)
    masks[0, 0, 0] = 2.0  # a pixel of four: -1 -1 -1 + 2 < 0, lost by shrinking
    masks[1, :2, :2] = 1.0  # a whole place
    masks[2, 3, 3] = 9.0  # a pixel so sure that its place counts; the probabilities' mean is below one half
    masks[4, 2:, 0] = 1.0  # two pixels of four: exactly 0, which is allowed
    hint = "Shrink the logits bilinearly (align_corners=False); empty is a mask whose logits are all below 0 there."
    mistakes = (
        ([3], "You looked at the full size; on the smaller map a single pixel may be lost. Shrink first."),
        ([0, 2, 3, 4], "Shrink the logits themselves, not what is computed of them; and a logit of 0 is allowed."),
        ([0, 2, 3], "Shrink the logits, then compare with 0: shrunk probabilities or masks are something else."),
        ([0, 3, 4], "At least one half is a logit of at least 0: a cell with exactly 0 is allowed."),
        ([1, 2, 4], "Those are the queries that have a cell; the others are asked for."),
        ([True, False, False, True, False], "Return the numbers of the queries, as a list of integers."),
    )
    cases = [Case((masks, (2, 2)), [0, 3], hint, mistakes)]
    whole = torch.tensor([[[1.0, -1.0], [-1.0, -1.0]], [[-1.0, -2.0], [-1.0, -1.0]]])
    cases.append(Case((whole, (2, 2)), [1], "At its own size a mask stays what it is."))
    cases.append(Case((whole[:1], (2, 2)), [], "Where each query has a cell, the list is empty."))
    return first_failure(answer, cases)


def where_to_look(answer: Any) -> str | None:
    """Exercise 07.4: from embeddings and features to may_attend."""
    import torch
    import torch.nn.functional as F

    if not callable(answer):
        return first_failure(answer, [])
    generator = torch.Generator().manual_seed(0)
    embedding, features = torch.randn(9, 5, generator=generator), 2 * torch.randn(5, 12, 16, generator=generator)
    embedding[3] = 0.0
    features[0] = 3.0  # a channel that is the same everywhere, and a query that has it with a minus: an empty mask
    embedding[3, 0] = -1.0
    size = (3, 4)

    def shrunk(x, corners=False):
        return F.interpolate(x[None], size, mode="bilinear", align_corners=corners)[0].flatten(1)

    full = torch.einsum("qc,chw->qhw", embedding, features)
    bits = embedding @ shrunk(features) >= 0

    def rule(allowed):
        return allowed | ~allowed.any(-1, keepdim=True)

    mistakes = (
        (bits, "Nearly: a query without a cell may look everywhere."),
        (~rule(bits), "True means *may look* here; yours says where it may not."),
        (rule(~bits), "True means *may look* here, a logit of at least 0; yours opens the cells below it."),
        (
            rule(shrunk(full.sigmoid()) >= 0.5),
            "Shrink features or logits, never probabilities: a sigmoid bends.",
        ),
        (rule(shrunk((full >= 0).float()) >= 0.5), "Shrink features or logits, and compare with 0 after that."),
        (rule(embedding @ shrunk(features, corners=True) >= 0), "Pixel centres are aligned by align_corners=False."),
        (rule(embedding @ shrunk(features) >= 0.5), "One half is the threshold of probabilities; of logits it is 0."),
    )
    hint = "Shrink mask_features[None] to size, flatten its cells, times the embedding, compare with 0, the rule."
    return first_failure(answer, [Case((embedding, features, size), rule(bits), hint, mistakes)])


def hardest(answer: Any) -> str | None:
    """Exercise 07.5: the candidates with the smallest |logit|."""
    import torch
    import torch.nn.functional as F

    if not callable(answer):
        return first_failure(answer, [])
    generator = torch.Generator().manual_seed(3)
    cases = []
    for height, width, count in ((4, 4, 3), (3, 6, 5)):
        logits = 3 * torch.randn(height, width, generator=generator)
        candidates = torch.rand(40, 2, generator=generator)

        def chosen(points=candidates, key=torch.abs, logits=logits, count=count, candidates=candidates, **how):
            options = {"align_corners": False} | how
            read = F.grid_sample(logits[None, None], 2 * points[None, None] - 1, **options)[0, 0, 0]
            return candidates[key(read).argsort()[:count]]

        mistakes = (
            (chosen(key=lambda x: -x.abs()), "Those are the most certain ones; the least certain are asked for."),
            (chosen(key=lambda x: x), "The smallest logit is a sure no: take the absolute value first."),
            (chosen(key=lambda x: -x), "The largest logit is a sure yes: take the absolute value, smallest first."),
            (chosen(points=candidates.flip(1)), "Points are (x, y), x first."),
            (chosen(align_corners=True), "(0, 0) is the outer corner of the first pixel: align_corners=False."),
            (chosen(mode="nearest"), "Read bilinearly, not the nearest pixel."),
            (chosen(points=(candidates + 1) / 2), "grid_sample reads from -1 to 1: give it 2 * candidates - 1."),
        )
        hint = "F.grid_sample(mask_logits[None, None], 2 * candidates[None, None] - 1, align_corners=False), then abs."
        cases.append(Case((logits, candidates, count), chosen(), hint, mistakes))
    return first_failure(answer, cases)


def density(answer: Any) -> str | None:
    """Exercise 07.6: how dense importance sampling is inside and outside of an unsure region."""
    cases = []
    for r, oversample, importance in ((0.01, 3.0, 0.75), (0.2, 3.0, 0.75), (0.5, 3.0, 0.75), (0.1, 2.0, 0.5)):
        inside = min(oversample * r, importance)
        expected = (inside / r + 1 - importance, (importance - inside) / (1 - r) + 1 - importance)
        without_rest = (inside / r, (importance - inside) / (1 - r))
        all_inside = (importance / r + 1 - importance, 1 - importance)
        no_spill = (inside / r + 1 - importance, 1 - importance)
        no_limit = (oversample + 1 - importance, expected[1])
        mistakes = [
            (wrong, sentence)
            for wrong, sentence in (
                (all_inside, "Only oversample x r x P candidates lie inside, however many are to be kept."),
                (without_rest, "The rest of the P points, a share of 1 - importance, is uniform: inside and outside."),
                (no_spill, "If the region yields too few candidates, the rest of those kept lie outside."),
                (no_limit, "Of the candidates inside no more than importance x P are kept."),
                (expected[::-1], "The order is (inside, outside)."),
            )
            if not np.allclose(wrong, expected)
        ]
        hint = (
            "Points inside, as a share of P: min(oversample * r, importance) + (1 - importance) * r. Uniform sampling "
            "has r there. Outside: all the others, over 1 - r."
        )
        cases.append(Case((r, oversample, importance), expected, hint, tuple(mistakes)))
    return first_failure(answer, cases)


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Over the last axis; rows of -inf alone give NaN."""
    with np.errstate(invalid="ignore"):
        parts = np.exp(scores - scores.max(-1, keepdims=True))
        return parts / parts.sum(-1, keepdims=True)


def _without_the_rule(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    return _softmax(np.where(allowed, scores, -np.inf))


def _zero_where_empty(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    return np.nan_to_num(_without_the_rule(scores, allowed))


def _blocked_is_true(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    places = ~allowed | allowed.all(1, keepdims=True)
    return _softmax(np.where(places, scores, -np.inf))


def _softmax_over_queries(scores: np.ndarray, places: np.ndarray) -> np.ndarray:
    return _softmax(np.where(places, scores, -np.inf).T).T


CHECKS = {
    "07.1": masked_weights,
    "07.2": map_of_layer,
    "07.3": empty_queries,
    "07.4": where_to_look,
    "07.5": hardest,
    "07.6": density,
}

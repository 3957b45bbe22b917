"""Post-processing that gives bit for bit what transformers 5.23 gives, several times faster.

Reached through `like=` of the three public functions. "transformers" is Mask2FormerImageProcessor, which resizes all
mask logits to 384 x 384 first, whatever the model's grid; "transformers-maskformer" is MaskFormerImageProcessor (and
OneFormer's panoptic), which does not. The results are transformers' own, and not a `Segmentation`, because that type
refuses what they may hold: two segments of different classes under one id. How they differ from what the papers'
code does:

    panoptic   the score multiplies the mask before the test against mask_threshold; what is painted is all that a
               query won, mask >= mask_threshold or not; the score threshold is 0.5; after a query was fused into an
               earlier stuff segment, numbering goes on from *that* segment's id, so ids are given twice
    instance   stuff classes come back too, a threshold instead of a ranking, and one map that later instances
               overwrite; masks are cut at 384 x 384 and resized without interpolation; ids start at 0, void is -1
    semantic   the scores of classes are resized, not the logits of masks

Equal means: on contiguous float32 logits, on the CPU, one picture at a time. Two things are taken for granted that
tests hold but no document promises: `F.interpolate` treats each map alike, and a row of a matrix product does not
depend on how many other rows there are, as long as there are some (_LEAST_ROWS).

What makes it fast: only queries that can matter are resized; maps are resized one by one into a running argmax, so
that a temporary seldom exceeds 16 MiB (see segtutor.inference.common); of an argmax over classes most are left out,
with a bound that proves that none of them wins anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.errors import UserError
from segtutor.inference.common import BLOCK_NUMBERS, Race
from segtutor.outputs import MaskOutput, PerPixelOutput

Size = tuple[int, int]
GRIDS: dict[str, Size | None] = {"transformers": (384, 384), "transformers-maskformer": None}

_LEAST_ROWS = 16  # matrix products of fewer rows take another path through the BLAS and round otherwise
_SMALL = 128  # F.interpolate takes another path to sizes with H + W <= 128 if there are more than 3 maps


def panoptic(
    output: MaskOutput | PerPixelOutput,
    size: Size | None,
    label_ids_to_fuse: set[int],
    *,
    score_threshold: float = 0.5,
    overlap_threshold: float = 0.8,
    mask_threshold: float = 0.5,
    like: str = "transformers",
) -> dict[str, Any]:
    """What `post_process_panoptic_segmentation` returns for this picture.

    size: target size (H, W), None for the size of the masks. label_ids_to_fuse: positions of the stuff classes.
    Returns "segmentation", (H, W) int32 with void 0 (float32 and -1 everywhere where no query passes), and
    "segments_info": {"id", "label_id", "was_fused", "score"} for each surviving query, in the queries' order.
    """
    class_logits, mask_logits = _logits(output)
    grid = GRIDS[like] or tuple(mask_logits.shape[1:])
    size = size or grid
    scores, labels = class_logits.softmax(dim=-1).max(dim=-1)
    kept = ((labels != class_logits.shape[1] - 1) & (scores > score_threshold)).nonzero()[:, 0]
    if not len(kept):
        return {"segmentation": torch.zeros(size) - 1, "segments_info": []}

    if GRIDS[like] is None:
        mask_probs = iter(mask_logits.sigmoid()[kept])  # all of them: the last few of a block are rounded otherwise
    else:
        mask_probs = (mask.sigmoid_() for mask in _resized(mask_logits[kept], grid))
    race, mask_areas = Race(size, len(kept)), []
    for place, mask in enumerate(_resized(mask_probs, size)):
        weighted = mask.mul_(scores[kept[place]])
        mask_areas.append(int(np.count_nonzero(weighted.numpy() >= np.float32(mask_threshold))))
        race.enter(weighted, place)

    areas = race.codes.flatten().bincount(minlength=len(kept)).tolist()
    table, segments, fused, segment_id = np.zeros(len(kept), np.int32), [], {}, 0
    for place, query in enumerate(kept.tolist()):
        won, whole = np.float32(areas[place]), np.float32(mask_areas[place])
        if not (won and whole and float(won / whole) > overlap_threshold):
            continue
        label = int(labels[query])
        segment_id = fused.get(label, segment_id + 1)  # and the next query continues from here
        table[place] = segment_id
        score = round(float(scores[query]), 6)
        was_fused = label in label_ids_to_fuse
        segments.append({"id": segment_id, "label_id": label, "was_fused": was_fused, "score": score})
        if was_fused:
            fused[label] = segment_id
    return {"segmentation": torch.from_numpy(np.take(table, race.codes.numpy())), "segments_info": segments}


def instance(
    output: MaskOutput | PerPixelOutput, size: Size | None, *, score_threshold: float = 0.5, like: str = "transformers"
) -> dict[str, Any]:
    """What `post_process_instance_segmentation` returns for this picture.

    Returns "segmentation", (H, W) float32: -1 or the id of the last instance there, and "segments_info" as
    `panoptic` does, ids from 0 in the order in which torch's topk happens to return the pairs.
    """
    class_logits, mask_logits = _logits(output)
    queries, classes = len(class_logits), class_logits.shape[1] - 1
    grid = GRIDS[like] or tuple(mask_logits.shape[1:])
    class_probs = class_logits.softmax(dim=-1)[:, :-1]
    class_scores, pairs = class_probs.flatten().topk(queries, sorted=False)
    if GRIDS[like] is None:
        masks = iter([mask_logits[pairs // classes]])  # all in one block, see `panoptic`
    else:
        # The mean mask probability is at most 1: a class score below the threshold never passes.
        passing = class_scores >= score_threshold
        class_scores, pairs = class_scores[passing], pairs[passing]
        masks = _blocks(mask_logits[pairs // classes], grid)

    rows, columns = (_nearest(length, wanted) for length, wanted in zip(grid, size or grid, strict=True))
    complete = len(np.unique(rows)) == grid[0] and len(np.unique(columns)) == grid[1]
    codes = np.zeros(grid, np.uint8 if queries <= 255 else np.int32)  # id + 1, for a later id to be the larger one
    segments: list[dict[str, Any]] = []
    place = 0
    for block in masks:
        inside = block.numpy() > 0
        scores = class_scores[place : place + len(block)] * _mean_inside(block, inside)
        for mask, score in zip(inside, scores.tolist(), strict=True):
            # Whether a pixel is left at the target size, where a smaller one may step over all of them.
            if score >= score_threshold and (mask if complete else mask[np.ix_(rows, columns)]).any():
                label = int(pairs[place]) % classes
                segments.append({"id": len(segments), "label_id": label, "was_fused": False, "score": round(score, 6)})
                np.maximum(codes, mask.view(np.uint8) * codes.dtype.type(len(segments)), out=codes)
            place += 1
    ids = codes.astype(np.float32) - 1
    return {"segmentation": torch.from_numpy(ids[rows][:, columns]), "segments_info": segments}


def semantic(output: MaskOutput | PerPixelOutput, size: Size | None, *, like: str = "transformers") -> Tensor:
    """What `post_process_semantic_segmentation` returns for this picture: (H, W) int64, positions of classes.

    A PerPixelOutput is read as SegFormer's processor and all others do: logits resized, then the argmax.
    """
    if isinstance(output, PerPixelOutput):
        maps = output.logits[0].detach().cpu().float().contiguous()
        _check(maps)
        return _first_largest(_resized(maps, size or tuple(maps.shape[1:])), len(maps)).codes.long()
    class_logits, mask_logits = _logits(output)
    classes = class_logits.shape[1] - 1
    grid = GRIDS[like] or tuple(mask_logits.shape[1:])
    size = size or grid
    class_probs = class_logits.softmax(dim=-1)[:, :-1]
    mask_probs = _mask_prob_strips(mask_logits, GRIDS[like])
    largest = class_probs.amax(dim=0)  # the most that any query says for a class
    for least in (0.05, 0.005, 0.0):
        # As many as are likely to win somewhere, _LEAST_ROWS at least, or all if nearly all are.
        order = largest.sort(descending=True, stable=True)
        count = max(_LEAST_ROWS, int((order.values >= least).sum()))
        chosen = order.indices[:count].sort().values if count < classes - 1 else torch.arange(classes)
        # One class that is, for each query, as probable as the most probable of those left out: sums of products of
        # numbers >= 0 round monotonically, so its scores are at least theirs in each pixel, to the last bit.
        others = torch.ones(classes, dtype=torch.bool)
        others[chosen] = False
        bound = class_probs[:, others].amax(dim=1, keepdim=True) if others.any() else class_probs[:, :0]
        scores = _class_scores(torch.cat([class_probs[:, chosen], bound], dim=1), mask_probs, grid)
        maps = _resized(scores, size)
        race = _first_largest(maps, len(chosen))
        # The bound's map is left over. The choice stands if it stays below the best everywhere.
        if all(bool((limit < race.best).all()) for limit in maps):
            return chosen[race.codes.long()]
    raise AssertionError("the last round leaves no class out")


def _logits(output: MaskOutput | PerPixelOutput) -> tuple[Tensor, Tensor]:
    """(Q, K + 1) and (Q, h, w), float32, contiguous, on the CPU."""
    if not isinstance(output, MaskOutput):
        raise UserError(
            "output must be a MaskOutput, got a PerPixelOutput: transformers has no such inference for per-pixel "
            "classes"
        )
    class_logits = output.class_logits[0].detach().cpu().float().contiguous()
    mask_logits = output.mask_logits[0].detach().cpu().float().contiguous()
    _check(mask_logits)
    return class_logits, mask_logits


def _check(maps: Tensor) -> None:
    if not torch.stack(torch.aminmax(maps)).isfinite().all():
        raise UserError("logits must be numbers, got NaN or infinite ones: look for a division by 0 in the model")


def _resized(maps: Iterable[Tensor], size: Size) -> Iterator[Tensor]:
    """(h, w) maps one by one -> (H, W), fresh; as if all were resized in one call."""
    if sum(size) <= _SMALL:
        yield from F.interpolate(torch.stack(list(maps))[None], size=size, mode="bilinear", align_corners=False)[0]
        return
    for one in maps:
        yield F.interpolate(one[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]


def _first_largest(maps: Iterator[Tensor], count: int) -> Race:
    """The race between the next `count` maps, coded 0, 1, ..."""
    race: Race | None = None
    for place, values in zip(range(count), maps, strict=False):  # in this order: no map more is taken
        race = race or Race(tuple(values.shape), count)
        race.enter(values, place)
    assert race is not None, "an output has at least one class"
    return race


def _blocks(mask_logits: Tensor, grid: Size) -> Iterator[Tensor]:
    """(Q, h, w) -> (n, *grid), a few maps at a time."""
    step = max(1, BLOCK_NUMBERS // (grid[0] * grid[1]))
    for some in mask_logits.split(step) if len(mask_logits) else ():
        yield F.interpolate(some[None], size=grid, mode="bilinear", align_corners=False)[0]


def _mean_inside(mask_logits: Tensor, inside: np.ndarray) -> Tensor:
    """The mean probability of each mask (n, h, w) inside itself, as transformers sums it."""
    count = len(mask_logits)
    if count == 1:  # a sum that gives one number is split between threads, and so rounds otherwise
        mask_logits, inside = mask_logits.repeat(2, 1, 1), inside.repeat(2, axis=0)
    weights = torch.from_numpy(inside).flatten(1).float()
    sums = (mask_logits.sigmoid().flatten(1) * weights).sum(dim=1)
    return (sums / (weights.sum(dim=1) + 1e-6))[:count]


def _nearest(length: int, wanted: int) -> np.ndarray:
    """Which of `length` rows each of `wanted` rows takes."""
    rows = torch.arange(length, dtype=torch.float32)[None, None, :, None]
    return F.interpolate(rows, size=(wanted, 1), mode="nearest").flatten().long().numpy()


def _mask_prob_strips(mask_logits: Tensor, grid: Size | None) -> list[tuple[slice, Tensor]]:
    """Mask probabilities of all queries on the grid, (Q, rows, W) for strips of rows."""
    if grid is None:
        return [(slice(None), mask_logits.sigmoid())]
    queries = len(mask_logits)
    count = math.ceil(queries * grid[0] * grid[1] / BLOCK_NUMBERS)
    borders = [grid[0] * i // count for i in range(count + 1)]
    strips = [(slice(upper, lower), torch.empty(queries, lower - upper, grid[1])) for upper, lower in pairwise(borders)]
    for query, one in enumerate(_resized(mask_logits, grid)):
        for rows, strip in strips:
            torch.sigmoid(one[rows], out=strip[query])
    return strips


def _class_scores(class_probs: Tensor, strips: list[tuple[slice, Tensor]], grid: Size) -> Iterator[Tensor]:
    """Class probabilities (Q, n) and masks -> n maps of scores on the grid, computed some classes at a time."""
    classes = class_probs.shape[1]
    count = math.ceil(classes / max(_LEAST_ROWS, BLOCK_NUMBERS // (grid[0] * grid[1])))
    for some in class_probs.tensor_split(count, dim=1):
        scores = torch.empty(some.shape[1], *grid)
        for rows, strip in strips:
            scores[:, rows] = torch.einsum("bqc,bqhw->bchw", some[None], strip[None])[0]
        yield from scores

"""Panoptic inference: one segment for each pixel, and for each query what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segtutor.errors import UserError
from segtutor.inference import transformers_like
from segtutor.inference.common import (
    Race,
    checked_categories,
    checked_like,
    checked_single,
    checked_size,
    checked_threshold,
    greater,
    in_float32,
    upsample,
)
from segtutor.inference.components import connected_components
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Segmentation


@dataclass(frozen=True)
class QueryFate:
    """What became of one query in panoptic inference.

    query: 0..Q-1. category_id: of its most probable label, None where that is "no object". score: the probability
    of that label. mask_area: pixels where its mask probability reaches mask_threshold. area: pixels where it won
    over all competing queries (0 for one that did not compete).
    fate: "no object"; "below threshold" (score <= score_threshold); "overlapped" (it won too small a part of its
    mask, or its mask is empty); "kept".
    """

    query: int
    category_id: int | None
    score: float
    area: int
    mask_area: int
    fate: str


@in_float32
def panoptic_inference(
    output: MaskOutput | PerPixelOutput,
    size: tuple[int, int] | None,
    categories: Any = None,
    *,
    score_threshold: float | None = None,
    overlap_threshold: float = 0.8,
    mask_threshold: float = 0.5,
    min_area: int = 0,
    like: str = "published",
) -> Segmentation | dict[str, Any]:
    """Let the confident queries compete for the pixels (MaskFormer, arXiv:2107.06278, sec. 3.4, and its code).

    1. Keep the queries whose most probable label is a class (not no-object) with probability > score_threshold.
    2. Each pixel goes to the kept query with the largest class probability * mask probability; the first of equals.
    3. Drop a query that won less than overlap_threshold of its own mask (mask probability >= mask_threshold):
       (pixels won) / (pixels of the mask) < overlap_threshold. Pixels it won stay void.
    4. Paint where it won *and* its mask probability >= mask_threshold.
    5. Queries of one stuff class become one segment, whose score is the best among them.

    output: of one picture (output[i] of a batch). size: (H, W). categories: of the K classes; None for generic
    ones, all things, so that nothing is fused. Thresholds: 0..1; score_threshold None stands for 0.8. Returns
    segments numbered from 1 in the order of the queries; the rest is void; all is void where no query is kept.

    PerPixelOutput: the class map's connected components (4-connectivity, scipy.ndimage.label) for thing classes, one
    segment for each stuff class; the score is the mean class probability in the segment. The three thresholds
    are about masks and have no part in it. Components of fewer than min_area pixels become void (0: none do).
    Two touching objects of one class are one component: that is the limit of a per-pixel prediction, not of this code.

    like: "transformers" returns bit for bit the dictionary {"segmentation", "segments_info"} that transformers 5.23
    (Mask2FormerImageProcessor) returns for the same logits, the stuff of `categories` fused; "transformers-maskformer"
    that of MaskFormerImageProcessor. There score_threshold None stands for 0.5, and size may be None: the size of
    the masks. It differs from the published inference in the hop over 384 x 384, in the order of steps 2 to 4, and in
    ids given twice: see segtutor.inference.transformers_like.

    Raises UserError: several pictures, another number of categories than classes, a threshold outside 0..1.
    """
    checked_single(output)
    published = checked_like(like) == "published"
    size, categories = checked_size(size, optional=not published), checked_categories(output, categories)
    if score_threshold is None:
        score_threshold = 0.8 if published else 0.5
    if not published:
        return transformers_like.panoptic(
            output,
            size,
            {position for position, category in enumerate(categories) if not category.isthing},
            score_threshold=checked_threshold(score_threshold, "score_threshold"),
            overlap_threshold=checked_threshold(overlap_threshold, "overlap_threshold"),
            mask_threshold=checked_threshold(mask_threshold, "mask_threshold"),
            like=like,
        )
    if isinstance(output, PerPixelOutput):
        return connected_components(output, size, categories, min_area)
    contest = _contest(output, size, score_threshold, overlap_threshold, mask_threshold)

    # Number the kept queries; table[winner] is the segment id that a pixel gets, 0 for those of dropped queries.
    table = np.zeros(len(contest.queries) + 1, np.int32)
    category_ids: dict[int, int] = {}
    scores: dict[int, float] = {}
    stuff: dict[int, int] = {}
    for place, (label, score) in enumerate(zip(contest.labels, contest.scores, strict=True)):
        if not contest.kept[place]:
            continue
        category = categories[label]
        segment_id = len(category_ids) + 1 if category.isthing else stuff.setdefault(label, len(category_ids) + 1)
        table[place + 1] = segment_id
        category_ids[segment_id] = category.id
        scores[segment_id] = max(score, scores.get(segment_id, 0.0))
    return Segmentation.from_ids(table[contest.painted], category_ids, categories, scores)


@in_float32
def query_fates(
    output: MaskOutput,
    size: tuple[int, int],
    categories: Any = None,
    *,
    score_threshold: float = 0.8,
    overlap_threshold: float = 0.8,
    mask_threshold: float = 0.5,
) -> list[QueryFate]:
    """What becomes of each of the Q queries in `panoptic_inference` with the same arguments, in their order.

    Raises UserError as `panoptic_inference` does, and for a PerPixelOutput, which has no queries.
    """
    if not isinstance(output, MaskOutput):
        raise UserError("output must be a MaskOutput, got a PerPixelOutput: a per-pixel classifier has no queries")
    checked_single(output)
    size, categories = checked_size(size), checked_categories(output, categories)
    contest = _contest(output, size, score_threshold, overlap_threshold, mask_threshold)
    places = {query: place for place, query in enumerate(contest.queries)}
    all_scores, all_labels = _scores_and_labels(output)
    fates = []
    for query, (score, label) in enumerate(zip(all_scores.tolist(), all_labels.tolist(), strict=True)):
        category_id = None if label == len(categories) else categories[label].id
        if query in places:
            place = places[query]
            area, mask_area = contest.areas[place], contest.mask_areas[place]
            fate = "kept" if contest.kept[place] else "overlapped"
        else:
            mask_probs = upsample(output.mask_logits[0, query], size).sigmoid_()
            area, mask_area = 0, int((mask_probs >= mask_threshold).sum())
            fate = "no object" if category_id is None else "below threshold"
        fates.append(QueryFate(query, category_id, score, area, mask_area, fate))
    return fates


@dataclass(frozen=True)
class _Contest:
    """The competing queries, in order, and what they won; lists have one entry for each of them."""

    queries: list[int]
    labels: list[int]  # positions
    scores: list[float]
    areas: list[int]  # pixels won
    mask_areas: list[int]  # pixels of mask >= mask_threshold
    kept: list[bool]
    painted: np.ndarray  # (H, W): 1 + the position of the winner where its mask >= mask_threshold, else 0


def _scores_and_labels(output: MaskOutput) -> tuple[Tensor, Tensor]:
    """Probability and index of each query's most probable label, (Q,) float32 and (Q,) int64; index K = no object."""
    scores, labels = output.class_logits[0].float().softmax(dim=-1).max(dim=-1)
    return scores, labels


def _contest(
    output: MaskOutput, size: tuple[int, int], score_threshold: float, overlap_threshold: float, mask_threshold: float
) -> _Contest:
    """Steps 1 to 4. Queries are filtered before they are upsampled, then streamed: O(H W) memory, not O(Q H W)."""
    score_threshold = checked_threshold(score_threshold, "score_threshold")
    overlap_threshold = checked_threshold(overlap_threshold, "overlap_threshold")
    mask_threshold = checked_threshold(mask_threshold, "mask_threshold")
    scores, labels = _scores_and_labels(output)
    no_object = output.class_logits.shape[2] - 1
    queries = ((labels != no_object) & (scores > score_threshold)).nonzero()[:, 0].tolist()

    # A pixel's code is twice (1 + its winner's position), and one more where the winner's mask reaches the threshold.
    race = Race(size, 2 * len(queries) + 1, output.mask_logits.device)
    in_mask = torch.empty(size, dtype=torch.bool, device=output.mask_logits.device)
    mask_areas = []
    for place, query in enumerate(queries):
        mask_probs = upsample(output.mask_logits[0, query], size).sigmoid_()
        greater(mask_probs, mask_threshold, in_mask, or_equal=True)
        mask_areas.append(int(in_mask.count_nonzero()))
        race.enter(mask_probs.mul_(scores[query]), in_mask.to(race.codes.dtype) + 2 * (place + 1))

    codes = race.codes.cpu().numpy()
    winner = codes >> 1
    painted = winner * (codes & 1)
    count = len(queries) + 1
    areas = np.bincount(winner.ravel(), minlength=count)[1:].tolist()
    painted_areas = np.bincount(painted.ravel(), minlength=count)[1:].tolist()
    # painted > 0 implies that both other areas are, so the division is safe.
    kept = [
        visible > 0 and won / mask >= overlap_threshold
        for visible, won, mask in zip(painted_areas, areas, mask_areas, strict=True)
    ]
    return _Contest(queries, labels[queries].tolist(), scores[queries].tolist(), areas, mask_areas, kept, painted)

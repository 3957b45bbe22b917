"""Instance inference: a mask for each object, and masks may overlap."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from segtutor.categories import as_integer
from segtutor.errors import UserError
from segtutor.inference import transformers_like
from segtutor.inference.common import (
    checked_categories,
    checked_like,
    checked_single,
    checked_size,
    checked_threshold,
    in_float32,
    upsample,
)
from segtutor.inference.components import connected_components
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Instances


@in_float32
def instance_inference(
    output: MaskOutput | PerPixelOutput,
    size: tuple[int, int] | None,
    categories: Any = None,
    *,
    top_k: int = 100,
    score_threshold: float | None = None,
    like: str = "published",
    min_score: float = 0.0,
) -> Instances | dict[str, Any]:
    """The top_k best (query, class) pairs (Mask2Former, arXiv:2112.01527, and its code).

    The Q x K class probabilities are ranked as one list, so one query may come back under several classes. A pair's
    score is class probability * (mean mask probability inside the mask), its mask where the upsampled logits are
    > 0. Pairs of stuff classes are left out *after* the top_k are taken, as in the published code, so fewer than
    top_k may come back. A query whose mask is empty comes back with score 0.

    min_score: pairs below it are left out, which is what choosing by `scores` afterwards gives; but masks of pairs that
    cannot reach it are never made, which is most of the time and memory of a large picture.

    PerPixelOutput: connected components of the thing classes (see `panoptic_inference`), the top_k best scores.

    output: of one picture (output[i] of a batch). size: (H, W). categories: of the K classes, None for generic
    things. Returns Instances, best score first; equal scores in the order (query, class).

    like: "transformers" returns bit for bit the dictionary {"segmentation", "segments_info"} that transformers 5.23
    (Mask2FormerImageProcessor) returns for the same logits, "transformers-maskformer" that of
    MaskFormerImageProcessor. There as many pairs as queries are ranked, those with a score of at least
    score_threshold (None: 0.5) are kept, of stuff classes too, and painted over each other into one map; size may be
    None. See segtutor.inference.transformers_like.

    Raises UserError: several pictures, another number of categories than classes, top_k below 1, a score_threshold
    without like (the published inference has none: keep what you want of the scores).
    """
    checked_single(output)
    published = checked_like(like) == "published"
    size, categories = checked_size(size, optional=not published), checked_categories(output, categories)
    if not published:
        threshold = checked_threshold(0.5 if score_threshold is None else score_threshold, "score_threshold")
        return transformers_like.instance(output, size, score_threshold=threshold, like=like)
    if score_threshold is not None:
        raise UserError(
            f"score_threshold must be None, got {score_threshold!r}: published instance inference ranks and leaves "
            'nothing out, so choose by instances.scores, or ask for like="transformers"'
        )
    top_k = as_integer(top_k, "top_k", 1)
    min_score = checked_threshold(min_score, "min_score")
    if isinstance(output, PerPixelOutput):
        found = _from_components(output, size, categories, top_k)
        return found[found.scores >= min_score] if min_score > 0 else found

    class_probs = output.class_logits[0].float().softmax(dim=-1)[:, :-1]  # (Q, K)
    # A stable sort, where topk may return equal scores in any order.
    ranked, pairs = class_probs.flatten().sort(descending=True, stable=True)
    isthing = torch.tensor([category.isthing for category in categories], device=pairs.device)
    pairs, ranked = pairs[:top_k], ranked[:top_k]
    things = isthing[pairs % len(categories)]
    things &= ranked >= min_score  # a score is at most the class's probability
    pairs, ranked = pairs[things], ranked[things]
    queries, labels = pairs // len(categories), pairs % len(categories)

    # A query that several pairs share is upsampled once.
    unique, places = queries.unique(return_inverse=True)
    masks = torch.empty((len(unique), *size), dtype=torch.bool, device=pairs.device)
    mask_scores = torch.empty(len(unique), device=pairs.device)
    for place, query in enumerate(unique.tolist()):
        mask_logits = upsample(output.mask_logits[0, query], size)
        torch.gt(mask_logits, 0, out=masks[place])
        inside_probs = mask_logits.sigmoid_().mul_(masks[place])
        mask_scores[place] = inside_probs.sum() / (masks[place].sum() + 1e-6)  # 1e-6: an empty mask scores 0
    scores, order = (ranked * mask_scores[places]).sort(descending=True, stable=True)
    if min_score > 0:
        scores, order = scores[scores >= min_score], order[scores >= min_score]
    return Instances(
        masks.cpu().numpy()[places[order].cpu().numpy()], labels[order].cpu().numpy(), scores.cpu().numpy(), categories
    )


def _from_components(output: PerPixelOutput, size: tuple[int, int], categories: Categories, top_k: int) -> Instances:
    segmentation = connected_components(output, size, categories)
    things = [segment for segment in segmentation.segments if categories.by_id(segment.category_id).isthing]
    best = sorted(things, key=lambda segment: -(segment.score or 0.0))[:top_k]
    ids = np.array([segment.id for segment in best], np.int32)
    return Instances(
        segmentation.segment_ids == ids[:, None, None],
        np.array([categories.index(segment.category_id) for segment in best], np.int64),
        np.array([segment.score for segment in best], np.float32),
        categories,
    )

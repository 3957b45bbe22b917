"""Everything in a picture, from a promptable network: a grid of clicks, and of their predictions those that hold.

Kirillov et al., "Segment Anything", arXiv:2304.02643, section 5 ("Zero-shot ...") and appendix B, as SA-1B was made:

    1  a click in the middle of each cell of a 32 x 32 grid, three predictions each
    2  kept: predicted IoU of at least 0.88, and stability of at least 0.95: the share that a mask keeps when its
       threshold rises from a logit of -1 to one of 1
    3  of predictions whose boxes overlap by IoU above 0.7, the one with the best predicted IoU (NMS)

Differs from the paper: no second look into enlarged crops, stability is measured at the network's resolution, and masks
are not cleaned of small holes and islands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segtutor.errors import UserError
from segtutor.segments import Instances

if TYPE_CHECKING:
    from torch import Tensor

    from segtutor.models.prompts import PromptSegmenter

CLICKS_AT_ONCE = 64
MOST_PER_SIDE = 128
OFFSET = 1.0  # logits above and below 0 between which a stable mask hardly changes


def grid_of_clicks(per_side: int, size: tuple[int, int]) -> np.ndarray:
    """The middles of per_side x per_side cells of a picture of (height, width): (N, 2) float32, x, y in pixels.

    >>> grid_of_clicks(2, (20, 40)).tolist()
    [[10.0, 5.0], [30.0, 5.0], [10.0, 15.0], [30.0, 15.0]]
    """
    shares = (np.arange(per_side, dtype=np.float32) + 0.5) / per_side
    x, y = np.meshgrid(shares * size[1], shares * size[0])
    return np.stack([x, y], -1).reshape(-1, 2)


def stability(logits: Tensor) -> Tensor:
    """(..., h, w) -> (...), 0..1: the area above a logit of 1 as a share of that above -1; 0 where there is neither."""
    inner, outer = ((logits > level).flatten(-2).sum(-1) for level in (OFFSET, -OFFSET))
    return inner / outer.clamp(min=1)


def everything(
    segmenter: PromptSegmenter,
    *,
    per_side: int = 32,
    score_threshold: float = 0.88,
    stability_threshold: float = 0.95,
    overlap_threshold: float = 0.7,
) -> Instances:
    """All that a grid of clicks finds in the picture that was set, best predicted IoU first; masks may overlap.

    per_side: clicks along each side, 1 to 128. the three thresholds: 0..1, see above.
    -> Instances of the category "object". Raises UserError: no picture set, a model that takes no clicks, a threshold
    outside 0..1.
    """
    import torch

    from segtutor.reference.boxes.nms import nms
    from segtutor.thresholds import checked_threshold

    size = segmenter.image.shape[:2]
    if "points" not in segmenter.accepts:
        raise UserError(f"{segmenter.name} does not take clicks: use a model that does, such as sam-toytown")
    if isinstance(per_side, bool) or not isinstance(per_side, int) or not 1 <= per_side <= MOST_PER_SIDE:
        raise UserError(f"per_side must be a whole number from 1 to {MOST_PER_SIDE}, got {per_side!r}: 32 is usual")
    least = checked_threshold(score_threshold, "score_threshold")
    steady = checked_threshold(stability_threshold, "stability_threshold")
    overlap = checked_threshold(overlap_threshold, "overlap_threshold")
    masks, scores = [np.zeros((0, *size), bool)], [np.zeros(0, np.float32)]
    clicks = grid_of_clicks(per_side, size)[:, None]
    for start in range(0, len(clicks), CLICKS_AT_ONCE):
        part = clicks[start : start + CLICKS_AT_ONCE]
        answers = segmenter.answers(points=part, labels=np.ones(part.shape[:2], np.int64), multimask=True)
        sure = answers.scores.clamp(0, 1).numpy()
        keep = (sure >= least) & (stability(segmenter.shown_part(answers.mask_logits)) >= steady).numpy()
        if keep.any():
            masks.append(segmenter.at_picture(answers.mask_logits[torch.from_numpy(keep)][:, None])[:, 0])
            scores.append(sure[keep])
    found, sure = np.concatenate(masks), np.concatenate(scores)
    seen = found.any((1, 2))
    found, sure = found[seen], sure[seen]
    boxes = torch.tensor([_box(mask) for mask in found], dtype=torch.float32).view(-1, 4)
    kept = nms(boxes, torch.from_numpy(sure), overlap).numpy()
    kept = kept[np.argsort(-sure[kept], kind="stable")]
    return Instances(found[kept], np.zeros(len(kept), np.int64), sure[kept], segmenter.categories)


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1, the edges around a mask with at least one true pixel."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

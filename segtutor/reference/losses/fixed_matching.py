"""Fixed matching: query i answers for class i, in every picture, and nothing is searched.

MaskFormer (arXiv:2107.06278, section 4.4, table 4) trains the same network with both matchings, with
as many queries as classes:

    fixed       query i  <->  the target of class i, if the picture has one         ADE20K mIoU 43.7
    bipartite   query    <->  target, the cheapest assignment of cost_matrix        ADE20K mIoU 44.2

So most of the gain over the per-pixel baseline (41.9) is there without the Hungarian method. But a query that is a
class can hold one mask a picture: two cats are one target. `merge_classes` makes such targets; instances and panoptic
segmentation need the bipartite matching.

    set_loss(output, [merge_classes(target) for target in targets], match=fixed_match)

Differs from the paper: there may be more queries than classes; the others learn to say "no object".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from segtutor.outputs import MaskOutput, Targets
from segtutor.reference.losses.matcher import Matches, check_pairing


def fixed_match(output: MaskOutput, targets: Sequence[Targets]) -> Matches:
    """The matcher query i <-> class i. Returns B pairs (query_idx, target_idx) of int64 tensors, sorted by query.

    Raises ValueError where there are fewer queries than classes, or a picture has two targets of a class.
    """
    check_pairing(output, targets)
    queries, classes = output.class_logits.shape[1], output.class_logits.shape[2] - 1
    if queries < classes:
        raise ValueError(
            f"there must be a query for each of the {classes} classes, got {queries} queries: build the model with more"
        )
    matches = []
    for b, target in enumerate(targets):
        query_idx, target_idx = target.labels.cpu().sort()
        twice = query_idx[1:][query_idx[1:] == query_idx[:-1]]
        if len(twice):
            raise ValueError(
                f"class {twice[0].item()} must have at most one target in picture {b}, because a query that is a "
                "class holds one mask, got two: merge them with merge_classes(target)"
            )
        matches.append((query_idx, target_idx))
    return matches


def merge_classes(target: Targets) -> Targets:
    """The semantic targets of a picture: all masks of a class in one, classes ascending.

    >>> cats = Targets(torch.tensor([7, 2, 7]), torch.eye(3, dtype=torch.uint8)[:, None], torch.ones(1, 3))
    >>> merged = merge_classes(cats)
    >>> merged.labels.tolist(), merged.masks[:, 0].tolist()
    ([2, 7], [[0, 1, 0], [1, 0, 1]])
    """
    labels, which = target.labels.unique(return_inverse=True)  # which[n]: the row of target n
    masks = target.masks.new_zeros(len(labels), *target.masks.shape[1:])
    for n, row in enumerate(which.tolist()):
        masks[row] = torch.maximum(masks[row], target.masks[n])
    return Targets(labels, masks, target.valid)

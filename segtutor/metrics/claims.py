"""Who claims which object: COCO's rules of matching masks with objects at ten IoUs, of one class or of many at once.

`claim` is the readable form. `claim_all` finds the same for all classes of many pictures: it takes the first mask of
every class and picture, then every second one, and looks only at the few pairs that overlap enough to matter.
"""

from __future__ import annotations

import numpy as np

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
LEAST_IOUS = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)


def claim(iou: np.ndarray, crowd: np.ndarray, passed_over: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who claims an object: two (areas, thresholds, D) arrays, whether a mask did, and whether that object is ignored.

    iou: (D, N), masks in order of falling score. crowd: (N,), may be claimed by many. passed_over: (areas, N), crowds
    and objects out of the range of areas; a mask takes such a one only where it reaches no other.
    """
    matched = np.zeros((len(passed_over), len(IOU_THRESHOLDS), len(iou)), bool)
    ignored = np.zeros_like(matched)
    if not iou.size:
        return matched, ignored
    taken = np.zeros((*matched.shape[:2], len(crowd)), bool)
    counted = ~passed_over[:, None]
    for mask in np.flatnonzero(iou.max(axis=1) >= LEAST_IOUS.min()):
        may = (iou[mask] >= LEAST_IOUS[:, None]) & (~taken | crowd)
        better = may & counted
        wanted = np.where(better.any(axis=-1, keepdims=True), better, may)
        range_, threshold = np.nonzero(wanted.any(axis=-1))
        reached = np.where(wanted[range_, threshold], iou[mask], -1.0)
        best = len(crowd) - 1 - reached[:, ::-1].argmax(axis=1)  # of equals the last, as COCO's code
        taken[range_, threshold, best] = matched[range_, threshold, mask] = True
        ignored[range_, threshold, mask] = passed_over[range_, best]
    return matched, ignored


def claim_all(
    masks: np.ndarray,
    objects: np.ndarray,
    iou: np.ndarray,
    group: np.ndarray,
    crowd: np.ndarray,
    passed_over: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """As `claim`, of D masks and N objects in many groups (a class of a picture): two (areas, thresholds, D) arrays.

    masks, objects, iou: (P,) each, the pairs of one group whose IoU reaches the least threshold, by ascending mask and
    within a mask by ascending object. group: (D,) of each mask, ascending; masks of a group in order of falling score.
    """
    areas, thresholds = len(passed_over), len(IOU_THRESHOLDS)
    matched = np.zeros((len(group), areas, thresholds), bool)
    ignored = np.zeros_like(matched)
    taken = np.zeros((len(crowd), areas, thresholds), bool)
    counted = ~passed_over.T[:, :, None]
    claimant, first, count = np.unique(masks, return_index=True, return_counts=True)
    # The turn of a claimant: how many of its group come before it.
    turn = np.arange(len(claimant)) - np.searchsorted(group[claimant], group[claimant])
    by_turn = np.argsort(turn, kind="stable")
    for now in np.split(by_turn, np.cumsum(np.bincount(turn))[:-1]) if len(turn) else ():
        of_pair = np.arange(count[now].max())  # as many columns as the mask with most pairs has
        column = first[now, None] + np.minimum(of_pair, count[now, None] - 1)
        whose = objects[column]
        overlap = np.where(of_pair < count[now, None], iou[column], -1.0)[:, :, None, None]
        may = (overlap >= LEAST_IOUS) & (~taken[whose] | crowd[whose][:, :, None, None])
        better = may & counted[whose]
        wanted = np.where(better.any(axis=1, keepdims=True), better, may)  # (claimants, pairs, areas, thresholds)
        reached = np.where(wanted, overlap, -1.0)
        best = len(of_pair) - 1 - reached[:, ::-1].argmax(axis=1)  # of equals the last
        row, area, threshold = np.nonzero(wanted.any(axis=1))
        won = whose[row, best[row, area, threshold]]
        taken[won, area, threshold] = matched[claimant[now][row], area, threshold] = True
        ignored[claimant[now][row], area, threshold] = passed_over[area, won]
    return matched.transpose(1, 2, 0), ignored.transpose(1, 2, 0)

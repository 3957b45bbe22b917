"""How good a promptable model is on ToyTown: boxes, one click, three clicks, and how well it knows itself.

    evaluate_clicks(st.load("sam-toytown"))      {"box_iou", "click1_iou", "click3_iou", ...} in percent

Regions are those of `Scene.regions()` with at least 60 pixels, at most two of each level a scene. The first click is at
the deepest pixel of the region, each further one at the deepest pixel of the largest error, on it or beside it, with
the prediction so far as a mask. The main figures are of things and stuff; those of parts and groups stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.training.recipes.clicks import LEVELS, box_of, correction, deepest

SMALLEST = 60  # pixels of a region that is asked about
EACH = 2  # regions of each level, of a scene
MAIN = ("thing", "stuff")


def evaluate_clicks(
    segmenter: Any,
    *,
    split: str = "validation",
    size: int = 500,
    clicks: int = 3,
    progress: Callable[[int], Any] | None = None,
) -> dict[str, Any]:
    """Mean IoU by prompt, in percent. segmenter: a PromptSegmenter that takes points and boxes.

    box_iou: of the exact box's one prediction. click1_iou: of the prediction that a click's three rank first;
    click1_best_iou: of the best of the three (SAM's paper: oracle). click2_iou, click3_iou, ...: after corrections, the
    one prediction. Each once for things and stuff together, and with the level's name behind it. ambiguous: clicks on a
    part of a thing of a group, for which part, thing and group each have a prediction with IoU 0.5 or more;
    ambiguous_clicks: their number. score_error: mean absolute difference of predicted and true IoU, in percent points,
    where the true one of a click's prediction is with the nearest of what the click can mean; score_rank: Spearman's
    correlation of the two, -1..1.
    """
    if not {"points", "boxes"} <= segmenter.accepts:
        raise UserError(f"{segmenter.name} does not take clicks and boxes: use a model that does, such as sam-toytown")
    if clicks < 1:
        raise UserError(f"clicks must be 1 or more, got {clicks}: 3 is usual")
    found: dict[str, dict[str, list[float]]] = {level: {} for level in LEVELS}
    ambiguous, believed, true = [], [], []
    for done, seed in enumerate(toytown.seeds(split, size), 1):
        scene = toytown.scene(seed)
        image, ids = scene.draw()
        segmenter.set_image(image)
        regions = scene.regions(ids)
        asked = _chosen(regions, np.random.default_rng(seed))
        if asked:
            scores, reached = _ask(segmenter, asked, regions, clicks, found)
            believed.append(scores)
            true.append(reached)
        ambiguous += _ambiguous(segmenter, regions)
        if progress is not None:
            progress(done)
    return _flat(found, clicks, np.array(ambiguous, bool), np.concatenate(believed), np.concatenate(true))


def _chosen(regions: list, rng: np.random.Generator) -> list:
    """At most EACH regions of each level, each of SMALLEST pixels or more."""
    chosen = []
    for level in LEVELS:
        large = [region for region in regions if region.level == level and region.area >= SMALLEST]
        chosen += [large[i] for i in sorted(rng.permutation(len(large))[:EACH])]
    return chosen


def _ask(segmenter: Any, asked: list, regions: list, clicks: int, found: dict) -> tuple[np.ndarray, np.ndarray]:
    """Asks about some regions at once; adds their IoUs to `found`. -> predicted and true IoU of each."""
    truth = np.stack([region.mask for region in asked])
    count, scores, reached = len(asked), [], []

    def note(name: str, ious: np.ndarray) -> None:
        for region, iou in zip(asked, ious, strict=True):
            found[region.level].setdefault(name, []).append(float(iou))

    boxed, sure = segmenter.ask(boxes=np.stack([box_of(mask) for mask in truth]))
    by_box = ious(boxed[:, 0], truth)
    note("box_iou", by_box)
    scores.append(sure[:, 0])
    reached.append(by_box)

    points = np.array([[deepest(mask)] for mask in truth], np.float32)
    labels = np.ones((count, 1), np.int64)
    three, sure = segmenter.ask(points=points, labels=labels, multimask=True)
    best = sure.argmax(1)
    answer = three[np.arange(count), best]
    note("click1_iou", ious(answer, truth))
    note("click1_best_iou", np.stack([ious(three[:, i], truth) for i in range(three.shape[1])]).max(0))
    scores.append(sure.ravel())
    reached.append(
        np.concatenate([_nearest(masks, point[0], regions) for masks, point in zip(three, points, strict=True)])
    )
    for click in range(2, clicks + 1):
        more = [correction(mask, given) for mask, given in zip(truth, answer, strict=True)]
        points = np.concatenate([points, np.array([[(x, y)] for x, y, _ in more], np.float32)], 1)
        labels = np.concatenate([labels, np.array([[on] for _, _, on in more])], 1)
        given, sure = segmenter.ask(points=points, labels=labels, masks=answer)
        answer = given[:, 0]
        note(f"click{click}_iou", ious(answer, truth))
        scores.append(sure[:, 0])
        reached.append(ious(answer, truth))
    return np.concatenate(scores), np.concatenate(reached)


def _nearest(masks: np.ndarray, point: np.ndarray, regions: list) -> np.ndarray:
    """For each prediction for a click the IoU with the nearest region that the click can mean. (M, H, W) -> (M,)."""
    x, y = (int(at) for at in point)
    meant = [region.mask for region in regions if region.mask[y, x]]
    return np.stack([ious(masks, np.broadcast_to(mask, masks.shape)) for mask in meant]).max(0)


def _ambiguous(segmenter: Any, regions: list) -> list[bool]:
    """For a click on each part of a thing of a group: whether part, thing and group each have one of IoU 0.5."""
    clicks, meant = [], []
    for region in regions:
        if region.level != "part":
            continue
        x, y = deepest(region.mask)
        levels = {other.level: other.mask for other in regions if other.mask[y, x]}
        if {"thing", "group"} <= levels.keys():
            clicks.append([(x, y)])
            meant.append(np.stack([region.mask, levels["thing"], levels["group"]]))
    if not clicks:
        return []
    points = np.array(clicks, np.float32)
    three, _ = segmenter.ask(points=points, labels=np.ones((len(points), 1), np.int64), multimask=True)
    reached = np.stack([
        np.stack([ious(three[:, i], np.stack(meant)[:, j]) for i in range(three.shape[1])]).max(0) for j in range(3)
    ])  # fmt: skip
    return (reached >= 0.5).all(0).tolist()


def ious(answers: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """IoU of pairs of masks, (N, H, W) bool each -> (N,), 0 where both are empty."""
    both, either = (answers & truth).sum((1, 2)), (answers | truth).sum((1, 2))
    return both / np.maximum(either, 1)


def _flat(found: dict, clicks: int, ambiguous: np.ndarray, believed: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    from scipy.stats import spearmanr

    def percent(values: list[float] | np.ndarray) -> float | None:
        return round(100 * float(np.mean(values)), 2) if len(values) else None

    names = ["box_iou", "click1_iou", "click1_best_iou", *(f"click{click}_iou" for click in range(2, clicks + 1))]
    report: dict[str, Any] = {
        name: percent([x for level in MAIN for x in found[level].get(name, [])]) for name in names
    }
    for level in LEVELS:
        report |= {f"{name}_{level}": percent(found[level].get(name, [])) for name in names}
    report |= {"ambiguous": percent(ambiguous), "ambiguous_clicks": len(ambiguous)}
    rank = float(spearmanr(believed, true).statistic)
    report |= {"score_error": percent(np.abs(believed - true)), "score_rank": None if rank != rank else round(rank, 3)}
    return report

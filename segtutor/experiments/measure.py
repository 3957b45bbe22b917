"""How good a trained arm is, in the numbers that the claims ask for: one flat dictionary, all shares 0..1.

    miou, pq, pq_things, pq_stuff, sq, rq         over all validation scenes
    found_small, _middle, _large                  share of true things matched in PQ's sense (class right, IoU > 1/2),
                                                  by visible area: below 1.5 %, 1.5 to 4 %, above 4 % of the picture
    found_touching, found_alone                   the same for things that touch one of their own kind, and others
    pq_by_touching                                PQ of four groups of scenes, by the share of their things that touch
    proposals                                     share of true segments that some query's mask covers with IoU > 1/2,
                                                  whatever class it says; of the initial queries and after each layer
    miou_of_views                                 [looked at once, at 12 views: six sizes, mirrored too]; of arms that
                                                  learned from pictures of many sizes, on the first VIEWED scenes

A semantic arm has only the first. Panoptic predictions of a per-pixel arm are connected components of its class map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import nn

from segtutor.experiments.seams import seam_inference, without_seam
from segtutor.inference.multi_scale import multi_scale_inference
from segtutor.inference.panoptic import panoptic_inference
from segtutor.inference.semantic import semantic_inference
from segtutor.measure import shared_areas
from segtutor.metrics.iou import PixelCounts
from segtutor.metrics.pq import PanopticCounts
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Segmentation
from segtutor.training.fit import MEAN, STD
from segtutor.training.rows.targets import pixel_values

AREAS = {"small": (0, 0.015), "middle": (0.015, 0.04), "large": (0.04, 1)}
VIEWED = 100  # scenes; 12 views of each take as long as a part of a training
TOUCHING = ((0.0, 0.0), (0.01, 0.7), (0.7, 0.99), (1.0, 1.0))  # groups of scenes by the share of touching things


def answers(model: nn.Module, rows: Iterable[dict]) -> Iterator[tuple[MaskOutput | PerPixelOutput, dict]]:
    """What a model says about each row, and the row."""
    model.eval()
    with torch.inference_mode():
        for row in rows:
            yield model(pixel_values([row["image"]], MEAN, STD).contiguous(memory_format=torch.channels_last)), row


def miou(model: nn.Module, rows: Iterable[dict], categories: Categories, *, seams: bool = False) -> float:
    """Mean IoU of the semantic predictions. seams: the model has one class more, which is left out here."""
    pixels = PixelCounts(categories)
    for output, row in answers(model, rows):
        truth = row["segmentation"]
        if seams and isinstance(output, PerPixelOutput):
            output = without_seam(output)
        pixels.update(semantic_inference(output, truth.segment_ids.shape, categories), truth)
    return pixels.compute().mean


def miou_of_views(model: nn.Module, rows: Iterable[dict], categories: Categories) -> list[float]:
    """[mIoU of pictures that are looked at once, mIoU at six scales and mirrored]; see inference/multi_scale.py."""

    def answer(picture: np.ndarray) -> MaskOutput | PerPixelOutput:
        return model(pixel_values([picture], MEAN, STD).contiguous(memory_format=torch.channels_last))

    one, several = PixelCounts(categories), PixelCounts(categories)
    for output, row in answers(model, rows):
        truth = row["segmentation"]
        one.update(semantic_inference(output, truth.segment_ids.shape, categories), truth)
        several.update(multi_scale_inference(answer, row["image"], categories=categories), truth)
    return [counts.compute().mean for counts in (one, several)]


def panoptic_measures(model: nn.Module, rows: Iterable[dict], categories: Categories, *, seams: bool = False) -> dict:
    """All of the list above but mIoU. seams: the model has one class more, for borders (seams.py)."""
    counts, groups = PanopticCounts(categories), [PanopticCounts(categories) for _ in TOUCHING]
    found, covered = Found(), []
    for output, row in answers(model, rows):
        truth = row["segmentation"]
        if seams and isinstance(output, PerPixelOutput):
            prediction = seam_inference(output, truth.segment_ids.shape, categories)
        else:
            prediction = panoptic_inference(output, truth.segment_ids.shape, categories, score_threshold=0.5)
        touching = touching_things(truth)
        counts.update(prediction, truth)
        if touching:
            groups[group_of(touching)].update(prediction, truth)
        found.update(prediction, truth, touching)
        if isinstance(output, MaskOutput):
            covered.append(proposals(output, truth))
    quality = counts.compute()
    measured = {
        "pq": quality.all.pq,
        "sq": quality.all.sq,
        "rq": quality.all.rq,
        "pq_things": quality.things.pq,
        "pq_stuff": quality.stuff.pq,
        "pq_by_touching": [group.compute().all.pq if group.tp.any() or group.fn.any() else None for group in groups],
        **found.shares(),
    }
    if covered:
        measured["proposals"] = (
            np.sum([hits for hits, _ in covered], axis=0) / sum(count for _, count in covered)
        ).tolist()
    return measured


def touching_things(truth: Segmentation) -> dict[int, bool]:
    """{segment id of a thing: whether it touches (4 neighbours) another of its class}."""
    ids = truth.segment_ids
    classes = {s.id: s.category_id for s in truth.segments if truth.categories.by_id(s.category_id).isthing}
    touching = dict.fromkeys(classes, False)
    for one, other in ((ids[1:], ids[:-1]), (ids[:, 1:], ids[:, :-1])):
        for a, b in np.unique(np.stack([one[one != other], other[one != other]]), axis=1).T.tolist():
            if a in classes and classes[a] == classes.get(b):
                touching[a] = touching[b] = True
    return touching


def group_of(touching: dict[int, bool]) -> int:
    """Which of the four groups a scene belongs to. touching: as `touching_things` gives it, not empty."""
    share = sum(touching.values()) / len(touching)
    return next(i for i in reversed(range(len(TOUCHING))) if share >= TOUCHING[i][0])


class Found:
    """Counts which true things are matched, by area and by whether they touch."""

    def __init__(self):
        self.found = {name: [0, 0] for name in (*AREAS, "touching", "alone")}

    def update(self, prediction: Segmentation, truth: Segmentation, touching: dict[int, bool]):
        true, predicted = truth.segments, prediction.segments
        shared = shared_areas(
            truth.segment_ids, prediction.segment_ids, [s.id for s in true], [s.id for s in predicted]
        )
        for t, segment in enumerate(true, start=1):
            if segment.id not in touching:
                continue
            inner = shared[t, 1:]
            unions = segment.area + shared[:, 1:].sum(0) - shared[0, 1:] - inner
            same = np.array([p.category_id == segment.category_id for p in predicted], bool)
            hit = bool((same & (2 * inner > unions)).any())
            share = segment.area / truth.segment_ids.size
            names = [name for name, (low, high) in AREAS.items() if low <= share < high]
            for name in (*names, "touching" if touching[segment.id] else "alone"):
                self.found[name][0] += hit
                self.found[name][1] += 1

    def shares(self) -> dict[str, float]:
        return {f"found_{name}": hits / max(1, count) for name, (hits, count) in self.found.items()}


def proposals(output: MaskOutput, truth: Segmentation) -> tuple[np.ndarray, int]:
    """For each prediction (initial queries first) how many true segments some mask covers with IoU > 1/2; their number.

    Class-agnostic, as recall of region proposals is measured; the masks are compared at the size of the truth.
    """
    ids = torch.from_numpy(truth.segment_ids)
    true = torch.stack([ids == segment.id for segment in truth.segments]).flatten(1).float()  # (N, HW)
    hits = []
    for layer in (*output.layers, output):
        large = nn.functional.interpolate(layer.mask_logits.float(), size=ids.shape, mode="bilinear")
        masks = (large[0] > 0).flatten(1).float()  # (Q, HW)
        inner = masks @ true.T
        iou = inner / (masks.sum(1, keepdim=True) + true.sum(1) - inner).clamp(min=1)
        hits.append(int((iou > 0.5).any(0).sum()))
    return np.array(hits, float), len(true)

"""Metrics beside the libraries that people use: torchmetrics for PQ and mIoU, pycocotools for mask AP, panopticapi.

Maps are 480 x 640 with 18 segments each, of 8 categories (5 things, 3 stuff); the prediction is the truth shifted by a
few pixels, with classes of some segments changed. Maps lie in memory as each library wants them; for AP pycocotools'
run-length encoding of the binary masks is part of its time, as packing bits is of ours. panopticapi, the official
evaluator of PQ, is PyPI's panopticapi-lite; its rows and those of the extra `peers` (benchmarks/_peers.py) are measured
where somebody has installed them.
"""

from __future__ import annotations

import contextlib
import copy
import io
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import _json_ap, _peers
from benchmarks._peers import coco_ap
from benchmarks.harness import Settings, against_limit, compare, skipped_row
from segtutor.instances import Instances
from segtutor.metrics import mask_ap, mean_iou, panoptic_quality
from segtutor.segments import Categories, Category, Segmentation

SIZE, SEGMENTS, MAPS = (480, 640), 18, 4
RUST_MAPS = 16  # beside evaluators that need little time a picture
CATEGORIES = Categories(Category(i, f"class {i}", i <= 5) for i in range(1, 9))


def rows(settings: Settings) -> list[dict]:
    """PQ, mIoU, AP: the ratio to the peers; and PQ's milliseconds a picture."""
    rng = np.random.default_rng(0)
    pairs = [_pair(rng) for _ in range(MAPS)]
    instances = [(_instances(prediction, scored=True), _instances(truth, scored=False)) for prediction, truth in pairs]
    rust_rng = np.random.default_rng(1)
    many = [_pair(rust_rng) for _ in range(RUST_MAPS)]
    of_many = [(_instances(prediction, scored=True), _instances(truth, scored=False)) for prediction, truth in many]
    return [
        _pq(pairs, settings),
        _pq_milliseconds(pairs, settings),
        *_panopticapi(pairs, settings),
        *(_miou(rng, classes, settings) for classes in (21, 150)),
        _ap(instances, settings),
        *_peers.rows(many, instances, settings),
        *_json_ap.rows(of_many, settings),
    ]


def _pair(rng: np.random.Generator) -> tuple[Segmentation, Segmentation]:
    """(prediction, truth): Voronoi cells of 18 places, the prediction shifted by up to 6 pixels, 3 classes changed."""
    places = rng.random((SEGMENTS, 2)) * SIZE
    y, x = np.indices(SIZE)
    truth_ids = ((y[..., None] - places[:, 0]) ** 2 + (x[..., None] - places[:, 1]) ** 2).argmin(-1) + 1
    kinds = rng.integers(1, 6, SEGMENTS)
    kinds[:3] = (6, 7, 8)  # one segment of each stuff class, as panoptic truth has it
    predicted_ids = np.roll(truth_ids, rng.integers(-6, 7, 2), (0, 1))
    changed = kinds.copy()
    changed[3:6] = rng.integers(1, 6, 3)
    segmentations = []
    for ids, classes in ((predicted_ids, changed), (truth_ids, kinds)):
        segmentations.append(Segmentation.from_ids(ids, {i + 1: int(c) for i, c in enumerate(classes)}, CATEGORIES))
    return segmentations[0], segmentations[1]


def _pq(pairs: list, settings: Settings) -> dict:
    import torch
    from torchmetrics.detection import PanopticQuality

    def as_map(segmentation: Segmentation) -> torch.Tensor:
        classes = np.zeros(SEGMENTS + 1, int)
        for segment in segmentation.segments:
            classes[segment.id] = segment.category_id
        ids = segmentation.segment_ids
        own = np.where(classes[ids] <= 5, ids, 0)  # stuff has one instance
        return torch.from_numpy(np.stack([classes[ids], own], -1))[None]

    maps = [(as_map(prediction), as_map(truth)) for prediction, truth in pairs]

    def peer() -> float:
        metric = PanopticQuality(things={1, 2, 3, 4, 5}, stuffs={6, 7, 8})
        for prediction, truth in maps:
            metric.update(prediction, truth)
        return float(metric.compute())

    return compare(
        "PQ, 4 maps in memory, against torchmetrics",
        lambda: panoptic_quality(pairs, CATEGORIES).all.pq,
        peer,
        goal=300,
        rounds=settings.rounds(5),
        check=lambda ours, theirs: {"difference": abs(ours - theirs)} if abs(ours - theirs) < 1e-6 else False,
    )


def _pq_milliseconds(pairs: list, settings: Settings) -> dict:
    import time

    values = []
    for _ in range(settings.rounds(9)):
        began = time.process_time()
        for _ in range(5):
            panoptic_quality(pairs, CATEGORIES)
        values.append(1e3 * (time.process_time() - began) / (5 * len(pairs)))
    return against_limit("PQ, one picture of 640 x 480, 18 segments", values, 1.6, "ms", largest=True)


def _panopticapi(pairs: list, settings: Settings) -> Iterator[dict]:
    """Two rows. The evaluator reads files only; "in memory" it is handed decoded pictures where it opens them."""
    names = "PQ, 4 maps in memory, against panopticapi-lite", "PQ, 4 maps from PNG, against panopticapi-lite"
    goals = 5.0, 1.0
    if find_spec("panopticapi") is None:
        for name, goal in zip(names, goals, strict=True):
            yield skipped_row(name, goal, "panopticapi-lite is not installed (pip install --no-deps panopticapi-lite)")
        return
    from panopticapi import evaluation

    categories = {c.id: {"id": c.id, "name": c.name, "isthing": int(c.isthing)} for c in CATEGORIES}
    with tempfile.TemporaryDirectory() as folder:
        annotations, decoded = [], {}
        for number, pair in enumerate(pairs):
            sides = []
            for side, segmentation in zip(("prediction", "truth"), pair, strict=True):
                rgb, infos = segmentation.to_coco()
                path = Path(folder) / f"{number}_{side}.png"
                Image.fromarray(rgb).save(path)
                decoded[str(path)] = rgb
                sides.append({"image_id": number, "file_name": path.name, "segments_info": infos})
            annotations.append((sides[1], sides[0]))

        def theirs() -> float:
            given = copy.deepcopy(annotations)  # it writes areas into them
            with contextlib.redirect_stdout(io.StringIO()):
                statistics = evaluation.pq_compute_single_core(0, given, folder, folder, categories)
            return float(statistics.pq_average(categories, isthing=None)[0]["pq"])

        def theirs_in_memory() -> float:
            read = evaluation.Image
            evaluation.Image = _Decoded(decoded)
            try:
                return theirs()
            finally:
                evaluation.Image = read

        def read(annotation: dict) -> Segmentation:
            with Image.open(Path(folder) / annotation["file_name"]) as picture:
                return Segmentation.from_coco(picture, annotation["segments_info"], CATEGORIES)

        calls = (
            (lambda: panoptic_quality(pairs, CATEGORIES).all.pq, theirs_in_memory),
            (lambda: panoptic_quality(((read(p), read(t)) for t, p in annotations), CATEGORIES).all.pq, theirs),
        )
        for name, goal, (ours, peer) in zip(names, goals, calls, strict=True):
            yield compare(
                name, ours, peer, goal=goal, rounds=settings.rounds(), check=lambda mine, other: mine == other
            )


class _Decoded:
    """Stands in for PIL.Image where pictures are decoded already."""

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.arrays = arrays

    def open(self, path: str) -> np.ndarray:
        return self.arrays[path]


def _miou(rng: np.random.Generator, classes: int, settings: Settings) -> dict:
    import torch
    from torchmetrics.classification import MulticlassJaccardIndex

    categories = Categories(Category(i, f"class {i}", False) for i in range(classes))
    truth = rng.integers(0, classes, (8, *SIZE))
    prediction = np.where(rng.random(truth.shape) < 0.7, truth, rng.integers(0, classes, truth.shape))
    tensors = [(torch.from_numpy(p)[None], torch.from_numpy(t)[None]) for p, t in zip(prediction, truth, strict=True)]

    def peer() -> float:
        metric = MulticlassJaccardIndex(num_classes=classes)
        for one, other in tensors:
            metric.update(one, other)
        return float(metric.compute())

    return compare(
        f"mIoU, {classes} classes, 8 maps, against torchmetrics' Jaccard",
        lambda: mean_iou(zip(prediction, truth, strict=True), categories).mean,
        peer,
        goal=10,
        rounds=settings.rounds(7),
        check=lambda ours, theirs: abs(ours - theirs) < 1e-5,
    )


def _ap(pairs: list[tuple[Instances, Instances]], settings: Settings) -> dict:
    from pycocotools import mask as coco_mask
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def encode(instances: Instances) -> list[dict]:
        return [coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8)) for mask in instances.masks]

    return compare(
        "mask AP, 4 pictures, from binary masks, against pycocotools",
        lambda: mask_ap(pairs, CATEGORIES).ap,
        lambda: coco_ap(pairs, encode, coco_mask, COCO, COCOeval),
        goal=1,
        rounds=settings.rounds(9),
        check=lambda ours, theirs: abs(ours - theirs) < 1e-9,
    )


def _instances(segmentation: Segmentation, *, scored: bool) -> Instances:
    """The things of a map; scores fall from 0.9 to 0.3 in the order of the list, or all are 1."""
    things = [s for s in segmentation.segments if s.category_id <= 5]
    masks = np.stack([segmentation.segment_ids == s.id for s in things])
    scores = np.linspace(0.9, 0.3, len(things)) if scored else np.ones(len(things))
    return Instances(masks, np.array([s.category_id - 1 for s in things]), scores, CATEGORIES)

"""PQ, mIoU and AP beside the evaluators written in Rust: vernier and hotcoco, the extra `peers`.

Where a library wants its input in a form of its own, a row's name says from which form on it is timed. Each works on
one thread. hotcoco reads files where PQ is asked of it, so that row is from json and PNG files on both sides.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.harness import Settings, compare, skipped_row
from segtutor.instances import Instances
from segtutor.metrics import mask_ap, mean_iou, panoptic_quality, panoptic_quality_from_coco
from segtutor.segments import Categories, Segmentation

CLOSE = 1e-12  # the peers add the IoUs of a class in another order of pictures, so the last digit may differ
PNG_LIMIT = 1.2  # times what Pillow needs to decode the same files

Pairs = list[tuple[Segmentation, Segmentation]]


def rows(pairs: Pairs, instance_pairs: list[tuple[Instances, Instances]], settings: Settings) -> Iterator[dict]:
    """The rows against vernier and hotcoco; (prediction, truth) of both kinds, the categories those of the first."""
    os.environ.setdefault("RAYON_NUM_THREADS", "1")  # read when hotcoco's threads start
    yield from _pq_in_memory(pairs, settings)
    yield from _pq_from_png(pairs, settings)
    yield from _miou(pairs, settings)
    yield from _ap(instance_pairs, settings)


def _missing(package: str) -> str:
    return "" if find_spec(package) else f'{package} is not installed (pip install "segtutor[peers]")'


def _close(ours: float, theirs: float) -> Any:
    return {"difference": abs(ours - theirs)} if abs(ours - theirs) <= CLOSE else False


def _pq_in_memory(pairs: Pairs, settings: Settings) -> Iterator[dict]:
    """Two rows. vernier checks its arrays when it takes them, as `Segmentation.from_ids` does."""
    names = (
        f"PQ, {len(pairs)} maps in memory: ours from Segmentations, vernier's from arrays",
        f"PQ, {len(pairs)} maps in memory: both from arrays of ids, against vernier",
        f"PQ, {len(pairs)} maps in memory: both from objects made before, against vernier",
    )
    goals = 4.0, 4.0, None
    if reason := _missing("vernier"):
        for name, goal in zip(names, goals, strict=True):
            yield skipped_row(name, goal, reason)
        return
    from vernier import panoptic

    categories = pairs[0][0].categories
    listed = json.dumps(_listed(categories)).encode()
    maps, infos = [], []
    for side in (0, 1):
        maps.append({i: pair[side].segment_ids.astype(np.uint32) for i, pair in enumerate(pairs)})
        infos.append(json.dumps({i: pair[side].to_coco()[1] for i, pair in enumerate(pairs)}).encode())
    kinds = [
        [{s.id: s.category_id for s in segmentation.segments} for segmentation in side]
        for side in zip(*pairs, strict=True)
    ]

    def taken() -> tuple[Any, Any]:
        truth = panoptic.Dataset.from_arrays(maps[1], infos[1], listed)
        return truth, panoptic.Predictions.from_arrays(maps[0], infos[0])

    evaluator = panoptic.Evaluator(parity_mode="strict")
    made = taken()

    def from_arrays() -> float:
        read = (
            tuple(Segmentation.from_ids(maps[side][i], kinds[side][i], categories) for side in (0, 1))
            for i in range(len(pairs))
        )
        return panoptic_quality(read, categories).all.pq

    def from_segmentations() -> float:
        return panoptic_quality(pairs, categories).all.pq

    calls = (
        (from_segmentations, lambda: evaluator.evaluate(*taken(), num_threads=1).pq),
        (from_arrays, lambda: evaluator.evaluate(*taken(), num_threads=1).pq),
        (from_segmentations, lambda: evaluator.evaluate(*made, num_threads=1).pq),
    )
    for name, goal, (ours, peer) in zip(names, goals, calls, strict=True):
        yield compare(name, ours, peer, goal=goal, rounds=settings.rounds(), check=_close)


def _pq_from_png(pairs: Pairs, settings: Settings) -> Iterator[dict]:
    """Two rows: beside hotcoco, and beside Pillow decoding the same files and doing nothing else."""
    name = f"PQ, {len(pairs)} pairs from json and PNG, against hotcoco"
    categories = pairs[0][0].categories
    with tempfile.TemporaryDirectory() as folder:
        files = [
            _written(Path(folder), side, [pair[i] for pair in pairs]) for i, side in enumerate(("answer", "truth"))
        ]

        def ours() -> float:
            return panoptic_quality_from_coco(files[1], files[0]).all.pq

        if reason := _missing("hotcoco"):
            yield skipped_row(name, None, reason)
        else:
            from hotcoco.panoptic import PanopticEval

            def hotcoco() -> float:
                evaluator = PanopticEval(files[1], files[0])
                evaluator.evaluate()
                return evaluator.results()["All"]["pq"]

            yield compare(name, ours, hotcoco, goal=None, rounds=settings.rounds(), check=_close)

        def decoded() -> None:
            for file in files:
                for picture in sorted(file.with_suffix("").iterdir()):
                    with Image.open(picture) as opened:
                        opened.load()

        right = panoptic_quality(pairs, categories).all.pq
        yield compare(
            f"PQ, {len(pairs)} pairs from json and PNG, against Pillow's decoding alone",
            ours,
            decoded,
            goal=1 / PNG_LIMIT,
            rounds=settings.rounds(),
            check=lambda pq, _: pq == right,
            note=f"goal: at most {PNG_LIMIT} times Pillow's time",
        )


def _written(folder: Path, side: str, segmentations: list[Segmentation]) -> Path:
    """COCO's panoptic files: side.json, whose path is returned, and the folder `side` with one PNG a picture."""
    (folder / side).mkdir()
    annotations, images = [], []
    for number, segmentation in enumerate(segmentations):
        rgb, infos = segmentation.to_coco()
        height, width = segmentation.segment_ids.shape
        name = f"{number:04}.png"
        Image.fromarray(rgb).save(folder / side / name)
        images.append({"id": number, "file_name": name, "height": height, "width": width})
        annotations.append({"image_id": number, "file_name": name, "segments_info": infos})
    text = json.dumps(
        {"images": images, "annotations": annotations, "categories": _listed(segmentations[0].categories)}
    )
    (folder / f"{side}.json").write_text(text, encoding="utf-8")
    return folder / f"{side}.json"


def _listed(categories: Categories) -> list[dict]:
    return [{"id": c.id, "name": c.name, "isthing": int(c.isthing)} for c in categories]


def _miou(pairs: Pairs, settings: Settings) -> Iterator[dict]:
    """Two rows: class maps of 8 bits, as files hold them, and of 64, as torch's argmax gives them."""
    categories = pairs[0][0].categories
    for kind in (np.uint8, np.int64):
        name = f"mIoU, {len(pairs)} maps of {np.dtype(kind)}, against hotcoco"
        if reason := _missing("hotcoco"):
            yield skipped_row(name, 0.8, reason)
            continue
        from hotcoco.semantic import SemanticEval

        maps = [tuple(segmentation.semantic().astype(kind) for segmentation in pair) for pair in pairs]
        yield compare(
            name,
            lambda maps=maps: mean_iou(maps, categories).mean,
            lambda maps=maps: _hotcoco_miou(SemanticEval(len(categories)), maps),
            goal=0.8,
            rounds=settings.rounds(),
            check=_close,
        )


def _hotcoco_miou(evaluator: Any, maps: list[tuple[np.ndarray, np.ndarray]]) -> float:
    for prediction, truth in maps:
        evaluator.update(truth, prediction)
    return evaluator.results()["mIoU"]


def _ap(pairs: list[tuple[Instances, Instances]], settings: Settings) -> Iterator[dict]:
    name = f"mask AP, {len(pairs)} pictures, from binary masks, against hotcoco"
    if reason := _missing("hotcoco"):
        yield skipped_row(name, 1.6, reason)
        return
    from hotcoco import COCO, COCOeval, mask

    def encode(instances: Instances) -> list[dict]:
        return [mask.encode(one) for one in instances.masks]

    categories = pairs[0][0].categories
    yield compare(
        name,
        lambda: mask_ap(pairs, categories).ap,
        lambda: coco_ap(pairs, encode, mask, COCO, COCOeval),
        goal=1.6,
        rounds=settings.rounds(),
        check=lambda ours, theirs: abs(ours - theirs) < 1e-9,
    )


def coco_ap(
    pairs: list[tuple[Instances, Instances]], encode: Callable[[Instances], list[dict]], mask: Any, COCO: Any, COCOeval
) -> float:
    """Mask AP from binary masks, by an evaluator with pycocotools' names: these are its module mask and two classes.

    encode: the run-length codes of instances, in the form that is quickest for this evaluator.
    """

    def encoded(instances: Instances, image_id: int) -> list[dict]:
        found = []
        codes = encode(instances)
        for code, label, score in zip(codes, instances.labels, instances.scores, strict=True):
            found.append(
                {"image_id": image_id, "category_id": int(label) + 1, "segmentation": code, "score": float(score)}
                | {"area": int(mask.area(code)), "bbox": mask.toBbox(code).tolist(), "iscrowd": 0}
            )
        return found

    height, width = pairs[0][1].masks.shape[1:]
    annotations = [a for i, (_, truth) in enumerate(pairs, 1) for a in encoded(truth, i)]
    coco = COCO()
    coco.dataset = {
        "images": [{"id": i, "height": height, "width": width} for i in range(1, len(pairs) + 1)],
        "annotations": [{**a, "id": i} for i, a in enumerate(annotations, 1)],
        "categories": [{"id": c.id, "name": c.name} for c in pairs[0][1].categories if c.isthing],
    }
    results = [a for i, (prediction, _) in enumerate(pairs, 1) for a in encoded(prediction, i)]
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])

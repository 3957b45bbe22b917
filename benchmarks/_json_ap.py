"""Mask AP from COCO's json files, annotations and results, beside pycocotools, hotcoco and vernier.

Every evaluator opens both files itself, on one thread, and has to give the same twelve numbers. vernier alone wants a
box beside each mask of the results, so its file is longer, and counts an unmatched mask by the area of that box.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Settings, compare, skipped_row
from segtutor.instances import Instances
from segtutor.metrics import mask_ap_from_coco

GOALS = {"pycocotools": 3.0, "hotcoco": None, "vernier": None}


def rows(pairs: list[tuple[Instances, Instances]], settings: Settings) -> Iterator[dict]:
    """A row for each peer; (prediction, truth)."""
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder), pairs)
        for package, goal in GOALS.items():
            name = f"AP from json (run lengths), {len(pairs)} pictures, against {package}"
            if not find_spec(package):
                yield skipped_row(name, goal, f'{package} is not installed (pip install "segtutor[peers]")')
                continue
            peer = _vernier(*files) if package == "vernier" else _with_pycocotools_names(package, *files)
            yield compare(
                name,
                lambda: mask_ap_from_coco(*files).numbers(),
                peer,
                goal=goal,
                rounds=settings.rounds(),
                check=_equal_without_areas if package == "vernier" else _equal,
                note="AP by area not compared: by the box's area" if package == "vernier" else "",
            )


def _equal(ours: Any, theirs: Any) -> Any:
    """The peers write -1 where nothing is to be found."""
    theirs = np.asarray(theirs, float)
    difference = float(np.abs(np.nan_to_num(np.array(ours), nan=-1) - theirs).max())
    return {"difference": difference} if difference <= 1e-9 else False


def _equal_without_areas(ours: Any, theirs: Any) -> Any:
    """All numbers but AP of small, medium and large objects: of results with boxes the peer takes the box's area."""
    return _equal(*([*numbers[:3], *numbers[6:]] for numbers in (ours, theirs)))


def _with_pycocotools_names(package: str, annotations: Path, results: Path) -> Callable[[], Any]:
    if package == "hotcoco":
        from hotcoco import COCO, COCOeval
    else:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

    def evaluate() -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(str(annotations))
            evaluation = COCOeval(truth, truth.loadRes(str(results)), "segm")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation.stats

    return evaluate


def _vernier(annotations: Path, results: Path) -> Callable[[], Any]:
    from pycocotools import mask as coco_mask
    from vernier.instance import Evaluator, Segm

    # It asks each result for a box, which says nothing about a mask: as a detector writes it, beside the run lengths.
    listed = json.loads(results.read_bytes())
    boxes = coco_mask.toBbox([one["segmentation"] for one in listed]).tolist()
    boxed = results.with_name("boxed.json")
    boxed.write_text(
        json.dumps([one | {"bbox": box} for one, box in zip(listed, boxes, strict=True)]), encoding="utf-8"
    )
    evaluator = Evaluator(iou=Segm(), parity_mode="strict")
    return lambda: evaluator.evaluate(annotations.read_bytes(), boxed.read_bytes(), num_threads=1).stats


def written(folder: Path, pairs: list[tuple[Instances, Instances]]) -> tuple[Path, Path]:
    """annotations.json and results.json of the pairs, as a labelling tool and a detector write them."""
    from pycocotools import mask as coco_mask

    def entries(instances: Instances, image_id: int) -> list[dict]:
        found = []
        for mask, label, score in zip(instances.masks, instances.labels, instances.scores, strict=True):
            code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
            found.append(
                {
                    "image_id": image_id,
                    "category_id": instances.categories[int(label)].id,
                    "segmentation": {"size": code["size"], "counts": code["counts"].decode()},
                    "score": float(score),
                    "area": int(mask.sum()),
                    "iscrowd": 0,
                }
            )
        return found

    height, width = pairs[0][1].masks.shape[1:]
    truth = [one for number, (_, side) in enumerate(pairs, 1) for one in entries(side, number)]
    results = [one for number, (side, _) in enumerate(pairs, 1) for one in entries(side, number)]
    boxed = [{k: v for k, v in one.items() if k != "score"} | {"bbox": [0, 0, 1, 1]} for one in truth]
    annotations = {
        "images": [
            {"id": i, "height": height, "width": width, "file_name": f"{i}.jpg"} for i in range(1, len(pairs) + 1)
        ],
        "annotations": [one | {"id": number} for number, one in enumerate(boxed, 1)],
        "categories": [{"id": c.id, "name": c.name} for c in pairs[0][1].categories if c.isthing],
    }
    kept = ("image_id", "category_id", "segmentation", "score")
    paths = folder / "annotations.json", folder / "results.json"
    paths[0].write_text(json.dumps(annotations), encoding="utf-8")
    paths[1].write_text(json.dumps([{k: one[k] for k in kept} for one in results]), encoding="utf-8")
    return paths

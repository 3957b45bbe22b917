"""Mask AP from COCO's json and run lengths: against pycocotools, on masks and on what it refuses."""

import contextlib
import copy
import doctest
import io
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import segtutor.run_lengths
from segtutor.errors import UserError
from segtutor.metrics import InstanceCounts, mask_ap_from_coco
from segtutor.metrics.claims import LEAST_IOUS, claim, claim_all
from segtutor.run_lengths import BadRuns, RunLengths


def by_pycocotools(truth, results):
    """The twelve numbers; where nothing is to be found NaN."""
    coco, found = COCO(), COCO()
    coco.dataset = copy.deepcopy(truth)
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        if results:
            found = coco.loadRes(copy.deepcopy(results))
        else:  # its loadRes wants a result
            found.dataset = {**coco.dataset, "annotations": []}
            found.createIndex()
        evaluation = COCOeval(coco, found, "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.where(evaluation.stats < 0, np.nan, evaluation.stats)


def encoded(mask):
    code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": code["size"], "counts": code["counts"].decode()}


def listed(mask):
    flat = np.concatenate([[False], np.asarray(mask, bool).T.ravel()])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return {"size": list(mask.shape), "counts": np.diff(changes, prepend=0, append=mask.size).tolist()}


def random_set(seed):
    """Annotations in all three forms, with crowds, and areas that are not the masks'; results with ties and none."""
    rng = np.random.default_rng(seed)
    categories = [{"id": int(i), "name": f"class {i}"} for i in rng.choice(50, rng.integers(1, 4), replace=False)]
    ids = [category["id"] for category in categories]
    truth, results = {"images": [], "annotations": [], "categories": categories}, []
    for image in rng.permutation(100)[: rng.integers(1, 5)].tolist():
        height, width = rng.integers(20, 150, 2).tolist()
        truth["images"].append({"id": image, "height": height, "width": width})
        for _ in range(rng.integers(0, 6)):
            y, x, h, w = rng.integers(0, height), rng.integers(0, width), *rng.integers(1, 130, 2)
            corners = [[float(n) for n in (x, y, x + w, y, x + w, y + h)], [0.5, 0.5, 9.2, 3.0, 5.0, 15.0]]
            outline = corners[: rng.integers(1, 3)]
            mask = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(outline, height, width))).astype(bool)
            if form := rng.integers(0, 3):
                mask = mask & (rng.random(mask.shape) < rng.choice([1, 0.8]))
            category = int(rng.choice(ids))
            truth["annotations"].append(
                {
                    "id": len(truth["annotations"]) + 1,
                    "image_id": image,
                    "category_id": category,
                    "segmentation": (outline, encoded(mask), listed(mask))[form],
                    "area": float(rng.random() * 12000) if rng.random() < 0.5 else int(mask.sum()),
                    "iscrowd": int(rng.random() < 0.15),
                    "bbox": [0, 0, 1, 1],
                }
            )
            for _ in range(rng.integers(0, 4) if rng.random() < 0.97 else 120):  # more than the 100 that count
                shifted = np.roll(mask, rng.integers(-4, 5, 2), (0, 1)) & (
                    rng.random(mask.shape) < rng.choice([1, 0.9])
                )
                results.append(
                    {
                        "image_id": image,
                        "category_id": category if rng.random() < 0.85 else int(rng.choice(ids)),
                        "segmentation": encoded(shifted),
                        "score": float(np.round(rng.random(), 1)),
                    }
                )
    return truth, [results[i] for i in rng.permutation(len(results))]


def test_equals_pycocotools_on_random_sets():
    most, empty = 0, 0
    for seed in range(60):
        truth, results = random_set(seed)
        expected = by_pycocotools(truth, results)
        assert mask_ap_from_coco(truth, results).numbers() == pytest.approx(expected, abs=1e-9, nan_ok=True), seed
        most = max(most, len(results))
        empty += not results
    assert most > 100
    assert empty  # both kinds were among them


def test_equals_pycocotools_on_real_json(real_truth, tmp_path):
    rng = np.random.default_rng(0)
    truth, sizes = real_truth, {image["id"]: (image["height"], image["width"]) for image in real_truth["images"]}
    results = []
    for annotation in truth["annotations"]:
        size, outline = sizes[annotation["image_id"]], annotation["segmentation"]
        code = coco_mask.merge(coco_mask.frPyObjects(outline, *size)) if isinstance(outline, list) else outline
        for _ in range(rng.integers(0, 3)):
            moved = np.roll(coco_mask.decode(code), rng.integers(-6, 7, 2), (0, 1))
            entry = {key: annotation[key] for key in ("image_id", "category_id")}
            results.append(entry | {"segmentation": encoded(moved), "score": float(rng.random())})
    for name, content in (("truth.json", truth), ("results.json", results)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    found = mask_ap_from_coco(tmp_path / "truth.json", tmp_path / "results.json")
    assert found.numbers() == pytest.approx(by_pycocotools(truth, results), abs=1e-9, nan_ok=True)
    assert 0 < found.ap < 1


@pytest.fixture(params=["cats", "sample"])
def real_truth(request, repository):
    folder = repository.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the annotated photographs are not at {folder}")
    if request.param == "sample":
        truth = json.loads((folder / "coco_panoptic_sample" / "panoptic_coco_detection_format.json").read_text())
        for number, annotation in enumerate(truth["annotations"], 1):
            annotation["id"] = number  # of an object with id 0 pycocotools thinks that nobody found it
        return truth
    annotations = json.loads((folder / "coco_cats" / "coco_annotations.txt").read_text())
    names = sorted({annotation["category_id"] for annotation in annotations})
    return {
        "images": [{"id": 39769, "height": 480, "width": 640}],
        "annotations": annotations,
        "categories": [{"id": number, "name": str(number)} for number in names],
    }


def test_results_in_every_form_and_counts_that_are_added():
    truth, results = random_set(8)
    expected = mask_ap_from_coco(truth, results)
    for one in results[::2]:
        one["segmentation"] = listed(coco_mask.decode(one["segmentation"]))
    for one in results[1::2]:
        one["segmentation"]["counts"] = one["segmentation"]["counts"].encode()
        one["bbox"] = [0, 0, 1, 1]  # says nothing about a mask
    assert mask_ap_from_coco(truth, results) == expected
    halves = []
    for image in truth["images"]:
        part = truth | {"images": [image]}
        part["annotations"] = [one for one in truth["annotations"] if one["image_id"] == image["id"]]
        halves.append(InstanceCounts.from_coco(part, [one for one in results if one["image_id"] == image["id"]]))
    for other in halves[1:]:
        halves[0].merge(other)
    assert len(halves) > 1
    assert halves[0].compute().ap50 == pytest.approx(expected.ap50, abs=1e-12)


def test_runs_hold_what_the_masks_hold():
    rng = np.random.default_rng(0)
    for height, width in ((1, 1), (1, 9), (9, 1), (37, 51)):
        masks = [np.zeros((height, width), bool), np.ones((height, width), bool)]
        for _ in range(12):
            y, x, h, w = *rng.integers(0, (height, width)), *rng.integers(1, 40, 2)
            mask = rng.random((height, width)) < 0.1
            mask[y : y + h, x : x + w] ^= True
            masks.append(mask)
        sizes = np.tile([height, width], (len(masks), 1))
        runs = RunLengths.from_codes([encoded(mask)["counts"].encode() for mask in masks], sizes)
        flat = np.array(masks).reshape(len(masks), -1).astype(int)
        assert runs.area.tolist() == flat.sum(axis=1).tolist()
        mine, theirs = (part.ravel() for part in np.indices((len(masks), len(masks))))
        assert runs.intersection(mine, runs, theirs).tolist() == (flat @ flat.T).ravel().tolist()
        for mask, box in zip(masks, runs.boxes().tolist(), strict=True):
            y, x = np.nonzero(mask)
            assert box == ([x.min(), y.min(), x.max() + 1, y.max() + 1] if len(x) else [0, 0, 0, 0])


@pytest.mark.parametrize(
    ("codes", "bad"),
    [
        ([b""], 0),
        ([b"132", b"13"], 1),
        ([b"1320"], 0),
        ([b"\x00"], 0),
        ([b"zz"], 0),
        ([b"ooooooooo0"], 0),
        ([b"1o"], 0),
    ],
)
def test_codes_that_are_none(codes, bad):
    with pytest.raises(BadRuns) as raised:
        RunLengths.from_codes(codes, np.tile([2, 3], (len(codes), 1)))
    assert raised.value.index == bad


def test_claims_of_many_groups_are_those_of_each():
    rng = np.random.default_rng(0)
    for _ in range(60):
        ious, crowds, overs = [], [], []
        for _ in range(rng.integers(1, 6)):
            masks, objects = rng.integers(0, 7), rng.integers(0, 5)
            ious.append(np.round(rng.random((masks, objects)), 1) * (rng.random((masks, objects)) < 0.7))
            crowds.append(rng.random(objects) < 0.2)
            overs.append((rng.random((4, objects)) < 0.3) | crowds[-1])
        expected = [claim(*one) for one in zip(ious, crowds, overs, strict=True)]
        group = np.repeat(np.arange(len(ious)), [len(iou) for iou in ious])
        whole = np.zeros((len(group), sum(map(len, crowds))))
        row = column = 0
        for iou in ious:
            whole[row : row + iou.shape[0], column : column + iou.shape[1]] = iou
            row, column = row + iou.shape[0], column + iou.shape[1]
        pairs = np.nonzero(whole >= LEAST_IOUS.min())
        found = claim_all(*pairs, whole[pairs], group, np.concatenate(crowds), np.concatenate(overs, axis=1))
        for mine, theirs in zip(found, zip(*expected, strict=True), strict=True):
            assert np.array_equal(mine, np.concatenate(theirs, axis=-1))


CAT = {"image_id": 7, "category_id": 1, "segmentation": {"size": [2, 3], "counts": "132"}}
TRUTH = {"images": [{"id": 7, "height": 2, "width": 3}], "categories": [{"id": 1, "name": "cat"}], "annotations": [CAT]}


@pytest.mark.parametrize(
    ("truth", "results", "named"),
    [
        ([], [], "annotations"),
        ({"images": []}, [], "annotations"),
        (TRUTH, {}, "results"),
        (TRUTH, [CAT], "results[0]"),  # without a score
        (TRUTH, [CAT | {"score": float("nan")}], "results[0]"),
        (TRUTH, [CAT | {"score": True}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "image_id": 8}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "category_id": [1]}], "results[0]"),
        (TRUTH, [{"image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "segmentation": {"size": [3, 2], "counts": "132"}}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "segmentation": {"size": [2, 3], "counts": "13"}}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "segmentation": {"size": [2, 3], "counts": "é"}}], "results[0]"),
        (TRUTH, [CAT | {"score": 1, "segmentation": [[1, 2, 3]]}], "results[0]"),
        (TRUTH | {"annotations": [CAT | {"iscrowd": 2}]}, [], "annotations[0]"),
        (TRUTH | {"annotations": [CAT | {"area": "large"}]}, [], "annotations[0]"),
        (TRUTH | {"annotations": [CAT | {"area": float("nan")}]}, [], "annotations[0]"),
        (TRUTH | {"annotations": [CAT | {"area": float("inf")}]}, [], "annotations[0]"),
        (TRUTH | {"annotations": [CAT | {"area": 10**400}]}, [], "annotations[0]"),
        (TRUTH, [CAT | {"score": 10**400}], "results[0]"),
        (TRUTH | {"annotations": [None]}, [], "annotations[0]"),
        (TRUTH | {"images": [{"id": 7, "height": 2}]}, [], "images[0]"),
        (TRUTH | {"images": [{"id": 7, "height": 10**9, "width": 10**9}]}, [], "images[0]"),
        (TRUTH | {"images": 2 * TRUTH["images"]}, [], "images[1]"),
        ("nowhere.json", [], "nowhere.json"),
    ],
)
def test_what_is_refused_names_the_entry(truth, results, named):
    with pytest.raises(UserError) as raised:
        mask_ap_from_coco(truth, results)
    assert named in str(raised.value)


def test_without_results_and_without_objects():
    assert mask_ap_from_coco(TRUTH, []).ap == mask_ap_from_coco(TRUTH, []).recall == 0
    nothing = mask_ap_from_coco(TRUTH | {"annotations": []}, [CAT | {"score": 0.5}])
    assert np.isnan(nothing.numbers()).all()


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(segtutor.run_lengths)
    assert result.attempted > 2
    assert result.failed == 0

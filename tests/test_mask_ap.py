"""Mask AP: against pycocotools, by hand, streamed, and what it refuses."""

import contextlib
import doctest
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import segtutor.metrics.ap
from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.metrics import InstanceCounts, mask_ap
from segtutor.metrics.ap import claim
from segtutor.segments import Categories, Category, Segmentation

PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])
NAMES = ("ap", "ap50", "ap75", "small", "medium", "large")


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(segtutor.metrics.ap)
    assert result.attempted > 3
    assert result.failed == 0


def scene(rng, size=(140, 150), most=7):
    """A truth with crowds, small and large things, and noisy predictions of it, with tied scores."""
    ids = np.zeros(size, np.int32)
    category_of, crowd = {}, []
    for i in range(1, rng.integers(1, most) + 1):
        h, w = rng.integers(4, 130, 2)
        y, x = rng.integers(0, size[0] - 3), rng.integers(0, size[1] - 3)
        ids[y : y + h, x : x + w] = i
    for i in np.unique(ids[ids > 0]).tolist():
        category_of[i] = int(rng.choice([17, 18, 193]))
        if category_of[i] != 193 and rng.random() < 0.2:
            crowd.append(i)
    truth = Segmentation.from_ids(ids, category_of, PETS, iscrowd=crowd)
    masks, labels = [], []
    for i in category_of:
        for _ in range(rng.integers(0, 3)):
            shifted = np.roll(ids == i, rng.integers(-4, 5, 2), (0, 1))
            masks.append(shifted & (rng.random(size) < rng.choice([1.0, 0.97, 0.6])))
            labels.append(rng.integers(0, 2) if rng.random() < 0.2 else int(category_of[i] == 18))
    masks.append(np.zeros(size, bool))  # an empty mask
    labels.append(0)
    scores = np.round(rng.random(len(masks)), 1)
    return Instances(np.array(masks), np.array(labels), scores, PETS), truth


def by_pycocotools(pairs):
    """The six numbers and the class means, from the same masks."""
    images, annotations, results = [], [], []
    for image_id, (prediction, truth) in enumerate(pairs, 1):
        h, w = truth.segment_ids.shape
        images.append({"id": image_id, "height": h, "width": w})
        for segment in truth.segments:
            if segment.category_id != 193:
                code = coco_mask.encode(np.asfortranarray(truth.segment_ids == segment.id, dtype=np.uint8))
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": image_id,
                        "category_id": segment.category_id,
                        "segmentation": code,
                        "area": int(coco_mask.area(code)),
                        "bbox": coco_mask.toBbox(code).tolist(),
                        "iscrowd": int(segment.iscrowd),
                    }
                )
        for mask, label, score in zip(prediction.masks, prediction.labels, prediction.scores, strict=True):
            code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
            results.append(
                {
                    "image_id": image_id,
                    "category_id": PETS[int(label)].id,
                    "segmentation": code,
                    "score": float(score),
                }
            )
    coco = COCO()
    coco.dataset = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": c.id, "name": c.name} for c in PETS if c.isthing],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # (thresholds, recalls, classes)
    per_class = {}
    for i, c in enumerate(evaluation.params.catIds):
        per_class[c] = precision[..., i].mean() if (precision[..., i] > -1).all() else math.nan
    return dict(zip(NAMES, np.where(evaluation.stats[:6] < 0, np.nan, evaluation.stats[:6]), strict=True)), per_class


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_equals_pycocotools(seed, pictures):
    rng = np.random.default_rng(seed)
    pairs = [scene(rng) for _ in range(pictures)]
    ours = mask_ap(pairs, PETS)
    numbers, per_class = by_pycocotools(pairs)
    for name in NAMES:
        assert getattr(ours, name) == pytest.approx(numbers[name], abs=1e-12, nan_ok=True), name
    for category, value in per_class.items():
        assert ours.per_class[category] == pytest.approx(value, abs=1e-12, nan_ok=True)
    assert math.isnan(ours.per_class[193])


def test_more_than_a_hundred_masks_of_a_class_are_cut_as_pycocotools_cuts_them():
    rng = np.random.default_rng(3)
    prediction, truth = scene(rng)
    many = np.arange(260) % len(prediction)
    prediction = Instances(prediction.masks[many], prediction.labels[many], rng.random(260), PETS)
    assert mask_ap([(prediction, truth)], PETS).ap == pytest.approx(by_pycocotools([(prediction, truth)])[0]["ap"])


def test_counts_of_two_processes_give_what_one_gives():
    rng = np.random.default_rng(5)
    pairs = [scene(rng) for _ in range(6)]
    one, other = InstanceCounts(PETS), InstanceCounts(PETS)
    for i, pair in enumerate(pairs):
        (one if i < 3 else other).update(*pair)
    one.merge(other)
    together, alone = one.compute(), mask_ap(pairs, PETS)
    assert [getattr(together, n) for n in NAMES] == pytest.approx([getattr(alone, n) for n in NAMES], nan_ok=True)


def test_instances_as_truth_and_by_hand():
    masks = np.zeros((2, 1, 10), bool)
    masks[0, 0, :4] = masks[1, 0, 5:] = True
    truth = Instances(masks, np.array([0, 0]), np.ones(2), PETS)
    assert mask_ap([(truth, truth)], PETS).ap == 1
    # IoU 3/4 for one object of two: right up to 0.75, 51 of 101 recalls each; at 0.8 and beyond nothing
    found = masks[:1].copy()
    found[0, 0, 3] = False
    result = mask_ap([(Instances(found, np.array([0]), np.array([0.5]), PETS), truth)], PETS)
    assert result.ap50 == result.ap75 == pytest.approx(51 / 101)
    assert result.ap == pytest.approx(0.6 * 51 / 101)


def test_nothing_to_find_is_nan_and_nothing_found_is_zero():
    empty = Instances(np.zeros((0, 4, 4), bool), np.zeros(0, int), np.zeros(0), PETS)
    assert math.isnan(mask_ap([(empty, empty)], PETS).ap)
    assert math.isnan(mask_ap([], PETS).ap)
    truth = Segmentation.from_ids(np.ones((4, 4), np.int32), {1: 17}, PETS)
    assert mask_ap([(empty, truth)], PETS).ap == 0


def test_wrong_pairs_are_sentences():
    truth = Segmentation.from_ids(np.ones((4, 4), np.int32), {1: 17}, PETS)
    empty = Instances(np.zeros((0, 5, 4), bool), np.zeros(0, int), np.zeros(0), PETS)
    with pytest.raises(UserError, match="task='instance'"):
        mask_ap([(truth, truth)], PETS)
    with pytest.raises(UserError, match="one size"):
        mask_ap([(empty, truth)], PETS)
    with pytest.raises(UserError, match="categories"):
        InstanceCounts(PETS).merge(InstanceCounts([PETS[0]]))


def test_ranges_of_areas_are_matched_as_each_alone():
    random = np.random.default_rng(0)
    for _ in range(50):
        masks, objects = random.integers(0, 7, 2)
        iou = random.choice([0, 0.4, 0.5, 0.75, 0.75, 1.0], (masks, objects))  # many are equal
        crowd = random.random(objects) < 0.3
        passed_over = crowd | (random.random((4, objects)) < 0.4)
        together = claim(iou, crowd, passed_over)
        for row in range(4):
            for whole, alone in zip(together, claim(iou, crowd, passed_over[[row]]), strict=True):
                np.testing.assert_array_equal(whole[row], alone[0])

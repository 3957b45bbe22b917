"""Training on one real photograph from nothing, per pixel and by masks: what lesson 02 promises, and its helpers.

The quality is asserted, the time printed (pytest -s): a busy machine must not fail a test. Measured alone on one core:
about 3 s per pixel and 6 s by masks, of the 20 s that lessons have for it.
"""

import time

import numpy as np
import pytest
import torch

from segtutor.data.photos import NAMES, photograph
from segtutor.errors import UserError
from segtutor.inference import panoptic_inference, semantic_inference
from segtutor.metrics import mean_iou, panoptic_quality
from segtutor.reference.models.tiny_mask_classifier import TinyMaskClassifier
from segtutor.reference.per_pixel.fcn import PixelClassifier
from segtutor.training.fit import fit
from segtutor.training.photograph import crop, one_photograph, output_for, resized


def trained(model, row, steps):
    began = time.process_time()
    fit(model, [row], steps=steps, batch_size=1, lr=3e-3, augment=None)
    seconds = time.process_time() - began
    return output_for(model, row["image"]), seconds


@pytest.fixture
def one_core():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize(("name", "least"), [("coffee", 97), ("astronaut", 97), ("chelsea", 97), ("rocket", 88)])
def test_one_photograph_per_pixel(name, least):
    row = one_photograph(name, 192)
    truth = row["segmentation"]
    output, seconds = trained(PixelClassifier(len(truth.categories)), row, 150)
    prediction = semantic_inference(output, truth.segment_ids.shape, truth.categories)
    miou = 100 * mean_iou([(prediction, truth)], truth.categories).mean
    print(f"per pixel, {name}: {seconds:.1f} CPU-seconds, mIoU {miou:.1f}")
    assert miou >= least


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize(("name", "least"), [("coffee", 95), ("astronaut", 95), ("chelsea", 95), ("rocket", 75)])
def test_one_photograph_by_masks(name, least):
    row = one_photograph(name, 192)
    truth = row["segmentation"]
    output, seconds = trained(TinyMaskClassifier(len(truth.categories)), row, 250)
    prediction = panoptic_inference(output, truth.segment_ids.shape, truth.categories)
    pq = 100 * panoptic_quality([(prediction, truth)], truth.categories).all.pq
    print(f"by masks, {name}: {seconds:.1f} CPU-seconds, PQ {pq:.1f}")
    assert pq >= least


@pytest.mark.parametrize("name", NAMES)
def test_working_size_keeps_shares_and_knows_only_the_classes_in_sight(name):
    image, truth = photograph(name)
    row = one_photograph(name, 192)
    small = row["segmentation"]
    assert row["image"].shape[:2] == small.segment_ids.shape
    assert max(small.segment_ids.shape) == 192
    assert {c.id for c in small.categories} == {s.category_id for s in small.segments}
    for category in small.categories:  # by far most pixels stay what they were
        before = np.isin(truth.segment_ids, [s.id for s in truth.segments if s.category_id == category.id]).mean()
        after = np.isin(small.segment_ids, [s.id for s in small.segments if s.category_id == category.id]).mean()
        assert abs(before - after) < 0.003, category.name
        assert category.color == truth.categories.by_id(category.id).color


def test_resized_takes_the_pixel_under_each_new_centre():
    ids = np.arange(64 * 64).reshape(64, 64) // 32 % 2 + 1  # two halves, left 1, right 2
    row = {"image": np.zeros((64, 64, 3), np.uint8), "segmentation": halves(ids)}
    small = resized(row, 32)["segmentation"].segment_ids
    assert small.shape == (32, 32)
    assert (small[:, :16] == 1).all()
    assert (small[:, 16:] == 2).all()
    larger = resized(row, 128)
    assert larger["image"].shape == (128, 128, 3)
    assert np.array_equal(larger["segmentation"].segment_ids[::2, ::2], ids)


def halves(ids):
    from segtutor.segments import Segmentation

    categories = [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}]
    return Segmentation.from_ids(ids, {1: 1, 2: 2}, categories, iscrowd=[1])


def test_crop_cuts_picture_and_truth_alike():
    row = one_photograph("coffee", 96)
    part = crop(row, 5, 7, 20, 30)
    assert np.array_equal(part["image"], row["image"][5:25, 7:37])
    assert np.array_equal(part["segmentation"].segment_ids, row["segmentation"].segment_ids[5:25, 7:37])
    assert (
        sum(segment.area for segment in part["segmentation"].segments)
        == 600 - (part["segmentation"].segment_ids == 0).sum()
    )
    crowd = {
        "image": np.zeros((64, 64, 3), np.uint8),
        "segmentation": halves(np.where(np.arange(64) < 32, 1, 2) * np.ones((64, 1), int)),
    }
    assert crop(crowd, 0, 0, 8, 8)["segmentation"].segments[0].iscrowd


def test_mistakes_are_one_sentence():
    row = one_photograph("coffee", 96)
    for call in (
        lambda: one_photograph("tea"),
        lambda: one_photograph("coffee", 8),
        lambda: one_photograph("coffee", 96.5),
        lambda: crop(row, 0, 0, 65, 10),
        lambda: crop(row, -1, 0, 5, 5),
    ):
        with pytest.raises(UserError, match="got"):
            call()

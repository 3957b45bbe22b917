"""Boundary IoU: by erosion as the paper's code does it, by hand, and what it notices that IoU does not."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion

import segtutor.metrics.boundary
from segtutor.errors import UserError
from segtutor.metrics import boundary_iou, mean_boundary_iou, mean_iou
from segtutor.metrics.boundary import band
from segtutor.segments import Segmentation

CATS = [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}]


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(segtutor.metrics.boundary) == (0, 1)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(5, 90), st.integers(5, 90))
def test_the_band_is_what_repeated_erosion_takes_away(seed, height, width):
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) > rng.choice([0.02, 0.5, 0.98])
    steps = max(1, round(0.02 * math.hypot(height, width)))
    eroded = binary_erosion(mask, np.ones((3, 3)), iterations=steps, border_value=0)
    np.testing.assert_array_equal(band(mask), mask & ~eroded)


def test_a_coarse_contour_costs_more_than_iou_says():
    y, x = np.indices((200, 200))
    disc = (y - 100) ** 2 + (x - 100) ** 2 < 80**2
    coarse = disc[4::8, 4::8].repeat(8, 0).repeat(8, 1)  # the same disc in blocks of 8
    iou = (disc & coarse).sum() / (disc | coarse).sum()
    assert iou > 0.93
    assert boundary_iou(coarse, disc) < iou - 0.15


def test_small_masks_have_the_iou_they_had():
    one, other = np.zeros((2, 100, 100), bool)
    one[10:14, 10:14], other[10:14, 11:15] = True, True
    assert boundary_iou(one, other) == pytest.approx(12 / 20)


def test_over_a_data_set():
    ids = np.full((60, 60), 2, np.int32)
    ids[10:40, 10:40] = 1
    truth = Segmentation.from_ids(ids, {1: 1, 2: 2}, CATS)
    assert mean_boundary_iou([(truth, truth)], CATS).mean == 1
    ids = ids.copy()
    ids[10:40, 40:42] = 1
    wider = Segmentation.from_ids(ids, {1: 1, 2: 2}, CATS)
    result = mean_boundary_iou([(wider, truth)], CATS)
    assert result.mean < mean_iou([(wider, truth)], CATS).mean
    assert math.isnan(mean_boundary_iou([], CATS).mean)
    # void in the truth: the same pixels left out, whatever was predicted there
    holes = np.where(ids == 1, 0, ids)
    void = Segmentation.from_ids(holes, {2: 2}, CATS)
    assert math.isnan(mean_boundary_iou([(void, void)], CATS).per_class[1])


def test_what_is_no_pair_of_masks_is_a_sentence():
    with pytest.raises(UserError, match="one size"):
        boundary_iou(np.ones((2, 2)), np.ones((3, 2)))
    with pytest.raises(UserError, match="two Segmentations"):
        mean_boundary_iou([(np.ones((2, 2)), np.ones((2, 2)))], CATS)
    with pytest.raises(UserError, match="one mask"):
        band(np.ones((1, 2, 2)))
    assert math.isnan(boundary_iou(np.zeros((2, 2)), np.zeros((2, 2))))

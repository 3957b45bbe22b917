"""Four ways to count void give four mIoUs on the same predictions."""

import doctest
import itertools
import math

import numpy as np
import pytest

import segtutor.metrics.void
from segtutor.data import toytown
from segtutor.metrics import VOID_POLICIES, mean_iou, mean_iou_by_void
from segtutor.segments import Categories, Category, Segmentation

PETS = Categories([Category(17, "grass", False), Category(18, "cat", True), Category(20, "dog", True)])
TRUTH = np.array([[0, 0, 0, 0, 1], [1, 1, 1, -1, -1]])
GUESS = np.array([[0, 0, 0, 1, 1], [1, 1, -1, 1, -1]])


def test_the_example_in_the_docstring_holds():
    result = doctest.testmod(segtutor.metrics.void)
    assert (result.attempted > 0, result.failed) == (True, 0)


def test_four_ways_written_out():
    """grass: 4 true, 3 of them found. cat: 4 true, 3 found, 1 called void; cat is also said of a grass and of a void.
    One of two void pixels is called void. No dog anywhere, so its IoU is NaN and no part of any mean.
    """
    result = mean_iou_by_void([(GUESS, TRUTH)], PETS)
    assert list(result) == list(VOID_POLICIES) == ["left out", "a class", "an error", "class 0"]
    expected = {
        "left out": {17: 3 / 4, 18: 3 / 5},  # cat: 4 true + 1 on grass
        "a class": {17: 3 / 4, 18: 3 / 6, -1: 1 / 3},  # cat: and 1 on void; void: 2 true + 1 on cat
        "an error": {17: 3 / 4, 18: 3 / 6},
        "class 0": {18: 3 / 4},  # cat: the one on grass is gone with the grass
    }
    for name, ious in expected.items():
        present = {key: iou for key, iou in result[name].per_class.items() if not math.isnan(iou)}
        assert present == pytest.approx(ious), name
    means = [result[name].mean for name in VOID_POLICIES]
    assert means == pytest.approx([27 / 40, 19 / 36, 5 / 8, 3 / 4])
    assert len({round(mean, 6) for mean in means}) == 4


def test_ignoring_class_0_says_one_where_the_truth_is_a_third():
    """The example that taught many: ignore_index = 0 made 1.00 of 0.33."""
    result = mean_iou_by_void([(np.array([1, 1, 1]), np.array([0, 0, 1]))], PETS[:2])
    assert result["left out"].per_class == pytest.approx({17: 0.0, 18: 1 / 3})
    assert result["class 0"].mean == 1.0


def pixel_by_pixel(guess, truth, classes, *, drop=(), void_is_class=False):
    """Another road to the same numbers: sets of pixels, no matrix. -> the mean."""
    keep = ~np.isin(truth, drop)
    ious = []
    for label in (*range(classes), *([-1] if void_is_class else [])):
        true, said = (truth == label) & keep, (guess == label) & keep
        if (true | said).any():
            ious.append((true & said).sum() / (true | said).sum())
    return np.mean(ious)


@pytest.mark.parametrize("seed", range(5))
def test_four_ways_equal_sets_of_pixels(seed):
    random = np.random.default_rng(seed)
    truth = random.integers(-1, 3, (12, 12))
    guess = np.where(random.random(truth.shape) < 0.5, truth, random.integers(-1, 3, truth.shape))
    result = {name: value.mean for name, value in mean_iou_by_void([(guess, truth)], PETS).items()}
    assert result == pytest.approx(
        {
            "left out": pixel_by_pixel(guess, truth, 3, drop=[-1]),
            "a class": pixel_by_pixel(guess, truth, 3, void_is_class=True),
            "an error": pixel_by_pixel(guess, truth, 3),
            "class 0": pixel_by_pixel(guess, truth, 3, drop=[-1, 0]),
        }
    )
    as_segments = [tuple(Segmentation.from_semantic(labels, PETS) for labels in (guess, truth))]
    assert {name: value.mean for name, value in mean_iou_by_void(as_segments, PETS).items()} == pytest.approx(result)


def test_on_scenes_the_four_differ_by_points():
    """ToyTown with the borders of its segments left unlabelled, as annotators do; the prediction is shifted."""
    pairs = []
    for seed in toytown.seeds("validation", 3):
        labels = toytown.scene(seed).render()[1].semantic()
        guess = np.roll(labels, 3, axis=1)
        border = labels != np.roll(labels, 1, axis=1)
        truth = np.where(border | np.roll(border, 1, axis=1) | np.roll(border, -1, axis=1), -1, labels)
        pairs.append((guess, truth))
    means = {name: value.mean for name, value in mean_iou_by_void(pairs, toytown.categories).items()}
    assert means["left out"] == mean_iou(pairs, toytown.categories).mean
    assert all(abs(one - other) > 0.005 for one, other in itertools.combinations(means.values(), 2)), means
    assert means["an error"] < means["left out"]


def test_without_void_the_first_three_agree():
    truth, guess = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2])
    result = mean_iou_by_void([(guess, truth)], PETS)
    assert result["left out"] == result["an error"]
    assert result["a class"].mean == result["left out"].mean
    assert math.isnan(result["a class"].per_class[-1])
    assert all(math.isnan(value.mean) for value in mean_iou_by_void([], PETS).values())


@pytest.mark.parametrize("classes", [3, 150, 255, 256])
def test_void_of_eight_bits_is_255_unless_that_is_a_class(classes):
    from segtutor.metrics.iou import _with_void

    labels = np.arange(256, dtype=np.uint8)
    expected = [-1 if value == 255 and classes < 256 else value for value in range(256)]
    assert _with_void(labels, classes).tolist() == expected
    few = [0, 1, 127, 255]  # without 128 to 254 the bytes are read as signed
    assert _with_void(labels[few], classes).tolist() == [expected[value] for value in few]

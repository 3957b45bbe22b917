"""Panoptic quality and mean IoU: against panopticapi's numbers, against torchmetrics, by hand, and by property."""

import doctest
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import segtutor.metrics.iou
import segtutor.metrics.pq
from segtutor.errors import UserError
from segtutor.metrics import PanopticCounts, PixelCounts, confusion_matrix, mean_iou, panoptic_quality
from segtutor.segments import Categories, Category, Segmentation

CASES = Path(__file__).parents[2] / "shared" / "data" / "panoptic_pq_cases"
PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])


def row(ids, category_of, iscrowd=(), categories=PETS):
    """A segmentation one pixel high."""
    return Segmentation.from_ids(np.array([ids]), category_of, categories, iscrowd=iscrowd)


@pytest.mark.parametrize("module", [segtutor.metrics.iou, segtutor.metrics.pq], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# --- panoptic quality against the official evaluator ------------------------------------------------------------------


def read_case(name, categories):
    annotations = json.loads((CASES / f"{name}.json").read_text())["annotations"]
    return {
        annotation["image_id"]: Segmentation.from_coco(
            Image.open(CASES / name / annotation["file_name"]).convert("RGB"), annotation["segments_info"], categories
        )
        for annotation in annotations
    }


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the evaluated cases are not at {CASES}")
@pytest.mark.parametrize("name", ["identity", "shift_3_5", "coarse8", "void_filled_with_rug"])
def test_panoptic_quality_equals_panopticapi_to_the_last_digit(name):
    categories = Categories.from_coco(json.loads((CASES / "gt.json").read_text())["categories"])
    expected = json.loads((CASES / "expected.json").read_text())[name]
    truths, predictions = read_case("gt", categories), read_case(name, categories)
    result = panoptic_quality(((predictions[i], truths[i]) for i in truths), categories)
    for group, values in expected["overall"].items():
        quality = getattr(result, group.lower())
        assert {key: getattr(quality, key) for key in values} == values, group
    for category_id, values in expected["per_class"].items():
        quality = result.per_class[int(category_id)]
        assert {key: getattr(quality, key) for key in values} == values, category_id
    absent = [quality for quality in result.per_class.values() if not quality.n]
    assert len(absent) == len(categories) - result.all.n
    assert all(math.isnan(quality.pq) for quality in absent)


# --- panoptic quality by hand ----------------------------------------------------------------------------------------


def counts(quality):
    return quality.tp, quality.fp, quality.fn


def test_panoptic_quality_written_out():
    truth = row([1, 1, 1, 1, 2, 2, 3, 3, 3, 3], {1: 17, 2: 17, 3: 193})
    guess = row([7, 7, 7, 0, 8, 8, 9, 9, 9, 8], {7: 17, 8: 18, 9: 193})
    result = panoptic_quality([(guess, truth)], PETS)
    # cat: IoU 3/4 matched, the second cat missed: 0.75 / (1 + 0 + 0.5). dog: one false positive. grass: 3/4.
    cat, dog, grass = (result.per_class[i] for i in (17, 18, 193))
    assert (counts(cat), counts(dog), counts(grass)) == ((1, 0, 1), (0, 1, 0), (1, 0, 0))
    assert (cat.pq, cat.sq, cat.rq) == (0.5, 0.75, 1 / 1.5)
    assert (dog.pq, dog.sq, dog.rq) == (0.0, 0.0, 0.0)
    assert (grass.pq, grass.sq, grass.rq) == (0.75, 0.75, 1.0)
    assert (result.things.pq, result.stuff.pq) == (0.25, 0.75)
    assert result.all.pq == pytest.approx((0.5 + 0 + 0.75) / 3)
    assert (counts(result.all), counts(result.things)) == ((2, 1, 1), (1, 1, 1))
    assert (result.all.n, result.things.n, result.stuff.n) == (3, 2, 1)


@pytest.mark.parametrize(("covered", "tp"), [(3, 0), (4, 1)])
def test_an_iou_of_exactly_one_half_does_not_match(covered, tp):
    # IoU covered / 6: 3 / 6 is not above one half.
    truth = row([1] * 6, {1: 17})
    guess = row([1] * covered + [0] * (6 - covered), {1: 17})
    assert panoptic_quality([(guess, truth)], PETS).all.tp == tp


def test_void_in_the_prediction_costs_and_void_in_the_truth_does_not():
    whole, part = [1] * 10, [1] * 6 + [0] * 4
    assert panoptic_quality([(row(part, {1: 17}), row(whole, {1: 17}))], PETS).all.pq == 0.6
    assert panoptic_quality([(row(whole, {1: 17}), row(part, {1: 17}))], PETS).all.pq == 1.0


@pytest.mark.parametrize(("on_void", "fp"), [(5, 1), (6, 0)])
def test_a_prediction_mostly_on_void_is_no_false_positive(on_void, fp):
    truth = row([0] * on_void + [2] * (10 - on_void), {2: 193})
    guess = row([1] * 10, {1: 17})
    result = panoptic_quality([(guess, truth)], PETS)
    assert result.per_class[17].fp == fp  # exactly half does not excuse
    assert result.per_class[193].fn == 1


@pytest.mark.parametrize(("category_id", "fp"), [(17, 0), (18, 1)])
def test_a_crowd_is_not_missed_and_excuses_predictions_of_its_class_only(category_id, fp):
    truth = row([1] * 8 + [2] * 2, {1: 17, 2: 193}, iscrowd=[1])
    guess = row([1] * 8 + [2] * 2, {1: category_id, 2: 193})
    result = panoptic_quality([(guess, truth)], PETS)
    assert counts(result.per_class[category_id]) == (0, fp, 0)
    assert result.per_class[17].fn == 0
    assert result.all.n == 1 + fp
    assert result.stuff.pq == 1.0


def test_void_and_crowd_excuse_together():
    truth = row([0] * 3 + [1] * 3 + [2] * 4, {1: 17, 2: 193}, iscrowd=[1])  # 3 void + 3 crowd of 10
    assert panoptic_quality([(row([5] * 10, {5: 17}), truth)], PETS).per_class[17].fp == 0


def test_of_several_crowds_of_a_class_the_last_in_the_list_excuses_as_in_panopticapi():
    ids, guess = [1] * 6 + [2] * 4, row([5] * 6 + [0] * 4, {5: 17})
    for category_of, fp in (({1: 17, 2: 17}, 1), ({2: 17, 1: 17}, 0)):
        truth = row(ids, category_of, iscrowd=[1, 2])
        assert panoptic_quality([(guess, truth)], PETS).per_class[17].fp == fp


def test_nothing_to_count_is_nan_and_not_zero():
    void = row([0, 0], {})
    for result in (panoptic_quality([], PETS), panoptic_quality([(void, void)], PETS)):
        assert math.isnan(result.all.pq)
        assert (result.all.n, counts(result.all)) == (0, (0, 0, 0))
    cats_only = panoptic_quality([(row([1], {1: 17}), row([1], {1: 17}))], PETS)
    assert (cats_only.all.pq, cats_only.things.pq) == (1.0, 1.0)
    assert math.isnan(cats_only.stuff.pq)


def test_a_quality_is_numbers_that_json_has():
    truth = row([1, 1, 1, 1, 2, 2], {1: 17, 2: 18})
    quality = panoptic_quality([(row([1, 1, 1, 0, 2, 2], {1: 17, 2: 18}), truth)], PETS)
    table = json.loads(json.dumps(quality.to_dict(), allow_nan=False))
    assert table["all"] == table["things"] == {"pq": 0.875, "sq": 0.875, "rq": 1.0, "tp": 2, "fp": 0, "fn": 0}
    assert table["stuff"] == {"pq": None, "sq": None, "rq": None, "tp": 0, "fp": 0, "fn": 0}


def test_large_ids_are_counted_as_small_ones_are():
    truth = row([1, 1, 1, 1, 2, 2, 3, 0], {1: 17, 2: 17, 3: 193})
    guess = row([7, 7, 7, 0, 8, 8, 9, 9], {7: 17, 8: 18, 9: 193})
    names = np.array([0, 900_000, 5, 2**24 - 1, 0, 0, 0, 70_000, 3, 12_345_678])

    def renamed(result):
        category_of = {int(names[s.id]): s.category_id for s in result.segments}
        return Segmentation.from_ids(names[result.segment_ids], category_of, PETS)

    assert panoptic_quality([(renamed(guess), renamed(truth))], PETS) == panoptic_quality([(guess, truth)], PETS)


def random_pair(random, size=24, void=False):
    """A truth of blocks and a prediction that is the truth moved, with some classes changed."""
    blocks = random.integers(0 if void else 1, 7, (size // 4, size // 4))
    ids = blocks.repeat(4, axis=0).repeat(4, axis=1)
    moved = np.roll(ids, random.integers(0, 3, 2), (0, 1))
    moved[random.random(ids.shape) < 0.05] = 1 if (ids == 1).any() else ids.max()
    truth_of = dict(zip(range(1, 7), [17, 17, 18, 18, 17, 193], strict=True))
    guess_of = truth_of | {2: 18, 3: 17}

    def build(map_of_ids, category_of):
        return Segmentation.from_ids(map_of_ids, {i: category_of[i] for i in np.unique(map_of_ids).tolist() if i}, PETS)

    return build(moved, guess_of), build(ids, truth_of)


def test_panoptic_quality_equals_torchmetrics_where_there_is_no_void():
    torch = pytest.importorskip("torch")
    from torchmetrics.detection import PanopticQuality

    random = np.random.default_rng(0)
    pairs = [random_pair(random) for _ in range(4)]
    metric = PanopticQuality(things={0, 1}, stuffs={2})
    for pair in pairs:
        metric.update(*(torch.from_numpy(np.stack([s.semantic(), s.segment_ids], axis=-1)[None]) for s in pair))
    ours = panoptic_quality(pairs, PETS).all.pq
    assert 0.1 < ours < 0.9
    assert float(metric.compute()) == pytest.approx(ours, abs=1e-6)


def test_counts_of_several_processes_add_up():
    random = np.random.default_rng(1)
    pairs = [random_pair(random, void=True) for _ in range(5)]
    for make, whole in ((PanopticCounts, panoptic_quality), (PixelCounts, mean_iou)):
        first, second = make(PETS), make(PETS)
        for index, pair in enumerate(pairs):
            (first if index < 2 else second).update(*pair)
        first.merge(second)
        merged, expected = first.compute(), whole(pairs, PETS)
        for category_id, value in expected.per_class.items():
            pair = [getattr(q, "pq", q) for q in (merged.per_class[category_id], value)]
            assert pair[0] == pytest.approx(pair[1], abs=1e-12)
        with pytest.raises(UserError, match="categories"):
            first.merge(make(PETS[:2]))


@st.composite
def truths(draw):
    ids = draw(hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.integers(0, 6)))
    category_of = {i: draw(st.sampled_from([17, 18, 193])) for i in np.unique(ids).tolist() if i}
    return Segmentation.from_ids(ids, category_of, PETS)


@settings(max_examples=60, deadline=None)
@given(truths())
def test_a_truth_compared_with_itself_is_perfect(truth):
    assume(truth.segments)
    result = panoptic_quality([(truth, truth)], PETS).all
    assert (result.pq, result.sq, result.rq) == (1.0, 1.0, 1.0)
    assert counts(result) == (len(truth.segments), 0, 0)
    assert mean_iou([(truth, truth)], PETS).mean == 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 2**24 - 1), min_size=6, max_size=6, unique=True))
def test_other_ids_for_the_same_segments_change_nothing(seed, new_ids):
    guess, truth = random_pair(np.random.default_rng(seed), void=True)
    names = np.array([0, *new_ids])
    renamed = Segmentation.from_ids(
        names[guess.segment_ids], {int(names[s.id]): s.category_id for s in reversed(guess.segments)}, PETS
    )
    before, after = (panoptic_quality([(g, truth)], PETS) for g in (guess, renamed))
    assert counts(before.all) == counts(after.all)
    assert after.all.pq == pytest.approx(before.all.pq, abs=1e-12)  # the order of adding follows the ids
    before, after = (mean_iou([(g, truth)], PETS).per_class for g in (guess, renamed))
    np.testing.assert_array_equal(list(after.values()), list(before.values()))  # NaN equals NaN here


# --- confusion matrix and mean IoU -----------------------------------------------------------------------------------


def test_confusion_matrix_has_the_truth_in_its_rows_and_leaves_void_out():
    truth = np.array([[0, 0, 0, 1], [1, 2, -1, -1]])
    guess = np.array([[0, 1, -1, 1], [1, 0, 2, -1]])
    result = confusion_matrix(truth, guess, 3)
    assert result.dtype == np.int64
    assert result.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert confusion_matrix(truth.astype(np.int8), guess.astype(np.int16), 3).tolist() == result.tolist()


def test_mean_iou_counts_a_void_prediction_as_missed_and_leaves_absent_classes_out():
    truth = np.array([0, 0, 0, 0, 1, 1, -1])
    guess = np.array([0, 0, -1, -1, 1, 0, 1])
    result = mean_iou([(guess, truth)], PETS)
    # class 0: right 2, truth 4, prediction 3: 2 / 5. class 1: right 1, truth 2, prediction 1 (void truth is ignored).
    assert result.per_class[17] == 2 / 5
    assert result.per_class[18] == 1 / 2
    assert math.isnan(result.per_class[193])
    assert result.mean == pytest.approx(0.45)


def test_a_class_that_is_only_predicted_is_zero_not_absent():
    result = mean_iou([(np.array([0, 2]), np.array([0, 0]))], PETS)
    assert result.per_class[193] == 0.0
    assert result.mean == 0.25


def test_mean_iou_pools_pixels_and_is_not_the_mean_of_pictures():
    pairs = [(np.zeros(9, int), np.zeros(9, int)), (np.array([0]), np.array([1]))]
    assert mean_iou(pairs, PETS[:2]).per_class == {17: 0.9, 18: 0.0}


def test_mean_iou_of_nothing_is_nan():
    assert math.isnan(mean_iou([], PETS).mean)
    assert math.isnan(mean_iou([(np.array([0]), np.array([-1]))], PETS).mean)


def test_mean_iou_of_segmentations_equals_that_of_their_class_maps():
    random = np.random.default_rng(2)
    pairs = [random_pair(random, void=True) for _ in range(3)]
    maps = [(guess.semantic(), truth.semantic()) for guess, truth in pairs]
    assert mean_iou(pairs, PETS) == mean_iou(maps, PETS)
    # Categories in another order: ids decide, not positions.
    turned = Categories(reversed(list(PETS)))
    assert mean_iou(pairs, turned).per_class == mean_iou(pairs, PETS).per_class


def test_mean_iou_equals_torchmetrics():
    torch = pytest.importorskip("torch")
    from torchmetrics.classification import MulticlassConfusionMatrix, MulticlassJaccardIndex

    random = np.random.default_rng(3)
    truth = random.integers(-1, 5, (2, 20, 30))
    guess = np.where(random.random(truth.shape) < 0.6, truth.clip(0), random.integers(0, 5, truth.shape))
    categories = Categories.generic(5)
    jaccard = MulticlassJaccardIndex(num_classes=5, ignore_index=-1)
    theirs = float(jaccard(torch.from_numpy(guess), torch.from_numpy(truth)))
    ours = mean_iou(zip(guess, truth, strict=True), categories).mean
    assert 0.2 < ours < 0.9
    assert ours == pytest.approx(theirs, abs=1e-6)
    matrix = MulticlassConfusionMatrix(num_classes=5, ignore_index=-1)
    expected = matrix(torch.from_numpy(guess), torch.from_numpy(truth)).numpy()
    np.testing.assert_array_equal(confusion_matrix(truth, guess, 5), expected)


# --- mistakes --------------------------------------------------------------------------------------------------------


def test_mistakes_are_one_sentence():
    one, two = row([1], {1: 17}), row([1, 1], {1: 17})
    with pytest.raises(UserError, match=r"\(1, 1\).*\(1, 2\)"):
        panoptic_quality([(one, two)], PETS)
    with pytest.raises(UserError, match="one size"):
        mean_iou([(one, two)], PETS)
    with pytest.raises(UserError, match="ndarray"):
        panoptic_quality([(np.zeros((1, 1)), one)], PETS)
    with pytest.raises(UserError, match="two class maps"):
        mean_iou([(np.zeros((1, 1), int), one)], PETS)
    for metric in (panoptic_quality, mean_iou):
        with pytest.raises(UserError, match="category"):
            metric([(one, one)], PETS[1:])


@pytest.mark.parametrize(
    ("truth", "guess", "message"),
    [
        ([0, 255], [0, 0], "truth.* 0 to 255"),
        ([0, 0], [0, 3], "prediction.* 0 to 3$|prediction.* 0 to 3:"),
        ([0, -2], [0, 0], "-2 to 0"),
        ([0, 0], [0], r"\(2,\).*\(1,\)"),
        ([0.0], [0.0], "dtype float64"),
    ],
)
def test_class_maps_out_of_range_are_one_sentence(truth, guess, message):
    with pytest.raises(UserError, match=message):
        confusion_matrix(np.array(truth), np.array(guess), 3)

"""Lists of categories that number the same names otherwise: matched by name wherever they meet, or refused."""

import numpy as np
import pytest
import torch

from segtutor import metrics, show
from segtutor.errors import UserError
from segtutor.metrics.pairs import Counted
from segtutor.segments import Categories, Instances, Segmentation


def listed(*names, first=1, thing=1, step=1):
    return Categories.from_coco(
        [{"id": first + step * i, "name": name, "isthing": thing} for i, name in enumerate(names)]
    )


TRAIN = listed("apple", "pear", "plum")
VALID = listed("pear", "plum")  # a folder in which one class is missing
HUB = listed("apple", "pear", "plum", first=0)  # ids are positions
TURNED = listed("plum", "apple", "pear", first=10, step=7)


def drawn(categories, names=("pear", "plum", "pear")):
    """A map of 12 x 12 with one square a name; its ids are 1, 2, ... in the order of the names."""
    ids = np.zeros((12, 12), np.int32)
    by_name = {c.name: c.id for c in categories}
    for i in range(len(names)):
        ids[4 * i : 4 * i + 3, 1:11] = i + 1
    return Segmentation.from_ids(ids, {i: by_name[name] for i, name in enumerate(names, 1)}, categories)


def instances(categories, truth):
    masks = np.stack([truth.segment_ids == s.id for s in truth.segments])
    by_name = {c.name: i for i, c in enumerate(categories)}
    labels = [by_name[truth.categories.by_id(s.category_id).name] for s in truth.segments]
    return Instances(masks, np.array(labels), np.ones(len(labels)), categories)


@pytest.mark.parametrize("truth_list", [TRAIN, VALID, HUB, TURNED], ids=["same", "one missing", "positions", "turned"])
@pytest.mark.parametrize("counted", [TRAIN, HUB, TURNED], ids=["train", "positions", "turned"])
@pytest.mark.parametrize("model", [TRAIN, HUB, TURNED], ids=["train", "positions", "turned"])
def test_a_model_that_is_right_by_name_is_right(truth_list, counted, model):
    truth = drawn(truth_list)
    pairs = [(drawn(model), truth)]
    assert metrics.panoptic_quality(pairs, counted).all.pq == 1
    assert metrics.mean_iou(pairs, counted).mean == 1
    assert metrics.mean_boundary_iou(pairs, counted).mean == 1
    assert metrics.mask_ap([(instances(model, truth), truth)], counted).ap == pytest.approx(1)
    assert metrics.mask_ap([(instances(model, truth), instances(truth_list, truth))], counted).ap == pytest.approx(1)
    assert [match.iou for match in metrics.match_segments(drawn(model), truth).matches] == [1, 1, 1]
    assert sum(part.lost for part in metrics.lost_quality(drawn(model), truth)) == 0
    assert "3 matched, 0 missed" in " ".join(
        show.why(np.zeros((12, 12, 3), np.uint8), drawn(model), truth).description.replace(";", ",").split()
    )


def test_a_model_that_is_wrong_by_name_is_wrong_though_ids_are_equal():
    truth = drawn(VALID, ["pear", "plum"])  # ids 1 and 2, which are apple and pear in TRAIN
    guess = drawn(TRAIN, ["apple", "pear"])
    assert metrics.panoptic_quality([(guess, truth)], TRAIN).all.pq == 0
    assert metrics.mean_iou([(guess, truth)], TRAIN).mean == 0
    assert metrics.match_segments(guess, truth).matches == []


def test_what_corresponds_is_reported():
    match = TRAIN.match(VALID)
    assert match.ids == {2: 1, 3: 2}
    assert (match.renumbered, match.only_here, match.only_there) == (("pear", "plum"), ("apple",), ())
    assert "apple" in str(match)
    assert TRAIN.match(TRAIN).ids == {1: 1, 2: 2, 3: 3}
    assert VALID.match(TRAIN).only_there == ("apple",)
    composed, decomposed = listed("caf\u00e9"), listed("cafe\u0301", first=4)
    assert composed.match(decomposed).ids == {1: 4}


def test_a_name_that_comes_twice_is_matched_where_ids_agree_and_refused_otherwise():
    twice = listed("door", "wall", "door")
    assert twice.match(twice).ids == {1: 1, 2: 2, 3: 3}
    with pytest.raises(UserError, match="'door'"):
        twice.match(listed("door", "wall", "door", first=5))
    with pytest.raises(UserError, match="'door'"):
        listed("door", "wall", first=5).match(twice)


REFUSED = {
    "another word": (listed("automobile", "pear"), listed("car", "pear"), ["automobile", "car"]),
    "another case": (listed("Car"), listed("car"), ["'Car'", "'car'"]),
    "each lacks one": (listed("apple", "pear"), listed("pear", "plum"), ["apple", "plum"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_lists_that_do_not_correspond_are_refused_and_the_first_difference_is_named(case):
    model, truth_list, named = REFUSED[case]
    guess, truth = drawn(model, [model.names[0]]), drawn(truth_list, [truth_list.names[0]])
    calls = [
        lambda: model.match(truth_list),
        lambda: metrics.panoptic_quality([(guess, truth)], truth_list),
        lambda: metrics.mean_iou([(guess, truth)], truth_list),
        lambda: metrics.mean_iou([(guess, truth)], model),
        lambda: metrics.mask_ap([(instances(model, guess), truth)], truth_list),
        lambda: metrics.mean_boundary_iou([(guess, truth)], truth_list),
        lambda: metrics.match_segments(guess, truth),
        lambda: show.why(np.zeros((12, 12, 3), np.uint8), guess, truth),
    ]
    for call in calls:
        with pytest.raises(UserError) as caught:
            call()
        assert all(name in str(caught.value) for name in named)


def test_a_class_outside_the_counted_list_matters_only_where_it_occurs():
    silent, said = drawn(TRAIN, ["pear"]), drawn(TRAIN, ["pear", "apple"])
    truth = drawn(VALID, ["pear"])
    assert metrics.mean_iou([(silent, truth)], VALID).mean == 1
    with pytest.raises(UserError, match="'apple' of the prediction"):
        metrics.mean_iou([(said, truth)], VALID)
    assert metrics.panoptic_quality([(said, truth)], TRAIN).per_class[1].fp == 0  # it lies on void
    assert [s.id for s in metrics.match_segments(said, truth).ignored] == [2]


def test_a_list_that_comes_with_each_row_does_not_fill_the_memory():
    counted = Counted(TRAIN)
    for _ in range(500):
        fresh = Categories(tuple(TURNED))
        assert dict(counted.positions(fresh, "truth")) == {10: 2, 17: 0, 24: 1}
    assert len(counted._known) <= 64


def test_metrics_say_how_many_pixels_were_judged():
    truth = drawn(TRAIN)
    half = np.zeros((2, 8), np.int32)
    half[:, :2], half[:, 2:4] = 1, 2
    crowd = Segmentation.from_ids(half, {1: 1, 2: 1}, TRAIN, iscrowd=[2])
    assert metrics.panoptic_quality([(truth, truth)], TRAIN).judged == pytest.approx(90 / 144)
    assert metrics.mean_iou([(truth, truth)], TRAIN).judged == pytest.approx(90 / 144)
    assert metrics.panoptic_quality([(crowd, crowd)], TRAIN).judged == 0.25
    assert np.isnan(metrics.panoptic_quality([], TRAIN).judged)
    counts = metrics.PanopticCounts(TRAIN)
    other = metrics.PanopticCounts(TRAIN)
    counts.update(crowd, crowd)
    other.update(truth, truth)
    counts.merge(other)
    assert counts.compute().judged == pytest.approx((4 + 90) / (16 + 144))


def test_class_maps_may_be_tensors_that_have_a_gradient():
    guess = torch.tensor([[0, 1]])
    assert metrics.mean_iou([(guess, np.array([[0, 1]]))], TRAIN).mean == 1
    with pytest.raises(UserError, match="dtype"):
        metrics.mean_iou([(torch.zeros(1, 2, requires_grad=True), np.array([[0, 1]]))], TRAIN)

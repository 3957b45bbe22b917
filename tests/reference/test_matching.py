"""Matching: both engines, forbidden pairs, boxes, fixed matching, and the sentences for what has gone wrong."""

import functools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.boxes import boxes_of_masks
from segtutor.reference.losses.criterion import DETR_LOSS, set_loss
from segtutor.reference.losses.fixed_matching import fixed_match, merge_classes
from segtutor.reference.losses.hungarian import linear_sum_assignment
from segtutor.reference.losses.matcher import MatchingWeights, assign, cost_matrix, match
from segtutor.reference.losses.sampling import FullMasks, PointSampling

SIZE = (6, 8)


def answers(generator, batch=1, queries=5, classes=4):
    return MaskOutput(
        torch.randn(batch, queries, classes + 1, generator=generator),
        torch.randn(batch, queries, *SIZE, generator=generator) * 3,
    )


def truth(generator, labels):
    owner = torch.randint(0, max(1, len(labels)), (12, 16), generator=generator)
    masks = [(owner == n).to(torch.uint8) for n in range(len(labels))]
    masks = torch.stack(masks) if masks else torch.zeros(0, 12, 16, dtype=torch.uint8)
    return Targets(torch.tensor(labels, dtype=torch.int64), masks, torch.ones(12, 16, dtype=torch.bool))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 3), max_size=6), st.integers(1, 5), st.integers(0, 999))
def test_the_engines_find_the_same(labels, queries, seed):
    generator = torch.Generator().manual_seed(seed)
    output, targets = answers(generator, 1, queries), [truth(generator, labels)]
    (expected,) = match(output, targets)
    assert len(expected[0]) == min(queries, len(labels))
    for engine in ("scratch", linear_sum_assignment):
        (found,) = match(output, targets, engine=engine)
        assert [index.tolist() for index in found] == [index.tolist() for index in expected]


def test_an_engine_of_one_s_own_sees_the_matrix():
    generator = torch.Generator().manual_seed(0)
    output, target = answers(generator), truth(generator, [1, 0, 3])

    def greedy(cost):  # the first queries, whatever they say
        assert isinstance(cost, np.ndarray)
        assert cost.shape == (5, 3)
        return np.arange(3), np.arange(3)

    assert match(output, [target], engine=greedy)[0][0].tolist() == [0, 1, 2]
    terms = set_loss(output, [target], match=functools.partial(match, engine=greedy))
    assert sum(terms.values()) > sum(set_loss(output, [target]).values())
    with pytest.raises(ValueError, match="engine.*'scypi'"):
        match(output, [target], engine="scypi")


@pytest.mark.parametrize("engine", ["scipy", "scratch"])
def test_forbidden_pairs_are_not_matched(engine):
    generator = torch.Generator().manual_seed(1)
    output, target = answers(generator), truth(generator, [1, 0, 3])
    ((query_idx, target_idx),) = match(output, [target], engine=engine)
    allowed = torch.ones(5, 3, dtype=torch.bool)
    allowed[query_idx, target_idx] = False
    ((other, others),) = match(output, [target], engine=engine, allowed=[allowed])
    assert allowed[other, others].all()
    assert len(other) == 3
    with pytest.raises(ValueError, match="picture 0 is infeasible"):
        match(output, [target], engine=engine, allowed=[torch.zeros(5, 3, dtype=torch.bool)])


def test_plus_infinity_forbids_and_minus_infinity_is_an_error():
    cost = torch.tensor([[1.0, float("inf")], [float("inf"), 9.0]])
    assert [index.tolist() for index in assign(cost)] == [[0, 1], [0, 1]]
    with pytest.raises(ValueError, match=r"-inf \(torch.float32\) for picture 0, query 0, target 1"):
        assign(-cost)


OVERFLOWS = {  # what goes wrong -> the term that is named
    "class_logits": ("class", float("nan"), torch.float16),
    "mask_logits": ("bce", float("inf"), torch.bfloat16),
    "boxes": ("box_l1", float("nan"), torch.float32),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_a_cost_that_is_not_finite_names_its_origin(name):
    term, value, dtype = OVERFLOWS[name]
    generator = torch.Generator().manual_seed(2)
    output = answers(generator, batch=2)
    boxes = torch.rand(2, 5, 4, generator=generator)
    tensors = {"class_logits": output.class_logits, "mask_logits": output.mask_logits, "boxes": boxes}
    tensors[name] = tensors[name].to(dtype)
    tensors[name][1, 3] = value
    weights = DETR_LOSS.matching if name == "boxes" else MatchingWeights()
    said = rf'picture 1, query 3, target 0, in the term "{term}" computed from {name} of {dtype}'
    targets = [truth(generator, [1]), truth(generator, [2, 0])]
    with pytest.raises(ValueError, match=said):
        match(MaskOutput(**tensors), targets, weights=weights)
    with pytest.raises(ValueError, match=said):
        set_loss(MaskOutput(**tensors), targets, matching=weights)


def test_boxes_alone_decide_where_only_boxes_have_weights():
    generator = torch.Generator().manual_seed(3)
    target = truth(generator, [0, 1])
    target.masks.zero_()
    target.masks[0, 2:5, 3:9] = target.masks[1, 6:12, 10:16] = 1
    output = answers(generator, queries=3)
    boxes = torch.rand(1, 3, 4, generator=generator) * 0.1
    boxes[0, [2, 0]] = boxes_of_masks(target.masks) + 0.01
    by_box = MatchingWeights(class_=0, bce=0, dice=0, box_l1=5, giou=2)
    said = MaskOutput(output.class_logits, output.mask_logits, boxes)
    ((query_idx, target_idx),) = match(said, [target], weights=by_box)
    assert dict(zip(query_idx.tolist(), target_idx.tolist(), strict=True)) == {2: 0, 0: 1}
    # a model without boxes: those of its masks
    masks = torch.full((1, 3, 12, 16), -5.0)
    masks[0, 1][target.masks[0] > 0] = masks[0, 0][target.masks[1] > 0] = 5.0
    ((query_idx, target_idx),) = match(MaskOutput(output.class_logits, masks), [target], weights=by_box)
    assert dict(zip(query_idx.tolist(), target_idx.tolist(), strict=True)) == {1: 0, 0: 1}


def test_without_any_weight_nothing_can_be_matched():
    generator = torch.Generator().manual_seed(4)
    with pytest.raises(ValueError, match="weight"):
        match(answers(generator), [truth(generator, [1])], weights=MatchingWeights(0, 0, 0))


def test_the_matrix_of_a_picture_is_what_match_searches():
    generator = torch.Generator().manual_seed(5)
    output, target = answers(generator), truth(generator, [1, 0, 3])
    for points in (FullMasks(), PointSampling(40)):
        (prepared,) = points.prepare([target], SIZE)
        drawn = points.all_pairs(output.mask_logits[0], prepared, torch.Generator().manual_seed(7))
        logits, masks, visible = drawn
        expected = assign(cost_matrix(output.class_logits[0], logits, target.labels, masks, visible))
        (found,) = match(output, [target], points=points, generator=torch.Generator().manual_seed(7))
        assert [index.tolist() for index in found] == [index.tolist() for index in expected]


def test_fixed_matching_is_query_i_for_class_i():
    generator = torch.Generator().manual_seed(6)
    output = answers(generator, 2, queries=4, classes=4)
    targets = [truth(generator, [3, 0]), truth(generator, [])]
    first, second = fixed_match(output, targets)
    assert [index.tolist() for index in first] == [[0, 3], [1, 0]]
    assert len(second[0]) == len(second[1]) == 0
    terms = set_loss(output, targets, match=fixed_match)
    assert sum(terms.values()) >= sum(set_loss(output, targets).values())


def test_fixed_matching_says_what_it_cannot_do():
    generator = torch.Generator().manual_seed(7)
    cats = truth(generator, [2, 0, 2])
    with pytest.raises(ValueError, match="class 2 .*picture 0.*merge_classes"):
        fixed_match(answers(generator), [cats])
    with pytest.raises(ValueError, match="4 classes.* 3 queries"):
        fixed_match(answers(generator, queries=3), [cats])
    with pytest.raises(ValueError, match="a PerPixelOutput"):
        fixed_match(PerPixelOutput(torch.zeros(1, 4, 2, 2)), [cats])
    merged = merge_classes(cats)
    assert merged.labels.tolist() == [0, 2]
    assert torch.equal(merged.masks[1], cats.masks[0] | cats.masks[2])
    assert fixed_match(answers(generator), [merged])[0][0].tolist() == [0, 2]

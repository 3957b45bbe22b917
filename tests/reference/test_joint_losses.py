"""All layers and pictures at once, or one by one: the same terms, the same gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segtutor.outputs import MaskOutput, Targets
from segtutor.reference.fast import joint_losses
from segtutor.reference.fast.joint_losses import can_join
from segtutor.reference.layers.forms import plain
from segtutor.reference.losses.criterion import DETR_LOSS, LossWeights, Recipe, set_loss
from segtutor.reference.losses.matcher import MASK_COSTS, MatchingWeights
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling

CLASSES = 5


def made(counts, size=(6, 7), queries=6, layers=2, void=0.2, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def one():
        classes = torch.randn(len(counts), queries, CLASSES + 1, generator=generator)
        masks = 3 * torch.randn(len(counts), queries, *size, generator=generator)
        return MaskOutput(classes.requires_grad_(), masks.requires_grad_())

    earlier, last = tuple(one() for _ in range(layers)), one()
    targets = []
    for count in counts:
        labels = torch.randint(0, CLASSES, (count,), generator=generator)
        masks = (torch.rand(count, 2 * size[0], 2 * size[1], generator=generator) > 0.6).to(torch.uint8)
        targets.append(Targets(labels, masks, torch.rand(2 * size[0], 2 * size[1], generator=generator) >= void))
    return MaskOutput(last.class_logits, last.mask_logits, layers=earlier), targets


def gradients(terms, output):
    leaves = [tensor for each in (output, *output.layers) for tensor in (each.class_logits, each.mask_logits)]
    for leaf in leaves:
        leaf.grad = None
    sum(terms.values()).backward()
    return [leaf.grad for leaf in leaves]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0, 1, 3, 9]), min_size=1, max_size=3).filter(sum),
    st.sampled_from([None, (6, 7), (5, 9)]),
    st.integers(0, 3),
    st.booleans(),
)
def test_terms_and_gradients_are_those_of_the_plain_form(counts, grid, layers, focal):
    """More targets than queries, none in a picture, void, every pair of terms; on three grids."""
    masks = {"bce": 0, "focal": 20, "dice": 1} if focal else {}
    recipe = Recipe(MatchingWeights(**masks), LossWeights(**masks), Grid(grid))
    output, targets = made(counts, layers=layers, seed=sum(counts))
    assert can_join(output, targets, recipe)
    ours = joint_losses.losses_of_layers(output, targets, recipe)
    assert all(torch.equal(ours[name], value) for name, value in set_loss(output, targets, recipe=recipe).items())
    with plain():
        paper = set_loss(output, targets, recipe=recipe)
    assert list(ours) == list(paper)
    for name, value in paper.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-5, atol=1e-6, msg=name)
    for one, other in zip(gradients(ours, output), gradients(paper, output), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_the_joint_form_is_taken_where_it_can_be(monkeypatch):
    output, targets = made([2, 3])
    calls = []
    original = joint_losses._costs
    monkeypatch.setattr(joint_losses, "_costs", lambda *a: calls.append(1) or original(*a))
    set_loss(output, targets)
    assert len(calls) == 1
    with plain():
        set_loss(output, targets)
    assert len(calls) == 1
    monkeypatch.setattr(joint_losses, "MOST_NUMBERS", 100)
    set_loss(output, targets)
    assert len(calls) == 1, "what is too large for the cache is worked through picture by picture"


@pytest.mark.parametrize("recipe", [Recipe(points=PointSampling(10)), Recipe(points=FullMasks()), DETR_LOSS])
def test_points_whole_masks_and_boxes_take_the_plain_form(recipe):
    output, targets = made([2])
    assert not can_join(output, targets, recipe)


def test_a_cost_that_is_not_finite_is_still_named():
    output, targets = made([2, 3])
    with torch.no_grad():
        output.layers[1].mask_logits[1, 4] = float("nan")
    with pytest.raises(ValueError, match=r"picture 1, query 4, target 0, in the term \"bce\""):
        set_loss(output, targets)


@pytest.mark.parametrize("name", list(MASK_COSTS))
def test_costs_of_a_batch_are_those_of_its_pictures(name):
    generator = torch.Generator().manual_seed(0)
    logits, targets, weights = (torch.rand(shape, generator=generator) for shape in ((2, 4, 9), (2, 3, 9), (2, 9)))
    together = MASK_COSTS[name](4 * logits - 2, targets, weights)
    for b in range(2):
        alone = MASK_COSTS[name](4 * logits[b] - 2, targets[b], weights[b])
        torch.testing.assert_close(together[b], alone, rtol=1e-5, atol=1e-6)

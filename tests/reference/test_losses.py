"""The matcher and the set loss: against transformers on equal points, and the invariants of an assignment."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.mask2former import modeling_mask2former as peer

from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses import criterion, matcher
from segtutor.reference.losses.criterion import per_pixel_loss, set_loss
from segtutor.reference.losses.matcher import assign, cost_matrix, match
from segtutor.reference.losses.sampling import logits_on_grid, sample_points, truth_on_grid, uncertain_points


def random_targets(generator, count, classes=5, size=(16, 20), void=0.0):
    owner = torch.randint(0, max(count, 1), size, generator=generator)
    masks = torch.stack([owner == n for n in range(count)]) if count else torch.zeros(0, *size)
    valid = torch.rand(size, generator=generator) >= void
    labels = torch.randint(0, classes, (count,), generator=generator)
    return Targets(labels, (masks.bool() & valid).to(torch.uint8), valid)


def random_output(generator, batch, queries=6, classes=5, size=(8, 10), layers=0):
    def one():
        masks = torch.randn(batch, queries, *size, generator=generator) * 3
        return torch.randn(batch, queries, classes + 1, generator=generator), masks.requires_grad_()

    return MaskOutput(*one(), layers=tuple(MaskOutput(*one()) for _ in range(layers)))


def mask_costs(logits, targets, weights):
    return matcher.pairwise_bce(logits, targets, weights), matcher.pairwise_dice(logits, targets, weights)


def mask_losses(logits, targets, weights):
    return criterion.bce_losses(logits, targets, weights), criterion.dice_losses(logits, targets, weights)


def test_mask_costs_equal_transformers_on_the_same_points():
    generator = torch.Generator().manual_seed(0)
    logits, targets = (
        torch.randn(7, 300, generator=generator) * 4,
        (torch.rand(3, 300, generator=generator) > 0.6).float(),
    )
    bce, dice = mask_costs(logits, targets, torch.ones(300))
    torch.testing.assert_close(bce, peer.pair_wise_sigmoid_cross_entropy_loss(logits, targets), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(dice, peer.pair_wise_dice_loss(logits, targets), rtol=1e-6, atol=1e-6)


def test_matched_losses_equal_transformers_on_the_same_points():
    generator = torch.Generator().manual_seed(1)
    logits, targets = (
        torch.randn(4, 300, generator=generator) * 4,
        (torch.rand(4, 300, generator=generator) > 0.6).float(),
    )
    bce, dice = mask_losses(logits, targets, torch.ones(300))
    torch.testing.assert_close(bce.sum() / 4, peer.sigmoid_cross_entropy_loss(logits, targets, 4), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(dice.sum() / 4, peer.dice_loss(logits, targets, 4), rtol=1e-6, atol=1e-6)


def test_the_matched_losses_are_the_diagonal_of_the_costs():
    generator = torch.Generator().manual_seed(2)
    logits, targets, weights = (
        torch.randn(4, 50, generator=generator),
        torch.rand(4, 50, generator=generator),
        torch.rand(50, generator=generator),
    )
    for cost, loss in zip(mask_costs(logits, targets, weights), mask_losses(logits, targets, weights), strict=True):
        torch.testing.assert_close(cost.diagonal(), loss, rtol=1e-5, atol=1e-6)


def test_void_pixels_change_nothing():
    """The loss on a picture with void equals the loss on the visible pixels alone."""
    generator = torch.Generator().manual_seed(3)
    logits, targets = torch.randn(3, 60, generator=generator), (torch.rand(3, 60, generator=generator) > 0.5).float()
    weights = torch.cat([torch.ones(40), torch.zeros(20)])
    for masked, cut in zip(
        mask_losses(logits, targets, weights), mask_losses(logits[:, :40], targets[:, :40], torch.ones(40)), strict=True
    ):
        torch.testing.assert_close(masked, cut)
    for masked, cut in zip(
        mask_costs(logits, targets, weights), mask_costs(logits[:, :40], targets[:, :40], torch.ones(40)), strict=True
    ):
        torch.testing.assert_close(masked, cut)


def test_truth_on_a_grid_is_the_share_of_the_visible_cell():
    masks = torch.zeros(1, 4, 4, dtype=torch.uint8)
    masks[0, :, :1] = 1
    valid = torch.ones(4, 4, dtype=torch.bool)
    valid[0, 1] = False  # the upper left cell shows 3 pixels, 2 of them inside
    targets, weights = truth_on_grid(masks, valid, (2, 2))
    torch.testing.assert_close(targets, torch.tensor([[2 / 3, 0, 0.5, 0]]))
    torch.testing.assert_close(weights, torch.tensor([0.75, 1, 1, 1]))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 10_000))
def test_match_finds_the_cheapest_assignment(queries, count, seed):
    generator = torch.Generator().manual_seed(seed)
    output = random_output(generator, 1, queries)
    target = random_targets(generator, count, void=0.2)
    ((query_idx, target_idx),) = match(output, [target])
    assert len(query_idx) == len(target_idx) == min(queries, count)
    assert len(set(query_idx.tolist())) == len(query_idx)
    assert len(set(target_idx.tolist())) == len(target_idx)
    truth = truth_on_grid(target.masks, target.valid, (16, 20))
    cost = cost_matrix(
        output.class_logits[0], logits_on_grid(output.mask_logits, (16, 20))[0], target.labels, *truth
    ).detach()
    if count == 0:
        return
    if queries >= count:
        best = min(
            sum(cost[q, n] for n, q in enumerate(order)) for order in itertools.permutations(range(queries), count)
        )
    else:
        best = min(
            sum(cost[q, n] for q, n in enumerate(order)) for order in itertools.permutations(range(count), queries)
        )
    assert cost[query_idx, target_idx].sum().item() == pytest.approx(float(best), rel=1e-4, abs=1e-4)


def test_a_cost_that_is_not_finite_names_picture_query_and_target():
    cost = torch.zeros(3, 2)
    cost[1, 0] = float("nan")
    with pytest.raises(ValueError, match="picture 4, query 1, target 0"):
        assign(cost, picture=4)


def test_the_set_loss_has_a_term_for_every_layer_and_gradients_for_every_mask():
    generator = torch.Generator().manual_seed(4)
    output = random_output(generator, 2, layers=3)
    terms = set_loss(output, [random_targets(generator, 3), random_targets(generator, 0)])
    assert set(terms) == {name + suffix for name in ("class", "bce", "dice") for suffix in ("", "_0", "_1", "_2")}
    sum(terms.values()).backward()
    for layer in (output, *output.layers):
        grad = layer.mask_logits.grad
        assert grad[0].abs().sum() > 0, "a picture with targets teaches its masks"
        assert grad[1].abs().sum() == 0, "a picture without targets teaches only the classes"


def test_no_target_at_all_still_has_a_finite_loss():
    generator = torch.Generator().manual_seed(5)
    terms = set_loss(random_output(generator, 2), [random_targets(generator, 0)] * 2)
    assert all(torch.isfinite(value) for value in terms.values())
    assert terms["bce"] == terms["dice"] == 0


def test_more_targets_than_queries_match_as_many_as_there_are():
    generator = torch.Generator().manual_seed(6)
    output, target = random_output(generator, 1, queries=2), random_targets(generator, 5)
    assert len(match(output, [target])[0][0]) == 2
    assert torch.isfinite(sum(set_loss(output, [target]).values()))


def test_a_perfect_answer_has_almost_no_loss():
    generator = torch.Generator().manual_seed(7)
    target = random_targets(generator, 4)
    masks = torch.nn.functional.interpolate(target.masks[None].float(), size=(16, 20)) * 200 - 100
    classes = torch.nn.functional.one_hot(target.labels, 6).float()[None] * 100
    terms = set_loss(MaskOutput(classes, masks), [target], size=(16, 20))
    assert sum(terms.values()) < 1e-3


def test_unmatched_queries_weigh_a_tenth_in_the_class_term():
    classes = torch.zeros(1, 3, 3)  # 3 queries, 2 classes and no object
    classes[0, 0, 1] = 2.0
    target = Targets(torch.tensor([1]), torch.ones(1, 4, 4, dtype=torch.uint8), torch.ones(4, 4, dtype=torch.bool))
    output = MaskOutput(classes, torch.stack([torch.full((4, 4), 9.0), *[torch.full((4, 4), -9.0)] * 2])[None])
    log_probs = classes.log_softmax(-1)[0]
    expected = 2 * -(log_probs[0, 1] + 0.1 * log_probs[1, 2] + 0.1 * log_probs[2, 2]) / 1.2
    torch.testing.assert_close(set_loss(output, [target])["class"], expected)


def test_per_pixel_loss_is_the_mean_over_visible_pixels():
    generator = torch.Generator().manual_seed(8)
    logits = torch.randn(2, 4, 6, 6, generator=generator)
    labels = torch.randint(-1, 4, (2, 6, 6), generator=generator)
    by_hand = [
        -logits[b, :, y, x].log_softmax(0)[labels[b, y, x]] for b, y, x in np.ndindex(2, 6, 6) if labels[b, y, x] >= 0
    ]
    torch.testing.assert_close(per_pixel_loss(PerPixelOutput(logits), labels)["class"], torch.stack(by_hand).mean())
    assert per_pixel_loss(PerPixelOutput(logits), torch.full((2, 6, 6), -1))["class"] == 0


def test_points_read_the_value_under_them():
    maps = torch.arange(12.0).reshape(1, 3, 4)
    centres = torch.tensor([[0.5 / 4, 0.5 / 3], [3.5 / 4, 2.5 / 3]])
    torch.testing.assert_close(sample_points(maps, centres), torch.tensor([[0.0, 11.0]]))
    torch.testing.assert_close(sample_points(maps, centres[None]), torch.tensor([[0.0, 11.0]]))


def test_uncertain_points_gather_where_the_logit_changes_sign():
    row = torch.linspace(-8, 8, 32).repeat(1, 32, 1)  # zero in the middle column
    points = uncertain_points(row, 400, generator=torch.Generator().manual_seed(0))
    assert points.shape == (1, 400, 2)
    near = (points[0, :, 0] - 0.5).abs() < 0.2
    assert near.float().mean() > 0.75  # 0.4 for uniform points

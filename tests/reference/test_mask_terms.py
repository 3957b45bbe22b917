"""BCE, focal and dice: the matrices against their definition and transformers, and what void does."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.mask2former import modeling_mask2former as points_peer
from transformers.models.maskformer import modeling_maskformer as peer

from segtutor.reference.losses.criterion import MASK_LOSSES as LOSSES
from segtutor.reference.losses.criterion import focal_losses
from segtutor.reference.losses.matcher import MASK_COSTS as PAIRWISE

COSTS = {
    "bce": points_peer.pair_wise_sigmoid_cross_entropy_loss,
    "focal": peer.pair_wise_sigmoid_focal_loss,
    "dice": peer.pair_wise_dice_loss,
}
SUMS = {"bce": points_peer.sigmoid_cross_entropy_loss, "focal": peer.sigmoid_focal_loss, "dice": peer.dice_loss}


def case(seed, queries, count, points=37, void=0.3):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(queries, points, generator=generator) * 4
    targets = (torch.rand(count, points, generator=generator) > 0.6).float()
    return logits, targets, (torch.rand(points, generator=generator) > void).float()


def of_all_pairs(loss, logits, targets, weights):
    """The cost matrix of any loss of pairs, by its definition: the loss of all Q N pairs -> (Q, N)."""
    queries, count = len(logits), len(targets)
    every_query = logits.repeat_interleave(count, 0)  # (Q N, P): each query N times in a row
    every_target = targets.repeat(queries, 1)  # (Q N, P): all targets, Q times
    return loss(every_query, every_target, weights).reshape(queries, count)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(PAIRWISE)), st.integers(0, 6), st.integers(0, 5), st.integers(0, 999))
def test_the_matrices_are_the_losses_of_all_pairs(name, queries, count, seed):
    logits, targets, weights = case(seed, queries, count)
    plain = of_all_pairs(LOSSES[name], logits, targets, weights)
    assert plain.shape == (queries, count)
    torch.testing.assert_close(PAIRWISE[name](logits, targets, weights), plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PAIRWISE)
def test_the_matrices_and_the_sums_are_transformers(name):
    logits, targets, _ = case(1, 7, 4, 301)
    ones = torch.ones(301)
    torch.testing.assert_close(
        PAIRWISE[name](logits, targets, ones), COSTS[name](logits, targets), rtol=1e-6, atol=1e-6
    )
    torch.testing.assert_close(
        LOSSES[name](logits[:4], targets, ones).sum() / 4, SUMS[name](logits[:4], targets, 4), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("name", PAIRWISE)
@pytest.mark.parametrize("form", [LOSSES, PAIRWISE], ids=["pairs", "matrix"])
def test_void_counts_nowhere(name, form):
    logits, targets, weights = case(2, 4, 4, 60)
    seen = weights > 0
    cut = form[name](logits[:, seen], targets[:, seen], weights[seen])
    torch.testing.assert_close(form[name](logits, targets, weights), cut)
    assert not form[name](logits, targets, torch.zeros(60)).any(), "void alone costs nothing"


@pytest.mark.parametrize("name", LOSSES)
def test_every_pair_may_have_weights_of_its_own(name):
    logits, targets, weights = case(3, 3, 3, 50)
    own = torch.stack([weights, torch.ones(50), 1 - weights])
    each = [LOSSES[name](logits[m : m + 1], targets[m : m + 1], own[m]) for m in range(3)]
    torch.testing.assert_close(LOSSES[name](logits, targets, own), torch.cat(each))


def test_focal_turns_down_what_is_right_already():
    """By hand: p = 0.9 for a pixel inside gives 0.25 * 0.1^2 * -log 0.9."""
    logit = torch.tensor([[0.9]]).logit()
    by_hand = 0.25 * 0.1**2 * -torch.tensor([0.9]).log()
    torch.testing.assert_close(focal_losses(logit, torch.ones(1, 1), torch.ones(1)), by_hand)


@pytest.mark.parametrize("name", PAIRWISE)
def test_large_masks_lose_no_digit(name):
    """Sums over 384 x 384 pixels, added one by one in float32, would be off by 1e-5."""
    generator = torch.Generator().manual_seed(4)
    logits = torch.randn(3, 384 * 384, generator=generator) * 4
    targets = (torch.rand(3, 384 * 384, generator=generator) > 0.6).float()
    ones = torch.ones(384 * 384)
    for form in (LOSSES, PAIRWISE):
        exact = form[name](logits.double(), targets.double(), ones.double())
        torch.testing.assert_close(form[name](logits, targets, ones).double(), exact, rtol=1e-6, atol=1e-7)

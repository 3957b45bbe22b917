"""The checks of lesson 13: the right answer passes, and each known slip gets the sentence that names it."""

from itertools import permutations

import numpy as np
import torch
from slips import three_tests

from segtutor.exercises.lesson13 import CHECKS


def fourier(xy, directions, *, move=True, turn=2 * np.pi, flip=False, turns=False, swap=False):
    at = 2 * xy - 1 if move else xy
    angles = turn * (at[:, ::-1] if swap else at) @ directions
    both = (np.cos(angles), np.sin(angles)) if flip else (np.sin(angles), np.cos(angles))
    return np.stack(both, -1).reshape(len(xy), -1) if turns else np.concatenate(both, 1)


def best_mask(weights, pixels, scores, *, choose=np.argmax, above=0.0, everyone=False, most=False, raw=False, sign=1):
    logits = sign * np.einsum("mc,chw->mhw", weights, pixels)
    if everyone or most:
        return (logits.max(0) if most else logits) > 0
    return logits[choose(scores)] if raw else logits[choose(scores)] > above


def set_loss(losses, *, how="set"):
    answers, masks = losses.shape
    every = [np.mean([losses[i, j] for j, i in enumerate(order)]) for order in permutations(range(answers), masks)]
    if how == "greedy":
        left, taken = set(range(answers)), []
        for j in range(masks):
            i = min(left, key=lambda i: losses[i, j])
            left.remove(i)
            taken.append(losses[i, j])
        return np.mean(taken)
    return {
        "set": min(every),
        "each": losses.min(0).mean(),
        "minimum": losses.min(),
        "sum": min(every) * masks,
        "in order": np.diagonal(losses).mean(),
        "worst": max(every),
    }[how]


def film(x, prompt, matrix, *, one=1, swap=False, turns=False, added=True, before=False):
    both = matrix @ prompt
    gamma, beta = (both[::2], both[1::2]) if turns else np.split(both, 2)
    if swap:
        gamma, beta = beta, gamma
    if before:
        return (one + gamma) * (x + beta)
    return (one + gamma) * x + (beta if added else 0)


RIGHT = {"13.1": fourier, "13.2": best_mask, "13.3": set_loss, "13.4": film}
SLIPS = [
    ("13.1", {"move": False}, "move them to -1..1"),
    ("13.1", {"turn": 1.0}, "2 pi times the product."),
    ("13.1", {"turn": np.pi}, "not pi times"),
    ("13.1", {"flip": True}, "sines come first"),
    ("13.1", {"turns": True}, "not in turns"),
    ("13.1", {"swap": True}, "x goes with the first row"),
    ("13.2", {"choose": np.argmin}, "not the worst"),
    ("13.2", {"most": True}, "maximum over the tokens"),
    ("13.2", {"everyone": True}, "One mask is asked for"),
    ("13.2", {"above": 0.5}, "These are logits"),
    ("13.2", {"raw": True}, "Return the mask, bool"),
    ("13.2", {"sign": -1}, "not below"),
    ("13.3", {"how": "each"}, "an answer of its own"),
    ("13.3", {"how": "minimum"}, "SAM's minimum"),
    ("13.3", {"how": "sum"}, "not the sum"),
    ("13.3", {"how": "greedy"}, "cheapest that is left"),
    ("13.3", {"how": "in order"}, "need not go to answer j"),
    ("13.3", {"how": "worst"}, "not the most expensive"),
    ("13.4", {"one": 0}, "The factor is 1 + gamma"),
    ("13.4", {"swap": True}, "first C numbers are gamma"),
    ("13.4", {"turns": True}, "do not take turns"),
    ("13.4", {"added": False}, "beta is missing"),
    ("13.4", {"before": True}, "after the product"),
]

test_every_exercise_is_tried, test_the_right_answer_passes, test_a_known_slip_gets_its_sentence = three_tests(
    CHECKS, RIGHT, SLIPS
)


def test_what_the_exercises_ask_for_is_what_the_package_does():
    from segtutor.reference.layers.prompt_encoder import FourierPositions
    from segtutor.reference.toytown.clipseg import FilmBlock
    from segtutor.training.recipes import answer_sets

    torch.manual_seed(0)
    positions, xy = FourierPositions(8), torch.rand(5, 2)
    np.testing.assert_allclose(positions(xy).numpy(), fourier(xy.numpy(), positions.directions.numpy()), atol=1e-5)

    losses = torch.rand(4, 3, 3)
    package = answer_sets.set_loss(losses, torch.ones(4, 3, dtype=torch.bool))
    np.testing.assert_allclose(package.numpy(), [set_loss(each) for each in losses.numpy()], atol=1e-6)

    block, x, prompt = FilmBlock(4), torch.randn(1, 2, 3, 4), torch.randn(1, 4)
    with torch.no_grad():
        block.film.bias.zero_()
        by_hand = film(x[0].numpy(), prompt[0].numpy(), block.film.weight.numpy())
        expected = x + block.mix(torch.nn.functional.silu(torch.from_numpy(by_hand)))
        torch.testing.assert_close(block(x, prompt), expected)

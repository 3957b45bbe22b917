"""Masked image modelling: patches of a target are hidden, and the network learns to paint them.

Wang et al., "Images Speak in Images", arXiv:2212.02499, section 3.2: a share of the target's patches, 3 of 4, is
replaced by the mask token; the loss is smooth L1 of the hidden pixels alone, over all three channels:

    l(e) = e^2 / (2 beta)       where |e| < beta
           |e| - beta / 2       elsewhere                                            e = painted - target

Near zero it is a square, whose pull gets weaker as the error shrinks; far away it is an absolute value, so that a few
wrong pixels do not decide everything. beta is where one becomes the other, 0.01 in the published training.

    smooth_l1        the equation                    painting_loss      its mean over hidden patches
    random_patches   which patches are hidden        hidden_pixels      the same for pixels

Differs from the paper: nothing in the loss.

Taught in notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

import torch
from torch import Tensor

BETA = 0.01


def smooth_l1(error: Tensor, beta: float = BETA) -> Tensor:
    """l(e) of each number, same shape, >= 0. beta > 0.

    >>> smooth_l1(torch.tensor([0.0, 0.25, -1.0]), beta=0.5).tolist()
    [0.0, 0.0625, 0.75]
    """
    if not beta > 0:
        raise ValueError(f"beta (where the square ends) must be above 0, got {beta}")
    size = error.abs()
    return torch.where(size < beta, 0.5 * error**2 / beta, size - 0.5 * beta)


def hidden_pixels(masked: Tensor, patch: int) -> Tensor:
    """(B, h, w) bool of patches -> (B, 1, P h, P w) bool of pixels."""
    return masked.repeat_interleave(patch, dim=1).repeat_interleave(patch, dim=2)[:, None]


def painting_loss(painted: Tensor, target: Tensor, masked: Tensor, *, beta: float = BETA) -> Tensor:
    """The mean of l over the pixels and channels of hidden patches, a number.

    painted, target: (B, 3, P h, P w). masked: (B or 1, h, w) bool, True = hidden; at least one is.
    """
    patch, left = divmod(target.shape[2], masked.shape[1])
    if left or painted.shape != target.shape or target.shape[3] != patch * masked.shape[2]:
        raise ValueError(
            "painted, target and patches must be equal pictures and whole square patches, got "
            f"{tuple(painted.shape)}, {tuple(target.shape)} and {tuple(masked.shape)}: cut them alike"
        )
    if not masked.any():
        raise ValueError("at least one patch must be hidden, or there is nothing to learn from")
    hidden = hidden_pixels(masked, patch).expand_as(target)
    return smooth_l1(painted - target, beta)[hidden].mean()


def random_patches(count: int, grid: tuple[int, int], share: float, generator: torch.Generator | None = None) -> Tensor:
    """`count` choices of hidden patches, (count, h, w) bool, the same number in each: share of h w, rounded.

    >>> random_patches(2, (2, 4), 0.75, torch.Generator().manual_seed(0)).flatten(1).sum(1).tolist()
    [6, 6]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share (the part of the patches that is hidden) must be 0 to 1, got {share}")
    order = torch.rand(count, grid[0] * grid[1], generator=generator).argsort(dim=1).argsort(dim=1)
    return (order < round(share * grid[0] * grid[1])).unflatten(1, grid)

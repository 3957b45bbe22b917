"""Muon: steps of one length in every direction, for the matrices of a network; AdamW for the rest.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon, 2024), with
the length of a step after "Muon is Scalable for LLM Training", arXiv:2502.16982, eq. 4:

    B = mu B + (1 - mu) G          G: the gradient of a weight matrix, of a kernel (O, C, k, k) as (O, k k C)
    N = mu B + (1 - mu) G          a look ahead (Nesterov)
    W = (1 - lr decay) W - lr 0.2 sqrt(max(rows, columns)) U V^T        where N = U S V^T

A gradient is nearly of low rank: a few directions are large, and a matrix moves along those alone. U V^T is the nearest
matrix whose singular values are all one, so rare directions are learned as fast. The factor makes a step as long as one
of AdamW usually is; on ToyTown, from a random start, matrices learn best at about four times AdamW's rate (RATE).

U V^T comes without a decomposition, from five rounds of Newton and Schulz with Jordan's coefficients, which bring all
singular values near one (0.7 to 1.2; more does not matter):

    X <- a X + (b Y + c Y Y) X          Y = X X^T, a, b, c = 3.4445, -4.775, 2.0315

A kernel has few rows and many columns; there the rounds are gone on the small Y alone, and X enters in the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

MOMENTUM, ROUNDS, RATE = 0.95, 5, 4.0
COEFFICIENTS = 3.4445, -4.775, 2.0315
LEAST = 32  # rows and columns; with fewer there is no direction to be rare
LEFT_OUT = ("offsets_and_weights", "sampling_offsets", "attention_weights")  # begin as a pattern, not at random


def matrices_of(model: nn.Module) -> list[nn.Parameter]:
    """The weights that Muon moves: of dense layers and convolutions between others, not of the last or first ones."""
    found = []
    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)) and not set(LEFT_OUT) & set(name.split(".")):
            rows, columns = len(module.weight), module.weight[0].numel()
            first = isinstance(module, nn.Conv2d) and module.in_channels <= 4
            if min(rows, columns) >= LEAST and not first and "class" not in name.rsplit(".", 1)[-1]:
                found.append(module.weight)
    return found


class Muon(torch.optim.AdamW):
    """AdamW, but groups with "matrices": True make the step above. The other arguments are AdamW's."""

    def __init__(self, groups: Iterable[dict[str, Any]], **options: Any):
        groups = [{"matrices": False, **group} for group in groups]
        super().__init__(groups, **options)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        moved = []
        for group in self.param_groups:
            if group["matrices"]:
                moved += [(p, p.grad) for p in group["params"] if p.grad is not None]
                self._move(group)
                for parameter in group["params"]:
                    parameter.grad = None  # AdamW passes over what has none
        done = super().step(closure)
        for parameter, gradient in moved:
            parameter.grad = gradient
        return done

    def _move(self, group: dict[str, Any]) -> None:
        parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
        if not parameters:
            return
        momenta = [self._momentum(parameter) for parameter in parameters]
        gradients = [parameter.grad for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
        by_shape: dict[tuple, list[tuple[Tensor, Tensor]]] = {}
        ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)
        for parameter, direction in zip(parameters, map(as_matrix, ahead), strict=True):
            wide = direction if direction.shape[0] <= direction.shape[1] else direction.T
            by_shape.setdefault(tuple(wide.shape), []).append((parameter, wide))
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        for shape, alike in by_shape.items():
            steps = orthogonal(torch.stack([wide for _, wide in alike]))
            for (parameter, _), step in zip(alike, steps, strict=True):
                step = step if len(parameter) == shape[0] else step.T
                parameter.add_(as_weight(step, parameter), alpha=-0.2 * max(shape) ** 0.5 * group["lr"])

    def _momentum(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
            state["step"] = torch.zeros(())  # AdamW looks for it when a state is loaded
        return state["momentum"]


def as_matrix(weight: Tensor) -> Tensor:
    """(O, C) as it is, a kernel (O, C, k, k) as (O, k k C): a view where memory is channels-last, as in training.

    The order of the columns does not matter: those of U V^T are ordered alike.
    """
    return weight if weight.ndim == 2 else weight.permute(0, 2, 3, 1).flatten(1)


def as_weight(matrix: Tensor, like: Tensor) -> Tensor:
    """The inverse of `as_matrix`, in the shape of `like`."""
    if like.ndim == 2:
        return matrix
    out, channels, height, width = like.shape
    return matrix.reshape(out, height, width, channels).permute(0, 3, 1, 2)


def orthogonal(wide: Tensor, rounds: int = ROUNDS) -> Tensor:
    """(B, n, m) matrices, n <= m -> U V^T of each, roughly: singular values between 0.7 and 1.2.

    Those below a thousandth of the norm stay smaller: five rounds do not reach them.
    """
    wide = wide / wide.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    much_wider = 2 * wide.shape[2] > 3 * wide.shape[1]  # there a round on Y takes fewer multiplications
    return (_rounds_on_the_small if much_wider else _rounds_on_the_wide)(wide, rounds)


def _rounds_on_the_wide(X: Tensor, rounds: int) -> Tensor:
    a, b, c = COEFFICIENTS
    for _ in range(rounds):
        Y = X @ X.mT
        X = torch.baddbmm(X, torch.baddbmm(Y, Y, Y, beta=b, alpha=c), X, beta=a)
    return X


def _rounds_on_the_small(wide: Tensor, rounds: int) -> Tensor:
    a, b, c = COEFFICIENTS
    Y = wide @ wide.mT  # (B, n, n)
    product = None
    for round_ in range(rounds):
        # X <- Z X, so Y <- Z Y Z: as polynomials of Y all of these commute and are symmetric
        Z = torch.baddbmm(Y, Y, Y, beta=b, alpha=c)
        Z.diagonal(dim1=1, dim2=2).add_(a)
        product = Z if product is None else Z @ product
        if round_ < rounds - 1:
            Y = Z @ Y @ Z
    return wide if product is None else product @ wide

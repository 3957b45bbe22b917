"""Multiply-adds of a network for one picture, counted where they happen, by part.

    multiply_adds(model, 128)      {"backbone": 119_472_128, "head": ...}

Counted are convolutions, matrix products and attention: one multiplication with its addition is one. torch's own
FlopCounterMode counts the two, twice as much for the same network (and on a CPU leaves fused attention out); fvcore,
which detectron2's tables rest on, counts as is done here. None sees what is no product: bilinear reading (deformable
attention), softmax, normalisation.

    convolution    (outputs) x (input channels / groups) x (kernel's area)
    product        (rows) x (columns) x (what is summed over); einsum: all its indices
    attention      scores and weighted sum: 2 x (queries) x (positions) x (width)
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def multiply_adds(model: nn.Module, side: int) -> dict[str, int]:
    """{name of a child of the model: multiply-adds}, "" for what happens in the model itself; without parts that
    multiply nothing. side: of the picture, (1, 3, side, side).

    Taught in notebooks/08_pixels_or_masks.
    """
    counter = _Counter()
    hooks = []
    for name, child in model.named_children():
        hooks.append(child.register_forward_pre_hook(lambda module, given, name=name: counter.enter(name)))
        hooks.append(child.register_forward_hook(lambda *_: counter.leave()))
    training = model.training
    try:
        with torch.no_grad(), counter:
            model.eval()(torch.zeros(1, 3, side, side))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return dict(counter.counts)


class _Counter(TorchFunctionMode):
    """Sees each function of torch that is called from Python; what such a function calls within is not seen again."""

    def __init__(self):
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.parts = [""]

    def enter(self, part: str) -> None:
        self.parts.append(part)

    def leave(self) -> None:  # a forward hook that returned something would replace the module's answer
        self.parts.pop()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        rule = _RULES.get(func)
        if rule is not None and (count := rule(result, *args)):
            self.counts[self.parts[-1]] += count
        return result


def _convolution(result: Tensor, given: Tensor, weight: Tensor, *_: Any) -> int:
    return result.numel() * math.prod(weight.shape[1:])


def _linear(result: Tensor, given: Tensor, weight: Tensor, *_: Any) -> int:
    return result.numel() * weight.shape[1]


def _product(result: Tensor, one: Tensor, other: Tensor, *_: Any) -> int:
    return result.numel() * one.shape[-1]


def _einsum(result: Tensor, equation: str, *operands: Any) -> int:
    """All indices of the equation, multiplied; of one operand, which is only moved or summed, nothing."""
    inputs = equation.replace(" ", "").split("->")[0].split(",")
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    if len(inputs) == 1:
        return 0
    pairs = (zip(names, x.shape, strict=True) for names, x in zip(inputs, operands, strict=True))
    sizes = {letter: count for pair in pairs for letter, count in pair}
    return math.prod(sizes.values())


def _attention(result: Tensor, query: Tensor, key: Tensor, value: Tensor, *_: Any) -> int:
    return query.numel() * key.shape[-2] + result.numel() * key.shape[-2]


_RULES: dict[Any, Any] = {
    torch.conv2d: _convolution,
    F.conv2d: _convolution,
    F.linear: _linear,
    torch.matmul: _product,
    torch.bmm: _product,
    Tensor.matmul: _product,
    Tensor.__matmul__: _product,
    torch.einsum: _einsum,
    F.scaled_dot_product_attention: _attention,
}

"""A dense layer, y = x W^T + b, with a choice of the matrix product behind it in inference.

PyTorch multiplies float32 matrices with the library that it was built with. On some processors oneDNN, which ships
inside PyTorch as well, does the same product up to twice as fast; on others it makes no difference. Training always
uses the stock product: oneDNN's operator has no backward.

    with onednn_linear():           # every Linear of this package, in inference on the CPU
        output = model(pixel_values)

The operator is private to PyTorch. Where it is missing, or the input is none that it takes, a `Linear` uses a
1 x 1 convolution instead, which is the same sum in PyTorch's public interface and runs in oneDNN too.
`onednn_gain` measures whether it helps on this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_enabled = False


class Linear(nn.Linear):
    """torch.nn.Linear, with the same parameters and initialisation. (..., C_in) -> (..., C_out)."""

    def forward(self, x: Tensor) -> Tensor:
        if _enabled and not torch.is_grad_enabled() and x.dtype == torch.float32 and x.device.type == "cpu":
            return _onednn(x, self.weight, self.bias)
        return F.linear(x, self.weight, self.bias)


@contextmanager
def onednn_linear(enabled: bool = True) -> Iterator[None]:
    """Inside, every `Linear` that needs no gradient multiplies with oneDNN. Results differ by rounding only."""
    global _enabled
    before, _enabled = _enabled, enabled
    try:
        yield
    finally:
        _enabled = before


def onednn_gain(*, rows: int = 3024, width: int = 256, hidden: int = 1024, rounds: int = 9) -> float:
    """How many times faster oneDNN's product is here: CPU time, measured alternately, the median of the ratios.

    On one thread: with several, the time that one library's threads spend waiting for each other would count as work.
    """
    x, weight, bias = torch.randn(1, rows, width), torch.randn(hidden, width), torch.randn(hidden)
    ratios, threads = [], torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for _ in range(rounds):
                began = time.process_time()
                F.linear(x, weight, bias)
                between = time.process_time()
                _onednn(x, weight, bias)
                ratios.append((between - began) / max(time.process_time() - between, 1e-9))
    finally:
        torch.set_num_threads(threads)
    return sorted(ratios)[rounds // 2]


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if torch.backends.mkldnn.is_available() else None
    if product is not None:
        return product(x, weight, bias, "none", [], "")
    return linear_as_convolution(x, weight, bias)


def linear_as_convolution(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same sum as a 1 x 1 convolution: each row of x is a pixel, its entries are the channels."""
    # (..., C) -> (1, C, rows, 1): only the strides change, this is what channels_last looks like in memory
    pixels = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
    y = F.conv2d(pixels, weight[:, :, None, None], bias)
    return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], weight.shape[0])

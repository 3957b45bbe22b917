"""What a Transformer layer does to each token on its own: widen, bend, narrow again.

Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.3, eq. 2:

    FFN(x) = W2 relu(W1 x + b1) + b2                      W1: C -> hidden, W2: hidden -> C

Attention moves information between tokens; this is where it is worked on. `MLP` is the same idea with any
number of layers and without a way around it: the mask head of MaskFormer and its descendants is one with three
(arXiv:2107.06278, section 3.3).

Differs from the paper: the activation and a dropout after it can be chosen, as configurations do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def quick_gelu(x: Tensor) -> Tensor:
    """CLIP's approximation of the GELU, x sigmoid(1.702 x)."""
    return x * (1.702 * x).sigmoid()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "quick_gelu": quick_gelu,
    "silu": F.silu,
    "swish": F.silu,
}


class FeedForward(nn.Module):
    """(..., C) -> (..., C). hidden: the width in between; activation: one of ACTIVATIONS; dropout: after it."""

    def __init__(self, width: int, hidden: int, *, activation: str = "relu", dropout: float = 0.0):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)
        self.activation, self.dropout = activation, dropout

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.widen(x)
        # in place where there is such a thing: nobody else needs what came before, in training neither
        hidden = torch.relu_(hidden) if self.activation == "relu" else ACTIVATIONS[self.activation](hidden)
        return self.narrow(F.dropout(hidden, self.dropout, self.training))


class MLP(nn.Module):
    """Dense layers with a ReLU between them, none after the last. widths: of the input and after each layer.

    >>> MLP((4, 8, 8, 2))(torch.zeros(5, 4)).shape
    torch.Size([5, 2])
    """

    def __init__(self, widths: Sequence[int]):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:], strict=True))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x), inplace=True)
        return self.layers[-1](x)

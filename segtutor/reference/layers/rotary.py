r"""Rotary positions: queries and keys are turned by where they sit, so that their product knows only the difference.

Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", arXiv:2104.09864, section 3.2: two numbers
of a query are a point in the plane. A query at position p is turned by the angle p w, a key at q by q w, and

    (R(p w) query) . (R(q w) key) = query . R((q - p) w) key          it depends on q - p alone

with another frequency w for each pair of channels. Nothing is added to the tokens, and values are not turned.

For pictures as in DINOv3 (arXiv:2508.10104, section 3.1): a patch sits at (y, x), each in -1..1 whatever the picture's
size. A head's d channels are d/2 pairs, channel j with channel j + d/2; the first half of the pairs is turned by y, the
other by x:

    angle of pair i = 2 pi position T^(-4 i / d)                      i = 0 .. d/4 - 1 for y, again for x; T = 100

Class token, registers and queries have no position: they are left as they are. In training the box -1..1 is stretched
by a random factor, so that the network meets all distances.

Differs from the papers: RoFormer's pairs are neighbours, channels 2 i and 2 i + 1, of one axis; the rest as DINOv3.
Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from segtutor.reference.layers.attention import Attention, attend, attend_with_weights
from segtutor.reference.layers.record import AttentionMap


def patch_positions(grid: tuple[int, int]) -> Tensor:
    """The centres of h x w patches, (h w, 2) float32, (y, x) in -1..1.

    >>> patch_positions((1, 2)).tolist()
    [[0.0, -0.5], [0.0, 0.5]]
    """
    y, x = (2 * (torch.arange(side) + 0.5) / side - 1 for side in grid)
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).flatten(0, 1)


def jittered(
    positions: Tensor, *, shift: float | None = None, jitter: float | None = None, stretch: float | None = None
) -> Tensor:
    """Positions for one step of training, (P, 2), (y, x), the same change for all patches.

    shift: y and x are moved by -shift..shift. jitter: y and x are multiplied by numbers from 1 / jitter to jitter, each
    by its own; stretch: both by the same. None: not at all.
    """
    device = positions.device
    if shift is not None:
        positions = positions + torch.empty(1, 2, device=device).uniform_(-shift, shift)
    for most, count in ((jitter, 2), (stretch, 1)):
        if most is not None:  # evenly on a logarithmic scale: half as far is as likely as twice as far
            positions = positions * torch.empty(1, count, device=device).uniform_(-math.log(most), math.log(most)).exp()
    return positions


def rotary_angles(positions: Tensor, head_width: int, *, base: float = 100.0) -> Tensor:
    """By how much each pair of channels is turned: (P, 2) -> (P, d / 2) float32, those of y before those of x.

    head_width: d, a multiple of 4. base: T.
    """
    if head_width % 4:
        raise ValueError(f"the width of a head must be a multiple of 4 (two numbers each for y, x), got {head_width}")
    frequencies = base ** -(torch.arange(head_width // 4, device=positions.device) * 4 / head_width)
    return (2 * math.pi * positions[..., None] * frequencies).flatten(1)


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """(B, heads, S, d), the last P tokens turned by angles (P, d / 2); those before have no position.

    >>> quarter = turned(torch.tensor([[[[5.0, 5.0], [1.0, 0.0]]]]), torch.tensor([[math.pi / 2]]))
    >>> [[round(v, 6) + 0.0 for v in token] for token in quarter[0, 0].tolist()]
    [[5.0, 5.0], [0.0, 1.0]]
    """
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., -len(angles) :, :].chunk(2, -1)
    placed = torch.cat((first * cos - second * sin, second * cos + first * sin), -1)
    return torch.cat((x[..., : -len(angles), :], placed), -2)


class RotaryAttention(Attention):
    """Self-attention with rotary positions, (B, S, C) -> the same. biases: of query, key, value and output.

    A key's bias is left out by DINOv3: without positions it would move all scores of a query alike.
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        biases: tuple[bool, bool, bool, bool] = (True, False, True, True),
    ):
        super().__init__(width, num_heads, dropout=dropout)
        for name, bias in zip(("query", "key", "value", "output"), biases, strict=True):
            if not bias:
                getattr(self, name).register_parameter("bias", None)

    def turned_heads(self, x: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Queries and keys of tokens (B, S, C), where they sit: each (B, heads, S, d)."""
        return turned(self.heads(self.query(x)), angles), turned(self.heads(self.key(x)), angles)

    def forward(self, x: Tensor, angles: Tensor, *, may_attend: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """angles: (P, d / 2) of the last P tokens. may_attend: bool, broadcastable to (B, heads, S, S)."""
        q, k = self.turned_heads(x, angles)
        v = self.heads(self.value(x))
        if self.recording:
            mixed, weights = attend_with_weights(q, k, v, may_attend=may_attend)
            self.record(AttentionMap(weights, may_attend))
        else:
            mixed = attend(q, k, v, may_attend=may_attend, dropout=self.dropout if self.training else 0.0)
        return self.output(mixed.transpose(1, 2).flatten(2))

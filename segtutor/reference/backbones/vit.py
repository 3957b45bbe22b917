"""ViT: a picture is a sequence of patches, and a plain Transformer reads it. Every layer sees the whole picture.

Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv:2010.11929, eq. 1 to 4 and figure 1:

    z = [class; W x_1; ...; W x_N] + positions              x_i: the 3 P P numbers of a patch, P = 16      (eq. 1)
    z = MSA(LN(z)) + z                                                                                    (eq. 2)
    z = MLP(LN(z)) + z                                                                                    (eq. 3)

    pixels (B, 3, H, W) -> tokens (B, 1 + R + h w, C), h = H / P, w = W / P; one width and one size in all layers

Differs from the paper: as in DINOv2 (arXiv:2304.07193), each sum of eq. 2 and 3 is scaled by a learned number a channel
("layer scale", arXiv:2103.17239, section 2), R register tokens give the layers room to write (arXiv:2309.16588, section
2), and the MLP can be gated (`GatedFeedForward`, arXiv:2002.05202, eq. 6). As in EoMT's weights, only patches have
positions: what the class token would get is part of the class token.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.backbones.build import stochastic_depth
from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import ACTIVATIONS, FeedForward


class GatedFeedForward(nn.Module):
    """W3 (f(W1 x) * W2 x), SwiGLU where f is the SiLU. (..., C) -> (..., C). hidden: the width of both halves."""

    def __init__(self, width: int, hidden: int, *, activation: str = "silu"):
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.gate, self.widen, self.narrow = (
            nn.Linear(width, hidden),
            nn.Linear(width, hidden),
            nn.Linear(hidden, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.narrow(self.activation(self.gate(x)) * self.widen(x))


class ViTLayer(nn.Module):
    """Eq. 2 and 3, (B, S, C) -> the same.

    gated: SwiGLU of two thirds of the hidden width. scale: initial value of the layer scales. skip: how often, in
    training, an addition is left out for a picture (`stochastic_depth`).
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        hidden: int,
        activation: str = "gelu",
        gated: bool = False,
        scale: float = 1.0,
        epsilon: float = 1e-6,
        attention_dropout: float = 0.0,
        skip: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = Attention(width, num_heads, dropout=attention_dropout)
        self.attention_scale = nn.Parameter(torch.full((width,), scale))
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        if gated:  # as many weights as without the gate; a multiple of 8
            self.feed_forward: nn.Module = GatedFeedForward(width, (int(hidden * 2 / 3) + 7) // 8 * 8)
        else:
            self.feed_forward = FeedForward(width, hidden, activation=activation)
        self.feed_forward_scale = nn.Parameter(torch.full((width,), scale))
        self.skip = skip

    def forward(self, x: Tensor, may_attend: Tensor | None = None) -> Tensor:
        """may_attend: bool, broadcastable to (B, heads, S, S), True = allowed; None: all."""
        y = self.attention_norm(x)
        seen = self.attention(y, y, y, may_attend=may_attend) * self.attention_scale
        x = x + stochastic_depth(seen, self.skip, self.training)
        worked = self.feed_forward(self.feed_forward_norm(x)) * self.feed_forward_scale
        return x + stochastic_depth(worked, self.skip, self.training)


class ViT(nn.Module):
    """(B, 3, H, W) -> [(B, C, h, w)], the patches after the last layer, normalised.

    grid: (h, w), patches of the pictures that it is for: each has a learned position. registers: R. layer: what
    ViTLayer takes besides. The parts can be used one by one: embed, layers, norm, as_map.
    """

    def __init__(
        self,
        *,
        width: int = 1024,
        num_heads: int = 16,
        depth: int = 24,
        hidden: int = 4096,
        patch: int = 16,
        grid: tuple[int, int] = (40, 40),
        in_channels: int = 3,
        registers: int = 4,
        dropout: float = 0.0,
        epsilon: float = 1e-6,
        **layer: Any,
    ):
        super().__init__()
        self.width, self.patch, self.grid, self.dropout = width, patch, grid, dropout
        self.channels, self.strides = (width,), (patch,)
        self.patches = nn.Conv2d(in_channels, width, patch, stride=patch)
        self.positions = nn.Parameter(torch.randn(grid[0] * grid[1], width))
        self.class_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.registers = nn.Parameter(torch.zeros(1, registers, width))
        self.layers = nn.ModuleList(
            ViTLayer(width, num_heads, hidden=hidden, epsilon=epsilon, **layer) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=epsilon)

    @property
    def num_prefix(self) -> int:
        """Tokens before the patches: the class token and the registers."""
        return 1 + self.registers.shape[1]

    def embed(self, pixel_values: Tensor) -> Tensor:
        """Eq. 1: (B, 3, H, W) -> (B, 1 + R + h w, C). Raises ValueError for a picture of another size."""
        h, w = (side // self.patch for side in pixel_values.shape[2:])
        if (h, w) != self.grid:
            wanted = " x ".join(str(side * self.patch) for side in self.grid)
            raise ValueError(
                f"a picture must be {wanted}, because this ViT has a learned position for each patch, got "
                f"{pixel_values.shape[2]} x {pixel_values.shape[3]}: resize or pad the picture"
            )
        patches = self.patches(pixel_values).flatten(2).transpose(1, 2) + self.positions  # (B, h w, C)
        prefix = torch.cat((self.class_token, self.registers), dim=1).expand(len(patches), -1, -1)
        return F.dropout(torch.cat((prefix.to(patches.dtype), patches), dim=1), self.dropout, self.training)

    def as_map(self, tokens: Tensor) -> Tensor:
        """The patches, which come last, as a map: (B, ... + h w, C) -> (B, C, h, w)."""
        h, w = self.grid
        return tokens[:, -h * w :].transpose(1, 2).unflatten(2, (h, w))

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        tokens = self.embed(pixel_values)
        for layer in self.layers:
            tokens = layer(tokens)
        return [self.as_map(self.norm(tokens))]

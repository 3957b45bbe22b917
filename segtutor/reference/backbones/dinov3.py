"""DINOv3's ViT: a plain ViT whose positions turn queries and keys, in every layer.

Simeoni et al., "DINOv3", arXiv:2508.10104, section 3.1: the ViT of backbones/vit.py (class token, R registers, layer
scales) with three changes:

    positions     none is added to a patch; attention is rotary (layers/rotary.py), and a patch sits in a box -1..1
    in training   that box is stretched by a random factor from 1/2 to 2
    biases        a key has none

    pixels (B, 3, H, W) -> tokens (B, 1 + R + h w, C), h = H / P, w = W / P

What makes DINOv3 is not this network but how it is taught, from 1.7 billion pictures without a label; see the paper.

Differs from the paper: nothing. Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.backbones.build import stochastic_depth
from segtutor.reference.backbones.vit import GatedFeedForward
from segtutor.reference.layers.feed_forward import FeedForward
from segtutor.reference.layers.rotary import RotaryAttention, jittered, patch_positions, rotary_angles


class DINOv3Layer(nn.Module):
    """x + attention(norm x), then x + MLP(norm x), each sum scaled by channel; (B, S, C) -> the same.

    gated: a gate beside the widening, of the same width. biases: of query, key, value and output; mlp_bias: of the MLP.
    scale: initial value of the layer scales. skip: how often, in training, an addition is left out for a picture.
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        hidden: int,
        activation: str = "gelu",
        gated: bool = False,
        biases: tuple[bool, bool, bool, bool] = (True, False, True, True),
        mlp_bias: bool = True,
        scale: float = 1.0,
        epsilon: float = 1e-6,
        attention_dropout: float = 0.0,
        skip: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = RotaryAttention(width, num_heads, dropout=attention_dropout, biases=biases)
        self.attention_scale = nn.Parameter(torch.full((width,), scale))
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        worker = GatedFeedForward if gated else FeedForward
        self.feed_forward = worker(width, hidden, activation=activation)
        if not mlp_bias:
            for dense in self.feed_forward.children():
                dense.register_parameter("bias", None)
        self.feed_forward_scale = nn.Parameter(torch.full((width,), scale))
        self.skip = skip

    def forward(self, x: Tensor, may_attend: Tensor | None, angles: Tensor) -> Tensor:
        """may_attend: bool, broadcastable to (B, heads, S, S), True = allowed; None: all. angles: of the patches."""
        seen = self.attention(self.attention_norm(x), angles, may_attend=may_attend) * self.attention_scale
        x = x + stochastic_depth(seen, self.skip, self.training)
        worked = self.feed_forward(self.feed_forward_norm(x)) * self.feed_forward_scale
        return x + stochastic_depth(worked, self.skip, self.training)


class DINOv3(nn.Module):
    """(B, 3, H, W) -> [(B, C, h, w)], the patches after the last layer, normalised; any size in whole patches.

    base: T of the rotary positions. box: what `jittered` does to positions in training. layer: what DINOv3Layer takes
    besides. The parts can be used one by one: embed, angles, layers, norm.
    """

    def __init__(
        self,
        *,
        width: int = 1024,
        num_heads: int = 16,
        depth: int = 24,
        hidden: int = 4096,
        patch: int = 16,
        in_channels: int = 3,
        registers: int = 4,
        dropout: float = 0.0,
        epsilon: float = 1e-6,
        base: float = 100.0,
        box: Mapping[str, float | None] | None = None,
        **layer: Any,
    ):
        super().__init__()
        if width % num_heads or width // num_heads % 4:
            raise ValueError(
                f"the width of a head must be a multiple of 4, got width {width} and {num_heads} heads: choose others"
            )
        self.width, self.patch, self.head_width = width, patch, width // num_heads
        self.dropout, self.base, self.box = dropout, base, dict(box or {})
        self.channels, self.strides = (width,), (patch,)
        self.patches = nn.Conv2d(in_channels, width, patch, stride=patch)
        self.class_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.registers = nn.Parameter(torch.zeros(1, registers, width))
        self.layers = nn.ModuleList(
            DINOv3Layer(width, num_heads, hidden=hidden, epsilon=epsilon, **layer) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=epsilon)

    @property
    def num_prefix(self) -> int:
        """Tokens before the patches: the class token and the registers."""
        return 1 + self.registers.shape[1]

    def embed(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 1 + R + h w, C), nothing in them of where a patch sits."""
        patches = self.patches(pixel_values).flatten(2).transpose(1, 2)  # (B, h w, C)
        prefix = torch.cat((self.class_token, self.registers), dim=1).expand(len(patches), -1, -1)
        return F.dropout(torch.cat((prefix.to(patches.dtype), patches), dim=1), self.dropout, self.training)

    def angles(self, grid: tuple[int, int]) -> Tensor:
        """By how much the patches of a picture of h x w are turned, (h w, d / 2); in training of a stretched box."""
        positions = patch_positions(grid).to(self.norm.weight.device)
        if self.training:
            positions = jittered(positions, **self.box)
        return rotary_angles(positions, self.head_width, base=self.base)

    def forward(self, pixel_values: Tensor) -> list[Tensor]:
        h, w = (side // self.patch for side in pixel_values.shape[2:])
        tokens, angles = self.embed(pixel_values), self.angles((h, w))
        for layer in self.layers:
            tokens = layer(tokens, None, angles)
        return [self.norm(tokens)[:, -h * w :].transpose(1, 2).unflatten(2, (h, w))]

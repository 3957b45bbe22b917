"""CLIP's two towers: a picture and a sentence become vectors of one space, in which what belongs together is close.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv:2103.00020, section 2.4:

    picture:   [class; W x_1; ...; W x_N] + positions -> norm -> layers -> norm(class token) -> W_i      (B, P)
    sentence:  pieces + positions -> layers, each piece sees those before it -> norm(end mark) -> W_t    (N, P)

Both are Transformers whose layers have the norm first and CLIP's quick GELU in the MLP. A sentence's vector is read at
its end mark: as pieces see only what stands before them, that is the one that has seen the whole sentence, and what
fills the row behind it changes nothing.

Both towers of CLIPSeg are CLIP's, frozen. Its pictures are larger than CLIP's, so the learned positions, a square of
them, are interpolated to the grid at hand (bicubic).

Differs from the paper: nothing; the scale of its contrastive loss (section 2.3) is not needed to segment.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import FeedForward


class ClipLayer(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)). (B, S, C) -> the same; hidden: width inside the MLP."""

    def __init__(self, width: int, num_heads: int, hidden: int, *, activation: str, epsilon: float, dropout: float):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.attention = Attention(width, num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)
        self.feed_forward = FeedForward(width, hidden, activation=activation)

    def forward(self, x: Tensor, may_attend: Tensor | None = None) -> Tensor:
        """may_attend: bool, broadcastable to (B, heads, S, S), True = allowed; None: all."""
        y = self.attention_norm(x)
        x = x + self.attention(y, y, y, may_attend=may_attend)
        return x + self.feed_forward(self.feed_forward_norm(x))


class ClipText(nn.Module):
    """Sentences as numbers of pieces, (N, length) int64, each with an end mark -> (N, C). See byte_pairs.py.

    length: of the longest sentence. end: number of the end mark, the first of a row counts; None: the piece with the
    largest number, which in CLIP's vocabulary is the end mark.
    """

    def __init__(
        self,
        vocabulary: int = 49408,
        *,
        length: int = 77,
        width: int = 512,
        num_heads: int = 8,
        hidden: int = 2048,
        depth: int = 12,
        end: int | None = None,
        activation: str = "quick_gelu",
        epsilon: float = 1e-5,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.length, self.end = length, end
        self.pieces = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(length, width))
        self.layers = nn.ModuleList(
            ClipLayer(width, num_heads, hidden, activation=activation, epsilon=epsilon, dropout=dropout)
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, text: Tensor) -> Tensor:
        if text.ndim != 2 or not 1 <= text.shape[1] <= self.length:
            raise ValueError(
                f"texts must be (N, up to {self.length}), numbers of pieces and all rows of one length, got shape "
                f"{tuple(text.shape)}"
            )
        x = self.pieces(text) + self.positions[: text.shape[1]]  # (N, length) -> (N, length, C)
        count = text.shape[1]
        before = torch.ones(count, count, dtype=torch.bool, device=text.device).tril()
        for layer in self.layers:
            x = layer(x, before)
        end = text.argmax(-1) if self.end is None else (text == self.end).int().argmax(-1)
        return self.norm(x[torch.arange(len(x), device=x.device), end])  # (N, length, C) -> (N, C)


class ClipVision(nn.Module):
    """(B, 3, H, W) -> tokens after layers, and the picture's vector.

    patch: P, edge of a patch in pixels. grid: patches along an edge of the pictures that CLIP was trained on.
    """

    def __init__(
        self,
        *,
        width: int = 768,
        num_heads: int = 12,
        hidden: int = 3072,
        depth: int = 12,
        patch: int = 32,
        grid: int = 7,
        in_channels: int = 3,
        activation: str = "quick_gelu",
        epsilon: float = 1e-5,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.patch, self.width = patch, width
        self.patches = nn.Conv2d(in_channels, width, patch, stride=patch, bias=False)
        self.class_token = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positions = nn.Parameter(0.02 * torch.randn(1 + grid * grid, width))  # the class token's is the first
        self.enter_norm = nn.LayerNorm(width, eps=epsilon)
        self.layers = nn.ModuleList(
            ClipLayer(width, num_heads, hidden, activation=activation, epsilon=epsilon, dropout=dropout)
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """The picture's vector: its class token after the last layer, normalised. (B, 3, H, W) -> (B, C)."""
        return self.norm(self.after(pixel_values, [len(self.layers) - 1])[0][:, 0])

    def after(self, pixel_values: Tensor, layers: list[int]) -> list[Tensor]:
        """The tokens after each of `layers` (0 = the first), (B, 1 + h w, C), in this order.

        Layers behind the last of them are not run.
        """
        kept, tokens = {}, self.embed(pixel_values)
        for number, layer in enumerate(self.layers[: max(layers) + 1]):
            tokens = layer(tokens)
            if number in layers:
                kept[number] = tokens
        return [kept[number] for number in layers]

    def embed(self, pixel_values: Tensor) -> Tensor:
        """Patches with the class token before them and positions added, normalised: (B, 1 + h w, C)."""
        grid = self.grid_of(pixel_values)
        patches = self.patches(pixel_values).flatten(2).transpose(1, 2)  # (B, h w, C)
        tokens = torch.cat((self.class_token.expand(len(patches), 1, -1), patches), dim=1)
        return self.enter_norm(tokens + self.positions_on(grid))

    def grid_of(self, pixel_values: Tensor) -> tuple[int, int]:
        """(h, w), patches of a picture. Raises ValueError for one that is smaller than a patch."""
        h, w = (side // self.patch for side in pixel_values.shape[2:])
        if min(h, w) < 1:
            raise ValueError(
                f"a picture must have at least {self.patch} pixels along both edges, got {pixel_values.shape[2]} x "
                f"{pixel_values.shape[3]}: enlarge it"
            )
        return h, w

    def positions_on(self, grid: tuple[int, int]) -> Tensor:
        """Positions of the class token and of a grid of patches, (1 + h w, C)."""
        side = round((len(self.positions) - 1) ** 0.5)
        if grid == (side, side):
            return self.positions
        square = self.positions[1:].T.reshape(1, -1, side, side)
        stretched = F.interpolate(square, size=grid, mode="bicubic", align_corners=False)
        return torch.cat((self.positions[:1], stretched[0].flatten(1).T))

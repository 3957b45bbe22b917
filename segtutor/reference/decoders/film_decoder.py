"""CLIPSeg's decoder: a small Transformer over CLIP's tokens, told by FiLM what to look for.

Lüddecke and Ecker, "Image Segmentation Using Text and Image Prompts", arXiv:2112.10003, section 3 and figure 2; FiLM:
Perez et al., arXiv:1709.07871, eq. 1 and 2:

    x_i = W_i a_i + x_{i-1}                a_i: the tokens after some layers of CLIP, the last of them first
    x_i = gamma(t) * x_i + beta(t)         at one of the layers, by default the first; t: the prompt's vector
    x_i = Transformer layer(x_i)           the norm comes after each sum
    logits = transposed convolution of the patches, a patch -> P x P pixels

As in a U-Net, activations of several depths come in on the way; unlike there, all are of one size. The width D is 64 in
the published checkpoints ("rd64"), for a CLIP of width 768: all of it is about one million weights.

What depends on the picture alone, W_i a_i, is separate (`reduce`), so that a picture that is asked for many phrases is
reduced once.

Differs from the paper: nothing.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import FeedForward


class FilmLayer(nn.Module):
    """norm(x + attention(x)), then norm(x + MLP(x)), with a ReLU. (N, S, D) -> the same."""

    def __init__(self, width: int, num_heads: int, hidden: int, *, epsilon: float, dropout: float):
        super().__init__()
        self.attention = Attention(width, num_heads, dropout=dropout)
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.feed_forward = FeedForward(width, hidden)
        self.feed_forward_norm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention_norm(x + self.attention(x, x, x))
        return self.feed_forward_norm(x + self.feed_forward(x))


class FilmDecoder(nn.Module):
    """Activations of a picture and prompts -> one mask a prompt.

    channels: of the activations; prompt_width: of a prompt's vector; width: D; depth: how many activations; patch: P;
    film_at: the layer (0 = the first) before which FiLM acts. smooth: the published "refined" head, a 3 x 3 convolution
    and two smaller transposed convolutions with ReLUs between them, instead of one.
    """

    def __init__(
        self,
        channels: int = 768,
        *,
        prompt_width: int = 512,
        width: int = 64,
        depth: int = 3,
        num_heads: int = 4,
        hidden: int = 2048,
        patch: int = 32,
        film_at: int = 0,
        smooth: bool = False,
        epsilon: float = 1e-5,
        dropout: float = 0.0,
    ):
        super().__init__()
        if not 0 <= film_at < depth:
            raise ValueError(f"film_at must be 0 to {depth - 1}, the layer before which FiLM acts, got {film_at}")
        self.film_at = film_at
        self.gamma, self.beta = nn.Linear(prompt_width, width), nn.Linear(prompt_width, width)
        self.reduces = nn.ModuleList(nn.Linear(channels, width) for _ in range(depth))
        self.layers = nn.ModuleList(
            FilmLayer(width, num_heads, hidden, epsilon=epsilon, dropout=dropout) for _ in range(depth)
        )
        if smooth:
            step = patch // 4
            self.enlarge: nn.Module = nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1),
                nn.ReLU(),
                nn.ConvTranspose2d(width, width // 2, step, stride=step),
                nn.ReLU(),
                nn.ConvTranspose2d(width // 2, 1, step, stride=step),
            )
        else:
            self.enlarge = nn.ConvTranspose2d(width, 1, patch, stride=patch)

    def reduce(self, activations: Sequence[Tensor]) -> list[Tensor]:
        """The picture's half: (B, 1 + h w, C) each, in CLIP's order -> (B, 1 + h w, D) each, the last first."""
        return [reduce(tokens) for reduce, tokens in zip(self.reduces, reversed(list(activations)), strict=True)]

    def forward(self, reduced: Sequence[Tensor], prompts: Tensor, grid: tuple[int, int]) -> Tensor:
        """Logits of the masks, (N, h P, w P).

        reduced: what `reduce` gave, of B = N pictures, or of one that all prompts ask. prompts: (N, prompt_width).
        """
        gamma, beta = self.gamma(prompts)[:, None], self.beta(prompts)[:, None]  # (N, 1, D): equal for all tokens
        x = None
        for number, (skip, layer) in enumerate(zip(reduced, self.layers, strict=True)):
            x = skip if x is None else skip + x
            if number == self.film_at:
                x = gamma * x + beta
            x = layer(x)
        patches = x[:, 1:].transpose(1, 2).unflatten(2, grid)  # without the class token: (N, D, h, w)
        return self.enlarge(patches)[:, 0]


def expected_iou(mask_logits: Tensor) -> Tensor:
    """The IoU that a mask's own probabilities promise: sum of p inside / (pixels inside + sum of p outside).

    If each pixel is inside the truth with its probability p, this is the expected intersection over the expected union
    of the truth and the mask p > 0.5. CLIPSeg has no head for it. (N, M, h, w) logits -> (N, M), 0..1; 0 where no
    pixel reaches 0.5.

    >>> import torch
    >>> round(expected_iou(torch.tensor([[[[100.0, 0.1, -100.0]]]])).item(), 2)
    0.76
    """
    probs, inside = mask_logits.sigmoid(), mask_logits > 0
    union = inside.sum((-2, -1)) + (probs * ~inside).sum((-2, -1))
    return (probs * inside).sum((-2, -1)) / union.clamp(min=1e-6)

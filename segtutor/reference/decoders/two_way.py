"""SAM's decoder: tokens and picture attend to each other, then tokens become masks.

Kirillov et al., "Segment Anything", arXiv:2304.02643, section 3 ("Mask decoder") and appendix A, figure 14. A layer:

    1  tokens attend to tokens                    2  tokens attend to the picture
    3  tokens go through an MLP                   4  the picture attends to the tokens

then tokens attend to the picture once more. Each sum is followed by a norm. The tokens' first values, the prompt, and
the positions of the picture's cells are added to queries and keys every time, so that nothing forgets where it is.

    mask_i = MLP_i(mask token i) . up(picture)            up: two transposed convolutions, 4 x the size
    IoU    = MLP(IoU token)                               what each mask's IoU with the truth will be

The MLPs write the weights of a 1 x 1 convolution for this one prompt: hyper-networks (arXiv:1609.09106). Mask 0 answers
a clear prompt, 1 to 3 are the three readings of an ambiguous one.

Differs from the paper as SAM 2 does (arXiv:2408.00714, section 4 and appendix D), where it is asked to: the up-scaling
can be helped by maps of the encoder at its two sizes (`skips`), and one more token says whether what is asked for is
there at all (`with_object`); the predicted IoU then passes a sigmoid. Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.channel_norm import ChannelNorm
from segtutor.reference.layers.feed_forward import MLP, FeedForward
from segtutor.reference.layers.forms import has_fast_form


@has_fast_form("few_tokens")
def read_cells(attention: Attention, tokens: Tensor, located: Tensor, cells: Tensor) -> Tensor:
    """What each token takes from the picture. (N, T, C); (N, S, C) with positions; (N, S, C) without -> (N, T, C)."""
    return attention(tokens, located, cells)


@has_fast_form("few_tokens")
def read_tokens(attention: Attention, located: Tensor, placed: Tensor, tokens: Tensor) -> Tensor:
    """What each cell takes from the tokens. (N, S, C); (N, T, C) with the prompt; (N, T, C) without -> (N, S, C)."""
    return attention(located, placed, tokens)


class TwoWayLayer(nn.Module):
    """Steps 1 to 4. inner: width of queries, keys and values where picture and tokens meet.

    first: the first layer; its tokens are the prompt itself, so step 1 adds neither the prompt nor the input.
    """

    def __init__(
        self, width: int, num_heads: int, *, hidden: int, inner: int, first: bool, activation: str, epsilon: float
    ):
        super().__init__()
        self.first = first
        self.self_attention = Attention(width, num_heads)
        self.to_picture = Attention(width, num_heads, inner=inner)
        self.feed_forward = FeedForward(width, hidden, activation=activation)
        self.to_tokens = Attention(width, num_heads, inner=inner)
        self.norms = nn.ModuleList(nn.LayerNorm(width, eps=epsilon) for _ in range(4))

    def forward(self, tokens: Tensor, picture: Tensor, prompt: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        """tokens, prompt: (N, T, C); picture: (N, S, C); cells: (S, C), positions -> tokens, picture."""
        if self.first:
            tokens = self.norms[0](self.self_attention(tokens, tokens, tokens))
        else:
            at = tokens + prompt
            tokens = self.norms[0](tokens + self.self_attention(at, at, tokens))
        located = picture + cells
        tokens = self.norms[1](tokens + read_cells(self.to_picture, tokens + prompt, located, picture))
        tokens = self.norms[2](tokens + self.feed_forward(tokens))
        return tokens, self.norms[3](picture + read_tokens(self.to_tokens, located, tokens + prompt, tokens))


class TwoWayTransformer(nn.Module):
    """The layers and the last look. (N, T, C) tokens, (N, S, C) picture, (S, C) cells -> tokens, picture.

    hidden: of the MLPs. inner: width of the attentions between tokens and picture, by default half; last_inner: of the
    last one, by default the same.
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        *,
        num_layers: int = 2,
        hidden: int = 2048,
        inner: int | None = None,
        last_inner: int | None = None,
        activation: str = "relu",
        epsilon: float = 1e-6,
    ):
        super().__init__()
        inner = inner or width // 2
        self.layers = nn.ModuleList(
            TwoWayLayer(
                width, num_heads, hidden=hidden, inner=inner, first=i == 0, activation=activation, epsilon=epsilon
            )
            for i in range(num_layers)
        )
        self.last, self.last_norm = Attention(width, num_heads, inner=last_inner or inner), nn.LayerNorm(width)

    def forward(self, tokens: Tensor, picture: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        prompt = tokens
        for layer in self.layers:
            tokens, picture = layer(tokens, picture, prompt, cells)
        seen = read_cells(self.last, tokens + prompt, picture + cells, picture)
        return self.last_norm(tokens + seen), picture


class PromptMaskDecoder(nn.Module):
    """Prompt tokens and a picture's embedding -> masks and their predicted IoU.

    widths: channels after each of the two up-scalings. num_masks: with the one for clear prompts. depth: layers of each
    hyper-network; iou_hidden, iou_depth: of the head that predicts the IoU. with_object: the object token.
    """

    def __init__(
        self,
        width: int,
        transformer: TwoWayTransformer,
        *,
        widths: tuple[int, int],
        num_masks: int = 4,
        depth: int = 3,
        iou_hidden: int = 256,
        iou_depth: int = 3,
        with_object: bool = False,
    ):
        super().__init__()
        self.iou_token, self.mask_tokens = (
            nn.Parameter(torch.randn(1, width)),
            nn.Parameter(torch.randn(num_masks, width)),
        )
        self.transformer = transformer
        self.enlarge_once = nn.ConvTranspose2d(width, widths[0], 2, stride=2)
        self.enlarge_norm = ChannelNorm(widths[0])
        self.enlarge_twice = nn.ConvTranspose2d(widths[0], widths[1], 2, stride=2)
        self.hyper_networks = nn.ModuleList(MLP((*[width] * depth, widths[1])) for _ in range(num_masks))
        self.iou_head = MLP((width, *[iou_hidden] * (iou_depth - 1), num_masks))
        self.object_token = nn.Parameter(torch.randn(1, width)) if with_object else None
        self.object_head = MLP((width, width, width, 1)) if with_object else None

    def forward(
        self,
        embedding: Tensor,
        cells: Tensor,
        prompt: Tensor,
        dense: Tensor,
        *,
        skips: Sequence[Tensor] | None = None,
        masks: slice = slice(None),
    ) -> PromptOutput:
        """embedding: (1 or N, C, h, w). cells: (h w, C). prompt: (N, P, C). dense: what PromptEncoder.mask gives.

        skips: maps of 2 h x 2 w and 4 h x 4 w with `widths` channels, added while up-scaling. masks: which of them.
        -> mask_logits (N, M, 4 h, 4 w), scores (N, M), with the object token object_logits (N,).
        """
        first = [] if self.object_token is None else [self.object_token]
        own = torch.cat([*first, self.iou_token, self.mask_tokens]).expand(len(prompt), -1, -1)
        size = embedding.shape[-2:]
        picture = (embedding + dense).flatten(2).transpose(1, 2).expand(len(prompt), -1, -1)  # (N, h w, C)
        tokens, picture = self.transformer(torch.cat([own, prompt], 1), picture, cells)
        found, tokens = (None, tokens) if self.object_token is None else (tokens[:, 0], tokens[:, 1:])
        once, twice = (0.0, 0.0) if skips is None else skips
        maps = self.enlarge_once(picture.transpose(1, 2).unflatten(2, size)) + once
        maps = F.gelu(self.enlarge_twice(F.gelu(self.enlarge_norm(maps))) + twice)  # (N, C', 4 h, 4 w)
        chosen = range(len(self.hyper_networks))[masks]
        weights = torch.stack([self.hyper_networks[i](tokens[:, 1 + i]) for i in chosen], 1)  # (N, M, C')
        logits = (weights @ maps.flatten(2)).unflatten(2, maps.shape[-2:])
        if found is None or self.object_head is None:
            return PromptOutput(logits, self.iou_head(tokens[:, 0])[:, masks])
        return PromptOutput(logits, self.iou_head(tokens[:, 0])[:, masks].sigmoid(), self.object_head(found)[:, 0])

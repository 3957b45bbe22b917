"""OneFormer's text mapper: what is in a picture, as sentences, becomes one text query for each object query.

Jain et al., "OneFormer", arXiv:2211.06220, sections 3.1 and 3.2, figures 3 and 4:

    T      an entry for each mask of the truth, "a photo with a {class}"; then "a {task} photo" until the list is full
    Q_text = MLP(TextEncoder(T)), Q_ctx                         N_text sentences and N_ctx learned vectors, together N

The list depends on the task: one entry for each class for "semantic", one for each thing for "instance", both for
"panoptic". So the text queries say how many of what the object queries should become, and a contrastive loss
(contrastive.py) pulls the two together. All this runs in training only: nobody knows T when the network is used.

The encoder is CLIP's small text Transformer (arXiv:2103.00020, section 2.4), trained from scratch: a vector for each
word piece plus one for its position, layers of attention and feed-forward with the norm first; the result is read at
the position of the last word piece, the end mark, which has the largest number of all.

Differs from the paper: the MLP after the encoder is that of the published code. Unlike CLIP's, this encoder looks in
both directions, and at the padding behind the end mark too: transformers builds a causal mask and then does not hand
it over.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from segtutor.reference.layers.attention import Attention
from segtutor.reference.layers.feed_forward import MLP, quick_gelu

HEAD_WIDTH = 64  # channels of one head


class TextMapper(nn.Module):
    """(B, N_text, length) int64 -> text queries, (B, N_text + num_contexts, C).

    text_width: of the encoder, a multiple of 64; width: C. Contexts need text_width == C, as they skip the encoder.
    """

    def __init__(
        self,
        vocabulary: int = 49408,
        *,
        length: int = 77,
        text_width: int = 256,
        width: int = 256,
        num_layers: int = 6,
        num_projections: int = 2,
        num_contexts: int = 16,
    ):
        super().__init__()
        if num_contexts and text_width != width:
            raise ValueError(f"contexts must have width {width}, that of the text queries, got {text_width}")
        self.encoder = TextEncoder(vocabulary, length, text_width, num_layers)
        self.project = MLP((text_width, *[width] * num_projections))
        self.contexts = nn.Parameter(0.02 * torch.randn(num_contexts, width)) if num_contexts else None

    def forward(self, text: Tensor) -> Tensor:
        if text.ndim != 3 or text.shape[-1] != self.encoder.length:
            raise ValueError(
                f"texts must be (B, N_text, {self.encoder.length}), got shape {tuple(text.shape)}: give each "
                "picture its list of sentences, all lists of one length"
            )
        queries = self.project(self.encoder(text.flatten(0, 1))).unflatten(0, text.shape[:2])
        if self.contexts is None:
            return queries
        return torch.cat((queries, self.contexts.to(queries.dtype).expand(len(text), -1, -1)), dim=1)


class TextEncoder(nn.Module):
    """(M, length) int64 -> (M, C), one vector a sentence."""

    def __init__(self, vocabulary: int, length: int, width: int, num_layers: int):
        super().__init__()
        if width < HEAD_WIDTH:
            raise ValueError(f"width must be at least {HEAD_WIDTH}, the channels of each head, got {width}")
        self.length = length
        self.pieces = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.01 * torch.randn(length, width))
        self.layers = nn.ModuleList(TextLayer(width, width // HEAD_WIDTH) for _ in range(num_layers))
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.pieces.weight, std=0.02)

    def forward(self, text: Tensor) -> Tensor:
        x = self.pieces(text) + self.positions  # (M, length) -> (M, length, C)
        for layer in self.layers:
            x = layer(x)
        end = text.argmax(-1)
        return self.norm(x[torch.arange(len(x), device=x.device), end])  # (M, length, C) -> (M, C)


class TextLayer(nn.Module):
    """Attention among the word pieces, then the feed-forward; the norm comes first. (M, length, C) -> the same."""

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, num_heads)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.attention_norm(x)
        x = x + self.attention(normed, normed, normed)
        return x + self.narrow(quick_gelu(self.widen(self.feed_forward_norm(x))))

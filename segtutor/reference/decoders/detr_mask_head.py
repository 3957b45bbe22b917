"""DETR's mask head: where a query looks, drawn finer and finer until it is a mask.

Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, section 4.4 and figure 8:

    attention maps   A = softmax(q_i K^T / sqrt(d))                      one map a head, (heads, h, w), at stride 32
    start            conv3x3, conv3x3 of (picture, A)                    each 3x3: GroupNorm and ReLU after it
    three times      conv3x3(conv1x1(C_i) + enlarge(x))                  an FPN step: strides 16, 8, 4
    mask logits      conv3x3                                             one channel

Each query has a picture of its own that runs through all of this. That is why DETR's masks are expensive and why
MaskFormer (arXiv:2107.06278), where a mask is a product with features that all queries share, took over.

Shapes: queries (B, Q, C), encoded and projected map (B, C, h, w) -> mask logits (B, Q, H / 4, W / 4).
Differs from the paper, as DETR's code does: the softmax of a query runs over all heads together; channels fall from C
to C / 16 on the way.
Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segtutor.reference.layers.feed_forward import ACTIVATIONS
from segtutor.reference.layers.forms import has_fast_form
from segtutor.reference.layers.record import AttentionMap, Recordable
from segtutor.reference.layers.resize import enlarge


class QueryMaps(Recordable, nn.Module):
    """Where each query looks, by each head: (B, Q, C), (B, C, h, w) -> (B, Q, heads, h, w).

    The values of a query sum to 1 over all heads and cells together; so a row that it records, of one head, is less.
    """

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)

    def forward(self, queries: Tensor, memory: Tensor, valid: Tensor | None = None) -> Tensor:
        """valid: (B, h, w) bool, False where the picture was padded: nothing is looked at there."""
        q = self.query(queries).unflatten(-1, (self.num_heads, -1))  # (B, Q, heads, d)
        k = self.key(memory.flatten(2).transpose(1, 2)).unflatten(-1, (self.num_heads, -1))  # (B, h * w, heads, d)
        scores = torch.einsum("bqnd,bsnd->bqns", q / math.sqrt(q.shape[-1]), k)
        if valid is not None:
            scores = scores.masked_fill(~valid.flatten(1)[:, None, None], -math.inf)
        weights = scores.flatten(2).softmax(-1).view_as(scores)
        if self.recording:
            allowed = None if valid is None else valid.flatten(1)[:, None, None]
            self.record(AttentionMap(weights.transpose(1, 2), allowed))  # (B, heads, Q, h * w)
        return weights.unflatten(-1, memory.shape[-2:])


class ConvNormAct(nn.Module):
    """3x3 convolution, GroupNorm in up to 8 groups, activation."""

    def __init__(self, channels: int, out: int, activation: str):
        super().__init__()
        groups = min(8, out)
        if out % groups:
            raise ValueError(
                f"the channels of a layer must be below 8 or a multiple of 8, got {out}: choose another width or "
                "number of heads"
            )
        self.convolution = nn.Conv2d(channels, out, 3, padding=1)
        self.norm = nn.GroupNorm(groups, out)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.convolution(x)))


class DetrMaskHead(nn.Module):
    """width: C; channels: of the backbone's maps at strides 4, 8, 16; num_heads: how many maps a query has."""

    def __init__(self, width: int, channels: Sequence[int], *, num_heads: int = 8, activation: str = "relu"):
        super().__init__()
        if width % 16:
            raise ValueError(f"width must be a multiple of 16, because the head narrows it to a sixteenth, got {width}")
        self.maps = QueryMaps(width, num_heads)
        self.first = ConvNormAct(width + num_heads, width + num_heads, activation)
        self.second = ConvNormAct(width + num_heads, width // 2, activation)
        narrow = [width // 2, width // 4, width // 8, width // 16]
        self.lateral = nn.ModuleList(  # coarse to fine
            nn.Conv2d(c, n, 1) for c, n in zip(reversed(channels), narrow[:-1], strict=True)
        )
        self.refine = nn.ModuleList(ConvNormAct(a, b, activation) for a, b in zip(narrow[:-1], narrow[1:], strict=True))
        self.draw = nn.Conv2d(width // 16, 1, 3, padding=1)

    @has_fast_form("detr_mask_head")
    def forward(
        self,
        queries: Tensor,
        memory: Tensor,
        picture: Tensor,
        features: Sequence[Tensor],
        valid: Tensor | None = None,
    ) -> Tensor:
        """queries: (B, Q, C), normalised; memory, picture: the coarsest map after and before the encoder, (B, C, h, w).

        features: the backbone's maps at strides 4, 8, 16. valid: (B, h, w) bool. Returns (B, Q, H / 4, W / 4).
        """
        maps = self.maps(queries, memory, valid)
        count = maps.shape[1]
        x = torch.cat([picture.repeat_interleave(count, 0), maps.flatten(0, 1)], dim=1)  # (B * Q, C + heads, h, w)
        x = self.second(self.first(x))
        for lateral, refine, feature in zip(self.lateral, self.refine, reversed(features), strict=True):
            seen = lateral(feature.repeat_interleave(count, 0))
            x = refine(seen + enlarge(x, (seen.shape[-2], seen.shape[-1])))
        return self.draw(x).unflatten(0, maps.shape[:2])[:, :, 0]

"""DETR's mask head: where a query looks, drawn finer and finer until it is a mask.

Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, section 4.4 and figure 8:

    attention maps   A = softmax(q_i K^T / sqrt(d))                      one map a head, (heads, h, w), at stride 32
    start            conv3x3, conv3x3 of (picture, A)                    each 3x3: GroupNorm and ReLU after it
    three times      conv3x3(conv1x1(C_i) + enlarge(x))                  an FPN step: strides 16, 8, 4
    mask logits      conv3x3                                             one channel

Each query has a picture of its own that runs through all of this. That is why DETR's masks are dear and why MaskFormer
(arXiv:2107.06278), where a mask is a product with features that all queries share, took over.

What does not depend on the query is computed once: the 1x1 convolutions of the trunk's maps, and of the first
convolution the part that reads the picture, which is C of its C + heads channels. A convolution is linear, so

    conv([picture, A_i]) = conv_picture(picture) + conv_A(A_i)

Queries are drawn a few at a time, so that no map of all queries at stride 4 is ever held. `forward_plain` does
neither.

Shapes: queries (B, Q, C), encoded and projected map (B, C, h, w) -> mask logits (B, Q, H / 4, W / 4).
Differs from the paper, as DETR's code does: the softmax of a query runs over all heads together; channels fall from C
to C / 16 on the way.
Taught in notebooks/05_what_is_a_query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .feed_forward import ACTIVATIONS
from .fpn import enlarge
from .linear import Linear
from .record import AttentionMap, Recordable

AT_ONCE = 10  # queries; more would save no time


class QueryMaps(Recordable, nn.Module):
    """Where each query looks, by each head: (B, Q, C), (B, C, h, w) -> (B, Q, heads, h, w).

    The values of a query sum to 1 over all heads and places together; so a row that it records, of one head, is less.
    """

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        self.query = Linear(width, width)
        self.key = Linear(width, width)

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
            raise ValueError(f"got a layer of {out} channels, expected a multiple of 8: choose another width or heads")
        self.convolution = nn.Conv2d(channels, out, 3, padding=1)
        self.norm = nn.GroupNorm(groups, out)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.convolution(x)))


class DetrMaskHead(nn.Module):
    """width: C; channels: of the trunk's maps at strides 4, 8, 16; num_heads: how many maps a query has."""

    def __init__(self, width: int, channels: Sequence[int], *, num_heads: int = 8, activation: str = "relu"):
        super().__init__()
        if width % 16:
            raise ValueError(f"got width {width}, expected a multiple of 16: the head narrows it to a sixteenth")
        self.maps = QueryMaps(width, num_heads)
        self.first = ConvNormAct(width + num_heads, width + num_heads, activation)
        self.second = ConvNormAct(width + num_heads, width // 2, activation)
        narrow = [width // 2, width // 4, width // 8, width // 16]
        self.lateral = nn.ModuleList(  # coarse to fine
            nn.Conv2d(c, n, 1) for c, n in zip(reversed(channels), narrow[:-1], strict=True)
        )
        self.refine = nn.ModuleList(ConvNormAct(a, b, activation) for a, b in zip(narrow[:-1], narrow[1:], strict=True))
        self.draw = nn.Conv2d(width // 16, 1, 3, padding=1)

    def forward(
        self,
        queries: Tensor,
        memory: Tensor,
        picture: Tensor,
        features: Sequence[Tensor],
        valid: Tensor | None = None,
    ) -> Tensor:
        """queries: (B, Q, C), normalised; memory, picture: the coarsest map after and before the encoder, (B, C, h, w).

        features: the trunk's maps at strides 4, 8, 16. valid: (B, h, w) bool. Returns (B, Q, H / 4, W / 4).
        """
        maps = self.maps(queries, memory, valid)
        of_picture, of_maps = self.first.convolution.weight.split([picture.shape[1], maps.shape[2]], dim=1)
        shared = F.conv2d(picture, of_picture, self.first.convolution.bias, padding=1)
        laterals = [lateral(x) for lateral, x in zip(self.lateral, reversed(features), strict=True)]
        masks = []
        for part in maps.split(AT_ONCE, dim=1):
            own = F.conv2d(part.flatten(0, 1), of_maps, padding=1)  # (B * q, C + heads, h, w)
            x = self.second(self.first.activation(self.first.norm(_add(own, shared))))
            for lateral, refine in zip(laterals, self.refine, strict=True):
                x = refine(_add(enlarge(x, (lateral.shape[-2], lateral.shape[-1])), lateral))
            masks.append(self.draw(x).unflatten(0, part.shape[:2])[:, :, 0])
        return torch.cat(masks, dim=1)

    def forward_plain(
        self,
        queries: Tensor,
        memory: Tensor,
        picture: Tensor,
        features: Sequence[Tensor],
        valid: Tensor | None = None,
    ) -> Tensor:
        """`forward`, step by step for all queries at once, each with its own copy of the picture."""
        maps = self.maps(queries, memory, valid)
        count = maps.shape[1]
        x = torch.cat([picture.repeat_interleave(count, 0), maps.flatten(0, 1)], dim=1)  # (B * Q, C + heads, h, w)
        x = self.second(self.first(x))
        for lateral, refine, feature in zip(self.lateral, self.refine, reversed(features), strict=True):
            seen = lateral(feature.repeat_interleave(count, 0))
            x = refine(seen + enlarge(x, (seen.shape[-2], seen.shape[-1])))
        return self.draw(x).unflatten(0, maps.shape[:2])[:, :, 0]


def _add(of_queries: Tensor, shared: Tensor) -> Tensor:
    """(B * q, C, h, w) + (B, C, h, w), the same for the q queries of a picture."""
    return (of_queries.unflatten(0, (len(shared), -1)) + shared[:, None]).flatten(0, 1)

"""The smallest mask classifier that is still one: Q queries, each one class distribution and one mask.

MaskFormer (arXiv:2107.06278, section 3) with each of its three parts as small as it goes:

    pixel decoder         features of all stages, summed coarse to fine -> an embedding for each pixel, (B, C, h, w)
    transformer decoder   one layer: Q learned vectors attend to the coarsest features -> Q embeddings, (B, Q, C)
    two heads             class_logits = linear(query)        mask_logits = einsum("bqc,bchw->bqhw", mask(query), pixel)

It exists so that training by masks can be watched on one photograph in seconds, beside the per-pixel network of
fcn.py on the same backbone. Differs from the paper: no pre-trained backbone, one decoder layer without self-attention
between the queries, width 32; the attention has no position encoding. What masked attention, deformable attention
and more layers add is the subject of later lessons.

Taught in notebooks/02_can_a_pixel_decide_alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.per_pixel.fcn import SmallBackbone


class TinyMaskClassifier(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with class_logits (B, Q, K + 1), mask_logits (B, Q, H/2, W/2).

    num_classes: K, "no object" not counted. num_queries: Q, at least as many as a picture has segments.
    width: C, the length of pixel and query embeddings. widths: channels of the backbone's stages.
    """

    def __init__(
        self, num_classes: int, num_queries: int = 20, width: int = 32, widths: Sequence[int] = (16, 32, 64, 96)
    ):
        super().__init__()
        self.backbone = SmallBackbone(widths)
        self.laterals = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in widths)
        self.memory = nn.Conv2d(widths[-1], width, 1)
        self.queries = nn.Parameter(torch.randn(num_queries, width))
        self.attention = nn.MultiheadAttention(width, num_heads=4, batch_first=True)
        self.attended = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.fed = nn.LayerNorm(width)
        self.to_class = nn.Linear(width, num_classes + 1)
        self.to_mask = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, pixels: Tensor) -> MaskOutput:
        features = self.backbone(pixels)
        embedding = self._pixel_embedding(features)  # (B, C, h, w)
        queries = self._query_embedding(features[-1])  # (B, Q, C)
        mask_logits = torch.einsum("bqc,bchw->bqhw", self.to_mask(queries), embedding)
        return MaskOutput(self.to_class(queries), mask_logits)

    def _pixel_embedding(self, features: Sequence[Tensor]) -> Tensor:
        embedding = None
        for lateral, feature in zip(reversed(self.laterals), reversed(features), strict=True):
            here = lateral(feature)
            embedding = here if embedding is None else here + enlarged(embedding, here.shape[-2:])
        return embedding

    def _query_embedding(self, coarsest: Tensor) -> Tensor:
        memory = self.memory(coarsest).flatten(2).transpose(1, 2)  # (B, h w, C)
        queries = self.queries.expand(len(memory), -1, -1)
        queries = self.attended(queries + self.attention(queries, memory, memory, need_weights=False)[0])
        return self.fed(queries + self.feed_forward(queries))

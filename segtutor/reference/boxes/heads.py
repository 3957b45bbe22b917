"""The second stage's heads: what a piece of a map, cut out by RoIAlign, is; where exactly; and its mask.

He et al., "Mask R-CNN", arXiv:1703.06870, section 3 and figure 4 (right), on a feature pyramid:

    BoxHead     7 x 7 -> two hidden layers -> K + 1 class logits (the last is "background") and 4 deltas
    MaskHead    14 x 14 -> 3 x 3 convolutions -> transposed convolution, 28 x 28 -> K mask logits

Classes and masks are decoupled (section 3, "Mask Representation"): the mask head draws one mask for each class, each
with a sigmoid of its own, and the class of the box head picks one. So classes do not compete within a mask, as they
would in a softmax over the pixel's classes (table 2b: 5.5 AP less).

The mask head sees what lies in the box and nothing else. What reaches out of the box is cut off, and two boxes that
share a pixel may both claim it: no head knows of the other's.

Differs from the paper: the box is one for all classes, not one for each.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BoxHead(nn.Module):
    """(R, width, bins, bins) -> class logits (R, K + 1) and deltas (R, 4)."""

    def __init__(self, width: int, bins: int, classes: int, hidden: int = 1024):
        super().__init__()
        self.first = nn.Linear(width * bins * bins, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.to_class = nn.Linear(hidden, classes + 1)
        self.to_deltas = nn.Linear(hidden, 4)
        nn.init.normal_(self.to_class.weight, std=0.01)
        nn.init.normal_(self.to_deltas.weight, std=0.001)
        for module in (self.to_class, self.to_deltas):
            nn.init.zeros_(module.bias)

    def forward(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        hidden = F.relu(self.second(F.relu(self.first(pieces.flatten(1)))))
        return self.to_class(hidden), self.to_deltas(hidden)


class MaskHead(nn.Module):
    """(R, width, bins, bins) -> mask logits (R, K, 2 bins, 2 bins). depth: how many 3 x 3 convolutions.

    hidden: their channels; narrow: those after enlarging, by default the same.
    """

    def __init__(self, width: int, classes: int, hidden: int = 256, depth: int = 4, narrow: int | None = None):
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(hidden if layer else width, hidden, 3, padding=1) for layer in range(depth)
        )
        self.enlarge = nn.ConvTranspose2d(hidden, narrow or hidden, 2, stride=2)
        self.to_mask = nn.Conv2d(narrow or hidden, classes, 1)
        for module in (*self.convolutions, self.enlarge):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    def forward(self, pieces: Tensor) -> Tensor:
        # channels beside each other in memory, as a CPU's convolutions like them
        pieces = pieces.contiguous(memory_format=torch.channels_last)
        for convolution in self.convolutions:
            pieces = F.relu(convolution(pieces))
        return self.to_mask(F.relu(self.enlarge(pieces)))

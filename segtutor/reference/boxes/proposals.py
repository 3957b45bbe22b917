"""The region proposal network (RPN): for each anchor, whether it holds a thing, and how to move it there.

Ren et al., "Faster R-CNN", arXiv:1506.01497, section 3.1, figure 3; shared by the levels of a pyramid, Lin et al.,
arXiv:1612.03144, section 4.1. A 3 x 3 convolution slides over each map; two 1 x 1 convolutions give one number and four
for each of the cell's anchors. It knows no classes: "a thing" is all it says.

    objectness  (B, A)        logit that anchor a holds a thing
    deltas      (B, A, 4)     its box, relative to the anchor (box_coding)

Its view is local: a cell sees what the convolutions below it saw. Cells that look at the same thing do not know of
each other, so each of them proposes it; `chosen_proposals` thins them out by NMS before the second stage.
Nothing differs.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.reference.boxes.box_coding import clip_boxes, decode_boxes
from segtutor.reference.boxes.nms import nms

SMALLEST = 1.0  # pixels; a narrower proposal holds nothing


class ProposalHead(nn.Module):
    """width: channels of the maps; shapes: anchors a cell. (B, width, h_i, w_i) each -> (B, A), (B, A, 4)."""

    def __init__(self, width: int, shapes: int):
        super().__init__()
        self.look = nn.Conv2d(width, width, 3, padding=1)
        self.objectness = nn.Conv2d(width, shapes, 1)
        self.deltas = nn.Conv2d(width, 4 * shapes, 1)
        for module in (self.objectness, self.deltas):  # at the start: no opinion, and every anchor stays where it is
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        objectness, deltas = [], []
        for features in maps:
            seen = F.relu(self.look(features))
            # cells first, then the anchors of a cell: the order of anchors_of_map
            objectness.append(self.objectness(seen).permute(0, 2, 3, 1).flatten(1))
            deltas.append(self.deltas(seen).permute(0, 2, 3, 1).reshape(len(seen), -1, 4))
        return torch.cat(objectness, 1), torch.cat(deltas, 1)


@torch.no_grad()
def chosen_proposals(
    objectness: Tensor,
    deltas: Tensor,
    anchors: Tensor,
    size: tuple[int, int],
    *,
    before: int,
    after: int,
    threshold: float = 0.7,
) -> tuple[Tensor, Tensor]:
    """The boxes of one picture that the second stage looks at, best first: (R, 4) xyxy and their logits (R,).

    objectness: (A,); deltas, anchors: (A, 4); size: (H, W) of the input. before, after: how many at most before NMS
    and after it; threshold: its IoU. Boxes are cut at the picture's border.
    """
    best = objectness.topk(min(before, len(objectness))).indices
    boxes, scores = clip_boxes(decode_boxes(deltas[best], anchors[best]), size), objectness[best]
    real = (boxes[:, 2:] - boxes[:, :2] >= SMALLEST).all(1)
    boxes, scores = boxes[real], scores[real]
    kept = nms(boxes, scores, threshold)[:after]
    return boxes[kept], scores[kept]

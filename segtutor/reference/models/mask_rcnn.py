"""Mask R-CNN: first where something is, then what it is and its mask. What queries replaced.

He et al., "Mask R-CNN", arXiv:1703.06870, section 3 and figure 4; on a feature pyramid, arXiv:1612.03144:

    maps = pyramid(backbone(pixel_values))                     strides 4, 8, 16, ...
    first stage     objectness, deltas = proposals(maps)       for every anchor            (anchors, proposals)
                    boxes = NMS of the best                                                (nms)
    second stage    class, deltas = box_head(RoIAlign 7 x 7)   for every proposal          (roi_align, heads)
                    boxes = NMS of each class
                    mask = mask_head(RoIAlign 14 x 14)         for every box that stays    (pasting)

The output of the network has no fixed size, and no list of pairs that could be compared with the truth one to one:
between its two stages stands a selection that nothing can be learned through. So `forward` gives the first stage, and
`detect` (what is there) and `losses` (what to learn) go on from it.

    output = model(pixel_values)                        RegionOutput
    detections = model.detect(output)                   one Detections a picture
    terms = model.losses(output, targets)               the five terms, see boxes/region_losses

Differs from the paper: a pyramid may stop at stride 16, and masks may read one map whatever the size of their box
(`mask_level`): small pictures have no coarse maps worth reading.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import Targets
from segtutor.reference.boxes.anchors import anchors_of_maps
from segtutor.reference.boxes.box_coding import clip_boxes, decode_boxes, encode_boxes
from segtutor.reference.boxes.heads import BoxHead, MaskHead
from segtutor.reference.boxes.nms import nms_by_class
from segtutor.reference.boxes.proposals import ProposalHead, chosen_proposals
from segtutor.reference.boxes.pyramid import FeaturePyramid
from segtutor.reference.boxes.region_losses import box_loss, mask_loss, objectness_loss
from segtutor.reference.boxes.roi_align import pooled, roi_align, roi_align_each
from segtutor.reference.boxes.sampling import NOTHING, THING, compared, drawn, label_anchors
from segtutor.reference.losses.boxes import boxes_of_masks, corners

BOX_WEIGHTS = (10.0, 10.0, 5.0, 5.0)  # Fast R-CNN's, of the second stage


@dataclass(frozen=True)
class RegionOutput:
    """What the first stage says about a batch.

    maps: the pyramid, (B, C, h_i, w_i) fine to coarse. objectness: (B, A) logits; deltas: (B, A, 4). anchors: (A, 4)
    xyxy in pixels of the input; size: (H, W) of the input.
    """

    maps: list[Tensor]
    objectness: Tensor
    deltas: Tensor
    anchors: Tensor
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.objectness)


@dataclass(frozen=True)
class Detections:
    """What is in one picture, best score first.

    boxes: (N, 4) xyxy in pixels of the input. labels: (N,) int64, 0..K-1; scores: (N,) 0..1. masks: (N, m, m)
    probabilities inside the box. proposals: (N, 4), which box of the first stage each comes from.
    """

    boxes: Tensor
    labels: Tensor
    scores: Tensor
    masks: Tensor
    proposals: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Selection:
    """How many boxes go on, and how boxes are drawn for the losses; the published numbers for pictures of 800 pixels.

    before, after: at most so many before and after NMS between the stages, in inference and in training; threshold:
    its IoU. anchors, anchor_share: how many of a picture learn, at most this share of them things; low, high: the IoUs
    that decide. boxes, box_share, overlap: likewise for the second stage.
    """

    before: int = 1000
    after: int = 1000
    training_before: int = 2000
    training_after: int = 2000
    threshold: float = 0.7
    anchors: int = 256
    anchor_share: float = 0.5
    low: float = 0.3
    high: float = 0.7
    boxes: int = 512
    box_share: float = 0.25
    overlap: float = 0.5


class MaskRCNN(nn.Module):
    """(B, 3, H, W) float, normalised -> RegionOutput; see `detect` and `losses`.

    backbone: a module with `channels` and `strides` that gives maps fine to coarse. classes: K, without background.
    width: of the pyramid. anchor_sizes: one for each level that is read, fine to coarse; ratios: height to width.
    box_bins, mask_bins: side of what RoIAlign cuts out; box_hidden, mask_hidden, mask_depth, mask_narrow: of the
    heads. roi_size, roi_level: a box of roi_size pixels reads map roi_level, see roi_align.level_of. mask_level: the
    map that all masks read, or None for the box's own. selection: how many boxes go on and how many learn.
    """

    def __init__(
        self,
        backbone: nn.Module,
        classes: int,
        *,
        width: int = 256,
        anchor_sizes: Sequence[float] = (32, 64, 128, 256),
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        box_bins: int = 7,
        box_hidden: int = 1024,
        mask_bins: int = 14,
        mask_hidden: int = 256,
        mask_depth: int = 4,
        mask_narrow: int | None = None,
        roi_size: float = 224.0,
        roi_level: int = 2,
        mask_level: int | None = None,
        selection: Selection | None = None,
    ):
        super().__init__()
        levels = len(anchor_sizes)
        if not 1 <= levels <= len(backbone.channels):
            raise ValueError(
                f"anchor sizes must be given for each of the {len(backbone.channels)} maps of the backbone, got "
                f"{levels}"
            )
        self.classes, self.anchor_sizes, self.ratios = classes, tuple(anchor_sizes), tuple(ratios)
        self.strides = tuple(backbone.strides[:levels])
        self.box_bins, self.mask_bins = box_bins, mask_bins
        self.roi_size, self.roi_level = roi_size, roi_level
        self.mask_level, self.selection = mask_level, selection or Selection()
        self.backbone = backbone
        self.pyramid = FeaturePyramid(backbone.channels, width=width, levels=levels)
        self.proposals = ProposalHead(width, len(ratios))
        self.box_head = BoxHead(width, box_bins, classes, box_hidden)
        self.mask_head = MaskHead(width, classes, mask_hidden, mask_depth, mask_narrow)

    def forward(self, pixel_values: Tensor) -> RegionOutput:
        maps = self.pyramid(self.backbone(pixel_values))
        objectness, deltas = self.proposals(maps)
        cells = [(x.shape[-2], x.shape[-1]) for x in maps]
        anchors = anchors_of_maps(cells, self.strides, self.anchor_sizes, self.ratios)
        return RegionOutput(maps, objectness, deltas, anchors, (pixel_values.shape[-2], pixel_values.shape[-1]))

    @torch.no_grad()
    def propose(self, output: RegionOutput, index: int = 0, **changed: Any) -> tuple[Tensor, Tensor]:
        """The proposals of one picture, best first: (R, 4) xyxy, and their objectness logits (R,).

        changed: before, after or threshold, for others than the model's.
        """
        chosen = {"before": self.selection.before, "after": self.selection.after, "threshold": self.selection.threshold}
        given = (output.objectness[index], output.deltas[index], output.anchors, output.size)
        return chosen_proposals(*given, **{**chosen, **changed})

    def classify(self, output: RegionOutput, boxes: Tensor, index: int = 0) -> Tensor:
        """The class logits of given boxes of one picture, with gradients. boxes: (R, 4) xyxy -> (R, K + 1)."""
        return self.box_head(self._pooled([x[index] for x in output.maps], boxes, self.box_bins))[0]

    @torch.no_grad()
    def detect(
        self,
        output: RegionOutput,
        *,
        score_threshold: float = 0.05,
        nms_threshold: float = 0.5,
        top_k: int = 100,
        boxes: Sequence[Tensor] | None = None,
    ) -> list[Detections]:
        """The second stage, in inference. -> one Detections a picture.

        score_threshold: what a class must reach; nms_threshold: IoU above which boxes of one class are one thing, 1
        keeps them all. boxes: (R, 4) for each picture, to be looked at instead of the proposals.
        """
        found = []
        for index in range(len(output)):
            maps = [x[index] for x in output.maps]
            looked = self.propose(output, index)[0] if boxes is None else boxes[index]
            found.append(self._detect(maps, looked, output.size, score_threshold, nms_threshold, top_k))
        return found

    def _detect(self, maps, looked, size, score_threshold, nms_threshold, top_k) -> Detections:
        class_logits, deltas = self.box_head(self._pooled(maps, looked, self.box_bins))
        scores, labels = class_logits.softmax(-1)[:, :-1].max(-1)
        boxes = clip_boxes(decode_boxes(deltas, looked, BOX_WEIGHTS), size)
        real = (scores > score_threshold) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(1)
        boxes, labels, scores, looked = (x[real] for x in (boxes, labels, scores, looked))
        kept = nms_by_class(boxes, scores, labels, nms_threshold)[:top_k]
        boxes, labels, scores, looked = (x[kept] for x in (boxes, labels, scores, looked))
        masks = self.mask_head(self._mask_pieces(maps, boxes)).sigmoid()
        return Detections(boxes, labels, scores, masks[torch.arange(len(labels)), labels], looked)

    def _pooled(self, maps: Sequence[Tensor], boxes: Tensor, bins: int) -> Tensor:
        return pooled(maps, self.strides, boxes, bins, size=self.roi_size, level=self.roi_level)

    def _mask_pieces(self, maps: Sequence[Tensor], boxes: Tensor) -> Tensor:
        """What the mask head reads of each box, (R, C, mask_bins, mask_bins)."""
        if self.mask_level is None:
            return self._pooled(maps, boxes, self.mask_bins)
        return roi_align(maps[self.mask_level], boxes, self.mask_bins, self.strides[self.mask_level])

    def losses(
        self, output: RegionOutput, targets: Sequence[Targets], generators: Sequence[torch.Generator] | None = None
    ) -> dict[str, Tensor]:
        """The five terms of a batch, scalars to be added; each is the mean over its pictures.

        targets: one a picture, at the input's size; a mask without pixels is left out. generators: which boxes are
        drawn, one a picture; by default torch's own random numbers.
        Raises ValueError for a label that this model has no class for.
        """
        # the heads work in float32, also where the first stage ran in a lower precision
        maps, objectness, deltas = [x.float() for x in output.maps], output.objectness.float(), output.deltas.float()
        output = replace(output, maps=maps, objectness=objectness, deltas=deltas)
        parts = []
        for index, target in enumerate(targets):
            generator = None if generators is None else generators[index]
            parts.append(self._parts(output, index, target, generator))
        first = {name: torch.stack([part[name] for part in parts]).mean() for name in ("objectness", "anchor_box")}
        pieces, labels, deltas, mask_pieces, mask_labels, mask_truth = (
            torch.cat([part["second"][number] for part in parts]) for number in range(6)
        )
        class_logits, predicted = self.box_head(pieces)
        things = labels < self.classes
        return {
            **first,
            "class": F.cross_entropy(class_logits, labels),
            "box": box_loss(predicted[things], deltas, len(labels), beta=1.0),
            "mask": mask_loss(self.mask_head(mask_pieces), mask_labels, mask_truth),
        }

    def _parts(self, output: RegionOutput, index: int, target: Targets, generator) -> dict[str, Any]:
        """What one picture gives to the losses: the first stage's two terms, and what the second stage reads."""
        chosen = self.selection
        seen = target.masks.bool().flatten(1).any(1)
        labels, masks = target.labels[seen], target.masks[seen].float()
        if len(labels) and int(labels.max()) >= self.classes:
            raise ValueError(
                f"label must be 0 to {self.classes - 1}, got {int(labels.max())}: the truth has classes that this "
                "model does not know"
            )
        true = pixel_boxes(masks)
        objectness, deltas = output.objectness[index], output.deltas[index]
        asked, which = label_anchors(output.anchors, true, chosen.low, chosen.high)
        things, nothings = drawn(asked, chosen.anchors, chosen.anchor_share, generator)
        moved = encode_boxes(true[which[things]], output.anchors[things])
        boxes, _ = self.propose(output, index, before=chosen.training_before, after=chosen.training_after)
        boxes = torch.cat([boxes, true])  # so that the second stage has something to learn from at the start
        best, which = compared(boxes, true)
        asked = torch.where(best >= chosen.overlap, THING, NOTHING)
        right, wrong = drawn(asked, chosen.boxes, chosen.box_share, generator)
        maps, own = [x[index] for x in output.maps], which[right]
        second = (
            self._pooled(maps, torch.cat([boxes[right], boxes[wrong]]), self.box_bins),
            torch.cat([labels[own], torch.full((len(wrong),), self.classes)]),
            encode_boxes(true[own], boxes[right], BOX_WEIGHTS),
            self._mask_pieces(maps, boxes[right]),
            labels[own],
            roi_align_each(masks[own], boxes[right], 2 * self.mask_bins),
        )
        return {
            "objectness": objectness_loss(objectness, things, nothings),
            "anchor_box": box_loss(deltas[things], moved, len(things) + len(nothings)),
            "second": second,
        }


def pixel_boxes(masks: Tensor) -> Tensor:
    """The smallest box around each mask, outer edges of its pixels. (N, H, W), each with a pixel -> (N, 4) xyxy."""
    height, width = masks.shape[-2:]
    return corners(boxes_of_masks(masks)) * torch.tensor([width, height, width, height])

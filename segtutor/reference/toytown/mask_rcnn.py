"""Mask R-CNN at ToyTown's size: three levels, four thousand anchors, eight kinds of things.

He et al., "Mask R-CNN", arXiv:1703.06870, figure 4, on a ResNet of 32 to 128 channels. The stages of the shipped
Mask2Former's backbone are where its training begins, and they stay as they are; the pyramid and the heads are its own.

Differs from the paper: anchors of 16, 32 and 60 pixels, since things are 12 to 70 pixels large; levels at strides 4, 8
and 16 alone; all masks are read at stride 4; heads of 112 and 64 channels, which learn within minutes on one core.
Taught in notebooks/12_what_did_queries_replace.
"""

from __future__ import annotations

from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.models.mask_rcnn import MaskRCNN, Selection

BACKBONE = {
    "model_type": "resnet",
    "embedding_size": 32,
    "hidden_sizes": [32, 64, 96, 128],
    "depths": [2, 2, 2, 2],
    "layer_type": "basic",
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}
# How many boxes go on, and how many learn: some 6 things a picture, not the 7 of COCO at 40 times as many pixels.
SELECTION = Selection(
    before=300, after=100, training_before=150, training_after=50, anchors=64, high=0.6, boxes=32, box_share=0.25
)


class ToyTownMaskRCNN(MaskRCNN):
    """(B, 3, H, W) float, normalised -> RegionOutput. classes: K; width: channels of the pyramid."""

    model_type = "toytown-mask-rcnn"
    bounds = {"classes": (1, 200), "width": (8, 256)}

    def __init__(self, classes: int = 8, width: int = 64):
        super().__init__(
            build_backbone(dict(BACKBONE)),
            classes,
            width=width,
            anchor_sizes=(16, 32, 60),
            box_hidden=112,
            mask_hidden=64,
            mask_depth=3,
            mask_narrow=32,
            roi_size=24,  # boxes up to 24 pixels read stride 4, up to 48 stride 8, larger ones stride 16
            roi_level=1,
            mask_level=0,
            selection=SELECTION,
        )
        self.settings = {"classes": classes, "width": width}

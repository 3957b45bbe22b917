"""DETR, whole, with masks: objects as a set that is predicted at once, without anchors and without suppression.

Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, figure 2 and section 4.4:

    picture -> trunk -> 1/32 -> conv1x1 -> encoder -> places -> decoder -> Q queries
    class logits = W query + b        box = sigmoid(MLP(query))        masks: `detr_mask_head`

A box is (centre x, centre y, width, height) relative to the picture. The trunk's batch normalisations are frozen.

    model = Detr.from_config(config)               # config.json of a checkpoint, as a dict; random weights
    output = model(pixel_values)                   # MaskOutput with boxes

Pictures of different sizes in one batch are padded at their right and lower edges. By default all of a picture
counts. `valid` says what was padded: nobody looks there, positions count up to the edge of what is valid, and boxes
are relative to it. The trunk still sees the padding.

Shapes: (B, 3, H, W) -> class logits (B, Q, K + 1), boxes (B, Q, 4), mask logits (B, Q, H / 4, W / 4).
Differs from the paper: nothing.
Taught in notebooks/05_what_is_a_query.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ..outputs import MaskOutput
from .backbones import build_backbone
from .detr_decoder import DetrDecoder, DetrEncoder, as_places
from .detr_mask_head import DetrMaskHead
from .feed_forward import Perceptron
from .linear import Linear
from .names import detr as names
from .names import num_classes
from .positions import sine_positions


class Detr(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with boxes and masks at stride 4.

    backbone: with four maps, at strides 4 to 32 (16 where its last stage is dilated). num_classes: K.
    """

    rules = staticmethod(names.rules)
    ignore = names.IGNORE

    def __init__(
        self,
        backbone: nn.Module,
        encoder: DetrEncoder,
        decoder: DetrDecoder,
        num_classes: int,
        *,
        num_heads: int = 8,
        activation: str = "relu",
    ):
        super().__init__()
        *finer, coarsest = backbone.channels
        width = decoder.width
        self.backbone = backbone
        self.project = nn.Conv2d(coarsest, width, 1)
        self.encoder, self.decoder = encoder, decoder
        self.class_head = Linear(width, num_classes + 1)
        self.box_head = Perceptron((width, width, width, 4))
        self.mask_head = DetrMaskHead(width, finer, num_heads=num_heads, activation=activation)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Detr:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent.

        Published files name their trunk as timm does; it is built here, without timm.
        """
        names.check(config)
        backbone = build_backbone(names.backbone_config(config), frozen_norms=True)
        if len(backbone.channels) != 4:
            raise ValueError(
                f"got a trunk with {len(backbone.channels)} maps, expected 4: set its out_features to stage1 .. stage4"
            )
        return cls(
            backbone,
            DetrEncoder.from_config(config),
            DetrDecoder.from_config(config),
            num_classes(config),
            num_heads=config.get("encoder_attention_heads", 8),
            activation=config.get("activation_function", "relu"),
        )

    def forward(self, pixel_values: Tensor, *, valid: Tensor | None = None, layers: bool = False) -> MaskOutput:
        """valid: (B, H, W) bool, False where a picture was padded; None: all counts.

        layers: also what each decoder layer but the last predicts (output.layers), first layer first. The mask head,
        the dearest part, then runs for each of them; DETR trains it on the last layer alone.
        """
        *finer, coarsest = self.backbone(pixel_values)
        picture = self.project(coarsest)  # (B, C, h, w)
        size = (picture.shape[-2], picture.shape[-1])
        seen = None if valid is None else _shrink(valid, pixel_values, size)
        may_attend = None if seen is None else seen.flatten(1)[:, None, None]  # (B, 1, 1, h * w)
        positions = sine_positions(size, self.decoder.width, valid=seen, device=picture.device)
        positions = as_places(positions).to(picture.dtype)
        memory = self.encoder(as_places(picture), positions, may_attend)
        queries = self.decoder(memory, positions, may_attend=may_attend, layers=layers)
        encoded = memory.transpose(1, 2).unflatten(-1, size)  # (B, C, h, w)
        *earlier, final = (
            MaskOutput(
                self.class_head(state),
                self.mask_head(state, encoded, picture, finer, seen),
                boxes=self.box_head(state).sigmoid(),
            )
            for state in queries
        )
        return MaskOutput(final.class_logits, final.mask_logits, final.boxes, tuple(earlier))


def _shrink(valid: Tensor, pixel_values: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, H, W) -> (B, h, w) bool: a place is valid where the pixel at its upper left corner is."""
    expected = (len(pixel_values), *pixel_values.shape[-2:])
    if tuple(valid.shape) != expected:
        raise ValueError(f"got valid of shape {tuple(valid.shape)}, expected {expected}: one value a pixel")
    small = F.interpolate(valid[:, None].float(), size=size, mode="nearest")[:, 0].bool()
    if not small.flatten(1).any(-1).all():
        raise ValueError("got valid without a place that counts, expected some in each picture: pad right and below")
    return small

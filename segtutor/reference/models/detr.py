"""DETR, whole, with masks: objects as a set that is predicted at once, without anchors and without suppression.

Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, figure 2 and section 4.4:

    picture -> backbone -> 1/32 -> conv1x1 -> encoder -> cells -> decoder -> Q queries
    class logits = W query + b        box = sigmoid(MLP(query))        masks: `detr_mask_head`

A box is (centre x, centre y, width, height) relative to the picture. The backbone's batch normalisations are frozen.

    model = DETR.from_config(config)               # config.json of a checkpoint, as a dict; random weights
    output = model(pixel_values)                   # MaskOutput with boxes

Pictures of different sizes in one batch are padded at their right and lower edges. By default all of a picture
counts. `valid` says what was padded: nobody looks there, positions count up to the edge of what is valid, and boxes
are relative to it. The backbone still sees the padding.

Shapes: (B, 3, H, W) -> class logits (B, Q, K + 1), boxes (B, Q, 4), mask logits (B, Q, H / 4, W / 4).
Differs from the paper: nothing.
Taught in notebooks/06_what_is_a_query.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import MaskOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.decoders.detr_decoder import DetrDecoder, DetrEncoder, as_tokens
from segtutor.reference.decoders.detr_mask_head import DetrMaskHead
from segtutor.reference.layers.feed_forward import MLP
from segtutor.reference.layers.positions import sine_positions
from segtutor.reference.weights.names import detr as names
from segtutor.reference.weights.names import num_classes


class DETR(nn.Module):
    """(B, 3, H, W) float, normalised -> MaskOutput with boxes and masks at stride 4.

    backbone: with four maps, at strides 4 to 32 (16 where its last stage is dilated). num_classes: K.
    """

    rules = staticmethod(names.rules)
    renames = staticmethod(names.renames)
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
        self.class_head = nn.Linear(width, num_classes + 1)
        self.box_head = MLP((width, width, width, 4))
        self.mask_head = DetrMaskHead(width, finer, num_heads=num_heads, activation=activation)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DETR:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent.

        Published files name their backbone as timm does; it is built here, without timm.
        """
        names.check(config)
        backbone = build_backbone(names.backbone_config(config), frozen_norms=True)
        if len(backbone.channels) != 4:
            raise ValueError(
                f"the backbone must give 4 maps, got {len(backbone.channels)}: set its out_features to stage1 .. stage4"
            )
        return cls(
            backbone,
            DetrEncoder.from_config(config),
            DetrDecoder.from_config(config),
            num_classes(config),
            num_heads=config.get("encoder_attention_heads", 8),
            activation=config.get("activation_function", "relu"),
        )

    def forward(self, pixel_values: Tensor, *, valid: Tensor | None = None, layers: bool | None = None) -> MaskOutput:
        """valid: (B, H, W) bool, False where a picture was padded; None: all counts.

        layers: also what each decoder layer but the last predicts (output.layers), first layer first; None: while it
        trains, since the auxiliary losses on classes and boxes need them. The mask head, the most expensive part, then
        runs for each of them; DETR_LOSS trains it on the last layer alone.
        """
        layers = self.training if layers is None else layers
        *finer, coarsest = self.backbone(pixel_values)
        picture = self.project(coarsest)  # (B, C, h, w)
        size = (picture.shape[-2], picture.shape[-1])
        seen = None if valid is None else _shrink(valid, pixel_values, size)
        may_attend = None if seen is None else seen.flatten(1)[:, None, None]  # (B, 1, 1, h * w)
        positions = sine_positions(size, self.decoder.width, valid=seen, device=picture.device)
        positions = as_tokens(positions).to(picture.dtype)
        memory = self.encoder(as_tokens(picture), positions, may_attend)
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
    """(B, H, W) -> (B, h, w) bool: a cell is valid where the pixel at its upper left corner is."""
    expected = (len(pixel_values), *pixel_values.shape[-2:])
    if tuple(valid.shape) != expected:
        raise ValueError(f"valid must be one value for each pixel, {expected}, got shape {tuple(valid.shape)}")
    small = F.interpolate(valid[:, None].float(), size=size, mode="nearest")[:, 0].bool()
    if not small.flatten(1).any(-1).all():
        raise ValueError("valid must be true at some positions of each picture: pad right and below")
    return small

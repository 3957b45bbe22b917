"""SAM, whole: a picture is encoded once, then every prompt costs milliseconds.

Kirillov et al., "Segment Anything", arXiv:2304.02643, figure 4:

    picture -> window ViT -> embedding (B, 256, 64, 64)                    backbones/window_vit.py
    clicks, box, mask -> tokens, and a map on the embedding                layers/prompt_encoder.py
    both -> two-way transformer -> masks at stride 4, predicted IoU        decoders/two_way.py

    model = SAM.from_config(config)                                        # config.json as a dict; random weights
    image = model.encode(pixel_values)                                     # (1, 3, 1024, 1024): seconds, once
    predictions = model.ask(image, points=..., labels=..., multimask=True)     # PromptOutput

Differs from the paper: nothing. What it was trained on and how, interactively in eleven rounds, is appendix A; its text
prompt was never released. Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.backbones.window_vit import WindowViT
from segtutor.reference.decoders.two_way import PromptMaskDecoder, TwoWayTransformer
from segtutor.reference.layers.prompt_encoder import PromptEncoder, click_kinds, joined
from segtutor.reference.weights.names import sam as names

SURE = 8.0  # the logit that a mask of a person, inside or outside, is shown to the network as


class SAM(nn.Module):
    """accepts: what `ask` takes. Coordinates are pixels of the network's input, (x, y)."""

    accepts = frozenset({"points", "boxes", "mask"})
    rules = staticmethod(names.rules)
    ignore = names.IGNORE

    def __init__(self, backbone: WindowViT, prompts: PromptEncoder, decoder: PromptMaskDecoder):
        super().__init__()
        self.backbone, self.prompts, self.decoder = backbone, prompts, decoder

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SAM:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        picture = config.get("vision_config") or {}
        prompt, decoder = config.get("prompt_encoder_config") or {}, config.get("mask_decoder_config") or {}
        width, embedding = picture.get("hidden_size", 768), decoder.get("hidden_size", 256)
        masks = prompt.get("mask_input_channels", 16)
        backbone = WindowViT(
            width=width,
            num_heads=picture.get("num_attention_heads", 12),
            depth=picture.get("num_hidden_layers", 12),
            hidden=picture.get("mlp_dim") or int(width * picture.get("mlp_ratio", 4.0)),
            image_size=picture.get("image_size", 1024),
            patch=picture.get("patch_size", 16),
            in_channels=picture.get("num_channels", 3),
            window=picture.get("window_size", 14),
            global_layers=tuple(picture.get("global_attn_indexes", (2, 5, 8, 11))),
            embedding=picture.get("output_channels", 256),
            absolute=picture.get("use_abs_pos", True),
            relative=picture.get("use_rel_pos", True),
            packed_bias=picture.get("qkv_bias", True),
            activation=picture.get("hidden_act", "gelu"),
            epsilon=picture.get("layer_norm_eps", 1e-6),
        )
        transformer = TwoWayTransformer(
            embedding,
            decoder.get("num_attention_heads", 8),
            num_layers=decoder.get("num_hidden_layers", 2),
            hidden=decoder.get("mlp_dim", 2048),
            inner=embedding // 2,  # whatever the config says: transformers reads its rate for the last attention alone
            last_inner=embedding // decoder.get("attention_downsample_rate", 2),
            activation=decoder.get("hidden_act", "relu"),
            epsilon=decoder.get("layer_norm_eps", 1e-6),
        )
        encoder = PromptEncoder(
            prompt.get("hidden_size", 256),
            mask_widths=(masks // 4, masks),
            activation=prompt.get("hidden_act", "gelu"),
            scale=width // 2,
            epsilon=prompt.get("layer_norm_eps", 1e-6),
        )
        return cls(
            backbone,
            encoder,
            PromptMaskDecoder(
                embedding,
                transformer,
                widths=(embedding // 4, embedding // 8),
                num_masks=decoder.get("num_multimask_outputs", 3) + 1,
                iou_hidden=decoder.get("iou_head_hidden_dim", 256),
                iou_depth=decoder.get("iou_head_depth", 3),
            ),
        )

    def encode(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, H, W) float, normalised, of the size it was made for -> embedding (B, C, h, w)."""
        return self.backbone(pixel_values)

    def ask(
        self,
        image: Tensor,
        *,
        points: Tensor | None = None,
        labels: Tensor | None = None,
        boxes: Tensor | None = None,
        mask: Tensor | None = None,
        logits: Tensor | None = None,
        multimask: bool = False,
    ) -> PromptOutput:
        """N prompts about one picture, answered together; each may have clicks, a box, an earlier mask.

        image: (1 or N, C, h, w), what `encode` gives. points: (N, P, 2) float, pixels of the input, (x, y); labels:
        (N, P) int64, 1 on it, 0 beside it, -1 no click. boxes: (N, 4) float, x0 y0 x1 y1. mask: (N, 1, H, W) float,
        -1 outside to 1 inside; or logits: (N, 1, 4 h, 4 w), mask_logits of an earlier prediction. multimask: three
        masks. -> mask_logits (N, M, 4 h, 4 w), M = 3 or 1; scores (N, M), which may leave 0..1 a little. ValueError
        without a prompt.
        """
        given = [part for part in (points, boxes, mask, logits) if part is not None]
        if not given:
            raise ValueError("a prompt must be given: pass points with labels, boxes or a mask")
        size, side = self.backbone.grid, self.backbone.image_size
        xy, kinds = joined(
            None if points is None else (points + 0.5) / side,
            None if labels is None else click_kinds(labels),
            None if boxes is None else (boxes.unflatten(1, (2, 2)) + 0.5) / side,
            len(given[0]),
        )
        if mask is not None:
            shape = (4 * size[0], 4 * size[1])
            logits = SURE * F.interpolate(mask, size=shape, mode="bilinear", align_corners=False, antialias=True)
        return self.decoder(
            image,
            self.prompts.positions.grid(size),
            self.prompts.tokens(xy, kinds),
            self.prompts.mask(logits),
            masks=slice(1, None) if multimask else slice(0, 1),
        )

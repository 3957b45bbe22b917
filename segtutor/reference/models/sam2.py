"""SAM 2 on pictures: SAM with a pyramid as encoder, whose fine maps help to draw the masks.

Ravi et al., "SAM 2: Segment Anything in Images and Videos", arXiv:2408.00714, section 4 and appendix D:

    picture -> Hiera -> four maps -> neck: 256 channels each; stride 32 is added to stride 16      backbones/hiera.py
    stride 16: the embedding (B, 256, 64, 64); strides 8 and 4: added while the decoder enlarges its masks
    clicks, box, mask -> tokens, and a map on the embedding                                 layers/prompt_encoder.py
    both -> two-way transformer -> masks, predicted IoU, whether there is such an object          decoders/two_way.py

What is new in the decoder: an object token, since in a video the object may be hidden; and where one mask is asked for
whose outline is not stable (another threshold, another mask), the best of the three takes its place.

    model = SAM2.from_config(config)                                       # config.json as a dict; random weights
    image = model.encode(pixel_values)                                     # (1, 3, 1024, 1024): once
    predictions = model.ask(image, points=..., labels=..., multimask=True)     # PromptOutput

Differs from the paper: it is for pictures. For videos SAM 2 has a memory: the masks of earlier frames become maps and
tokens, and the embedding of a frame attends to them before the decoder sees it. That part is told in the lesson and not
built here. Without a memory, as in the published code, one learned vector is added to the embedding instead.
Taught in notebooks/15_what_is_left_without_a_decoder.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.backbones.hiera import Hiera
from segtutor.reference.decoders.two_way import PromptMaskDecoder, TwoWayTransformer
from segtutor.reference.layers.prompt_encoder import NOTHING, FourierPositions, PromptEncoder, click_kinds, joined
from segtutor.reference.models.sam import SURE
from segtutor.reference.weights.names import sam2 as names


class Neck(nn.Module):
    """Maps of a pyramid, fine to coarse -> the same sizes with `width` channels each.

    added_to: maps that the next coarser one, enlarged, is added to, counted from the finest.
    """

    def __init__(self, channels: Collection[int], width: int, *, added_to: Collection[int], **convolution: int):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, **convolution) for count in channels)
        self.added_to = frozenset(added_to)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        found: list[Tensor] = []
        for level in reversed(range(len(maps))):
            x = self.lateral[level](maps[level])
            if found and level in self.added_to:
                x = x + F.interpolate(found[0], scale_factor=2.0, mode="nearest")
            found.insert(0, x)
        return found


@dataclass(frozen=True)
class Encoded:
    """A picture for the decoder. embedding: (B, C, h, w). skips: (B, C / 4, 2 h, 2 w) and (B, C / 8, 4 h, 4 w)."""

    embedding: Tensor
    skips: tuple[Tensor, Tensor]


def stability(mask_logits: Tensor, margin: float) -> Tensor:
    """IoU of the masks at a threshold a little above and below 0; 1 where both are empty. (..., h, w) -> (...).

    >>> stability(torch.tensor([[[0.2, 0.01], [0.2, -1.0]]]), 0.05).tolist()  # 2 of 3 cells stay
    [0.6666666865348816]
    """
    sure, perhaps = ((mask_logits > level).sum((-2, -1)).float() for level in (margin, -margin))
    return torch.where(perhaps > 0, sure / perhaps, 1.0)


class SAM2(nn.Module):
    """accepts: what `ask` takes. Coordinates are pixels of the network's input, (x, y).

    image_size: pixels a side. stable: a single mask whose `stability` is below it is replaced by the best of the three;
    margin: of that; None: never replaced.
    """

    accepts = frozenset({"points", "boxes", "mask"})
    rules = staticmethod(names.rules)
    ignore = names.IGNORE
    same_as = names.SAME_AS
    resizes_once = True  # the whole input shows the picture, so masks go to its size at once, as published

    def __init__(
        self,
        backbone: Hiera,
        neck: Neck,
        prompts: PromptEncoder,
        decoder: PromptMaskDecoder,
        *,
        width: int,
        image_size: int,
        stable: float | None = 0.98,
        margin: float = 0.05,
    ):
        super().__init__()
        self.backbone, self.neck, self.prompts, self.decoder = backbone, neck, prompts, decoder
        self.image_size, self.stable, self.margin = image_size, stable, margin
        self.cells = FourierPositions(width)
        self.skips = nn.ModuleList([nn.Conv2d(width, width // 4, 1), nn.Conv2d(width, width // 8, 1)])
        self.no_memory = nn.Parameter(torch.zeros(1, width, 1, 1))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SAM2:
        """config: what config.json holds. Keys that equal transformers' defaults may be absent."""
        vision = config.get("vision_config") or {}
        prompt, decoder = config.get("prompt_encoder_config") or {}, config.get("mask_decoder_config") or {}
        hiera = vision.get("backbone_config") or {}
        widths = hiera.get("embed_dim_per_stage") or [96, 192, 384, 768]
        width = decoder.get("hidden_size", 256)
        levels = vision.get("num_feature_levels", 3)
        layers = decoder.get("num_hidden_layers", 2)
        if levels != 3 or len(widths) != 4 or layers != 2 or vision.get("fpn_stride", 1) != 1:
            raise ValueError(
                "a SAM 2 must have 4 stages, 3 feature levels, fpn_stride 1 and 2 layers in its decoder, got "
                f"{len(widths)}, {levels}, {vision.get('fpn_stride', 1)} and {layers}"
            )
        backbone = Hiera(
            widths=widths,
            heads=hiera.get("num_attention_heads_per_stage") or (1, 2, 4, 8),
            depths=hiera.get("blocks_per_stage") or (1, 2, 7, 2),
            windows=hiera.get("window_size_per_stage") or (8, 4, 14, 7),
            global_layers=_given(hiera.get("global_attention_blocks"), (5, 7, 9)),
            pooling_stages=hiera.get("num_query_pool_stages", 3),
            stride=_side(hiera.get("query_stride"), 2),
            background=tuple(hiera.get("window_positional_embedding_background_size") or (7, 7)),
            stem=hiera.get("hidden_size", 96),
            kernel=_side(hiera.get("patch_kernel_size"), 7),
            patch=_side(hiera.get("patch_stride"), 4),
            padding=_side(hiera.get("patch_padding"), 3),
            in_channels=hiera.get("num_channels", 3),
            ratio=hiera.get("mlp_ratio", 4.0),
            activation=hiera.get("hidden_act", "gelu"),
            epsilon=hiera.get("layer_norm_eps", 1e-6),
        )
        neck = Neck(
            widths,
            vision.get("fpn_hidden_size", 256),
            added_to=_given(vision.get("fpn_top_down_levels"), (2, 3)),
            kernel_size=vision.get("fpn_kernel_size", 1),
            padding=vision.get("fpn_padding", 0),
        )
        masks = prompt.get("mask_input_channels", 16)
        inner = width // decoder.get("attention_downsample_rate", 2)
        transformer = TwoWayTransformer(
            width,
            decoder.get("num_attention_heads", 8),
            hidden=decoder.get("mlp_dim", 2048),
            inner=inner,
            epsilon=1e-5,  # whatever the config says: the library does not pass it on
        )
        return cls(
            backbone,
            neck,
            PromptEncoder(
                prompt.get("hidden_size", 256),
                mask_widths=(masks // 4, masks),
                activation=prompt.get("hidden_act", "gelu"),
                scale=prompt.get("scale", 1),
                epsilon=prompt.get("layer_norm_eps", 1e-6),
            ),
            PromptMaskDecoder(
                width,
                transformer,
                widths=(width // 4, width // 8),
                num_masks=decoder.get("num_multimask_outputs", 3) + 1,
                iou_hidden=decoder.get("iou_head_hidden_dim", 256),
                iou_depth=decoder.get("iou_head_depth", 3),
                with_object=True,
            ),
            width=width,
            image_size=_side(prompt.get("image_size"), 1024),
            stable=decoder.get("dynamic_multimask_stability_thresh", 0.98)
            if decoder.get("dynamic_multimask_via_stability", True)
            else None,
            margin=decoder.get("dynamic_multimask_stability_delta", 0.05),
        )

    def encode(self, pixel_values: Tensor) -> Encoded:
        """(B, 3, H, W) float, normalised, of the size it was made for. Raises ValueError for another."""
        if tuple(pixel_values.shape[2:]) != (self.image_size, self.image_size):
            raise ValueError(
                f"a picture must be {self.image_size} x {self.image_size}, got {pixel_values.shape[2]} x "
                f"{pixel_values.shape[3]}: resize it"
            )
        fine, middle, coarse, _ = self.neck(self.backbone(pixel_values))
        return Encoded(coarse + self.no_memory, (self.skips[0](middle), self.skips[1](fine)))

    def ask(
        self,
        image: Encoded,
        *,
        points: Tensor | None = None,
        labels: Tensor | None = None,
        boxes: Tensor | None = None,
        mask: Tensor | None = None,
        logits: Tensor | None = None,
        multimask: bool = False,
    ) -> PromptOutput:
        """N prompts about one picture, answered together; each may have clicks, a box, an earlier mask.

        Arguments as of SAM.ask; image: of one picture. -> mask_logits (N, M, 4 h, 4 w), M = 3 or 1; scores (N, M),
        0..1; object_logits (N,). ValueError without a prompt.
        """
        given = [part for part in (points, boxes, mask, logits) if part is not None]
        if not given:
            raise ValueError("a prompt must be given: pass points with labels, boxes or a mask")
        count, size = len(given[0]), (image.embedding.shape[2], image.embedding.shape[3])
        xy, kinds = joined(
            None if points is None else (points + 0.5) / self.image_size,
            None if labels is None else click_kinds(labels),
            None if boxes is None else (boxes.unflatten(1, (2, 2)) + 0.5) / self.image_size,
            count,
        )
        if boxes is not None or points is None:  # as published: NOTHING follows a box too, and twice a mask alone
            xy = torch.cat((xy, xy.new_zeros(count, 1, 2)), 1)
            kinds = torch.cat((kinds, kinds.new_full((count, 1), NOTHING)), 1)
        if mask is not None:
            shape = (4 * size[0], 4 * size[1])
            logits = SURE * F.interpolate(mask, size=shape, mode="bilinear", align_corners=False, antialias=True)
        answers = self.decoder(
            image.embedding,
            self.cells.grid(size),
            self.prompts.tokens(xy, kinds),
            self.prompts.mask(logits),
            skips=image.skips,
        )
        return self.chosen(answers, multimask)

    def chosen(self, answers: PromptOutput, multimask: bool) -> PromptOutput:
        """All the decoder's masks -> those that are asked for: the three, or one."""
        masks, scores = answers.mask_logits, answers.scores
        if multimask:
            return PromptOutput(masks[:, 1:], scores[:, 1:], answers.object_logits)
        index = torch.zeros(len(masks), dtype=torch.int64, device=masks.device)
        if self.stable is not None and not self.training:
            shaky = stability(masks[:, 0], self.margin) < self.stable
            index = torch.where(shaky, 1 + scores[:, 1:].argmax(1), index)
        rows = torch.arange(len(masks), device=masks.device)
        return PromptOutput(masks[rows, index][:, None], scores[rows, index][:, None], answers.object_logits)


def _given(value: Any, default: Any) -> tuple[int, ...]:
    """A list of a config, which may be empty, or the default where it says nothing."""
    return tuple(default if value is None else value)


def _side(value: Any, default: int) -> int:
    """One number for both sides of a square: an int or a pair of equal ones. Raises ValueError for unequal ones."""
    if value is None:
        return default
    sides = {value} if isinstance(value, int) else set(value)
    if len(sides) != 1:
        raise ValueError(f"both sides must be equal, got {list(value)}")
    return int(sides.pop())

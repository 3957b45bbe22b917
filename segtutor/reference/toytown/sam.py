"""A small SAM: points, a box or an earlier mask -> masks, each with the IoU that it expects of itself.

After Kirillov et al., "Segment Anything", arXiv:2304.02643, section 3 and appendix A:

    picture -> encoder (slow, once) -> embedding 1/8 of the picture
    prompt  -> tokens: position as Fourier features + what it is (a click on it, beside it, a corner of a box)
    tokens <-> embedding: two two-way layers; then each of four mask tokens, through an MLP, becomes the weights
    of a dot product with the upscaled embedding: one mask for a clear prompt, three for a click

    network = ToyTownSam(); network.features.load_state_dict(...)       # random head on a trained backbone
    image = network.encode(pixel_values)                                # once a picture
    predictions = network.ask(image, points=..., labels=...)                # a few milliseconds a prompt

Differs from the paper:
- The encoder is a frozen Mask2Former's (features.py) and a small neck, not a ViT; width 64 instead of 256.
- A click also brings what the three maps hold under it, a box the mean of what is in it, as SAM 3's geometry encoder
  pools features. With position and label alone, prompts took several times as many steps to find what they are about;
  and a part is often smaller than a cell of the embedding, so the finest map has to be read too.
- Keys of the cross-attention start equal to its queries, so that attention starts at similar content.
- Masks come at half the picture's size, helped by maps at 1/4 and 1/2 ("skips", as in SAM 2).
- Three masks of a click are trained to be the *set* of what it can mean (part, thing, group), not the best of three
  alone: see `segtutor.training.recipes.answer_sets`.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.decoders.two_way import PromptMaskDecoder, TwoWayTransformer
from segtutor.reference.layers.channel_norm import ChannelNorm
from segtutor.reference.layers.prompt_encoder import FIRST_CORNER, LAST_CORNER, ON, PromptEncoder, click_kinds, joined
from segtutor.reference.toytown.features import STAGE_WIDTH, WIDTH, Maps, ToyTownFeatures

MASK_STRIDE = 2  # pixels of the picture per cell of a mask
EMBEDDING_STRIDE = 8
BOX_POINTS = 8  # along each side of a box, where the embedding is read


class Encoded(NamedTuple):
    """A picture, ready to be asked about: the embedding at 1/8 and what helps to draw fine masks, at 1/4 and 1/2."""

    embedding: Tensor
    quarter: Tensor
    half: Tensor

    def expand(self, count: int) -> Encoded:
        """The same picture for `count` prompts, without copies."""
        return Encoded(*(maps.expand(count, -1, -1, -1) for maps in self))


class Residual(nn.Module):
    """x + what two convolutions make of it, (B, C, h, w) -> the same: more of the neighbourhood, at the same stride."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.gelu(self.first(x)))


class Neck(nn.Module):
    """Maps -> Encoded: what the head needs of the frozen features, computed once a picture.

    The frozen features were trained to tell things and stuff; where a part ends has to be learned here. This costs
    little: once a picture, where the decoder runs once a prompt.
    """

    def __init__(self, width: int):
        super().__init__()
        fine, half = WIDTH + STAGE_WIDTH, width // 2
        self.from_quarter = nn.Sequential(nn.Conv2d(fine, width, 1), nn.GELU(), Residual(width))
        self.to_embedding = nn.Sequential(
            nn.Conv2d(WIDTH + width, width, 1),
            ChannelNorm(width),
            nn.GELU(),
            Residual(width),
            ChannelNorm(width),
        )
        self.to_quarter = nn.Conv2d(width, half, 1)
        self.to_pixels = nn.Sequential(nn.Conv2d(3 * MASK_STRIDE**2, 24, 3, padding=1), nn.GELU())
        self.to_half = nn.Sequential(
            nn.Conv2d(24 + half, half, 3, padding=1), nn.GELU(), Residual(half), nn.Conv2d(half, width // 4, 1)
        )

    def forward(self, maps: Maps) -> Encoded:
        fine = self.from_quarter(torch.cat([maps.mask, maps.stage], 1))
        embedding = self.to_embedding(torch.cat([maps.eighth, F.avg_pool2d(fine, 2)], 1))
        quarter = self.to_quarter(fine)
        pixels = self.to_pixels(F.pixel_unshuffle(maps.pixels, MASK_STRIDE))
        enlarged = F.interpolate(quarter, scale_factor=2.0, mode="bilinear", align_corners=False)
        return Encoded(embedding, quarter, self.to_half(torch.cat([pixels, enlarged], 1)))


class ContentEncoder(PromptEncoder):
    """SAM's prompt encoder; besides, a prompt brings what the maps hold there, through one dense layer each.

    A click what is under it, the corners of a box the mean over the box, read at 8 x 8 points.
    """

    def __init__(self, width: int):
        super().__init__(width, mask_widths=(8, 16))
        channels = width + width // 2 + width // 4
        self.under_click, self.in_box = nn.Linear(channels, width), nn.Linear(channels, width)
        nn.init.zeros_(self.no_mask)

    def tokens_on(self, image: Encoded, xy: Tensor, kinds: Tensor) -> Tensor:
        """image: of N pictures; xy: (N, P, 2), 0..1; kinds: (N, P), at most one box -> (N, P, C)."""
        seen = self.under_click(_read(image, xy)) * (kinds <= ON)[..., None]
        corner = (kinds == FIRST_CORNER)[..., None], (kinds == LAST_CORNER)[..., None]
        if torch.compiler.is_compiling() or corner[0].any():  # an export decides nothing by what is in a tensor
            first, last = ((xy * which).sum(1, keepdim=True) for which in corner)  # (N, 1, 2)
            inside = _read(image, first + (last - first) * _unit_grid(BOX_POINTS, xy.device)).mean(1, keepdim=True)
            seen = seen + self.in_box(inside) * (corner[0] | corner[1])
        return self.tokens(xy, kinds) + seen


def _read(image: Encoded, xy: Tensor) -> Tensor:
    """What the three maps hold at points, one after another. (N, P, 2) of 0..1 -> (N, P, C), bilinear, 0 outside."""
    at = 2 * xy[:, :, None] - 1
    return torch.cat([F.grid_sample(maps, at, align_corners=False)[..., 0] for maps in image], 1).transpose(1, 2)


def _unit_grid(side: int, device: torch.device) -> Tensor:
    """The middles of side x side cells of the unit square, (side side, 2)."""
    middles = (torch.arange(side, device=device) + 0.5) / side
    return torch.stack(torch.meshgrid(middles, middles, indexing="xy"), -1).flatten(0, 1)


class ToyTownSam(nn.Module):
    """The whole network. width: a multiple of 8; settings beyond these bounds are no model of this course."""

    model_type = "toytown-sam"
    accepts = frozenset({"points", "boxes", "mask"})
    bounds = {"width": (16, 256), "num_layers": (1, 6), "num_heads": (1, 16)}  # what a config.json may ask for

    def __init__(self, *, width: int = 64, num_layers: int = 2, num_heads: int = 4):
        super().__init__()
        if width % 8:
            raise ValueError(f"width must be a multiple of 8, got {width}")
        self.settings = {"width": width, "num_layers": num_layers, "num_heads": num_heads}
        self.features = ToyTownFeatures()
        self.neck = Neck(width)
        self.prompts = ContentEncoder(width)
        transformer = TwoWayTransformer(width, num_heads, num_layers=num_layers, hidden=2 * width)
        self.decoder = PromptMaskDecoder(
            width, transformer, widths=(width // 2, width // 4), depth=2, iou_hidden=width, iou_depth=2
        )
        similar_keys(transformer)

    def encode(self, pixel_values: Tensor) -> Encoded:
        """(B, 3, H, W) float, normalised, sides multiples of 32 -> what `ask` needs; once a picture."""
        return self.neck(self.features(pixel_values))

    def ask(
        self,
        image: Encoded,
        *,
        points: Tensor | None = None,
        labels: Tensor | None = None,
        boxes: Tensor | None = None,
        mask: Tensor | None = None,
        multimask: bool = False,
    ) -> PromptOutput:
        """N prompts about one picture, answered together; each may have clicks, a box, an earlier mask.

        image: of one picture, or of N. points: (N, P, 2) float, pixels of the input, (x, y); 3 is pixel 3's middle.
        labels: (N, P) int64, 1 on it, 0 beside it, -1 no click. boxes: (N, 4) float, x0 y0 x1 y1, edges of pixels.
        mask: (N, 1, h, w) float, -1 outside to 1 inside. multimask: three masks instead of one.
        -> PromptOutput with M = 3 or 1. Raises ValueError without a prompt.
        """
        height, width = (EMBEDDING_STRIDE * side for side in image.embedding.shape[-2:])
        if points is None and boxes is None and mask is None:
            raise ValueError("a prompt must be given: pass points with labels, boxes or a mask")
        (count,) = {len(given) for given in (points, boxes, mask) if given is not None}
        edges = torch.tensor([width, height], dtype=torch.float32, device=image.embedding.device)
        xy, kinds = joined(
            None if points is None else (points + 0.5) / edges,
            None if labels is None else click_kinds(labels),
            None if boxes is None else boxes.unflatten(1, (2, 2)) / edges,
            count,
        )
        if mask is not None:
            size = (height // MASK_STRIDE, width // MASK_STRIDE)
            mask = F.interpolate(mask, size=size, mode="bilinear", align_corners=False, antialias=True)
        answers = self.answer(image, xy, kinds, mask, slice(1, None) if multimask else slice(0, 1))
        return PromptOutput(answers.mask_logits, answers.scores.clamp(0, 1))

    def answer(
        self, image: Encoded, xy: Tensor, kinds: Tensor, mask: Tensor | None = None, masks: slice = slice(None)
    ) -> PromptOutput:
        """All four masks of N prompts, as training needs them, or some. xy: (N, P, 2), 0..1; kinds: (N, P)."""
        if len(image.embedding) != len(xy):
            image = image.expand(len(xy))
        cells = self.prompts.positions.grid((image.embedding.shape[-2], image.embedding.shape[-1]))
        tokens, dense = self.prompts.tokens_on(image, xy, kinds), self.prompts.mask(mask)
        return self.decoder(image.embedding, cells, tokens, dense, skips=(image.quarter, image.half), masks=masks)


def similar_keys(transformer: TwoWayTransformer) -> None:
    """Where tokens and picture meet, keys start equal to queries: attention starts at similar content."""
    crossing = [attention for layer in transformer.layers for attention in (layer.to_picture, layer.to_tokens)]
    for attention in (*crossing, transformer.last):
        attention.key.load_state_dict(attention.query.state_dict())

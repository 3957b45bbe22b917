"""seggpt-toytown and painter-toytown: a small network that copies what a painted example shows onto another picture.

The idea is Painter's and SegGPT's (arXiv:2212.02499, section 3; arXiv:2304.03284, section 3): the task is a pair of
pictures, one as it is and one painted, and the prediction is the painted form of a third:

    prompt picture, its target, query picture -> the query's target              all of three channels

    x       what the frozen features say of the query, a vector for each cell of 4 x 4 pixels
    k, t    the same of the prompt, for each cell of 8 x 8 pixels, and what colour that cell has in the target
    twice:  x <- x + attention(x, k, t), then two 3 x 3 convolutions             the target: 2 x 2 pixels a cell

Attention is tied: queries and keys are one projection W, so a cell of the query takes its colour from the cells of the
prompt that look like it. This is what few minutes of training need; the same network with two projections had learned
nothing about things after 1.5 CPU-minutes, and a plain ViT on stitched pixels nothing after 100 seconds.

    weights = softmax(exp(s) cos(W x, W k))         s: a learned number a head

Several prompts are more cells to look at, side by side. seggpt-toytown was trained with colours drawn anew for each
pair, painter-toytown with one colour a class.

The papers': pictures as tasks, smooth L1 of the painted pixels, random colours. Differs from the papers: the features
are a trained ToyTown network's and frozen, where theirs are learned with the rest; picture and target meet in tied
cross-attention instead of one stitched ViT; several prompts share one softmax instead of the feature ensemble.

Taught in notebooks/14_what_if_the_task_is_in_the_picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segtutor.outputs import PromptOutput
from segtutor.reference.layers.record import AttentionMap, Recordable
from segtutor.reference.toytown.features import STAGE_WIDTH, WIDTH, Maps, ToyTownFeatures

CELL = 8  # pixels a side of a prompt's cell
MARK = (0.8, 0.6, 1.0)  # the lilac in which a given mask is painted: far from each class's colour in painter-toytown
AT_ONCE = 10  # pictures, through the frozen half
TEMPERATURE = 0.03  # of the match without training


def descriptors(maps: Maps) -> Tensor:
    """What the frozen features say of each cell of 8 x 8 pixels, at length 1: (B, h w, C)."""
    cells = torch.cat((F.avg_pool2d(maps.mask, 2), maps.eighth), dim=1).flatten(2).transpose(1, 2)
    return F.normalize(F.layer_norm(cells, cells.shape[-1:]), dim=-1)


def cell_colours(targets: Tensor) -> Tensor:
    """The mean colour of each cell: (B, 3, H, W) -> (B, h w, 3)."""
    return F.avg_pool2d(targets, CELL).flatten(2).transpose(1, 2)


def cosine_match(prompts: Maps, targets: Tensor, query: Maps) -> Tensor:
    """What frozen features do without training: each cell takes the colours of the prompts' cells that look like it.

    softmax(cos / 0.03) of the descriptors. prompts: P pictures with their targets, (P, 3, H, W); query: one picture.
    -> (1, 3, h, w), a colour for each cell of 8 x 8 pixels. This is what a trained network has to beat.
    """
    seen, asked = descriptors(prompts).flatten(0, 1), descriptors(query)[0]
    weights = (asked @ seen.T / TEMPERATURE).softmax(dim=-1)
    colours = weights @ cell_colours(targets).flatten(0, 1)  # (h w, 3)
    height, width = query.eighth.shape[2:]
    return colours.T.view(1, 3, height, width)


def nearer_to(colour: Tensor, painted: Tensor) -> Tensor:
    """Above 0 where a painted pixel is nearer to the colour than to black: (B, 3, h, w) -> (B, 1, h, w).

    (|p|^2 - |p - c|^2) / |c|^2 = 2 p . c / |c|^2 - 1: -1 for black, 1 for the colour itself. colour: (3,), not black.
    """
    if not float(colour.square().sum()) > 0:
        raise ValueError("the colour of a mask must not be black, which stands for what is not meant: choose another")
    return 2 * torch.einsum("bchw,c->bhw", painted, colour)[:, None] / colour.square().sum() - 1


class TiedAttention(Recordable, nn.Module):
    """Attention with one projection for queries and keys, (B, Q, C), (B, S, C), values (B, S, C) -> (B, Q, C)."""

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        if width % num_heads:
            raise ValueError(
                f"width must be a multiple of the number of heads, got width {width} and {num_heads} heads"
            )
        self.num_heads = num_heads
        self.likeness, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.sharpness = nn.Parameter(torch.full((num_heads, 1, 1), 2.3))  # exp(2.3) = 10

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        q, k = (F.normalize(self.heads(self.likeness(x)), dim=-1) for x in (query, key))
        q, v = q * self.sharpness.exp(), self.heads(self.value(value))
        if self.recording:
            weights = (q @ k.transpose(-1, -2)).softmax(-1)
            self.record(AttentionMap(weights))
            seen = weights @ v
        else:
            seen = F.scaled_dot_product_attention(q, k, v, scale=1.0)
        return self.output(seen.transpose(1, 2).flatten(2))

    def heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


class Smoothing(nn.Module):
    """x + 3 x 3 convolution of gelu(norm(x)), twice."""

    def __init__(self, width: int):
        super().__init__()
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for _ in range(2))
        self.convolutions = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            x = x + convolution(F.gelu(norm(x)))
        return x


class ToyTownInContext(nn.Module):
    """A picture and painted examples -> the painted picture. width: of its layers, a multiple of 4 and of heads."""

    model_type = "toytown-incontext"
    bounds = {"width": (8, 256), "num_heads": (1, 16), "rounds": (1, 6)}
    accepts = frozenset({"example"})

    def __init__(self, width: int = 64, num_heads: int = 4, rounds: int = 2):
        super().__init__()
        if width % 4:
            raise ValueError(f"width must be a multiple of 4, because its norms have four groups, got {width}")
        self.settings = {"width": width, "num_heads": num_heads, "rounds": rounds}
        self.features = ToyTownFeatures()
        self.enter = nn.Conv2d(WIDTH + STAGE_WIDTH + WIDTH, width, 1)
        self.norm = nn.LayerNorm(width)
        self.target = nn.Conv2d(3, width, CELL, stride=CELL)
        self.matches = nn.ModuleList(TiedAttention(width, num_heads) for _ in range(rounds))
        self.smoothings = nn.ModuleList(Smoothing(width) for _ in range(rounds))
        self.draw = nn.Conv2d(width, 3 * 2 * 2, 1)

    def encode(self, pixel_values: Tensor) -> Maps:
        """The frozen half, once a picture: (B, 3, H, W) normalised, H and W multiples of 32.

        Ten at a time, so that many pictures take little more memory than their maps.
        """
        blocks = pixel_values.split(AT_ONCE)
        first = self.features(blocks[0])
        if len(blocks) == 1:
            return first
        maps = Maps(pixel_values, *(x.new_empty(len(pixel_values), *x.shape[1:]) for x in first[1:]))
        for place, block in enumerate(blocks):
            found = first if place == 0 else self.features(block)
            for x, part in zip(maps[1:], found[1:], strict=True):
                x[place * AT_ONCE : place * AT_ONCE + len(block)] = part
        return maps

    def paint(self, prompts: Maps, targets: Tensor, query: Maps, count: int = 1) -> Tensor:
        """The targets of B queries, (B, 3, H / 2, W / 2), colours 0..1, nothing is clipped.

        prompts: of B x count pictures, those of a query one after the other; targets: (B count, 3, H, W), 0..1.
        """
        keys, colours = self.shown(prompts, targets)
        keys, colours = (x.unflatten(0, (-1, count)).flatten(1, 2) for x in (keys, colours))  # (B, count S, C)
        return self.copied(query, keys, colours)

    def shown(self, prompts: Maps, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What prompts look like and how they are painted, cell by cell: (P, S, C) and (P, S, C), S = h w / 64."""
        keys = self.tokens(F.avg_pool2d(self.seen(prompts), 2))
        return keys, self.target(targets).flatten(2).transpose(1, 2)

    def copied(self, query: Maps, keys: Tensor, colours: Tensor) -> Tensor:
        """The painted queries, (B, 3, H / 2, W / 2), from the cells shown, (B, S, C) each."""
        x = self.seen(query)
        asking = self.tokens(x)
        for match, smoothing in zip(self.matches, self.smoothings, strict=True):
            found = match(asking, keys, colours)
            x = smoothing(x + found.transpose(1, 2).unflatten(2, x.shape[2:]))
        return F.pixel_shuffle(self.draw(F.gelu(x)), 2)

    def seen(self, maps: Maps) -> Tensor:
        """(B, C, H / 4, W / 4)."""
        coarse = F.interpolate(maps.eighth, scale_factor=2, mode="bilinear", align_corners=False)
        return self.enter(torch.cat((maps.mask, maps.stage, coarse), dim=1))

    def tokens(self, x: Tensor) -> Tensor:
        return self.norm(x.flatten(2).transpose(1, 2))

    def ask_example(self, image: Maps, examples: Sequence[tuple[Tensor, Tensor]]) -> PromptOutput:
        """Where in the picture is what the examples show? One mask, (1, 1, H / 2, W / 2).

        examples: (pixel values (1, 3, h, w), mask (1, 1, h, w) 0..1), painted in one colour on black. A score is what
        the painted colours let expect: with p their share of the colour, 0..1, as a probability, the expected
        intersection of the mask with the truth over their expected union.
        """
        colour = torch.tensor(MARK, device=self.draw.weight.device)
        # one by one, since they may differ in size
        shown = [self.shown(self.encode(picture), mask * colour.view(1, 3, 1, 1)) for picture, mask in examples]
        keys, colours = (torch.cat(cells, dim=1) for cells in zip(*shown, strict=True))
        logits = nearer_to(colour, self.copied(image, keys, colours))
        share, inside = ((logits + 1) / 2).clamp(0, 1), logits > 0
        union = inside.sum((2, 3)) + (share * ~inside).sum((2, 3))
        return PromptOutput(logits, (share * inside).sum((2, 3)) / union.clamp(min=1e-6))

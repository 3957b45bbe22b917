"""What the queries of a mask classifier looked at in one picture: `read_attention(segmenter)`.

    seen = st.models.read_attention(segmenter.set_image(picture))
    seen.layers[2].cross.weights()                     # (heads, Q, S): of each query in the third decoder layer
    seen.layers[2].cross.weights(masked=False)         # the same queries and keys, had they been allowed everywhere
    seen.layers[2].inside, seen.layers[2].empty        # the mask that limited them; whose mask was empty

For the course's own modules and for transformers' (the same weights give the same numbers): Mask2Former, OneFormer,
MaskFormer, DETR and EoMT. In EoMT queries, patches and a few other tokens share one attention in the last blocks: what
a query gives to patches and to queries is shown, and adds up to less than 1.

Taught in notebooks/06_what_is_a_query and 07_why_look_only_inside_the_mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError
from segtutor.models.attention_hooks import Heard, Look, listening
from segtutor.outputs import MaskOutput
from segtutor.reference.layers.record import SamplingPoints

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LayerLook:
    """What the queries did in one decoder layer.

    cross: queries at the positions of one map of `size` (h, w), h * w weights, row by row. among: queries at queries.
    inside: (Q, S) bool, the mask of the prediction before this layer at the map's size, False in all positions of an
    empty one; None where nothing limits a query. empty: (Q,) bool, who by the empty-mask rule looked everywhere (in
    EoMT nobody: with an empty mask a query still has the other tokens). back: the positions at the queries, where they
    look in turn (prompt_attention.py). among is None where a layer has no attention among queries.
    """

    cross: Look
    among: Look | None
    size: tuple[int, int]
    inside: Tensor | None
    empty: Tensor
    back: Look | None = None


@dataclass(frozen=True)
class Attention:
    """Of one picture. layers: of the decoder, first layer first.

    sampling: where each layer of the pixel decoder's deformable attention read, for the cells of all its maps, whose
    `sizes` are (h, w), coarse to fine; empty where a model has none. extent: the shares of rows and columns of each
    map that show the picture; below and to the right of them lies padding. input_size: (H, W) of the network's input.
    """

    layers: tuple[LayerLook, ...]
    sampling: tuple[SamplingPoints, ...]
    sizes: tuple[tuple[int, int], ...]
    extent: tuple[float, float]
    input_size: tuple[int, int]


def read_attention(segmenter: Any) -> Attention:
    """Runs the network once more on the segmenter's picture and listens; the segmenter's output stays as it was.

    Raises UserError: no picture set; a model without queries that look at the picture.
    """
    import torch

    from segtutor.models.preprocess import preprocess

    if not hasattr(segmenter, "run"):
        raise UserError(
            "segmenter must be what segtutor.load returns, because the network has to run once more, got a "
            f'{type(segmenter).__name__}: pass st.load("mask2former-toytown")'
        )
    model = segmenter.model
    pixel_values, shown = preprocess(segmenter.processor, segmenter.image)
    task = (segmenter.task or "panoptic",) if segmenter.record.by_task else ()
    with torch.no_grad(), listening(model) as heard:
        output = segmenter.run(pixel_values.to(next(model.parameters()).device), *task)
    padded = (pixel_values.shape[-2], pixel_values.shape[-1])
    return Attention(
        layers=tuple(_layer(number, heard, output, padded) for number in range(len(heard.cross))),
        sampling=tuple(heard.sampling),
        sizes=tuple(heard.sizes),
        extent=(shown[0] / padded[0], shown[1] / padded[1]),
        input_size=padded,
    )


def _layer(number: int, heard: Heard, output: MaskOutput, padded: tuple[int, int]) -> LayerLook:
    import torch
    import torch.nn.functional as F

    cross = heard.cross[number]
    places = len(range(cross.keys.shape[1])[cross.columns or slice(None)])
    size = heard.sizes[number % len(heard.sizes)] if heard.sizes else _map_size(places, padded)
    empty, inside = torch.zeros(cross.queries.shape[1], dtype=torch.bool), None
    predictions = [*output.layers, output]
    if cross.columns is not None:  # with other tokens to look at, an empty mask needs no rule
        inside = cross.allowed
    elif cross.may_attend is not None and len(predictions) == len(heard.cross) + 1:
        # What the model was told says "everywhere" both for an empty mask and for one that covers all: its own
        # prediction, at the size of the map, tells the two apart.
        masks = F.interpolate(predictions[number].mask_logits[:1], size=size, mode="bilinear", align_corners=False)
        covered = (masks[0].flatten(1) >= 0).float().mean(-1)
        empty = cross.may_attend.all(-1) & (covered < 0.5)
        inside = cross.may_attend & ~empty[:, None]
    return LayerLook(cross, heard.among[number], size, inside, empty)


def _map_size(places: int, padded: tuple[int, int]) -> tuple[int, int]:
    """(h, w) of the map with so many positions, from the network's input: each halving rounds up."""
    for stride in (32, 16, 8, 64, 4, 14):
        size = (-(-padded[0] // stride), -(-padded[1] // stride))
        if size[0] * size[1] == places:
            return size
    raise ValueError(f"{places} positions do not make a map at a stride of 4 to 64 of an input of {padded}")

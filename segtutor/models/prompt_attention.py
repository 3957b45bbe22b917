"""What the tokens of a promptable network looked at, and what the picture took from them: `read_prompt_attention`.

    segmenter = st.load("sam-toytown").set_image(picture)
    seen = st.models.read_prompt_attention(segmenter, points=[(40, 60)])
    seen.tokens                              # ("IoU", "mask 0", ..., "click 1, on it", "no box")
    seen.layers[0].cross.weights()           # (heads, T, S): tokens at the cells of the embedding
    seen.layers[0].back.weights()            # (heads, S, T): cells at the tokens; each row sums to 1
    seen.layers[-1].back                     # None: in the last look only the tokens look

For every network with a `TwoWayTransformer` (decoders/two_way.py): sam-toytown and SAM by name.

Taught in notebooks/13_can_i_just_point_at_it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segtutor.errors import UserError
from segtutor.models import prompt_checks as checks
from segtutor.models.attention import Attention, LayerLook
from segtutor.models.attention_hooks import READERS, Look

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PromptAttention(Attention):
    """Of one prompt about one picture. layers: the two-way layers, then the tokens' last look at the picture.

    tokens: the name of each, in the decoder's order. mask_logits: (M, h, w), one for each of the decoder's mask tokens,
    tokens 1 to M, over the whole input; scores: (M,) float, 0..1, the predicted IoU of each.
    """

    tokens: tuple[str, ...]
    mask_logits: Tensor
    scores: Tensor


def read_prompt_attention(
    segmenter: Any, *, points: Any = None, labels: Any = None, boxes: Any = None
) -> PromptAttention:
    """Asks once more, about one object, and listens. Arguments as of `PromptSegmenter.predict`, with at most one box.

    Raises UserError: no picture set; no prompt, several boxes; a network without a two-way transformer, and SAM 2,
    whose tokens stand in another order.
    """
    import torch

    from segtutor.reference.decoders.two_way import TwoWayTransformer

    model = getattr(segmenter, "model", None)
    found = [one for one in model.modules() if isinstance(one, TwoWayTransformer)] if model is not None else []
    two = getattr(getattr(model, "decoder", None), "object_token", None) is not None
    if not found or two or not hasattr(segmenter, "answers"):
        raise UserError(
            "segmenter must be a promptable model in which tokens and picture look at each other, got "
            f'{getattr(segmenter, "name", type(segmenter).__name__)}: pass st.load("sam-toytown")'
        )
    size = segmenter.image.shape[:2]
    checks.checked_kinds({"points": points, "boxes": boxes}, segmenter.accepts, segmenter.name)
    at, box = checks.checked_points(points, size), checks.checked_boxes(boxes, size)
    on = checks.checked_labels(labels, 0 if at is None else len(at))
    if box is not None and len(box) > 1:
        raise UserError(f"boxes must be one box, got {len(box)}: read the attention of one prompt after the other")
    asked = {"points": None if at is None else at[None], "labels": None if on is None else on[None], "boxes": box}
    transformer, heard = found[0], _Heard()
    hooks = [hook for layer in transformer.layers for hook in heard.layer(layer)]
    hooks.append(heard.listen(transformer.last, heard.cross))
    try:
        three = segmenter.answers(**asked, multimask=True)
    finally:
        for hook in hooks:
            hook.remove()
    tokens = _names(three.mask_logits.shape[1] + 1, on, box)
    if len(tokens) != heard.cross[0].queries.shape[1]:
        raise RuntimeError(f"{heard.cross[0].queries.shape[1]} tokens must have as many names, got {len(tokens)}")
    single = segmenter.answers(**asked)
    maps = _map_of(heard.cross[0].keys.shape[1], segmenter.padded_size)
    nobody = torch.zeros(heard.cross[0].queries.shape[1], dtype=torch.bool)
    missing: list[Look | None] = [None] * (len(heard.cross) - len(heard.back))
    return PromptAttention(
        layers=tuple(
            LayerLook(cross, among, maps, None, nobody, back)
            for cross, among, back in zip(heard.cross, heard.among + missing, heard.back + missing, strict=True)
        ),
        sampling=(),
        sizes=(maps,),
        extent=tuple(shown / padded for shown, padded in zip(segmenter.shown_size, segmenter.padded_size, strict=True)),
        input_size=segmenter.padded_size,
        tokens=tokens,
        mask_logits=torch.cat([single.mask_logits, three.mask_logits], 1)[0].float(),
        scores=torch.cat([single.scores, three.scores], 1)[0].clamp(0, 1).float(),
    )


class _Heard:
    """The attentions of one run, in the order of the layers."""

    def __init__(self) -> None:
        self.cross: list[Look] = []
        self.among: list[Look | None] = []
        self.back: list[Look | None] = []

    def layer(self, layer: Any) -> list[Any]:
        pairs = (layer.self_attention, self.among), (layer.to_picture, self.cross), (layer.to_tokens, self.back)
        return [self.listen(attention, kept) for attention, kept in pairs]

    def listen(self, attention: Any, kept: list) -> Any:
        read = READERS["ours"]
        return attention.register_forward_pre_hook(
            lambda one, args, kwargs: kept.append(read(one, args, kwargs)), with_kwargs=True
        )


def _map_of(cells: int, padded: tuple[int, int]) -> tuple[int, int]:
    """(h, w) of the embedding of a network's input, from how many cells it has."""
    stride = round((padded[0] * padded[1] / cells) ** 0.5)
    return padded[0] // stride, padded[1] // stride


def _names(masks: int, labels: np.ndarray | None, boxes: np.ndarray | None) -> tuple[str, ...]:
    """What `PromptMaskDecoder` and `layers.prompt_encoder.joined` put side by side."""
    clicks = [] if labels is None else labels.tolist()
    names = ["IoU", *(f"mask {n}" for n in range(masks))]
    names += [f"click {n}, {'on it' if label else 'beside it'}" for n, label in enumerate(clicks, 1)]
    return (*names, *(("no box",) if boxes is None else ("first corner", "last corner")))

"""Semantic inference: one class for each pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from segtutor.inference import transformers_like
from segtutor.inference.common import (
    Race,
    checked_categories,
    checked_like,
    checked_single,
    checked_size,
    class_count,
    in_float32,
    upsampled_strips,
)
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Segmentation


@in_float32
def semantic_scores(output: MaskOutput | PerPixelOutput, size: tuple[int, int]) -> Tensor:
    """How much each pixel speaks for each class.

    MaskOutput: score[c, pixel] = sum over queries of P(query is c) * P(pixel in the query's mask), no-object left
    out (MaskFormer, arXiv:2107.06278, sec. 3.4, "semantic inference"):

        einsum("qc,qhw->chw", softmax(class_logits)[:, :K], sigmoid(upsampled mask_logits))

    These scores are >= 0 and sum to no fixed number: several queries may claim a pixel, or none.
    PerPixelOutput: softmax over classes of the upsampled logits; sums to 1 in each pixel.

    size: (H, W) of the picture. Returns (B, K, H, W) float32 on the output's device.
    """
    size = checked_size(size)
    logits = output.mask_logits if isinstance(output, MaskOutput) else output.logits
    scores = torch.empty((len(output), class_count(output), *size), device=logits.device)
    for index in range(len(output)):
        for rows, strip in _strips(output[index], size):
            scores[index, :, rows] = strip if isinstance(output, MaskOutput) else strip.softmax(dim=0)
    return scores


@in_float32
def semantic_inference(
    output: MaskOutput | PerPixelOutput,
    size: tuple[int, int] | None,
    categories: Any = None,
    *,
    like: str = "published",
) -> Segmentation | Tensor:
    """The class with the largest `semantic_scores` in each pixel; no threshold, so there is no void.

    output: of one picture (output[i] of a batch). size: (H, W). categories: of the K classes, None for generic ones.
    Returns one segment a class that occurs, segment id = position + 1, without score. Of equal scores the class
    with the lowest position wins.

    like: "transformers" returns bit for bit the (H, W) int64 tensor of class positions that transformers 5.23
    (Mask2FormerImageProcessor; for a PerPixelOutput SegFormer's) returns for the same logits,
    "transformers-maskformer" that of MaskFormerImageProcessor: there the scores of the classes are resized, not the
    mask logits, and size may be None. See segtutor.inference.transformers_like.

    Raises UserError: several pictures, as many categories as classes expected.
    """
    checked_single(output)
    published = checked_like(like) == "published"
    size, categories = checked_size(size, optional=not published), checked_categories(output, categories)
    if not published:
        return transformers_like.semantic(output, size, like=like)
    return Segmentation.from_semantic(_labels(output, size).cpu().numpy(), categories)


def _labels(output: MaskOutput | PerPixelOutput, size: tuple[int, int]) -> Tensor:
    logits = output.mask_logits if isinstance(output, MaskOutput) else output.logits
    labels = torch.empty(size, dtype=torch.int64, device=logits.device)
    for rows, strip in _strips(output, size):
        if logits.device.type == "cpu":  # seven times as fast as argmax over the first axis there
            race = Race(tuple(strip.shape[1:]), len(strip))
            for position, scores in enumerate(strip):
                race.enter(scores, position)
            labels[rows] = race.codes
        else:
            labels[rows] = strip.argmax(dim=0)
    return labels


def _strips(output: MaskOutput | PerPixelOutput, size: tuple[int, int]) -> Iterator[tuple[slice, Tensor]]:
    """Strips of rows, (K, rows, W): the sums over queries, or a per-pixel model's logits."""
    if isinstance(output, PerPixelOutput):
        yield from upsampled_strips(output.logits[0], size, class_count(output))
        return
    class_probs = output.class_logits[0].float().softmax(dim=-1)[:, :-1].T.contiguous()  # (K, Q)
    for rows, mask_logits in upsampled_strips(output.mask_logits[0], size, class_count(output)):
        mask_probs = mask_logits.sigmoid_().flatten(1)
        yield rows, (class_probs @ mask_probs).unflatten(1, (-1, size[1]))

"""Multi-scale inference: one picture is looked at in several sizes and mirrored, and the predictions are averaged.

    score[c, pixel] = mean over scales s and flips f of  unflip_f(semantic_scores(network(flip_f(resize_s(picture)))))

(DeepLabv3, arXiv:1706.05587, sec. 4.1, with the scales below; "multi-scale" columns of MaskFormer's and Mask2Former's
tables.) What is averaged is what semantic inference takes the argmax of, at the picture's own size: class
probabilities of a per-pixel model, the sums over queries of class probability * mask probability of a mask model; not
logits, and not class maps. Semantic only: the segments of two views have no common numbering that could be averaged.

One pass of the network for each scale and flip: the six scales below, flipped, cost 12 passes and about 17 times the
arithmetic of one, so multi-scale numbers are compared with multi-scale numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from numbers import Real
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from segtutor.errors import UserError
from segtutor.images import load_image
from segtutor.inference.common import checked_categories, class_count, in_float32
from segtutor.inference.semantic import _strips, semantic_inference
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Segmentation

SCALES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)


def multi_scale_inference(
    predictor: Any,
    image: Any,
    *,
    scales: Iterable[float] = SCALES,
    flip: bool = True,
    categories: Any = None,
) -> Segmentation:
    """The class with the largest mean score in each pixel; no void, one segment a class, as `semantic_inference`.

    predictor: a Segmenter, whose network gets inputs `scale` times as large as otherwise (the picture that was set
    stays); or a function (H, W, 3) uint8 -> MaskOutput | PerPixelOutput of one picture, which gets the picture itself
    scaled. image: whatever `segtutor.load_image` takes. flip: look at the mirror image (left and right) too.
    categories: of a function's K classes, None for generic ones; a Segmenter has its own.

    With scales=(1,) and flip=False this is predict(task="semantic").
    Raises UserError: neither a Segmenter nor a function, no scale or one that is no number above 0, a model that
    reads one size only.

        st.metrics.mean_iou(((st.multi_scale_inference(segmenter, i), truth) for i, truth in pairs), categories)
    """
    picture, views = load_image(image), _views(scales, flip)
    categories = getattr(predictor, "categories", None) if categories is None else categories
    if len(views) == 1 and not views[0][1]:
        # Nothing is averaged, and without the softmax no two logits can round to one probability.
        return semantic_inference(next(_outputs(predictor, picture, views)), picture.shape[:2], categories)
    scores, output = _mean_scores(predictor, picture, views)
    return Segmentation.from_semantic(scores.argmax(dim=0).cpu().numpy(), checked_categories(output, categories))


def multi_scale_scores(predictor: Any, image: Any, *, scales: Iterable[float] = SCALES, flip: bool = True) -> Tensor:
    """The mean of `semantic_scores` over scales and flips, (K, H, W) float32; arguments as `multi_scale_inference`."""
    return _mean_scores(predictor, load_image(image), _views(scales, flip))[0]


def _mean_scores(predictor: Any, picture: np.ndarray, views: list) -> tuple[Tensor, Any]:
    total: Tensor | None = None
    for output, (_, mirrored) in zip(_outputs(predictor, picture, views), views, strict=True):
        if total is None:
            total = torch.zeros(class_count(output), *picture.shape[:2], device=_logits(output).device)
        if class_count(output) != len(total):
            raise UserError(
                f"all views must have the same classes, got {len(total)} and {class_count(output)}: let the function "
                "return the same classes for every size"
            )
        _add(output, total, mirrored)
    assert total is not None  # there is a view
    return total.div_(len(views)), output


@in_float32
def _add(output: MaskOutput | PerPixelOutput, total: Tensor, mirrored: bool) -> None:
    """Add a view's scores to `total` (K, H, W), strip by strip, so that one such table is all the memory."""
    for rows, strip in _strips(output, tuple(total.shape[1:])):
        scores = strip.softmax(dim=0) if isinstance(output, PerPixelOutput) else strip
        total[:, rows] += scores.flip(-1) if mirrored else scores


def _outputs(predictor: Any, picture: np.ndarray, views: list) -> Iterator[MaskOutput | PerPixelOutput]:
    segmenter, before = None, None
    for scale, mirrored in views:
        if hasattr(predictor, "at_scale"):
            if scale != before:
                segmenter, before = predictor.at_scale(scale), scale
            output = segmenter.set_image(_mirrored(picture, mirrored), task="semantic").output
        elif callable(predictor):
            output = predictor(_mirrored(_resized(picture, scale), mirrored))
        else:
            raise UserError(
                "predictor must be a Segmenter or a function from a picture to an output, got a "
                f"{type(predictor).__name__}: pass st.load(...), or lambda picture: my_output"
            )
        if not isinstance(output, MaskOutput | PerPixelOutput) or len(output) != 1:
            raise UserError(
                "the predictor must return a MaskOutput or PerPixelOutput of one picture for a view, got a "
                f"{type(output).__name__}: let it return one with a batch of 1"
            )
        yield output


def _views(scales: Any, flip: bool) -> list[tuple[float, bool]]:
    """(scale, mirrored) of each look at the picture."""
    scales = tuple(scales) if isinstance(scales, Iterable) else (scales,)
    if not scales or not all(isinstance(s, Real) and not isinstance(s, bool) and 0 < float(s) < inf for s in scales):
        raise UserError(f"scales must be at least one number above 0, got {scales!r}: try (0.5, 1.0, 1.5)")
    if not isinstance(flip, (bool, np.bool_)):
        raise UserError(f"flip (whether to look at the mirror image too) must be True or False, got {flip!r}")
    return [(float(scale), mirrored) for scale in scales for mirrored in ((False, True) if flip else (False,))]


def _resized(picture: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return picture
    height, width = (max(1, round(edge * scale)) for edge in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def _mirrored(picture: np.ndarray, mirrored: bool) -> np.ndarray:
    return np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture


def _logits(output: MaskOutput | PerPixelOutput) -> Tensor:
    return output.class_logits if isinstance(output, MaskOutput) else output.logits

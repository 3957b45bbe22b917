"""What the three inferences share: checks of what they are given, and upsampling that keeps its memory small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.categories import Categories, as_integer
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.thresholds import THRESHOLDS as THRESHOLDS
from segtutor.thresholds import checked_threshold as checked_threshold

# Fresh blocks above 32 MiB cost a page-fault storm on Linux (glibc maps each anew): temporaries stay at half of it.
BLOCK_NUMBERS = 4 * 2**20  # float32 numbers in 16 MiB


def in_float32(function: Callable) -> Callable:
    """Decorator: run without gradients and outside autocast, which would multiply matrices in bfloat16."""

    @wraps(function)
    def wrapped(output, *args, **kwargs):
        if not isinstance(output, MaskOutput | PerPixelOutput):
            raise UserError(
                f"output must be a MaskOutput or PerPixelOutput, got a {type(output).__name__}: pass "
                "segmenter.output, or build one from your model's logits"
            )
        logits = output.class_logits if isinstance(output, MaskOutput) else output.logits
        if torch.isnan(logits).any():
            raise UserError("class logits must be numbers, got NaN: look for a division by 0 in the model")
        with torch.no_grad(), torch.autocast(logits.device.type, enabled=False):
            return function(output, *args, **kwargs)

    return wrapped


def checked_like(like: Any) -> str:
    """Whose inference: "published", or one of transformers' image processors."""
    if like not in ("published", "transformers", "transformers-maskformer"):
        raise UserError(
            "like must be 'published', 'transformers' (Mask2Former's image processor) or 'transformers-maskformer' "
            f"(MaskFormer's), got {like!r}"
        )
    return like


def class_count(output: MaskOutput | PerPixelOutput) -> int:
    """K, "no object" not counted."""
    return output.class_logits.shape[2] - 1 if isinstance(output, MaskOutput) else output.logits.shape[1]


def checked_size(size: Any, optional: bool = False) -> tuple[int, int] | None:
    """`size` as (H, W), both at least 1; where it is optional, None stays None."""
    if optional and size is None:
        return None
    try:
        height, width = size
    except (TypeError, ValueError):
        raise UserError(f"size must be (H, W), got {size!r}: pass image.shape[:2]") from None
    return as_integer(height, "height of the picture", 1), as_integer(width, "width of the picture", 1)


def checked_single(output: MaskOutput | PerPixelOutput) -> None:
    """Raises UserError unless the batch holds one picture."""
    if len(output) != 1:
        raise UserError(f"output must hold one picture, got {len(output)}: pass output[i] for picture i")


def checked_categories(output: MaskOutput | PerPixelOutput, categories: Any) -> Categories:
    """The categories of the output's K classes; generic things ("class 0", ...) where None is given."""
    count = class_count(output)
    if categories is None:
        return Categories.generic(count)
    categories = Categories.from_coco(categories)
    if len(categories) != count:
        raise UserError(
            f"categories must be as many as the {count} classes of the output, got {len(categories)}: pass the list "
            "that the model was trained with (no-object is not part of it)"
        )
    return categories


def upsample(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """One map (h, w) of logits -> (H, W) float32, bilinear, align_corners=False. Never aliases its input."""
    if tuple(logits.shape) == size:
        return logits.to(torch.float32, copy=True)
    return F.interpolate(logits[None, None].float(), size=size, mode="bilinear", align_corners=False)[0, 0]


def upsampled_strips(logits: Tensor, size: tuple[int, int], channels: int) -> Iterator[tuple[slice, Tensor]]:
    """(C, h, w) logits, upsampled as by `upsample`, in strips of rows: yields (rows, (C, len(rows), W) float32).

    All of it at once would be C x H x W numbers: 737 MB for 150 classes of a 1280 x 960 picture.
    channels: the most maps that the caller holds of a strip, which with C decides how high a strip is.
    """
    height, width = size
    logits = logits.float()
    # Source row of each target row, as bilinear interpolation with align_corners=False places it.
    source = (torch.arange(height, device=logits.device) + 0.5) * (logits.shape[1] / height) - 0.5
    source = source.clamp(min=0)
    upper = source.floor().long().clamp(max=logits.shape[1] - 1)
    lower = (upper + 1).clamp(max=logits.shape[1] - 1)
    weight = (source - upper)[None, :, None]
    step = max(1, BLOCK_NUMBERS // (max(channels, logits.shape[0]) * width))
    for start in range(0, height, step):
        rows = slice(start, min(start + step, height))
        strip = torch.lerp(logits[:, upper[rows]], logits[:, lower[rows]], weight[:, rows])
        if logits.shape[2] != width:
            shape = (rows.stop - rows.start, width)  # as many rows as before: only the width is interpolated
            strip = F.interpolate(strip[None], size=shape, mode="bilinear", align_corners=False)[0]
        yield rows, strip


class Race:
    """A running argmax over maps that enter one by one: O(H W) memory. Of equal values the first stays.

        code[pixel] = codes[argmax over entries of values[entry, pixel]]

    Codes must not fall from one entry to the next. That is what makes the update cheap: where a later map wins, its
    code is also the largest so far, so `code = max(code, won * its code)`, a pass over one byte a pixel.
    """

    def __init__(self, size: tuple[int, int], largest_code: int, device: Any = "cpu"):
        dtype = next(d for d in (torch.uint8, torch.int16, torch.int32) if largest_code <= torch.iinfo(d).max)
        self.codes = torch.zeros(size, dtype=dtype, device=device)
        self.best = torch.full(size, -torch.inf, device=device)
        self._won = torch.empty(size, dtype=torch.bool, device=device)

    def enter(self, values: Tensor, code: int | Tensor) -> None:
        """values: (H, W) float32. code: a number, or one a pixel in the dtype of `codes`."""
        greater(values, self.best, self._won)
        torch.maximum(self.best, values, out=self.best)
        won = self._won.view(torch.uint8).to(self.codes.dtype)  # no copy where codes are bytes
        torch.maximum(self.codes, won * code, out=self.codes)


def greater(values: Tensor, others: Tensor | float, out: Tensor, or_equal: bool = False) -> Tensor:
    """`values > others` (or >=) into `out`, bool; on the CPU through numpy, which does it five times as fast."""
    if values.device.type == "cpu":
        others = others.numpy() if isinstance(others, Tensor) else np.float32(others)
        (np.greater_equal if or_equal else np.greater)(values.numpy(), others, out=out.numpy())
        return out
    return (torch.ge if or_equal else torch.gt)(values, others, out=out)

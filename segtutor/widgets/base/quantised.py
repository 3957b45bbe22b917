"""Logits in one byte each: what a widget sends of a decoder layer, at most 1 MB of it.

A byte is a number of `levels`, whose steps are fine near 0, where a sigmoid or softmax turns, and grow with the logit:

    level(n) = s sinh(6 n / N)        n = -N..N,  N = 127,  s = (largest logit) / sinh(6)

So a logit x is off by at most about (3 / N) sqrt(s^2 + x^2), 2.4 % of it far from 0; a probability by at most 0.01 for
logits up to 300; and a contour between two cells of the grid moves by less than 1/50 of a cell. Logits of classes
are sent as differences to the largest one of their cell, which no softmax sees, with all 255 levels on one side.

Where Q maps of h x w bytes are too many, the maps are reduced (bilinear with antialiasing): `grid` says to what.
What Python computes for such a widget it computes from the numbers that were sent, so both sides answer alike.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segtutor.inference import semantic_inference
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.widgets.base.canvas import float_bytes, png_bytes

MOST_BYTES = 1_000_000  # for one picture and decoder layer
SEMANTIC_BYTES = 20_000  # kept free for the semantic prediction, a PNG that follows
_CURVE = 6.0
_LARGEST = 1000.0  # what lies beyond, such as -inf, is as certain


def reduced_maps(maps: Tensor, most: int) -> Tensor:
    """(C, h, w) float32 maps with at most `most` numbers: themselves, or reduced in both directions alike."""
    maps = maps.detach().float().cpu()
    count, height, width = maps.shape
    if maps.numel() <= most:
        return maps
    scale = math.sqrt(most / maps.numel())
    size = (max(1, int(height * scale)), max(1, int(width * scale)))
    finite = maps.clamp(-_LARGEST, _LARGEST)
    return F.interpolate(finite[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]


def quantise(values: Tensor, *, one_sided: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Codes and levels: values (any shape) float -> (same shape) uint8, (256,) float32, levels[codes] ~ values.

    one_sided: no value is above 0. The largest and the smallest level are never beyond the values themselves.
    """
    numbers = values.float().nan_to_num(nan=0.0, posinf=_LARGEST, neginf=-_LARGEST).clamp(-_LARGEST, _LARGEST)
    largest = max(float(numbers.abs().max()), 1e-3)
    spread = largest / math.sinh(_CURVE)
    last = 255 if one_sided else 127
    steps = np.arange(256) - (255 if one_sided else 128)
    levels = spread * np.sinh(_CURVE * np.clip(steps, -last, last) / last)
    codes = (numbers / spread).asinh_().mul_(last / _CURVE).round_().sub_(int(steps[0])).to(torch.uint8)
    return codes.numpy(), levels.astype(np.float32)


def mask_payload(output: MaskOutput, most: int = MOST_BYTES - SEMANTIC_BYTES) -> tuple[dict[str, Any], MaskOutput]:
    """What is sent of one prediction, and the output that it stands for (which Python goes on with).

    Payload: class_probs float32 (Q, K + 1), codes uint8 (Q, h, w), levels float32 (256,), grid [h, w]; both first ones
    together at most `most` bytes.
    """
    class_logits = output.class_logits[0].detach().float().cpu()
    probs = float_bytes(class_logits.softmax(dim=-1))
    maps = reduced_maps(output.mask_logits[0], most - len(probs))
    codes, levels = quantise(maps)
    payload: dict[str, Any] = {"class_probs": probs, "codes": codes.tobytes(), "levels": float_bytes(levels)}
    payload["grid"] = list(maps.shape[-2:])
    return payload, MaskOutput(class_logits[None], torch.from_numpy(levels[codes])[None])


def pixel_payload(output: PerPixelOutput) -> tuple[dict[str, Any], PerPixelOutput]:
    """The same for a per-pixel model: codes uint8 (K, h, w) of logit - (largest logit of the cell)."""
    maps = reduced_maps(output.logits[0], MOST_BYTES - SEMANTIC_BYTES)
    codes, levels = quantise(maps - maps.amax(dim=0, keepdim=True), one_sided=True)
    payload: dict[str, Any] = {"codes": codes.tobytes(), "levels": float_bytes(levels), "grid": list(maps.shape[-2:])}
    return payload, PerPixelOutput(torch.from_numpy(levels[codes])[None])


def semantic_png(output: MaskOutput, size: tuple[int, int]) -> bytes:
    """The semantic prediction (H, W), positions of classes, as the red (and 256 times the green) of a PNG.

    Sent and not computed in the browser: it sums Q x K x H x W products, two thousand million for 100 queries of
    COCO's classes at 384 x 384.
    """
    labels = semantic_inference(output, size).semantic()
    return png_bytes(np.stack([labels % 256, labels // 256, np.zeros_like(labels)], axis=-1).astype(np.uint8))


def at_pixel(maps: Tensor, size: tuple[int, int], x: int, y: int) -> np.ndarray:
    """(C,) float32: the maps (C, h, w) resized to `size` as segtutor.inference does, at the one pixel (x, y)."""
    rows, columns = (_place(have, to, at) for have, to, at in zip(maps.shape[1:], size, (y, x), strict=True))
    (top, bottom, down), (left, right, across) = rows, columns
    upper = torch.lerp(maps[:, top, left], maps[:, top, right], across)
    lower = torch.lerp(maps[:, bottom, left], maps[:, bottom, right], across)
    return torch.lerp(upper, lower, down).numpy()


def _place(have: int, to: int, at: int) -> tuple[int, int, float]:
    """Bilinear interpolation, align_corners=False: the two cells beside pixel `at`, and the weight of the second."""
    place = max(0.0, (at + 0.5) * have / to - 0.5)
    first = min(int(place), have - 1)
    return first, min(first + 1, have - 1), place - first

"""What a widget sends to the browser, once: a model's output, a picture and a truth as plain bytes and numbers.

Masks travel at the network's own resolution, and the browser resizes them: as float32, nothing lost, where that fits
into the megabyte of a picture, else as one byte a number (quantised.py), deflated: what lies beyond the things is
nearly the same everywhere, and so are the ids of a truth.
"""

from __future__ import annotations

import zlib
from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.inference import QueryFate
from segtutor.outputs import MaskOutput
from segtutor.segments import Categories, Segmentation
from segtutor.show.palette import Color, variant
from segtutor.widgets.base.canvas import float_bytes
from segtutor.widgets.base.quantised import MOST_BYTES, mask_payload

_LEAST_BYTES = 200_000  # for masks, also beside a picture that takes more than a megabyte of its own


def checked_pixels(name: str, value: Any) -> None:
    """A whole number of pixels that something is long, 8 at least; more than 4096 no browser shows in time."""
    if isinstance(value, bool) or not isinstance(value, int) or not 8 <= value <= 4096:
        raise UserError(f"{name} must be a whole number of 8 to 4096 pixels, got {value!r}")


def shown_size(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """(H, W) with the longer side at most `longest_side`, in the same proportion; never larger than `size`."""
    checked_pixels("longest_side", longest_side)
    height, width = size
    scale = min(1.0, longest_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def reduced_picture(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The (H, W, 3) uint8 picture at `size`; itself where it has that size."""
    if picture.shape[:2] == size:
        return picture
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.LANCZOS))


def reduced_truth(
    truth: Segmentation, full: tuple[int, int], size: tuple[int, int], categories: Categories
) -> Segmentation:
    """The truth with the nearest pixel taken; segments that vanish in the reduction are left out."""
    if not isinstance(truth, Segmentation):
        raise UserError(
            f"truth must be a Segmentation, got a {type(truth).__name__}: pass the one that belongs to this "
            "picture, or leave it out"
        )
    if truth.segment_ids.shape != tuple(full):
        raise UserError(
            f"truth and picture must have one size (H, W), got {truth.segment_ids.shape} and {tuple(full)}: pass "
            "the Segmentation that belongs to this picture"
        )
    ours, theirs = ([(c.id, c.name, c.isthing) for c in some] for some in (categories, truth.categories))
    if ours != theirs:
        raise UserError(
            f"truth must have the model's {len(ours)} categories, got a list of {len(theirs)} that is not the same: "
            "convert the truth to the model's categories, or leave it out"
        )
    rows, columns = (((np.arange(to) + 0.5) * have / to).astype(int) for have, to in zip(full, size, strict=True))
    ids = truth.segment_ids[np.ix_(rows, columns)]
    left = [segment for segment in truth.segments if (ids == segment.id).any()]
    return Segmentation.from_ids(
        ids, {s.id: s.category_id for s in left}, categories, iscrowd=[s.id for s in left if s.iscrowd]
    )


def deflated(data: bytes) -> bytes:
    """The bytes as a zlib stream, which a browser inflates by itself (shared/unpack.js): nothing is lost.

    The fastest level: ten milliseconds for a megabyte of masks, which higher ones make a tenth smaller in a hundred.
    """
    return zlib.compress(data, 1)


def model_payload(output: MaskOutput, most: int = MOST_BYTES) -> tuple[dict[str, Any], MaskOutput]:
    """What is sent of a prediction, and the output that it stands for (which Python goes on with).

    Payload: class_probs float32 (Q, K + 1), grid [h, w], logits float32 (Q, h, w); instead of logits `packed`, which is
    codes (Q, h, w) deflated, and levels, where they are more than `most` bytes; the grid is reduced until they fit.
    """
    class_logits, mask_logits = (
        output.class_logits[0].detach().float().cpu(),
        output.mask_logits[0].detach().float().cpu(),
    )
    if 4 * (mask_logits.numel() + class_logits.numel()) > most:
        return _packed_payload(output, most)
    payload: dict[str, Any] = {
        "class_probs": float_bytes(class_logits.softmax(dim=-1)),
        "logits": float_bytes(mask_logits),
    }
    payload["grid"] = list(mask_logits.shape[-2:])
    return payload, MaskOutput(class_logits[None], mask_logits[None])


def _packed_payload(output: MaskOutput, most: int) -> tuple[dict[str, Any], MaskOutput]:
    """Maps of as many cells as `mask_payload` would send, of fewer where they are noise that does not pack."""
    payload, sent = mask_payload(output)
    others = len(payload["class_probs"]) + len(payload["levels"])
    room = max(_LEAST_BYTES, most - others)
    while len(packed := deflated(codes := payload.pop("codes"))) > room:
        fewer = int(0.95 * len(codes) * room / len(packed))
        payload, sent = mask_payload(output, len(payload["class_probs"]) + fewer)
    return {**payload, "packed": packed}, sent


def query_colors(fates: list[QueryFate], categories: Categories) -> list[Color]:
    """A colour for each query, which stays while thresholds move; grey for one that says "no object".

    Queries that are kept at the start come first, in their order, so that they have the colours of `figure()`.
    """
    colors: list[Color] = [(128, 128, 128)] * len(fates)
    seen: Counter = Counter()
    for fate in sorted(fates, key=lambda one: (one.fate != "kept", one.query if one.fate == "kept" else -one.score)):
        if fate.category_id is not None:
            colors[fate.query] = _next_color(fate.category_id, categories, seen)
    return colors


def _next_color(category_id: int, categories: Categories, seen: Counter) -> Color:
    """Stuff has its category's colour; things of one category differ in lightness."""
    category = categories.by_id(category_id)
    seen[category_id] += 1
    return _variant(category.color, seen[category_id] - 1 if category.isthing else 0)


_variant = cache(variant)  # 5 ms each, and every explorer of a picture asks for the same ones


def truth_traits(truth: Segmentation | None, categories: Categories, by: str = "segment") -> dict[str, Any]:
    """The truth as a uint16 map of 1 + position in a list of {"label", "iscrowd", "color"}; nothing for None.

    by: "segment", things of one category differ in lightness, or "category", they share its colour.
    """
    if truth is None:
        return {}
    ids = np.array([0, *(segment.id for segment in truth.segments)])  # COCO's go up to 2**24: number them anew
    order = ids.argsort()
    index = order[np.searchsorted(ids, truth.segment_ids, sorter=order)]
    seen: Counter = Counter()
    return {
        "truth_ids": index.astype("<u2").tobytes(),
        "truth_segments": [
            {"label": categories.index(segment.category_id), "iscrowd": segment.iscrowd}
            | {"color": _next_color(segment.category_id, categories, seen if by == "segment" else Counter())}
            for segment in truth.segments
        ],
    }

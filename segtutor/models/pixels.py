"""A picture -> the numbers that a network takes: resized, rescaled to 0..1, normalised, padded. Pillow and numpy only.

    pixels = Pixels(kind="Mask2Former", size={"shortest_edge": 800, "longest_edge": 1333}, size_divisor=32)
    values, shown = pixels(image)              # (3, h, w) float32, and how much of it shows the picture

transformers has one image processor a family, and they differ in details: what `size` means, whether edges are
rounded up, when padding is added. `Pixels` is all of them, to the last bit, and importing it costs nothing, where
importing one of transformers' takes longer than torch itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PIL import Image

from segtutor import families
from segtutor.errors import UserError
from segtutor.families import Preprocessing

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Pixels:
    """Preprocessing with the settings of a checkpoint.

    kind: a name of families.preprocessing(); the rest as in preprocessor_config.json.

    size: an edge's length, or {"shortest_edge", "longest_edge"} (proportions kept, within both), {"shortest_edge"},
    {"max_height", "max_width"} (proportions kept, as large as fits), {"height", "width"} (exactly).
    Raises UserError for a size that the kind does not understand.
    """

    def __init__(
        self,
        kind: str,
        *,
        do_resize: bool = True,
        size: int | Mapping[str, int] | None = None,
        max_size: int | None = None,
        size_divisor: int | None = None,
        resample: int | None = None,
        do_rescale: bool = True,
        rescale_factor: float = 1 / 255,
        do_normalize: bool = True,
        image_mean: tuple[float, ...] | None = None,
        image_std: tuple[float, ...] | None = None,
        do_pad: bool | None = None,
        pad_size: int | Mapping[str, int] | None = None,
    ):
        self.kind = kind
        known = self._known = families.preprocessing()[kind]
        self.do_resize, self.resample = do_resize, known.resample if resample is None else resample
        self.size = _edges(size, known, max_size)
        self.divisor = (known.divisor if size_divisor is None else size_divisor) if known.divisor else 0
        self.pads = known.pads
        self.do_pad = (known.pads == "asked") if do_pad is None else do_pad
        pad_size = known.pad_size if pad_size is None else pad_size
        self.pad_size = {"height": pad_size, "width": pad_size} if isinstance(pad_size, int) else pad_size
        if self.pad_size is not None and set(self.pad_size) != {"height", "width"}:
            raise UserError(
                f"pad_size in preprocessor_config.json must have height and width for a {kind} processor, got "
                f"{dict(self.pad_size)}"
            )
        mean, std = known.colours or (IMAGENET_MEAN, IMAGENET_STD)
        # (3, 256) float32: what becomes of each value in each channel
        self.table = _table(
            rescale_factor if do_rescale else None,
            (image_mean or mean, image_std or std) if do_normalize else None,
        )
        if do_resize:
            self.resized(64, 64)  # says now what is wrong with the size

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
        """image: (H, W, 3) uint8 RGB. -> (3, h, w) float32 and (rows, columns) of it that show the picture."""
        if self.do_resize:
            height, width = self.resized(*image.shape[:2])
            image = np.asarray(Image.fromarray(image).resize((width, height), self.resample))
        shown = image.shape[:2]
        rows, columns = self._padded(shown)
        # Rescaling and normalising act on 256 possible numbers a channel: looked up instead of computed.
        values = np.stack([table[channel] for table, channel in zip(self.table, image.transpose(2, 0, 1), strict=True)])
        if (rows, columns) != shown:
            canvas = np.empty((3, rows, columns), np.float32)
            # EoMT pads the picture, with black; the others the numbers, with 0, which is the mean colour.
            canvas[:] = self.table[:, 0, None, None] if self.pads == "window" else 0
            canvas[:, : shown[0], : shown[1]] = values
            values = canvas
        return values, shown

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """(rows, columns) of a picture of height x width after resizing. UserError where nothing would be left."""
        size = self.size
        shortest, longest = size.get("shortest_edge"), size.get("longest_edge")
        if shortest and longest:
            rows, columns = within(height, width, shortest, longest)
        elif shortest and self._known.one_edge and not longest:
            longer = int(shortest * max(height, width) / min(height, width))
            rows, columns = (longer, shortest) if width <= height else (shortest, longer)
        elif longest and not shortest and self._known.longest_alone:  # the shorter edge is rounded
            scale = longest / max(height, width)
            rows, columns = int(height * scale + 0.5), int(width * scale + 0.5)
        elif size.get("max_height") and size.get("max_width"):
            scale = min(size["max_height"] / height, size["max_width"] / width)
            rows, columns = int(height * scale), int(width * scale)
        elif size.get("height") and size.get("width"):
            rows, columns = size["height"], size["width"]
        else:
            raise UserError(
                "size in preprocessor_config.json must have shortest_edge and longest_edge, or height and width, "
                f"for a {self.kind} processor, got {dict(size)}"
            )
        if self.divisor > 0:
            rows, columns = (math.ceil(edge / self.divisor) * self.divisor for edge in (rows, columns))
        if min(rows, columns) < 1:
            raise UserError(
                f"a picture of {width} x {height} pixels (width x height) is too elongated, nothing is left of it "
                f"within {dict(size)}: pass one that is less elongated"
            )
        return rows, columns

    def _padded(self, shown: tuple[int, int]) -> tuple[int, int]:
        if self.pads == "window":
            return self._window(shown) if self.do_pad else shown
        wanted = self.pad_size if self.pads == "size" or (self.pads == "asked" and self.do_pad) else None
        if not wanted:
            return shown
        rows, columns = wanted["height"], wanted["width"]
        if rows < shown[0] or columns < shown[1]:
            raise UserError(
                f"a picture must have at most {columns} x {rows} pixels (width x height) after resizing, the "
                f"pad_size of this model's preprocessing, got {shown[1]} x {shown[0]}: pass one of other proportions"
            )
        return rows, columns

    def _window(self, shown: tuple[int, int]) -> tuple[int, int]:
        """EoMT's positions are learned for one square of patches: every picture fills its upper left part."""
        rows = self.size.get("shortest_edge", 0)
        return max(rows, shown[0]), max(self.size.get("longest_edge") or rows, shown[1])

    def __repr__(self) -> str:
        return f"Pixels({self.kind!r}, size={dict(self.size)}, divisor={self.divisor}, pad_size={self.pad_size})"


def within(height: int, width: int, shortest: int, longest: int) -> tuple[int, int]:
    """(rows, columns) with the shorter edge at `shortest`, or less where the longer would exceed `longest`.

    Proportions are kept up to rounding, which is transformers': the longer edge is cut off, the shorter rounded.
    """
    short, long = min(height, width), max(height, width)
    exact: float = shortest
    if long / short * shortest > longest:
        exact = longest * short / long
        shortest = round(exact)
    if short == shortest:
        return height, width
    longer = int(exact * long / short)
    return (longer, shortest) if width < height else (shortest, longer)


def _edges(size: int | Mapping[str, int] | None, kind: Preprocessing, max_size: int | None) -> Mapping[str, int]:
    """`size` as a mapping, whatever form the settings have."""
    if size is None:
        return {**kind.size, "longest_edge": max_size} if max_size and kind.divisor else kind.size
    if not isinstance(size, int):
        return size
    if kind.square:
        return {"height": size, "width": size}
    longest = max_size if (kind.divisor or kind.longest) and max_size else kind.longest
    return {"shortest_edge": size, "longest_edge": longest} if longest else {"shortest_edge": size}


def _table(factor: float | None, colours: tuple[tuple[float, ...], tuple[float, ...]] | None) -> np.ndarray:
    """What becomes of each of the 256 values in each channel, (3, 256) float32; every step rounds as numpy does."""
    values = np.arange(256, dtype=np.float64)
    table = np.repeat((values if factor is None else values * factor).astype(np.float32)[None], 3, axis=0)
    if colours is None:
        return table
    mean, std = (np.array(numbers, np.float32)[:, None] for numbers in colours)
    return (table - mean) / std

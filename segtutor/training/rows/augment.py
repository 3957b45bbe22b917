"""Changes to a picture that leave its meaning alone, applied to picture and truth together.

    st.fit(model, records, augment=Augment(512))          scale jitter, a crop of 512 x 512, flip, colour
    st.fit(model, records, augment=flip_and_tint)         the default: the size stays
    st.fit(model, records, augment=None)                  nothing

An augmentation is any function (row, rng) -> row (see rows.py for what a row is). st.fit gives each row of each epoch
its own random numbers, so that what is seen depends on (seed, epoch, row) alone: not on the batch size, the number of
processes or where a run was interrupted.

Scale jitter with a crop of fixed size is what published trainings use, 0.5 to 2 for semantic (MaskFormer,
arXiv:2107.06278, section 4.1) and 0.1 to 2 for instances (large-scale jitter, arXiv:2012.07177).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.training.rows.rows import cropped, flipped, padded, resized_to


def flip_and_tint(
    row: dict[str, Any], rng: np.random.Generator, *, flip: float = 0.5, gain: float = 0.1
) -> dict[str, Any]:
    """Mirrors left to right with probability `flip` and multiplies each colour channel by 1 +- `gain`.

    Takes the same count of random numbers whatever happens. Returns a new row of the same size.
    """
    mirrored, gains = rng.random() < flip, rng.uniform(1 - gain, 1 + gain, 3).astype(np.float32)
    if mirrored:
        row = flipped(row)
    return {**row, "image": np.clip(row["image"] * gains, 0, 255).astype(np.uint8)}


@dataclass(frozen=True)
class Augment:
    """Scale jitter, crop to one size, flip, colour; `Augment(512)(row, rng)` is a new row.

    size: of the result, one number or (height, width); pictures of any sizes then fit one batch. scale: the range of
    the factor on the picture's size, (1, 1) for none. A picture that is smaller than the crop after it is padded, with
    void in its truth. flip: the probability of a mirror. colour: brightness, contrast and saturation are each
    multiplied by 1 +- this.
    Raises UserError for sizes below 1, or ranges without a positive factor.
    """

    size: int | tuple[int, int]
    scale: tuple[float, float] = (0.5, 2.0)
    flip: float = 0.5
    colour: float = 0.2

    def __post_init__(self):
        if (
            not isinstance(self.shape, tuple)
            or len(self.shape) != 2
            or not all(isinstance(side, int) and side >= 1 for side in self.shape)
        ):
            shown = (
                repr(self.size) if isinstance(self.size, int | float | str | tuple) else f"a {type(self.size).__name__}"
            )
            raise UserError(f"size must be a number of pixels or (height, width), got {shown}: try 512")
        if not isinstance(self.scale, tuple | list) or len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1]:
            raise UserError(f"scale must be (least, most) above 0, got {self.scale!r}: try (0.5, 2.0)")
        if not 0 <= self.flip <= 1 or not 0 <= self.colour < 1:
            raise UserError(
                f"flip must be 0 to 1 and colour 0 to below 1, got flip={self.flip}, colour={self.colour}: "
                "try 0.5 and 0.2"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the result."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def __call__(self, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
        """The changed row. Takes seven random numbers whatever happens."""
        logarithm, down, right, mirror = rng.random(4)
        factors = rng.uniform(1 - self.colour, 1 + self.colour, 3)
        least, most = self.scale
        row = self._window(row, least * (most / least) ** logarithm, down, right)  # 0.5 as likely as 2
        if mirror < self.flip:
            row = flipped(row)
        return {**row, "image": _coloured(row["image"], *factors)} if self.colour else row

    def _window(self, row: dict[str, Any], scale: float, down: float, right: float) -> dict[str, Any]:
        """Enlarged by `scale` and cut to the size at the position down, right (0..1); cut first, which is quicker."""
        height, width = self.shape
        old = row["image"].shape[:2]
        # the part of the old picture that the crop will show, and the pixels that it becomes
        need = [min(side, max(1, round(new / scale))) for side, new in zip(old, (height, width), strict=True)]
        top, left = (int(place * (side - part + 1)) for place, side, part in zip((down, right), old, need, strict=True))
        if need != list(old):
            row = cropped(row, top, left, *need)
        fits = [
            new if part < side else min(new, max(1, round(part * scale)))
            for new, part, side in zip((height, width), need, old, strict=True)
        ]
        if fits != need:
            row = resized_to(row, *fits)
        return padded(row, height, width)


def _coloured(image: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """(H, W, 3) uint8 -> the same with brighter light, stronger contrast about its mean, stronger colours."""
    values = image.astype(np.float32)
    grey = values @ np.array([0.299, 0.587, 0.114], np.float32)  # as the eye weighs the channels
    values = grey[..., None] + (values - grey[..., None]) * np.float32(saturation)
    values = grey.mean() + (values - grey.mean()) * np.float32(contrast)
    return np.clip(values * np.float32(brightness), 0, 255).astype(np.uint8)

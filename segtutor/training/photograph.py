"""One annotated photograph as training data: small enough to train on from nothing while a reader looks on.

    row = one_photograph("coffee", size=160)           {"image", "segmentation"}, a row that st.fit takes
    st.fit(model, [row], steps=200, batch_size=1, augment=None)
    output = output_for(model, row["image"])           what the trained model says about the picture

Taught in notebooks/02_can_a_pixel_decide_alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from segtutor.data.photos import photograph
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories
from segtutor.training.fit import MEAN, STD
from segtutor.training.forward import output_of
from segtutor.training.rows.rows import cropped, resized_to, with_ids
from segtutor.training.rows.targets import pixel_values

if TYPE_CHECKING:
    from torch import nn


def one_photograph(name: str, size: int = 160) -> dict:
    """A photograph of `st.data.photographs` at a working size, as a row for st.fit.

    size: pixels of the longer side, at least 32. Returns {"image": (H, W, 3) uint8, "segmentation": Segmentation},
    whose categories are those that occur in the picture, in their usual order: K is small, and every class is seen.
    """
    image, truth = photograph(name)
    return present_only(resized({"image": image, "segmentation": truth}, size))


@torch.no_grad()
def output_for(model: nn.Module, image: np.ndarray) -> PerPixelOutput | MaskOutput:
    """What a model says about one picture, (H, W, 3) uint8, normalised as st.fit does it; without gradients."""
    model.eval()
    return output_of(model, pixel_values([image], MEAN, STD))


def resized(row: dict, size: int) -> dict:
    """A row with its longer side at `size` pixels: colours averaged, ids taken from the pixel under each new centre.

    A segment that falls between the new pixels is gone from the list too.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 32:
        raise UserError(f"size must be an int of at least 32 pixels, got {size!r}: try 160")
    height, width = row["image"].shape[:2]
    scale = size / max(height, width)
    return resized_to(row, max(1, round(height * scale)), max(1, round(width * scale)))


def crop(row: dict, top: int, left: int, height: int, width: int) -> dict:
    """The part of a row from (top, left), height x width pixels. Raises UserError where it leaves the picture."""
    full = row["segmentation"].segment_ids.shape
    if min(top, left) < 0 or min(height, width) < 1 or top + height > full[0] or left + width > full[1]:
        raise UserError(
            f"a crop must lie inside {full[0]} x {full[1]}, got {height} x {width} at ({top}, {left}): move or "
            "shrink it"
        )
    return cropped(row, top, left, height, width)


def present_only(row: dict) -> dict:
    """The row with the list of categories cut down to those that occur in its segmentation."""
    truth = row["segmentation"]
    seen = {segment.category_id for segment in truth.segments}
    categories = Categories([category for category in truth.categories if category.id in seen])
    return {**row, "segmentation": with_ids(truth, truth.segment_ids, categories)}

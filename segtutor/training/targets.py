"""From a truth, as people hold it, to the tensors that a loss reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from ..outputs import Targets
from ..segments import Categories, Segmentation


def panoptic_targets(truth: Segmentation) -> Targets:
    """One mask a segment, crowd segments left out (they are void for the loss, as in every published training)."""
    ids = truth.segment_ids
    kept = [segment for segment in truth.segments if not segment.iscrowd]
    numbers = np.array([segment.id for segment in kept], np.int32)
    masks = (ids[None] == numbers[:, None, None]).astype(np.uint8)
    labels = [truth.categories.index(segment.category_id) for segment in kept]
    valid = np.isin(ids, numbers)
    return Targets(torch.tensor(labels, dtype=torch.int64), torch.from_numpy(masks), torch.from_numpy(valid))


def semantic_labels(truth: Segmentation) -> torch.Tensor:
    """(H, W) int64 positions in the categories, -1 = void. Crowd segments stay: a pixel of a crowd has a class too."""
    return torch.from_numpy(truth.semantic().astype(np.int64))


def example(row: Any, categories: Categories) -> tuple[np.ndarray, Segmentation]:
    """A row of training data as (image (H, W, 3) uint8, Segmentation).

    row: {"image": array or PIL, "segmentation": Segmentation}, or a row of a data set in the panoptic schema
    {"image", "panoptic", "segments_info"}.
    """
    if not isinstance(row, dict) or "image" not in row:
        raise UserError(
            f"got a row of type {type(row).__name__}, expected a dictionary with 'image' and 'segmentation': see st.fit"
        )
    image = row["image"]
    image = np.asarray(image if isinstance(image, np.ndarray) else image.convert("RGB"))
    if "segmentation" in row:
        truth = row["segmentation"]
    elif "panoptic" in row and "segments_info" in row:
        truth = Segmentation.from_coco(np.asarray(row["panoptic"].convert("RGB")), row["segments_info"], categories)
    else:
        raise UserError(
            f"got a row with {sorted(row)}, expected 'segmentation' or 'panoptic' and 'segments_info': "
            "rename the columns"
        )
    if truth.segment_ids.shape != image.shape[:2]:
        raise UserError(
            f"got a picture {image.shape[:2]} and a truth {truth.segment_ids.shape}, expected equal sizes: "
            "resize the truth (nearest)"
        )
    return image, truth


def pixel_values(images: Sequence[np.ndarray], mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Equal-sized (H, W, 3) uint8 pictures as one normalised batch, (B, 3, H, W) float32."""
    sizes = {image.shape for image in images}
    if len(sizes) != 1:
        raise UserError(
            f"got pictures of the sizes {sorted(sizes)} in one batch, expected one size: "
            "crop or resize them, or use batch_size=1"
        )
    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    return (batch - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]

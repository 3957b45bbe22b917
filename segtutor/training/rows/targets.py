"""From a truth, as people hold it, to the tensors that a loss reads.

Until a step needs it a truth stays an id map. Masks are made for one batch, after its crop, as uint8: one byte a pixel
and mask at the size of the crop, which is what a loss samples its points from. For the dense grid they are counted down
to one byte a cell, see cells.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.outputs import Targets
from segtutor.segments import Categories, Segmentation


def targets_of(row: dict[str, Any]) -> Targets:
    """What a mask classifier shall say about a row: its instances where it has some, else its segments."""
    if "instances" in row:
        return instance_targets(row["instances"], row.get("valid"))
    return panoptic_targets(row["segmentation"], row.get("valid"))


def panoptic_targets(truth: Segmentation, valid: np.ndarray | None = None) -> Targets:
    """One mask a segment, crowd segments left out (they are void for the loss, as in every published training).

    valid: (H, W) bool of a row in which pixels of no segment are known to be empty. Without it they are void, unless
    the truth has a `rest`: no mask is wanted there, and one that covers it is wrong.
    """
    ids = truth.segment_ids
    kept = [segment for segment in truth.segments if not segment.iscrowd]
    numbers = np.array([segment.id for segment in kept], np.int32)
    masks = (ids[None] == numbers[:, None, None]).view(np.uint8)
    labels = [truth.categories.index(segment.category_id) for segment in kept]
    if valid is None and truth.rest is not None:
        valid = np.ones(ids.shape, bool)
    if valid is None:
        valid = np.isin(ids, numbers)
    else:
        valid = valid & ~np.isin(ids, [segment.id for segment in truth.segments if segment.iscrowd])
    return Targets(torch.tensor(labels, dtype=torch.int64), torch.from_numpy(masks), torch.from_numpy(valid))


def instance_targets(instances: Instances, valid: np.ndarray | None = None) -> Targets:
    """One mask an object, whole, overlaps included. valid: (H, W) bool, False in padding.

    Unlike in a panoptic map a pixel without an object is no void: nothing is there, and a mask that covers it is wrong.
    Void are crowds, where no object of their own lies.
    """
    kept = ~instances.iscrowd & instances.masks.any(axis=(1, 2))
    masks = instances.masks[kept]
    seen = masks.any(axis=0) | ~instances.masks[instances.iscrowd].any(axis=0)
    seen = seen if valid is None else seen & valid
    return Targets(
        torch.from_numpy(instances.labels[kept]), torch.from_numpy(masks.view(np.uint8)), torch.from_numpy(seen)
    )


def semantic_labels(truth: Segmentation, valid: np.ndarray | None = None) -> torch.Tensor:
    """(H, W) int64 positions in the categories, -1 = void. Crowd segments stay: a pixel of a crowd has a class too.

    valid: (H, W) bool, False in padding.
    """
    labels = truth.semantic().astype(np.int64)
    if valid is not None:
        labels[~valid] = -1
    return torch.from_numpy(labels)


def example(row: Any, categories: Categories | None) -> dict[str, Any]:
    """A row of training data with its picture as (H, W, 3) uint8 and its truth as a Segmentation.

    row: {"image": array or PIL, "segmentation": Segmentation[, "instances": Instances]}, or a row of a data set in the
    panoptic schema {"image", "panoptic", "segments_info"}.
    """
    if not isinstance(row, dict) or "image" not in row:
        raise UserError(
            f"a row must be a dictionary with 'image' and 'segmentation', got a {type(row).__name__}: see st.fit"
        )
    image = row["image"]
    if not isinstance(image, np.ndarray) and not hasattr(image, "convert"):
        raise UserError(
            f"the image must be (H, W, 3) uint8 or a PIL image, got a {type(image).__name__}: pass "
            "st.load_image(...) of a path, and .permute(1, 2, 0).numpy() of a tensor (3, H, W)"
        )
    image = np.asarray(image if isinstance(image, np.ndarray) else image.convert("RGB"))
    if image.dtype != np.uint8:
        raise UserError(
            f"the image must be uint8, 0 to 255, got {image.dtype}: multiply one of 0 to 1 by 255 before .astype"
        )
    if "segmentation" in row:
        truth = row["segmentation"]
        if not isinstance(truth, Segmentation):
            raise UserError(
                f"the segmentation must be a Segmentation, got a {type(truth).__name__}: make one of a map with "
                "label_maps or Segmentation.from_ids"
            )
    elif "panoptic" in row and "segments_info" in row:
        if categories is None:
            raise UserError(
                "rows in the panoptic schema need the categories that their category_id refers to: pass categories="
            )
        truth = Segmentation.from_coco(np.asarray(row["panoptic"].convert("RGB")), row["segments_info"], categories)
    else:
        raise UserError(
            f"a row must have 'segmentation', or 'panoptic' and 'segments_info', got {sorted(row)}: rename the columns"
        )
    if image.shape != (*truth.segment_ids.shape, 3):
        raise UserError(
            f"picture and truth must be (H, W, 3) and (H, W) of one size, got {image.shape} and "
            f"{truth.segment_ids.shape}: resize the truth (nearest), or convert the picture to RGB"
        )
    made = {"image": image, "segmentation": truth}
    if row.get("instances") is not None:
        made["instances"] = row["instances"]
    for further in ("valid", "task"):
        if row.get(further) is not None:
            made[further] = row[further]
    return made


MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, what transformers' processors use


def pixel_values(
    images: Sequence[np.ndarray], mean: Sequence[float] = MEAN, std: Sequence[float] = STD
) -> torch.Tensor:
    """Equal-sized (H, W, 3) uint8 pictures as one normalised batch, (B, 3, H, W) float32.

    mean, std: of each channel, of values 0..1; ImageNet's by default. Raises UserError for pictures of several sizes.
    """
    sizes = {image.shape for image in images}
    if len(sizes) != 1:
        raise UserError(
            f"the pictures of a batch must have one size, got {sorted(size[:2] for size in sizes)}: cut them to "
            "one, for example with augment=st.training.Augment(256)"
        )
    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    return (batch - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]

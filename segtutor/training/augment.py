"""Changes to a picture that leave its meaning alone, applied to picture and truth together."""

from __future__ import annotations

import numpy as np

from ..segments import Segmentation


def flip_and_tint(
    image: np.ndarray, truth: Segmentation, rng: np.random.Generator, *, flip: float = 0.5, gain: float = 0.1
) -> tuple[np.ndarray, Segmentation]:
    """Mirrors left to right with probability `flip` and multiplies each colour channel by 1 +- `gain`.

    image: (H, W, 3) uint8; truth: its Segmentation. Returns new ones of the same sizes; takes the same count of random
    numbers whatever happens, so that a run with the same seed sees the same pictures.
    """
    mirrored, gains = rng.random() < flip, rng.uniform(1 - gain, 1 + gain, 3).astype(np.float32)
    if mirrored:
        image = image[:, ::-1]
        names = {segment.id: segment.category_id for segment in truth.segments}
        crowd = [segment.id for segment in truth.segments if segment.iscrowd]
        truth = Segmentation.from_ids(
            np.ascontiguousarray(truth.segment_ids[:, ::-1]), names, truth.categories, iscrowd=crowd
        )
    return np.clip(image * gains, 0, 255).astype(np.uint8), truth

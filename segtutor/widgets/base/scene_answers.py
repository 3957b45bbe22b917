"""What a network says about a scene, as the SceneEditor sends and shows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.metrics import match_segments, panoptic_quality
from segtutor.segments import Segmentation
from segtutor.widgets.base.threads import one_thread


def answers_to(image: np.ndarray, segmenters: list[Any]) -> list[Segmentation]:
    """Each segmenter's panoptic prediction for an (H, W, 3) uint8 picture."""
    with one_thread():
        return [one.segment(image) for one in segmenters]


def as_bytes(result: Segmentation) -> tuple[list[dict[str, Any]], bytes]:
    """-> [{"label", "score"}] of the segments 1, 2, ... in their order, and their ids as (H, W) uint8, 0 = void.

    A picture of a scene has never more than 255 segments: what lies beyond is void.
    """
    ids = np.zeros(result.segment_ids.shape, np.uint8)
    kept = result.segments[:255]
    for number, segment in enumerate(kept, 1):
        ids[result.segment_ids == segment.id] = number
    labels = [result.categories.index(segment.category_id) for segment in kept]
    scores = [None if segment.score is None else float(segment.score) for segment in kept]
    return [{"label": label, "score": s} for label, s in zip(labels, scores, strict=True)], ids.tobytes()


def quality_of(result: Segmentation, truth: Segmentation) -> dict[str, Any]:
    """{"pq", "segments", "missed", "false"} of one prediction, as SceneEditor.answers has them."""
    found, names = match_segments(result, truth), {c.id: c.name for c in result.categories}
    return {
        "pq": panoptic_quality([(result, truth)], truth.categories).to_dict(),
        "segments": [
            {"id": s.id, "category_id": s.category_id, "name": names[s.category_id], "score": s.score, "area": s.area}
            for s in result.segments
        ],
        "missed": [names[segment.category_id] for segment in found.missed],
        "false": [names[segment.category_id] for segment in found.false],
    }

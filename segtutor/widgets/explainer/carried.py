"""What the Explainer carries beside the networks' tensors: weights that a box multiplies with, colours of feature maps.

A map of many channels is drawn in three colours, its three principal directions over some scenes: they stay as they
are while a scene is edited, so that the same colour means the same direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segtutor.models.export_steps import steps_of

# Tensors that are maps of many channels, as outputs of the two networks: (1, C, h, w).
MAPS = ("stage_", "level_", "pyramid_", "mask_features", "fused")


def weights_of(segmenter: Any, images: Sequence[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """What is multiplied with, and the directions of each map over some pictures, by name.

    stem (C, 3, 7, 7), the first convolution; of a per-pixel classifier: classifier (K, C) and bias (K,); map:NAME
    (4, C), see `directions`. images: (H, W, 3) uint8.
    """
    model = segmenter.model
    found = [("stem", model.backbone.stem.convolution.weight)]
    if segmenter.family == "per-pixel":
        found += [("classifier", model.head.classifier.weight[:, :, 0, 0]), ("bias", model.head.classifier.bias)]
    return [(name, value.detach().numpy()) for name, value in found] + directions(segmenter, images)


def pixels_of(segmenter: Any, image: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W), as the network takes it."""
    return torch.from_numpy(np.array(segmenter.processor(image)[0]))[None]


def directions(segmenter: Any, images: Sequence[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """For each map (4, C): the mean of its channels over some pictures, and the three principal directions.

    A direction is divided by the standard deviation along it, so that what is projected has a deviation of 1.
    """
    cells: dict[str, list[Tensor]] = {}
    steps = steps_of(segmenter.model)
    for image in images:
        with torch.inference_mode():
            for name, value in steps(pixels_of(segmenter, image)).items():
                if name.startswith(MAPS):
                    cells.setdefault(name, []).append(value[0].flatten(1).T)  # (h w, C)
    return [(f"map:{name}", principal(torch.cat(parts))) for name, parts in cells.items()]


def principal(cells: Tensor) -> np.ndarray:
    """(N, C) -> (4, C) float32: mean, then three directions over their deviations, whose sum is positive."""
    cells = cells.double()
    values, vectors = torch.linalg.eigh(cells.T.cov())  # ascending
    found = vectors.flip(1)[:, :3].T
    found = torch.where(found.sum(dim=1, keepdim=True) < 0, -found, found)
    deviations = values.flip(0)[:3, None].clamp(min=1e-12).sqrt()
    return torch.cat([cells.mean(dim=0, keepdim=True), found / deviations]).float().numpy()


def joined(arrays: dict[str, np.ndarray]) -> tuple[bytes, dict[str, Any]]:
    """float32 numbers one after the other, and where each array lies: {name: {start, dims}}, counted in numbers."""
    places, start = {}, 0
    for name, value in arrays.items():
        places[name] = {"start": start, "dims": list(value.shape)}
        start += value.size
    return b"".join(np.ascontiguousarray(value, "<f4").tobytes() for value in arrays.values()), places


def shape_facts(model: Any) -> dict[str, int]:
    """Numbers of a mask classifier that the view has to know: its queries, and the heads of its cross-attention."""
    return {
        "queries": model.decoder.queries.shape[0],
        "heads": model.decoder.layers[0].cross_attention.num_heads,
    }

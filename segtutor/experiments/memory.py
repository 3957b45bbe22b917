"""How many bytes a loss keeps for its backward pass, counted where autograd keeps them.

Autograd saves what the backward pass will read; torch.autograd.graph.saved_tensors_hooks sees each such tensor. Views
of one memory count once, and what the loss was given (the logits) does not count: it is there for any loss.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..outputs import MaskOutput, Targets
from ..reference.losses import set_loss
from ..reference.reading import FullMasks, Grid, PointSampling, Reading
from ..reference.recipes import Recipe


def kept_bytes(output: MaskOutput, targets: Sequence[Targets], reading: Reading, seed: int = 0) -> int:
    """Bytes that the set loss keeps until the backward pass. output: with logits that require a gradient."""
    given = {t.untyped_storage().data_ptr() for o in (*output.layers, output) for t in (o.class_logits, o.mask_logits)}
    kept: dict[int, torch.UntypedStorage] = {}  # held, so that no address is used twice

    def see(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in given:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(see, lambda tensor: tensor):
        terms = set_loss(output, targets, recipe=Recipe(points=reading), generator=torch.Generator().manual_seed(seed))
        total = torch.stack(list(terms.values())).sum()
    del total
    return sum(storage.nbytes() for storage in kept.values())


def published_setting(seed: int = 0) -> dict[str, int]:
    """{"points", "grid", "full": bytes} with Mask2Former's numbers: 100 queries, 24 true masks of 1024 x 1024 pixels.

    One picture, one prediction; logits and masks are random rectangles, since the bytes do not depend on them.
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, 100, 256, 256, generator=generator).requires_grad_()
    classes = torch.randn(1, 100, 134, generator=generator).requires_grad_()
    corners = torch.randint(0, 768, (24, 2), generator=generator)
    masks = torch.zeros(24, 1024, 1024, dtype=torch.uint8)
    for mask, (y, x) in zip(masks, corners.tolist(), strict=True):
        mask[y : y + 256, x : x + 256] = 1
    targets = [Targets(torch.arange(24), masks, torch.ones(1024, 1024, dtype=torch.uint8))]
    readings: dict[str, Reading] = {"points": PointSampling(), "grid": Grid(), "full": FullMasks()}
    return {name: kept_bytes(MaskOutput(classes, logits), targets, reading) for name, reading in readings.items()}

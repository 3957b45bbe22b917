"""How many bytes a loss, or a whole step of training, keeps for its backward pass, counted where autograd keeps them.

Autograd saves what the backward pass will read; torch.autograd.graph.saved_tensors_hooks sees each such tensor. Views
of one memory count once, and what was there before (the logits a loss is given, the weights of a network) does not
count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch

from segtutor.experiments.arms import Arm, build, criterion
from segtutor.experiments.scenes import categories_of
from segtutor.outputs import MaskOutput, PerPixelOutput, Targets
from segtutor.reference.losses.criterion import Recipe, per_pixel_loss, set_loss
from segtutor.reference.losses.sampling import FullMasks, Grid, PointSampling, Sampling
from segtutor.segments import Segmentation
from segtutor.training.rows.targets import targets_of


def kept_bytes(output: MaskOutput, targets: Sequence[Targets], reading: Sampling, seed: int = 0) -> int:
    """Bytes that the set loss keeps until the backward pass. output: with logits that require a gradient."""
    given = (t for o in (*output.layers, output) for t in (o.class_logits, o.mask_logits))

    def loss() -> dict[str, torch.Tensor]:
        recipe = Recipe(points=reading)
        return set_loss(output, targets, recipe=recipe, generator=torch.Generator().manual_seed(seed))

    return _kept(loss, given)


def training_bytes(arm: Arm, side: int = 96, seed: int = 0) -> int:
    """Bytes that network and loss of an arm keep for the backward pass of one picture.

    side: of the picture, (1, 3, side, side), a multiple of 32 from 64 on: the one cell of a smaller picture leaves
    batch norm nothing to average. Its 16 blocks show the arm's first classes in turn. The weights do not count: they
    are there before.

    Taught in notebooks/08_pixels_or_masks.
    """
    model = build(arm, seed).train()
    blocks = torch.arange(16).reshape(1, 4, 4) % arm.classes
    labels = blocks.repeat_interleave(side // 4, 1).repeat_interleave(side // 4, 2)  # (B, H, W)
    picture = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(seed))

    def loss() -> dict[str, torch.Tensor]:
        output = model(picture)
        if isinstance(output, PerPixelOutput):
            return (criterion(arm) or per_pixel_loss)(output, labels)
        truth = Segmentation.from_semantic(labels[0].numpy(), categories_of(arm.classes))
        row = {"image": np.zeros((side, side, 3), np.uint8), "segmentation": truth}
        return criterion(arm)(output, [targets_of(row)])

    return _kept(loss, model.parameters())


def _kept(loss: Callable[[], dict[str, torch.Tensor]], given: Iterable[torch.Tensor]) -> int:
    """Bytes that autograd keeps while a loss is computed, what is given left out."""
    own = {tensor.untyped_storage().data_ptr() for tensor in given}
    kept: dict[int, torch.UntypedStorage] = {}  # held, so that no address is used twice

    def see(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(see, lambda tensor: tensor):
        total = torch.stack(list(loss().values())).sum()
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
    readings: dict[str, Sampling] = {"points": PointSampling(), "grid": Grid(), "full": FullMasks()}
    return {name: kept_bytes(MaskOutput(classes, logits), targets, reading) for name, reading in readings.items()}

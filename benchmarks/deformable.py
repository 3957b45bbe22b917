"""Deformable attention without its projections, at the shapes of Mask2Former with Swin-T: ours and transformers'.

8 heads of 32 channels, three maps (1/32, 1/16, 1/8), 4 points each; the points spread over some cells around each
place, as those of trained models do. Forward, and forward with the backward to values, points and weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import harness

HEADS, WIDTH, POINTS, SPREAD = 8, 32, 4, 3.0
FORWARD, BOTH = 6.0, 2.5  # the goals


def rows(settings: harness.Settings) -> Iterator[dict]:
    import torch
    from transformers.models.mask2former.modeling_mask2former import multi_scale_deformable_attention

    from segtutor.reference.layers.deformable import deformable_attention

    for side, batch in ((384, 1), (640, 1), (384, 4)):
        tensors, sizes = inputs(side, batch, settings.device)
        measured = {"device": settings.device, "side": side, "batch": batch}
        name = f"deformable attention, {side}, B={batch}"

        def forward(attention: Callable, tensors: Any = tensors, sizes: Any = sizes) -> list:
            with torch.no_grad():
                return [attention(tensors[0], sizes, *tensors[1:])]

        def both(attention: Callable, tensors: Any = tensors, sizes: Any = sizes) -> list:
            fresh = [tensor.detach().requires_grad_() for tensor in tensors]
            out = attention(fresh[0], sizes, *fresh[1:])
            out.backward(torch.ones_like(out))
            return [out.detach(), *(tensor.grad for tensor in fresh)]

        for what, run, goal, rounds in (("forward", forward, FORWARD, 9), ("forward + backward", both, BOTH, 7)):
            yield harness.compare(
                f"{name}, {what}",
                lambda run=run: run(deformable_attention),
                lambda run=run: run(multi_scale_deformable_attention),
                goal=goal if settings.device == "cpu" else None,
                rounds=settings.rounds(rounds),
                check=same,
                **measured,
            )


def inputs(side: int, batch: int, device: str):
    """Values, points and weights of one call, and the sizes of its maps."""
    import torch

    from segtutor.reference.layers.deformable import cell_centres

    generator = torch.Generator().manual_seed(side)
    sizes = tuple((side // stride, side // stride) for stride in (32, 16, 8))
    centres = cell_centres(sizes)
    shape = (batch, len(centres), HEADS, len(sizes), POINTS)
    values = torch.randn(batch, len(centres), HEADS, WIDTH, generator=generator)
    cell = torch.tensor([[[1 / w, 1 / h]] for h, w in sizes])
    points = centres[:, None, None, None] + torch.randn(*shape, 2, generator=generator) * SPREAD * cell
    weights = torch.randn(shape, generator=generator).flatten(3).softmax(-1).view(shape)
    return [tensor.to(device) for tensor in (values, points, weights)], sizes


def same(ours: list, peer: list) -> dict:
    largest = max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(ours, peer, strict=True))
    if not largest <= 1e-5:
        raise harness.CheckFailed(f"relative difference {largest:.2g}, expected at most 1e-5")
    return {"difference": largest}

"""The whole forward of Mask2Former with Swin-T: ours and transformers', equal weights, random and perturbed.

100 queries, 133 classes, one picture. Both return the final prediction; transformers computes the masks of all
predictions on the way whether they are asked for or not, ours when they are (the rows "with all layers", where both
return them).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks import harness

SIDES, QUERIES, CLASSES = (384, 640), 100, 133
GOAL = 1.8


def rows(settings: harness.Settings) -> Iterator[dict]:
    import torch

    from segtutor.reference.weights.build import from_transformers

    theirs = peer().to(settings.device)
    ours = from_transformers(theirs)
    on_cpu = settings.device == "cpu"
    for side in SIDES:
        pixels = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(side)).to(settings.device)

        def mine(pixels: Any = pixels, layers: bool = False) -> Any:
            with torch.no_grad():
                return ours(pixels, layers=layers)

        def others(pixels: Any = pixels, layers: bool = False) -> Any:
            with torch.no_grad():
                return theirs(pixels, output_auxiliary_logits=layers)

        name = f"Mask2Former Swin-T forward, {side}"
        with torch.no_grad():
            difference = check(ours, theirs, pixels)
        measured = {"rounds": settings.rounds(5), "device": settings.device, "side": side, "difference": difference}
        yield harness.compare(name, mine, others, goal=GOAL if on_cpu else None, **measured)
        yield harness.compare(
            f"{name}, with all layers",
            lambda mine=mine: mine(layers=True),
            lambda others=others: others(layers=True),
            goal=None,
            **measured,
        )


def peer() -> Any:
    """transformers' model. Its constant initial values are moved, or much of the check would be empty."""
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

    torch.manual_seed(0)
    stages = [f"stage{i}" for i in range(1, 5)]
    config = Mask2FormerConfig(
        backbone_config=SwinConfig(depths=[2, 2, 6, 2], out_features=stages), num_queries=QUERIES, num_labels=CLASSES
    )
    model = Mask2FormerForUniversalSegmentation(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.02)
    return model


def check(ours: Any, theirs: Any, pixels: Any) -> float:
    """Relative difference of the two final predictions where both attend inside transformers' masks, at most 1e-4.

    Those masks are thresholds: one bit that rounding flips moves the output of a random network by some thousandths,
    transformers' own as well where it multiplies with another library. tests/reference/test_mask2former.py counts
    the bits and holds that each was at the threshold.
    """
    blocked: list[Any] = []
    hooks = [
        layer.cross_attn.register_forward_pre_hook(
            lambda _module, _arguments, named: blocked.append(named["attn_mask"]), with_kwargs=True
        )
        for layer in theirs.model.transformer_module.decoder.layers
    ]
    answer = theirs(pixels)
    for hook in hooks:
        hook.remove()
    heads = theirs.config.num_attention_heads
    may_attend = [~mask.unflatten(0, (-1, heads))[:, 0] for mask in blocked]
    mask_features, maps = ours.pixel_decoder(ours.backbone(pixels))
    queries, masks = ours.decoder(maps, mask_features, layers=False, may_attend=may_attend)
    pairs = (masks[-1], answer.masks_queries_logits), (ours.class_head(queries[-1]), answer.class_queries_logits)
    largest = max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
    if not largest <= 1e-4:
        raise harness.CheckFailed(f"forward: relative difference {largest:.2g}, expected at most 1e-4")
    return largest

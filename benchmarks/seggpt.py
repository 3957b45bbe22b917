"""SegGPT's forward: ours and transformers', equal weights, one example. Published width and size, six of 24 layers.

transformers writes all attention weights down; ours uses the fused kernel, hides the target's lower half instead of
cutting patches of it, and draws only the half that is asked for. The shape is that of BAAI/seggpt-vit-large at 448 x
448 pixels (1,568 tokens a stream, 16 heads of 64) with the first six layers, so that it fits a benchmark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks import harness

LAYERS, OUTPUTS, SIDE = 6, [2, 3, 4, 5], 448
GOAL = 1.4


def rows(settings: harness.Settings) -> Iterator[dict]:
    import torch
    from transformers import SegGptConfig, SegGptForImageSegmentation

    from segtutor.reference.weights.build import from_transformers

    torch.manual_seed(0)
    config = SegGptConfig(num_hidden_layers=LAYERS, intermediate_hidden_state_indices=OUTPUTS)
    theirs = SegGptForImageSegmentation(config).eval().to(settings.device)
    ours = from_transformers(theirs)
    picture, prompt, target = torch.randn(3, 1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)).to(
        settings.device
    )

    def mine() -> Any:
        with torch.no_grad():
            return ours(picture, prompt, target)

    def others() -> Any:
        with torch.no_grad():
            return theirs(picture, prompt, target).pred_masks[:, :, SIDE:]

    def same(ours: Any, theirs: Any) -> dict | bool:
        difference = float((ours - theirs).abs().max() / theirs.abs().max())
        return {"difference": difference} if difference <= 1e-4 else False

    yield harness.compare(
        f"SegGPT forward, ViT-L width, {LAYERS} layers, {SIDE}",
        mine,
        others,
        goal=GOAL if settings.device == "cpu" else None,
        rounds=settings.rounds(3),
        device=settings.device,
        check=same,
        side=SIDE,
    )

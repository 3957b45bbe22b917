"""SAM at 1024 pixels: memory and time of the image encoder, time of a prompt; ours and transformers', equal weights.

Width, heads, windows and neck of facebook/sam-vit-base, random weights, three of its twelve layers: two with windows
and one among all 4096 cells, which is where the memory goes. transformers writes the relative positions of that layer
down for all heads, 805 MB; ours for as many heads at a time as fit the processor's cache. Each memory is that of a
fresh process, above the loaded model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import harness

LAYERS, SIDE, PROMPTS = 3, 1024, 1
MOST_SHARE, ENCODER_GOAL, PROMPT_GOAL = 0.5, 1.0, 1.3

_CODE = """
import sys
import torch
from benchmarks.harness import peak_above
from benchmarks.sam import LAYERS, SIDE, model
torch.set_num_threads(1)
theirs = model()
if sys.argv[1] == "ours":
    from segtutor.reference.weights.build import from_transformers
    network = from_transformers(theirs).backbone
    del theirs
else:
    network = theirs.vision_encoder
with torch.no_grad():
    pixel_values = torch.zeros(1, 3, SIDE, SIDE)
    print(peak_above(lambda: network(pixel_values)))
"""


def model() -> Any:
    """transformers' SAM of the shape above."""
    import torch
    from transformers import SamConfig, SamModel

    torch.manual_seed(0)
    return SamModel(SamConfig(vision_config={"num_hidden_layers": LAYERS, "global_attn_indexes": [2]})).eval()


def rows(settings: harness.Settings) -> Iterator[dict]:
    import torch

    from segtutor.reference.weights.build import from_transformers

    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(1 if settings.quick else 3):
        for which, megabytes in taken.items():
            megabytes.append(float(harness.fresh(_CODE, which)["printed"].splitlines()[-1]))
    ours_mb, peer_mb = (np.array(taken[which]) for which in ("ours", "peer"))
    yield harness.row(
        f"SAM image encoder, ViT-B width, {LAYERS} layers, {SIDE}: memory",
        peer_mb / ours_mb,
        1 / MOST_SHARE,
        note=f"{np.median(ours_mb):.0f} MB of the peer's {np.median(peer_mb):.0f} MB, at most {MOST_SHARE}",
        ours_mb=float(np.median(ours_mb)),
        peer_mb=float(np.median(peer_mb)),
    )
    theirs = model().to(settings.device)
    ours = from_transformers(theirs)
    picture = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)).to(settings.device)
    goals = settings.device == "cpu"

    def close(mine: Any, other: Any) -> dict:
        difference = float((mine - other).norm() / other.norm())
        assert difference <= 1e-5, f"relative difference {difference:.1e}"
        return {"difference": difference}

    with torch.no_grad():
        yield harness.compare(
            f"SAM image encoder, ViT-B width, {LAYERS} layers, {SIDE}",
            lambda: ours.encode(picture),
            lambda: theirs.vision_encoder(picture).last_hidden_state,
            goal=ENCODER_GOAL if goals else None,
            rounds=settings.rounds(3),
            device=settings.device,
            check=close,
        )
        image = ours.encode(picture)
        points, labels = (
            torch.rand(PROMPTS, 1, 2, device=image.device) * SIDE,
            torch.ones(PROMPTS, 1, dtype=torch.int64),
        )
        labels = labels.to(image.device)

        def mine() -> Any:
            return ours.ask(image, points=points, labels=labels, multimask=True).mask_logits

        def other() -> Any:
            given = {"input_points": points[None], "input_labels": labels[None]}
            return theirs(image_embeddings=image, multimask_output=True, **given).pred_masks[0]

        yield harness.compare(
            "SAM prompt decoder, a click, three masks",
            mine,
            other,
            goal=PROMPT_GOAL if goals else None,
            rounds=settings.rounds(),
            device=settings.device,
            check=close,
        )

"""Memory that a forward pass takes above the loaded model: Mask2Former Swin-T at 640 x 640, fresh processes.

Each process builds transformers' model with random weights, or ours from its configuration, runs one small picture,
so that libraries have made their own buffers, and then one of 640 x 640. What counts is the largest resident memory
during that pass less the resident memory before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks import harness

SIDE, MOST_SHARE = 640, 0.75

_CODE = """
import sys
import torch
from benchmarks.harness import peak_above
torch.set_num_threads(1)
config = {"backbone_config": {"model_type": "swin", "embed_dim": 96, "depths": [2, 2, 6, 2],
          "num_heads": [3, 6, 12, 24], "window_size": 7, "drop_path_rate": 0.0,
          "out_features": ["stage1", "stage2", "stage3", "stage4"]},
          "num_queries": 100, "id2label": {str(i): str(i) for i in range(133)}}
if sys.argv[1] == "ours":
    from segtutor.reference.models.mask2former import Mask2Former
    model = Mask2Former.from_config({"model_type": "mask2former", **config}).eval()
else:
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig
    backbone = SwinConfig(**{k: v for k, v in config.pop("backbone_config").items() if k != "model_type"})
    config["id2label"] = {int(k): v for k, v in config["id2label"].items()}
    model = Mask2FormerForUniversalSegmentation(Mask2FormerConfig(backbone_config=backbone, **config)).eval()
side = int(sys.argv[2])
with torch.no_grad():
    model(torch.zeros(1, 3, 64, 64))
    pixel_values = torch.randn(1, 3, side, side)
    above = peak_above(lambda: model(pixel_values))
print(above, sum(p.numel() for p in model.parameters()))
"""


def rows(settings: harness.Settings) -> Iterator[dict]:
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(1 if settings.quick else 3):
        weights = {}
        for which, megabytes in taken.items():
            above, weights[which] = harness.fresh(_CODE, which, str(SIDE))["printed"].splitlines()[-1].split()
            megabytes.append(float(above))
        counts = [int(count) for count in weights.values()]
        if abs(counts[0] - counts[1]) > counts[1] // 1000:  # transformers' Swin carries a last norm that nothing uses
            raise harness.CheckFailed(f"memory: {counts[0]} and {counts[1]} parameters, which is not one model")
    ours, peer = (np.array(taken[which]) for which in ("ours", "peer"))
    share = float(np.median(ours / peer))
    yield harness.row(
        f"Mask2Former Swin-T {SIDE}: memory above the model",
        peer / ours,
        1 / MOST_SHARE,
        note=f"{np.median(ours):.0f} MB of the peer's {np.median(peer):.0f} MB = {share:.2f}, at most {MOST_SHARE}",
        ours_mb=float(np.median(ours)),
        peer_mb=float(np.median(peer)),
    )

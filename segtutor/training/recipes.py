"""How each shipped checkpoint was made: architecture, data, budget. `segtutor train NAME --out FOLDER` repeats it.

Both models stand on the same trunk (a small ResNet, random start), see the same pictures and are trained by the same
loop; they differ in the type of their output and in the loss that follows from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..data import toytown
from ..errors import UserError
from ..segments import Segmentation


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training gives, but for the machine it runs on."""

    name: str
    family: str
    build: Callable
    scenes: int = 20_000
    first_seed: int = toytown.SPLITS["train"].start
    batch_size: int = 16
    cpu_minutes: float = 60.0
    seed: int = 0
    options: dict = field(default_factory=dict)  # further arguments of fit


class Scenes(Sequence):
    """ToyTown scenes as training rows, rendered when first asked for and then kept (64 kB each at 128 pixels)."""

    def __init__(self, seeds: Sequence[int], image_size: int = 128):
        self._seeds, self._image_size = seeds, image_size
        self._kept: dict[int, tuple[np.ndarray, np.ndarray, dict]] = {}

    def __len__(self) -> int:
        return len(self._seeds)

    def __getitem__(self, i: int) -> dict:
        if i not in self._kept:
            if not 0 <= i < len(self):
                raise IndexError(f"got scene {i}, expected 0 to {len(self) - 1}")
            image, truth = toytown.scene(self._seeds[i], self._image_size).render()
            names = {segment.id: segment.category_id for segment in truth.segments}
            self._kept[i] = image, truth.segment_ids.astype(np.uint8), names
        image, ids, names = self._kept[i]
        return {"image": image, "segmentation": Segmentation.from_ids(ids.astype(np.int32), names, toytown.categories)}


def trunk():
    """The ResNet both models stand on: 4 stages of 2 basic blocks, 32 to 128 channels, strides 4 to 32."""
    from transformers import ResNetConfig

    return ResNetConfig(
        embedding_size=32,
        hidden_sizes=[32, 64, 96, 128],
        depths=[2, 2, 2, 2],
        layer_type="basic",
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )


def _labels() -> dict:
    names = toytown.categories.names
    return {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}


def build_mask2former():
    """Mask2Former for ToyTown, random start: width 64, 1 deformable encoder layer, 3 decoder layers, 24 queries.

    transformers starts the pixel decoder's convolutions at N(0, 0.02), which suits a pre-trained trunk and width 256;
    from nothing, Kaiming's uniform start (as detectron2's c2_xavier_fill) trains about 6 PQ further in equal time.
    """
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation

    config = Mask2FormerConfig(
        backbone_config=trunk(),
        feature_size=64,
        mask_feature_size=64,
        hidden_dim=64,
        encoder_feedforward_dim=256,
        encoder_layers=1,
        decoder_layers=4,  # transformers counts the prediction of the initial queries as a layer
        num_attention_heads=4,
        dim_feedforward=256,
        num_queries=24,
        dropout=0.0,
        use_auxiliary_loss=True,
        **_labels(),
    )
    model = Mask2FormerForUniversalSegmentation(config)
    for module in model.model.pixel_level_module.decoder.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_uniform_(module.weight, a=1)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
    return model


def build_upernet():
    """UPerNet (arXiv:1807.10221) on the same trunk, width 64, without the auxiliary head; random start."""
    from transformers import UperNetConfig, UperNetForSemanticSegmentation

    config = UperNetConfig(backbone_config=trunk(), hidden_size=64, use_auxiliary_head=False, **_labels())
    return UperNetForSemanticSegmentation(config)


RECIPES = {
    "mask2former-toytown": Recipe(
        "mask2former-toytown",
        "mask",
        build_mask2former,
        cpu_minutes=65.0,
        options={"lr": 1.2e-3, "weight_decay": 0.05, "clip": 1.0, "ema": 0.998, "precision": "bf16"},
    ),
    "upernet-toytown": Recipe(
        "upernet-toytown",
        "per-pixel",
        build_upernet,
        cpu_minutes=40.0,
        options={"lr": 1.2e-3, "weight_decay": 0.05, "clip": 1.0, "ema": 0.998, "precision": "bf16"},
    ),
}


def train(
    name: str,
    out: str | Path,
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    report: Callable = print,
):
    """Trains a recipe for its own budget, or for the one given, and leaves snapshots and a log in `out`. -> (model, Fitted)

    out/log.jsonl: one line a logged step; out/snapshots/*.safetensors: the averaged weights every five CPU-minutes, from
    which the curve of quality over time is computed afterwards.
    """
    import json

    import torch
    from safetensors.torch import save_file

    from .fit import fit

    if name not in RECIPES:
        raise UserError(
            f"got the recipe {name!r}, expected one of {', '.join(RECIPES)}: for example segtutor train {next(iter(RECIPES))}"
        )
    recipe, out = RECIPES[name], Path(out)
    (out / "snapshots").mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    np.random.seed(recipe.seed)
    model = recipe.build()
    data = Scenes(range(recipe.first_seed, recipe.first_seed + recipe.scenes))
    budget = {"steps": steps, "cpu_minutes": cpu_minutes if steps or cpu_minutes else recipe.cpu_minutes}
    last = {"snapshot": 0.0, "report": time.monotonic()}

    def on_event(event: dict, averaged):
        with open(out / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(
                json.dumps(
                    {key: round(value, 5) if isinstance(value, float) else value for key, value in event.items()}
                )
                + "\n"
            )
        if event["cpu_minutes"] - last["snapshot"] >= 5:
            last["snapshot"] = event["cpu_minutes"]
            weights = {key: value.contiguous() for key, value in averaged.state_dict().items()}
            save_file(weights, out / "snapshots" / f"{event['cpu_minutes']:07.2f}.safetensors")
        if time.monotonic() - last["report"] > 15:
            last["report"] = time.monotonic()
            report(
                f"step {event['step']}  {100 * event['progress']:.0f} %  loss {event['loss']:.3f}  {event['cpu_minutes']:.1f} CPU-minutes"
            )

    fitted = fit(
        model,
        data,
        **budget,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        out=out,
        resume=resume,
        on_event=on_event,
        **recipe.options,
    )
    return model, fitted

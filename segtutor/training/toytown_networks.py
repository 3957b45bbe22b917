"""The small networks that are trained from a random start: on ToyTown, and in the papers' experiments.

All stand on one trunk, a ResNet of 32 to 128 channels at strides 4 to 32. `mask2former` builds this course's module;
`configuration` says the same in the words of a config.json, which transformers reads and publishing needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from ..reference.mask2former import Mask2Former

TRUNK: dict[str, Any] = {
    "model_type": "resnet",
    "embedding_size": 32,
    "hidden_sizes": [32, 64, 96, 128],
    "depths": [2, 2, 2, 2],
    "layer_type": "basic",
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}


def configuration(labels: Sequence[str], *, queries: int = 24, layers: int = 3) -> dict[str, Any]:
    """Of a small Mask2Former: width 64, 1 deformable encoder layer. labels: names of the classes."""
    return {
        "model_type": "mask2former",
        "backbone_config": dict(TRUNK),
        "feature_size": 64,
        "mask_feature_size": 64,
        "hidden_dim": 64,
        "encoder_feedforward_dim": 256,
        "encoder_layers": 1,
        "decoder_layers": layers + 1,  # configurations count the prediction of the initial queries
        "num_attention_heads": 4,
        "dim_feedforward": 256,
        "num_queries": queries,
        "dropout": 0.0,
        "use_auxiliary_loss": True,
        "id2label": {str(place): name for place, name in enumerate(labels)},
        "label2id": {name: place for place, name in enumerate(labels)},
    }


def mask2former(
    labels: Sequence[str], *, queries: int = 24, layers: int = 3, kind: type[Mask2Former] | None = None
) -> Mask2Former:
    """The network of that configuration with a random start. kind: Mask2Former or a class made from it."""
    model = (kind or Mask2Former).from_config(configuration(labels, queries=queries, layers=layers))
    start_convolutions(model.pixel_decoder)
    return model


def start_convolutions(pixel_decoder: nn.Module) -> None:
    """Kaiming's uniform start for the pixel decoder's convolutions, as detectron2's c2_xavier_fill: variance 1 / fan.

    PyTorch's own start is a third of that, transformers' N(0, 0.02) suits width 256; with a pre-trained trunk it does
    not matter, from nothing it does.
    """
    for module in pixel_decoder.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=1)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

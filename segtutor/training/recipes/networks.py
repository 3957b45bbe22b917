"""The small networks that are trained from a random start: on ToyTown, and in the papers' experiments.

All stand on one backbone, a ResNet of 32 to 128 channels at strides 4 to 32. `mask2former` builds this course's module;
`configuration` says the same in the words of a config.json, which transformers reads and publishing needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from segtutor.reference.models.mask2former import Mask2Former

BACKBONE: dict[str, Any] = {
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
        "backbone_config": dict(BACKBONE),
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
        **_labels(labels),
    }


def mask2former(
    labels: Sequence[str], *, queries: int = 24, layers: int = 3, kind: type[Mask2Former] | None = None
) -> Mask2Former:
    """The network of that configuration with a random start. kind: Mask2Former or a class made from it."""
    model = (kind or Mask2Former).from_config(configuration(labels, queries=queries, layers=layers))
    start_convolutions(model.pixel_decoder)
    return model


# What the per-pixel networks have beside the backbone; PSPNet and DeepLab read a last map of stride 8.
PER_PIXEL: dict[str, dict[str, Any]] = {
    "fcn": {},
    "unet": {},
    "pspnet": {"hidden_size": 64, "output_stride": 8},
    "deeplab": {"hidden_size": 64, "output_stride": 8, "rates": [2, 4, 6]},
}


def per_pixel_configuration(kind: str, labels: Sequence[str]) -> dict[str, Any]:
    """Of a network of PER_PIXEL on the common backbone. labels: names of the classes."""
    given = dict(PER_PIXEL[kind])
    stride = {"output_stride": given.pop("output_stride")} if "output_stride" in given else {}
    return {"model_type": kind, "backbone_config": {**BACKBONE, **stride}, **given, **_labels(labels)}


def eomt_configuration(labels: Sequence[str]) -> dict[str, Any]:
    """Of a small EoMT for 128 x 128 pixels: a ViT of 6 layers on patches of 8, queries in the last 3, masks at 1/4."""
    return {
        "model_type": "eomt",
        "hidden_size": 128,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "mlp_ratio": 4,
        "image_size": 128,
        "patch_size": 8,
        "num_register_tokens": 1,
        "num_blocks": 3,
        "num_upscale_blocks": 1,
        "num_queries": 24,
        "layerscale_value": 1.0,
        **_labels(labels),
    }


def eomt(labels: Sequence[str]) -> nn.Module:
    """The network of that configuration. Positions begin small: a standard normal drowns what a patch shows."""
    model = from_configuration(eomt_configuration(labels))
    nn.init.normal_(model.backbone.positions, std=0.02)  # ViT's own start (arXiv:2010.11929, published code)
    return model


def oneformer_configuration(labels: Sequence[str]) -> dict[str, Any]:
    """Of a small OneFormer: `configuration` and two layers that make its queries of the task."""
    return {
        "model_type": "oneformer",
        "backbone_config": dict(BACKBONE),
        "conv_dim": 64,
        "mask_dim": 64,
        "hidden_dim": 64,
        "encoder_feedforward_dim": 256,
        "encoder_layers": 1,
        "decoder_layers": 4,
        "query_dec_layers": 2,
        "num_attention_heads": 4,
        "dim_feedforward": 256,
        "num_queries": 24,
        "dropout": 0.0,
        "is_training": False,
        **_labels(labels),
    }


def oneformer(labels: Sequence[str]) -> nn.Module:
    """The network of that configuration with a random start."""
    model = from_configuration(oneformer_configuration(labels))
    start_convolutions(model.pixel_decoder)
    return model


def maskformer_configuration(labels: Sequence[str]) -> dict[str, Any]:
    """Of a small MaskFormer: an FPN of width 64 and DETR's decoder, 3 layers that read the map of stride 32."""
    return {
        "model_type": "maskformer",
        "backbone_config": dict(BACKBONE),
        "fpn_feature_size": 64,
        "mask_feature_size": 64,
        "decoder_config": {
            "model_type": "detr",
            "num_queries": 24,
            "decoder_layers": 3,
            "use_timm_backbone": False,  # the decoder alone is built; without these, DETR's default is written down
            "backbone_config": dict(BACKBONE),
            **_DETR,
        },
        **_labels(labels),
    }


def maskformer(labels: Sequence[str]) -> nn.Module:
    """The network of that configuration with a random start."""
    model = from_configuration(maskformer_configuration(labels))
    start_convolutions(model.pixel_decoder)
    return model


# A narrow Transformer of DETR's kind, without dropout: the networks are too small to have anything to spare.
_DETR: dict[str, Any] = {
    "d_model": 64,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 256,
    "decoder_ffn_dim": 256,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
}


def detr_configuration(labels: Sequence[str]) -> dict[str, Any]:
    """Of a small DETR with masks: 3 encoder and 3 decoder layers on the map of stride 32."""
    return {
        "model_type": "detr",
        "use_timm_backbone": False,
        "backbone_config": dict(BACKBONE),
        "num_queries": 24,
        "encoder_layers": 3,
        "decoder_layers": 3,
        **_DETR,
        "d_model": 128,  # the mask head narrows it to a sixteenth
        "encoder_attention_heads": 8,
        "decoder_attention_heads": 8,
        **_labels(labels),
    }


def detr(labels: Sequence[str]) -> nn.Module:
    """The network of that configuration on the trained backbone of upernet-toytown.

    DETR's norms are frozen (arXiv:2005.12872, section 3.2): it was never meant to begin at random. The paper takes a
    backbone that ImageNet has taught; ours was taught to classify ToyTown's pixels.
    """
    from segtutor.models.zoo import load

    model = from_configuration(detr_configuration(labels))
    start_convolutions(model.mask_head)
    trained = load("upernet-toytown").model.backbone.state_dict()
    missing, _ = model.backbone.load_state_dict(trained, strict=False)  # its counts of batches have no place here
    if missing:  # a random start would train too, and to little
        raise RuntimeError(f"the backbone of upernet-toytown lacks {missing[0]}, which DETR's has")
    return model


def segformer_configuration(labels: Sequence[str]) -> dict[str, Any]:
    """Of a small SegFormer: stages as wide as the common backbone's, two layers each."""
    return {
        "model_type": "segformer",
        "hidden_sizes": [32, 64, 96, 128],
        "depths": [2, 2, 2, 2],
        "num_attention_heads": [1, 2, 3, 4],
        "sr_ratios": [8, 4, 2, 1],
        "decoder_hidden_size": 64,
        "drop_path_rate": 0.0,
        "classifier_dropout_prob": 0.0,
        **_labels(labels),
    }


def from_configuration(config: dict[str, Any]) -> nn.Module:
    """The course's module of a configuration, with a random start."""
    from segtutor.reference.weights.build import family_of

    return family_of(config).from_config(config)


def _labels(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "id2label": {str(position): name for position, name in enumerate(labels)},
        "label2id": {name: position for position, name in enumerate(labels)},
    }


def start_convolutions(pixel_decoder: nn.Module) -> None:
    """Kaiming's uniform start for the pixel decoder's convolutions, as detectron2's c2_xavier_fill: variance 1 / fan.

    PyTorch's own start is a third of that, transformers' N(0, 0.02) suits width 256; with a pre-trained backbone it
    does not matter, from nothing it does.
    """
    for module in pixel_decoder.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=1)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

"""Checkpoints with random weights, as repositories: tiny ones of each family, and a full-size Mask2Former."""

from __future__ import annotations

import json
from pathlib import Path

PARTS = ["stage1", "stage2", "stage3", "stage4"]


CLIP_MERGES = ("a t</w>", "c at</w>", "r e", "re d</w>", "o n", "on e</w>", "' s</w>", "Ã ©</w>", "t h", "th e</w>")


def clip_vocabulary() -> dict[str, int]:
    """A small vocabulary in CLIP's form: all bytes, within and at the end of a word, what merges make, the marks."""
    from segtutor.reference.layers.byte_pairs import _byte_signs

    signs = list(_byte_signs().values())
    merged = [merge.replace(" ", "") for merge in CLIP_MERGES]
    pieces = [*signs, *(sign + "</w>" for sign in signs), *merged, "<|startoftext|>", "<|endoftext|>"]
    return {piece: number for number, piece in enumerate(pieces)}


def tiny_config(model_type: str, classes: int = 5, backbone: str | None = None):
    """A config of the family with a small backbone ("resnet", "swin" or "convnext") and `classes` named classes."""
    import transformers as tf

    backbones = {
        "resnet": lambda: tf.ResNetConfig(
            embedding_size=16,
            hidden_sizes=[16, 24, 32, 48],
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=PARTS,
        ),
        "swin": lambda: tf.SwinConfig(
            image_size=64, embed_dim=16, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 8], window_size=4, out_features=PARTS
        ),
        "convnext": lambda: tf.ConvNextConfig(
            hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1], out_features=PARTS, drop_path_rate=0.0
        ),
    }
    names = {
        "id2label": {i: f"class {i}" for i in range(classes)},
        "label2id": {f"class {i}": i for i in range(classes)},
    }
    part = backbones.get(backbone or ("swin" if model_type == "maskformer" else "resnet"))
    if model_type == "mask2former":
        return tf.Mask2FormerConfig(
            backbone_config=part(), feature_size=32, mask_feature_size=32, hidden_dim=32, num_queries=7,
            encoder_layers=1, decoder_layers=4, num_attention_heads=2, encoder_feedforward_dim=32, dim_feedforward=32,
            **names,
        )  # fmt: skip
    if model_type == "maskformer":
        decoder = tf.DetrConfig(
            d_model=32, num_queries=7, decoder_layers=3, decoder_ffn_dim=32, decoder_attention_heads=2,
            encoder_layers=0, encoder_attention_heads=2, encoder_ffn_dim=32, use_timm_backbone=False,
            backbone_config=backbones["resnet"](),
        )  # fmt: skip
        return tf.MaskFormerConfig(
            backbone_config=part(), decoder_config=decoder, fpn_feature_size=32, mask_feature_size=32, **names
        )
    if model_type == "upernet":
        return tf.UperNetConfig(backbone_config=part(), hidden_size=16, use_auxiliary_head=False, **names)
    if model_type == "oneformer":
        return tf.OneFormerConfig(
            backbone_config=part(), num_queries=7, conv_dim=32, hidden_dim=32, mask_dim=32, num_attention_heads=2,
            encoder_layers=1, decoder_layers=4, query_dec_layers=1, encoder_feedforward_dim=32, dim_feedforward=32,
            task_seq_len=12, **names,
        )  # fmt: skip
    if model_type == "detr":
        return tf.DetrConfig(
            d_model=32, num_queries=7, encoder_layers=1, decoder_layers=2, encoder_attention_heads=8,
            decoder_attention_heads=8, encoder_ffn_dim=32, decoder_ffn_dim=32, use_timm_backbone=False, backbone=None,
            use_pretrained_backbone=False, backbone_config=part(), **names,
        )  # fmt: skip
    if model_type == "eomt":
        return tf.EomtConfig(
            hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64, image_size=64,
            patch_size=16, num_queries=7, num_blocks=2, num_upscale_blocks=1, **names,
        )  # fmt: skip
    if model_type == "eomt_dinov3":
        return tf.EomtDinov3Config(
            hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64, image_size=64,
            patch_size=16, num_queries=7, num_blocks=2, num_upscale_blocks=1, **names,
        )  # fmt: skip
    if model_type == "clipseg":
        known = len(clip_vocabulary())  # the published shape, with widths and depths cut
        return tf.CLIPSegConfig(
            text_config={
                "vocab_size": known, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
                "num_attention_heads": 2, "bos_token_id": known - 2, "eos_token_id": known - 1,
            },
            vision_config={
                "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 3,
                "image_size": 224, "patch_size": 16,
            },
            projection_dim=32, extract_layers=[0, 1, 3], reduce_dim=16, decoder_intermediate_size=64,
            use_complex_transposed_convolution=True,
        )  # fmt: skip
    if model_type in ("sam2", "sam2_video"):  # the published shape, 1024 pixels, with widths and depths cut
        parts = {
            "vision_config": {
                "backbone_config": {
                    "model_type": "sam2_hiera_det_model", "hidden_size": 8, "blocks_per_stage": [1, 1, 2, 1],
                    "embed_dim_per_stage": [8, 16, 24, 32], "num_attention_heads_per_stage": [1, 1, 2, 2],
                    "global_attention_blocks": [3],
                },
                "backbone_channel_list": [32, 24, 16, 8], "fpn_hidden_size": 32,
            },
            "prompt_encoder_config": {"hidden_size": 32},
            "mask_decoder_config": {
                "hidden_size": 32, "num_attention_heads": 4, "mlp_dim": 64, "iou_head_hidden_dim": 32
            },
        }  # fmt: skip
        if model_type == "sam2":
            return tf.Sam2Config(**parts)
        memory = {"memory_attention_hidden_size": 32, "memory_encoder_hidden_size": 32, "memory_fuser_embed_dim": 32}
        return tf.Sam2VideoConfig(
            **parts, **memory, memory_attention_num_layers=1, memory_attention_feed_forward_hidden_size=32,
            memory_encoder_output_channels=16, mask_downsampler_embed_dim=32, memory_fuser_intermediate_dim=32,
        )  # fmt: skip
    if model_type == "seggpt":
        return tf.SegGptConfig(
            hidden_size=32, num_hidden_layers=4, num_attention_heads=2, image_size=[64, 32], patch_size=8,
            pretrain_image_size=24, decoder_hidden_size=8, merge_index=1, intermediate_hidden_state_indices=[1, 3],
        )  # fmt: skip
    if model_type == "beit":
        return tf.BeitConfig(
            hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=64, image_size=64,
            patch_size=16, out_indices=[1, 2, 3, 4], use_relative_position_bias=True, drop_path_rate=0.0,
            auxiliary_channels=16, **names,
        )  # fmt: skip
    if model_type == "dpt":
        return tf.DPTConfig(
            hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=64, image_size=64,
            patch_size=16, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 16, 16, 16],
            fusion_hidden_size=16, **names,
        )  # fmt: skip
    if model_type == "mobilenet_v2":
        return tf.MobileNetV2Config(depth_multiplier=0.35, output_stride=16, tf_padding=True, **names)
    if model_type == "mobilevit":
        return tf.MobileViTConfig(
            hidden_sizes=[16, 20, 24], neck_hidden_sizes=[8, 16, 16, 24, 24, 24, 32], aspp_out_channels=16, **names
        )
    return tf.SegformerConfig(
        hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 3, 4], decoder_hidden_size=16,
        **names,
    )  # fmt: skip


# Image processors in the form of published repositories, which show a classifier's crop of the picture.
PROCESSORS = {
    "beit": {
        "feature_extractor_type": "BeitFeatureExtractor", "size": 64, "crop_size": 64, "do_center_crop": False,
        "resample": 2, "reduce_labels": True,
    },
    "dpt": {
        "image_processor_type": "DPTImageProcessor", "size": 64, "keep_aspect_ratio": True,
        "resample": 3,
    },
    "mobilenet_v2": {
        "image_processor_type": "MobileNetV2ImageProcessor", "size": {"shortest_edge": 65}, "do_center_crop": True,
        "crop_size": {"height": 65, "width": 65},
    },
    "mobilevit": {
        "feature_extractor_type": "MobileViTFeatureExtractor", "size": 72, "crop_size": 64, "do_center_crop": True,
        "do_flip_channel_order": True,
    },
}  # fmt: skip


def save_tiny(folder: Path, model_type: str, classes: int = 5, backbone: str | None = None) -> Path:
    """A tiny model with seeded random weights and an image processor, as save_pretrained writes it.

    The processor is ToyTown's; EoMT, whose pictures must have one size, has its own.
    """
    import torch
    import transformers

    from segtutor import families
    from segtutor.models.preprocess import toytown_processor

    torch.manual_seed(0)
    family = families.get(model_type)
    model = getattr(transformers, family.transformers_class)(tiny_config(model_type, classes, backbone)).eval()
    if model_type in ("sam2", "sam2_video"):  # one set of random directions, as published
        model.prompt_encoder.shared_embedding.positional_embedding.copy_(
            model.shared_image_embedding.positional_embedding
        )
    model.save_pretrained(folder)
    if model_type in ("sam2", "sam2_video"):  # in the form of the published repositories
        settings = {
            "data_format": "channels_first", "default_to_square": True, "do_convert_rgb": True, "do_normalize": True,
            "do_rescale": True, "do_resize": True, "image_mean": [0.485, 0.456, 0.406],
            "image_processor_type": "Sam2ImageProcessorFast", "image_std": [0.229, 0.224, 0.225],
            "mask_size": {"height": 256, "width": 256}, "processor_class": "Sam2VideoProcessor", "resample": 2,
            "rescale_factor": 0.00392156862745098, "size": {"height": 1024, "width": 1024},
        }  # fmt: skip
        (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    elif model_type == "clipseg":  # settings and vocabulary in the form of the published repositories
        settings = {
            "do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor",
            "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 2,
            "size": {"height": 96, "width": 96},
        }  # fmt: skip
        (folder / "preprocessor_config.json").write_text(json.dumps(settings))
        (folder / "vocab.json").write_text(json.dumps(clip_vocabulary()))
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *CLIP_MERGES]) + "\n", encoding="utf-8")
    elif model_type == "seggpt":
        transformers.SegGptImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    elif model_type in ("eomt", "eomt_dinov3"):
        edges = {"shortest_edge": 64, "longest_edge": 64}
        transformers.EomtImageProcessorPil(size=edges, do_pad=True).save_pretrained(folder)
    elif model_type in PROCESSORS:
        (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[model_type]))
    else:
        toytown_processor(family.output).save_pretrained(folder)
    return folder


def save_full_mask2former(folder: Path) -> Path:
    """As published for COCO panoptic: Swin-T, 100 queries, 133 classes, 190 MB, with COCO's names; random weights."""
    import transformers as tf

    from segtutor.models.labels import COCO_THINGS

    names = [*COCO_THINGS, *(f"stuff {i}" for i in range(53))]
    swin = tf.SwinConfig(
        image_size=224, embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7, out_features=PARTS
    )
    config = tf.Mask2FormerConfig(
        backbone_config=swin,
        num_queries=100,
        id2label=dict(enumerate(names)),
        label2id={n: i for i, n in enumerate(names)},
    )
    tf.Mask2FormerForUniversalSegmentation(config).save_pretrained(folder)
    # The settings of facebook/mask2former-swin-tiny-coco-panoptic, with names that have been replaced since, but for
    # the size (800 and 1333 there), which a test on two cores cannot afford.
    settings = {
        "do_normalize": True, "do_resize": True, "ignore_index": 255, "image_mean": [0.485, 0.456, 0.406],
        "image_processor_type": "Mask2FormerImageProcessor", "image_std": [0.229, 0.224, 0.225], "num_labels": 133,
        "reduce_labels": False, "resample": 2, "rescale_factor": 0.00392156862745098, "size_divisor": 32,
        "size": {"longest_edge": 333, "shortest_edge": 200},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder

"""DETR with masks against transformers: each stage, boxes, padding, gradients, published names without timm."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.decoders.detr_mask_head import DetrMaskHead
from segtutor.reference.fast.detr_mask_head import AT_ONCE
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.models.detr import DETR
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)
STAGES = ["stage1", "stage2", "stage3", "stage4"]
SMALL = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 40,
    "encoder_attention_heads": 8,
    "decoder_attention_heads": 4,
    "num_queries": 6,
}


def config_of(labels=5, **how):
    from transformers import DetrConfig, ResNetConfig

    backbone = ResNetConfig(embedding_size=8, hidden_sizes=[8, 12, 16, 24], depths=[1, 1, 1, 1], out_features=STAGES)
    return DetrConfig(use_timm_backbone=False, backbone_config=backbone, num_labels=labels, **{**SMALL, **how})


def pair(config, seed=0):
    from transformers import DetrForSegmentation

    torch.manual_seed(seed)
    theirs = perturb(DetrForSegmentation(config), seed)
    return from_transformers(theirs), theirs


def assert_same(ours, theirs, most=1e-5):
    for x, y in ((ours.class_logits, theirs.logits), (ours.boxes, theirs.pred_boxes)):
        assert relative(x.detach(), y.detach()) <= most
    assert relative(ours.mask_logits.detach(), theirs.pred_masks.detach()) <= most


def padded(batch, size, data):
    """Where pictures of different sizes would be valid in a batch; each has at least a quarter of each side."""
    valid = torch.zeros(batch, *size, dtype=torch.bool)
    for part in valid:
        h, w = (data.draw(st.integers(side // 4, side)) for side in size)
        part[:h, :w] = True
    return valid


@settings(deadline=None, max_examples=12, derandomize=True)
@given(data=st.data())
def test_classes_boxes_and_masks_are_theirs(data):
    config = config_of(
        labels=data.draw(st.integers(1, 9), "labels"),
        d_model=data.draw(st.sampled_from([32, 64]), "width"),
        encoder_layers=data.draw(st.integers(0, 2), "encoder"),
        decoder_layers=data.draw(st.integers(1, 3), "decoder"),
        decoder_attention_heads=data.draw(st.sampled_from([1, 4]), "heads"),
        encoder_attention_heads=data.draw(st.sampled_from([8, 16]), "maps"),
        num_queries=data.draw(st.integers(1, 2 * AT_ONCE + 3), "queries"),
        activation_function=data.draw(st.sampled_from(["relu", "gelu"])),
        auxiliary_loss=data.draw(st.booleans(), "auxiliary"),
    )
    ours, theirs = pair(config, data.draw(st.integers(0, 99), "seed"))
    batch, size = data.draw(st.integers(1, 2)), [data.draw(st.integers(40, 90)) for _ in range(2)]
    picture = torch.randn(batch, 3, *size)
    valid = padded(batch, size, data) if data.draw(st.booleans(), "padded") else None
    with torch.no_grad():
        output = ours(picture, valid=valid, layers=True)
        assert_same(output, theirs(picture, pixel_mask=valid))
        alone = ours(picture, valid=valid)
    assert alone.layers == ()
    assert torch.equal(alone.mask_logits, output.mask_logits)
    assert len(output.layers) == config.decoder_layers - 1
    assert ((output.boxes > 0) & (output.boxes < 1)).all()


def test_every_layer_is_theirs():
    """Encoder, each decoder layer, heads on it, and the maps that the mask head starts from."""
    ours, theirs = pair(config_of(decoder_layers=3), 1)
    picture, valid = torch.randn(2, 3, 70, 90), torch.ones(2, 70, 90, dtype=torch.bool)
    valid[0, 40:], valid[1, :, 50:] = False, False
    seen = {}

    def keep(name):
        return lambda _m, _i, out: seen.setdefault(name, []).append(out)

    inner = theirs.detr.model
    hooks = [layer.register_forward_hook(keep("layers")) for layer in inner.decoder.layers]
    hooks += [inner.encoder.layers[-1].register_forward_hook(keep("encoder"))]
    hooks += [theirs.bbox_attention.register_forward_hook(keep("maps"))]
    encoded = []
    hooks += [ours.encoder.register_forward_hook(lambda _m, _i, out: encoded.append(out))]
    with torch.no_grad(), record_attention(ours) as maps:
        theirs(picture, pixel_mask=valid)
        output = ours(picture, valid=valid, layers=True)
        for hook in hooks:
            hook.remove()
        assert relative(encoded[0], seen["encoder"][0]) <= 1e-5
        for layer, state in zip((*output.layers, output), seen["layers"], strict=True):
            state = inner.decoder.layernorm(state)
            assert relative(layer.class_logits, theirs.detr.class_labels_classifier(state)) <= 1e-5
            assert relative(layer.boxes, theirs.detr.bbox_predictor(state).sigmoid()) <= 1e-5
    recorded = maps["mask_head.maps"][-1]
    assert relative(recorded.weights, seen["maps"][0].flatten(-2).transpose(1, 2)) <= 1e-5
    torch.testing.assert_close(recorded.weights.sum((1, 3)), torch.ones(2, 6))
    assert (recorded.weights[~recorded.may_attend.expand_as(recorded.weights)] == 0).all()
    assert len(maps["decoder.layers.2.cross_attention"]) == 1


@settings(deadline=None, max_examples=8, derandomize=True)
@given(st.integers(1, 2), st.integers(1, 2 * AT_ONCE + 1), st.sampled_from([8, 16]), st.booleans())
def test_sharing_what_queries_share_changes_nothing(batch, queries, heads, partly):
    torch.manual_seed(queries)
    width = 4 * heads
    head = DetrMaskHead(width, (3, 4, 5), num_heads=heads).eval()
    states, memory, projected = (torch.randn(batch, queries, width), *torch.randn(2, batch, width, 3, 4))
    features = [torch.randn(batch, c, 3 * s, 4 * s) for c, s in ((3, 8), (4, 4), (5, 2))]
    valid = (torch.arange(4) < 3).expand(batch, 3, 4) if partly else None
    with torch.no_grad():
        masks = head(states, memory, projected, features, valid)
        with plain():
            expected = head(states, memory, projected, features, valid)
    assert masks.shape == (batch, queries, 24, 32)
    assert relative(masks, expected) <= 1e-5


def test_in_training_with_dropout_outputs_and_gradients_are_theirs():
    ours, theirs = pair(config_of(dropout=0.2, activation_dropout=0.3), 3)
    picture, answers = torch.randn(2, 3, 64, 64), []
    for model in (ours.train(), theirs.train()):
        torch.manual_seed(5)
        answer = model(picture)
        parts = (
            (answer.class_logits, answer.boxes, answer.mask_logits)
            if model is ours
            else (answer.logits, answer.pred_boxes, answer.pred_masks)
        )
        sum((part**2).mean() for part in parts).backward()
        answers.append(parts)
    for x, y in zip(*answers, strict=True):
        assert relative(x.detach(), y.detach()) <= 1e-5
    inner = theirs.detr.model
    pairs = [
        (ours.decoder.query_positions, inner.query_position_embeddings.weight),
        (ours.encoder.layers[0].self_attention.value.weight, inner.encoder.layers[0].self_attn.v_proj.weight),
        (ours.mask_head.first.convolution.weight, theirs.mask_head.conv1.conv.weight),
        (ours.mask_head.lateral[2].weight, theirs.mask_head.fpn_stages[2].fpn_adapter.weight),
        (ours.mask_head.maps.key.weight, theirs.bbox_attention.k_proj.weight),
        (ours.project.weight, inner.input_projection.weight),
    ]
    for x, y in pairs:
        assert relative(x.grad, y.grad) <= 2e-5
    norms = [name for name, _ in ours.named_parameters() if name.startswith("backbone") and "norm" in name]
    assert norms == [], "frozen: buffers, nothing to train"


def test_in_half_precision_and_channels_last():
    ours, _ = pair(config_of(), 4)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        plain = ours(picture)
        last = ours(picture.contiguous(memory_format=torch.channels_last))
        with torch.autocast("cpu", torch.bfloat16):
            half = ours(picture)
        whole = ours.to(torch.bfloat16)(picture.to(torch.bfloat16))
    assert relative(last.mask_logits, plain.mask_logits) <= 1e-5
    assert relative(half.mask_logits.float(), plain.mask_logits) <= 0.1
    assert relative(whole.mask_logits.float(), plain.mask_logits) <= 0.1
    assert half.mask_logits.isfinite().all()


def test_padding_changes_neither_attention_nor_positions():
    """Behind the backbone, a padded picture is the picture: give both the same maps."""
    torch.manual_seed(0)
    ours, _ = pair(config_of(), 5)
    maps = [torch.randn(1, c, 64 // s, 96 // s) for c, s in zip(ours.backbone.channels, (4, 8, 16, 32), strict=True)]
    wide = [torch.cat([x, torch.randn_like(x)], dim=-1) for x in maps]
    valid = torch.zeros(1, 64, 192, dtype=torch.bool)
    valid[..., :96] = True
    ours.backbone.forward = lambda x: maps if x.shape[-1] == 96 else wide
    with torch.no_grad():
        small = ours(torch.zeros(1, 3, 64, 96))
        large = ours(torch.zeros(1, 3, 64, 192), valid=valid)
    assert relative(large.class_logits, small.class_logits) <= 1e-5
    assert relative(large.boxes, small.boxes) <= 1e-5


def timm_names(weights):
    """A file's weights with the backbone's under timm's names."""
    named = {}
    for name, tensor in weights.items():
        new = name.replace("embedder.embedder.convolution", "conv1").replace("embedder.embedder.normalization", "bn1")
        new = re.sub(
            r"encoder\.stages\.(\d)\.layers\.(\d+)\.layer\.(\d)\.(convolution|normalization)",
            lambda m: f"layer{int(m[1]) + 1}.{m[2]}.{'conv' if m[4] == 'convolution' else 'bn'}{int(m[3]) + 1}",
            new,
        )
        new = re.sub(
            r"encoder\.stages\.(\d)\.layers\.(\d+)\.shortcut\.(convolution|normalization)",
            lambda m: f"layer{int(m[1]) + 1}.{m[2]}.downsample.{0 if m[3] == 'convolution' else 1}",
            new,
        )
        named[new] = tensor
    return named


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A model of transformers, and its weights as DETR's files name them: the backbone's are timm's."""
    from safetensors.torch import load_file
    from transformers import DetrConfig, DetrForSegmentation, ResNetConfig

    backbone = ResNetConfig(
        layer_type="basic", hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2], out_features=STAGES
    )
    config = DetrConfig(use_timm_backbone=False, backbone_config=backbone, num_labels=5, **SMALL)
    torch.manual_seed(0)
    theirs = perturb(DetrForSegmentation(config), 8, scale=0.02)
    folder = tmp_path_factory.mktemp("detr")
    theirs.save_pretrained(folder)
    return theirs, timm_names(load_file(folder / "model.safetensors"))


def test_published_configurations_are_read_without_timm(published):
    theirs, weights = published
    assert "detr.model.backbone.conv_encoder.model.layer2.0.downsample.0.weight" in weights
    assert "mask_head.lay1.weight" in weights
    labels = {str(index): f"class {index}" for index in range(5)}
    named = {"model_type": "detr", "architectures": ["DetrForSegmentation"], "id2label": labels, "dilation": False}
    forms = [
        {"use_timm_backbone": True, "backbone": "resnet18", "backbone_config": None, "use_pretrained_backbone": True},
        {"backbone": "resnet18"},
        {"backbone": "resnet18", "backbone_kwargs": {"in_chans": 3, "out_indices": [1, 2, 3, 4]}},
        {"backbone_config": {"model_type": "timm_backbone", "backbone": "resnet18", "out_indices": [1, 2, 3, 4]}},
    ]
    picture = torch.randn(1, 3, 64, 80)
    with torch.no_grad():
        expected = theirs(picture)
        for form in forms:
            assert_same(build({**named, **SMALL, **form}, weights)(picture), expected)


@pytest.mark.parametrize(
    "form",
    [
        {"use_timm_backbone": True, "backbone": "resnet18", "backbone_config": None, "use_pretrained_backbone": True},
        {"backbone_config": {"model_type": "timm_backbone", "backbone": "resnet18", "out_indices": [1, 2, 3, 4]}},
    ],
)
def test_a_published_folder_loads_by_name(form, published, tmp_path):
    """With the settings of facebook/detr-resnet-50-panoptic, but for the size; transformers would ask for timm."""
    import json

    import numpy as np
    from safetensors.torch import save_file

    import segtutor as st

    theirs, weights = published
    labels = {str(index): f"class {index}" for index in range(5)}
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "detr", "id2label": labels, **SMALL, **form}))
    settings = {"feature_extractor_type": "DetrFeatureExtractor", "format": "coco_panoptic", "do_resize": True,
                "do_normalize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
                "max_size": 133, "size": 80}  # fmt: skip
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(settings))
    segmenter = st.load(tmp_path).set_image(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
    assert segmenter.engine == "reference"
    assert segmenter.output.boxes.shape == (1, len(segmenter.output.class_logits[0]), 4)
    assert segmenter.output.mask_logits.shape[-2:] == (20, 30)
    with pytest.raises(st.models.checks.UserError, match="builds with timm"):
        st.load(tmp_path, engine="transformers")


def test_a_dilated_last_stage_has_stride_16(published):
    _, weights = published
    config = {"model_type": "detr", "num_labels": 5, "backbone": "resnet18", "dilation": True, **SMALL}
    model = build(config, weights)
    assert model.backbone.strides == (4, 8, 16, 16)
    with torch.no_grad():
        output, maps = model(torch.randn(1, 3, 64, 96)), model.backbone(torch.randn(1, 3, 64, 96))
    assert output.mask_logits.shape == (1, 6, 16, 24)
    assert maps[-1].shape[-2:] == (4, 6)


def test_what_a_config_leaves_out_is_theirs():
    from transformers import DetrConfig

    with torch.device("meta"):
        short, full = DETR.from_config({"model_type": "detr"}), DETR.from_config(DetrConfig().to_dict())
    assert str(short) == str(full)
    for (name, x), (other, y) in zip(short.state_dict().items(), full.state_dict().items(), strict=True):
        assert (name, x.shape) == (other, y.shape)
    assert short.encoder.dropout == full.encoder.dropout == 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"position_embedding_type": "learned"}, "position_embedding_type.*'learned'"),
        ({"architectures": ["DetrForObjectDetection"]}, "DetrForObjectDetection"),
        ({"use_timm_backbone": False}, "backbone_config"),
        ({"backbone_config": {"model_type": "resnet"}}, "must give 4 maps, got 1"),
        ({"backbone": "tf_efficientnet_b0"}, "backbone.*'tf_efficientnet_b0'"),
        ({"d_model": 24, "encoder_attention_heads": 4, "decoder_attention_heads": 4}, "width.* 24"),
        ({"d_model": 32, "encoder_attention_heads": 4}, " 36"),
    ],
)
def test_what_is_not_ours_is_said(change, said):
    with torch.device("meta"), pytest.raises(ValueError, match=said):
        DETR.from_config({"model_type": "detr", "backbone": "resnet18", **SMALL, **change})


def test_a_valid_of_another_size_or_of_nothing_is_refused():
    ours, _ = pair(config_of(), 9)
    picture = torch.randn(1, 3, 64, 64)
    with pytest.raises(ValueError, match=r"valid.*\(1, 64, 64\).*\(1, 32, 64\)"):
        ours(picture, valid=torch.ones(1, 32, 64, dtype=torch.bool))
    with pytest.raises(ValueError, match="valid"):
        ours(picture, valid=torch.zeros(1, 64, 64, dtype=torch.bool))

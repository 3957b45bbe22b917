"""UPerNet against transformers with backbones of several kinds, its heads one by one, and the shipped network."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

import segtutor
from segtutor.reference.fast.convolution import convolve_enlarged
from segtutor.reference.layers.convolution import ConvNormRelu
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.resize import enlarged
from segtutor.reference.losses.criterion import per_pixel_loss
from segtutor.reference.models.upernet import UPerNet
from segtutor.reference.per_pixel.fcn_head import FCNHead
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)
STAGES = ["stage1", "stage2", "stage3", "stage4"]
SHIPPED = Path(segtutor.__file__).parent / "models" / "checkpoints" / "upernet-toytown"


def resnet(stages=STAGES, depth=1):
    from transformers import ResNetConfig

    sizes, depths = [8, 8, 12, 16], [depth] * 4
    return ResNetConfig(
        embedding_size=8, hidden_sizes=sizes, depths=depths, layer_type="basic", out_features=list(stages)
    )


def swin():
    from transformers import SwinConfig

    return SwinConfig(embed_dim=8, depths=[2, 1, 1, 1], num_heads=[1, 2, 2, 4], window_size=3, out_features=STAGES)


def convnext():
    from transformers import ConvNextConfig

    return ConvNextConfig(hidden_sizes=[8, 8, 12, 16], depths=[1, 1, 1, 1], out_features=STAGES)


def pair(seed=0, backbone=resnet, **config):
    """Their model with random weights, ours with the same."""
    from transformers import UperNetConfig, UperNetForSemanticSegmentation

    torch.manual_seed(seed)
    config = {"hidden_size": 8, "auxiliary_channels": 6, "num_labels": 4} | config
    theirs = perturb(UperNetForSemanticSegmentation(UperNetConfig(backbone_config=backbone(), **config)), seed)
    return from_transformers(theirs), theirs


@settings(deadline=None, max_examples=16, derandomize=True)
@given(data=st.data())
def test_each_part_is_theirs(data):
    backbone = data.draw(st.sampled_from([resnet, swin, convnext]), "backbone")
    chosen = (
        STAGES if backbone is not resnet else data.draw(st.sampled_from([STAGES, STAGES[1:], STAGES[:3]]), "stages")
    )
    ours, theirs = pair(
        data.draw(st.integers(0, 99)),
        backbone if backbone is not resnet else lambda: resnet(chosen),
        hidden_size=data.draw(st.sampled_from([4, 10]), "width"),
        pool_scales=data.draw(st.sampled_from([[1], [1, 2, 3, 6], [2, 5]]), "scales"),
        use_auxiliary_head=data.draw(st.booleans(), "auxiliary"),
        auxiliary_num_convs=data.draw(st.integers(1, 2)),
        auxiliary_concat_input=data.draw(st.booleans()),
        num_labels=data.draw(st.integers(2, 5)),
    )
    size = [data.draw(st.integers(33, 90)) for _ in range(2)]
    picture = torch.randn(data.draw(st.integers(1, 2)), 3, *size)
    with torch.no_grad():
        maps = theirs.backbone(picture).feature_maps
        for mine, other in zip(ours.backbone(picture), maps, strict=True):
            assert relative(mine, other) <= 1e-5
        assert relative(ours.head.pooling(maps[-1]), theirs.decode_head.psp_forward(maps)) <= 1e-5
        assert relative(ours.head(maps), theirs.decode_head(maps)) <= 1e-5
        if theirs.auxiliary_head is not None:
            assert relative(ours.auxiliary(maps[2]), theirs.auxiliary_head(maps)) <= 1e-5
        expected = theirs(picture).logits
        assert expected.shape[2:] == picture.shape[2:]
        assert relative(ours(picture).logits, expected) <= 1e-5
        assert relative(ours(picture.to(memory_format=torch.channels_last)).logits, expected) <= 1e-5


@pytest.mark.parametrize("auxiliary", [True, False])
def test_training_gradients_and_both_losses_are_theirs(auxiliary):
    ours, theirs = pair(use_auxiliary_head=auxiliary, auxiliary_loss_weight=0.3)
    ours.train()
    theirs.train()
    picture, labels = torch.randn(3, 3, 64, 45), torch.randint(0, 4, (3, 64, 45))
    labels[:, :9] = 255
    expected = theirs(picture, labels=labels).loss
    output, early = ours.with_auxiliary(picture)
    loss = per_pixel_loss(output, labels, ignore=255)["class"]
    if auxiliary:
        loss = loss + ours.auxiliary_weight * per_pixel_loss(early, labels, ignore=255)["class"]
    else:
        assert early is None
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    loss.backward()
    expected.backward()
    for mine, other in (
        (ours.backbone.stem.convolution, theirs.backbone.embedder.embedder.convolution),
        (ours.head.pooling.levels[2].convolution, theirs.decode_head.psp_modules.blocks[2].layers[1].conv),
        (ours.head.laterals[0].convolution, theirs.decode_head.lateral_convs[0].conv),
        (ours.head.fuse.convolution, theirs.decode_head.fpn_bottleneck.conv),
        (ours.head.fuse.norm, theirs.decode_head.fpn_bottleneck.batch_norm),
    ):
        assert relative(mine.weight.grad, other.weight.grad) <= 2e-5
    assert relative(ours.head.fuse.norm.running_var, theirs.decode_head.fpn_bottleneck.batch_norm.running_var) <= 1e-5
    assert [name for name, parameter in ours.named_parameters() if parameter.grad is None] == []


@settings(deadline=None, max_examples=25, derandomize=True)
@given(data=st.data())
def test_a_convolution_before_enlarging_equals_the_one_after(data):
    h, w = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    size = (data.draw(st.integers(h, 30)), data.draw(st.integers(w, 30)))
    torch.manual_seed(h * w)
    maps = torch.randn(data.draw(st.integers(1, 2)), 3, h, w)
    weight = torch.randn(5, 3, *[data.draw(st.sampled_from([1, 3, 5]))] * 2)
    expected = torch.nn.functional.conv2d(enlarged(maps, size), weight, padding=weight.shape[-1] // 2)
    assert relative(convolve_enlarged(maps, weight, size), expected) <= 1e-5
    last = maps.to(memory_format=torch.channels_last)
    assert relative(convolve_enlarged(last, weight, size), expected) <= 1e-5


@pytest.mark.parametrize("training", [True, False])
def test_a_joined_layer_equals_the_layer_on_the_joint_map(training):
    layer = perturb(ConvNormRelu(9, 4)).train(training)
    maps = [torch.randn(2, c, *size, requires_grad=True) for c, size in ((4, (9, 14)), (2, (5, 7)), (3, (1, 1)))]
    gradients = []
    for form in (plain, nullcontext):
        with form():
            out = layer.joined(maps)
        gradients.append([out.detach(), *torch.autograd.grad((out**2).sum(), [*maps, layer.convolution.weight])])
    for expected, fast in zip(*gradients, strict=True):
        assert relative(fast, expected) <= 1e-5


def test_a_map_enlarged_first_in_inference_mode_can_be_trained_with_afterwards():
    # a 1 x 1 kernel: its matrices are views of the kept ones, others are copies
    maps, weight = torch.randn(1, 2, 3, 4), torch.randn(2, 2, 1, 1, requires_grad=True)
    with torch.inference_mode():
        convolve_enlarged(maps, weight, (11, 13))
    convolve_enlarged(maps, weight, (11, 13)).sum().backward()
    assert weight.grad.abs().sum() > 0


@pytest.mark.parametrize("size", [(128, 128), (101, 77)])
def test_the_shipped_network_is_transformers(size):
    from safetensors.torch import load_file
    from transformers import UperNetForSemanticSegmentation

    config = json.loads((SHIPPED / "config.json").read_text(encoding="utf-8"))
    ours = build(config, load_file(SHIPPED / "model.safetensors"))
    theirs = UperNetForSemanticSegmentation.from_pretrained(SHIPPED).eval()
    picture = torch.randn(1, 3, *size)
    with torch.no_grad():
        assert relative(ours(picture).logits, theirs(picture).logits) <= 1e-5
    assert not ours.training


def test_what_a_config_leaves_out_is_theirs():
    from transformers import UperNetConfig

    with torch.device("meta"):
        short, full = UPerNet.from_config({"model_type": "upernet"}), UPerNet.from_config(UperNetConfig().to_dict())
    assert str(short) == str(full)
    assert short.auxiliary is not None
    assert short.auxiliary_weight == full.auxiliary_weight == 0.4
    assert short.head.classifier.out_channels == 2


def test_under_autocast_the_logits_stay():
    ours, _ = pair()
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        exact = ours(picture).logits
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = ours(picture).logits
    assert relative(rough.float(), exact) < 0.1


def test_a_head_that_cannot_fit_is_a_sentence():
    with pytest.raises(ValueError, match="8 and 4"):
        FCNHead(8, 3, width=4, depth=0)
    assert FCNHead(4, 3, width=4, depth=0)(torch.zeros(1, 4, 5, 6)).shape == (1, 3, 5, 6)

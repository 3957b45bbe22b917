"""ResNet against transformers, and under timm's names."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.backbones.build import build_backbone, chosen_stages
from segtutor.reference.backbones.resnet import PUBLISHED
from segtutor.reference.layers.batch_norm import FrozenBatchNorm
from segtutor.reference.weights.build import fill
from segtutor.reference.weights.names.backbones import backbone_rules

torch.set_num_threads(1)


def pair(config, seed=0, **how):
    """Their backbone with random weights, ours with the same."""
    from transformers import AutoBackbone

    theirs = perturb(AutoBackbone.from_config(config), seed)
    with torch.device("meta"):
        ours = build_backbone(config.to_dict(), **how)
    fill(ours, theirs.state_dict(), backbone_rules(config.to_dict()))
    return ours.eval(), theirs


@settings(deadline=None, max_examples=20, derandomize=True)
@given(data=st.data())
def test_each_stage_is_theirs(data):
    from transformers import ResNetConfig

    stages = data.draw(st.integers(1, 4), "stages")
    config = ResNetConfig(
        embedding_size=data.draw(st.sampled_from([4, 8]), "width"),
        hidden_sizes=[data.draw(st.sampled_from([8, 12, 16])) for _ in range(stages)],
        depths=[data.draw(st.integers(1, 3)) for _ in range(stages)],
        layer_type=data.draw(st.sampled_from(["basic", "bottleneck"]), "kind"),
        hidden_act=data.draw(st.sampled_from(["relu", "gelu"]), "activation"),
        downsample_in_first_stage=data.draw(st.booleans()),
        downsample_in_bottleneck=data.draw(st.booleans()),
        out_indices=sorted(data.draw(st.sets(st.integers(0, stages), min_size=1), "out")),
    )
    frozen = data.draw(st.booleans(), "frozen")
    ours, theirs = pair(config, data.draw(st.integers(0, 99)), frozen_norms=frozen)
    size = [data.draw(st.integers(17, 70)) for _ in range(2)]
    picture = torch.randn(data.draw(st.integers(1, 2)), 3, *size)
    with torch.no_grad():
        maps, expected = ours(picture), theirs(picture).feature_maps
    assert len(maps) == len(expected) == len(ours.channels) == len(ours.strides)
    for ours_map, theirs_map, channels, stride in zip(maps, expected, ours.channels, ours.strides, strict=True):
        assert relative(ours_map, theirs_map) <= 1e-5
        assert ours_map.shape[1:] == (channels, *(-(-side // stride) for side in size))


@pytest.mark.parametrize("kind", ["basic", "bottleneck"])
def test_training_and_gradients_are_theirs(kind):
    from transformers import ResNetConfig

    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[2, 1], layer_type=kind)
    ours, theirs = pair(config)
    picture = torch.randn(2, 3, 40, 33)
    for model, run in ((ours.train(), lambda: ours(picture)), (theirs.train(), lambda: theirs(picture).feature_maps)):
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        (run()[-1] ** 2).mean().backward()
    assert relative(ours.stem.convolution.weight.grad, theirs.embedder.embedder.convolution.weight.grad) <= 1e-5
    assert relative(ours.stem.norm.running_mean, theirs.embedder.embedder.normalization.running_mean) <= 1e-5


def test_what_a_config_leaves_out_is_theirs():
    from transformers import ResNetConfig

    with torch.device("meta"):
        short, full = build_backbone({"model_type": "resnet"}), build_backbone(ResNetConfig().to_dict())
    assert str(short) == str(full)
    assert short.channels == full.channels == (2048,)
    assert short.strides == (32,)


def timm_names(state):
    """Our ResNet's weights under timm's names."""
    named = {}
    for name, tensor in state.items():
        first, *rest = name.split(".")
        if first == "stem":
            named[f"{'conv1' if rest[0] == 'convolution' else 'bn1'}.{rest[1]}"] = tensor
            continue
        stage, block, part, *rest = rest
        where = f"layer{int(stage) + 1}.{block}"
        if part == "shortcut":
            named[f"{where}.downsample.{0 if rest[0] == 'convolution' else 1}.{rest[1]}"] = tensor
        else:
            named[f"{where}.{'conv' if rest[1] == 'convolution' else 'bn'}{int(rest[0]) + 1}.{rest[2]}"] = tensor
    return named


@pytest.mark.parametrize(("name", "under"), [("resnet18", "_backbone."), ("resnet50", "")])
def test_published_networks_by_timms_names(name, under):
    config = {"model_type": "timm_backbone", "backbone": name, "out_indices": [1, 2, 3, 4]}
    source = build_backbone(config, frozen_norms=True)
    state = timm_names(source.state_dict())
    assert "layer2.0.downsample.0.weight" in state
    assert "layer4.1.bn2.running_var" in state
    with torch.device("meta"):
        copy = build_backbone(config, frozen_norms=True)
    fill(copy, {under + name: tensor for name, tensor in state.items()}, backbone_rules(config))
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        for ours, theirs in zip(copy(picture), source(picture), strict=True):
            assert torch.equal(ours, theirs)
    assert copy.strides == (4, 8, 16, 32)
    assert any(isinstance(module, FrozenBatchNorm) for module in copy.modules())


def test_dilation_keeps_the_last_stage_at_stride_16():
    config = {"model_type": "timm_backbone", "backbone": "resnet18", "out_indices": [3, 4], "output_stride": 16}
    dilated = build_backbone(config).eval()
    plain = build_backbone({"model_type": "resnet", **PUBLISHED["resnet18"], "out_indices": [3, 4]}).eval()
    plain.load_state_dict(dilated.state_dict())
    picture = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        third, last = dilated(picture)
        # the last stage at full size: its first convolution is the strided one at more places, later ones dilated
        assert last.shape == (1, 512, 6, 6)
        assert dilated.strides == (16, 16)
        assert torch.equal(third, plain(picture)[0])
        block, strided = dilated.stages[3][0], plain.stages[3][0]
        assert relative(block.path[0](third)[:, :, ::2, ::2], strided.path[0](third)) <= 1e-5
    assert block.path[0].convolution.dilation == (1, 1)
    assert block.path[1].convolution.dilation == (2, 2)


def test_half_precision_runs():
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        config = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8], "depths": [1]}
        last = build_backbone(config).eval()(torch.randn(1, 3, 32, 32).to(memory_format=torch.channels_last))[0]
    assert last.isfinite().all()


def test_what_cannot_be_built_is_a_sentence():
    for config in (
        {"model_type": "resnet", "out_features": ["stage9"]},
        {"model_type": "resnet", "out_indices": [7]},
        {"model_type": "timm_backbone", "backbone": "regnet"},
        {"model_type": "nothing-like-it"},
    ):
        with pytest.raises(ValueError, match="got"):
            build_backbone(config)
    with pytest.raises(ValueError, match="frozen_norms"):
        build_backbone({"model_type": "swin"}, frozen_norms=True)
    assert chosen_stages({}, 3) == (3,)
    assert chosen_stages({"out_indices": [0, -1]}, 3) == (0, 3)


def test_another_backbone_is_transformers_own():
    from transformers import ConvNextConfig

    config = ConvNextConfig(hidden_sizes=[8, 12], depths=[1, 1], num_stages=2, out_features=["stage1", "stage2"])
    ours, theirs = pair(config)
    picture = torch.randn(1, 3, 40, 32)
    with torch.no_grad():
        for ours_map, theirs_map in zip(ours(picture), theirs(picture).feature_maps, strict=True):
            assert torch.equal(ours_map, theirs_map)
    assert ours.channels == (8, 12)
    assert ours.strides == (4, 8)
    assert [40 // ours_map.shape[2] for ours_map in ours(picture)] == [4, 8]


def test_dinat_is_transformers_own():
    pytest.importorskip("natten")
    from transformers import DinatConfig

    config = DinatConfig(embed_dim=8, depths=[1, 1], num_heads=[1, 2], dilations=[[1], [1]], kernel_size=3)
    ours, theirs = pair(config)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(picture)[-1], theirs(picture).feature_maps[-1])

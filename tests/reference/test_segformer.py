"""SegFormer and its backbone against transformers, map by map; the fast head against the paper's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.outputs import PerPixelOutput
from segtutor.reference.backbones.build import build_backbone
from segtutor.reference.backbones.mit import MiT
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.losses.criterion import per_pixel_loss
from segtutor.reference.models.segformer import SegFormer
from segtutor.reference.per_pixel.segformer_head import AllMLPHead
from segtutor.reference.weights.build import fill, from_transformers
from segtutor.reference.weights.names.backbones import backbone_rules

torch.set_num_threads(1)
SMALL = {
    "depths": [1, 2],
    "num_encoder_blocks": 2,
    "hidden_sizes": [8, 12],
    "num_attention_heads": [1, 3],
    "sr_ratios": [2, 1],
    "patch_sizes": [7, 3],
    "strides": [4, 2],
    "mlp_ratios": [4, 2],
    "decoder_hidden_size": 10,
    "num_labels": 4,
}


def pair(seed=0, **config):
    """Their model with random weights, ours with the same."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.manual_seed(seed)
    theirs = perturb(SegformerForSemanticSegmentation(SegformerConfig(**config)), seed)
    return from_transformers(theirs), theirs


@settings(deadline=None, max_examples=20, derandomize=True)
@given(data=st.data())
def test_each_map_and_the_logits_are_theirs(data):
    stages = data.draw(st.integers(1, 4), "stages")
    heads = [data.draw(st.integers(1, 3)) for _ in range(stages)]

    def each(*choices):
        return [data.draw(st.sampled_from(choices)) for _ in range(stages)]

    ours, theirs = pair(
        data.draw(st.integers(0, 99)),
        num_encoder_blocks=stages,
        depths=each(1, 2),
        hidden_sizes=[4 * count for count in heads],
        num_attention_heads=heads,
        sr_ratios=each(1, 2, 3),
        patch_sizes=each(3, 7),
        strides=each(2, 3),
        mlp_ratios=each(1, 2, 4),
        decoder_hidden_size=data.draw(st.sampled_from([6, 16])),
        num_labels=data.draw(st.integers(1, 5)),
        num_channels=data.draw(st.sampled_from([1, 3])),
        hidden_act=data.draw(st.sampled_from(["gelu", "relu"])),
    )
    size = [data.draw(st.integers(3**stages, 3**stages + 20)) for _ in range(2)]
    picture = torch.randn(data.draw(st.integers(1, 2)), theirs.config.num_channels, *size)
    with torch.no_grad():
        maps, answer = ours.backbone(picture), theirs(picture, output_hidden_states=True)
        assert len(maps) == len(answer.hidden_states) == len(ours.backbone.channels)
        for mine, other, channels, stride in zip(
            maps, answer.hidden_states, ours.backbone.channels, ours.backbone.strides, strict=True
        ):
            assert relative(mine, other) <= 1e-5
            assert mine.shape[1] == channels
            assert abs(mine.shape[2] * stride - size[0]) < 3 * stride
        assert relative(ours.head(answer.hidden_states), answer.logits) <= 1e-5
        assert relative(ours(picture).logits, answer.logits) <= 1e-5
        assert relative(ours(picture.to(memory_format=torch.channels_last)).logits, answer.logits) <= 1e-5


def test_a_last_stage_that_transformers_does_not_reshape():
    """transformers' head takes the side of the last map from its channels, so that it runs for C = h w alone."""
    ours, theirs = pair(**SMALL | {"hidden_sizes": [8, 16], "num_attention_heads": [1, 4]}, reshape_last_stage=False)
    picture = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        answer = theirs(picture, output_hidden_states=True)
        maps, output = ours.backbone(picture), ours(picture)
    assert answer.hidden_states[-1].shape == (2, 4 * 4, 16)
    assert relative(maps[-1].flatten(2).transpose(1, 2), answer.hidden_states[-1]) <= 1e-5
    assert relative(output.logits, answer.logits) <= 1e-5


def test_every_attention_map_is_theirs():
    ours, theirs = pair(**SMALL)
    theirs.set_attn_implementation("eager")
    picture = torch.randn(2, 3, 41, 52)
    with torch.no_grad(), record_attention(ours) as maps:
        answer, output = theirs(picture, output_attentions=True), ours(picture)
    assert relative(output.logits, answer.logits) <= 1e-5
    recorded = [maps[f"backbone.stages.{i}.layers.{j}.attention"][0].weights for i, j in ((0, 0), (1, 0), (1, 1))]
    assert len(maps) == len(answer.attentions) == 3
    for mine, other in zip(recorded, answer.attentions, strict=True):
        assert relative(mine, other) <= 1e-5


def test_training_gradients_and_loss_are_theirs():
    """With the same random numbers: stochastic depth leaves out the same pictures, dropout the same features."""
    ours, theirs = pair(**SMALL, drop_path_rate=0.5, hidden_dropout_prob=0.0, classifier_dropout_prob=0.0)
    ours.train()
    theirs.train()
    picture, labels = torch.randn(4, 3, 40, 33), torch.randint(0, 4, (4, 40, 33))
    labels[:, :5] = 255
    torch.manual_seed(1)
    loss = per_pixel_loss(ours(picture), labels, ignore=255)["class"]
    torch.manual_seed(1)
    expected = theirs(picture, labels=labels).loss
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    loss.backward()
    expected.backward()
    for mine, other in (
        (ours.backbone.stages[0].patches.convolution, theirs.segformer.stages[0].patch_embeddings.proj),
        (ours.backbone.stages[1].layers[1].attention.key, theirs.segformer.stages[1].blocks[1].attention.k_proj),
        (ours.head.project[1], theirs.decode_head.linear_projections[1].proj),
        (ours.head.fuse.convolution, theirs.decode_head.linear_fuse),
        (ours.head.classifier, theirs.decode_head.classifier),
    ):
        assert relative(mine.weight.grad, other.weight.grad) <= 1e-5
    assert relative(ours.head.fuse.norm.running_var, theirs.decode_head.batch_norm.running_var) <= 1e-5
    assert [name for name, parameter in ours.named_parameters() if parameter.grad is None] == []


@settings(deadline=None, max_examples=15, derandomize=True)
@given(st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(0, 99))
def test_mixing_before_enlarging_equals_the_equation(levels, batch, training, seed):
    torch.manual_seed(seed)
    channels = [3 + level for level in range(levels)]
    head = perturb(AllMLPHead(channels, 4, width=5), seed).train(training)
    maps = [torch.randn(batch, count, 17 // 2**i + 2, 13 // 2**i + 1) for i, count in enumerate(channels)]
    statistics = head.fuse.norm.running_mean.clone()
    with torch.no_grad():
        with plain():
            expected, after = head.mix(maps), head.fuse.norm.running_mean.clone()
        head.fuse.norm.running_mean.copy_(statistics)
        assert relative(head.mix(maps), expected) <= 1e-5
    assert relative(head.fuse.norm.running_mean, after) <= 1e-5


def test_what_a_config_leaves_out_is_theirs():
    from transformers import SegformerConfig

    with torch.device("meta"):
        short, full = (
            SegFormer.from_config({"model_type": "segformer"}),
            SegFormer.from_config(SegformerConfig().to_dict()),
        )
    assert str(short) == str(full)
    layers = [[layer for stage in model.backbone.stages for layer in stage.layers] for model in (short, full)]
    assert [layer.skip for layer in layers[0]] == [layer.skip for layer in layers[1]]
    assert layers[0][-1].skip == pytest.approx(0.1)
    assert short.backbone.channels == (32, 64, 160, 256)
    assert short.backbone.strides == (4, 8, 16, 32)


def test_the_backbone_of_another_model():
    ours, theirs = pair(**SMALL)
    config = theirs.config.to_dict() | {"out_features": ["stage2"]}
    backbone = build_backbone(config).eval()
    fill(backbone, theirs.segformer.state_dict(), backbone_rules(config))
    assert backbone.channels == (12,)
    assert backbone.strides == (8,)
    picture = torch.randn(1, 3, 40, 40)
    with torch.no_grad():
        (only,) = backbone(picture)
        expected = ours.backbone(picture)[1]
    assert relative(only, expected) == 0


def test_under_autocast_the_classes_stay():
    ours, _ = pair(**SMALL)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        exact = ours(picture)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = ours(picture)
    assert isinstance(rough, PerPixelOutput)
    assert rough.logits.dtype == torch.bfloat16
    assert relative(rough.logits.float(), exact.logits) < 0.05


def test_an_unknown_activation_is_a_sentence():
    with pytest.raises(ValueError, match="activation.*'tanhish'"):
        MiT(activation="tanhish")

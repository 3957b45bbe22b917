"""MaskFormer and DETR's decoder against transformers: each layer, heads, gradients, configurations."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.backbones.resnet import ResNet
from segtutor.reference.decoders.detr_decoder import DetrDecoder
from segtutor.reference.decoders.fpn_transformer import FPNTransformer
from segtutor.reference.fast import mask_drawing as fast
from segtutor.reference.layers.forms import plain
from segtutor.reference.layers.record import record_attention
from segtutor.reference.models.maskformer import MaskFormer, draw_masks
from segtutor.reference.weights.build import build, from_transformers

torch.set_num_threads(1)
STAGES = ["stage1", "stage2", "stage3", "stage4"]


def backbone(kind):
    from transformers import ResNetConfig, SwinConfig

    if kind == "resnet":
        return ResNetConfig(embedding_size=8, hidden_sizes=[8, 12, 16, 24], depths=[1, 1, 1, 1], out_features=STAGES)
    return SwinConfig(embed_dim=12, depths=[1, 1, 2, 1], num_heads=[1, 2, 2, 4], window_size=3, drop_path_rate=0.0)


def config_of(kind="resnet", *, labels=5, fpn=32, masks=16, **decoder):
    from transformers import MaskFormerConfig

    small = {"d_model": 24, "decoder_layers": 2, "decoder_ffn_dim": 32, "decoder_attention_heads": 4, "num_queries": 7}
    return MaskFormerConfig(
        backbone_config=backbone(kind),
        decoder_config={"model_type": "detr", **small, **decoder},
        fpn_feature_size=fpn,
        mask_feature_size=masks,
        num_labels=labels,
    )


def pair(config, seed=0):
    from transformers import MaskFormerForInstanceSegmentation

    torch.manual_seed(seed)
    theirs = perturb(MaskFormerForInstanceSegmentation(config), seed)
    return from_transformers(theirs), theirs


@settings(deadline=None, max_examples=12, derandomize=True)
@given(data=st.data())
def test_every_layer_is_theirs(data):
    from segtutor.families.maskformer import run as run_maskformer

    config = config_of(
        data.draw(st.sampled_from(["resnet", "swin"]), "backbone"),
        labels=data.draw(st.integers(1, 9), "labels"),
        fpn=data.draw(st.sampled_from([32, 64])),
        masks=data.draw(st.sampled_from([4, 16, 40])),
        d_model=data.draw(st.sampled_from([24, 32, 96]), "width"),  # 24, 96: the backbone's own, nothing to project
        num_queries=data.draw(st.integers(1, 12), "queries"),
        decoder_layers=data.draw(st.integers(1, 3), "layers"),
        decoder_attention_heads=data.draw(st.sampled_from([1, 4]), "heads"),
        activation_function=data.draw(st.sampled_from(["relu", "gelu"])),
        auxiliary_loss=data.draw(st.booleans(), "auxiliary"),
    )
    ours, theirs = pair(config, data.draw(st.integers(0, 99), "seed"))
    picture = torch.randn(data.draw(st.integers(1, 2)), 3, *(data.draw(st.integers(33, 90)) for _ in range(2)))
    with torch.no_grad():
        output, expected, final = ours(picture), run_maskformer(theirs, picture), ours(picture, layers=False)
    assert final.layers == ()
    for x, y in (*zip(output.layers, expected.layers, strict=True), (output, expected), (final, expected)):
        assert relative(x.class_logits, y.class_logits) <= 1e-5
        assert relative(x.mask_logits, y.mask_logits) <= 1e-5


def test_stages_are_theirs():
    ours, theirs = pair(config_of(), 1)
    picture = torch.randn(2, 3, 75, 50)
    with torch.no_grad():
        expected = theirs(picture, output_hidden_states=True)
        features = ours.backbone(picture)
        masks, read = ours.pixel_decoder(features)
    for x, y in zip(features, expected.encoder_hidden_states, strict=True):
        assert relative(x, y) <= 1e-5
    assert relative(read, expected.encoder_last_hidden_state) <= 1e-5
    assert relative(masks, expected.pixel_decoder_last_hidden_state) <= 1e-5


def test_attention_is_theirs():
    config = config_of()
    ours, theirs = pair(config, 2)
    theirs.set_attn_implementation("eager")
    picture = torch.randn(2, 3, 64, 90)
    decoder = theirs.model.transformer_module.decoder
    seen, hooks = [], []
    for layer in decoder.layers:
        for module in (layer.self_attn, layer.encoder_attn):
            hooks.append(module.register_forward_hook(lambda _m, _i, out: seen.append(out[1])))
    with torch.no_grad(), record_attention(ours.decoder) as maps:
        theirs(picture)
        recorded = ours(picture)
        for hook in hooks:
            hook.remove()
    names = [f"layers.{i}.{kind}_attention" for i in range(2) for kind in ("self", "cross")]
    assert sorted(maps) == sorted(names)
    for name, weights in zip(names, seen, strict=True):
        assert relative(maps[name][0].weights, weights) <= 1e-5
    with torch.no_grad():
        torch.testing.assert_close(recorded.mask_logits, ours(picture).mask_logits, rtol=1e-4, atol=1e-4)


def test_in_training_with_dropout_outputs_and_gradients_are_theirs():
    config = config_of(dropout=0.2, activation_dropout=0.3, attention_dropout=0.0)
    ours, theirs = pair(config, 3)
    picture, answers = torch.randn(2, 3, 64, 64), []
    for model in (ours, theirs):
        model.train()
        torch.manual_seed(5)
        answer = model(picture)
        masks = answer.mask_logits if model is ours else answer.masks_queries_logits
        classes = answer.class_logits if model is ours else answer.class_queries_logits
        ((masks**2).mean() + (classes**2).mean()).backward()
        answers.append((classes, masks))
    for x, y in zip(*answers, strict=True):
        assert relative(x.detach(), y.detach()) <= 1e-5
    their_decoder = theirs.model.transformer_module
    pairs = [
        (ours.decoder.query_positions, their_decoder.queries_embedder.weight),
        (ours.decoder.layers[0].cross_attention.key.weight, their_decoder.decoder.layers[0].encoder_attn.k_proj.weight),
        (ours.pixel_decoder.mask_features.weight, theirs.model.pixel_level_module.decoder.mask_projection.weight),
        (ours.mask_head.layers[0].weight, theirs.mask_embedder.get_submodule("0.0").weight),
    ]
    for x, y in pairs:
        assert relative(x.grad, y.grad) <= 2e-5
    assert all(parameter.grad is not None for parameter in ours.parameters())


def test_in_half_precision_and_channels_last():
    ours, _ = pair(config_of(), 4)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = ours(picture)
        last = ours(picture.contiguous(memory_format=torch.channels_last))
        with torch.autocast("cpu", torch.bfloat16):
            half = ours(picture, layers=False)
        whole = ours.to(torch.bfloat16)(picture.to(torch.bfloat16))
    assert relative(last.mask_logits, expected.mask_logits) <= 1e-5
    assert relative(half.mask_logits.float(), expected.mask_logits) <= 0.1
    assert relative(whole.mask_logits.float(), expected.mask_logits) <= 0.1
    assert whole.class_logits.dtype == torch.bfloat16


@settings(deadline=None, max_examples=10, derandomize=True)
@given(st.integers(1, 2), st.integers(1, 6), st.sampled_from([5, 19]), st.booleans(), st.integers(1, 3))
def test_a_query_as_a_filter_draws_the_same_mask(batch, queries, width, bias, layers):
    torch.manual_seed(queries)
    convolution = torch.nn.Conv2d(3, width, 3, padding=1, bias=bias)
    finest, embeddings = torch.randn(batch, 3, 9, 7), [torch.randn(batch, queries, width) for _ in range(layers)]
    with torch.no_grad():
        masks = fast.draw_masks(embeddings, finest, convolution)
        if layers * queries >= width:
            assert masks is NotImplemented
            return
        with plain():
            expected = draw_masks(embeddings, finest, convolution)
        for x, y in zip(masks, expected, strict=True):
            torch.testing.assert_close(x, y, rtol=1e-5, atol=1e-5)


def test_queries_start_equal_and_only_their_positions_differ():
    torch.manual_seed(0)
    decoder = DetrDecoder(16, num_queries=4, num_layers=2, num_heads=2, hidden=8).eval()
    memory, positions = torch.randn(1, 6, 16), torch.randn(1, 6, 16)
    order = [2, 0, 3, 1]
    with torch.no_grad():
        before = decoder(memory, positions)[-1]
        first = decoder.layers[0].self_attention
        placed = decoder.query_positions[None]
        said = first(placed, placed, torch.zeros_like(placed))
        torch.testing.assert_close(said, said[:, :1].expand_as(said))  # the first layer's says every query the same
        decoder.query_positions.copy_(decoder.query_positions[order])
        torch.testing.assert_close(decoder(memory, positions)[-1], before[:, order])
        decoder.query_positions.copy_(decoder.query_positions[:1].expand(4, -1))
        same = decoder(memory, positions)[-1]
    torch.testing.assert_close(same, same[:, :1].expand_as(same))


def test_a_place_that_may_not_be_looked_at_has_no_influence():
    torch.manual_seed(0)
    decoder = DetrDecoder(16, num_queries=4, num_layers=2, num_heads=2, hidden=8).eval()
    memory, positions = torch.randn(1, 6, 16), torch.randn(1, 6, 16)
    may_attend = (torch.arange(6) < 4)[None, None, None]
    other = memory.clone()
    other[:, 4:] = 100.0
    with torch.no_grad():
        answer = decoder(memory, positions, may_attend=may_attend)[-1]
        assert torch.equal(decoder(other, positions, may_attend=may_attend)[-1], answer)
        torch.testing.assert_close(decoder(memory[:, :4], positions[:, :4])[-1], answer)


def test_the_variant_with_an_encoder_is_a_whole_model():
    torch.manual_seed(0)
    backbone = ResNet(width=8, hidden_sizes=(8, 12, 16, 24), depths=(1, 1, 1, 1))
    pixel_decoder = FPNTransformer(backbone.channels, width=32, mask_width=8, num_layers=2, num_heads=4, hidden=16)
    decoder = DetrDecoder(32, num_queries=5, num_layers=3, num_heads=4, hidden=16)
    model = MaskFormer(backbone, pixel_decoder, decoder, 6, mask_width=8)
    output = model(torch.randn(2, 3, 65, 70))
    assert output.mask_logits.shape == (2, 5, 17, 18)
    assert output.class_logits.shape == (2, 5, 7)
    assert len(output.layers) == 2
    (output.mask_logits.mean() + output.class_logits.mean() + output.layers[0].mask_logits.mean()).backward()
    assert pixel_decoder.encoder.layers[0].self_attention.query.weight.grad.abs().sum() > 0


def test_what_a_config_leaves_out_is_theirs():
    from transformers import MaskFormerConfig

    def shapes(model):
        return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}

    with torch.device("meta"):
        short = MaskFormer.from_config({"model_type": "maskformer"})
        full = MaskFormer.from_config(MaskFormerConfig().to_dict())
        named = MaskFormer.from_config({"model_type": "maskformer", "backbone_config": {"model_type": "swin"}})
    assert str(short) == str(full)
    assert shapes(short) == shapes(full)
    assert short.decoder.layers[0].self_norm.dropout == full.decoder.layers[0].self_norm.dropout == 0.1
    assert named.backbone.channels == (96, 192, 384, 768)


def test_files_are_read(tmp_path):
    """Files have older names; in published ones the backbone is "swin" and its maps may be unnamed."""
    from safetensors.torch import load_file

    config = config_of("swin")
    backbone = config.backbone_config.to_dict()
    backbone = {key: value for key, value in backbone.items() if key not in ("out_features", "out_indices")}
    ours, theirs = pair(config, 6)
    theirs.save_pretrained(tmp_path)
    weights, saved = load_file(tmp_path / "model.safetensors"), json.loads((tmp_path / "config.json").read_text())
    assert "model.transformer_module.decoder.layers.0.fc1.weight" in weights
    picture = torch.randn(1, 3, 64, 64)
    for file in (saved, saved | {"backbone_config": backbone}):
        with torch.no_grad():
            assert torch.equal(build(file, weights)(picture).mask_logits, ours(picture).mask_logits)


def test_a_missing_weight_is_named():
    _, theirs = pair(config_of(), 7)
    weights = theirs.state_dict()
    del weights["model.transformer_module.decoder.layers.1.encoder_attn.k_proj.weight"]
    with pytest.raises(ValueError, match=r"'decoder\.layers\.1\.cross_attention\.key\.weight'"):
        build(theirs.config.to_dict(), weights)

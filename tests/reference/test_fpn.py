"""FPN, and FPN with a Transformer encoder: against transformers where it has one, by composition where not."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.decoders.detr_decoder import as_tokens
from segtutor.reference.decoders.fpn import FPN
from segtutor.reference.decoders.fpn_transformer import FPNTransformer
from segtutor.reference.layers.positions import sine_positions
from segtutor.reference.layers.resize import enlarge
from segtutor.reference.weights.build import fill
from segtutor.reference.weights.names.maskformer import fpn_rules

torch.set_num_threads(1)


def pyramid(channels, size, batch=1):
    """Random maps, fine to coarse, each half the size of the one before, rounded up."""
    maps = []
    for c in channels:
        maps.append(torch.randn(batch, c, *size))
        size = tuple(-(-side // 2) for side in size)
    return maps


def pair(channels, width, mask_width, seed=0):
    from transformers.models.maskformer.modeling_maskformer import MaskFormerPixelDecoder

    theirs = perturb(
        MaskFormerPixelDecoder(
            in_features=channels[-1], lateral_widths=channels[:-1], feature_size=width, mask_feature_size=mask_width
        ),
        seed,
    )
    ours = FPN(channels, width=width, mask_width=mask_width).eval()
    fill(ours, theirs.state_dict(), fpn_rules())
    return ours, theirs


@settings(deadline=None, max_examples=15, derandomize=True)
@given(data=st.data())
def test_each_map_of_the_pyramid_is_theirs(data):
    torch.manual_seed(data.draw(st.integers(0, 99), "seed"))
    channels = data.draw(st.lists(st.sampled_from([3, 8, 12]), min_size=2, max_size=5), "channels")
    ours, theirs = pair(channels, data.draw(st.sampled_from([32, 64])), data.draw(st.sampled_from([4, 20])))
    least = 2 * 2 ** (len(channels) - 1)  # a GroupNorm over one place alone has nothing to divide by
    size = (data.draw(st.integers(least, 50)), data.draw(st.integers(least, 50)))
    maps = pyramid(channels, size, data.draw(st.integers(1, 2), "batch"))
    with torch.no_grad():
        pyramid_, (masks, read) = ours.maps(maps), ours(maps)
        expected = theirs(maps, output_hidden_states=True)
    assert read is maps[-1]
    assert relative(masks, expected.last_hidden_state) <= 1e-5
    for x, y in zip(pyramid_[1:], expected.hidden_states, strict=True):  # theirs does not show the first
        assert relative(x, y) <= 1e-5


def test_gradients_are_theirs():
    torch.manual_seed(0)
    ours, theirs = pair([4, 6, 8], 32, 5)
    for parameter in ours.parameters():
        parameter.requires_grad_(True)
    maps = pyramid([4, 6, 8], (12, 9), 2)
    inputs = [[x.clone().requires_grad_() for x in maps] for _ in range(2)]
    aim = torch.randn(2, 5, 12, 9)
    (ours(inputs[0])[0] * aim).sum().backward()
    (theirs(inputs[1]).last_hidden_state * aim).sum().backward()
    for x, y in zip(*inputs, strict=True):
        assert relative(x.grad, y.grad) <= 1e-5
    assert relative(ours.lateral[0][0].weight.grad, theirs.fpn.layers[0].proj[0].weight.grad) <= 1e-5


def test_a_width_that_groups_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="32.* 48"):
        FPN([4, 8], width=48)


def test_enlarging_takes_the_cell_that_a_cell_lies_in():
    x = torch.arange(6.0).view(1, 1, 2, 3)
    large = enlarge(x, (4, 6))
    assert torch.equal(large[..., ::2, ::2], x)
    assert torch.equal(large[..., 1::2, 1::2], x)


def encoded_by_theirs(decoder, coarsest, heads):
    """DETR's encoder of transformers, filled from ours, on the projected map: the oracle."""
    from transformers import DetrConfig
    from transformers.models.detr.modeling_detr import DetrEncoder

    width, layers = decoder.width, len(decoder.encoder.layers)
    hidden = decoder.encoder.layers[0].feed_forward.widen.out_features
    config = DetrConfig(d_model=width, encoder_layers=layers, encoder_ffn_dim=hidden, encoder_attention_heads=heads)
    theirs = DetrEncoder(config).eval()
    parts = {
        "self_attention.query": "self_attn.q_proj",
        "self_attention.key": "self_attn.k_proj",
        "self_attention.value": "self_attn.v_proj",
        "self_attention.output": "self_attn.o_proj",
        "self_norm.norm": "self_attn_layer_norm",
        "feed_forward.widen": "mlp.fc1",
        "feed_forward.narrow": "mlp.fc2",
        "feed_forward_norm.norm": "final_layer_norm",
    }
    state = {}
    for name, tensor in decoder.encoder.state_dict().items():
        for part, their_part in parts.items():
            name = name.replace(part + ".", their_part + ".")
        state[name] = tensor
    theirs.load_state_dict(state)
    places = as_tokens(decoder.project(coarsest))
    positions = as_tokens(sine_positions(tuple(coarsest.shape[-2:]), width))
    mask = torch.ones(places.shape[:2], dtype=torch.bool)
    answer = theirs(inputs_embeds=places, attention_mask=mask, spatial_position_embeddings=positions)
    return answer.last_hidden_state.transpose(1, 2).unflatten(-1, coarsest.shape[-2:])


@settings(deadline=None, max_examples=6, derandomize=True)
@given(st.integers(1, 3), st.sampled_from([1, 4]), st.integers(2, 7), st.integers(2, 7), st.integers(1, 2))
def test_with_an_encoder_it_is_detrs_encoder_and_then_the_fpn(layers, heads, h, w, batch):
    torch.manual_seed(h * 10 + w)
    ours = FPNTransformer([4, 6], width=32, mask_width=5, num_layers=layers, num_heads=heads, hidden=24)
    perturb(ours, layers)
    maps = pyramid([4, 6], (2 * h, 2 * w), batch)
    with torch.no_grad():
        masks, read = ours(maps)
        encoded = encoded_by_theirs(ours, maps[-1], heads)
        assert relative(read, encoded) <= 1e-5
        assert relative(masks, ours.fpn([maps[0], encoded])[0]) <= 1e-5


def test_with_an_encoder_a_corner_changes_the_farthest_mask_feature_without_it_does_not():
    torch.manual_seed(0)
    maps = pyramid([4, 6], (48, 48))
    near = [x.clone() for x in maps]
    near[-1][..., 0, 0] += 1
    for made, far_reaching in ((FPN([4, 6], width=32), False), (FPNTransformer([4, 6], width=32, hidden=8), True)):
        # GroupNorm's statistics hear of everything, a little: leave the norms out to see the paths alone
        for module in made.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.forward = lambda x: x
        with torch.no_grad():
            change = (made.eval()(near)[0] - made(maps)[0]).abs()[..., -1, -1].max()
        assert (change > 0) == far_reaching


def test_an_encoder_of_no_layers_is_the_fpn_of_the_projected_map():
    torch.manual_seed(0)
    ours, maps = FPNTransformer([4, 6], width=32, num_layers=0), pyramid([4, 6], (10, 8))
    with torch.no_grad():
        masks, read = ours(maps)
        projected = ours.project(maps[-1])
        torch.testing.assert_close(read, projected)
        torch.testing.assert_close(masks, ours.fpn([maps[0], projected])[0])

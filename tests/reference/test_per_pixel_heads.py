"""Heads of per-pixel networks: DeepLab's against transformers, pyramid pooling and U-Net by what they promise."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.outputs import PerPixelOutput
from segtutor.reference.layers.forms import plain
from segtutor.reference.per_pixel.aspp import ASPP, DeepLabV3Head, DeepLabV3PlusHead
from segtutor.reference.per_pixel.pyramid_pooling import PSPHead, PyramidPooling, part_means
from segtutor.reference.per_pixel.unet import UNet, fitted
from segtutor.reference.weights.build import fill
from segtutor.reference.weights.names.rule import Rule

torch.set_num_threads(1)
NORM = r"\.normalization\.(weight|bias|running_mean|running_var)"
THEIR_LAYERS = {
    "aspp.convs.0": "aspp.place",
    "aspp.convs.1": "aspp.around.0",
    "aspp.convs.2": "aspp.around.1",
    "aspp.convs.3": "aspp.around.2",
    "aspp.convs.4.conv_1x1": "aspp.whole",
    "aspp.project": "aspp.mix",
}


def deeplab_rules():
    rules = [Rule(r"classifier\.convolution\.(weight|bias)", r"classifier.\1"), Rule(r".*num_batches_tracked", ())]
    for theirs, ours in THEIR_LAYERS.items():
        theirs = theirs.replace(".", r"\.")
        rules.append(Rule(theirs + r"\.convolution\.weight", ours + ".convolution.weight"))
        rules.append(Rule(theirs + NORM, ours + r".norm.\1"))
    return rules


@settings(deadline=None, max_examples=12, derandomize=True)
@given(
    rates=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    batch=st.integers(1, 2),
    seed=st.integers(0, 99),
)
def test_the_deeplab_head_is_theirs(rates, size, batch, seed):
    from transformers import MobileViTConfig
    from transformers.models.mobilevit.modeling_mobilevit import MobileViTDeepLabV3

    torch.manual_seed(seed)
    config = MobileViTConfig(aspp_out_channels=6, atrous_rates=rates, neck_hidden_sizes=[4, 4, 4, 7, 4], num_labels=5)
    theirs = perturb(MobileViTDeepLabV3(config), seed)
    ours = DeepLabV3Head(7, 5, width=6, rates=rates).eval()
    fill(ours, theirs.state_dict(), deeplab_rules())
    features = torch.randn(batch, 7, *size)
    with torch.no_grad():
        assert relative(ours(features), theirs([features])) <= 1e-5


def test_an_atrous_convolution_reaches_as_far_as_its_rate_and_skips_what_lies_between():
    aspp = ASPP(1, 1, rates=(1, 3)).eval()
    for layer in aspp.around:
        torch.nn.init.ones_(layer.convolution.weight)
    impulse = torch.zeros(1, 1, 11, 11)
    impulse[..., 5, 5] = 1
    for rate, layer in zip((1, 3), aspp.around, strict=True):
        seen = layer.convolution(impulse)[0, 0].nonzero() - 5
        wanted = [[dy * rate, dx * rate] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        assert seen.tolist() == wanted


def test_with_a_rate_as_large_as_the_map_only_the_middle_tap_is_left():
    """Figure 4 of DeepLabV3: why the mean of the whole map is there."""
    aspp = perturb(ASPP(3, 4, rates=(8,)))
    features = torch.randn(1, 3, 8, 8)
    wide = aspp.around[0].convolution
    with torch.no_grad():
        assert relative(wide(features), F.conv2d(features, wide.weight[:, :, 1:2, 1:2])) <= 1e-6


def test_a_change_anywhere_is_seen_everywhere():
    """By the mean in ASPP and by the coarsest average in pyramid pooling, however small the kernels are."""
    features = torch.randn(1, 8, 15, 15)
    moved = features.clone()
    moved[..., 0, 0] += 5
    for head in (perturb(DeepLabV3Head(8, 3, width=4, rates=(1,))), perturb(PSPHead(8, 3, scales=(1,)))):
        with torch.no_grad():
            assert (head(moved) - head(features)).abs()[..., 14, 14].max() > 1e-6


@settings(deadline=None, max_examples=10, derandomize=True)
@given(st.tuples(st.integers(2, 9), st.integers(2, 9)), st.tuples(st.integers(9, 30), st.integers(9, 30)))
def test_v3_plus_answers_at_the_fine_size_and_equals_its_own_description(coarse, fine):
    head = perturb(DeepLabV3PlusHead(5, 4, 3, width=6, fine_width=2, rates=(1, 2)))
    features, early = torch.randn(2, 5, *coarse), torch.randn(2, 4, *fine)
    with torch.no_grad():
        enlarged = F.interpolate(head.aspp(features), size=fine, mode="bilinear", align_corners=False)
        expected = head.classifier(head.refine_again(head.refine(torch.cat([head.narrow(early), enlarged], 1))))
        logits = head(features, early)
    assert logits.shape == (2, 3, *fine)
    assert relative(logits, expected) <= 1e-5


def test_pyramid_pooling_by_hand():
    pooling = PyramidPooling(1, 1, scales=(1, 2)).eval()
    for level in pooling.levels:
        torch.nn.init.ones_(level.convolution.weight)
    features = torch.tensor([[[[1.0, 2.0, 6.0], [3.0, 0.0, 1.0], [1.0, 2.0, 2.0]]]])
    whole, quarters = (average / (1 + 1e-5) ** -0.5 for average in pooling.averages(features))  # norm: eps alone
    torch.testing.assert_close(whole.flatten(), torch.tensor([2.0]))
    # three places in two parts: both have the middle one
    torch.testing.assert_close(quarters.flatten(), torch.tensor([6 / 4, 9 / 4, 6 / 4, 5 / 4]))


@pytest.mark.parametrize("size", [(6, 6), (7, 13), (1, 2)])
def test_pyramid_pooling_is_torchs_pooling_enlarged_and_joined(size):
    head = perturb(PSPHead(8, 3))
    features = torch.randn(2, 8, *size)
    pooling = head.pooling
    with torch.no_grad():
        with plain():
            expected = head.classifier(pooling.mix.joined([features, *pooling.averages(features)]))
        assert relative(head(features), expected) <= 1e-5
    assert pooling.mix.convolution.out_channels == 2


@settings(deadline=None, max_examples=15, derandomize=True)
@given(
    size=st.tuples(st.integers(8, 70), st.integers(8, 70)),
    depth=st.integers(1, 4),
    norm=st.booleans(),
    classes=st.integers(1, 4),
)
def test_unet_answers_at_the_size_of_any_picture(size, depth, norm, classes):
    widths = (3, 4, 5, 6)[:depth]
    output = UNet(classes, widths, norm=norm)(torch.randn(2, 3, *size))
    assert isinstance(output, PerPixelOutput)
    assert output.logits.shape == (2, classes, *size)


def test_unet_has_the_papers_layers():
    """Figure 1: 23 convolutions, counted with their biases."""
    widths = (64, 128, 256, 512, 1024)
    with torch.device("meta"):
        model = UNet(2, widths, channels=1, norm=False)
    down = sum(9 * a * b + b + 9 * b * b + b for a, b in zip((1, *widths), widths, strict=False))
    up = sum(4 * 2 * b * b + b + 9 * 2 * b * b + b + 9 * b * b + b for b in widths[:-1])
    assert sum(parameter.numel() for parameter in model.parameters()) == down + up + 64 * 2 + 2
    assert sum(parameter.ndim == 4 for parameter in model.parameters()) == 23


def test_unet_learns_with_every_weight_and_sees_fine_and_far():
    torch.manual_seed(0)
    model = UNet(3, (4, 6, 8))
    picture = torch.randn(2, 3, 33, 41, requires_grad=True)
    model(picture).logits.square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
    model.eval()
    (gradient,) = torch.autograd.grad(model(picture).logits[0, 0, 16, 20], picture)
    seen = gradient[0].abs().sum(0).nonzero()
    assert (16 - seen[:, 0]).max() > 10  # the four fine convolutions alone reach 4 pixels
    assert (20 - seen[:, 1]).max() > 10
    assert not gradient[1].any()


def test_unet_halves_by_what_is_left_over():
    assert fitted(torch.tensor([[[[1.0, 2.0]]]]), (2, 3)).tolist() == [[[[1, 2, 2], [1, 2, 2]]]]
    with pytest.raises(ValueError, match=r" 4 pixels.*\(3, 9\)"):
        UNet(2, (2, 3, 4))(torch.zeros(1, 3, 3, 9))


@pytest.mark.parametrize("head", [PSPHead(8, 3), DeepLabV3Head(8, 3, width=4)], ids=["psp", "deeplab"])
def test_heads_train_and_run_under_autocast(head):
    features = torch.randn(2, 8, 9, 10)
    head.train()(features).square().sum().backward()
    assert [name for name, p in head.named_parameters() if p.grad is None] == []
    head.eval()
    with torch.no_grad():
        exact = head(features)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert relative(head(features).float(), exact) < 0.1


@pytest.mark.parametrize("size", [(1, 1), (4, 6), (7, 5), (12, 18)])
@pytest.mark.parametrize("scale", [1, 2, 3, 6])
def test_the_means_of_parts_that_overlap_are_those_of_the_fast_form(size, scale):
    features = torch.randn(2, 3, *size)
    with plain():
        means = part_means(features, scale)
    torch.testing.assert_close(means, part_means(features, scale), rtol=1e-5, atol=1e-6)

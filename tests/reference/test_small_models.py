"""The two small models that lesson 02 trains: shapes, the promise that each pixel is seen, gradients everywhere."""

import pytest
import torch

from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.reference.models.tiny_mask_classifier import TinyMaskClassifier
from segtutor.reference.per_pixel.fcn import PixelClassifier, SmallBackbone

SIZES = [(64, 96), (61, 75), (32, 32)]


@pytest.mark.parametrize("size", SIZES)
def test_backbone_halves_at_each_stage(size):
    features = SmallBackbone((8, 16, 24))(torch.randn(2, 3, *size))
    sizes = [tuple(-(-side // 2**stage) for side in size) for stage in (1, 2, 3)]
    assert [tuple(feature.shape) for feature in features] == [
        (2, c, *s) for c, s in zip((8, 16, 24), sizes, strict=True)
    ]


@pytest.mark.parametrize("size", SIZES)
def test_pixel_classifier_scores_at_stride_2_with_skips_and_at_16_without(size):
    pixels = torch.randn(2, 3, *size)
    fine, coarse = PixelClassifier(5)(pixels), PixelClassifier(5, skips=False)(pixels)
    assert isinstance(fine, PerPixelOutput)
    assert fine.logits.shape == (2, 5, -(-size[0] // 2), -(-size[1] // 2))
    assert coarse.logits.shape == (2, 5, -(-size[0] // 16), -(-size[1] // 16))


@pytest.mark.parametrize("size", SIZES)
def test_mask_classifier_gives_pairs_of_mask_and_class(size):
    output = TinyMaskClassifier(5, num_queries=7)(torch.randn(2, 3, *size))
    assert isinstance(output, MaskOutput)
    assert output.class_logits.shape == (2, 7, 6)
    assert output.mask_logits.shape == (2, 7, -(-size[0] // 2), -(-size[1] // 2))


@pytest.mark.parametrize("model", [PixelClassifier(4), PixelClassifier(4, skips=False), TinyMaskClassifier(4)])
def test_every_parameter_learns(model):
    output = model(torch.randn(1, 3, 64, 64))
    parts = [output.logits] if isinstance(output, PerPixelOutput) else [output.class_logits, output.mask_logits]
    sum(part.square().sum() for part in parts).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_pictures_of_a_batch_do_not_see_each_other():
    """What batch norm would break: the output of a picture is the same alone and in company."""
    pixels = torch.randn(2, 3, 64, 64)
    for model in (PixelClassifier(4), TinyMaskClassifier(4)):
        together, alone = model(pixels), model(pixels[:1])
        name = "logits" if isinstance(together, PerPixelOutput) else "mask_logits"
        assert torch.allclose(getattr(together, name)[:1], getattr(alone, name), atol=1e-4)


def test_queries_look_at_the_picture():
    """Without the attention a query's class would be the same for every picture."""
    torch.manual_seed(0)
    model = TinyMaskClassifier(4)
    one, other = (model(torch.randn(1, 3, 64, 64) + shift).class_logits for shift in (0.0, 2.0))
    assert (one - other).abs().max() > 1e-3

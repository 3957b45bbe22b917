"""FCN, U-Net, PSPNet and DeepLab on one backbone: sizes, what each head sees, files of our own names."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor import families
from segtutor.models import preprocess
from segtutor.reference.models.per_pixel import PerPixelNetwork
from segtutor.reference.weights.build import build, family_of
from segtutor.training.recipes.networks import PER_PIXEL, from_configuration, per_pixel_configuration
from segtutor.training.saving import write_weights

LABELS = ("sky", "grass", "cat")


def network(kind: str) -> PerPixelNetwork:
    torch.manual_seed(0)
    return from_configuration(per_pixel_configuration(kind, LABELS)).eval()


@pytest.mark.parametrize("kind", PER_PIXEL)
def test_logits_have_the_size_of_the_picture(kind):
    for size in ((128, 128), (65, 97)):
        assert network(kind)(torch.randn(2, 3, *size)).logits.shape == (2, 3, *size)


@pytest.mark.parametrize("kind", PER_PIXEL)
def test_every_weight_learns(kind):
    model = network(kind).train()
    model(torch.randn(2, 3, 64, 64)).logits.square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_the_logits_of_fcn_are_the_sum_of_its_scores_at_each_stage():
    """Equation by hand: scores of the coarsest map, enlarged, plus the finer ones."""
    model = network("fcn")
    maps = model.backbone(torch.randn(1, 3, 64, 64))
    wanted = torch.zeros(1, 3, 2, 2)
    for score, feature in zip(reversed(model.head.scores), reversed(maps), strict=True):
        grown = torch.nn.functional.interpolate(wanted, size=feature.shape[-2:], mode="bilinear", align_corners=False)
        wanted = grown + score(feature)
    assert torch.allclose(model.head(maps), wanted, atol=1e-6)


@pytest.mark.parametrize(("kind", "strides"), [("fcn", (4, 8, 16, 32)), ("pspnet", (4, 8, 8, 8))])
def test_dilation_keeps_maps_fine_and_weights_the_same(kind, strides):
    model, other = network(kind), network("fcn")
    assert model.backbone.strides == strides
    maps = model.backbone(torch.randn(1, 3, 64, 64))
    assert [64 // part.shape[-1] for part in maps] == list(strides)
    shapes = [{name: p.shape for name, p in m.backbone.named_parameters()} for m in (model, other)]
    assert shapes[0] == shapes[1]


def test_pspnet_sees_the_whole_picture_and_a_fixed_fcn_head_does_not():
    picture = torch.randn(1, 3, 256, 256, requires_grad=True)
    reach = {}
    for kind in ("fcn", "pspnet"):
        model = network(kind)
        head_only = model.backbone(picture)[0] if kind == "fcn" else model.backbone(picture)[-1]
        logits = model.head.scores[0](head_only) if kind == "fcn" else model.head(head_only)
        (gradient,) = torch.autograd.grad(logits[0, :, 0, 0].sum(), picture)
        reach[kind] = bool(gradient[..., -1, -1].abs().sum() > 0)
    assert reach == {"fcn": False, "pspnet": True}


@pytest.mark.parametrize("kind", PER_PIXEL)
@pytest.mark.parametrize("half", [False, True])
def test_a_folder_of_it_loads_with_the_same_numbers(kind, half, tmp_path):
    """Under our own names, since no library has the class; halves are read as float32."""
    model, config = network(kind), per_pixel_configuration(kind, LABELS)
    write_weights(model, tmp_path, config, half=half)
    preprocess.toytown_processor("per-pixel").save_pretrained(tmp_path)
    segmenter = st.load(str(tmp_path))
    assert (segmenter.family, segmenter.engine) == ("per-pixel", "reference")
    assert segmenter.categories.names == list(LABELS)
    for name, tensor in segmenter.model.state_dict().items():
        wanted = model.state_dict()[name]
        assert torch.equal(tensor, wanted.half().float() if half else wanted), name
    image = np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    assert segmenter.segment(image).segment_ids.shape == (128, 128)
    size = (tmp_path / "model.safetensors").stat().st_size
    assert size < (3.6e6 if half else 7.2e6)


def test_weights_too_large_for_half_precision_are_refused(tmp_path):
    model = network("fcn")
    model.head.scores[0].weight.data[0, 0] = 1e6
    with pytest.raises(ValueError, match="65504"):
        write_weights(model, tmp_path, per_pixel_configuration("fcn", LABELS), half=True)


@pytest.mark.parametrize("kind", PER_PIXEL)
def test_new_classes_and_the_engine_of_transformers(kind, tmp_path):
    config = per_pixel_configuration(kind, LABELS)
    write_weights(network(kind), tmp_path, config)
    preprocess.toytown_processor("per-pixel").save_pretrained(tmp_path)
    own = st.training.with_classes(st.load(str(tmp_path)), ["cat", "dog"])
    assert own.model(torch.zeros(1, 3, 64, 64)).logits.shape[1] == 2
    with pytest.raises(st.errors.UserError, match=kind):
        st.load(str(tmp_path), engine="transformers")
    assert families.get(kind).transformers_class == ""


def test_a_configuration_of_a_stranger_is_checked():
    config = json.loads(json.dumps(per_pixel_configuration("deeplab", LABELS)))
    with pytest.raises(ValueError, match="model_type"):
        family_of({**config, "model_type": "fcn8s"})
    with pytest.raises(ValueError, match="weight"):
        build(config, {})
    with pytest.raises(NotImplementedError):
        PerPixelNetwork.head_of(config, (8,))

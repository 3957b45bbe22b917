"""A learner's experiments: each in three lines, on the shipped Mask2Former and on a tiny random MaskFormer."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.data import toytown
from segtutor.reference.layers.record import record_attention
from segtutor.reference.losses.criterion import set_loss
from segtutor.reference.models.ablations import keep_queries, unmasked
from segtutor.training.evaluate import evaluate
from segtutor.training.rows.targets import panoptic_targets

sys.path.insert(0, str(Path(__file__).parents[1]))
SCENES = 8


@pytest.fixture(scope="module")
def segmenter():
    return st.load("mask2former-toytown")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from hub.repositories import save_tiny

    root = tmp_path_factory.mktemp("tiny")
    families = ("mask2former", "maskformer", "oneformer", "detr", "eomt")
    return {family: st.load(save_tiny(root / family, family)).model.eval() for family in families}


def scene(number: int = 3):
    return toytown.scene(number).render()


def test_masked_attention_off_in_one_layer(segmenter):
    image, _ = scene()
    before = segmenter.set_image(image).output
    with unmasked(segmenter.model, layers=[1]), record_attention(segmenter.model) as maps:
        without = segmenter.set_image(image).output

    looks = [maps[f"decoder.layers.{i}.cross_attention"][0] for i in range(3)]
    assert [look.may_attend is None for look in looks] == [False, True, False]
    blocked = ~looks[0].may_attend.expand_as(looks[0].weights)
    assert float(looks[0].weights[blocked].abs().max()) == 0
    # what comes before the layer is as it was, up to rounding: recorded attention is computed openly
    torch.testing.assert_close(without.layers[1].mask_logits, before.layers[1].mask_logits, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(without.layers[2].mask_logits, before.layers[2].mask_logits, atol=1e-3)
    assert torch.equal(segmenter.set_image(image).output.mask_logits, before.mask_logits)


def test_quality_falls_where_masked_attention_is_off_everywhere(segmenter):
    with unmasked(segmenter.model):
        without = evaluate(segmenter, size=SCENES)["pq"]
    assert without < evaluate(segmenter, size=SCENES)["pq"] - 1


def test_fewer_queries(segmenter):
    fewer = segmenter.with_model(keep_queries(segmenter.model, 6))
    assert evaluate(fewer, size=SCENES)["pq"] < evaluate(segmenter, size=SCENES)["pq"] - 5
    assert fewer.output.class_logits.shape == (1, 6, 16)
    assert segmenter.model.decoder.queries.shape[0] == 24
    assert (fewer.engine, fewer.name, fewer.categories) == ("reference", segmenter.name, segmenter.categories)


def test_another_matcher(segmenter):
    image, truth = scene()
    targets = [panoptic_targets(truth)]

    def first_come(output, targets):
        """Query i answers for target i: fixed matching, as if queries were classes."""
        numbers = torch.arange(len(targets[0]))
        return [(numbers, numbers)]

    output = segmenter.set_image(image).output
    fixed, matched = (sum(set_loss(output, targets, match=match).values()) for match in (first_come, None))
    assert float(fixed) > 2 * float(matched)


def test_each_on_a_tiny_random_maskformer(tiny):
    maskformer = tiny["maskformer"]
    pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), record_attention(maskformer) as maps:
        output = maskformer(pixels)
    assert maps["decoder.layers.0.cross_attention"][0].weights.shape[-2:] == (7, 4)

    with torch.no_grad():
        fewer = keep_queries(maskformer, [4, 0])(pixels)
    assert fewer.mask_logits.shape[1] == 2
    assert len(fewer.layers) == len(output.layers)

    targets = [st.Targets(torch.tensor([1]), torch.ones(1, 64, 64, dtype=torch.uint8), torch.ones(64, 64).bool())]
    losses = [float(set_loss(output, targets, match=lambda *_, q=q: [(torch.tensor([q]), torch.tensor([0]))])["class"])
              for q in range(7)]  # fmt: skip
    assert len(set(losses)) == 7

    with pytest.raises(ValueError, match="MaskFormer"), unmasked(maskformer):
        pass


@pytest.mark.parametrize("family", ["mask2former", "maskformer", "oneformer", "detr", "eomt"])
def test_queries_of_every_family(family, tiny):
    """All queries in another order give the same answers in that order, which shows that nothing was forgotten."""
    model, pixels = tiny[family], torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    count = 6 if family == "oneformer" else 7  # the task token is no query that can be chosen
    order = list(np.random.default_rng(0).permutation(count))
    order = [int(i) for i in order]
    with torch.no_grad():
        whole, turned = model(pixels), keep_queries(model, order)(pixels)
        fewer = keep_queries(model, 2)(pixels)
    last = [count] if family == "oneformer" else []
    torch.testing.assert_close(turned.class_logits, whole.class_logits[:, order + last], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(turned.mask_logits, whole.mask_logits[:, order + last], rtol=1e-4, atol=1e-5)
    assert fewer.class_logits.shape[1] == 2 + len(last)
    assert all(parameter.requires_grad for parameter in keep_queries(model, 2).parameters())


@pytest.mark.parametrize("family", ["mask2former", "oneformer", "eomt"])
def test_masks_of_every_family_that_has_them(family, tiny):
    model, pixels = tiny[family], torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = model(pixels)
        with unmasked(model, layers=[-1]):
            without = model(pixels)
        after = model(pixels)
    assert not torch.equal(without.class_logits, before.class_logits)
    assert torch.equal(after.class_logits, before.class_logits)


def test_mistakes_are_sentences(tiny):
    model = tiny["mask2former"]
    for queries, part in ((0, "got 0"), (8, "got 8"), ([], "at least one query"), ([7], "got 7"), ([True], "True")):
        with pytest.raises(ValueError, match=part):
            keep_queries(model, queries)
    with pytest.raises(ValueError, match="layer.* 3:"), unmasked(model, layers=[3]):
        pass
    assert all(layer.masked for layer in model.decoder.layers)
    with pytest.raises(ValueError, match="UPerNet"):
        keep_queries(st.load("upernet-toytown").model, 3)

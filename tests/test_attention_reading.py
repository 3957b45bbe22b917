"""What queries looked at, read from the course's modules and from transformers' models: the same numbers."""

from __future__ import annotations

import pytest
import torch
from hub.repositories import save_tiny

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models import read_attention

ENGINES = ("reference", "transformers")


@pytest.fixture(scope="module")
def picture():
    return toytown.scene(3).render()[0][:, :100]  # the network gets 192 x 128


@pytest.fixture(scope="module")
def shipped(picture):
    """The same weights in both engines, and what was heard of each."""
    segmenters = [st.load("mask2former-toytown", engine=engine).set_image(picture) for engine in ENGINES]
    return segmenters, [read_attention(segmenter) for segmenter in segmenters]


def test_both_engines_look_alike(shipped):
    ours, theirs = shipped[1]
    assert ours.sizes == theirs.sizes == ((6, 4), (12, 8), (24, 16))
    assert (ours.extent, ours.input_size) == (theirs.extent, theirs.input_size) == ((1.0, 1.0), (192, 128))
    assert [layer.size for layer in ours.layers] == list(ours.sizes)
    for mine, yours in zip(ours.layers, theirs.layers, strict=True):
        for masked in (True, False):
            weights = mine.cross.weights(masked=masked)
            torch.testing.assert_close(weights, yours.cross.weights(masked=masked), atol=1e-5, rtol=0)
            torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:2]))
        torch.testing.assert_close(mine.among.weights(), yours.among.weights(), atol=1e-5, rtol=0)
        assert torch.equal(mine.inside, yours.inside)
        assert torch.equal(mine.empty, yours.empty)
    for mine, yours in zip(ours.sampling, theirs.sampling, strict=True):
        torch.testing.assert_close(mine.points, yours.points, atol=1e-5, rtol=0)
        torch.testing.assert_close(mine.weights, yours.weights, atol=1e-5, rtol=0)


def test_what_is_heard_is_what_the_modules_record(shipped):
    (segmenter, _), (seen, _) = shipped
    with st.reference.record_attention(segmenter.model) as maps:
        segmenter.set_image(segmenter.image)
    for number, layer in enumerate(seen.layers):
        (cross,) = maps[f"decoder.layers.{number}.cross_attention"]
        (among,) = maps[f"decoder.layers.{number}.self_attention"]
        torch.testing.assert_close(layer.cross.weights(), cross.weights[0])
        torch.testing.assert_close(layer.among.weights(), among.weights[0])
    with st.reference.unmasked(segmenter.model, layers=[0]):
        free = read_attention(segmenter).layers[0]
    assert free.inside is None
    assert not free.empty.any()
    # the first layer's queries have seen nothing yet, so leaving its mask out changes nothing before it
    torch.testing.assert_close(free.cross.weights(), seen.layers[0].cross.weights(masked=False))


def test_a_mask_limits_and_an_empty_one_does_not(shipped):
    empties = 0
    for layer in shipped[1][0].layers:
        masked, free = layer.cross.weights(), layer.cross.weights(masked=False)
        assert not layer.inside[layer.empty].any()
        assert layer.inside[~layer.empty].any(-1).all()
        limited = ~layer.empty
        assert (masked[:, limited][~layer.inside[limited].expand(len(masked), -1, -1)] == 0).all()
        assert torch.equal(masked[:, layer.empty], free[:, layer.empty])
        assert not torch.equal(masked[:, limited], free[:, limited])
        empties += int(layer.empty.sum())
    assert 0 < empties < 3 * 24


@pytest.mark.parametrize("kind", ["mask2former", "oneformer", "maskformer", "detr", "eomt", "eomt_dinov3"])
def test_every_family_in_both_engines(kind, picture, tmp_path):
    folder = save_tiny(tmp_path / kind, kind)
    segmenters = [st.load(folder, engine=engine).set_image(picture) for engine in ENGINES]
    before = [segmenter.output.class_logits.clone() for segmenter in segmenters]
    ours, theirs = (read_attention(segmenter) for segmenter in segmenters)
    for segmenter, logits in zip(segmenters, before, strict=True):
        assert torch.equal(segmenter.set_image(picture).output.class_logits, logits)  # no hook is left
    masked = kind in ("mask2former", "oneformer", "eomt", "eomt_dinov3")
    assert len(ours.sampling) == len(theirs.sampling) == int(kind in ("mask2former", "oneformer"))
    assert len(ours.layers) == len(theirs.layers) > 1
    for mine, yours in zip(ours.layers, theirs.layers, strict=True):
        assert mine.size == yours.size
        assert mine.size[0] * mine.size[1] == mine.cross.weights().shape[-1]
        assert (mine.inside is not None) == (yours.inside is not None) == masked
        torch.testing.assert_close(mine.cross.weights(), yours.cross.weights(), atol=1e-4, rtol=0)
        torch.testing.assert_close(mine.among.weights(), yours.among.weights(), atol=1e-4, rtol=0)
        assert torch.equal(mine.empty, yours.empty)


def test_in_eomt_patches_and_queries_share_what_a_query_has(picture, tmp_path):
    segmenter = st.load(save_tiny(tmp_path / "eomt", "eomt")).set_image(picture)
    seen = read_attention(segmenter)
    with st.reference.record_attention(segmenter.model) as maps:
        segmenter.set_image(picture)
    assert seen.extent[1] < 1  # the picture is padded to a square
    for number, layer in zip((1, 2), seen.layers, strict=True):
        (record,) = maps[f"backbone.layers.{number}.attention"]
        cross, among = layer.cross.weights(), layer.among.weights()
        torch.testing.assert_close(among, record.weights[0, :, :7, :7])
        torch.testing.assert_close(cross.unflatten(-1, (4, 4)), segmenter.model.queries_to_patches(record.weights)[0])
        assert ((cross.sum(-1) + among.sum(-1)) < 1).all()
        assert (cross[:, ~layer.inside] == 0).all()
        assert not layer.empty.any()


def test_who_has_no_such_attention_is_told(picture):
    per_pixel = st.load("upernet-toytown").set_image(picture)
    for segmenter, said in ((per_pixel, "UPerNet"), ("a name", "segtutor.load")):
        with pytest.raises(UserError, match=said):
            read_attention(segmenter)

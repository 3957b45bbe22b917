"""What tokens and picture gave each other in a promptable network, read and shown by AttentionExplorer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_sam_by_name import save

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models import read_prompt_attention
from segtutor.reference.layers.record import record_attention

pytest.importorskip("anywidget")
from segtutor.widgets.attention.data import layer_payload  # noqa: E402

CLICK = {"points": [(31, 105)]}


@pytest.fixture(scope="module")
def segmenter():
    return st.load("sam-toytown").set_image(toytown.scene(19).render()[0])


@pytest.fixture
def explorer(segmenter):
    return st.widgets.AttentionExplorer(segmenter, **CLICK)


def test_what_is_read_is_what_the_attentions_record(segmenter):
    transformer = segmenter.model.decoder.transformer
    seen = read_prompt_attention(segmenter, points=[(31, 105), (90, 60)], labels=[1, 0])
    with record_attention(transformer) as recorded, torch.no_grad():
        segmenter.ask(points=np.float32([[(31, 105), (90, 60)]]), labels=np.array([[1, 0]]), multimask=True)
    for number in range(len(transformer.layers)):
        for look, attention in (("among", "self_attention"), ("cross", "to_picture"), ("back", "to_tokens")):
            (expected,) = recorded[f"layers.{number}.{attention}"]
            ours = getattr(seen.layers[number], look).weights()
            torch.testing.assert_close(ours, expected.weights[0], atol=1e-6, rtol=1e-5)
    (expected,) = recorded["last"]
    torch.testing.assert_close(seen.layers[-1].cross.weights(), expected.weights[0], atol=1e-6, rtol=1e-5)
    assert seen.layers[-1].among is None
    assert seen.layers[-1].back is None
    assert len(seen.layers) == len(transformer.layers) + 1


def test_tokens_masks_and_scores_are_those_of_the_prompt(segmenter):
    seen = read_prompt_attention(segmenter, **CLICK)
    masks = tuple(f"mask {n}" for n in range(4))
    assert seen.tokens == ("IoU", *masks, "click 1, on it", "no box")
    answers = segmenter.answers(points=np.float32([[(31, 105)]]), labels=np.array([[1]]), multimask=True)
    torch.testing.assert_close(seen.mask_logits[1:], answers.mask_logits[0])
    torch.testing.assert_close(seen.scores[1:], answers.scores[0])
    more = read_prompt_attention(segmenter, points=[(31, 105), (3, 4)], labels=[1, 0], boxes=[(5, 80, 60, 125)])
    clicks = ("click 1, on it", "click 2, beside it", "first corner", "last corner")
    assert more.tokens == ("IoU", *masks, *clicks)
    assert more.layers[0].cross.queries.shape[1] == 9


def test_no_hook_stays_and_what_cannot_be_read_is_refused(segmenter):
    read_prompt_attention(segmenter, **CLICK)
    assert not any(module._forward_pre_hooks for module in segmenter.model.modules())
    for wrong in ({}, {"boxes": [(0, 0, 5, 5), (5, 5, 9, 9)]}, {"points": [(500, 3)]}):
        with pytest.raises(UserError):
            read_prompt_attention(segmenter, **wrong)
    with pytest.raises(UserError, match="sam-toytown"):
        read_prompt_attention(st.load("clipseg-toytown").set_image(segmenter.image), **CLICK)
    with pytest.raises(UserError, match="sam-toytown"):
        read_prompt_attention(st.load("mask2former-toytown").set_image(segmenter.image), **CLICK)


def test_a_published_architecture_is_read_the_same_way(tmp_path, segmenter):
    save(tmp_path)
    other = st.load(tmp_path).set_image(segmenter.image[:, :100])
    explorer = st.widgets.AttentionExplorer(other, **CLICK)
    assert explorer.extent[1] < explorer.extent[0] == 1  # padded on the right
    assert explorer.weights().sum() == pytest.approx(1, abs=1e-5)
    assert explorer.still().shape == (128, 100, 3)


def test_the_explorer_shows_tokens(explorer):
    assert explorer.term == "token"
    assert explorer.query == 5
    assert [layer["name"] for layer in explorer.layers] == ["layer 1", "layer 2", "the last look"]
    assert explorer.layer == 2
    assert "Token 5 (click 1, on it) in the last look" in explorer.alternative()
    assert explorer.queries["scores"][0] is None
    assert set(explorer.queries["by_score"][:4]) == {1, 2, 3, 4}
    claims = np.frombuffer(explorer.owners["codes"], "<u2").reshape(explorer.owners["grid"])
    assert claims[105 * claims.shape[0] // 128, 31 * claims.shape[1] // 128] in (1, 2, 3, 4)
    assert set(np.unique(claims)) <= {1, 2, 3, 4, 7}


@pytest.mark.parametrize("head", [None, 2])
def test_what_the_picture_takes_from_the_tokens_is_whole(explorer, head):
    explorer.view, explorer.head = "back", head
    shares = []
    for token in range(7):
        explorer.query = token
        shares.append(explorer.weights())
        assert explorer.still().shape == (128, 128, 3)
        assert explorer.reading["layer"] == "layer 2"  # in the last look nothing looks at tokens
    np.testing.assert_allclose(np.sum(shares, 0), 1, atol=1e-5)
    assert "if all 7 were alike it would be 14 %" in explorer.alternative()
    explorer.view = "self"
    assert sum(one["weight"] for one in explorer.partners()) == pytest.approx(1, abs=1e-5)
    assert explorer.figure() is not None


def test_what_is_sent_is_what_was_read(explorer):
    layer = explorer._seen.layers[0]
    for most, step in ((1_000_000, 1), (4_500, 2)):
        payload = layer_payload(layer, most=most)
        assert payload["step"] == step
        top = np.frombuffer(payload["back_top"], "<f4").reshape(4, 7)
        back = top[..., None] * np.square(np.frombuffer(payload["back"], np.uint8).reshape(4, 7, -1) / 255)
        side = 16 // step
        expected = layer.back.weights().transpose(1, 2).numpy().reshape(4, 7, side, step, side, step).mean((3, 5))
        np.testing.assert_allclose(back.reshape(expected.shape), expected, atol=1 / 255)
    last = layer_payload(explorer._seen.layers[2])
    assert "back" not in last
    assert "among" not in last


def test_prompts_and_views_that_do_not_fit_are_refused(segmenter):
    with pytest.raises(UserError):
        st.widgets.AttentionExplorer(segmenter)
    asked = st.load("mask2former-toytown").set_image(segmenter.image)
    with pytest.raises(UserError, match="points"):
        st.widgets.AttentionExplorer(asked, **CLICK)
    with pytest.raises(UserError, match="back"):
        st.widgets.AttentionExplorer(asked, view="back")
    with pytest.raises(UserError, match="sampling"):
        st.widgets.AttentionExplorer(segmenter, view="sampling", **CLICK)

"""The graphs of the page of clicks and words, in onnxruntime: SAM's and CLIPSeg's masks and scores as in PyTorch."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from test_onnx import session

import segtutor as st
from segtutor.models.export_prompts import prompt_graphs
from segtutor.pages import exports
from segtutor.reference.layers.prompt_encoder import BESIDE, FIRST_CORNER, LAST_CORNER, NOTHING, ON
from segtutor.reference.toytown.clipseg import word_numbers

pytestmark = pytest.mark.timeout(600)  # the export takes twenty seconds, on a busy machine many more
SEEDS = (19, 31, 3)
PHRASES = ("cat", "things not red", "the sky", "a red ball or the floor", "stuff")


@pytest.fixture(scope="module")
def graphs(onnx_folder):
    return {name: session(data) for name, data in exports.exported_prompts(onnx_folder).items()}


@pytest.fixture(scope="module")
def networks():
    return st.load("sam-toytown"), st.load("clipseg-toytown")


def clicked(graphs, seen, xy, kinds, mask=None):
    size = 128
    given = dict(zip(("embedding", "quarter", "half"), seen, strict=True))
    given |= {"xy": np.asarray([xy], np.float32), "kinds": np.asarray([kinds], np.int64)}
    signs = np.zeros((size, size), bool) if mask is None else mask
    given |= {"mask": np.where(signs, 1, -1).astype(np.float32)[None, None]}
    given |= {"has_mask": np.array([mask is not None], np.float32)}
    logits, scores = graphs["click"].run(None, given)
    return logits[0] > 0, scores[0]


def alike(masks, scores, expected):
    """Up to one pixel whose logit is 0 up to rounding, and six digits."""
    assert [int((a != b).sum()) <= 1 for a, b in zip(masks, expected.masks, strict=True)] == [True] * len(masks)
    np.testing.assert_allclose(scores, expected.scores, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_clicks_boxes_and_corrections(graphs, networks, seed):
    sam, _ = networks
    image = st.toytown.scene(seed).draw()[0]
    sam.set_image(image)
    seen = graphs["see"].run(None, {"image": image[None]})[:3]
    random = np.random.default_rng(seed)
    for x, y in random.integers(0, 128, (6, 2)).tolist():
        at = [(x + 0.5) / 128, (y + 0.5) / 128]
        masks, scores = clicked(graphs, seen, [at, [0, 0]], [ON, NOTHING])
        order = 1 + np.argsort(-scores[1:], kind="stable")
        expected = sam.predict(points=[(x, y)])
        alike(masks[order], scores[order], expected)
        u, v = random.integers(0, 128, 2).tolist()
        there = [(u + 0.5) / 128, (v + 0.5) / 128]
        masks, scores = clicked(graphs, seen, [at, there, [0, 0]], [ON, BESIDE, NOTHING], expected.masks[0])
        alike(masks[:1], scores[:1], sam.predict(points=[(x, y), (u, v)], labels=[1, 0], mask=expected.masks[0]))
        box = [min(x, u), min(y, v), max(x, u) + 1, max(y, v) + 1]
        corners = (np.array(box).reshape(2, 2) / 128).tolist()
        masks, scores = clicked(graphs, seen, corners, [FIRST_CORNER, LAST_CORNER])
        alike(masks[:1], scores[:1], sam.predict(boxes=[box]))


@torch.no_grad()
def test_logits_before_they_are_cut_at_zero(graphs, networks):
    """All four answers, with and without an earlier mask, and the words': 1e-5 of their norm."""
    sam, clipseg = (one.model for one in networks)
    image = st.toytown.scene(SEEDS[0]).draw()[0]
    pixels = networks[0].processor.table  # (3, 256)
    values = torch.stack([torch.from_numpy(pixels[n])[image[..., n].astype(int)] for n in range(3)])[None]
    seen = graphs["see"].run(None, {"image": image[None]})
    encoded = sam.encode(values)
    for ours, theirs in zip(seen, (*encoded, clipseg.encode(values)), strict=True):
        assert np.linalg.norm(ours - theirs.numpy()) <= 1e-5 * np.linalg.norm(theirs)
    given = dict(zip(("embedding", "quarter", "half"), seen, strict=False))
    xy = np.array([[[0.77, 0.29], [0.5, 0.5], [0.6, 0.2], [0.95, 0.6]]], np.float32)
    kinds = np.array([[ON, BESIDE, FIRST_CORNER, LAST_CORNER]])
    earlier = np.where(np.random.default_rng(0).random((1, 1, 128, 128)) < 0.5, 1, -1).astype(np.float32)
    for has in (0, 1):
        more = {"xy": xy, "kinds": kinds, "mask": earlier, "has_mask": np.array([has], np.float32)}
        logits, _ = graphs["click"].run(None, given | more)
        half = F.interpolate(torch.from_numpy(earlier), size=(64, 64), mode="bilinear", antialias=True)
        asked = torch.from_numpy(xy), torch.from_numpy(kinds), half if has else None
        _close(logits, sam.answer(encoded, *asked).mask_logits)
    numbers = word_numbers(["red ball"])
    logits, _ = graphs["say"].run(None, {"words_map": seen[3], "numbers": numbers.numpy()})
    _close(logits, clipseg.ask_text(clipseg.encode(values), ["red ball"]).mask_logits)


def _close(logits, small):
    whole = F.interpolate(small, size=(128, 128), mode="bilinear", align_corners=False).numpy()
    assert np.linalg.norm(logits - whole) <= 1e-5 * np.linalg.norm(whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_words(graphs, networks, seed):
    _, clipseg = networks
    image = st.toytown.scene(seed).draw()[0]
    clipseg.set_image(image)
    seen = graphs["see"].run(None, {"image": image[None]})[3]
    for phrase in PHRASES:
        numbers = word_numbers(clipseg._said([phrase])).numpy()
        logits, scores = graphs["say"].run(None, {"words_map": seen, "numbers": numbers})
        expected = clipseg.predict(text=phrase)
        found = logits[0] > 0
        alike(found[: len(expected.masks)], scores[0][: len(expected.masks)], expected)
        assert bool(found.any()) == bool(len(expected.masks))


def test_the_files_are_small_and_say_nothing_of_their_maker(graphs, onnx_folder, repository):
    files = exports.exported_prompts(onnx_folder)
    assert sum(map(len, files.values())) < 5e6
    for data in files.values():
        onnx.checker.check_model(onnx.load_from_string(data))
        assert b"stack_trace" not in data
        assert str(repository).encode() not in data


def test_other_networks_are_refused(networks):
    sam, clipseg = networks
    with pytest.raises(ValueError, match="sam-toytown"):
        prompt_graphs(clipseg, sam)

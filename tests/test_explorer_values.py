"""What a person may set an explorer to, and how it says no; how large a still is where no widget runs."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from toy_explorers import ToyLayers, ToyPixels

import segtutor as st
from segtutor.errors import UserError

pytest.importorskip("anywidget")
from segtutor.widgets.base.canvas import enlarged  # noqa: E402

COSTS = [[1.0, 2.0], [0.5, 3.0]]


@pytest.fixture(scope="module")
def explorers():
    masks, pixels = ToyLayers(), ToyPixels()
    truth, make = masks.truth, st.widgets
    return {
        "thresholds": make.ThresholdExplorer(masks, masks.image),
        "pixels": make.PixelExplorer(pixels, masks, masks.image),
        "queries": make.QueryExplorer(masks, masks.image),
        "game": make.MatchingGame(costs=COSTS),
        "score": make.ScoreExplorer(masks.image, truth, truth),
        "canvas": make.PromptCanvas(masks.image),
        "training": make.TrainingView(),
        "editor": make.SceneEditor(),
    }


@pytest.mark.parametrize(
    ("name", "trait", "value", "said"),
    [
        ("thresholds", "score_threshold", 2.0, r"score_threshold.*0 to 1.*2\.0"),
        ("thresholds", "score_threshold", "high", r"score_threshold.*0 to 1.*'high'"),
        ("thresholds", "query", "x", r"query.*None.*'x'"),
        ("thresholds", "query", 999, r"query.*0 to 23.*999"),
        ("thresholds", "query", -1, r"query.*0 to 23.*-1"),
        ("pixels", "view", "foo", r"view.*'evidence', 'answer', 'picture'.*'foo'"),
        ("pixels", "pixel", [1.5, 2], r"pixel.*\[1\.5, 2\]"),
        ("queries", "sort", "size", r"sort.*'number', 'score', 'area', 'class'.*'size'"),
        ("queries", "query", 999, r"query.*0 to 23.*999"),
        ("game", "pairs", [[0]], r"pair.*\[0\]"),
        ("game", "cell", ["a", 0], r"pair.*\['a', 0\]"),
        ("game", "revealed", "yes", r"revealed.*'yes'"),
        ("score", "selected", ["truth", 999], r"selected.* 1 to \d+.*\['truth', 999\]"),
        ("score", "repairs", 3, r"repairs.* 3"),
        ("canvas", "tool", "pen", r"tool.*'scribble', 'point', 'box', 'eraser'.*'pen'"),
        ("canvas", "boxes", [3], r"boxes.*\[3\]"),
        ("canvas", "text", 3, r"text.* 3"),
        ("training", "asked", "go", r"asked.*'run', 'pause', 'stop'.*'go'"),
        ("editor", "scene", 3, r"scene.* 3"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_and_changes_nothing(explorers, name, trait, value, said):
    before = getattr(explorers[name], trait)
    with pytest.raises(UserError, match=said):
        setattr(explorers[name], trait, value)
    assert getattr(explorers[name], trait) == before


def test_numbers_of_numpy_and_torch_are_taken(explorers):
    queries, pixels, thresholds = (explorers[name] for name in ("queries", "pixels", "thresholds"))
    queries.query = np.int64(7)
    assert (queries.query, type(queries.query)) == (7, int)
    queries.query = torch.tensor([0.1, 0.9, 0.2]).argmax()
    assert queries.query == 1
    ys, xs = np.nonzero(np.eye(9))
    pixels.pixel = [xs[3], ys[3]]
    assert pixels.pixel == [3, 3]
    pixels.pins = np.array([[1, 2], [3, 4]])
    assert pixels.pins == [[1, 2], [3, 4]]
    thresholds.score_threshold = np.float32(0.5)
    assert thresholds.score_threshold == 0.5


def test_what_a_constructor_refuses(explorers):
    masks = ToyLayers()
    make = st.widgets
    for wrong, said in (
        (lambda: make.ThresholdExplorer(masks, masks.image, "truth"), "truth.*str"),
        (lambda: make.ThresholdExplorer(masks, masks.image, longest_side=0), "longest_side.* 0"),
        (lambda: make.QueryExplorer(masks, masks.image, longest_side="big"), "longest_side.*'big'"),
        (lambda: make.QueryExplorer(masks, masks.image, thumbnail=0), "thumbnail.* 0"),
        (lambda: make.QueryExplorer(masks, masks.image, view="z"), "view.*'z'"),
        (lambda: make.MatchingGame(costs="abc"), "costs.*'abc'"),
        (lambda: make.PromptCanvas(clases=["a", "b"]), "clases="),
        (lambda: make.TrainingView(every="a"), "every.*'a'"),
        (lambda: make.TrainingView(scale="z"), "scale.*'linear', 'log'.*'z'"),
    ):
        with pytest.raises(UserError, match=said):
            wrong()


def test_the_still_of_two_pictures_is_as_large_as_that_of_one(explorers):
    sizes = {}
    for name in ("thresholds", "pixels", "score", "queries"):
        data, _ = explorers[name]._repr_mimebundle_()
        sizes[name] = Image.open(io.BytesIO(data["image/png"])).size
        assert len(data["image/png"]) < 250_000
    assert sizes == {"thresholds": (384, 384), "pixels": (780, 384), "score": (792, 384), "queries": (384, 384)}


@pytest.mark.parametrize(
    ("size", "shown"),
    [((128, 128), (384, 384)), ((1, 200), (4, 800)), ((384, 512), (384, 512)), ((256, 1048), (256, 1048))],
)
def test_a_still_is_enlarged_by_whole_pixels_and_never_beyond_the_page(size, shown):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    large = enlarged(picture)
    assert large.shape == (*shown, 3)
    factor = shown[0] // size[0]
    np.testing.assert_array_equal(large[::factor, ::factor], picture)

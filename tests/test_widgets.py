"""Widgets without a browser: what Python sends, what it answers to changes, what a page without widgets shows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from toy_segmenter import ToySegmenter

import segtutor as st
from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories, Category, Segmentation
from segtutor.show.palette import segment_colors

pytest.importorskip("anywidget")


@pytest.fixture(scope="module")
def segmenter() -> ToySegmenter:
    return ToySegmenter()


@pytest.fixture
def explorer(segmenter):
    return st.widgets.ThresholdExplorer(segmenter, segmenter.image, segmenter.truth)


def test_importing_the_package_of_widgets_loads_no_ipywidgets():
    code = "import sys, segtutor.widgets as w; assert 'ipywidgets' not in sys.modules; print(dir(w))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ThresholdExplorer" in run.stdout
    with pytest.raises(AttributeError, match="Explorador"):
        _ = st.widgets.Explorador


def test_begins_with_the_models_thresholds_and_its_answer(explorer, segmenter):
    assert (explorer.score_threshold, explorer.mask_threshold, explorer.overlap_threshold) == (0.75, 0.5, 0.8)
    result = st.panoptic_inference(segmenter.output, (128, 128), segmenter.categories, **segmenter.thresholds)
    assert explorer.result == result
    assert [(s["id"], s["category_id"], s["area"], tuple(s["bbox"])) for s in explorer.segments] == [
        (s.id, s.category_id, s.area, s.bbox) for s in result.segments
    ]
    quality = st.metrics.panoptic_quality([(result, segmenter.truth)], segmenter.categories)
    assert explorer.pq["all"]["pq"] == quality.all.pq
    assert explorer.pq["stuff"]["tp"] == quality.stuff.tp
    json.dumps(explorer.pq, allow_nan=False)


def test_thresholds_changed_in_python_change_what_comes_out(explorer):
    before = explorer.segments
    explorer.score_threshold = 0.97
    assert len(explorer.segments) < len(before)
    assert explorer.pq["all"]["fn"] > 0
    explorer.score_threshold = 0.75
    assert explorer.segments == before


def test_thresholds_moved_in_the_browser_bring_their_answer_along(explorer, monkeypatch):
    """The kernel must not compute while a slider is dragged: the browser has done it."""
    monkeypatch.setattr(explorer, "_compute", lambda: pytest.fail("computed in the kernel"))
    explorer.set_state({"score_threshold": 0.3, "segments": [], "pq": {}})
    assert (explorer.score_threshold, explorer.segments) == (0.3, [])
    with pytest.raises(pytest.fail.Exception):
        explorer.score_threshold = 0.4


def test_what_is_sent_is_what_the_network_said(explorer, segmenter):
    queries, classes = segmenter.output.class_logits.shape[1:]
    sent = np.frombuffer(explorer.masks["logits"], "<f4").reshape(queries, *explorer.masks["grid"])
    np.testing.assert_array_equal(sent, segmenter.output.mask_logits[0].numpy())
    probs = np.frombuffer(explorer.masks["class_probs"], "<f4").reshape(queries, classes)
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(explorer.picture))), segmenter.image)
    ids = np.frombuffer(zlib.decompress(explorer.truth_ids), "<u2").reshape(128, 128)
    labels = np.array([-1, *(segment["label"] for segment in explorer.truth_segments)])
    np.testing.assert_array_equal(labels[ids], segmenter.truth.semantic())


def test_colours_are_those_of_the_figure(explorer, segmenter):
    output, size = segmenter.output, (128, 128)
    fates = st.inference.query_fates(output, size, segmenter.categories, **segmenter.thresholds)
    kept = [fate for fate in fates if fate.fate == "kept"]
    result = explorer.result
    expected = segment_colors([result.categories.by_id(s.category_id).color for s in result.segments])
    stuff: set[int] = set()
    mine = []
    for fate in kept:  # fused stuff is one segment
        if fate.category_id not in stuff:
            mine.append(explorer.colors[fate.query])
        if not result.categories.by_id(fate.category_id).isthing:
            stuff.add(fate.category_id)
    assert [tuple(color) for color in mine] == expected


def test_a_large_picture_is_reduced_and_so_is_its_truth():
    segmenter = ToySegmenter(seed=5, size=512)
    explorer = st.widgets.ThresholdExplorer(segmenter, None, segmenter.truth, longest_side=200)
    assert explorer.size == [200, 200]
    assert explorer.result.segment_ids.shape == (200, 200)
    assert len(zlib.decompress(explorer.truth_ids)) == 2 * 200 * 200
    assert explorer.pq["all"]["pq"] > 0.3


def test_many_masks_travel_as_one_byte_a_number_and_python_goes_on_with_them():
    segmenter = ToySegmenter(seed=5, size=512, queries=100)
    explorer = st.widgets.ThresholdExplorer(segmenter, segmenter.image)
    levels = np.frombuffer(explorer.masks["levels"], "<f4")
    codes = np.frombuffer(zlib.decompress(explorer.masks["packed"]), np.uint8).reshape(100, *explorer.masks["grid"])
    assert _sent(explorer) <= 1_000_000
    sent = st.MaskOutput(segmenter.output.class_logits, torch.from_numpy(levels[codes])[None])
    expected = st.panoptic_inference(sent, (512, 512), segmenter.categories, **segmenter.thresholds)
    np.testing.assert_array_equal(explorer.result.segment_ids, expected.segment_ids)
    exact = st.panoptic_inference(segmenter.output, (512, 512), segmenter.categories, **segmenter.thresholds)
    assert (explorer.result.semantic() == exact.semantic()).mean() > 0.995
    assert explorer.pq == {}


def _sent(explorer) -> int:
    """Bytes of the picture, the truth and the masks."""
    parts = [explorer.picture, explorer.truth_ids, *explorer.masks.values()]
    return sum(len(part) for part in parts if isinstance(part, bytes))


def test_a_picture_of_noise_with_masks_of_noise_fits_into_a_megabyte_and_python_goes_on_with_what_was_sent():
    """Nothing of it can be packed: the masks are reduced until they find room beside the picture."""
    segmenter = ToySegmenter(size=384, queries=100)
    random = np.random.default_rng(0)
    segmenter.image = random.integers(0, 256, (384, 384, 3), dtype=np.uint8)
    noise = torch.from_numpy(random.normal(0, 40, (1, 100, 96, 96)).astype(np.float32))
    segmenter.output = MaskOutput(segmenter.output.class_logits, noise)
    explorer = st.widgets.ThresholdExplorer(segmenter, None, segmenter.truth)
    assert 700_000 < _sent(explorer) <= 1_000_000
    height, width = explorer.masks["grid"]
    assert 40 < height == width < 96
    codes = np.frombuffer(zlib.decompress(explorer.masks["packed"]), np.uint8).reshape(100, height, width)
    levels = np.frombuffer(explorer.masks["levels"], "<f4")
    np.testing.assert_array_equal(explorer._output.mask_logits[0].numpy(), levels[codes])


def test_nothing_kept_and_nothing_there():
    """All queries say "no object", and the truth is void: every quality is undefined, none is a NaN in JSON."""

    class Silent(ToySegmenter):
        def __init__(self):
            super().__init__()
            logits = torch.zeros(1, 3, len(self.categories) + 1)
            logits[..., -1] = 9
            self.output = MaskOutput(logits, torch.zeros(1, 3, 8, 8))

    segmenter = Silent()
    empty = Segmentation.from_ids(np.zeros((128, 128), np.int32), {}, segmenter.categories)
    explorer = st.widgets.ThresholdExplorer(segmenter, segmenter.image, empty, score_threshold=0)
    assert explorer.segments == []
    assert explorer.pq["all"] == {"pq": None, "sq": None, "rq": None, "tp": 0, "fp": 0, "fn": 0}


def test_its_name_is_the_same_in_every_run(explorer):
    expected = "ThresholdExplorer(128 x 128 pixels, 24 queries, score > 0.75, mask >= 0.5, overlap >= 0.8)"
    assert repr(explorer) == expected


def test_a_page_without_widgets_shows_a_still_with_a_text(explorer):
    data, metadata = explorer._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert data["text/plain"] == repr(explorer)
    still = Image.open(io.BytesIO(data["image/png"]))
    assert still.size == (384, 384)
    assert len(data["image/png"]) < 100_000
    assert metadata["image/png"]["alt"] == explorer.alternative()
    assert "void" in explorer.alternative()


def test_figure_is_a_still_of_the_same_content(explorer):
    from matplotlib.figure import Figure

    assert isinstance(explorer.figure(), Figure)
    assert explorer.still().shape == (128, 128, 3)
    assert not np.array_equal(explorer.still(), explorer._image)


class _PerPixel(ToySegmenter):
    family = "per-pixel"

    def __init__(self):
        super().__init__()
        self.output = PerPixelOutput(torch.zeros(1, len(self.categories), 32, 32))


def _mistakes(segmenter) -> dict:
    other = Categories([Category(1, "cat", True)])
    small = Segmentation.from_ids(np.ones((9, 9), np.int32), {1: segmenter.categories[0].id}, segmenter.categories)
    foreign = Segmentation.from_ids(np.ones((128, 128), np.int32), {1: 1}, other)
    return {
        "the name of a model": (("mask2former-toytown",), {}, "st.load("),
        "a per-pixel model": ((_PerPixel(),), {}, "mask2former-toytown"),
        "a truth of another size": ((segmenter, None, small), {}, "(9, 9)"),
        "a truth of other categories": ((segmenter, None, foreign), {}, "a list of 1 "),
        "per cent": ((segmenter,), {"score_threshold": 80}, "got 80"),
        "a negative threshold": ((segmenter,), {"mask_threshold": -0.1}, "got -0.1"),
    }


MISTAKES = [
    "the name of a model",
    "a per-pixel model",
    "a truth of another size",
    "a truth of other categories",
    "per cent",
    "a negative threshold",
]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_sentence(segmenter, name):
    arguments, settings, said = _mistakes(segmenter)[name]
    with pytest.raises(UserError) as caught:
        st.widgets.ThresholdExplorer(*arguments, **settings)
    text = str(caught.value)
    assert said in text
    assert "\n" not in text


def test_a_report_about_older_thresholds_does_not_override_a_cells(explorer):
    """The browser's slider rests, a cell sets a threshold, and only then its report arrives."""
    report = {"segments": [{"id": 1}], "pq": {}, "stamps": {**explorer.stamps, "segments": 0, "pq": 0}}
    report["stamps"] |= {name: explorer.turns[name] for name in ("segments", "pq")}
    explorer.score_threshold = 0.31 if explorer.score_threshold != 0.31 else 0.32
    expected, quality = explorer.segments, explorer.pq
    explorer.set_state(report)
    assert (explorer.segments, explorer.pq) == (expected, quality)
    assert [one["id"] for one in explorer.segments] == [segment.id for segment in explorer.result.segments]
    # who has heard of the word is taken; who has not, beside a threshold that the page has moved, is counted anew
    fresh = {name: explorer.turns[name] for name in ("segments", "pq")}
    explorer.set_state({"segments": [{"id": 1}], "stamps": {**explorer.stamps, **fresh}})
    assert explorer.segments == [{"id": 1}]
    explorer.overlap_threshold = 0.5
    explorer.set_state({"mask_threshold": 0.9, "stamps": {**explorer.stamps, "mask_threshold": 0}})
    explorer.set_state(report)
    assert [one["area"] for one in explorer.segments] == [segment.area for segment in explorer.result.segments]

"""BoxExplorer without a browser: what Python sends and answers, and its JavaScript against the package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from test_javascript import _node

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.models import small
from segtutor.models.zoo import CHECKPOINTS
from segtutor.reference.boxes.nms import nms_by_class
from segtutor.reference.toytown.mask_rcnn import ToyTownMaskRCNN
from segtutor.training.recipes.boxes import things

pytest.importorskip("anywidget")
torch.set_num_threads(1)
NMS = Path(st.__file__).parent / "widgets" / "boxes" / "nms.js"


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory):
    """A network that nobody trained: it finds something everywhere."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("untrained")
    processor = json.loads((CHECKPOINTS / "mask2former-toytown" / "preprocessor_config.json").read_text())
    small.write(ToyTownMaskRCNN(8), folder, {"categories": things().to_coco()}, processor)
    return st.load(folder).set_image(toytown.scene(3).render()[0])


@pytest.fixture
def explorer(segmenter):
    return st.widgets.BoxExplorer(segmenter, score_threshold=0.05)


def test_what_is_found_is_what_the_segmenter_finds(explorer, segmenter):
    for threshold in (0.0, 0.3, 0.5, 1.0):
        explorer.nms_threshold = threshold
        found = segmenter.detect(score_threshold=0.05, nms_threshold=threshold, top_k=300)
        assert [one["score"] for one in explorer.kept] == [round(float(score), 4) for score in found.scores]
        names = [segmenter.categories[int(label)].name for label in found.labels]
        assert [one["name"] for one in explorer.kept] == names
    explorer.score_threshold = 1.0
    assert explorer.kept == []


def test_proposals_are_suppressed_among_themselves(explorer):
    explorer.view, explorer.score_threshold = "proposals", 0.0
    counts = []
    for threshold in (1.0, 0.7, 0.2):
        explorer.nms_threshold = threshold
        counts.append(len(explorer.kept))
    assert counts[0] == 300
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < counts[0]


def test_the_anchors_of_a_cell(explorer, segmenter):
    explorer.view = "anchors"
    assert len(explorer.kept) == 30
    explorer.point = [66, 50]
    assert len(explorer.kept) == 9
    for one in explorer.kept:
        x0, y0, x1, y1 = one["box"]
        assert abs((x0 + x1) / 2 - 66) <= 8
        assert abs((y0 + y1) / 2 - 50) <= 8
    boxes = [one["box"] for one in explorer.kept]
    assert all(min(np.abs(segmenter.anchors() - box).max(1)) < 0.01 for box in boxes)
    explorer.point = None
    assert len(explorer.kept) == 30


@pytest.mark.parametrize("point", [[3], [1, 2, 3], [-1, 5], [5, 999], [float("nan"), 5]])
def test_a_point_outside_of_the_picture_is_refused(explorer, point):
    with pytest.raises(UserError):
        explorer.point = point
    assert explorer.point is None


@pytest.mark.parametrize("change", [{"view": "all"}, {"nms_threshold": 2}, {"score_threshold": "high"}])
def test_a_wrong_value_is_refused(explorer, change):
    ((name, value),) = change.items()
    with pytest.raises(UserError):
        setattr(explorer, name, value)


def test_other_families_are_refused():
    with pytest.raises(UserError):
        st.widgets.BoxExplorer(st.load("mask2former-toytown"))
    with pytest.raises(UserError):
        st.widgets.BoxExplorer(None)


def test_what_a_reader_without_a_browser_gets(explorer):
    assert explorer.still().shape == (128, 128, 3)
    assert "boxes over the picture" in explorer.alternative()
    assert explorer.figure().description.startswith("found: ")
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.alternative()
    assert "BoxExplorer(128 x 128 pixels, found" in repr(explorer)


def test_a_large_picture_is_shown_reduced(segmenter):
    image, _ = toytown.scene(3, 256).render()
    explorer = st.widgets.BoxExplorer(segmenter, image, longest_side=128, view="anchors")
    assert explorer.size == [128, 128]
    explorer.point = [64, 64]
    widths = sorted({round(one["box"][2] - one["box"][0], 1) for one in explorer.kept})
    assert widths[0] == pytest.approx(16 / 2**0.5, abs=0.1)
    segmenter.set_image(toytown.scene(3).render()[0])


PROGRAM = """
import { readFileSync } from "node:fs";
import { anchorsAt, suppressed } from "NMS";
const { cases, levels, ratios, points } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({
  kept: cases.map(({ boxes, scores, labels, threshold, least }) =>
    suppressed(Float32Array.from(boxes.flat()), Float32Array.from(scores), labels, threshold, least)),
  anchors: points.map((point) => anchorsAt(levels, ratios, point)),
}));
"""


def test_the_browser_suppresses_as_the_package_does(explorer, tmp_path):
    random = np.random.default_rng(0)
    cases = []
    for count in (0, 1, 5, 30, 80):
        first = random.uniform(0, 40, (count, 2)).astype(np.float32)
        boxes = np.concatenate([first, first + random.uniform(0, 25, (count, 2)).astype(np.float32)], 1)
        scores, labels = random.random(count).astype(np.float32), random.integers(0, 3, count)
        cases += [
            {
                "boxes": boxes.tolist(),
                "scores": scores.tolist(),
                "labels": labels.tolist(),
                "threshold": t,
                "least": 0.2,
            }
            for t in (0.0, 0.25, 0.5, 1.0)
        ]
    points = [[0, 0], [66, 50], [127.9, 3], [128, 128]]
    given = {"cases": cases, "levels": explorer.levels, "ratios": explorer.ratios, "points": points}
    program = tmp_path / "program.mjs"
    program.write_text(PROGRAM.replace("NMS", NMS.as_uri()), encoding="utf-8")
    run = subprocess.run([_node(), str(program)], input=json.dumps(given), capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    for case, kept in zip(cases, answer["kept"], strict=True):
        scores = np.array(case["scores"], np.float32)
        likely = np.flatnonzero(scores > 0.2)
        parts = (torch.tensor(np.array(case[k])[likely]) for k in ("boxes", "scores", "labels"))
        boxes, values, labels = parts
        kept_here = nms_by_class(boxes.reshape(-1, 4).float(), values.float(), labels.long(), case["threshold"])
        expected = likely[kept_here.numpy()]
        assert kept == expected.tolist()
    explorer.view = "anchors"
    for point, found in zip(points, answer["anchors"], strict=True):
        explorer.point = point
        ours = [one["box"] for one in explorer.kept]
        assert np.allclose([one["box"] for one in found], ours, atol=0.01)
        scores = [float(explorer._objectness[one["anchor"]]) for one in found]
        assert scores == pytest.approx([one["score"] for one in explorer.kept], abs=1e-4)

"""`BoxSegmenter`: Mask R-CNN behind set_image and predict, what it refuses, its folder, its recipe."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.metrics.ap import mask_ap
from segtutor.models import small
from segtutor.models.boxes import BoxSegmenter
from segtutor.models.zoo import CHECKPOINTS
from segtutor.reference.toytown.mask_rcnn import ToyTownMaskRCNN
from segtutor.training.evaluate import evaluate
from segtutor.training.recipes.boxes import ThingRows, things
from segtutor.training.recipes.toytown import Scenes

torch.set_num_threads(1)
PROCESSOR = json.loads((CHECKPOINTS / "mask2former-toytown" / "preprocessor_config.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network that nobody trained, as a folder."""
    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("untrained")
    card = {"categories": things().to_coco(), "thresholds": {"score_threshold": 0.1, "nms_threshold": 0.6}}
    return small.write(ToyTownMaskRCNN(8), made, card, PROCESSOR)


@pytest.fixture(scope="module")
def segmenter(folder):
    return st.load(folder).set_image(toytown.scene(3).render()[0])


def test_it_is_loaded_by_its_folder(segmenter):
    assert isinstance(segmenter, BoxSegmenter)
    assert (segmenter.family, segmenter.engine) == ("boxes", "reference")
    assert list(segmenter.categories.names) == ["house", "tree", "car", "boat", "person", "cat", "ball", "remote"]
    assert segmenter.thresholds == {"score_threshold": 0.1, "nms_threshold": 0.6}


def test_predict_means_instances(segmenter):
    found = segmenter.predict(score_threshold=0)
    assert isinstance(found, st.Instances)
    assert found.masks.shape[1:] == (128, 128)
    assert (np.diff(found.scores) <= 0).all()
    assert found.masks.any((1, 2)).all()
    assert found == segmenter.segment(segmenter.image, score_threshold=0)
    assert len(segmenter.predict(score_threshold=0, top_k=2)) <= 2
    assert len(segmenter.predict(score_threshold=1)) == 0


def test_masks_lie_in_their_boxes(segmenter):
    found = segmenter.detect(score_threshold=0)
    for (x0, y0, x1, y1), mask in zip(found.boxes, found.masks, strict=True):
        rows, columns = np.nonzero(mask)
        if len(rows):
            assert columns.min() + 0.5 >= x0
            assert columns.max() + 0.5 <= x1
            assert rows.min() + 0.5 >= y0
            assert rows.max() + 0.5 <= y1


def test_a_lower_nms_threshold_keeps_fewer_boxes(segmenter):
    counts = [len(segmenter.detect(score_threshold=0, nms_threshold=t).boxes) for t in (0.0, 0.5, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_look_inside(segmenter):
    anchors, objectness = segmenter.anchors(), segmenter.objectness()
    assert anchors.shape == (4032, 4)
    assert objectness.shape == (4032,)
    boxes, scores = segmenter.proposals(most=7)
    assert boxes.shape == (7, 4)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert segmenter.stage.size == (128, 128)


def test_coordinates_are_those_of_the_picture(folder):
    """A picture of another size is resized for the network; boxes and masks come back at its own."""
    image, _ = toytown.scene(3, 256).render()
    segmenter = st.load(folder).set_image(image[:200])
    anchors, found = segmenter.anchors(), segmenter.detect(score_threshold=0)
    height = 200 / segmenter.stage.size[0]
    assert anchors[0, 3] - anchors[0, 1] == pytest.approx(16 * 0.5**0.5 * height, rel=0.2)
    assert found.masks.shape[1:] == (200, 256)
    assert found.boxes[:, 2].max() <= 256
    assert found.boxes[:, 3].max() <= 200
    given = np.array([[50, 40, 150, 160]], np.float32)
    looked = segmenter.detect(score_threshold=0, boxes=given)
    assert looked.proposals == pytest.approx(given, abs=1e-3)


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.output,
        lambda s: s.predict("panoptic"),
        lambda s: s.predict(task="semantic"),
        lambda s: s.predict(None),
        lambda s: s.segment(s.image, task="panoptic"),
        lambda s: s.set_image(s.image, task="things"),
        lambda s: s.predict(score_threshold=50),
        lambda s: s.predict(nms_threshold="0.5"),
        lambda s: s.predict(nms_threshold=float("nan")),
        lambda s: s.predict(top_k=0),
        lambda s: s.predict(top_k=2.5),
        lambda s: s.predict(top_k=True),
        lambda s: s.detect(boxes=[[5, 5, 2, 9]]),
        lambda s: s.detect(boxes="everywhere"),
        lambda s: s.detect(boxes=[[0, 0, np.inf, 9]]),
        lambda s: s.detect(boxes=[1, 2, 3]),
        lambda s: s.set_image("no-such-picture.png"),
        lambda s: evaluate(s, size=1, multi_scale=True),
        lambda s: st.multi_scale_inference(s, s.image),
        lambda s: st.training.with_classes(s, ["apple"]),
        lambda s: st.widgets.ThresholdExplorer(s),
        lambda s: st.fit(s.model, Scenes(range(1)), steps=1, batch_size=1),
    ],
)
def test_what_is_refused_in_one_sentence(segmenter, ask):
    with pytest.raises(UserError) as caught:
        ask(segmenter)
    assert "\n" not in str(caught.value)


def test_before_a_picture_is_set(folder):
    segmenter = st.load(folder)
    for ask in (lambda: segmenter.image, lambda: segmenter.predict(), lambda: segmenter.proposals()):
        with pytest.raises(UserError):
            ask()
    with pytest.raises(UserError):
        st.load(folder, engine="transformers")
    pytest.importorskip("onnxscript")
    with pytest.raises(UserError):
        st.models.export_onnx(folder, folder / "boxes.onnx")


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"categories": things().to_coco()[:3]},
        {"categories": things().to_coco(), "thresholds": {"overlap_threshold": 0.5}},
        {"categories": things().to_coco(), "thresholds": {"nms_threshold": 7}},
        {"categories": things().to_coco(), "thresholds": [0.5]},
    ],
)
def test_a_card_that_does_not_fit(tmp_path, card):
    small.write(ToyTownMaskRCNN(8), tmp_path, card, PROCESSOR)
    with pytest.raises(UserError):
        st.load(tmp_path)


def test_it_is_measured_by_mask_ap(segmenter):
    found = evaluate(segmenter, size=3)
    assert {"ap", "ap50", "ap75", "ap_house", "ap_remote"} <= set(found)
    pairs = []
    for seed in range(3):
        image, truth = toytown.scene(seed).render()
        pairs.append((segmenter.segment(image), truth))
    assert found["ap"] == round(100 * mask_ap(pairs, toytown.categories).ap, 2)


def test_rows_of_things_alone():
    rows = ThingRows(Scenes(range(5)))
    assert len(rows) == 5
    row = rows[3]
    truth = row["segmentation"]
    kept = [segment for segment in truth.segments if truth.categories.by_id(segment.category_id).isthing]
    assert row["instances"].masks.sum() == sum(segment.area for segment in kept)
    names = [truth.categories.by_id(segment.category_id).name for segment in kept]
    assert [things()[int(label)].name for label in row["instances"].labels] == names


def test_the_loop_trains_it_and_goes_on_where_it_stopped(tmp_path):
    """Four steps in one go and in two: equal weights, and a frozen backbone."""
    rows = ThingRows(Scenes(range(4)))

    def trained(out, *budgets):
        torch.manual_seed(0)
        model = ToyTownMaskRCNN(8, 8)
        before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
        for steps in budgets:
            fitted = st.fit(
                model, rows, steps=steps, batch_size=2, freeze="backbone", schedule="constant", out=out, resume=True
            )
        assert all(torch.equal(value, before[name]) for name, value in model.backbone.state_dict().items())
        return model, fitted

    whole, fitted = trained(tmp_path / "whole", 4)
    parts, _ = trained(tmp_path / "parts", 2, 4)
    lower = ToyTownMaskRCNN(8, 8)
    assert st.fit(lower, rows, steps=1, batch_size=2, freeze="backbone", precision="bf16").steps == 1
    assert set(fitted.events[-1]["terms"]) == {"objectness", "anchor_box", "class", "box", "mask"}
    for name, value in whole.state_dict().items():
        assert torch.equal(value, parts.state_dict()[name]), name


def test_a_truth_with_classes_that_it_does_not_know(tmp_path):
    with pytest.raises(UserError):
        st.fit(ToyTownMaskRCNN(8, 8), Scenes(range(2)), steps=1, batch_size=2)


def test_the_command_segments_by_it(folder, tmp_path):
    from segtutor.commands.segment import segment

    image, _ = toytown.scene(3).render()
    from PIL import Image

    Image.fromarray(image).save(tmp_path / "in.png")
    found = segment(str(tmp_path / "in.png"), model=str(folder), task=None, out=tmp_path / "out.png")
    assert found["task"] == "instance"
    assert (tmp_path / "out.png").exists()
    with pytest.raises(UserError):
        segment(str(tmp_path / "in.png"), model=str(folder), task="panoptic", out=None)

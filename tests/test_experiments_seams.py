"""Seams between touching things: labels by hand, regions that become things again, an arm of that kind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import segtutor as st
from segtutor.experiments.arms import Arm, build, scenes
from segtutor.experiments.claims.touching import components
from segtutor.experiments.measure import touching_things
from segtutor.experiments.seams import drawn_seams, seam_inference, seam_labels, with_seam, without_seam
from segtutor.outputs import PerPixelOutput

CATEGORIES = st.Categories.from_coco(
    [
        {"id": 1, "name": "grass", "isthing": 0},
        {"id": 2, "name": "cat", "isthing": 1},
        {"id": 5, "name": "car", "isthing": 1},
    ]
)


@pytest.fixture
def two_cats():
    """Two cats side by side on grass, and a car that touches the right one: 6 x 12 pixels."""
    ids = np.ones((6, 12), np.int32)
    ids[1:5, 1:5], ids[1:5, 5:9], ids[1:5, 9:11] = 2, 3, 4
    return st.Segmentation.from_ids(ids, {1: 1, 2: 2, 3: 2, 4: 5}, CATEGORIES)


def test_a_seam_lies_on_both_sides_of_a_border_within_one_class(two_cats):
    labels = seam_labels(two_cats, radius=1)
    assert (labels[1:5, 4:6] == 3).all()
    assert (labels == 3).sum() == 8, "nothing between a cat and a car, nothing beside grass"
    wider = seam_labels(two_cats, radius=2)
    assert (wider[1:5, 3:7] == 3).all()


def test_regions_with_seams_are_the_things_again(two_cats):
    labels = torch.from_numpy(seam_labels(two_cats, radius=1)).long()
    logits = 20.0 * torch.nn.functional.one_hot(labels, 4).movedim(-1, 0)[None].float()
    result = seam_inference(PerPixelOutput(logits), labels.shape, CATEGORIES, radius=1)
    assert st.metrics.panoptic_quality([(result, two_cats)], CATEGORIES).all.pq == 1.0
    assert without_seam(PerPixelOutput(logits)).logits.shape[1] == 3


def test_a_seam_far_from_any_thing_goes_to_stuff():
    labels = torch.zeros(4, 4, dtype=torch.long)
    labels[0, 0] = 3
    logits = 20.0 * torch.nn.functional.one_hot(labels, 4).movedim(-1, 0)[None].float()
    logits[0, 0, 0, 0] = 10.0
    result = seam_inference(PerPixelOutput(logits), (4, 4), CATEGORIES)
    assert (result.segment_ids == result.segment_ids[3, 3]).all()
    assert len(result.segments) == 1


def test_a_drawn_line_gives_a_true_class_map_its_things_back():
    truths = [scene.render()[1] for scene in st.toytown.scenes("validation", 12)]
    touching = [truth for truth in truths if any(touching_things(truth).values())]
    assert len(touching) > 4
    plain = st.metrics.panoptic_quality([(components(truth), truth) for truth in touching], st.toytown.categories)
    drawn = st.metrics.panoptic_quality([(drawn_seams(truth), truth) for truth in touching], st.toytown.categories)
    assert drawn.things.pq > plain.things.pq + 0.15


def test_the_arm_learns_one_class_more(tmp_path):
    arm = Arm("pixel", seams=True)
    assert arm.name == "pixel,seams=yes"
    assert build(arm, 0).classifier.out_channels == 16
    rows = scenes(arm, 0, tmp_path, most=2)
    names = rows[0]["segmentation"].categories.names
    assert names == with_seam(st.toytown.categories).names
    assert names[-1] == "seam"

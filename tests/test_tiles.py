"""Large pictures in tiles: every pixel painted once, what a seam cuts joined, what only touches it kept apart."""

import numpy as np
import pytest

import segtutor as st
from segtutor.errors import UserError
from segtutor.inference.tiles import instances_in_tiles, segmentation_in_tiles, windows
from segtutor.segments import Categories, Instances, Segmentation

NAMES = Categories.from_coco([{"id": 1, "name": "ball", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}])


@pytest.mark.parametrize("size", [(64, 64), (65, 200), (300, 130), (20, 500), (128, 129)])
@pytest.mark.parametrize("overlap", [0, 0.1, 0.25, 0.5])
def test_windows_paint_each_pixel_once_and_stay_in_the_picture(size, overlap):
    painted = np.zeros(size, int)
    for rows, columns, down, across in windows(size, 64, overlap):
        assert 0 <= rows.start <= down.start < down.stop <= rows.stop <= size[0]
        assert 0 <= columns.start <= across.start < across.stop <= columns.stop <= size[1]
        assert rows.stop - rows.start == min(64, size[0])
        painted[down, across] += 1
    assert (painted == 1).all()


def world():
    """A picture whose red says which ball a pixel is of (0: grass), and its truth; balls cross seams and touch."""
    ids = np.zeros((150, 210), np.int32)
    for number, (top, left, height, width) in enumerate(
        [(5, 5, 20, 20), (30, 40, 60, 60), (10, 100, 12, 90), (60, 130, 30, 30), (60, 160, 30, 30), (100, 5, 45, 200)],
        1,
    ):
        ids[top : top + height, left : left + width] = number
    picture = np.zeros((*ids.shape, 3), np.uint8)
    picture[..., 0] = ids
    return picture, ids


def answer(part):
    """A perfect network: a segment for each ball that it sees, and grass; scores say how much it saw."""
    numbers = part[..., 0].astype(np.int32)
    category_of = {int(n) if n else 99: 1 if n else 2 for n in np.unique(numbers)}
    scores = {i: min(1.0, float((numbers == i % 99).sum()) / 4000) for i in category_of}
    return Segmentation.from_ids(np.where(numbers == 0, 99, numbers), category_of, NAMES, scores)


@pytest.mark.parametrize(("tile", "overlap"), [(64, 0.25), (64, 0.5), (100, 0.3), (1000, 0.25)])
def test_what_seams_cut_is_joined(tile, overlap):
    picture, ids = world()
    found = segmentation_in_tiles(picture, answer, tile=tile, overlap=overlap)
    assert len(found.segments) == 7
    assert sum(s.area for s in found.segments) == ids.size
    for number in range(7):
        mask = ids == number
        (segment_id,) = np.unique(found.segment_ids[mask]).tolist()
        assert found.segment(segment_id).area == mask.sum()
        assert found.segment(segment_id).category_id == (1 if number else 2)


def test_instances_are_joined_too():
    picture, ids = world()

    def as_instances(part):
        truth = answer(part)
        things = [s for s in truth.segments if s.category_id == 1]
        masks = [truth.segment_ids == s.id for s in things] or np.zeros((0, *part.shape[:2]))
        return Instances(np.array(masks), np.zeros(len(things), int), np.array([s.score for s in things]), NAMES)

    found = instances_in_tiles(picture, as_instances, tile=64, overlap=0.25)
    assert {mask.tobytes() for mask in found.masks} == {(ids == n).tobytes() for n in range(1, 7)}
    assert (np.diff(found.scores) <= 0).all()


def test_neighbours_that_only_touch_a_seam_stay_apart():
    """Two balls side by side, the seam between them: each tile sees both, and they share no pixel."""
    picture = np.zeros((64, 112, 3), np.uint8)
    picture[10:50, 30:56, 0], picture[10:50, 56:90, 0] = 1, 2
    found = segmentation_in_tiles(picture, answer, tile=64, overlap=0.25)
    assert sorted(s.area for s in found.segments if s.category_id == 1) == [40 * 26, 40 * 34]


def test_answers_that_contradict_are_not_joined():
    """One tile calls the ball a ball, the other calls its half grass: nothing is shared, nothing is lost."""
    picture = np.zeros((64, 112, 3), np.uint8)
    picture[10:50, 30:90, 0] = 1
    calls = []

    def moody(part):
        calls.append(part.shape)
        if len(calls) == 1:
            return answer(part)
        return Segmentation.from_ids(np.ones(part.shape[:2], int), {1: 2}, NAMES)

    found = segmentation_in_tiles(picture, moody, tile=64, overlap=0.25)
    assert sum(s.area for s in found.segments) == 64 * 112
    assert len(found.segments) == 2


@pytest.mark.parametrize("task", ["panoptic", "semantic", "instance"])
def test_a_model_in_tiles(task):
    segmenter = st.load("mask2former-toytown")
    picture = np.concatenate([st.toytown.scene(seed).render()[0] for seed in (3, 5)], axis=1)
    options = {"score_threshold": 0.5} if task == "instance" else {}
    one_tile = segmenter.segment(picture[:, :128], task, **options)
    same = segmenter.segment(picture[:, :128], task, tile=128, **options)
    if task == "instance":
        np.testing.assert_array_equal(same.masks, one_tile.masks)
    else:
        np.testing.assert_array_equal(same.semantic(), one_tile.semantic())
        assert len(same.segments) == len(one_tile.segments)
    wide = segmenter.segment(picture, task, tile=128, **options)
    shape = wide.masks.shape[1:] if task == "instance" else wide.segment_ids.shape
    assert shape == picture.shape[:2]
    if task == "semantic":
        ids = [s.category_id for s in wide.segments]
        assert len(ids) == len(set(ids))


def test_scores_below_are_left_out_before_masks_are_made_as_afterwards():
    segmenter = st.load("mask2former-toytown").set_image(st.toytown.scene(3).render()[0])
    every, some = segmenter.predict("instance"), segmenter.predict("instance", score_threshold=0.3)
    assert 0 < len(some) < len(every)
    assert some == every[every.scores >= 0.3]


@pytest.mark.parametrize(("tile", "overlap"), [(8, 0.25), (64.0, 0.25), (True, 0.25), (64, 0.9), (64, -0.1), (64, "x")])
def test_impossible_tiles_are_sentences(tile, overlap):
    with pytest.raises(UserError):
        list(windows((100, 100), tile, overlap))

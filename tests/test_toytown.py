"""ToyTown: same seed same bytes, exact truth under occlusion, edits that do what they say, splits that never meet."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.metrics import panoptic_quality
from segtutor.segments import Segmentation

SCENES = [toytown.scene(seed) for seed in range(150)]
RENDERED = [scene.render() for scene in SCENES]


def test_the_same_seed_gives_the_same_bytes_on_every_machine():
    """A checkpoint's figures mean nothing if its validation scenes change: then change this hash and train again."""
    digest = hashlib.sha256()
    for seed in [*range(120), 1_000_000, 1_000_001]:
        for array in toytown.scene(seed).draw():
            digest.update(array.tobytes())
    for size in (64, 192, 512):
        for array in toytown.scene(7, size).draw():
            digest.update(array.tobytes())
    assert digest.hexdigest() == "554690d87f251580b108cf6d43d1b6939ace314f8743628dc6ff74f1bfc1bb0d"


def test_the_vocabulary_has_seven_stuff_and_eight_thing_classes():
    things = [category.isthing for category in toytown.categories]
    assert (len(things) - sum(things), sum(things)) == (7, 8)
    assert len(toytown.fine_categories()) == 7 + 8 * 6 * 2 >= 80
    assert len(toytown.fine_categories(colour=("house", "car", "boat", "person", "ball"), pattern=())) == 40
    assert len(toytown.fine_categories(colour=(), pattern=())) == 15


@pytest.mark.parametrize("size", [64, 100, 128, 192, 512])
def test_a_scene_is_the_same_composition_at_every_size(size):
    image, truth = toytown.scene(11, size).render()
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    assert truth.segment_ids.shape == (size, size)
    small = toytown.scene(11).render()[1]
    ids = {segment.id for segment in small.segments}
    assert {segment.id for segment in truth.segments} == ids
    for segment in truth.segments:
        assert segment.area / size**2 == pytest.approx(small.segment(segment.id).area / 128**2, abs=0.02)


def test_things_show_at_least_0_6_percent_of_the_picture():
    areas = [s.area for _, truth in RENDERED for s in truth.segments if s.id >= toytown.FIRST_THING]
    assert min(areas) >= 0.006 * 128**2
    assert len(areas) == sum(len(scene.things) for scene in SCENES), "a thing of a new scene has no visible pixel"


def test_about_seven_of_ten_things_touch_one_of_their_own_kind():
    touching = total = 0
    for scene, (_, truth) in zip(SCENES, RENDERED, strict=True):
        for i, thing in enumerate(scene.things):
            near = ndimage.binary_dilation(truth.segment_ids == scene.segment_id(i), np.ones((3, 3)))
            others = {scene.segment_id(j) for j in scene.find(thing.kind)} - {scene.segment_id(i)}
            touching += bool(others & set(np.unique(truth.segment_ids[near]).tolist()))
            total += 1
    assert 0.65 < touching / total < 0.80


def test_a_perfect_class_map_with_connected_components_stays_below_pq_75():
    """What the regions of a perfect class map reach, and the reason why ToyTown is worth learning on."""
    pairs = [(_components(truth), truth) for _, truth in RENDERED]
    quality = panoptic_quality(pairs, toytown.categories)
    assert quality.stuff.pq == 1
    assert 0.60 < quality.all.pq < 0.75


def _components(truth: Segmentation) -> Segmentation:
    """What is left of a truth when only the class of each pixel is known."""
    classes, ids, names = truth.semantic(), np.zeros(truth.segment_ids.shape, np.int32), {}
    for position in np.unique(classes[classes >= 0]):
        category = truth.categories[int(position)]
        pieces, count = ndimage.label(classes == position) if category.isthing else ((classes == position) * 1, 1)
        for piece in range(1, count + 1):
            names[len(names) + 1] = category.id
            ids[pieces == piece] = len(names)
    return Segmentation.from_ids(ids, names, truth.categories)


def test_occlusion_is_exact_what_is_in_front_owns_the_pixel():
    scene = toytown.scene(3)
    scene = scene.add("ball", 0.5, 0.9, 0.3, "blue").add("ball", 0.6, 0.9, 0.3, "red")
    back, front = len(scene.things) - 2, len(scene.things) - 1
    ids = scene.draw()[1]
    alone = scene.remove(back).draw()[1] == scene.segment_id(front) - 1  # ids behind a removed thing move up by one
    assert np.array_equal(ids == scene.segment_id(front), alone), "the ball in front keeps its whole disc"
    swapped = scene.reorder(front, back)
    assert (swapped.draw()[1] == swapped.segment_id(front)).sum() > (ids == scene.segment_id(back)).sum()


def test_moving_a_thing_moves_its_pixels_and_leaves_the_old_scene_alone():
    scene = toytown.scene(3).add("ball", 0.4, 0.9, 0.2)
    last = len(scene.things) - 1
    before = scene.draw()[1]
    moved = scene.move(last, 0.25, 0)
    columns = [np.nonzero(ids == scene.segment_id(last))[1].mean() for ids in (before, moved.draw()[1])]
    assert columns[1] - columns[0] == pytest.approx(0.25 * 128, abs=1)
    assert np.array_equal(scene.draw()[1], before)


def test_recolouring_changes_colours_but_no_id():
    for scene in SCENES[:20]:
        for i, thing in enumerate(scene.things[:2]):
            colour = "blue" if thing.colour != "blue" else "red"
            image, ids = scene.draw()
            other_image, other_ids = scene.recolour(i, colour).draw()
            assert not np.array_equal(image, other_image)
            assert np.array_equal(ids, other_ids)
            # A pattern may stick out a little: fruit at the edge of a conifer.
            patterned = scene.recolour(i, thing.colour, "patterned" if thing.pattern == "plain" else "plain").draw()[1]
            assert (patterned != ids).sum() <= 0.06 * (ids == scene.segment_id(i)).sum()


def test_things_can_be_named_by_position_or_as_objects():
    scene = toytown.scene(3)
    kinds = [thing.kind for thing in scene.things]
    assert scene.find(kinds[0]) == [i for i, kind in enumerate(kinds) if kind == kinds[0]]
    assert scene.remove(scene.things[0]) == scene.remove(0)
    ids = [scene.segment_id(thing) for thing in scene.things]
    assert [scene.remove(0).segment_id(thing) for thing in scene.things[1:]] == ids[:-1], "ids follow positions"
    assert scene.resize(0, 1.5).things[0].height == pytest.approx(1.5 * scene.things[0].height)
    assert scene.resized(256).draw()[0].shape == (256, 256, 3)


BAD = {
    "negative seed": lambda: toytown.scene(-1),
    "seed that is no integer": lambda: toytown.scene(1.5),
    "size too small": lambda: toytown.scene(1, 63),
    "size too large": lambda: toytown.scene(1, 513),
    "unknown kind": lambda: toytown.scene(1).add("dragon", 0.5, 0.5),
    "unknown colour": lambda: toytown.scene(1).recolour(0, "mauve"),
    "unknown pattern": lambda: toytown.scene(1).recolour(0, "red", "tartan"),
    "pixels instead of shares": lambda: toytown.scene(1).move(0, 20, 0),
    "not a number": lambda: toytown.scene(1).move(0, float("nan"), 0),
    "thing that is not there": lambda: toytown.scene(1).remove(99),
    "thing of a scene without things": lambda: replace(toytown.scene(1), things=()).remove(0),
    "order out of range": lambda: toytown.scene(1).reorder(0, 99),
    "unknown split": lambda: toytown.dataset("validate"),
    "no scenes": lambda: toytown.dataset("validation", 0),
    "more than the split": lambda: toytown.dataset("validation", 100_001),
    "unknown kind to split": lambda: toytown.fine_categories(colour=("dragon",)),
}


@pytest.mark.parametrize("mistake", BAD.values(), ids=BAD)
def test_a_mistake_is_one_sentence(mistake):
    with pytest.raises(
        UserError,
    ) as caught:
        mistake()
    assert "\n" not in str(caught.value)
    assert "0 to -1" not in str(caught.value)


def test_the_seeds_of_the_splits_never_meet():
    ranges = sorted(toytown.SPLITS.values(), key=lambda seeds: seeds.start)
    assert all(a.stop <= b.start for a, b in zip(ranges, ranges[1:], strict=False))
    assert toytown.seeds("validation", 3) == range(0, 3)


def test_the_data_set_has_coco_s_panoptic_schema_and_the_scenes_of_its_seeds():
    data = toytown.dataset("validation", 4)
    assert data.column_names == ["image_id", "image", "panoptic", "segments_info"]
    for row, (image, truth) in zip(data, RENDERED[:4], strict=True):
        got_image, got_truth = toytown.as_pair(row)
        assert np.array_equal(got_image, image)
        assert got_truth == truth
        for info in row["segments_info"]:
            thing = info["id"] >= toytown.FIRST_THING
            assert (info["colour"] in toytown.COLOURS and info["pattern"] in toytown.PATTERNS) == thing


def test_fine_classes_keep_the_segments_and_split_their_names():
    fine = toytown.fine_categories()
    scene, (_, truth) = SCENES[0], RENDERED[0]
    split = scene.fine_segmentation(truth, fine)
    assert np.array_equal(split.segment_ids, truth.segment_ids)
    for segment in split.segments:
        coarse = truth.categories.by_id(truth.segment(segment.id).category_id).name
        assert fine.by_id(segment.category_id).name.split()[-1] == coarse
    rows = toytown.dataset("validation", 1, fine=fine)
    assert toytown.as_pair(rows[0], fine)[1] == split

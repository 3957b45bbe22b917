"""Augmentation moves picture and all masks together, whatever it does, and the same way for the same seed and row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.segments import Segmentation
from segtutor.training.rows.augment import Augment, flip_and_tint
from segtutor.training.rows.batches import batch, positions, row_at
from segtutor.training.rows.rows import cropped, flipped, padded, resized_to, with_ids
from segtutor.training.rows.targets import instance_targets, pixel_values, targets_of

CATEGORIES = [{"id": 3, "name": "box", "isthing": 1}, {"id": 9, "name": "ground", "isthing": 0}]


def drawn(height=24, width=30, seed=0):
    """A row whose colours say what the truth is: red = id, green = how many instances, blue = id again."""
    rng = np.random.default_rng(seed)
    ids = np.ones((height, width), np.int32)
    for number in (2, 3, 4):
        top, left = rng.integers(0, height - 6), rng.integers(0, width - 6)
        ids[top : top + 6, left : left + 6] = number
    present = [int(i) for i in np.unique(ids)]
    truth = Segmentation.from_ids(ids, {i: 9 if i == 1 else 3 for i in present}, CATEGORIES, iscrowd=present[-1:])
    masks = np.zeros((2, height, width), bool)
    masks[0, 3:12, 4:20], masks[1, 8:20, 10:28] = True, True  # they overlap
    instances = Instances(masks, np.array([0, 0]), np.ones(2), truth.categories, np.array([False, True]))
    image = np.stack([ids * 20, masks.sum(0) * 60, ids * 20], -1).astype(np.uint8)
    return {"image": image, "segmentation": truth, "instances": instances, "file": "a.png"}


def agrees(row, inside=None):
    """Whether truth and colours still say the same (where `inside`, an (H, W) bool map, holds)."""
    ids, image = row["segmentation"].segment_ids, row["image"]
    counts = row["instances"].masks.sum(0)
    same = (image[..., 0] == ids * 20) & (image[..., 1] == counts * 60)
    return bool(same[inside if inside is not None else slice(None)].all())


def equal(one, two):
    keys = one.keys() == two.keys()
    return keys and all(
        np.array_equal(one[k], two[k]) if isinstance(one[k], np.ndarray) else one[k] == two[k] for k in one
    )


def test_a_mirror_twice_is_the_row_itself():
    row = drawn()
    assert agrees(flipped(row))
    assert not equal(flipped(row), row)
    mirrored = flipped(row)["segmentation"]
    assert mirrored == with_ids(mirrored, mirrored.segment_ids), "areas and boxes as measured"
    assert equal(flipped(flipped(row)), row)


def test_a_crop_holds_the_ids_that_were_there():
    row = drawn()
    part = cropped(row, 5, 7, 10, 12)
    assert agrees(part)
    assert np.array_equal(part["segmentation"].segment_ids, row["segmentation"].segment_ids[5:15, 7:19])
    assert np.array_equal(part["instances"].masks, row["instances"].masks[:, 5:15, 7:19])
    assert part["instances"].iscrowd.tolist() == [False, True]
    assert [s.id for s in cropped(row, 0, 0, 2, 2)["segmentation"].segments] == [1]
    assert len(cropped(row, 0, 0, 2, 2)["instances"]) == 0, "what has no pixel left is gone"


def test_twice_as_large_and_every_second_pixel_is_the_row_itself():
    row = drawn()
    large = resized_to(row, 48, 60)
    assert np.array_equal(large["segmentation"].segment_ids[::2, 1::2], row["segmentation"].segment_ids)
    assert np.array_equal(large["instances"].masks[:, 1::2, ::2], row["instances"].masks)
    assert large["image"].shape == (48, 60, 3)


def test_padding_is_void_for_segments_and_for_instances():
    row = padded(drawn(), 32, 40)
    assert row["image"].shape == (32, 40, 3)
    outside = np.ones((32, 40), bool)
    outside[:24, :30] = False
    assert not row["segmentation"].segment_ids[outside].any()
    targets = targets_of(row)
    assert len(targets) == 1, "the crowd is none"
    assert not targets.valid.numpy()[outside].any()
    assert targets.valid[:3].numpy()[:, :30].all(), "no object is not void"
    assert equal(cropped({k: v for k, v in row.items() if k != "valid"}, 0, 0, 24, 30), drawn())


@settings(deadline=None, max_examples=25, derandomize=True)
@given(seed=some.integers(0, 10_000), size=some.sampled_from([(8, 8), (16, 40), (24, 30), (50, 20)]))
def test_augment_without_scale_and_colour_keeps_colours_and_truth_together(seed, size):
    row = Augment(size, scale=(1, 1), colour=0)(drawn(seed=seed), np.random.default_rng(seed))
    assert row["image"].shape == (*size, 3)
    assert agrees(row, row.get("valid"))


@settings(deadline=None, max_examples=25, derandomize=True)
@given(seed=some.integers(0, 10_000), size=some.sampled_from([16, (20, 33), 64]))
def test_augment_at_every_scale_keeps_colours_and_truth_together(seed, size):
    """Colours are averaged at borders, so pixels are compared whose neighbourhood holds one id and one count."""
    row = Augment(size, colour=0)(drawn(60, 70, seed), np.random.default_rng(seed))
    code = row["segmentation"].segment_ids * 10 + row["instances"].masks.sum(0)
    inside = row.get("valid", np.ones(code.shape, bool)).copy()
    inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
    for axis in (0, 1):
        for shift in (-4, -3, -2, -1, 1, 2, 3, 4):
            for other in (-3, 0, 3):
                inside &= np.roll(np.roll(code, shift, axis), other, 1 - axis) == code
    assert agrees(row, inside)


def test_scales_are_those_asked_for():
    """A 12 x 12 box becomes 6 to 24 pixels wide, and each end is reached."""
    ids = np.full((80, 80), 1, np.int32)
    ids[34:46, 34:46] = 2
    truth = Segmentation.from_ids(ids, {1: 9, 2: 3}, CATEGORIES)
    row, widths = {"image": np.zeros((80, 80, 3), np.uint8), "segmentation": truth}, []
    for seed in range(40):
        made = Augment(160, flip=0, colour=0)(row, np.random.default_rng(seed))["segmentation"]
        widths.append(made.segment(2).bbox[2])
    assert 6 <= min(widths) <= 8
    assert 20 <= max(widths) <= 24


@pytest.mark.parametrize("augment", [Augment(48), flip_and_tint])
def test_seed_epoch_and_row_decide_what_is_seen_whatever_the_batch(augment):
    rows = [drawn(seed=i) for i in range(3)]

    def seen(batch_size, steps, processes=1):
        shown = {}
        for step in range(steps):
            for process in range(processes):
                places = positions(batch_size, step, process, processes)
                made, seeds = batch(rows, places, None, augment, 7)
                shown |= dict(zip(places.tolist(), zip(made, seeds, strict=True), strict=True))
        return [shown[place] for place in sorted(shown)]

    one, two, apart = seen(2, 6), seen(6, 2), seen(6, 2, processes=2)
    for other in (two, apart):
        assert all(equal(a, b) and s == t for (a, s), (b, t) in zip(one, other, strict=True))
    assert len({row["image"].tobytes() for row, _ in one}) > 6, "an epoch differs from the one before"
    assert sorted(row_at(3, 7, int(position))[1] for position in positions(3, 1)) == [0, 1, 2]


def test_colour_changes_the_picture_and_not_the_truth():
    row = drawn()
    made = Augment((24, 30), scale=(1, 1), flip=0, colour=0.4)(row, np.random.default_rng(0))
    assert made["segmentation"] == row["segmentation"]
    assert not np.array_equal(made["image"], row["image"])
    grey = {**row, "image": np.full((24, 30, 3), 100, np.uint8)}
    tinted = Augment((24, 30), scale=(1, 1), flip=0, colour=0.4)(grey, np.random.default_rng(0))["image"]
    assert (tinted == tinted[0, 0, 0]).all(), "grey has no colour to strengthen"


def test_masks_are_bytes_of_the_size_of_the_crop():
    row = Augment(16)(drawn(200, 300), np.random.default_rng(1))
    for kind in (row, {key: row[key] for key in ("image", "segmentation")}):
        targets = targets_of(kind)
        assert targets.masks.element_size() == 1
        assert targets.masks.shape[1:] == (16, 16)
        assert targets.masks.untyped_storage().nbytes() == targets.masks.numel()


def test_instances_are_whole_and_their_surroundings_are_no_void():
    instances = drawn()["instances"]
    targets = instance_targets(instances)
    assert targets.masks.sum() == instances.masks[0].sum()
    crowd_alone = instances.masks[1] & ~instances.masks[0]
    assert np.array_equal(targets.valid.numpy(), ~crowd_alone)


def test_sizes_that_differ_are_one_sentence_whose_advice_works():
    pictures = [toytown.scene(0, size).render() for size in (64, 96)]
    with pytest.raises(UserError, match=r"Augment\(256\)") as caught:
        pixel_values([image for image, _ in pictures], (0, 0, 0), (1, 1, 1))
    assert "batch_size=1" not in str(caught.value)
    rows = [{"image": image, "segmentation": truth} for image, truth in pictures]
    made, _ = batch(rows, range(2), None, Augment(256), 0)
    assert pixel_values([row["image"] for row in made], (0, 0, 0), (1, 1, 1)).shape == (2, 3, 256, 256)


@pytest.mark.parametrize(
    "options", [{"size": 0}, {"size": (4,)}, {"size": 8, "scale": (2, 1)}, {"size": 8, "flip": 2}, {"size": 1.5}]
)
def test_an_augmentation_that_cannot_be_is_one_sentence(options):
    with pytest.raises(UserError, match="size|scale|flip|colour"):
        Augment(**options)

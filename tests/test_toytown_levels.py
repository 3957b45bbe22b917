"""ToyTown's nested truth: parts lie in things, things in groups; phrases mean what they say."""

import doctest

import numpy as np
import pytest
from scipy import ndimage

from segtutor.data import toytown
from segtutor.data.toytown import cutout, language, levels, parts
from segtutor.errors import UserError

SCENES = [toytown.scene(seed) for seed in range(40)]
DRAWN = [scene.draw() for scene in SCENES]
REGIONS = [scene.regions() for scene in SCENES]


def test_parts_lie_in_their_thing_do_not_overlap_and_have_at_least_20_pixels():
    for scene, (_, ids), regions in zip(SCENES, DRAWN, REGIONS, strict=True):
        covered = np.zeros(ids.shape, int)
        for region in regions:
            if region.level == "part":
                (thing,) = region.things
                assert (ids[region.mask] == toytown.FIRST_THING + thing).all()
                assert region.area >= 20
                kind, name = region.name.split()
                assert kind == scene.things[thing].kind
                assert name in toytown.PARTS[kind]
                covered += region.mask
        assert covered.max() <= 1


def test_every_named_part_is_drawn_and_no_other():
    seen = {name for scene in SCENES for _, name in _named(scene)}
    assert seen == {f"{kind} {name}" for kind, names in toytown.PARTS.items() for name in names}
    assert len(seen) >= 22


def _named(scene):
    return [(thing, f"{scene.things[thing].kind} {name}") for thing, name in parts.draw_parts(scene.things, 256)[1]]


def test_whole_things_are_covered_by_their_parts():
    """Nearly: parts below 20 pixels are left out, and a few strokes come before the first part."""
    for scene in SCENES[:10]:
        numbers, _ = parts.draw_parts(scene.things, 256)
        ids = np.asarray(scene._paint(256)[1])
        for i, thing in enumerate(scene.things):
            own = numbers[ids == len(toytown.STUFF) + i]
            assert (own > 0).all() if toytown.PARTS[thing.kind] else (own == 0).all()


@pytest.mark.parametrize("module", [levels, language])
def test_examples_in_the_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_groups_are_touching_things_of_one_kind():
    groups = 0
    for scene, (_, ids), regions in zip(SCENES, DRAWN, REGIONS, strict=True):
        for region in regions:
            if region.level != "group":
                continue
            groups += 1
            assert len(region.things) >= 2
            assert len({scene.things[i].kind for i in region.things}) == 1
            assert ndimage.label(region.mask)[1] == 1
            assert set(np.unique(ids[region.mask])) == {toytown.FIRST_THING + i for i in region.things}
    assert groups >= 20


def test_things_and_stuff_are_those_of_the_truth():
    for (_, ids), regions in zip(DRAWN, REGIONS, strict=True):
        both = np.zeros(ids.shape, int)
        for region in regions:
            if region.level in ("thing", "stuff"):
                both += region.mask
        np.testing.assert_array_equal(both, ids > 0)


def test_regions_at_a_pixel_are_nested():
    found = toytown.scene(7).regions_at(28, 76)
    assert [(region.level, region.name) for region in found] == [
        ("part", "car body"), ("thing", "car"), ("group", "cars"),
    ]  # fmt: skip
    for inner, outer in zip(found[:-1], found[1:], strict=True):
        assert not (inner.mask & ~outer.mask).any()
        assert inner.mask[76, 28]


def test_a_thing_on_whole_pixels_has_the_parts_of_its_cutout():
    scene = next(scene for scene in SCENES if scene.find("house"))
    i, side = scene.find("house")[0], 256
    thing = scene.things[i]
    moved = scene.reorder(i, -1)
    moved = moved.move(-1, round(thing.x * side) / side - thing.x, round(thing.y * side) / side - thing.y)
    position = len(moved.things) - 1
    assert cutout.on_pixels(moved.things[position], side)
    ids, inside = moved.draw()[1], np.zeros((128, 128), bool)
    for region in moved.regions():
        if region.level == "part" and region.things == (position,):
            assert not (region.mask & (ids != toytown.FIRST_THING + position)).any()
            inside |= region.mask
    assert inside.sum() > 0.9 * (ids == toytown.FIRST_THING + position).sum()


@pytest.mark.parametrize("at", [(-1, 0), (0, 128), (0.5, 3), (True, 0), ("0", 0), (None, None)])
def test_a_click_outside_the_picture_is_refused(at):
    with pytest.raises(UserError):
        SCENES[0].regions_at(*at)


def test_phrases_of_a_scene_are_true_of_it():
    for scene, (_, ids) in zip(SCENES, DRAWN, strict=True):
        found = toytown.phrases(scene, ids)
        assert len(found) == len(set(found))
        for phrase in found:
            assert toytown.phrase_mask(scene, phrase, ids).any()


def test_a_phrase_is_the_union_of_what_it_is_true_of():
    scene, (_, ids) = SCENES[7], DRAWN[7]

    def of(phrase):
        return toytown.phrase_mask(scene, phrase, ids)

    np.testing.assert_array_equal(of("blue car"), ids == toytown.FIRST_THING)
    np.testing.assert_array_equal(of("the red cats or a blue plain car"), of("blue car"))
    np.testing.assert_array_equal(of("things not blue"), of("things") & ~of("blue things"))
    np.testing.assert_array_equal(of("car not patterned"), of("plain car"))
    np.testing.assert_array_equal(of("stuff not sky or sky"), of("stuff"))
    np.testing.assert_array_equal(of("stuff") | of("things"), ids > 0)
    assert not of("red cat").any()


@pytest.mark.parametrize(
    "phrase",
    ["", "  ", "a", "dog", "red", "cat red", "red blue cat", "plain red cat", "red sky", "not cat", "cat not", "or cat",
     "cat or", "cat not not red", "cat not things", "things not sky", "sky not cat", "cat " * 20, 7, None, "cat sky",
     "cat not red plain", "x" * 10**6],
)  # fmt: skip
def test_what_is_no_phrase_is_refused(phrase):
    with pytest.raises(UserError) as caught:
        toytown.parse(phrase)
    assert len(str(caught.value)) < 400


def test_random_phrases_are_phrases_and_with_a_scene_mostly_true_of_it():
    rng, true = np.random.default_rng(0), 0
    for _ in range(300):
        toytown.parse(toytown.random_phrase(rng))
        true += toytown.phrase_mask(SCENES[7], toytown.random_phrase(rng, SCENES[7], DRAWN[7][1]), DRAWN[7][1]).any()
    assert true > 240

"""Categories, Segmentation, Instances: exact to and from the formats of others, and clear about what is wrong."""

import doctest
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import segtutor.categories
import segtutor.formats
import segtutor.measure
import segtutor.segments
from segtutor.errors import UserError
from segtutor.segments import Categories, Category, Instances, Segment, Segmentation, decode_ids, encode_ids

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the sample photographs are not at {DATA}")

PETS = Categories([Category(17, "cat", True), Category(18, "dog", True), Category(193, "grass", False)])
# A 3 x 4 picture: grass (id 5), one cat (id 2) with a hole, one cat (id 300), void at the lower right.
IDS = np.array([[5, 5, 2, 2], [5, 300, 2, 5], [5, 300, 0, 0]])
CATEGORY_OF = {5: 193, 2: 17, 300: 17}


def example(**more):
    return Segmentation.from_ids(IDS, CATEGORY_OF, PETS, **more)


@pytest.mark.parametrize(
    "module", [segtutor.categories, segtutor.formats, segtutor.measure, segtutor.segments], ids=lambda m: m.__name__
)
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# --- Categories ------------------------------------------------------------------------------------------------------


def test_categories_are_indexed_by_position_and_found_by_id():
    assert [category.name for category in PETS] == PETS.names == ["cat", "dog", "grass"]
    assert PETS[2].id == 193
    assert PETS.index(193) == 2
    assert PETS.by_id(18).name == "dog"
    assert PETS[1:] == Categories([PETS[1], PETS[2]])
    assert Categories.from_coco(PETS) is PETS
    assert Categories.from_coco(PETS.to_coco()) == PETS
    assert json.loads(json.dumps(PETS.to_coco()))[2]["isthing"] == 0


def test_derived_colours_are_deterministic_and_differ():
    plain = [{"id": 10 * i, "name": str(i), "isthing": 1} for i in range(150)]
    colours = [category.color for category in Categories.from_coco(plain)]
    assert len(set(colours)) == 150
    assert colours == [category.color for category in Categories.from_coco(plain)]
    assert Category(3, "x", True).color == Category(3, "y", False).color
    given_colour = Categories.from_coco([{"id": 1, "name": "a", "isthing": 1, "color": [1, 2, 3]}])
    assert given_colour[0].color == (1, 2, 3)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "categories"),
        ("coco", "str"),
        ([{"id": 1, "name": "a"}], "'isthing'"),
        ([{"id": "1", "name": "a", "isthing": 1}], "'1'"),
        ([{"id": -1, "name": "a", "isthing": 1}], "-1"),
        ([{"id": 1, "name": "a", "isthing": 2}], "isthing.* 2"),
        ([{"id": 1, "name": "a", "isthing": 1, "color": [1, 2]}], r"\(1, 2\)"),
        ([{"id": 1, "name": "a", "isthing": 1, "color": [1, 2, 300]}], r"1, 2, 300"),
        ([{"id": 1, "name": n, "isthing": 1} for n in "ab"], "category id.* 1 "),
        (["cat"], "'id'"),
    ],
)
def test_bad_categories_are_one_sentence(entries, message):
    with pytest.raises(UserError, match=message):
        Categories.from_coco(entries)


def test_an_unknown_category_id_lists_what_is_known():
    with pytest.raises(UserError, match="17, 18, 193.* 99"):
        PETS.index(99)


# --- Segmentation ----------------------------------------------------------------------------------------------------


def test_area_and_box_are_measured_as_written_out_by_hand():
    assert example(scores={2: 0.5}, iscrowd=[300]).segments == [
        Segment(5, 193, None, 5, (0, 0, 4, 3), False),
        Segment(2, 17, 0.5, 3, (2, 0, 2, 2), False),
        Segment(300, 17, None, 2, (1, 1, 1, 2), True),
    ]


def test_a_picture_and_its_array_hold_the_same_ids():
    colours = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    from_picture, from_array = decode_ids(Image.fromarray(colours)), decode_ids(colours)
    np.testing.assert_array_equal(from_picture, from_array)
    assert from_picture.dtype == from_array.dtype == np.int32
    from_picture[0, 0] = 0  # a map of its own
    for mode in ("RGBA", "L"):
        with pytest.raises(UserError):
            decode_ids(Image.fromarray(colours).convert(mode))
    with pytest.raises(UserError):
        decode_ids(Image.new("RGB", (0, 3)))


def test_what_is_measured_is_what_the_checks_accept():
    made = Segmentation.from_coco(*example(scores={2: 0.5}, iscrowd=[300]).to_coco(), PETS)
    assert made == Segmentation(made.segment_ids, made.segments, made.categories, made.rest)
    with pytest.raises(UserError):
        Segmentation.from_ids(IDS, CATEGORY_OF, PETS, rest=99)


def test_reading_a_segmentation():
    result = example()
    assert result.segment_ids.dtype == np.int32
    assert result.semantic().dtype == np.int32
    assert result.semantic().tolist() == [[2, 2, 0, 0], [2, 0, 0, 2], [2, 0, -1, -1]]
    assert result.mask(300).dtype == bool
    assert result.mask(300).tolist() == [[False] * 4, [False, True, False, False], [False, True, False, False]]
    assert result.segment(2).area == 3
    assert repr(result) == "Segmentation(3 x 4, 3 segments: 5 grass, 2 cat, 300 cat)"
    for absent in (0, 7):
        with pytest.raises(UserError, match="5, 2, 300"):
            result.segment(absent)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, np.uint32, np.int64])
def test_the_map_is_a_copy_of_every_type(kind):
    ids = (IDS % 251).astype(kind)
    result = Segmentation.from_ids(ids, {i % 251: c for i, c in CATEGORY_OF.items()}, PETS)
    ids[:] = 0
    assert result.segment_ids.tolist() == (IDS % 251).tolist()
    assert result.segment_ids.dtype == np.int32


def test_equality_is_by_content_and_the_map_is_a_copy():
    ids = IDS.copy()
    result = Segmentation.from_ids(ids, CATEGORY_OF, PETS)
    ids[:] = 0
    assert result == example()
    assert result != example(iscrowd=[2])
    assert result != Segmentation.from_ids(IDS[:, ::-1], CATEGORY_OF, PETS)
    assert result != Segmentation.from_ids(IDS, CATEGORY_OF | {2: 18}, PETS)
    assert result != "a segmentation"


def test_all_void_is_a_segmentation_without_segments():
    result = Segmentation.from_ids(np.zeros((2, 3), np.uint8), {}, PETS)
    assert result.segments == []
    assert (result.semantic() == -1).all()
    assert repr(result) == "Segmentation(2 x 3, 0 segments)"
    rgb, infos = result.to_coco()
    assert Segmentation.from_coco(rgb, infos, PETS) == result


def test_from_semantic_makes_one_segment_a_class():
    result = Segmentation.from_semantic([[2, 0], [-1, 0]], PETS)
    assert result.segment_ids.tolist() == [[3, 1], [0, 1]]
    assert [(s.id, s.category_id, s.area) for s in result.segments] == [(1, 17, 2), (3, 193, 1)]
    with pytest.raises(UserError, match="such as 255"):
        Segmentation.from_semantic(np.array([[255]], np.uint8), PETS)


@pytest.mark.parametrize(
    ("ids", "category_of", "message"),
    [
        (IDS, {5: 193, 2: 17}, "300"),
        (IDS, CATEGORY_OF | {9: 17}, "segment id 9"),
        (IDS, CATEGORY_OF | {2: 99}, "99"),
        (IDS.astype(float), CATEGORY_OF, "dtype float64"),
        (IDS[None], CATEGORY_OF, r"shape \(1, 3, 4\)"),
        (IDS[:0], CATEGORY_OF, "at least one pixel"),
        (-IDS, CATEGORY_OF, "-300 to 0"),
        (IDS + 2**24, CATEGORY_OF, "16777215"),
        (IDS, {"5": 193}, "segment id.*'5'"),
        (IDS, {0: 193}, "segment id.* 0"),
    ],
)
def test_a_map_and_a_list_that_disagree_are_one_sentence(ids, category_of, message):
    with pytest.raises(UserError, match=message):
        Segmentation.from_ids(ids, category_of, PETS)


def test_a_crowd_must_be_a_segment():
    with pytest.raises(UserError, match="segment id 9.*crowds"):
        example(iscrowd=[2, 9])


def test_the_constructor_checks_as_the_builders_do():
    good = example()
    with pytest.raises(UserError, match="segment id"):
        Segmentation(good.segment_ids, [*good.segments, good.segments[0]], PETS)
    with pytest.raises(UserError, match="300"):
        Segmentation(good.segment_ids, good.segments[:2], PETS)
    with pytest.raises(UserError, match="193"):
        Segmentation(good.segment_ids, good.segments, PETS[:2])


# --- COCO ------------------------------------------------------------------------------------------------------------


def test_ids_are_stored_as_red_plus_256_green_plus_65536_blue():
    rgb = np.array([[[0, 0, 0], [255, 0, 0], [0, 1, 0], [1, 2, 3], [255, 255, 255]]], np.uint8)
    ids = [[0, 255, 256, 1 + 2 * 256 + 3 * 65536, 2**24 - 1]]
    assert decode_ids(rgb).tolist() == ids
    assert decode_ids(rgb).dtype == np.int32
    assert encode_ids(np.array(ids)).tolist() == rgb.tolist()
    assert decode_ids(Image.fromarray(rgb)).tolist() == ids


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.int64),
        np.zeros((0, 4, 3), "u1"),
    ],
    ids=["grey", "alpha", "int64", "empty"],
)
def test_pictures_that_hold_no_ids_are_refused(rgb):
    with pytest.raises(UserError, match=r'convert\("RGB"\)'):
        decode_ids(rgb)


@pytest.mark.parametrize("ids", [[[2**24]], [[-1]]])
def test_ids_that_a_png_cannot_hold_are_refused(ids):
    with pytest.raises(UserError, match="16777215"):
        encode_ids(np.array(ids))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda infos: infos + [dict(infos[0])], "segment id 5"),
        (lambda infos: infos[:-1], "300"),
        (lambda infos: infos + [{"id": 77, "category_id": 17}], "77"),
        (lambda infos: [{**infos[0], "category_id": 1}, *infos[1:]], "category id.* 1:"),
        (lambda infos: [{"id": 5}, *infos[1:]], r"segments_info\[0\].*'category_id'"),
        (lambda infos: [{**infos[0], "id": 5.0}, *infos[1:]], "5.0"),
        (lambda infos: [{**infos[0], "id": True}, *infos[1:]], "True"),
        (lambda infos: [{**infos[0], "id": 0}, *infos[1:]], "id.* 0$"),
        (lambda infos: [{**infos[0], "id": 2**24}, *infos[1:]], "16777215"),
        (lambda infos: [{**infos[0], "iscrowd": 3}, *infos[1:]], "iscrowd.* 3"),
        (lambda infos: ["segment"], "'id'"),
        (lambda infos: [{**infos[0], "score": "high"}, *infos[1:]], "segment 5.*'high'"),
        (lambda infos: [{**infos[0], "score": float("nan")}, *infos[1:]], "score.*nan"),
        (lambda infos: None, "segments_info.*NoneType"),
        (lambda infos: {"id": [5, 2, 300], "category_id": [193, 17, 17]}, "segments_info.*dict"),
    ],
)
def test_untrusted_segments_info_is_one_sentence(change, message):
    rgb, infos = example().to_coco()
    with pytest.raises(UserError, match=message):
        Segmentation.from_coco(rgb, change(infos), PETS)


def test_area_box_and_crowd_are_filled_in_where_absent():
    rgb, infos = example(iscrowd=[300]).to_coco()
    bare = [{key: info[key] for key in ("id", "category_id")} for info in infos]
    assert Segmentation.from_coco(rgb, bare, PETS) == example()
    wrong = [info | {"area": 1, "bbox": [0, 0, 1, 1]} for info in infos]  # the map is the truth
    assert Segmentation.from_coco(rgb, wrong, PETS) == example(iscrowd=[300])


def coco_photographs():
    cats = json.loads((DATA / "coco_cats" / "coco_panoptic_annotations.txt").read_text())
    yield DATA / "coco_cats" / "panoptic.png", cats
    sample = DATA / "coco_panoptic_sample"
    for annotation in json.loads((sample / "panoptic_examples.json").read_text())["annotations"]:
        yield sample / "panoptic_examples" / annotation["file_name"], annotation["segments_info"]


@needs_data
def test_coco_photographs_round_trip_exactly():
    categories = Categories.from_coco(
        json.loads((DATA / "coco_panoptic_sample" / "panoptic_coco_categories.json").read_text())
    )
    assert (len(categories), sum(category.isthing for category in categories)) == (133, 80)
    crowds = voids = 0
    for path, infos in coco_photographs():
        rgb = np.array(Image.open(path).convert("RGB"))
        bare = [{key: info[key] for key in ("id", "category_id", "iscrowd")} for info in infos]
        result = Segmentation.from_coco(rgb, bare, categories)
        written_rgb, written = result.to_coco()
        np.testing.assert_array_equal(written_rgb, rgb)
        fields = ("id", "category_id", "area", "bbox", "iscrowd")
        assert written == [{key: info[key] for key in fields} for info in infos], path.name
        again = Segmentation.from_transformers(result.to_transformers(), categories)
        np.testing.assert_array_equal(again.segment_ids, result.segment_ids)
        crowds += sum(segment.iscrowd for segment in result.segments)
        voids += int((result.semantic() == -1).sum()) if path.name == "panoptic.png" else 0
    assert crowds == 3
    assert voids == 10_752


maps = hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 5))


@st.composite
def segmentations(draw):
    """Random maps whose ids 1..5 are replaced by any five ids that a PNG can hold."""
    ids = draw(maps)
    large = draw(st.lists(st.integers(1, 2**24 - 1), min_size=5, max_size=5, unique=True))
    segment_ids = np.array([0, *large])[ids]
    listed = draw(st.permutations([i for i in np.unique(segment_ids).tolist() if i]))
    category_of = {i: draw(st.sampled_from([17, 18, 193])) for i in listed}
    scores = {i: draw(st.none() | st.floats(0, 1)) for i in listed}
    crowds = [i for i in listed if draw(st.booleans())]
    return Segmentation.from_ids(segment_ids, category_of, PETS, scores, crowds)


@settings(max_examples=60, deadline=None)
@given(segmentations())
def test_to_coco_and_from_coco_are_inverse(result):
    rgb, infos = result.to_coco()
    assert rgb.dtype == np.uint8
    assert Segmentation.from_coco(rgb, json.loads(json.dumps(infos)), PETS) == result
    for segment in result.segments:  # against the plain definition, pixel by pixel
        rows, columns = np.nonzero(result.segment_ids == segment.id)
        x, y = columns.min(), rows.min()
        assert segment.bbox == (x, y, columns.max() - x + 1, rows.max() - y + 1)
        assert segment.area == len(rows)


# --- transformers ----------------------------------------------------------------------------------------------------


def test_a_panoptic_dictionary_has_void_zero_and_label_ids_that_are_positions():
    infos = [
        {"id": 1, "label_id": 2, "was_fused": True, "score": 0.75},
        {"id": 2, "label_id": 0, "was_fused": False, "score": 0.5},
    ]
    given_map = torch.tensor([[1, 1, 2], [0, 2, 2]], dtype=torch.int32)
    result = Segmentation.from_transformers({"segmentation": given_map, "segments_info": infos}, PETS)
    assert result.segments == [Segment(1, 193, 0.75, 2, (0, 0, 2, 1)), Segment(2, 17, 0.5, 3, (1, 0, 2, 2))]
    back = result.to_transformers()
    assert back["segments_info"] == infos
    assert back["segmentation"].dtype == np.int32
    assert back["segmentation"].tolist() == given_map.tolist()


def test_an_instance_dictionary_has_void_minus_one_and_ids_from_zero():
    given_map = torch.tensor([[-1.0, 0.0], [1.0, 1.0]])  # float32 there
    infos = [{"id": 0, "label_id": 1, "was_fused": False, "score": 0.5}, {"id": 1, "label_id": 1, "score": 0.25}]
    result = Segmentation.from_transformers({"segmentation": given_map, "segments_info": infos}, PETS)
    assert result.segment_ids.tolist() == [[0, 1], [2, 2]]
    assert [(s.id, s.category_id, s.score) for s in result.segments] == [(1, 18, 0.5), (2, 18, 0.25)]


def test_nothing_found_is_a_map_of_minus_one():
    result = Segmentation.from_transformers({"segmentation": torch.zeros(2, 2) - 1, "segments_info": []}, PETS)
    assert result.segment_ids.tolist() == [[0, 0], [0, 0]]


def test_fused_stuff_listed_query_by_query_becomes_one_segment_with_the_best_score():
    infos = [{"id": 1, "label_id": 2, "was_fused": True, "score": score} for score in (0.5, 0.75, 0.625)]
    result = Segmentation.from_transformers({"segmentation": np.ones((1, 2), int), "segments_info": infos}, PETS)
    assert result.segments == [Segment(1, 193, 0.75, 2, (0, 0, 2, 1))]


def test_an_instance_covered_wholly_by_later_ones_is_left_out():
    infos = [{"id": 0, "label_id": 0, "score": 0.9}, {"id": 1, "label_id": 1, "score": 0.8}]
    result = Segmentation.from_transformers({"segmentation": np.array([[1, -1]]), "segments_info": infos}, PETS)
    assert [(s.id, s.category_id) for s in result.segments] == [(2, 18)]


def test_id2label_makes_things_whose_category_id_is_the_label_id():
    given_dictionary = {"segmentation": np.array([[1, 0]]), "segments_info": [{"id": 1, "label_id": 4}]}
    result = Segmentation.from_transformers(given_dictionary, {"3": "cat", "4": "dog"})
    assert result.categories.names == ["cat", "dog"]
    assert result.segments[0].category_id == 4
    assert all(category.isthing for category in result.categories)


@pytest.mark.parametrize(
    ("segmentation", "infos", "message"),
    [
        ([[1, 1]], [{"id": 1, "label_id": 3}], "label_id.*0 to 2.* 3:"),
        ([[1, 1]], [{"id": 1, "label_id": -1}], "label_id.*-1"),
        ([[1, 1]], [{"id": 1}], "'label_id'"),
        ([[1, 2]], [{"id": 1, "label_id": 0}], " 2,"),
        ([[1, 1]], [{"id": 1, "label_id": 0}, {"id": 1, "label_id": 1}], "segment id 1 "),
        ([[0.5, 1]], [{"id": 1, "label_id": 0}], "whole numbers"),
        ([[float("nan"), 1]], [{"id": 1, "label_id": 0}], "whole numbers"),
        ([[-2, 1]], [{"id": 1, "label_id": 0}], "-2 to 1"),
        ([[2**24, 1]], [{"id": 1, "label_id": 0}], "1 to 16777216"),
        ([[[1, 1]]], [{"id": 1, "label_id": 0}], "return_binary_maps"),
        (None, [], "return_coco_annotation"),
        ([[1, 1]], None, "segments_info.*NoneType"),
        ([[1, 1]], [{"id": 1, "label_id": 0, "score": [0.5]}], "score of segment 1"),
    ],
)
def test_untrusted_dictionaries_are_one_sentence(segmentation, infos, message):
    given_dictionary = {"segmentation": np.array(segmentation), "segments_info": infos}
    with pytest.raises(UserError, match=message):
        Segmentation.from_transformers(given_dictionary, PETS)


@pytest.mark.parametrize("result", [None, [], {"segmentation": np.zeros((2, 2))}])
def test_what_is_no_such_dictionary_is_refused(result):
    with pytest.raises(UserError, match="post_process_panoptic_segmentation"):
        Segmentation.from_transformers(result, PETS)


# --- Instances -------------------------------------------------------------------------------------------------------


def test_instances_may_overlap_and_are_sliced_as_arrays_are():
    masks = np.zeros((3, 2, 2), np.uint8)
    masks[:2] = 1
    instances = Instances(masks, [0, 1, 0], [0.75, 0.5, 0.25], PETS)
    assert (instances.masks.dtype, instances.labels.dtype, instances.scores.dtype) == (bool, np.int64, np.float32)
    assert len(instances) == 3
    assert instances[1].labels.tolist() == [1]
    assert instances[-1].scores.tolist() == [0.25]
    assert len(instances[instances.scores > 0.4]) == 2
    assert [len(one) for one in instances] == [1, 1, 1]
    assert instances[:2] == instances[[0, 1]]
    assert instances[:2] != instances[1:]
    assert repr(instances) == "Instances(2 x 2, 3: cat 0.75, dog 0.50, cat 0.25)"
    with pytest.raises(IndexError):
        instances[3]


@pytest.mark.parametrize(
    ("masks", "labels", "scores", "message"),
    [
        (np.zeros((2, 3, 3)), [0], [0.5, 0.5], "with the same N"),
        (np.zeros((3, 3)), [0, 1, 0], [0.5] * 3, r"\(N, H, W\)"),
        (np.zeros((1, 3, 3)), [17], [0.5], "positions in the categories, not category ids"),
        (np.zeros((1, 3, 3)), [0.0], [0.5], "dtype float64"),
    ],
)
def test_bad_instances_are_one_sentence(masks, labels, scores, message):
    with pytest.raises(UserError, match=message):
        Instances(masks, labels, scores, PETS)


def test_no_instances_at_all():
    assert len(Instances(np.zeros((0, 2, 2)), np.zeros(0, np.int64), np.zeros(0), PETS)) == 0

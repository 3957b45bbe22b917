"""Converters: real annotations exactly, every layout from files made here, every kind of bad record named."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco_mask

from segtutor import data
from segtutor.data.convert.maps import from_labels, meanings
from segtutor.data.convert.outlines import annotation_mask
from segtutor.data.convert.shapes import polygon_mask
from segtutor.data.records import RecordError, problem_of
from segtutor.errors import UserError
from segtutor.segments import Categories, Category, Segmentation

SHARED = Path(__file__).parents[2] / "shared" / "data"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the annotated photographs are not at {SHARED}")
PETS = [{"id": 17, "name": "cat", "isthing": 1}, {"id": 193, "name": "grass", "isthing": 0}]


# --- real annotations -------------------------------------------------------------------------------------------------


@real
def test_coco_panoptic_reads_the_published_sample_exactly():
    sample = SHARED / "coco_panoptic_sample"
    records = data.coco_panoptic(sample / "panoptic_examples.json", sample / "input_images")
    content = json.loads((sample / "panoptic_examples.json").read_text())
    assert len(records) == 2
    assert records.problems == []
    for row, annotation in zip(records, content["annotations"], strict=True):
        stated = {s["id"]: s for s in annotation["segments_info"]}
        assert {s.id for s in row["segmentation"].segments} == set(stated)
        for segment in row["segmentation"].segments:
            assert (segment.category_id, segment.iscrowd) == (
                stated[segment.id]["category_id"],
                bool(stated[segment.id]["iscrowd"]),
            )
            assert segment.area == stated[segment.id]["area"]
        assert row["image"].shape[:2] == row["segmentation"].segment_ids.shape


@real
def test_coco_instances_reads_polygons_and_runs_exactly(tmp_path):
    sample = SHARED / "coco_panoptic_sample"
    path = sample / "panoptic_coco_detection_format.json"
    records = data.coco_instances(path, sample / "input_images")
    content = json.loads(path.read_text())
    assert len(records) == len(content["images"])
    for row, image in zip(records, content["images"], strict=True):
        stated = [a for a in content["annotations"] if a["image_id"] == image["id"]]
        assert len(row["instances"]) == len(stated) > 5
        for mask, crowd, annotation in zip(row["instances"].masks, row["instances"].iscrowd, stated, strict=True):
            assert mask.sum() == annotation["area"]
            assert crowd == bool(annotation["iscrowd"])
            x, y, w, h = annotation["bbox"]
            assert mask[y : y + h, x : x + w].sum() == mask.sum()


@real
def test_the_two_cats_as_instances_and_as_panoptic(tmp_path):
    cats = SHARED / "coco_cats"
    shutil.copy(cats / "000000039769.png", tmp_path)
    target = json.loads((cats / "coco_annotations.txt").read_text())
    annotations = target if isinstance(target, list) else target["annotations"]
    image = {"id": 39769, "file_name": "000000039769.png", "width": 640, "height": 480}
    ids = sorted({a["category_id"] for a in annotations})
    content = {"images": [image], "annotations": [{**a, "image_id": 39769} for a in annotations]}
    content["categories"] = [{"id": i, "name": f"class {i}"} for i in ids]
    (tmp_path / "instances.json").write_text(json.dumps(content))
    row = data.coco_instances(tmp_path / "instances.json", tmp_path)[0]
    assert len(row["instances"]) == 6
    for mask, annotation in zip(row["instances"].masks, annotations, strict=True):
        assert (
            abs(mask.sum() - annotation["area"]) < 0.02 * annotation["area"] + 20
        )  # area is the polygon's, not the mask's


# --- run lengths and outlines -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 40))
def test_run_lengths_equal_pycocotools(seed, height, width):
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) > rng.choice([0.0, 0.1, 0.5, 0.97, 1.0])
    code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    np.testing.assert_array_equal(annotation_mask(code, (height, width)), mask)
    text = {"size": [height, width], "counts": code["counts"].decode()}
    np.testing.assert_array_equal(annotation_mask(text, (height, width)), mask)
    flat = mask.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    runs = [0, *runs] if flat[0] else runs
    np.testing.assert_array_equal(annotation_mask({"size": [height, width], "counts": runs}, (height, width)), mask)


def test_a_polygon_covers_the_pixels_whose_centres_it_holds():
    square = np.array([[1.0, 1.0], [4.0, 1.0], [4.0, 3.0], [1.0, 3.0]])
    mask = polygon_mask(square, (5, 6))
    assert mask.sum() == 6
    assert mask[1:3, 1:4].all()
    assert polygon_mask(square + 100, (5, 6)).sum() == 0


BAD_ANNOTATIONS = {
    "two corners": ([[1, 1, 2, 2]], "at least three corners"),
    "odd number of coordinates": ([[1, 1, 2, 2, 3, 3, 4]], "at least three corners"),
    "no polygon": ([], "no outline"),
    "infinite corner": ([[1, 1, 2, 2, 1e9, 3]], "at least three corners"),
    "text": ("polygon", "a str"),
    "another size": ({"size": [9, 9], "counts": [81]}, "(height, width)"),
    "runs too short": ({"size": [4, 4], "counts": [3, 4]}, "16, got 7"),
    "negative run": ({"size": [4, 4], "counts": [-3, 19]}, "16, got no number"),
    "text runs too short": ({"size": [4, 4], "counts": "52"}, "do not fill"),
    "text runs of other letters": ({"size": [4, 4], "counts": "\u00e4\u00f6"}, "do not fill"),
    "text runs cut off": ({"size": [4, 4], "counts": "P"}, "do not fill"),
}


@pytest.mark.parametrize("case", BAD_ANNOTATIONS)
def test_bad_outlines_are_sentences(case):
    segmentation, said = BAD_ANNOTATIONS[case]
    with pytest.raises(RecordError) as caught:
        annotation_mask(segmentation, (4, 4))
    assert said in str(caught.value)


# --- files made here --------------------------------------------------------------------------------------------------


def write_picture(path: Path, size=(8, 10), values=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((*size, 3), np.uint8) + 90 if values is None else values
    Image.fromarray(pixels).save(path)


def coco_files(folder: Path, **changes) -> Path:
    """A data set of one picture, 10 x 8, with a cat of 6 pixels; changes: entries of the json to replace."""
    write_picture(folder / "photos" / "a.png")
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 10, "height": 8}],
        "annotations": [
            {"id": 5, "image_id": 1, "category_id": 17, "iscrowd": 0, "segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]]}
        ],
        "categories": [{"id": 17, "name": "cat"}],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps({**content, **changes}))
    return path


def test_overlaps_go_to_the_smaller_object_and_crowds_lie_below(tmp_path):
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 17, "segmentation": [[0, 0, 6, 0, 6, 6, 0, 6]]},
        {"id": 2, "image_id": 1, "category_id": 17, "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
        {
            "id": 3,
            "image_id": 1,
            "category_id": 17,
            "iscrowd": 1,
            "segmentation": {"size": [8, 10], "counts": [0, 24, 56]},
        },
    ]
    row = data.coco_instances(coco_files(tmp_path, annotations=annotations), tmp_path / "photos")[0]
    instances, flat = row["instances"], row["segmentation"]
    assert instances.masks.sum((1, 2)).tolist() == [36, 4, 24]
    assert [(s.id, s.area, s.iscrowd) for s in flat.segments] == [(1, 32, False), (2, 4, False), (3, 6, True)]


JSON_CASES = {
    "missing picture": ({"images": [{"id": 1, "file_name": "b.png"}]}, "b.png", True),
    "path out of the folder": ({"images": [{"id": 1, "file_name": "../b.png"}]}, "'../b.png'", True),
    "absolute path": ({"images": [{"id": 1, "file_name": "/etc/passwd"}]}, "'/etc/passwd'", True),
    "stated size is another": ({"images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 8}]}, "9 x 8", True),
    "unknown category": (
        {"annotations": [{"id": 5, "image_id": 1, "category_id": 99, "segmentation": [[1, 1, 4, 1, 4, 3]]}]},
        "got 99",
        True,
    ),
    "polygon outside": (
        {"annotations": [{"id": 5, "image_id": 1, "category_id": 17, "segmentation": [[20, 20, 24, 20, 24, 23]]}]},
        "the mask has no pixel",
        True,
    ),
    "annotation of no picture": (
        {"annotations": [{"id": 5, "image_id": 7, "category_id": 17, "segmentation": [[1, 1, 4, 1, 4, 3]]}]},
        "images does not list",
        False,
    ),
    "annotation without outline": (
        {"annotations": [{"id": 5, "image_id": 1, "category_id": 17}]},
        "other COCO format",
        False,
    ),
    "annotation that is text": ({"annotations": ["cat"]}, "other COCO format", False),
    "picture id twice": (
        {"images": [{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "a.png"}]},
        "second time",
        False,
    ),
    "picture without name": ({"images": [{"id": 1}]}, "no id or no file_name", False),
    "picture of no size": ({"images": [{"id": 1, "file_name": "a.png", "width": 0, "height": 8}]}, "0 x 8", False),
}


@pytest.mark.parametrize("case", JSON_CASES)
def test_bad_coco_records_are_named_and_counted(case, tmp_path):
    changes, said, is_record = JSON_CASES[case]
    records = data.coco_instances(coco_files(tmp_path, **changes), tmp_path / "photos")
    report = records.check()
    assert len(report.problems) >= 1
    assert any(said in str(problem) for problem in report.problems), report
    assert said in str(report)
    if is_record:
        assert (report.records, report.readable) == (1, 0)
        with pytest.raises(RecordError, match="record 0"):
            records[0]
        left = records.usable()
        assert len(left) == 0
        assert "left out" in str(left.problems[0])


FILE_CASES = {
    "no json": ("{", "json"),
    "a list": ("[]", "no 'images'"),
    "no categories": ('{"images": [], "annotations": []}', "no 'categories'"),
    "images is a dictionary": ('{"images": {}, "annotations": [], "categories": []}', "lists of images"),
    "no category in the list": ('{"images": [], "annotations": [], "categories": []}', "categories"),
    "category without name": ('{"images": [], "annotations": [], "categories": [{"id": 1}]}', "no 'name'"),
}


@pytest.mark.parametrize("case", FILE_CASES)
def test_what_is_no_annotation_file_is_a_sentence(case, tmp_path):
    text, said = FILE_CASES[case]
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match=said):
        data.coco_instances(tmp_path / "a.json", tmp_path)
    with pytest.raises(UserError, match="b.json"):
        data.coco_instances(tmp_path / "b.json", tmp_path)


def test_coco_panoptic_from_files(tmp_path):
    write_picture(tmp_path / "photos" / "a.png")
    ids = np.ones((8, 10), np.int32)
    ids[2:4, 3:7] = 300
    truth = Segmentation.from_ids(ids, {1: 193, 300: 17}, PETS)
    rgb, infos = truth.to_coco()
    write_picture(tmp_path / "pan" / "a.png", values=rgb)
    content = {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}], "categories": PETS}
    content["annotations"] = [{"image_id": 1, "file_name": "a.png", "segments_info": infos}, {"image_id": 9}]
    (tmp_path / "pan.json").write_text(json.dumps(content))
    records = data.coco_panoptic(tmp_path / "pan.json", tmp_path / "photos")
    assert records[0]["segmentation"] == truth
    assert sorted(problem.kind for problem in records.problems) == ["incomplete entry", "no labels"]
    write_picture(tmp_path / "pan" / "a.png", values=rgb[:4])
    with pytest.raises(RecordError, match="nearest neighbour"):
        records[0]
    write_picture(tmp_path / "pan" / "a.png", values=np.ascontiguousarray(rgb.transpose(1, 0, 2)))
    with pytest.raises(RecordError, match="EXIF"):
        records[0]


def label_files(folder: Path, labels: np.ndarray, ending=".png", **options):
    write_picture(folder / "photos" / "a.jpg", labels.shape[:2])
    (folder / "labels").mkdir(exist_ok=True)
    picture = Image.fromarray(labels)
    if "palette" in options:
        picture.putpalette(options["palette"])
    picture.save(folder / "labels" / f"a{ending}")
    return folder / "photos", folder / "labels"


def test_label_maps_by_value_by_colour_by_palette_and_with_instances(tmp_path):
    labels = np.array([[0, 1, 255], [1, 1, 0]], np.uint8).repeat(8, 0).repeat(8, 1)
    wanted = np.where(labels == 255, -1, labels.astype(int))
    row = data.label_maps(*label_files(tmp_path, labels), ["grass", "cat"])[0]
    np.testing.assert_array_equal(row["segmentation"].semantic(), wanted)
    # a palette is for viewers: the indices are the labels
    row = data.label_maps(*label_files(tmp_path, labels, palette=list(range(255, -1, -1)) * 3), ["grass", "cat"])[0]
    np.testing.assert_array_equal(row["segmentation"].semantic(), wanted)
    row = data.label_maps(
        *label_files(tmp_path, labels.astype(np.uint16) * 100), PETS, values={0: 17, 100: 193, 25500: None}
    )[0]
    np.testing.assert_array_equal(row["segmentation"].semantic(), wanted)
    colours = np.array([(0, 0, 0), (10, 20, 30), (1, 2, 3)], np.uint8)[np.where(labels == 255, 2, labels)]
    values = {(0, 0, 0): 17, (10, 20, 30): 193, (1, 2, 3): None}
    row = data.label_maps(*label_files(tmp_path, colours), PETS, values=values)[0]
    np.testing.assert_array_equal(row["segmentation"].semantic(), wanted)
    numbers = np.zeros(labels.shape, np.uint8)
    numbers[:, :5], numbers[:, 5:] = 1, 2
    (tmp_path / "own").mkdir()
    Image.fromarray(numbers).save(tmp_path / "own" / "a.png")
    found = label_files(tmp_path, labels)
    row = data.label_maps(*found, PETS, instances=tmp_path / "own")[0]
    assert sorted(s.category_id for s in row["segmentation"].segments) == [17, 17, 193]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_class_and_instance_maps_come_back(seed):
    rng = np.random.default_rng(seed)
    categories = Categories([Category(5, "cat", True), Category(9, "dog", True), Category(2, "sky", False)])
    labels, own = rng.integers(-1, 3, (6, 7)), rng.integers(0, 3, (6, 7))
    table = meanings(categories, {0: 5, 1: 9, 2: 2, -1: None})
    truth = from_labels(labels, categories, table, own)
    np.testing.assert_array_equal(truth.semantic(), labels)
    kinds = np.where(labels < 0, 0, (labels + 1) * 10 + np.where(labels == 2, 0, own))
    same = truth.segment_ids.ravel()[:, None] == truth.segment_ids.ravel()
    np.testing.assert_array_equal(same, kinds.ravel()[:, None] == kinds.ravel())


LABEL_CASES = {
    "unknown value": (lambda a: a.__setitem__((0, 0), 9), ".png", "value 9 .1 pixels"),
    "blurred ids": (lambda a: None, ".jpg", "JPEG"),
}


@pytest.mark.parametrize("case", LABEL_CASES)
def test_bad_label_maps_are_named(case, tmp_path):
    change, ending, said = LABEL_CASES[case]
    labels = np.zeros((8, 10), np.uint8)
    change(labels)
    records = data.label_maps(*label_files(tmp_path, labels, ending), ["grass", "cat"])
    with pytest.raises(RecordError, match=said):
        records[0]


def test_files_without_partner_and_truncated_files_are_named(tmp_path):
    photos, labels = label_files(tmp_path, np.zeros((8, 10), np.uint8))
    write_picture(photos / "b.png")
    write_picture(labels / "c.png")
    write_picture(photos / "a.png")
    records = data.label_maps(photos, labels, ["grass"])
    assert sorted(problem.kind for problem in records.problems) == ["name twice", "no labels", "no picture"]
    (labels / "a.png").write_bytes((labels / "a.png").read_bytes()[:40])
    assert "unreadable labels" in str(records.check())
    (labels / "a.png").unlink()
    assert "missing labels" in str(records.check())
    with pytest.raises(UserError, match="same name"):
        data.label_maps(photos, tmp_path / "labels", ["grass"])  # c.png is left


def test_values_that_contradict_are_refused():
    categories = Categories.from_coco(PETS)
    for values, void, said in (
        ({0: 17, 1: 5}, (), "category id.* 5:"),
        ({0: 17}, (0,), "value 0 "),
        (None, (1,), "position of 'grass'"),
        ({"cat": 17}, (), "'cat'"),
        ({(1, 2): 17}, (), "three numbers"),
        ({(1, 2, 300): 17}, (), "three numbers"),
    ):
        with pytest.raises(UserError, match=said):
            meanings(categories, values, void)


# --- published layouts ------------------------------------------------------------------------------------------------


def test_ade20k(tmp_path):
    lines = ["Idx\tRatio\tTrain\tVal\tStuff\tName"] + [f"{i}\t0.1\t1\t1\t1\tname {i}, other" for i in range(1, 151)]
    (tmp_path / "objectInfo150.txt").write_text("\n".join(lines))
    write_picture(tmp_path / "images" / "validation" / "x.jpg")
    labels = np.zeros((8, 10), np.uint8)
    labels[2:] = 150
    write_picture(tmp_path / "annotations" / "validation" / "x.png", values=labels)
    records = data.ade20k(tmp_path)
    truth = records[0]["segmentation"]
    assert len(records.categories) == 150
    assert records.categories.by_id(150).name == "name 150"
    assert (truth.semantic() == np.where(labels == 150, 149, -1)).all()


def test_cityscapes(tmp_path):
    write_picture(tmp_path / "leftImg8bit" / "val" / "ulm" / "ulm_1_leftImg8bit.png")
    values = np.full((8, 10), 7, np.int32)
    values[0], values[1, :5], values[1, 5:], values[2], values[3] = 0, 26001, 26002, 26, 33000
    path = tmp_path / "gtFine" / "val" / "ulm" / "ulm_1_gtFine_instanceIds.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(values.astype(np.uint16)).save(path)
    write_picture(path.with_name("ulm_1_gtFine_color.png"))
    truth = data.cityscapes(tmp_path)[0]["segmentation"]
    assert [(s.category_id, s.area, s.iscrowd) for s in sorted(truth.segments, key=lambda s: s.category_id)] == [
        (7, 40, False), (26, 10, True), (26, 5, False), (26, 5, False), (33, 10, False),
    ]  # fmt: skip
    assert (truth.segment_ids[0] == 0).all()
    values[5] = 11003
    Image.fromarray(values.astype(np.uint16)).save(path)
    with pytest.raises(RecordError, match="value 11003"):
        data.cityscapes(tmp_path)[0]


def test_mapillary(tmp_path):
    labels = [{"readable": "Bird", "instances": True, "evaluate": True}, {"readable": "Road", "instances": False}]
    labels.append({"readable": "Unlabeled", "instances": False, "evaluate": False})
    (tmp_path / "config_v1.2.json").write_text(json.dumps({"labels": labels}))
    write_picture(tmp_path / "validation" / "images" / "x.jpg")
    values = np.full((8, 10), 256, np.uint16)
    values[0], values[1], values[2], values[3] = 0, 1, 512, 257
    path = tmp_path / "validation" / "v1.2" / "instances" / "x.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(values).save(path)
    records = data.mapillary(tmp_path)
    truth = records[0]["segmentation"]
    assert records.categories.names == ["Bird", "Road"]
    assert sorted((s.category_id, s.area) for s in truth.segments) == [(1, 10), (1, 10), (2, 50)]
    values[4] = 256 * 7
    Image.fromarray(values).save(path)
    with pytest.raises(RecordError, match="got 7"):
        records[0]


def test_coco_stuff(tmp_path):
    (tmp_path / "labels.txt").write_text("0: unlabeled\n1: person\n92: banner\n")
    labels = np.full((8, 10), 91, np.uint8)
    labels[0], labels[1] = 255, 0
    photos, maps = label_files(tmp_path, labels)
    records = data.coco_stuff(maps, photos, tmp_path / "labels.txt")
    truth = records[0]["segmentation"]
    assert sorted((s.category_id, s.area) for s in truth.segments) == [(1, 10), (92, 60)]
    assert [c.isthing for c in records.categories] == [True, False]


# --- drawn by people --------------------------------------------------------------------------------------------------


def test_labelme(tmp_path):
    write_picture(tmp_path / "a.png", (20, 20))
    shapes = [
        {"label": "cat", "points": [[0, 0], [10, 0], [10, 10], [0, 10]], "shape_type": "polygon", "group_id": 1},
        {"label": "cat", "points": [[15, 15], [18, 18]], "shape_type": "rectangle", "group_id": 1},
        {"label": "dog", "points": [[5, 5], [5, 7]], "shape_type": "circle", "group_id": None},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"shapes": shapes, "imagePath": "..\\elsewhere\\a.png"}))
    (tmp_path / "other.json").write_text("[]")
    records = data.labelme(tmp_path)
    truth = records[0]["segmentation"]
    assert records.categories.names == ["cat", "dog", "background"]
    assert [(truth.categories.by_id(s.category_id).name, s.area) for s in truth.segments] == [("cat", 97), ("dog", 12)]
    assert [problem.file for problem in records.problems] == ["other.json"]
    shapes[2] = {"label": "dog", "points": [[5, 5]], "shape_type": "point"}
    (tmp_path / "a.json").write_text(json.dumps({"shapes": shapes, "imagePath": "a.png"}))
    with pytest.raises(RecordError, match="type 'point'"):
        data.labelme(tmp_path)[0]


CVAT = """<annotations><image id="0" name="a.png" width="20" height="20">
<polygon label="cat" points="0,0;10,0;10,10;0,10" z_order="1"/>
<box label="dog" xtl="8" ytl="8" xbr="12" ybr="12" z_order="{order}"/>
<mask label="cat" left="14" top="14" width="3" height="2" rle="{rle}"/><tag label="night"/></image></annotations>"""


def test_cvat(tmp_path):
    write_picture(tmp_path / "a.png", (20, 20))
    path = tmp_path / "annotations.xml"
    path.write_text(CVAT.format(order=0, rle="1,5"))
    truth = data.cvat(path, tmp_path)[0]["segmentation"]
    names = [(truth.categories.by_id(s.category_id).name, s.area) for s in truth.segments]
    assert sorted(names) == [("cat", 5), ("cat", 100), ("dog", 12)]  # the box lies below: z_order decides
    assert truth.segment_ids[14, 14] == 0
    for text, said in (
        (CVAT.format(order=0, rle="1,2"), "does not fit its runs"),
        (CVAT.format(order="x", rle="1,5"), "'x'"),
        (CVAT.format(order=0, rle="1,5").replace("<box", "<polyline").replace("/>\n<mask", "/>\n<mask"), "no area"),
        (CVAT.format(order=0, rle="1,5").replace("0,0;10,0;10,10;0,10", "0,0;1,1"), "at least 3 pairs"),
    ):
        path.write_text(text)
        with pytest.raises(RecordError, match=said):
            data.cvat(path, tmp_path)[0]
    for text, said in (
        ("<a", "not valid xml"),
        ("<a/>", "<image>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "DOCTYPE"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=said):
            data.cvat(path, tmp_path)


# --- parquet ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streaming", [False, True])
def test_a_folder_of_parquet_files_reads_as_a_hub_data_set(tmp_path, streaming):
    import datasets

    labels = np.zeros((3, 8, 10), np.uint8)
    labels[1, 2:], labels[2] = 1, 7
    rows = {
        "image": [Image.fromarray(np.zeros((8, 10, 3), np.uint8))] * 3,
        "mask": [Image.fromarray(x) for x in labels],
    }
    features = datasets.Features(image=datasets.Image(), mask=datasets.Image())
    (tmp_path / "data").mkdir()
    datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "data" / "train-0.parquet")
    cache = tmp_path.with_name(tmp_path.name + "-cache")  # inside the folder it would be taken for data
    options = {"categories": ["grass", "cat"], "label": "mask", "cache_dir": str(cache)}
    with contextlib.redirect_stderr(io.StringIO()):
        records = data.from_hub(str(tmp_path), streaming=streaming, **options)
        if streaming:
            found = list(records)
            assert len(found) == 2
            assert [problem.index for problem in records.problems] == [2]
        else:
            assert len(records) == 3
            assert records.check().readable == 2
            found = list(records.usable())
        np.testing.assert_array_equal(found[1]["segmentation"].semantic(), labels[1])
        with pytest.raises(UserError, match="image, mask"):
            data.from_hub(str(tmp_path), **{**options, "label": "label"})
        with pytest.raises(UserError, match="cannot open"):
            data.from_hub(str(tmp_path / "nothing"), **options)
        with pytest.raises(UserError, match="categories="):
            data.from_hub(str(tmp_path))


def test_records_are_a_sequence(tmp_path):
    records = data.coco_instances(coco_files(tmp_path), tmp_path / "photos")
    assert [row["file"] for row in records] == ["a.png"]
    assert len(records[:0]) == 0
    assert records[-1]["image"].shape == (8, 10, 3)
    assert repr(records) == "Records(1 pictures, 2 categories)"
    with pytest.raises(IndexError, match="0 to 0"):
        records[1]


def test_a_problem_names_the_file_as_the_data_do():
    said = UserError("'/home/a b/photos/x.png' is empty, not a picture: look where it comes from")
    problem = problem_of(said, "x.png", 3)
    assert problem.what == str(said).replace("/home/a b/photos/", "")
    assert (problem.file, problem.index, problem.mend) == ("x.png", 3, "")
    assert str(problem) == f"record 3 (x.png): {problem.what}"

"""What is wrong with annotations as people export them: each kind a row, named as a problem, never a traceback."""

import base64
import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from segtutor import data
from segtutor.errors import UserError

POLYGON = [[1, 1, 4, 1, 4, 3, 1, 3]]
EMPTY = np.zeros((8, 10), np.uint8)


def png(values, file_format="PNG"):
    file = io.BytesIO()
    Image.fromarray(values).save(file, file_format)
    return file.getvalue()


def bomb(side=60_000):
    """A PNG of a few kB that says it has side x side pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0" * 10_000)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PICTURE = png(np.zeros((8, 10, 3), np.uint8))
NOISE = png(np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8))


# --- COCO -------------------------------------------------------------------------------------------------------------


def coco(folder, image=None, annotation=None):
    (folder / "a.png").write_bytes(PICTURE)
    content = {
        "images": [{"id": 1, "file_name": "a.png", **(image or {})}],
        "annotations": [{"id": 5, "image_id": 1, "category_id": 17, "segmentation": POLYGON, **(annotation or {})}],
        "categories": [{"id": 17, "name": "cat"}],
    }
    (folder / "a.json").write_text(json.dumps(content))
    return data.coco_instances(folder / "a.json", folder)


COCO = {
    "category id is a list": ({}, {"category_id": [17]}, "got [17]"),
    "picture id is a list": ({}, {"image_id": [1]}, "picture [1], which images does not list"),
    "picture's own id is a list": ({"id": [1]}, {}, "no id or no file_name"),
    "size of runs is a number": ({}, {"segmentation": {"size": 80, "counts": [80]}}, "[8, 10] (height, width), got 80"),
    "a crowd in words": ({}, {"iscrowd": "0"}, "iscrowd must be 0 or 1, got '0'"),
    "crowd 2": ({}, {"iscrowd": 2}, "iscrowd must be 0 or 1, got 2"),
    "corner that is no number": ({}, {"segmentation": [[1, 1, float("nan"), 1, 4, 3]]}, "at least three corners"),
}


@pytest.mark.parametrize("case", COCO)
def test_coco_annotations_of_odd_types_are_problems(case, tmp_path):
    image, annotation, said = COCO[case]
    assert said in str(coco(tmp_path, image, annotation).check())


@pytest.mark.parametrize("image", [{"width": None, "height": None}, {"width": 10}], ids=["null", "width alone"])
def test_a_size_that_is_not_stated_is_none(image, tmp_path):
    assert coco(tmp_path, image).check().problems == []


def test_a_json_with_a_byte_order_mark_is_read(tmp_path):
    coco(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.json").read_bytes())
    assert len(data.coco_instances(tmp_path / "a.json", tmp_path)) == 1


def test_panoptic_annotations_of_odd_types_are_problems(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png(np.zeros((8, 10, 3), np.uint8)))
    odd = [{"image_id": [1], "segments_info": []}, {"image_id": 1, "segments_info": []}]
    content = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [*odd, odd[1]]}
    content["categories"] = [{"id": 17, "name": "cat", "isthing": 1}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    records = data.coco_panoptic(tmp_path / "a.json", tmp_path, tmp_path)
    assert len(records) == 1
    assert sorted(problem.kind for problem in records.problems) == ["annotated twice", "no picture"]


# --- label maps -------------------------------------------------------------------------------------------------------


LABELS = {
    "transparency": (png(np.zeros((8, 10, 4), np.uint8)), "wrong mode"),
    "JPEG": (png(EMPTY, "JPEG"), "lossy labels"),
    "says it is too large": (bomb(), "too large"),
    "larger than allowed": (bomb(8000), "too large"),
    "cut off": (NOISE[:500], "unreadable labels"),
}


@pytest.mark.parametrize("case", LABELS)
def test_a_bad_label_map_keeps_its_own_kind(case, tmp_path):
    content, kind = LABELS[case]
    (tmp_path / "photos").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(PICTURE)
    (tmp_path / "labels" / "a.png").write_bytes(content)
    problems = data.label_maps(tmp_path / "photos", tmp_path / "labels", ["grass"]).check().problems
    assert [problem.kind for problem in problems] == [kind]
    assert problems[0].what


def test_void_may_be_one_number_none_or_below_zero(tmp_path):
    for part in ("photos", "labels"):
        (tmp_path / part).mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(PICTURE)
    Image.fromarray(EMPTY.astype(np.int32) - 1).save(tmp_path / "labels" / "a.tif")
    folders = tmp_path / "photos", tmp_path / "labels"
    assert data.label_maps(*folders, ["grass"], void=[-1]).check().problems == []
    assert data.label_maps(*folders, ["grass"], void=-1).check().problems == []
    assert len(data.label_maps(*folders, ["grass"], void=None).check().problems) == 1
    with pytest.raises(UserError, match=r"values.*a list"):
        data.label_maps(*folders, ["grass"], values=[0])
    with pytest.raises(UserError, match=r"void=\(\) where nothing is void"):
        data.label_maps(*folders, [f"class {i}" for i in range(300)])


def test_published_layouts_without_a_single_pair_are_sentences(tmp_path):
    for part in ("leftImg8bit/val", "gtFine/val", "validation/images", "validation/instances", "maps", "photos"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"labels": [{"readable": "Bird", "instances": true}]}')
    (tmp_path / "labels.txt").write_text("1: person\n")
    for convert in (
        lambda: data.cityscapes(tmp_path),
        lambda: data.mapillary(tmp_path),
        lambda: data.coco_stuff(tmp_path / "maps", tmp_path / "photos", tmp_path / "labels.txt"),
    ):
        with pytest.raises(UserError, match="same name"):
            convert()


# --- drawn by people --------------------------------------------------------------------------------------------------


def labelme(folder, shape=None, **content):
    (folder / "a.png").write_bytes(png(np.zeros((20, 20, 3), np.uint8)))
    shapes = [{"label": "cat", "points": [[0, 0], [10, 0], [10, 10], [0, 10]], "shape_type": "polygon"}]
    if shape is not None:
        shapes.append({**shapes[0], **shape})
    (folder / "a.json").write_text(json.dumps({"shapes": shapes, "imagePath": "a.png", **content}))
    return data.labelme(folder)


LABELME = {
    "group is a list": ({"group_id": [1]}, {}, "got [1]"),
    "label is a dictionary": ({"label": {}}, {}, "label '{}'"),
    "picture is a number": ({}, {"imageData": 5}, "imageData"),
    "picture is none": ({}, {"imageData": base64.b64encode(b"hello").decode()}, "check the file"),
    "drawn on another size": ({}, {"imageWidth": 40, "imageHeight": 20}, "40 x 20"),
}


@pytest.mark.parametrize("case", LABELME)
def test_bad_labelme_files_are_problems(case, tmp_path):
    shape, content, said = LABELME[case]
    assert said in str(labelme(tmp_path, shape, **content).check())


CVAT = '<annotations><image id="0" name="a.png" width="{width}" height="20">{shape}</image></annotations>'
BOX = '<box label="cat" xtl="2" ytl="6" xbr="10" ybr="8" rotation="{}"/>'
ELLIPSE = '<ellipse label="cat" cx="10" cy="10" rx="6" ry="3" rotation="{}"/>'


def cvat(folder, shape, width=20, encoding="utf-8", before=""):
    (folder / "a.png").write_bytes(png(np.zeros((20, 20, 3), np.uint8)))
    (folder / "a.xml").write_bytes((before + CVAT.format(shape=shape, width=width)).encode(encoding))
    return data.cvat(folder / "a.xml", folder)


def test_cvats_rotated_boxes_and_ellipses_lie_as_they_were_drawn(tmp_path):
    straight = cvat(tmp_path, BOX.format(0))[0]["segmentation"].segment_ids
    turned = cvat(tmp_path, BOX.format(90))[0]["segmentation"].segment_ids
    assert straight[6:8, 2:10].all()
    assert turned[3:11, 5:7].all()  # about its centre (6, 7)
    assert turned.sum() == straight.sum() == 16
    wide = cvat(tmp_path, ELLIPSE.format(0))[0]["segmentation"].segment_ids
    high = cvat(tmp_path, ELLIPSE.format(90))[0]["segmentation"].segment_ids
    assert wide.sum() == pytest.approx(np.pi * 18, rel=0.05)
    np.testing.assert_array_equal(wide, high.T)
    assert wide.any(0).sum() == 12


def test_bad_cvat_files_are_problems(tmp_path):
    assert "40 x 20" in str(cvat(tmp_path, BOX.format(0), width=40).check())
    assert "'x'" in str(cvat(tmp_path, BOX.format("x")).check())
    assert "half-axes" in str(cvat(tmp_path, ELLIPSE.format(0).replace('ry="3"', 'ry="-3"')).check())
    with pytest.raises(UserError, match="DOCTYPE"):  # also where its bytes are not those of ASCII
        cvat(tmp_path, BOX.format(0), encoding="utf-16", before='<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')


# --- parquet ----------------------------------------------------------------------------------------------------------


ROWS = {
    "truncated picture": (NOISE[: len(NOISE) // 2], png(EMPTY), "truncated or damaged"),
    "no picture": (b"hello", png(EMPTY), "check the file"),
    "nothing": (None, png(EMPTY), "neither bytes"),
    "no labels": (PICTURE, b"hello", "not a readable label map"),
    "huge labels": (PICTURE, bomb(), "50000000 pixels"),
    "labels as JPEG": (PICTURE, png(EMPTY, "JPEG"), "got JPEG"),
    "labels with transparency": (PICTURE, png(np.zeros((8, 10, 4), np.uint8)), "mode RGBA"),
}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """A folder of a parquet file with a bad row of each kind between two good ones."""
    import pyarrow
    from pyarrow import parquet as files

    folder = tmp_path_factory.mktemp("parquet")
    (folder / "data").mkdir()
    rows = [(PICTURE, png(EMPTY)), *((picture, labels) for picture, labels, _ in ROWS.values()), (PICTURE, png(EMPTY))]
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    columns = {
        name: pyarrow.array([{"bytes": row[i], "path": None} for row in rows], kind)
        for i, name in enumerate(("image", "mask"))
    }
    features = {name: {"_type": "Image"} for name in columns}
    table = pyarrow.table(columns).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    files.write_table(table, folder / "data" / "train-0.parquet")
    return folder


@pytest.mark.parametrize("streaming", [False, True])
def test_a_bad_row_of_a_hub_data_set_is_a_problem_and_the_others_are_read(parquet, streaming, tmp_path):
    records = data.from_hub(
        str(parquet), categories=["grass"], label="mask", streaming=streaming, cache_dir=str(tmp_path)
    )
    if streaming:
        assert len(list(records)) == 2
    else:
        assert records.check().readable == 2
    assert [problem.index for problem in records.problems] == list(range(1, len(ROWS) + 1))
    for problem, (_, _, said) in zip(records.problems, ROWS.values(), strict=True):
        assert said in str(problem)


# --- check_labels -----------------------------------------------------------------------------------------------------


def test_labels_that_cannot_be_read_are_no_finding():
    report = data.check_labels([EMPTY.astype(float), {"image": EMPTY}, "nowhere.png"], ["grass"])
    assert report.findings == []
    assert len(report.problems) == 3
    assert "['image']" in str(report.problems[1])


@pytest.mark.parametrize("most", [0, -1, 1.5])
def test_an_impossible_number_of_maps_is_a_sentence(most):
    with pytest.raises(UserError, match="most"):
        data.check_labels([EMPTY], ["grass"], most=most)


def test_void_of_check_labels_may_be_one_number():
    assert data.check_labels([EMPTY, EMPTY + 255], ["grass"], void=255).findings[0].kind == "nothing but void"

"""YOLO, VIA, Label Studio, VOC, CVAT's masks, Roboflow: what differs between exports, and what is refused."""

import json

import numpy as np
import pytest
from formats import packed, save

import segtutor as st
from segtutor.data.convert.label_studio_json import unpacked
from segtutor.data.records import RecordError
from segtutor.errors import UserError

PICTURE = np.full((20, 40, 3), 90, np.uint8)
BOX = "0.1 0.2 0.5 0.2 0.5 0.8 0.1 0.8"  # 16 x 12 pixels


def named(records):
    truth = records[0]["segmentation"]
    return [(truth.categories.by_id(s.category_id).name, s.area) for s in truth.segments]


def yolo_files(
    folder, text, config="names: [cat, dog]\ntrain: images/train\n", images="images/train", labels="labels/train"
):
    save(PICTURE, folder / images / "a.png")
    (folder / labels).mkdir(parents=True, exist_ok=True)
    (folder / labels / "a.txt").write_text(text)
    (folder / "data.yaml").write_text(config)
    return folder


def test_yolo(tmp_path):
    records = st.data.yolo(yolo_files(tmp_path, f"1 {BOX}\n\n0 {BOX}\n"))
    assert named(records) == [("cat", 192)]  # the later line lies above
    assert records.categories.names == ["cat", "dog", "background"]
    save(PICTURE, tmp_path / "images" / "train" / "b.png")
    (tmp_path / "labels" / "train" / "c.txt").write_text("")
    records = st.data.yolo(tmp_path / "data.yaml")
    assert [len(row["segmentation"].segments) for row in records] == [1, 0]
    assert [p.kind for p in records.problems] == ["no picture"]


YOLO_LAYOUTS = {
    "names by number": ("names: {0: cat, 1: dog}\ntrain: images/train\n", "images/train", "labels/train"),
    "roboflow": ("names: [cat, dog]\ntrain: ../train/images\n", "train/images", "train/labels"),
    "a path of another machine": (
        "path: /home/me/set\nnames: [cat]\ntrain: images/train\n", "images/train", "labels/train",
    ),
    "no split named": ("names: [cat]\n", "images/train", "labels/train"),
    "backslashes": ("names: [cat]\ntrain: images\\train\n", "images/train", "labels/train"),
}  # fmt: skip


@pytest.mark.parametrize("case", YOLO_LAYOUTS)
def test_yolos_layouts(case, tmp_path):
    config, images, labels = YOLO_LAYOUTS[case]
    assert named(st.data.yolo(yolo_files(tmp_path, f"0 {BOX}", config, images, labels))) == [("cat", 192)]


YOLO_BAD = {
    "a box": ("0 0.5 0.5 0.2 0.2", "no area"),
    "an odd number": (f"0 {BOX} 0.1", "bad polygon"),
    "words": ("cat 0.1 0.1 0.2 0.2 0.3 0.3", "bad polygon"),
    "pixels": ("0 10 20 50 20 50 80", "bad polygon"),
    "an unknown class": (f"7 {BOX}", "unknown label"),
}


@pytest.mark.parametrize("case", YOLO_BAD)
def test_yolo_lines_that_are_problems(case, tmp_path):
    text, kind = YOLO_BAD[case]
    assert [p.kind for p in st.data.yolo(yolo_files(tmp_path, text)).check().problems] == [kind]


@pytest.mark.parametrize("config", ["names: 3\n", "- a\n", "names: [\n", "x: 1\n", "!!python/object:os.system {}\n"])
def test_yamls_that_are_none(config, tmp_path):
    with pytest.raises(UserError):
        st.data.yolo(yolo_files(tmp_path, f"0 {BOX}", config))


def via_file(folder, *regions, project=True):
    save(PICTURE, folder / "a.png")
    entry = {"filename": "a.png", "size": 1, "regions": list(regions)}
    content = {"a.png1": entry}
    (folder / "via.json").write_text(json.dumps({"_via_img_metadata": content} if project else content))
    return folder / "via.json", folder


def region(name, label="cat", **shape):
    return {"shape_attributes": {"name": name, **shape}, "region_attributes": {"kind": label}}


VIA = {
    "rect": (region("rect", x=4, y=4, width=16, height=12), 192),
    "circle": (region("circle", cx=10, cy=10, r=6), 112),
    "ellipse": (region("ellipse", cx=20, cy=10, rx=10, ry=5, theta=0), 156),
    "checkbox": (region("rect", {"cat": True, "dog": False}, x=4, y=4, width=16, height=12), 192),
}


@pytest.mark.parametrize("case", VIA)
def test_via_regions(case, tmp_path):
    shape, area = VIA[case]
    ((name, found),) = named(st.data.via(*via_file(tmp_path, shape, project=case != "rect")))
    assert name == "cat"
    assert found == pytest.approx(area, abs=6)


def test_via_of_version_1_and_of_several_attributes(tmp_path):
    path, folder = via_file(tmp_path)
    shape = region("rect", x=4, y=4, width=16, height=12)
    path.write_text(json.dumps({"a": {"filename": "a.png", "regions": {"0": shape}}}))
    assert named(st.data.via(path, folder)) == [("cat", 192)]
    shape["region_attributes"]["colour"] = "red"
    path, folder = via_file(tmp_path, shape)
    with pytest.raises(UserError, match="label="):
        st.data.via(path, folder)
    assert named(st.data.via(path, folder, label="colour")) == [("red", 192)]
    path, folder = via_file(tmp_path, region("point", cx=3, cy=3))
    assert [p.kind for p in st.data.via(path, folder).check().problems] == ["no area"]
    path.write_text("[]")
    with pytest.raises(UserError, match="VIA"):
        st.data.via(path, folder)


def studio(folder, *results, image="/data/upload/3/0a1b2c3d-a.png", size=(20, 40)):
    save(PICTURE, folder / "a.png")
    made = [{"original_height": size[0], "original_width": size[1], **result} for result in results]
    task = {"id": 1, "data": {"image": image}, "annotations": [{"result": [], "was_cancelled": True}, {"result": made}]}
    (folder / "a.json").write_text(json.dumps([task, {"id": 2, "data": {"image": "b.png"}, "annotations": []}]))
    return folder / "a.json", folder


BOXED = {"type": "rectanglelabels", "value": {"x": 10, "y": 20, "width": 40, "height": 60, "rectanglelabels": ["cat"]}}
STUDIO = {
    "rectangle": (BOXED, 192),
    "turned rectangle": (
        {**BOXED, "value": {**BOXED["value"], "x": 50, "width": 25, "height": 50, "rotation": 90}},
        100,
    ),
    "ellipse": (
        {"type": "ellipselabels", "value": {"x": 50, "y": 50, "radiusX": 25, "radiusY": 25, "ellipselabels": ["cat"]}},
        156,
    ),
}


@pytest.mark.parametrize("case", STUDIO)
def test_label_studio_results(case, tmp_path):
    result, area = STUDIO[case]
    ((name, found),) = named(st.data.label_studio(*studio(tmp_path, result)))
    assert name == "cat"
    assert found == pytest.approx(area, abs=6)


@pytest.mark.parametrize(
    "image", ["a.png", "/data/local-files/?d=set/a.png", "http://host/data/upload/1/0a1b2c3d-a.png", "C:\\x\\a.png"]
)
def test_label_studios_pictures_are_found(image, tmp_path):
    records = st.data.label_studio(*studio(tmp_path, BOXED, image=image))
    assert records.check().readable == 1
    assert [p.kind for p in records.problems] == ["no labels"]  # the second task


def test_label_studios_bad_files_are_problems(tmp_path):
    assert "40 x 20" in str(st.data.label_studio(*studio(tmp_path, BOXED, size=(30, 40))).check())
    path, folder = studio(tmp_path, BOXED)
    path.write_text("{}")
    with pytest.raises(UserError, match="Label Studio"):
        st.data.label_studio(path, folder)


def test_strokes_unpack_and_damaged_ones_are_refused():
    rng = np.random.default_rng(0)
    for shape in ((5, 7), (40, 31)):
        mask = rng.random(shape) > 0.6
        np.testing.assert_array_equal(unpacked(packed(mask), shape, "x"), mask)
    codes = packed(mask)
    for bad in (codes[: len(codes) // 2], [], "text", [300], codes[:9]):
        with pytest.raises(RecordError):
            unpacked(bad, shape, "x")
    with pytest.raises(RecordError, match="one size"):
        unpacked(codes, (31, 41), "x")


def voc_files(folder, classes, own=None, labelmap=None):
    save(PICTURE, folder / "JPEGImages" / "a.png")
    save(PICTURE, folder / "JPEGImages" / "boxes_only.png")
    save(classes, folder / "SegmentationClass" / "a.png")
    if own is not None:
        save(own, folder / "SegmentationObject" / "a.png")
    if labelmap:
        (folder / "labelmap.txt").write_text(labelmap)
    return folder


def test_voc_by_number_and_by_colour(tmp_path):
    classes = np.zeros((20, 40), np.uint8)
    classes[2:6, 2:12], classes[2:6, 12:14] = 8, 255
    records = st.data.voc(voc_files(tmp_path / "numbers", classes))
    assert named(records) == [("background", 752), ("cat", 40)]
    assert records.problems == []
    colours = np.zeros((20, 40, 3), np.uint8)
    colours[2:6, 2:12], colours[2:6, 12:14] = (64, 0, 0), (224, 224, 192)
    records = st.data.voc(voc_files(tmp_path / "colours", colours, classes))
    assert named(records) == [("background", 752), ("cat", 40)]
    assert records.categories.by_id(8).isthing
    assert not records.categories.by_id(0).isthing
    with pytest.raises(UserError, match="split 'val'"):
        st.data.voc(tmp_path / "numbers", "val")


def test_cvats_labelmap(tmp_path):
    colours = np.zeros((20, 40, 3), np.uint8)
    colours[2:6, 2:12] = (255, 0, 0)
    text = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nred cat:255,0,0::\n"
    assert named(st.data.voc(voc_files(tmp_path, colours, None, text))) == [("background", 760), ("red cat", 40)]
    for bad in ("cat:red::\n", "", "a:1,2,3::\nb:1,2,3::\n"):
        (tmp_path / "labelmap.txt").write_text(bad or "#\n")
        with pytest.raises(UserError):
            st.data.voc(tmp_path)


def test_roboflows_group_is_no_category(tmp_path):
    save(PICTURE, tmp_path / "train" / "a.png")
    content = {"images": [{"id": 0, "file_name": "a.png", "height": 20, "width": 40}]}
    content["categories"] = [
        {"id": 0, "name": "pets", "supercategory": "none"}, {"id": 1, "name": "cat", "supercategory": "pets"},
    ]  # fmt: skip
    content["annotations"] = [
        {"id": 0, "image_id": 0, "category_id": 1, "segmentation": [[4, 4, 20, 4, 20, 16, 4, 16]]}
    ]
    (tmp_path / "train" / "_annotations.coco.json").write_text(json.dumps(content))
    records = st.data.roboflow(tmp_path)
    assert records.categories.names == ["cat", "background"]
    with pytest.raises(UserError, match="Roboflow"):
        st.data.roboflow(tmp_path, "valid")


def test_an_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "masks.zip").write_bytes(b"PK")
    with pytest.raises(UserError, match="unpack it"):
        st.data.voc(tmp_path / "masks.zip")

"""Folders as people bring them: names of other systems, one name in two folders, blanks, marks of byte order.

Each row writes a few files as the tool would and says what must come out; a number that is silently wrong is the
mistake all of them are about.
"""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segtutor import data
from segtutor.cli import main
from segtutor.data.own_formats import FORMATS
from segtutor.errors import UserError
from segtutor.training.rows.own_data import measure, opened

SQUARE = [[5, 5], [15, 5], [15, 15], [5, 15]]
YOLO = "0 0.1 0.1 0.3 0.1 0.3 0.3"  # half of 12 x 8 pixels
SIZE = (40, 60)


def picture(path: Path, grey: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1], (grey, grey, grey)).save(path)


def text(path: Path, content, mark: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(mark + content.encode())


def shape(label="cat", points=SQUARE, **more):
    return {"label": label, "points": points, "shape_type": "polygon", "group_id": None, **more}


def labelme(path: Path, *shapes, shown: str) -> None:
    text(path, {"shapes": list(shapes), "imagePath": shown, "imageHeight": SIZE[0], "imageWidth": SIZE[1]})


def coco(path: Path, shown: str, outline) -> None:
    one = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": outline, "bbox": [5, 5, 10, 10]}
    images = [{"id": 1, "file_name": shown, "height": SIZE[0], "width": SIZE[1]}]
    text(path, {"images": images, "annotations": [one], "categories": [{"id": 1, "name": "cat"}]})


def studio(path: Path, shown: str, *results) -> None:
    text(path, [{"id": 1, "data": {"image": shown}, "annotations": [{"id": 1, "result": list(results)}]}])


DRAWN = {"points": [[10, 10], [30, 10], [30, 30]], "closed": True}
LABELLED = {"type": "polygonlabels", "id": "a", "value": {**DRAWN, "polygonlabels": ["cat"]}}


def found(records) -> dict[str, list[tuple[str, int]]]:
    """{file: [(name of the class, pixels)]} of records that can all be read."""
    names = {category.id: category.name for category in records.categories}
    return {
        row["file"]: [(names[s.category_id], s.area) for s in row["segmentation"].segments] for row in iter(records)
    }


def composed(at):
    picture(at / "images/train" / unicodedata.normalize("NFC", "café.png"))
    text(at / "labels/train" / unicodedata.normalize("NFD", "café.txt"), YOLO)
    text(at / "data.yaml", "names: [cat]\ntrain: images/train\n")
    return data.yolo(at), {"café.png": [("cat", 48)]}


def yolo_marks(at):
    picture(at / "images/train/a.png")
    text(at / "labels/train/a.txt", YOLO + "\r\n", b"\xef\xbb\xbf")
    text(at / "data.yaml", "names: [cat]\r\ntrain: images\\train\r\n", b"\xef\xbb\xbf")
    return data.yolo(at), {"a.png": [("cat", 48)]}


def yolo_folders(at):
    for part in ("a", "b"):
        picture(at / "images" / part / "1.png")
        text(at / "labels" / part / "1.txt", YOLO if part == "b" else "")
    text(at / "data.yaml", "names: [cat]\ntrain: [images/a, images/b]\n")
    name = f"{at.name}/images"
    return data.yolo(at), {f"{name}/a/1.png": [], f"{name}/b/1.png": [("cat", 48)]}


def yolo_words(at):
    """YAML reads no and 1.10 as a truth value and a number."""
    picture(at / "images/train/a.png")
    text(at / "labels/train/a.txt", YOLO.replace("0 ", "3 ", 1))
    text(at / "data.yaml", "names: {'2': 1.10, '3': no}\ntrain: images/train\n")
    return data.yolo(at), {"a.png": [("no", 48)]}


def yolo_beside(at):
    """Below a folder that happens to be called images; the labels are beside the pictures."""
    picture(at / "images/set/train/1.png")
    text(at / "images/set/train/1.txt", YOLO)
    text(at / "images/set/data.yaml", "names: [cat]\ntrain: train\n")
    return data.yolo(at / "images/set"), {"1.png": [("cat", 48)]}


def two_names(at):
    for part in ("a", "b"):
        picture(at / part / "1.png")
        labelme(at / part / "1.json", *([shape()] * (part == "a")), shown="1.png")
    return data.labelme(at), {"a/1.json": [("cat", 100)], "b/1.json": []}


def other_case(at):
    picture(at / "IMG 1.JPG")
    labelme(at / "IMG 1.json", shape(), shown="C:\\My photos\\img 1.jpg")
    return data.labelme(at), {"IMG 1.json": [("cat", 100)]}


def blanks(at):
    """One class, whose name has a blank behind it here, and decomposed letters there."""
    for number, name in enumerate(["été", "été ", unicodedata.normalize("NFD", "été")]):
        picture(at / f"{number}.png")
        labelme(at / f"{number}.json", shape(name), shown=f"{number}.png")
    return data.labelme(at), {f"{number}.json": [("été", 100)] for number in range(3)}


def older_shapes(at):
    picture(at / "a.png")
    labelme(at / "a.json", shape(7, shape_type=None), shown="a.png")
    return data.labelme(at), {"a.json": [("7", 100)]}


def part_outside(at):
    """Of one object of two polygons one lies beside the picture, as after cutting it."""
    picture(at / "a.png")
    beside = [[100, 5], [110, 5], [110, 15]]
    labelme(at / "a.json", shape(group_id=1), shape(group_id=1, points=beside), shown="a.png")
    return data.labelme(at), {"a.json": [("cat", 100)]}


def own_folder(at):
    picture(at / "images/a b.png")
    coco(at / "a.json", "images\\a b.png", [[5, 5, 15, 5, 15, 15, 5, 15]])
    return data.coco_instances(at / "a.json", at / "images"), {"images\\a b.png": [("cat", 100)]}


def upload(at):
    picture(at / "a é.png")
    studio(at / "x.json", "/data/upload/1/0123abcd-a%20%C3%A9.png", LABELLED)
    return data.label_studio(at / "x.json", at), {"/data/upload/1/0123abcd-a é.png": [("cat", 48)]}


def longest(at):
    """Of two pictures 1.png that is meant whose folder the path names."""
    picture(at / "1.png", 10)
    picture(at / "sub/1.png", 20)
    studio(at / "x.json", "/data/local-files/?d=photos/sub/1.png", LABELLED)
    records = data.label_studio(at / "x.json", at)
    assert records[0]["image"][0, 0, 0] == 20
    return records, {"photos/sub/1.png": [("cat", 48)]}


def two_results(at):
    """<Labels> beside <Polygon>: the label is a result of its own."""
    picture(at / "a.png")
    bare = {"type": "polygon", "id": "a", "value": DRAWN}
    studio(at / "x.json", "a.png", bare, {"type": "labels", "id": "a", "value": {**DRAWN, "labels": ["cat"]}})
    return data.label_studio(at / "x.json", at), {"a.png": [("cat", 48)]}


def maps(at, names=("images", "labels", "numbers")):
    """Two pictures of one name; in the folder y one object, in x two."""
    half = np.zeros(SIZE, np.uint8)
    half[:20] = 1
    for part in ("x", "y"):
        numbers = half.copy()
        numbers[:20, 30:] = 2 if part == "x" else 1
        picture(at / names[0] / part / "1.png")
        for folder, stored in zip(names[1:], (half, numbers), strict=True):
            (at / folder / part).mkdir(parents=True)
            Image.fromarray(stored).save(at / folder / part / "1.PNG")


def numbers_of_two(at):
    maps(at)
    records = data.label_maps(at / "images", at / "labels", ["road", "cat"], instances=at / "numbers")
    return records, {
        "x/1.png": [("road", 1200), ("cat", 600), ("cat", 600)],
        "y/1.png": [("road", 1200), ("cat", 1200)],
    }


def voc_of_two(at):
    maps(at, ("JPEGImages", "SegmentationClass", "SegmentationObject"))
    records = data.voc(at, categories=["background", "cat"])
    return records, {
        "x/1.png": [("background", 1200), ("cat", 600), ("cat", 600)],
        "y/1.png": [("background", 1200), ("cat", 1200)],
    }


def maps_in_other_case(at):
    picture(at / "images/IMG_1.JPG")
    (at / "labels").mkdir()
    Image.fromarray(np.zeros(SIZE, np.uint16)).save(at / "labels/img_1.png")
    return data.label_maps(at / "images", at / "labels", ["road"]), {"IMG_1.JPG": [("road", 2400)]}


READ = [
    composed, yolo_marks, yolo_folders, yolo_words, yolo_beside, two_names, other_case, blanks, older_shapes,
    part_outside, own_folder, upload, longest, two_results, numbers_of_two, voc_of_two, maps_in_other_case,
]  # fmt: skip


@pytest.mark.parametrize("case", READ, ids=lambda case: case.__name__)
def test_what_people_bring(case, tmp_path):
    records, wanted = case(tmp_path)
    assert found(records) == wanted
    assert records.problems == []


def test_a_picture_without_json_is_named_though_another_folder_has_one_of_its_name(tmp_path):
    picture(tmp_path / "a/1.png")
    picture(tmp_path / "b/1.png")
    labelme(tmp_path / "a/1.json", shape(), shown="1.png")
    assert [(p.file, p.kind) for p in data.labelme(tmp_path).problems] == [("b/1.png", "no labels")]


def test_two_files_that_differ_in_case_alone_are_not_guessed(tmp_path):
    picture(tmp_path / "A.png")
    picture(tmp_path / "a.PNG")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("a file system for which these are one file")
    labelme(tmp_path / "x.json", shape(), shown="a.png")
    assert "missing picture" in [problem.kind for problem in data.labelme(tmp_path).check().problems]


def test_labels_that_no_picture_has_are_no_data_set_of_empty_pictures(tmp_path):
    picture(tmp_path / "images/train/a.png")
    text(tmp_path / "data.yaml", "names: [cat]\ntrain: images/train\n")
    with pytest.raises(UserError, match="no picture"):
        data.yolo(tmp_path)


def test_a_box_alone_is_named_as_one(tmp_path):
    picture(tmp_path / "a.png")
    coco(tmp_path / "a.json", "a.png", [])
    assert [p.kind for p in data.coco_instances(tmp_path / "a.json", tmp_path).check().problems] == ["no area"]


def test_vias_csv_is_named(tmp_path):
    text(tmp_path / "a.csv", "filename\n")
    with pytest.raises(UserError, match="csv"):
        data.via(tmp_path / "a.csv", tmp_path)


# --- from the shell ---------------------------------------------------------------------------------------------------


@pytest.fixture
def masks(tmp_path):
    stored = np.zeros(SIZE, np.uint8)
    stored[:10], stored[10:20] = 128, 255
    for number in range(2):
        picture(tmp_path / "images" / f"{number}.png")
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(stored).save(tmp_path / "masks" / f"{number}.png")
    return [str(tmp_path / "masks"), "--format", "label-maps", "--images", str(tmp_path / "images")]


def test_values_of_masks_are_named_in_the_shell(masks, capsys):
    assert main(["check", *masks, "--classes", "0=void,128=road,255=car"]) == 0
    said = capsys.readouterr().out
    assert "2 records, all readable" in said
    assert "road  25.00 %" in said
    assert "void  50.00 %" in said


BAD = {
    "an unknown value": ("0=void,128=road", 1, "value 255"),
    "names and values": ("road,128=car", 2, "VALUE=NAME"),
    "a value twice": ("0=void,0=road", 2, "value 0"),
    "void alone": ("0=void", 2, "void"),
}


@pytest.mark.parametrize("case", BAD)
def test_values_that_cannot_be_are_said(case, masks, capsys):
    classes, status, words = BAD[case]
    assert main(["check", *masks, "--classes", classes]) == status
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_what_a_format_does_not_take_is_refused(masks, capsys):
    assert main(["check", *masks, "--classes", "road", "--unlabelled", "void"]) == 2
    assert "--unlabelled" in capsys.readouterr().err
    assert main(["check", masks[0]]) == 2
    assert "--format" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "evaluate", "check"])
def test_help_lists_the_formats_of_the_registry(command, capsys):
    assert main([command, "--help"]) == 0
    said = "".join(capsys.readouterr().out.split())
    assert ",".join(FORMATS) in said


def test_classes_that_differ_in_case_are_found(tmp_path, capsys):
    for number, name in enumerate(["Cat", "cat"]):
        picture(tmp_path / f"{number}.png")
        labelme(tmp_path / f"{number}.json", shape(name), shown=f"{number}.png")
    assert main(["check", str(tmp_path), "--format", "labelme"]) == 1
    assert "'Cat' and 'cat'" in capsys.readouterr().out


def test_pictures_of_another_split_are_not_taken_for_those_kept_back(tmp_path, monkeypatch):
    """Both splits call their pictures 0.png, 1.png, ...: of val all are judged, not the few of a name kept back."""
    for part, count in (("train", 5), ("val", 3)):
        for number in range(count):
            picture(tmp_path / "images" / part / f"{number}.png", 60 if part == "train" else 200)
            text(tmp_path / "labels" / part / f"{number}.txt", YOLO)
    text(tmp_path / "data.yaml", "names: [cat]\ntrain: images/train\nval: images/val\n")
    model = _divided(tmp_path, monkeypatch)
    said = []
    asked = {"format": "yolo", "say": said.append}
    assert measure(model, tmp_path, **asked)["pictures"] == 1
    assert not any("judged" in one for one in said)
    assert measure(model, tmp_path, split="val", **asked)["pictures"] == 3
    assert "'val'" in said[-1]
    with pytest.raises(UserError, match="'val'"):
        measure(model, tmp_path, split="val", part="validation", **asked)
    text(tmp_path / "data.yaml", "names: [cat]\ntrain: images/val\n")  # other pictures, by the same names
    assert measure(model, tmp_path, **asked)["pictures"] == 3
    assert "another picture" in said[-1]


def _divided(folder, monkeypatch):
    """A model whose categories are those of the folder, with the division that a training would have written."""
    import segtutor as st
    from segtutor.training.new_classes import with_classes
    from segtutor.training.rows import own_data

    records = opened(folder, "yolo", say=lambda _: None)
    own = with_classes(st.load("mask2former-toytown"), records.categories)
    written = {"train": [f"{i}.png" for i in range(4)], "validation": ["4.png"], "split": None}
    written["seen"] = own_data._seen(records, "0.png")
    monkeypatch.setattr(own_data, "_division", lambda model: json.loads(json.dumps(written)))
    return own

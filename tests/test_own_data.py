"""One's own data from the shell: trained, divided by a seed that is written down, judged; thresholds and hints."""

import json

import numpy as np
import pytest
from PIL import Image

import segtutor as st
from segtutor.cli import main
from segtutor.data.own_formats import FORMATS
from segtutor.errors import UserError
from segtutor.training.rows.own_data import Shown, divided, measure, opened


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Ten pictures of a red disc, drawn with labelme, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for i in range(10):
        picture = rng.integers(60, 120, (128, 160, 3), dtype=np.uint8)
        x, y, radius = rng.integers(40, 90, 2).tolist() + [24]
        rows, columns = np.indices((128, 160))
        picture[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = (230, 60, 40)
        Image.fromarray(picture).save(folder / f"{i}.png")
        points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1).tolist()
        shape = {"label": "disc", "points": points, "shape_type": "polygon", "group_id": None}
        (folder / f"{i}.json").write_text(json.dumps({"shapes": [shape], "imagePath": f"{i}.png"}))
    (folder / "broken.json").write_text(json.dumps({"shapes": [], "imagePath": "broken.png"}))
    return folder


def test_train_and_evaluate_on_own_data(photos, tmp_path, capsys):
    arguments = ["--data", str(photos), "--format", "labelme"]
    out = tmp_path / "mine"
    assert main(["train", "mask2former-toytown", *arguments, "--out", str(out), "--steps", "30", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "missing picture" in said
    assert "8 pictures, 2 kept" in said
    split = json.loads((out / "split.json").read_text())
    assert (len(split["train"]), len(split["validation"]), split["seed"]) == (8, 2, 3)
    assert main(["evaluate", str(out), *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pictures"], found["part"], found["judged"]) == (2, "validation", 100)
    assert found["pq_disc"] > 60
    assert main(["evaluate", str(out), *arguments, "--part", "all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"] == 10
    assert main(["train", "mask2former-toytown", *arguments, "--out", str(out)]) == 2
    assert str(out) in capsys.readouterr().err


BAD = {
    "no format": (["train", "mask2former-toytown", "--data", ".", "--out", "new"], "--format"),
    "another format": (["train", "mask2former-toytown", "--data", ".", "--format", "x", "--out", "new"], "labelme"),
    "resume": (["train", "x", "--data", ".", "--format", "labelme", "--out", "new", "--resume"], "--resume"),
    "no images": (["evaluate", "mask2former-toytown", "--data", ".", "--format", "label-maps"], "images"),
    "no annotations": (["evaluate", "mask2former-toytown", "--data", ".", "--format", "coco"], ".json"),
    "no folder": (["evaluate", "mask2former-toytown", "--data", "nowhere", "--format", "labelme"], "nowhere"),
}


@pytest.mark.parametrize("case", BAD)
def test_mistakes_are_one_sentence(case, tmp_path, monkeypatch, capsys):
    arguments, said = BAD[case]
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_categories_that_do_not_correspond_are_refused_before_the_first_picture(photos):
    with pytest.raises(UserError, match="disc"):
        measure("mask2former-toytown", photos, format="labelme", say=lambda _: None)


@pytest.mark.parametrize("inside", ["images", "."])
def test_a_folder_with_one_file_of_annotations_is_enough(inside, tmp_path):
    (tmp_path / inside).mkdir(exist_ok=True)
    Image.new("RGB", (20, 10)).save(tmp_path / inside / "a.png")
    shape = '<polygon label="disc" points="1,1;9,1;9,9" occluded="0" z_order="0"></polygon>'
    image = f'<image id="0" name="a.png" width="20" height="10">{shape}</image>'
    (tmp_path / "annotations.xml").write_text(f"<annotations><version>1.1</version>{image}</annotations>")
    for data in (tmp_path, tmp_path / "annotations.xml"):
        assert [row["file"] for row in opened(data, "cvat", say=lambda _: None)] == ["a.png"]
    (tmp_path / "more.xml").write_text("<annotations></annotations>")
    with pytest.raises(UserError, match="2"):
        opened(tmp_path, "cvat", say=lambda _: None)


def test_the_parts_that_were_not_read_are_named(tmp_path):
    for part in ("train", "valid"):
        (tmp_path / part).mkdir()
        Image.new("RGB", (20, 10)).save(tmp_path / part / "a.png")
        content = {"images": [{"id": 1, "file_name": "a.png", "height": 10, "width": 20}], "annotations": []}
        content["categories"] = [{"id": 1, "name": "disc"}]
        (tmp_path / part / "_annotations.coco.json").write_text(json.dumps(content))
    said = []
    opened(tmp_path, "roboflow", say=said.append)
    assert any("--split val" in text for text in said)
    said.clear()
    opened(tmp_path, "roboflow", split="val", say=said.append)
    assert not any("--split" in text for text in said)


def test_a_division_depends_on_names_and_seed_alone():
    names = [f"{i}.png" for i in range(50)]
    first = divided(names, 0.2, 7)
    assert first == divided(names[::-1], 0.2, 7) != divided(names, 0.2, 8)
    assert sorted(first["train"] + first["validation"]) == sorted(names)
    assert len(first["validation"]) == 10
    assert divided(names[:1], 0.5, 0) == {"train": names[:1], "validation": []}
    assert len(divided(names[:2], 0.01, 0)["validation"]) == 1
    assert divided(names, 0, 0)["validation"] == []
    with pytest.raises(UserError, match="share"):
        divided(names, 1.0, 0)


def test_pictures_are_trained_at_the_size_in_which_they_are_asked(photos):
    records = opened(photos, "labelme", say=lambda _: None)
    segmenter = st.load("mask2former-toytown")
    row = Shown(range(len(records)), records, segmenter)[0]
    assert (
        row["image"].shape[:2] == segmenter.processor(records[0]["image"])[1] == row["segmentation"].segment_ids.shape
    )
    assert {"labelme", "coco", "yolo", "voc", "label-maps"} <= set(FORMATS)


# --- thresholds -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    path = tmp_path_factory.mktemp("grey") / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)).save(path)
    return path


def test_an_empty_answer_says_how_near_it_was(grey, capsys):
    assert main(["segment", str(grey), "--json", "--score-threshold", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["segments"] == []
    assert "the best query scores 0." in found["hint"]
    assert "below 1" in found["hint"]
    assert main(["segment", str(grey), "--json", "--score-threshold", "0", "--overlap-threshold", "0"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["segments"]
    assert found["hint"] is None
    assert main(["segment", str(grey), "--json", "--task", "instance", "--score-threshold", "1"]) == 0
    assert "below 1" in json.loads(capsys.readouterr().out)["hint"]


@pytest.mark.parametrize(
    "options",
    [
        ["--score-threshold", "2"], ["--score-threshold", "0.5", "--task", "semantic"],
        ["--overlap-threshold", "0.5", "--task", "instance"],
        ["--score-threshold", "0.5", "--model", "upernet-toytown"],
    ],
)  # fmt: skip
def test_thresholds_that_mean_nothing_are_refused(options, grey, capsys):
    assert main(["segment", str(grey), "--json", *options]) == 2
    assert "threshold" in capsys.readouterr().err

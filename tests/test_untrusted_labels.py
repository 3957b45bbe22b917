"""Annotations made to be expensive or wrong: a problem of one record, or one sentence; cheap either way."""

import json

import numpy as np
import pytest
from budget import cost_of, measured_here
from PIL import Image

from segtutor import data
from segtutor.data.convert.files import label_values
from segtutor.data.records import RecordError
from segtutor.errors import UserError


def coco(tmp_path, size=(20, 10), **changes):
    (tmp_path / "img").mkdir(exist_ok=True)
    Image.new("RGB", size).save(tmp_path / "img" / "a.png")
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]}
    annotation |= changes.pop("annotation", {})
    content = {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "x"}],
               "annotations": [annotation], **changes}  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(content))
    return lambda: data.coco_instances(tmp_path / "c.json", images=tmp_path / "img").check().readable


def to_and_fro(corners):
    return [[(-1) ** (i // 2) * 999_999 for i in range(2 * corners)]]


SMALL = {"image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]}
HOSTILE = {
    "20 corners to and fro": {"annotation": {"segmentation": to_and_fro(20)}},
    "200 corners to and fro": {"annotation": {"segmentation": to_and_fro(200)}},
    "200 rings": {"annotation": {"segmentation": to_and_fro(4) * 200}},
    "a corner of 400 digits": {"annotation": {"segmentation": [[1, 1, 10**400, 1, 9, 9]]}},
    "an id of 4000 digits": {"annotation": {"id": 10**4000}},
    "deep corners": {"annotation": {"segmentation": [[[[[[1]]]]]]}},
    "a colour that is a number": {"categories": [{"id": 1, "name": "x", "color": 3}]},
    "entries of nothing": {"images": [[]] * 300_000},
    "annotations of nothing": {"annotations": [[]] * 300_000},
    "many large masks": {"annotations": [SMALL | {"id": i} for i in range(30_000)]},
}


@measured_here
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_coco_file(name, tmp_path):
    work = coco(tmp_path, (500, 500) if "masks" in name else (20, 10), **dict(HOSTILE[name]))
    data.coco_instances  # noqa: B018 - imported before the measure
    cost = cost_of(work)
    assert cost.kind in ("ok", "sentence"), cost
    assert cost.kind == "sentence" or cost.said == "0"
    assert len(cost.said) < 1000
    assert cost.seconds < 5
    assert cost.megabytes < 500


def test_an_outline_around_the_whole_picture_is_none_of_them(tmp_path):
    assert coco(tmp_path, annotation={"segmentation": [[-1000, -1000, 1000, -1000, 1000, 1000, -1000, 1000]]})() == 1


@pytest.mark.parametrize("file_format", ["AVIF", "JPEG2000", "ICO", "PCX", "TGA", "SGI"])
def test_no_decoder_is_tried_but_those_of_label_maps(file_format, tmp_path):
    path = tmp_path / "a.png"
    try:
        Image.new("L", (16, 16)).save(path, file_format)
    except (OSError, KeyError, ValueError):
        pytest.skip(f"Pillow writes no {file_format} here")
    with pytest.raises(RecordError) as caught:
        label_values(path, "a.png")
    assert caught.value.problem.kind == "unreadable labels"


def test_a_map_of_many_instances_and_negative_ones_are_refused(tmp_path):
    for folder in ("i", "l", "n"):
        (tmp_path / folder).mkdir()
    numbers = {
        "many": np.arange(250_000, dtype=np.int32).reshape(500, 500),
        "negative": np.full((500, 500), -1, np.int32),
    }
    for name, values in numbers.items():
        Image.new("RGB", (500, 500)).save(tmp_path / "i" / f"{name}.png")
        Image.new("L", (500, 500)).save(tmp_path / "l" / f"{name}.png")
        Image.fromarray(values).save(tmp_path / "n" / f"{name}.tif")
    categories = [{"id": 1, "name": "x", "isthing": 1}]
    records = data.label_maps(tmp_path / "i", tmp_path / "l", categories, instances=tmp_path / "n")
    assert records.check().readable == 0
    assert {problem.kind for problem in records.problems} == {"too many", "unknown value"}


@pytest.mark.parametrize("encoding", ["utf-7", "rot13", "idna", "hex", "undefined", "shift_jis", "utf-16", "nonsense"])
def test_xml_in_an_odd_encoding_is_a_sentence(encoding, tmp_path):
    (tmp_path / "a.xml").write_bytes(
        f'<?xml version="1.0" encoding="{encoding}"?><annotations>+AGE-</annotations>'.encode()
    )
    with pytest.raises(UserError):
        data.cvat(tmp_path / "a.xml", tmp_path)

"""What a data set names lies below its folder or is refused, and only ordinary files are opened, in every converter."""

import contextlib
import io
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from segtutor import data
from segtutor.data.named_files import content_of, inside
from segtutor.data.records import RecordError
from segtutor.errors import UserError

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes and links as POSIX has them")

OUT = [
    "../private.png", "a/../../private.png", "/etc/passwd", "", ".\0.png", "C:\\private.png", "C:private.png",
    "\\\\host\\share\\a.png", "..\\private.png", "//host/a.png", "x" * 5000, 3, None, ["a.png"], "link.png",
    "links/private.png",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _at_most_20_seconds():
    """A pipe that is waited for must fail the test, not hold it."""

    def over(*_):
        raise TimeoutError("waited for a pipe")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def place(tmp_path):
    """A data set's folder beside a private picture, with links that lead to it, and a pipe."""
    folder = tmp_path / "set"
    folder.mkdir()
    Image.new("RGB", (20, 10), (1, 2, 3)).save(tmp_path / "private.png")
    Image.new("RGB", (20, 10)).save(folder / "a.png")
    (folder / "link.png").symlink_to(tmp_path / "private.png")
    (folder / "links").symlink_to(tmp_path)
    (folder / "own.png").symlink_to("a.png")
    os.mkfifo(folder / "pipe.png")
    return folder


@pytest.mark.parametrize("name", OUT, ids=lambda name: str(name)[:20])
def test_a_name_that_leads_out_is_refused(name, place):
    with pytest.raises(RecordError) as caught:
        inside(place, name)
    assert caught.value.problem.kind == "bad name"
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("name", ["a.png", "own.png", "b/c.png", "./a.png"])
def test_a_name_below_the_folder_and_a_link_within_it_serve(name, place):
    assert inside(place, name) == place / name


def test_a_folder_that_is_itself_a_link_serves(place, tmp_path):
    (tmp_path / "elsewhere").symlink_to(place)
    assert inside(tmp_path / "elsewhere", "a.png") == tmp_path / "elsewhere" / "a.png"


def test_only_ordinary_files_of_bounded_size_are_read(place):
    for path in (place / "pipe.png", place, place / "nothing.png", "/dev/zero"):
        with pytest.raises(RecordError):
            content_of(path, "record")
    with pytest.raises(RecordError) as caught:
        content_of(place / "a.png", "record", max_bytes=10)
    assert caught.value.problem.kind == "too large"


RING = [1, 1, 9, 1, 9, 9]


def coco(place, name):
    image = {"id": 1, "file_name": name}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [RING]}
    content = {"images": [image], "annotations": [annotation], "categories": [{"id": 1, "name": "x"}]}
    (place.parent / "c.json").write_text(json.dumps(content))
    return data.coco_instances(place.parent / "c.json", images=place)


def panoptic(place, name):
    image = {"id": 1, "file_name": "a.png"}
    annotation = {"image_id": 1, "file_name": name, "segments_info": []}
    content = {"images": [image], "annotations": [annotation], "categories": [{"id": 1, "name": "x", "isthing": 1}]}
    (place.parent / "p.json").write_text(json.dumps(content))
    return data.coco_panoptic(place.parent / "p.json", images=place, panoptic=place)


def cvat(place, name):
    box = '<box label="x" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    text = f'<annotations><image id="0" name="{name}">{box}</image></annotations>'
    (place.parent / "c.xml").write_text(text)
    return data.cvat(place.parent / "c.xml", images=place)


def labelme(place, name):
    shape = {"label": "x", "shape_type": "polygon", "points": [[1, 1], [9, 1], [9, 9]]}
    (place / "one.json").write_text(json.dumps({"imagePath": name, "shapes": [shape]}))
    return data.labelme(place)


@pytest.mark.parametrize("converter", [coco, panoptic, cvat, labelme])
@pytest.mark.parametrize("name", ["../private.png", "link.png", "links/private.png", "pipe.png"])
def test_every_converter_refuses_names_that_lead_out_and_pipes(converter, name, place):
    if converter is labelme and name != "pipe.png":
        name = "link.png"  # labelme's paths are cut to their last part
    records = converter(place, name)
    assert records.check().readable == 0
    assert "private" not in str(records.problems[0]) or name in str(records.problems[0])


@pytest.mark.parametrize("converter", [coco, cvat, labelme])
def test_and_reads_what_lies_below(converter, place):
    assert converter(place, "a.png").check().readable == 1


def test_a_listed_folder_follows_the_reader_s_links_but_opens_no_pipe(place, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "maps").mkdir()
    for name in ("a", "pipe"):
        (tmp_path / "photos" / f"{name}.png").symlink_to(place / f"{name}.png")
    Image.new("L", (20, 10)).save(tmp_path / "maps" / "a.png")
    os.mkfifo(tmp_path / "maps" / "pipe.png")
    records = data.label_maps(tmp_path / "photos", tmp_path / "maps", ["x"])
    assert records.check().readable == len(records) == 1


# --- rows of the Hub --------------------------------------------------------------------------------------------------


def png(mode="L"):
    file = io.BytesIO()
    Image.new(mode, (20, 10)).save(file, "PNG")
    return file.getvalue()


def from_hub(place, rows, columns, streaming=False, **options):
    """from_hub over one parquet file; columns: name -> "Image", or None for what the rows hold as it is."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist(rows)
    features = {name: {"_type": kind} for name, kind in columns.items() if kind}
    if len(features) == len(columns):
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    (place / "data").mkdir(exist_ok=True)
    parquet.write_table(table, place / "data" / "train-0.parquet")
    cache = str(place.with_name("cache"))
    with contextlib.redirect_stderr(io.StringIO()):
        return data.from_hub(str(place / "data"), categories=["x"], streaming=streaming, cache_dir=cache, **options)


BYTES = {"bytes": png("RGB"), "path": None}
LABELS = {"bytes": png("L"), "path": None}


def readable(records):
    return records.check().readable if hasattr(records, "check") else len(list(records))


@pytest.mark.parametrize(("kind", "streaming"), [("Image", False), ("Image", True), (None, False)])
@pytest.mark.parametrize("column", ["image", "label"])
def test_a_row_reads_no_file_beside_the_data_set(kind, column, streaming, place, tmp_path):
    paths = [str(tmp_path / "private.png"), "../../private.png", str(place / "pipe.png"), "/dev/zero", "link.png",
             "http://127.0.0.1:9/a.png", "hf://datasets/o/n/a.png", "file:///etc/passwd"]  # fmt: skip
    (place / "data").mkdir()
    (place / "data" / "link.png").symlink_to(tmp_path / "private.png")
    rows = [{"image": BYTES, "label": LABELS, column: {"bytes": None, "path": path}} for path in paths]
    records = from_hub(place, rows, {"image": kind, "label": kind}, streaming)
    assert readable(records) == 0
    assert {problem.kind for problem in records.problems} == {"bad name"}
    assert len(records.problems) == len(paths)


def test_nor_does_a_column_of_text(place, tmp_path):
    rows = [{"image": BYTES, "label": str(tmp_path / "private.png")}, {"image": "http://127.0.0.1:9/", "label": LABELS}]
    assert readable(from_hub(place, rows[:1], {"image": None, "label": None})) == 0
    assert readable(from_hub(place, rows[1:], {"image": None, "label": None})) == 0


def test_a_row_may_name_a_file_below_its_folder(place):
    (place / "data").mkdir()
    (place / "data" / "map.png").write_bytes(png("L"))
    os.mkfifo(place / "data" / "pipe.png")
    rows = [{"image": BYTES, "label": {"bytes": None, "path": name}} for name in ("map.png", "pipe.png")]
    records = from_hub(place, rows, {"image": "Image", "label": "Image"})
    assert readable(records) == 1
    assert records.problems[0].kind == "no file"


@pytest.mark.parametrize("streaming", [False, True])
def test_columns_that_nobody_asked_for_are_not_opened(streaming, place):
    rows = [{"image": BYTES, "label": LABELS, "more": {"bytes": None, "path": str(place / "pipe.png")}}]
    records = from_hub(place, rows, dict.fromkeys(("image", "label", "more"), "Image"), streaming)
    assert readable(records) == 1


def test_pictures_within_lists_are_refused_before_one_is_opened(place):
    import datasets

    features = datasets.Features(image=datasets.Image(), label=datasets.List(datasets.Image()))
    (place / "data").mkdir()
    rows = {"image": [BYTES], "label": [[LABELS]]}
    datasets.Dataset.from_dict(rows, features=features).to_parquet(place / "data" / "train-0.parquet")
    with contextlib.redirect_stderr(io.StringIO()), pytest.raises(UserError):
        data.from_hub(str(place / "data"), categories=["x"], cache_dir=str(place.with_name("cache")))


def test_rows_of_different_lengths_are_a_problem(place):
    rows = [{"image": BYTES, "label": [[0, 1], [0]]}, {"image": BYTES, "label": np.zeros((10, 20), int).tolist()}]
    records = from_hub(place, rows, {"image": None, "label": None})
    assert readable(records) == 1
    assert records.problems[0].kind == "wrong mode"


def test_a_folder_of_pictures_still_reads(place, tmp_path):
    folder = tmp_path / "folder" / "train"
    folder.mkdir(parents=True)
    Image.new("RGB", (20, 10)).save(folder / "a.png")
    Image.new("L", (20, 10)).save(folder / "a_mask.png")
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "a.png", "label_file_name": "a_mask.png"}) + "\n")
    with contextlib.redirect_stderr(io.StringIO()):
        records = data.from_hub(str(tmp_path / "folder"), categories=["x"], cache_dir=str(tmp_path / "cache"))
    assert records.check().readable == 1

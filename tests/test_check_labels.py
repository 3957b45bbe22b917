"""check_labels: each mistake it is meant to find, made on purpose; and silence where nothing is wrong."""

import numpy as np
import pytest
from PIL import Image

from segtutor import data
from segtutor.errors import UserError
from segtutor.segments import Segmentation

NAMES = ["grass", "cat", "road"]


def maps(count=6):
    """Label maps of 8 x 16 with the values 0, 1, 2, 0 in stripes of four columns."""
    return [np.array([[0, 1, 2, 0]], np.uint8).repeat(8, 0).repeat(4, 1) for _ in range(count)]


def kinds(report):
    return [finding.kind for finding in report.findings]


def test_nothing_is_found_where_nothing_is_wrong():
    report = data.check_labels(maps(), NAMES)
    assert report.findings == []
    assert report.problems == []
    assert report.histogram == {"0 grass": 6 * 64, "1 cat": 6 * 32, "2 road": 6 * 32}
    assert "50.00 %" in str(report)


def changed(value, count=6, dtype=np.uint8):
    found = [labels.astype(dtype) for labels in maps(count)]
    found[2][:2, :2] = value
    return found


CASES = {
    "255 among the values": (lambda: data.check_labels(changed(255), NAMES), "255 is a class", "void=[255]"),
    "a class too many": (lambda: data.check_labels(changed(3), NAMES), "ids beyond K", "add the missing names"),
    "a negative value": (lambda: data.check_labels(changed(-1, dtype=np.int16), NAMES), "ids beyond K", "void=[-1]"),
    "classes counted from 1": (
        lambda: data.check_labels([labels + 1 for labels in maps()], NAMES),
        "ids beyond K",
        "counts classes from 1",
    ),
    "a real background lost": (
        lambda: data.check_labels(maps(), NAMES, reduce=True),
        "background lost",
        "do_reduce_labels=False",
    ),
    "more classes than 8 bits hold": (
        lambda: data.check_labels(maps(), [f"class {i}" for i in range(300)]),
        "wrap-around",
        "uint16",
    ),
    "ids mixed by resizing": (
        lambda: data.check_labels([np.arange(64, dtype=np.uint8).reshape(8, 8)], NAMES, void=range(3, 64)),
        "mixed values",
        "Image.NEAREST",
    ),
    "a class that never occurs": (
        lambda: data.check_labels(maps(), [*NAMES, "dog"]),
        "classes that never occur",
        "leave them out",
    ),
    "a map of void alone": (
        lambda: data.check_labels([*maps(), np.full((8, 8), 255, np.uint8)], NAMES, void=[255]),
        "nothing but void",
        "leave these pictures out",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_is_found_and_says_the_line_that_mends_it(case):
    run, kind, mend = CASES[case]
    report = run()
    assert kind in kinds(report)
    finding = next(finding for finding in report.findings if finding.kind == kind)
    assert mend in finding.mend
    assert kind in str(report)


def test_what_was_mended_is_silent():
    assert kinds(data.check_labels(changed(255), NAMES, void=[255])) == []
    assert kinds(data.check_labels([labels + 1 for labels in maps()], NAMES, reduce=True)) == []
    many = [labels.astype(np.uint16) for labels in maps()]
    assert "wrap-around" not in kinds(data.check_labels(many, [f"class {i}" for i in range(300)]))


PETS = [{"id": 1, "name": "cat", "isthing": 1}, {"id": 2, "name": "grass", "isthing": 0}]


def row(ids, category_of):
    return {"image": np.zeros((8, 8, 3), np.uint8), "segmentation": Segmentation.from_ids(ids, category_of, PETS)}


def test_rows_with_segments():
    one = np.full((8, 8), 2, np.int32)
    one[2:5, 2:5] = 1
    rows = [row(one, {1: 1, 2: 2})] * 6
    assert kinds(data.check_labels(rows, PETS)) == []  # one cat a picture is no mistake
    merged = one.copy()
    merged[6:, 2:5] = 1
    assert kinds(data.check_labels([row(merged, {1: 1, 2: 2})] * 6, PETS)) == ["things without instances"]
    two = one.copy()
    two[6:, 6:] = 3
    assert kinds(data.check_labels([*rows, row(two, {1: 1, 2: 2, 3: 1})], PETS)) == []
    speck = one.copy()
    speck[7, 7] = 3
    report = data.check_labels([row(speck, {1: 1, 2: 2, 3: 1}), row(one * 0, {})], PETS)
    assert kinds(report) == ["tiny masks", "nothing but void"]
    assert report.histogram["void"] == 64
    only_grass = [row(np.full((8, 8), 2, np.int32), {2: 2})]
    report = data.check_labels(only_grass, PETS)
    assert kinds(report) == ["classes that never occur"]
    assert report.findings[0].what == "1 category in no map that was looked at: cat"


def test_the_shipped_data_are_clean():
    toytown = data.check_labels(data.toytown.dataset("validation", 40), data.toytown.categories)
    assert [f for f in toytown.findings if f.kind not in ("classes that never occur", "tiny masks")] == []
    assert toytown.problems == []
    photographs = data.check_labels(data.photographs(), data.photographs.categories)
    assert [f for f in photographs.findings if f.kind != "tiny masks"] == []


def test_files_and_unreadable_maps(tmp_path):
    for i, labels in enumerate(maps(3)):
        Image.fromarray(labels).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "colours.png")
    report = data.check_labels(tmp_path, NAMES)
    assert (report.total, report.maps) == (5, 3)
    assert sorted(problem.file for problem in report.problems) == ["broken.png", "colours.png"]
    assert "unreadable" in str(report)
    assert data.check_labels(maps(50), NAMES, most=7).maps == 7


@pytest.mark.parametrize(
    ("bad", "said"),
    [(3, "a int"), ([], "no label map"), ("nowhere", "nowhere"), (iter([]), "list_iterator")],
)
def test_what_is_no_data_is_a_sentence(bad, said):
    with pytest.raises(UserError, match=said):
        data.check_labels(bad, NAMES)


def test_a_map_of_scores_is_a_problem():
    assert "(H, W) integers" in str(data.check_labels([np.zeros((4, 4))], NAMES).problems[0])

"""The picture of check_labels' findings: what each line of code changes, in colours, in a table and in words."""

import io

import numpy as np
import pytest
from PIL import Image

from segtutor import data, show
from segtutor.data.findings import LOST, NO_CLASS, VOID
from segtutor.errors import UserError

NAMES = ["grass", "cat", "road"]


def label_map(dtype=np.uint8):
    """Stripes of 16 x 64 pixels: 0, 1, 2, 0."""
    return np.array([[0, 1, 2, 0]], dtype).repeat(64, 0).repeat(16, 1)


def holed(value, dtype=np.uint8):
    labels = label_map(dtype)
    labels[:16] = value
    return labels


def example(maps, names=NAMES, **options):
    (finding,) = [f for f in data.check_labels(maps, names, **options).findings if f.example is not None]
    return finding.example


def test_void_among_the_values_becomes_void():
    found = example([label_map(), holed(255)])
    assert (found.index, found.file) == (1, "map 1")
    assert found.now == {0: 0, 1: 1, 2: 2, 255: NO_CLASS}
    assert found.mended == {"void=[255]": {0: 0, 1: 1, 2: 2, 255: VOID}}


def test_classes_counted_from_one_move_down():
    found = example([label_map() + 1])
    assert found.now == {1: 1, 2: 2, 3: NO_CLASS}
    assert found.mended == {"reduced: v - 1": {1: 0, 2: 1, 3: 2}}
    two = example([label_map() + 1, np.concatenate([label_map(), label_map() + 1])])
    assert list(two.mended) == ["void=[3]", "reduced: v - 1"], "0 may be void or a class: only a person knows"
    assert two.mended["reduced: v - 1"] == {0: VOID, 1: 0, 2: 1, 3: 2}


def test_a_lost_background_comes_back():
    found = example([label_map()], reduce=True)
    assert found.now == {0: VOID, 1: 0, 2: 1}
    assert found.mended == {"do_reduce_labels=False": {0: 0, 1: 1, 2: 2}}


def test_wrapped_values_are_one_of_two_and_stay_so():
    found = example([label_map()], [f"class {i}" for i in range(258)])
    (table,) = found.mended.values()
    assert table == {0: LOST, 1: LOST, 2: 2}
    assert found.meaning(1, table) == "class 1 or class 257"


def test_the_picture_says_it_in_words():
    report = data.check_labels([holed(255)], NAMES)
    words = show.labels(report).description
    assert "value 255 (25 %) is read as no class; void=[255]: void" in words
    assert "3 other values stay as they are" in words
    late = data.check_labels([label_map() + 1], [*NAMES[:2], "road"])
    assert "value 2 (25 %) is read as road; reduced: v - 1: cat" in show.labels(late).description
    assert "classes that never occur" in show.labels(data.check_labels([holed(9)], [*NAMES, "dog"])).description


def test_the_maps_have_the_colours_of_what_they_are_read_as():
    report = data.check_labels([label_map() + 1], NAMES)
    pixels = np.asarray(Image.open(io.BytesIO(show.labels(report, width=64).to_png())).convert("RGB"))
    colors = [tuple(category.color) for category in report.findings[0].example.categories]
    bottom = 10 + 2 * 26 + 60  # margin, two titles; above are the values as text
    now, mended = (pixels[bottom, x : x + 64 : 16] for x in (10 + 8, 10 + 170 + 10 + 8))
    assert tuple(now[0]) == colors[1]
    assert [tuple(color) for color in mended[:3]] == [colors[0], colors[1], colors[2]]


def test_pictures_are_found_by_name_by_place_and_in_a_folder(tmp_path):
    (tmp_path / "labels").mkdir()
    Image.fromarray(holed(255)).save(tmp_path / "labels" / "a.png")
    photo = np.full((64, 64, 3), 7, np.uint8)
    Image.fromarray(photo).save(tmp_path / "a.jpg")
    report = data.check_labels(tmp_path / "labels", NAMES)
    plain = show.labels(report).get_size_inches()[0]
    for images in (tmp_path, {"a.png": photo}, [photo]):
        assert show.labels(report, images=images).get_size_inches()[0] > plain
    for images in ({"b.png": photo}, [], tmp_path / "labels" / "nowhere"):
        with pytest.raises(UserError, match="picture of"):
            show.labels(report, images=images)
    with pytest.raises(UserError, match="one size"):
        show.labels(report, images=[photo[:32]])


def test_many_values_and_several_findings_fit():
    many = np.arange(64, dtype=np.uint8).reshape(8, 8).repeat(8, 0).repeat(8, 1)
    many[:8] = 255
    report = data.check_labels([many], [f"class {i}" for i in range(40)])
    picture = show.labels(report)
    assert "255 is a class" in picture.description
    assert "ids beyond K" in picture.description
    only = show.labels(report, kinds=["255 is a class"])
    assert only.get_size_inches()[1] < picture.get_size_inches()[1]
    assert "ids beyond K" not in only.description


def test_nothing_to_show_is_a_sentence():
    with pytest.raises(UserError, match="found"):
        show.labels(data.check_labels([label_map()], NAMES))
    with pytest.raises(UserError, match="never occur"):
        show.labels(data.check_labels([label_map()], [*NAMES, "dog"]))

"""The four shipped photographs: files, licences, and an annotation that is exactly what its outlines say."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import segtutor as st
from segtutor.data.photos import NAMES, annotation, read
from segtutor.data.photos.outlines import fill, paint
from segtutor.errors import UserError

CATEGORIES = st.data.photographs.categories


@pytest.fixture(scope="module")
def rows():
    return st.data.photographs()


@pytest.mark.parametrize("name", NAMES)
def test_files_are_small_plain_rgb_pictures(name):
    jpeg = read(f"{name}.jpg")
    assert len(jpeg) <= 60_000
    drawn = annotation(name)
    for data, kind in ((jpeg, "JPEG"), (read(f"{name}.png"), "PNG")):
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, picture.mode, picture.size) == (kind, "RGB", (drawn["width"], drawn["height"]))


@pytest.mark.parametrize("name", NAMES)
def test_licence_and_source_are_named_and_free(name):
    drawn, sources = annotation(name), read("SOURCES.md").decode()
    assert drawn["licence"].startswith(("CC0-1.0", "public domain"))
    for field in ("title", "author", "source", "changes"):
        assert drawn[field].strip()
    line = next(line for line in sources.splitlines() if line.startswith(f"| {name}.jpg |"))
    assert drawn["author"] in line
    assert drawn["licence"].split(" (")[0] in line
    assert f"{drawn['width']} x {drawn['height']}" in line


@pytest.mark.parametrize("name", NAMES)
def test_map_is_painted_from_the_outlines_pixel_by_pixel(name):
    drawn = annotation(name)
    _, truth = st.data.photograph(name)
    assert np.array_equal(paint(drawn["shapes"], (drawn["height"], drawn["width"])), truth.segment_ids)


@pytest.mark.parametrize("name", NAMES)
def test_ids_areas_and_boxes_are_those_of_the_map(name):
    image, truth = st.data.photograph(name)
    assert image.dtype == np.uint8
    assert image.shape == (*truth.segment_ids.shape, 3)
    listed = [segment.id for segment in truth.segments]
    assert listed == sorted(set(truth.segment_ids.ravel().tolist()) - {0})
    for segment in truth.segments:
        rows, columns = np.nonzero(truth.segment_ids == segment.id)
        x, y = columns.min(), rows.min()
        assert segment.area == rows.size
        assert segment.bbox == (x, y, columns.max() - x + 1, rows.max() - y + 1)
        assert not segment.iscrowd


@pytest.mark.parametrize("name", NAMES)
def test_each_has_things_and_stuff_and_little_void(name):
    _, truth = st.data.photograph(name)
    kinds = {CATEGORIES.by_id(segment.category_id).isthing for segment in truth.segments}
    assert kinds == {True, False}
    assert (truth.segment_ids == 0).mean() < 0.03
    stuff = [s.category_id for s in truth.segments if not CATEGORIES.by_id(s.category_id).isthing]
    assert len(stuff) == len(set(stuff)), "stuff is one segment a class"


def test_every_category_is_used_and_has_its_own_name_and_colour():
    used = {s.category_id for name in NAMES for s in st.data.photograph(name)[1].segments}
    assert used == {category.id for category in CATEGORIES}
    assert len(set(CATEGORIES.names)) == len({c.color for c in CATEGORIES}) == len(CATEGORIES)


@pytest.mark.parametrize("name", NAMES)
def test_coco_round_trip_gives_the_same_segmentation(name):
    _, truth = st.data.photograph(name)
    assert st.Segmentation.from_coco(*truth.to_coco(), CATEGORIES) == truth


@pytest.mark.parametrize("name", NAMES)
def test_no_specks(name):
    """Slips of the pen leave islands of a few pixels between two outlines; the smallest true part is a post."""
    from scipy.ndimage import label

    segment_ids = st.data.photograph(name)[1].segment_ids
    for segment_id in np.unique(segment_ids):
        parts, _ = label(segment_ids == segment_id)
        assert np.bincount(parts.ravel())[1:].min() >= 25, f"{name}: segment {segment_id} has a speck"


def test_what_is_where():
    """Pixels that anyone can check in the picture: (row, column) -> name."""
    places = {
        "coffee": {
            (150, 280): "cup", (300, 150): "saucer", (290, 360): "spoon", (20, 500): "table", (20, 30): "background",
        },
        "chelsea": {
            (110, 170): "cat", (20, 370): "cat", (250, 80): "cat", (50, 430): "background", (50, 10): "background",
        },
        "astronaut": {
            (100, 230): "person", (450, 400): "helmet", (150, 20): "flag", (150, 390): "rocket", (310, 420): "table",
            (60, 340): "wall", (330, 364): "wall", (255, 430): "wall",
        },
        "rocket": {
            (300, 322): "rocket", (100, 60): "tower", (50, 320): "sky", (415, 300): "launch pad", (397, 364): "lamp",
        },
    }  # fmt: skip
    for name, expected in places.items():
        labels = st.data.photograph(name)[1].semantic()
        assert {at: CATEGORIES[labels[at]].name for at in expected} == expected


def test_dataset_has_the_coco_panoptic_schema(rows):
    import datasets

    assert list(rows.features) == ["image_id", "file_name", "image", "panoptic", "segments_info"]
    assert isinstance(rows.features["image"], datasets.Image)
    assert isinstance(rows.features["panoptic"], datasets.Image)
    assert rows["image_id"][:] == [1, 2, 3, 4]
    assert rows["file_name"][:] == [f"{name}.jpg" for name in NAMES]
    for row, name in zip(rows, NAMES, strict=True):
        image, truth = st.data.photograph(name)
        assert np.array_equal(np.asarray(row["image"]), image)
        assert row["segments_info"] == truth.to_coco()[1]
        assert st.Segmentation.from_coco(np.asarray(row["panoptic"]), row["segments_info"], CATEGORIES) == truth


def test_dataset_columns_are_those_of_toytown(rows):
    toy = st.toytown.dataset("demo", size=1)
    shared = ["image_id", "image", "panoptic", "segments_info"]
    assert set(shared) <= set(toy.features)
    assert set(rows[0]["segments_info"][0]) <= set(toy[0]["segments_info"][0])
    for column in shared[:3]:
        assert rows.features[column] == toy.features[column]


def test_unknown_name_is_one_sentence_that_lists_the_names():
    with pytest.raises(UserError, match="coffee, chelsea, astronaut, rocket.*'dog'") as caught:
        st.data.photograph("dog")
    assert "\n" not in str(caught.value)


def test_unknown_attribute_of_data():
    with pytest.raises(AttributeError, match="photo_graphs"):
        st.data.photo_graphs  # noqa: B018
    assert {"photographs", "photograph", "toytown"} <= set(dir(st.data))


def test_importing_the_photographs_imports_nothing_heavy():
    code = (
        "import sys, segtutor as st; st.data.photographs.categories; st.data.photograph('coffee'); "
        "print([m for m in ('datasets', 'torch', 'transformers', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_fill_holds_the_pixels_whose_centre_is_inside():
    triangle = fill([(0, 0), (3.6, 0), (0, 3.6)], (4, 4))
    assert triangle.astype(int).tolist() == [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    # Even-odd: the square inside a square is a hole; the outline may leave the picture.
    ring = fill([(-1, -1), (5, -1), (5, 5), (-1, 5), (-1, -1), (1, 1), (1, 3), (3, 3), (3, 1), (1, 1)], (4, 4))
    assert ring.sum() == 12
    assert not ring[1:3, 1:3].any()


def test_fill_agrees_with_another_implementation_on_random_outlines():
    from matplotlib.path import Path

    generator = np.random.default_rng(0)
    columns, rows = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    for _ in range(20):
        # Star-shaped outlines around the middle do not cross themselves, where winding and even-odd rule differ.
        angles = np.sort(generator.uniform(0, 2 * np.pi, 30))
        radii = generator.uniform(3, 18, 30)
        outline = np.stack([20 + radii * np.cos(angles), 15 + radii * np.sin(angles)], axis=1)
        expected = Path(outline, closed=False).contains_points(np.stack([columns.ravel(), rows.ravel()], axis=1))
        assert np.array_equal(fill(outline, (30, 40)).ravel(), expected)


def test_paint_puts_later_shapes_over_earlier_ones():
    whole, right = [(0, 0), (2, 0), (2, 1), (0, 1)], [(1, 0), (2, 0), (2, 1), (1, 1)]
    shapes = [{"segment_id": 7, "outline": whole}, {"segment_id": 0, "outline": right}]
    assert paint(shapes, (1, 2)).tolist() == [[7, 0]]

"""Pictures out: what is painted where, colours that colour-blind readers tell apart, figures with words."""

import gc
import io
import itertools
import json
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from segtutor import show
from segtutor.categories import palette_color
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.segments import Categories, Category, Instances, Segmentation
from segtutor.show.draw import colors_of
from segtutor.show.legend import inner_point, legend_rows
from segtutor.show.palette import to_lab, variant, with_lightness
from segtutor.show.words import one_line, percent, percent_range

CATEGORIES = Categories(
    [Category(3, "cat", True, (213, 94, 0)), Category(5, "sky", False, (86, 180, 233)), Category(9, "dog", True)]
)


def picture(height=40, width=60, value=100):
    return np.full((height, width, 3), value, np.uint8)


def two_cats(scores=None):
    """Sky above, two touching cats below, and a strip of void at the right."""
    ids = np.zeros((40, 60), np.int32)
    ids[:20, :50], ids[20:, :25], ids[20:, 25:50] = 1, 2, 3
    return Segmentation.from_ids(ids, {1: 5, 2: 3, 3: 3}, CATEGORIES, scores)


def overlapping():
    masks = np.zeros((2, 40, 60), bool)
    masks[0, 5:30, 5:30], masks[1, 10:35, 15:50] = True, True
    return Instances(masks, np.array([0, 2]), np.array([0.9, 0.4], np.float32), CATEGORIES)


# Colours ---------------------------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, on linear RGB.
VISION = {
    "trichromacy": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def as_seen(colors, vision):
    part = np.asarray(colors, float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def least_distance(colors, vision):
    lab = to_lab(as_seen(colors, vision))
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2))


# A distance of 2.3 in CIELAB is just noticeable side by side. An overlay leaves 0.6 of it, and a legend is looked at
# from memory: 16 keeps more than four such steps.
@pytest.mark.parametrize("vision", VISION)
def test_category_colors_differ_for_every_reader(vision):
    assert least_distance([palette_color(index) for index in range(15)], vision) >= 16
    assert least_distance([category.color for category in toytown.categories], vision) >= 16


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("index", range(15))
def test_segments_of_one_category_differ_for_every_reader(vision, index):
    colors = [variant(palette_color(index), number) for number in range(5)]
    assert colors[0] == palette_color(index)
    neighbours = [least_distance(pair, vision) for pair in itertools.pairwise(colors[:3])]
    assert min(neighbours) >= 16
    assert least_distance(colors, vision) >= 6


def test_the_simulation_is_one():
    """The check above can fail: red and green of equal lightness meet in deuteranopia, blue and yellow do not."""
    pair = [(190, 90, 60), (115, 120, 60)]
    assert least_distance(pair, "trichromacy") > 45
    assert least_distance(pair, "deuteranopia") < 20
    assert least_distance([(0, 0, 255), (255, 255, 0)], "deuteranopia") > 100


def test_lab_of_known_colors():
    """Reference values: Bruce Lindbloom's calculator, sRGB, D65."""
    expected = {(255, 0, 0): (53.2, 80.1, 67.2), (0, 0, 255): (32.3, 79.2, -107.9), (128, 128, 128): (53.6, 0, 0)}
    for color, lab in expected.items():
        assert np.allclose(to_lab(color), lab, atol=0.1)


@pytest.mark.parametrize("goal", [30, 50, 74, 88])
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (213, 94, 0), (51, 34, 136)])
def test_with_lightness(color, goal):
    assert to_lab(with_lightness(color, goal))[0] == pytest.approx(goal, abs=0.6)


def test_given_colors_are_honoured():
    colors = colors_of(two_cats())
    assert colors[0] == (86, 180, 233)
    assert colors[1] == (213, 94, 0)
    assert colors[2] not in colors[:2]
    assert colors_of(two_cats(), by="category")[1:] == [(213, 94, 0)] * 2
    assert colors_of(overlapping())[1] == palette_color(9)


# Overlays --------------------------------------------------------------------------------------------------------


def test_overlay_mixes_by_alpha():
    image, result = picture(value=100), two_cats()
    painted = show.overlay(image, result, alpha=0.6, contour=False)
    assert painted.dtype == np.uint8
    assert painted.shape == image.shape
    expected = np.rint(0.4 * 100 + 0.6 * np.array([86, 180, 233]))
    assert (painted[:20, :50] == expected).all()
    assert (show.overlay(image, result, alpha=0, contour=False)[:, :50] == 100).all()
    flat = show.overlay(image, result, alpha=1, contour=False)
    assert (flat[20:, :25] == (213, 94, 0)).all()
    assert (flat[20:, 25:50] == colors_of(result)[2]).all()


def test_nothing_is_mutated_and_nothing_is_shared():
    image, result, instances = picture(), two_cats(), overlapping()
    ids, masks = result.segment_ids.copy(), instances.masks.copy()
    for made in (
        show.overlay(image, result),
        show.overlay(image, instances),
        show.overlay(image, instances[:0]),
        show.mask_heatmap(image, np.zeros((40, 60))),
    ):
        made[:] = 7
    show.figure(image, result).to_png()
    show.figure(image, instances).to_png()
    assert (image == 100).all()
    assert np.array_equal(result.segment_ids, ids)
    assert np.array_equal(instances.masks, masks)
    frozen = picture()
    frozen.flags.writeable = False
    show.overlay(frozen, result)


def test_contours_are_a_white_and_a_dark_line():
    painted = show.overlay(picture(), two_cats(), alpha=1)
    # Sky (drawn first) and cat meet between rows 19 and 20, the two cats between columns 24 and 25.
    assert (painted[19, 5:20] == 255).all()
    assert (painted[20, 5:20] == 25).all()
    assert (painted[25:, 24] == 255).all()
    assert (painted[25:, 25] == 25).all()
    plain = show.overlay(picture(), two_cats(), alpha=1, contour=False)
    same = (painted == plain).all(axis=-1)
    assert same[2:18, 2:48].all()
    assert same[22:, 2:22].all()


def test_by_category_draws_no_border_between_two_cats():
    painted = show.overlay(picture(), two_cats(), alpha=1, by="category")
    assert (painted[22:, 2:48] == (213, 94, 0)).all()


def test_void_is_hatched():
    painted = show.overlay(picture(value=100), two_cats(), contour=False)
    void = painted[:, 50:].reshape(-1, 3)
    values = {tuple(pixel) for pixel in void.tolist()}
    assert {(25,) * 3, (255,) * 3} < values  # dark and white stripes, and the dimmed picture between them
    assert 0.1 < (void == 255).all(axis=1).mean() < 0.4
    assert not (painted[:20, :50] == 255).all(axis=-1).any()


def test_the_most_certain_instance_lies_on_top():
    painted = show.overlay(picture(), overlapping(), alpha=1, contour=False)
    assert (painted[15:30, 16:30] == (213, 94, 0)).all()
    assert (painted[32, 20:50] == palette_color(9)).all()
    assert (painted[38] == 100).all()  # outside all: the picture, not void


def test_contours_of_ids():
    ids = np.array([[1, 1, 2], [1, 1, 2], [3, 3, 3]])
    expected = [[0, 1, 1], [1, 1, 1], [1, 1, 1]]
    assert show.contours(ids).astype(int).tolist() == expected
    assert not show.contours(np.ones((4, 4), bool)).any()


def test_enlarge():
    assert show.enlarge(np.array([[1, 2]]), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
    assert show.enlarge(picture(2, 3), 4).shape == (8, 12, 3)
    for factor in (0, -1, 1.5):
        with pytest.raises(UserError, match="whole number"):
            show.enlarge(picture(), factor)


def test_heatmap_grows_in_lightness_with_the_probability():
    prob = np.tile(np.linspace(0, 1, 60), (40, 1))
    heat = show.mask_heatmap(picture(), prob, threshold=None)
    assert (np.diff(to_lab(heat[0])[:, 0]) > 0).all()
    with_border = show.mask_heatmap(picture(), prob, threshold=0.5)
    changed = np.flatnonzero((with_border != heat).any(axis=(0, 2)))
    assert changed.tolist() == [29, 30]  # 29 / 59 < 0.5 < 30 / 59
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(prob, requires_grad=True)
    assert np.array_equal(show.mask_heatmap(picture(), tensor, threshold=None), heat)


BAD = [
    ("size", lambda: show.overlay(picture(40, 61), two_cats()), "60 x 40 and 61 x 40"),
    ("size of instances", lambda: show.overlay(picture(60, 40), overlapping()), "one size"),
    ("size in a figure", lambda: show.figure(picture(2, 2), two_cats()), "one size"),
    ("size in a comparison", lambda: show.compare(picture(2, 2), {"a": two_cats()}), "one size"),
    ("no result", lambda: show.overlay(picture(), np.zeros((40, 60))), "ndarray"),
    ("no picture", lambda: show.overlay("missing.png", two_cats()), "there is no file"),
    ("float picture", lambda: show.overlay(np.full((40, 60, 3), 200.0), two_cats()), "divide it by 255"),
    ("alpha", lambda: show.overlay(picture(), two_cats(), alpha=60), "got 60"),
    ("alpha NaN", lambda: show.overlay(picture(), two_cats(), alpha=float("nan")), "got nan"),
    ("by", lambda: show.overlay(picture(), two_cats(), by="query"), "'segment' or 'category'"),
    ("logits", lambda: show.mask_heatmap(picture(), np.full((40, 60), -3.0)), "apply the sigmoid"),
    ("NaN", lambda: show.mask_heatmap(picture(), np.full((40, 60), np.nan)), "nan"),
    ("small mask", lambda: show.mask_heatmap(picture(), np.zeros((10, 15))), "resize the mask logits"),
    ("batch of masks", lambda: show.mask_heatmap(picture(), np.zeros((1, 40, 60))), "(1, 40, 60)"),
    ("nothing to compare", lambda: show.compare(picture(), {}), "at least one result"),
    ("a list to compare", lambda: show.compare(picture(), [two_cats()]), "dictionary"),
    ("no pictures", lambda: show.gallery([]), "at least one picture"),
    ("titles", lambda: show.gallery([picture()], ["a", "b"]), "2 titles"),
]


@pytest.mark.parametrize(("call", "fragment"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_mistakes_end_in_a_sentence(call, fragment):
    with pytest.raises(UserError) as caught:
        call()
    text = str(caught.value)
    assert fragment in text
    assert "\n" not in text
    assert len(text) < 300


# Words -----------------------------------------------------------------------------------------------------------


def test_describe():
    words = show.describe(two_cats({1: 0.7, 2: 0.98, 3: 0.953}))
    assert words == (
        "Segmentation of 60 x 40 pixels: sky 42 % (score 70 %), cat 42 % in 2 segments (scores 98 %, 95 %), void 17 %"
    )
    assert show.describe(two_cats()) == "Segmentation of 60 x 40 pixels: sky 42 %, cat 42 % in 2 segments, void 17 %"
    empty = Segmentation.from_ids(np.zeros((2, 3), int), {}, CATEGORIES)
    assert show.describe(empty) == "Segmentation of 3 x 2 pixels: no segments, void 100 %"
    outside = round(100 * (1 - (25 * 25 + 25 * 35 - 20 * 15) / 2400))
    assert show.describe(overlapping()) == (
        f"Instances in 60 x 40 pixels: dog 36 % (score 40 %), cat 26 % (score 90 %), outside all {outside} %"
    )
    assert show.describe(overlapping()[:0]) == "Instances in 60 x 40 pixels: no segments, outside all 100 %"
    twice = Instances(np.ones((2, 4, 4), bool), np.array([0, 0]), np.array([0.9, 0.8]), CATEGORIES)
    assert "cat 100 % in 2 segments" in show.describe(twice)  # overlaps count once


def test_percent_never_hides_what_is_there():
    assert [percent(share) for share in (0, 0.001, 0.01, 0.5, 0.999, 1)] == [
        "0 %", "under 1 %", "1 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip
    assert percent_range([0.5, 0.9]) == "50 to 90 %"
    assert percent_range([0.5, 0.501]) == "50 %"
    assert percent_range([0.001, 0.9]) == "under 1 % to 90 %"


def test_one_line():
    assert one_line(" a\nb ") == "a b"
    assert one_line(" ") == "(no name)"
    assert len(one_line("x" * 100, 12)) == 12
    assert len(one_line("x" * 100, 3)) == 3


def test_legend_rows():
    rows = legend_rows(two_cats({1: 0.7, 2: 0.98, 3: 0.95}))
    assert [row.text for row in rows] == ["cat", "cat", "sky", "void, 17 % of the picture"]
    assert [row.score for row in rows] == ["98 %", "95 %", "70 %", ""]
    assert [row.members for row in rows] == [(1,), (2,), (0,), ()]
    assert rows[-1].color is None
    grouped = legend_rows(two_cats({2: 0.98, 3: 0.95}), by="category")
    assert [(row.text, row.score) for row in grouped][:2] == [("cat (2)", "95 to 98 %"), ("sky", "")]
    assert [row.text for row in legend_rows(two_cats(), max_rows=2)][:2] == ["cat (2)", "sky"]
    assert [row.text for row in legend_rows(two_cats(), max_rows=1)] == [
        "cat (2)", "and 1 more categories", "void, 17 % of the picture",
    ]  # fmt: skip
    small_cat = Segmentation.from_ids(np.array([[1, 1, 2]]), {1: 5, 2: 3}, CATEGORIES)
    assert [row.text for row in legend_rows(small_cat)] == ["cat", "sky"]  # things first, whatever their area
    crowd = Segmentation.from_ids(np.ones((2, 2), int), {1: 3}, CATEGORIES, iscrowd=[1])
    assert legend_rows(crowd)[0].text == "cat (crowd)"


def test_inner_point_lies_inside_a_ring():
    y, x = np.mgrid[:41, :41]
    radius = np.hypot(y - 20, x - 20)
    ring = (radius < 18) & (radius > 10)
    column, row, distance = inner_point(ring)
    assert ring[int(row), int(column)]
    assert distance == pytest.approx(4, abs=1)


# Figures ---------------------------------------------------------------------------------------------------------


def texts(made):
    return [text.get_text() for text in made.texts]


def test_figure_holds_the_overlay_pixel_for_pixel():
    image, result = picture(), two_cats()
    made = show.figure(image, result, numbers=False, width=60)
    made.canvas.draw()
    pixels = np.asarray(made.canvas.buffer_rgba())[10:50, 10:70, :3]
    assert np.array_equal(pixels, show.overlay(image, result))


def test_figure():
    made = show.figure(picture(), two_cats({1: 0.7, 2: 0.98, 3: 0.95}), title="Two\ncats $x$")
    assert isinstance(made, Figure)
    assert made.description.startswith("Two cats $x$. Segmentation of 60 x 40 pixels: sky 42 %")
    assert {"Two cats $x$", "cat", "sky", "98 %", "95 %", "70 %", "score", "void, 17 % of the picture"} <= set(
        texts(made)
    )
    assert [text.get_text() for text in made.axes[0].texts] == ["1", "2", "3"]
    hatched = [patch for patch in made.patches + made.artists if getattr(patch, "get_hatch", lambda: None)()]
    assert len(hatched) == 1
    assert repr(made).startswith("<Picture of ")
    assert made.to_png() == show.figure(picture(), two_cats({1: 0.7, 2: 0.98, 3: 0.95}), title="Two\ncats $x$").to_png()


def test_figure_is_dark_on_opaque_white_whatever_the_style():
    with matplotlib.rc_context({"text.color": "white", "figure.facecolor": "black", "savefig.transparent": True}):
        made = show.figure(picture(), two_cats(), title="A title")
        pixels = matplotlib.image.imread(io.BytesIO(made.to_png()))
    corner = pixels[-1, -1]
    assert (corner[:3] == 1).all()
    assert pixels.shape[2] == 3 or (pixels[..., 3] == 1).all()
    assert all(matplotlib.colors.to_rgb(text.get_color()) < (0.4, 0.4, 0.4) for text in made.texts)


def test_long_names_stay_inside_the_figure():
    names = ["$a_{b$ \\frac " + "long name " * 9, "door, double door, with a window and a bell", "x"]
    categories = Categories([Category(i, name, True) for i, name in enumerate(names)])
    ids = np.repeat(np.arange(1, 4), 20)[None].repeat(40, axis=0)
    result = Segmentation.from_ids(ids, {1: 0, 2: 1, 3: 2}, categories, {1: 0.5, 2: 0.001, 3: 1})
    made = show.figure(picture(), result, title="A title that is far too long for the figure " * 5)
    made.canvas.draw()
    right = made.get_size_inches()[0] * made.dpi
    assert all(text.get_window_extent().x1 <= right for text in made.texts)
    assert any("…" in text for text in texts(made))


SIZES = [(1, 1), (1, 10000), (3000, 2), (128, 128), (900, 1300)]


@pytest.mark.parametrize("size", SIZES)
def test_figures_of_any_size(size):
    result = Segmentation.from_ids(np.ones(size, int), {1: 3}, CATEGORIES)
    made = show.figure(picture(*size), result)
    width, height = made.get_size_inches() * made.dpi
    assert 250 < width < 900
    assert 30 < height < 700
    assert made.to_png()[:4] == b"\x89PNG"


def test_segments_lost_in_reduction_keep_the_others_colors():
    ids = np.ones((1000, 1000), np.int32)
    ids[500:] = 3
    ids[0, 0] = 2  # a cat of one pixel, which no pixel of the reduced figure shows
    result = Segmentation.from_ids(ids, {1: 3, 2: 3, 3: 3}, CATEGORIES)
    made = show.figure(picture(1000, 1000), result, alpha=1, contour=False, numbers=False, width=100)
    shown = made.axes[0].images[0].get_array()
    assert tuple(shown[80, 50]) == colors_of(result)[2]
    assert texts(made).count("cat") == 3


def test_void_alone_instances_and_nothing():
    empty = Segmentation.from_ids(np.zeros((40, 60), int), {}, CATEGORIES)
    assert {"no segments", "void, 100 % of the picture"} <= set(texts(show.figure(picture(), empty)))
    assert "no segments" in texts(show.figure(picture(), overlapping()[:0]))
    made = show.figure(picture(), overlapping())
    assert {"cat", "90 %", "dog", "40 %"} <= set(texts(made))


def test_covered_instances_get_no_number():
    masks = np.ones((2, 40, 60), bool)
    made = show.figure(picture(), Instances(masks, np.array([0, 0]), np.array([0.4, 0.9]), CATEGORIES))
    assert len(made.axes[0].texts) == 1


def test_compare():
    made = show.compare(picture(), {"truth": two_cats(), "prediction": overlapping()})
    assert {"picture", "truth", "prediction", "cat", "sky", "dog", "void"} <= set(texts(made))
    assert len(made.axes) == 3
    assert made.description.startswith("truth: Segmentation of 60 x 40")
    assert "prediction: Instances in 60 x 40" in made.description


def test_compare_gives_the_same_thing_the_same_shade():
    """Whatever number it has; what matches nothing takes a shade that is free, and four panels stand two by two."""
    ids = two_cats().segment_ids
    swapped = Segmentation.from_ids(np.choose(ids, [0, 1, 3, 2]), {1: 5, 2: 3, 3: 3}, CATEGORIES)
    half = np.where((ids == 2) & (np.arange(60) < 18), 2, np.where(ids == 3, 3, 0))
    third = Segmentation.from_ids(np.where((half == 2) & (np.arange(60) < 8), 4, half), {2: 3, 3: 3, 4: 3}, CATEGORIES)
    made = show.compare(picture(), {"a": two_cats(), "b": swapped, "c": third}, alpha=1, contour=False, width=60)
    first, second, last = (axes.images[0].get_array() for axes in made.axes[1:4])
    assert (first == second).all()
    left, right = first[30, 10], first[30, 40]
    assert (left != right).any()
    assert (last[30, 40] == right).all()
    assert len({tuple(last[30, x]) for x in (4, 12, 40)}) == 3
    tops = [round(axes.get_position().y0, 3) for axes in made.axes[:4]]
    assert tops[0] == tops[1] > tops[2] == tops[3]


def test_gallery():
    made = show.gallery([picture(), picture(20, 90)], ["first", "second"], columns=1)
    assert made.description == "2 pictures: first, second"
    assert len(made.axes) == 2
    assert show.gallery([picture()], description="Grey").description == "Grey"


def test_a_cell_shows_a_figure_once_and_with_words():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    made = show.figure(picture(), two_cats(), title="<b>")
    assert pyplot.get_fignums() == []  # nothing left that the inline backend would show again
    with capture_output() as captured:
        data, metadata = shell.display_formatter.format(made)
    assert (data, metadata) == ({}, {})  # it has displayed itself
    image, words = captured.outputs
    (kind,) = {"image/png", "image/jpeg"} & set(image.data)
    assert image.metadata == {kind: {"alt": made.description}}
    assert image.data["text/plain"] == repr(made)
    json.dumps(image.data)
    assert words.data["text/plain"] == made.description
    assert "&lt;b&gt;. Segmentation" in words.data["text/html"]


def test_matplotlib_waits_for_the_first_figure():
    code = "import sys, segtutor.show; print({'matplotlib', 'torch', 'scipy', 'PIL.Image'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_figure_keeps_no_pixels_after_it_was_drawn_and_draws_the_same_again():
    picture = show.gallery([np.zeros((40, 60, 3), np.uint8)], ["a"], width=240)
    axes = picture.add_axes((0.5, 0.5, 0.4, 0.4))  # with ticks, a legend and texts of its own
    axes.plot([0, 1], label="line")
    axes.legend()
    first = picture.to_png()
    gc.collect()
    renderers = [one for one in gc.get_objects() if type(one).__name__ == "RendererAgg"]
    held = [one for one in renderers if (one.width, one.height) == picture.canvas.get_width_height()]
    assert not held
    assert picture.canvas.figure is picture
    assert all(image._imcache is None for axes in picture.axes for image in axes.images)
    assert picture.to_png() == first
    picture.text(0.5, 0.5, "more")
    assert picture.to_png() != first

"""Where deformable attention reads, drawn: the right place, every map, words; and what callers get wrong."""

import numpy as np
import pytest
import torch

from segtutor import show
from segtutor.errors import UserError
from segtutor.reference.layers.deformable import DeformableAttention, cell_centres
from segtutor.reference.layers.record import SamplingPoints, record_attention

SIZES = ((2, 2), (4, 4), (8, 8))
IMAGE = np.full((64, 64, 3), 120, np.uint8)


def star():
    layer, centres = DeformableAttention(16, 4), cell_centres(SIZES)
    nothing = torch.zeros(1, len(centres), 16)
    with record_attention(layer) as seen, torch.no_grad():
        layer(nothing, centres, nothing, SIZES)
    return seen[""][0]


def only(place, where, level=1):
    """A record in which the place `place` puts all its weight on one point of one map."""
    points = torch.full((1, 84, 1, 3, 1, 2), 0.5)
    weights = torch.zeros(1, 84, 1, 3, 1)
    points[0, place, 0, level, 0] = torch.tensor(where)
    weights[0, place, 0, level, 0] = 1
    return SamplingPoints(points, weights)


def test_a_place_is_the_cell_of_the_finest_map_that_holds_the_pixel():
    # pixel (x, y) = (17, 8) lies in column 2, row 1 of the 8 x 8 map, which follows 4 + 16 other cells
    words = show.sampling(IMAGE, only(4 + 16 + 8 + 2, (0.5, 0.25)), SIZES, {"here": (17, 8)}).description
    middle = np.array([2.5, 1.5]) * 8
    away = np.hypot(*(np.array([0.5, 0.25]) * 64 - middle))
    assert f"map at 1/16 100 %, {away:.0f} pixels away" in words
    assert "outside the picture 0 % of the weight" in words
    beside = show.sampling(IMAGE, only(4 + 16 + 8 + 2, (1.2, 0.5)), SIZES, {"here": (17, 8)}).description
    assert "outside the picture 100 % of the weight" in beside


def test_untrained_all_maps_have_the_same_weight_and_coarse_ones_are_read_farther_away():
    words = show.sampling(IMAGE, star(), SIZES, {"a": (32, 32), "b": (0, 63)}).description
    assert words.count("33 %") >= 6
    assert "a: map at 1/32 33 %" in words
    assert "b: map at 1/32 33 %" in words


@pytest.mark.parametrize("count", [1, 2, 4])
def test_nothing_is_drawn_beyond_the_figure(count):
    picture = show.sampling(IMAGE, star(), SIZES, {f"place {i}": (8 * i, 30) for i in range(count)})
    picture.canvas.draw()
    width, height = picture.get_size_inches() * picture.dpi
    for axes in picture.axes:
        for text in axes.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y0 >= 0
            assert box.y1 <= height


def test_readings_say_where_in_cells_a_point_lies():
    picture = show.readings([[1, 2.5], [3, 4]], {"A": (0.25, 0.75), "far": (5, 5)}, title="four cells")
    assert picture.description.startswith("four cells. A map of 2 rows and 2 columns: 1 2.5; 3 4")
    assert "Point A at x = 0.25, y = 0.75: column 0.00, row 1.00" in picture.description
    written = {text.get_text() for text in picture.axes[0].texts}
    assert written == {"1", "2.5", "3", "4", "A"}  # a point far outside is only described
    assert (
        picture.to_png()
        == show.readings(
            torch.tensor([[1, 2.5], [3, 4]]), {"A": (0.25, 0.75), "far": (5, 5)}, title="four cells"
        ).to_png()
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: show.readings(np.zeros((13, 2)), {}), "at most 12 x 12"),
        (lambda: show.readings(np.zeros(4), {}), "shape \\(4,\\)"),
        (lambda: show.readings(np.zeros((2, 2)), {"A": (0.5, float("nan"))}), "two finite numbers"),
        (lambda: show.sampling(IMAGE, star(), SIZES, {}), "at least one title"),
        (lambda: show.sampling(IMAGE, star(), SIZES[:2], {"a": (1, 1)}), "pass the sizes"),
        (lambda: show.sampling(IMAGE, star(), SIZES, {"a": (64, 1)}), "64 x 64"),
    ],
)
def test_mistakes_are_named(call, sentence):
    with pytest.raises(UserError, match=sentence):
        call()

"""Heat maps side by side: what is yellow, what the words say, what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from segtutor import show
from segtutor.errors import UserError


def maps():
    values = torch.zeros(2, 6, 6)
    values[0, 0, 5] = 3.0  # above, right
    values[1] = -1.0
    values[1, 5, 0] = 0.5  # below, left; negative numbers are numbers too
    return values


def test_the_largest_number_is_yellow_and_the_smallest_blue():
    picture = show.heatmaps(maps()[:1], width=128)
    pixels = np.asarray(Image.open(io.BytesIO(picture.to_png())).convert("RGB")).astype(int)
    panel = pixels[10 : 10 + 126, 10 : 10 + 126]  # six places of 21 pixels
    assert panel[5, 120].tolist() == [254, 232, 56]
    assert panel[120, 5].tolist() == [0, 34, 78]


def test_each_panel_has_its_own_scale_and_says_where():
    picture = show.heatmaps(maps(), ["first", "second"])
    assert "2 maps" in picture.description
    assert "first: above, right" in picture.description
    assert "second: below, left" in picture.description
    assert show.heatmaps([np.ones((3, 3))]).description.endswith("the same everywhere.")
    assert show.heatmaps(maps(), description="in words").description == "in words"


def test_what_it_was_given_stays():
    values = maps()
    show.heatmaps(values)
    assert torch.equal(values, maps())


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (torch.zeros(0, 3, 3), {}),
        (torch.zeros(2, 3, 3), {"titles": ["one"]}),
        (torch.zeros(2, 3, 3), {"columns": 0}),
        (torch.zeros(3), {}),
        (torch.full((1, 2, 2), float("nan")), {}),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(values, options):
    with pytest.raises(UserError, match="map"):
        show.heatmaps(values, **options)

"""Boxes over a picture: what is drawn where, what is said, and what is refused."""

import numpy as np
import pytest
import torch

from segtutor import show
from segtutor.errors import UserError
from segtutor.instances import Instances
from segtutor.segments import Categories, Category
from segtutor.show.framed import DARK, MARKED, frame

GREY = np.full((16, 16, 3), 90, np.uint8)


def drawn(picture):
    picture.canvas.draw()
    return np.asarray(picture.canvas.buffer_rgba())[..., :3].astype(int)


def test_aframe_lies_on_the_pixels_of_its_box():
    panel = GREY.copy()
    frame(panel, np.array([4.0, 5, 10, 9]), (255, 255, 255))
    white = (panel == 255).all(-1)
    expected = np.zeros((16, 16), bool)
    expected[5:9, 4:10] = True
    expected[6:8, 5:9] = False
    assert (white == expected).all()
    assert (panel[4, 3:11] == DARK).all()


@pytest.mark.parametrize("box", [[-9, -9, 30, 30], [20, 20, 40, 40], [-9, 3, -2, 5], [3, 3, 3, 3]])
def test_a_box_that_leaves_the_picture_is_cut_off(box):
    panel = GREY.copy()
    frame(panel, np.array(box, float), (255, 255, 255))
    assert panel.shape == (16, 16, 3)


def test_lists_marks_and_results():
    masks = np.zeros((1, 16, 16), bool)
    masks[0, 2:9, 3:12] = True
    found = Instances(masks, np.zeros(1, int), np.ones(1), Categories([Category(1, "cat", True)]))
    picture = show.boxes(
        GREY,
        {"first": torch.tensor([[1.0, 1, 9, 9], [2, 3, 12, 15]]), "second": [[3, 2, 12, 9]], "none": []},
        results={"second": found},
        marked={"first": np.array([[4, 4, 8, 8]])},
        width=160,
    )
    assert "first: 2 boxes, and 1 marked, 4 to 12 pixels a side." in picture.description
    assert "second: 1 box, 7 to 9 pixels a side." in picture.description
    assert "none: no boxes." in picture.description
    pixels = drawn(picture)
    assert (pixels == np.array(MARKED)).all(-1).sum() > 100
    assert (GREY == 90).all(), "what it is given stays as it is"


@pytest.mark.parametrize(
    ("lists", "options"),
    [
        ({}, {}),
        ([[1, 2, 3, 4]], {}),
        ({"a": [1, 2, 3, 4]}, {}),
        ({"a": [[1, 2, 3]]}, {}),
        ({"a": [["x", "y", "z", "w"]]}, {}),
        ({"a": [[0, 0, np.nan, 4]]}, {}),
        ({"a": []}, {"marked": {"b": [[1, 2, 3, 4]]}}),
        ({"a": []}, {"results": {"a": "cat"}}),
    ],
)
def test_what_is_refused(lists, options):
    with pytest.raises(UserError):
        show.boxes(GREY, lists, **options)

"""Figures of attention and of sampled points: what they draw, what they say, and what they refuse."""

import numpy as np
import pytest
import torch

from segtutor import show
from segtutor.errors import UserError

GREY = np.full((16, 16, 3), 90, np.uint8)


def pixels(picture):
    picture.canvas.draw()
    return np.asarray(picture.canvas.buffer_rgba())[..., :3].astype(int)


def test_both_names_are_functions_in_any_order():
    """The module has another name than they have: else the first import would put a module in a function's place."""
    assert callable(show.points)
    assert callable(show.attention)


def test_attention_is_drawn_and_told():
    weights = torch.tensor([[0.1, 0.0], [0.6, 0.3]])
    picture = show.attention(GREY, [weights], [weights > 0.5], ["layer 0"], width=160)
    assert "layer 0: 2 x 2 cells, most on one below and left: 60 %" in picture.description
    assert "25 % of the cells allowed, which have 60 % of the weight" in picture.description
    drawn = pixels(picture)
    assert (drawn == 255).all(-1).any()
    yellow, blue = (drawn[..., 0] - drawn[..., 2] > 100).sum(), (drawn[..., 2] - drawn[..., 0] > 40).sum()
    assert yellow > 1000
    assert blue > 1000


def test_who_may_look_everywhere_gets_no_line():
    weights = np.ones((2, 2))
    everywhere = show.attention(GREY, [weights], [np.ones((2, 2), bool)], width=160)
    unsaid = show.attention(GREY, [weights], width=160)
    assert "it may look everywhere" in everywhere.description
    assert (pixels(everywhere) == pixels(unsaid)).all()
    limited = show.attention(GREY, [weights], [np.eye(2, dtype=bool)], width=160)
    assert not (pixels(limited) == pixels(unsaid)).all()


@pytest.mark.parametrize(
    ("weights", "allowed", "titles"),
    [
        ([], None, None),
        ([np.ones(4)], None, None),
        ([np.full((2, 2), np.nan)], None, None),
        ([-np.ones((2, 2))], None, None),
        ([np.ones((2, 2))], [np.ones((3, 3), bool)], None),
        ([np.ones((2, 2))], None, ["one", "two"]),
    ],
)
def test_attention_refuses_what_is_none(weights, allowed, titles):
    with pytest.raises(UserError, match="got"):
        show.attention(GREY, weights, allowed, titles)


def test_points_are_drawn_where_they_are():
    probs = np.zeros((16, 16))
    probs[:, 8:] = 1
    places = torch.tensor([[0.49, 0.5], [0.97, 0.97]])
    picture = show.points(GREY, probs, [places], ["two"], width=160)
    assert picture.description == "two: 2 points, 50 % of them beside the border of the mask."
    drawn = pixels(picture)
    white = (drawn == 255).all(-1)
    none = (pixels(show.points(GREY, probs, [places[:0]], ["two"], width=160)) == 255).all(-1)
    rows, columns = np.nonzero(white & ~none)
    assert len(rows) > 4
    assert columns.max() - columns.min() > 60
    assert rows.max() > rows.min()


@pytest.mark.parametrize("places", [[], [np.ones(2)], [np.array([[0.5, 1.5]])], [np.array([[-0.1, 0.5]])]])
def test_points_refuses_what_is_none(places):
    with pytest.raises(UserError, match="got"):
        show.points(GREY, np.zeros((16, 16)), places)

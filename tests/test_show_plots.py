"""Lines and intervals: what is drawn where, the words, and what callers get wrong."""

import numpy as np
import pytest

from segtutor import show
from segtutor.errors import UserError


def test_a_line_passes_through_its_values_and_the_words_say_so():
    picture = show.lines({"precision": ([0, 0.5, 1], [1, 0.75, 0.25])}, x="recall", y="share", title="A curve")
    (line,) = picture.axes[0].lines
    assert line.get_xydata().tolist() == [[0, 1], [0.5, 0.75], [1, 0.25]]
    words = "A curve. 1 line, share over recall. precision: 1 at 0, 0.75 at 0.5, 0.25 at 1."
    assert picture.description == words


def test_no_line_depends_on_its_colour():
    series = {f"line {i}": ([0, 1], [i, i]) for i in range(4)}
    lines = show.lines(series, x="x", y="y").axes[0].lines
    assert len({line.get_linestyle() for line in lines}) == 4
    assert len({line.get_marker() for line in lines}) == 4


def test_a_line_in_steps_holds_a_value_up_to_its_own_place():
    picture = show.lines({"a": ([0, 1], [3, 5]), "b": ([0, 1], [3, 5])}, x="x", y="y", steps=["b"], limits=(0, 6))
    assert [line.get_drawstyle() for line in picture.axes[0].lines] == ["default", "steps-pre"]
    assert picture.axes[0].get_ylim() == (0, 6)


def test_long_lines_are_told_by_a_few_values_with_both_ends():
    picture = show.lines({"a": (np.arange(101), np.arange(101) ** 2)}, x="x", y="y")
    told = picture.description.split("a: ")[1].rstrip(".").split(", ")
    assert len(told) == 8
    assert (told[0], told[-1]) == ("0 at 0", "1e+04 at 100")


def test_intervals_stand_one_below_the_other_over_their_ends():
    picture = show.intervals({"PQ": (2, 1, 4), "mIoU": (-1, -3, 0.5)}, x="points", reference=0)
    axes = picture.axes[0]
    bars = [line.get_xydata().tolist() for line in axes.lines if len(line.get_xdata()) == 2][:2]
    assert bars == [[[1, 0], [4, 0]], [[-3, 1], [0.5, 1]]]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first is on top
    assert picture.description == "PQ: 2.0, from 1.0 to 4.0; mIoU: -1.0, from -3.0 to 0.5 (points)."


@pytest.mark.parametrize("picture", ["lines", "intervals"])
def test_nothing_is_cut_off_at_the_edges(picture):
    name = "a rather long name of something"
    if picture == "lines":
        drawn = show.lines({name: ([0, 1000], [-1000, 1000])}, x="across " * 6, y="up", title=name)
    else:
        drawn = show.intervals({name: (1, 0, 2), "b": (1, 0, 2)}, x="points", title=name)
    drawn.canvas.draw()
    box = drawn.get_tightbbox()
    width, height = drawn.get_size_inches()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= width
    assert box.y1 <= height


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: show.lines({}, x="x", y="y"), "got 0"),
        (lambda: show.lines({str(i): ([0], [0]) for i in range(5)}, x="x", y="y"), "got 5"),
        (lambda: show.lines({"a": ([0, 1], [0])}, x="x", y="y"), "(2,) and (1,)"),
        (lambda: show.lines({"a": ([0], [0])}, x="x", y="y", steps=["b"]), "['b']"),
        (lambda: show.intervals({}, x="x"), "got 0"),
        (lambda: show.intervals({"a": (1, 2, 0)}, x="x"), "low <= high"),
        (lambda: show.intervals({"a": (1, 2)}, x="x"), "(value, low, high)"),
    ],
)
def test_mistakes_are_named(call, said):
    with pytest.raises(UserError) as error:
        call()
    assert said in str(error.value)

"""PromptCanvas with a network, without a browser: what is asked, what is remembered, what the truth says, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from toy_explorers import ToyAsked

import segtutor as st
from segtutor.data.toytown.language import phrase_mask
from segtutor.errors import UserError
from segtutor.training.recipes.clicks import correction, deepest
from segtutor.widgets.asking import questions

pytest.importorskip("anywidget")

SCENE = st.toytown.scene(19)
IMAGE = SCENE.draw()[0]
HEAD = {"x": 31.5, "y": 105.5, "label": 1}


def asks(*accepts, **more):
    return st.widgets.PromptCanvas(IMAGE, SCENE, model=ToyAsked(*accepts), **more)


def test_clicks_are_asked_as_by_hand_and_each_only_once():
    sam = st.load("sam-toytown").set_image(np.zeros((64, 64, 3), np.uint8))
    made = st.widgets.PromptCanvas(IMAGE, SCENE, model=sam, level="part")
    assert sam.image.shape == (64, 64, 3)  # the learner's own keeps its picture
    assert (made.tools, made.answers["kind"], made.result, made.mask) == (["point", "box"], "", None, None)
    by_hand = st.load("sam-toytown").set_image(IMAGE)
    head = next(region.mask for region in SCENE.regions_at(31, 105) if region.level == "part")
    answer = by_hand.predict(points=[(31, 105)])
    made.points = [HEAD]
    np.testing.assert_array_equal(made.result.masks, answer.masks)
    np.testing.assert_allclose(made.answers["scores"], answer.scores, rtol=1e-5)  # float32, summed in any order
    assert [one["level"] for one in made.answers["meanings"]] == ["part", "thing", "group"]
    ious = [(mask & head).sum() / (mask | head).sum() for mask in answer.masks]
    np.testing.assert_allclose(made.answers["ious"], ious)
    made.chosen = int(np.argmax(ious))
    first, points, labels, mask = dict(made.answers), [(31, 105)], [1], answer.masks[made.chosen]
    for _ in range(2):
        x, y, on = correction(head, mask)
        assert made.answers["next"] == [x + 0.5, y + 0.5, on]
        points, labels = [*points, (x, y)], [*labels, on]
        mask = by_hand.predict(points=points, labels=labels, mask=mask).masks[0]
        made.points = [*made.points, {"x": x + 0.5, "y": y + 0.5, "label": on}]
        np.testing.assert_array_equal(made.mask, mask)
    made.points = made.points[:1]
    assert {**made.answers, "number": 0, "ms": 0} == {**first, "number": 0, "ms": 0}
    assert made.answers["ms"] == 0  # remembered
    made.level = "thing"
    cat = SCENE.regions_at(31, 105)[1].mask
    assert made.answers["meanings"][made.answers["meant"]]["level"] == "thing"
    assert made.answers["next"][2] == int(cat[int(made.answers["next"][1]), int(made.answers["next"][0])])


def test_the_network_is_asked_no_more_than_needed_and_little_is_kept(monkeypatch):
    monkeypatch.setattr(questions, "REMEMBERED", 5)
    made = asks("points", "boxes", "mask")
    toy = made._asker.segmenter
    assert toy.pictures == [(128, 128, 3)]
    made.points = [HEAD]
    made.points = [HEAD, {"x": 60, "y": 60, "label": 0}]
    made.points = [HEAD]
    made.chosen = 2
    assert [len(one["points"]) for one in toy.asked] == [1, 2]
    assert toy.asked[1]["labels"] == [1, 0]
    made.points = [HEAD, {"x": 60, "y": 60, "label": 0}]  # after another answer to the first click
    assert len(toy.asked) == 3
    assert toy.asked[2]["mask"].sum() > toy.asked[1]["mask"].sum()
    made.boxes = [{"x0": 8, "y0": 8, "x1": 40, "y1": 50}]  # the box alone, then each click with it
    assert [one["boxes"] is not None for one in toy.asked[3:]] == [True] * 3
    for x in range(20):
        made.points = [{"x": x + 0.5, "y": 9, "label": 1}]
    assert len(made._asker._answers) == 5
    made.image = IMAGE[:64]
    assert toy.pictures == [(128, 128, 3)] * 1 + [(64, 128, 3)]
    assert (made.size, made.points, made.boxes, made.answers["kind"]) == ([64, 128], [], [], "")
    made.points = [HEAD | {"y": 10}]
    assert made.answers["meanings"] == []  # the truth was that of the old picture
    made.clear()
    assert made.answers["scores"] == []


def test_a_box_means_what_lies_in_it():
    made = asks("points", "boxes", "mask")
    cat = next(region for region in SCENE.regions() if region.level == "thing" and region.name == "cat")
    rows, columns = (np.flatnonzero(cat.mask.any(axis)) for axis in (1, 0))
    made.boxes = [{"x0": columns[0], "y0": rows[0], "x1": columns[-1] + 1, "y1": rows[-1] + 1}]
    meant = made.answers["meanings"][made.answers["meant"]]
    assert (meant["level"], meant["name"]) == ("thing", "cat")
    assert meant["area"] == pytest.approx(cat.mask.mean())


def test_words_that_are_true_absent_unknown_or_fail():
    made = st.widgets.PromptCanvas(IMAGE, SCENE, model="clipseg-toytown")
    assert (made.tools, made.tool, made.words[0]) == (["text"], "text", "cat")
    made.text = "  house "
    truth = phrase_mask(SCENE, "house")
    expected = st.load("clipseg-toytown").set_image(IMAGE).predict(text="house")
    np.testing.assert_array_equal(made.mask, expected.masks[0])
    (iou,) = made.answers["ious"]
    assert iou == pytest.approx((made.mask & truth).sum() / (made.mask | truth).sum())
    assert iou > 0.5
    made.text = "boat"
    assert made.answers["meanings"] == [{"level": "words", "name": "boat", "area": 0.0}]
    made.text = "zebra"
    assert "'zebra'" in made.answers["said"]
    assert (made.result, made.masks) == (None, b"")
    made.image = IMAGE[::-1].copy()  # another picture: what was true of the scene is proposed no more
    assert made.words == []
    made = asks("text")
    made.text = "fail"
    assert made.answers["said"] == "toy-asked failed: RuntimeError, the network is out of order"
    assert "without an answer" in made.alternative()
    made.text = "nothing"
    assert (made.answers["said"], made.mask, len(made.result.masks)) == ("", None, 0)
    assert "finds nothing" in made.alternative()


def test_a_painted_example_and_its_class():
    other = st.toytown.scene(21)
    picture, truth = other.render()
    made = st.widgets.PromptCanvas(IMAGE, SCENE, model="seggpt-toytown", example=(picture, truth))
    assert made.tools == ["example"]
    cats = [region for region in other.regions() if region.name == "cat"]
    x, y = deepest(cats[0].mask)
    made.scribbles = [{"label": 1, "width": 12, "points": [[x + 0.5, y + 0.5], [x + 3, y + 2]]}]
    painted = questions.painted((128, 128), [(1, 12, ((x + 0.5, y + 0.5), (x + 3, y + 2)))])
    expected = st.load("seggpt-toytown").set_image(IMAGE).predict(example=(picture, painted))
    np.testing.assert_array_equal(made.result.masks, expected.masks)
    (meant,) = made.answers["meanings"]
    assert (meant["level"], meant["name"]) == ("class", "cat")
    assert made.answers["next"] is None
    assert made.still().shape == (128, 264, 3)
    made.scribbles = [*made.scribbles, {"label": -1, "width": 60, "points": [[x, y]]}]
    assert "no pixel painted" in made.answers["said"]
    assert made.still().shape == (128, 264, 3)


def test_what_a_reader_without_a_browser_gets():
    made = asks("points", "boxes", "mask")
    plain = made.still()
    assert "has not been asked" in made.alternative()
    made.points, made.boxes = [HEAD], [{"x0": 8, "y0": 8, "x1": 40, "y1": 50}]
    assert (made.still() != plain).any(axis=2).sum() > 400
    assert repr(made) == "PromptCanvas(128 x 128 pixels, asks toy-asked, 1 answer to a click)"
    assert len(made.figure().axes) >= 2


WRONG = {
    "a model of masks": lambda: st.widgets.PromptCanvas(IMAGE, model=st.load("fcn-toytown")),
    "no model": lambda: st.widgets.PromptCanvas(IMAGE, model=3),
    "classes": lambda: asks("points", classes=["a", "b"]),
    "an example for clicks": lambda: asks("points", example=IMAGE),
    "no example": lambda: asks("example"),
    "an example without a model": lambda: st.widgets.PromptCanvas(IMAGE, example=IMAGE),
    "the scene of another picture": lambda: st.widgets.PromptCanvas(IMAGE[:64], SCENE, model=ToyAsked("points")),
    "a truth that is an array": lambda: st.widgets.PromptCanvas(IMAGE, IMAGE[..., 0], model=ToyAsked("points")),
    "a mask beside the example": lambda: asks("example", example=(IMAGE, IMAGE[..., 0] > 9)),
    "words for clicks": lambda: setattr(asks("points"), "text", "cat"),
    "a tool": lambda: setattr(asks("points"), "tool", "box"),
    "a label": lambda: setattr(asks("points"), "label", 2),
    "a click outside": lambda: setattr(asks("points"), "points", [{"x": 200, "y": 3, "label": 1}]),
    "a stroke outside": lambda: setattr(
        asks("example", example=IMAGE[:64]), "scribbles", [{"label": 1, "width": 4, "points": [[5, 90]]}]
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_refused(wrong):
    with pytest.raises(UserError):
        wrong()

"""PromptCanvas without a browser: prompts, pictures, the training in its thread, stills; and its JavaScript."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import time

import numpy as np
import pytest
import traitlets
from PIL import Image
from test_javascript import HERE, node  # noqa: F401  the fixture

import segtutor as st
from segtutor.data.strokes import paint_prompts, strokes_of
from segtutor.errors import UserError
from segtutor.segments import Segmentation
from segtutor.widgets.prompts.canvas import UPLOAD_BYTES


def canvas(**more) -> st.widgets.PromptCanvas:
    """Dark on the left, light on the right, and one stroke on each half."""
    image = np.full((40, 60, 3), 40, np.uint8)
    image[:, 30:] = 200
    made = st.widgets.PromptCanvas(image, classes=["dark", "light"], **more)
    made.scribbles = [{"label": k, "width": 3, "points": [[15 + 30 * k, 10], [15 + 30 * k, 30]]} for k in (0, 1)]
    return made


def test_prompts_are_plain_values_both_ways():
    made = canvas()
    assert made.scribbles[1] == {"label": 1, "width": 3.0, "points": [[45.0, 10.0], [45.0, 30.0]]}
    made.points = [{"x": 5, "y": 6, "label": 1}]
    made.boxes = [{"x0": 40, "y0": 30, "x1": 10, "y1": 5, "label": 0}]
    assert made.boxes == [{"x0": 10.0, "y0": 5.0, "x1": 40.0, "y1": 30.0, "label": 0}]
    made.set_state({"points": [{"x": 1.25, "y": 2, "label": 0}], "text": "the dark half", "label": 1, "tool": "box"})
    assert (made.points, made.text) == ([{"x": 1.25, "y": 2.0, "label": 0}], "the dark half")
    assert (made.label, made.tool, made.brush, made.view) == (1, "box", 8.0, "picture")
    labels = made.labels()
    assert (labels.shape, labels.dtype) == ((40, 60), np.int32)
    np.testing.assert_array_equal(labels, paint_prompts((40, 60), made.scribbles, made.points))
    assert labels[2, 1] == 0
    assert labels[20, 45] == 1
    assert labels[20, 25] == -1  # a box paints nothing
    made.clear()
    assert (made.points, made.boxes, made.scribbles, made.text) == ([], [], [], "")
    assert (made.labels() == -1).all()


def test_an_eraser_is_a_stroke_of_no_class_and_order_counts():
    made = canvas()
    rows = (made.labels() == 0).any(axis=1).sum()
    made.scribbles = [*made.scribbles, {"label": -1, "width": 10, "points": [[15, 10]]}]
    assert 0 < (made.labels() == 0).any(axis=1).sum() < rows
    made.scribbles = made.scribbles[::-1]
    assert (made.labels() == 0).any(axis=1).sum() == rows


def test_classes_by_name_by_truth_and_added():
    assert [one["name"] for one in st.widgets.PromptCanvas().classes] == ["not it", "it"]
    image, truth = st.data.photograph("chelsea")
    made = st.widgets.PromptCanvas(image, truth, longest_side=64)
    assert made.size == [43, 64]
    assert made.categories.names == ["cat", "background"]
    assert not any(category.isthing for category in made.categories)  # two strokes on a cat are one cat
    assert made.categories.index(truth.segments[0].category_id) in (0, 1)
    made.classes = [*made.classes, {"name": "collar", "color": (1, 2, 3), "isthing": True}]
    assert made.classes[2] == {"id": 3, "name": "collar", "isthing": True, "color": [1, 2, 3]}
    made.points = [{"x": 1, "y": 1, "label": 2}]
    assert made.labels()[1, 1] == 2


def test_another_picture_takes_everything_of_the_old_one_away():
    made = canvas(longest_side=100)
    made.boxes = [{"x0": 40, "y0": 30, "x1": 60, "y1": 40, "label": 0}]
    made.learn(steps=5, wait=True)
    assert made.answer
    made.image = np.zeros((10, 200, 3), np.uint8)
    assert (made.size, made.image.shape) == ([5, 100], (5, 100, 3))
    assert (made.scribbles, made.boxes, made.answer, made.result, made.view) == ([], [], b"", None, "picture")
    assert Image.open(io.BytesIO(made.picture)).size == (100, 5)


def test_an_upload_is_decoded_here_and_refused_in_a_sentence():
    made = canvas()
    stream = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 8, 7)).save(stream, "PNG")
    before = made.picture
    refused = {b"no picture at all": "JPEG", bytes(UPLOAD_BYTES + 1): "8 MB", b"": "empty"}
    for content, said in refused.items():
        made._handle_custom_msg({"do": "picture"}, [memoryview(content)])
        assert said in made.refused
        assert made.picture == before
        assert len(made.scribbles) == 2
    made._handle_custom_msg({"do": "picture"}, [memoryview(stream.getvalue())])
    assert (made.refused, made.size, made.image[0, 0].tolist()) == ("", [20, 30], [9, 8, 7])
    for strange in ({"do": "format the disk"}, {"do": "picture"}, [], "learn", None):
        made._handle_custom_msg(strange, [])
    assert made.size == [20, 30]


def test_learning_runs_beside_the_kernel_is_shown_stopped_and_scored():
    image, truth = np.zeros((40, 60, 3), np.uint8), np.ones((40, 60), np.int32)
    image[:, 30:], truth[:, 30:] = 200, 2
    known = Segmentation.from_ids(truth, {1: 7, 2: 9}, [{"id": 7, "name": "dark", "isthing": False},
                                                          {"id": 9, "name": "light", "isthing": False}])  # fmt: skip
    made = st.widgets.PromptCanvas(image, known)
    assert (made.result, made.output, made.score) == (None, None, {})
    made.scribbles = strokes_of(known, count=1)
    made.learn(seconds=600)
    told = made.progress["state"]
    began = time.monotonic()
    while not (made.answer and made.progress.get("step", 0) > 50) and time.monotonic() - began < 200:
        time.sleep(0.02)  # so many steps teach it enough, whatever else the machine does
    assert (told, made.view) == ("running", "answer")
    made._handle_custom_msg({"do": "stop"}, [])
    found = made.result  # waits
    assert made.progress["state"] == "stopped"
    assert made.progress["done"] == 1
    assert found.segment_ids.shape == (40, 60)
    assert made.output.logits.shape == (1, 2, 40, 60)
    assert made.score["miou"] > 0.9
    assert made.score["nearest_colour"] == 1
    assert [one["name"] for one in made.answer_segments] == ["dark", "light"]
    shown = np.frombuffer(made.answer, np.uint8).reshape(40, 60)
    np.testing.assert_array_equal(shown, found.segment_ids)
    assert len(made.sure) == 40 * 60
    made.learn("mask", steps=30, wait=True)
    assert (made.kind, made.progress["state"], made.progress["step"]) == ("mask", "done", 30)
    assert made.output.mask_logits.shape[-2:] == (40, 60)
    assert "learned from it: " in made.alternative()
    assert "mIoU" in made.alternative()


def test_what_goes_wrong_in_the_thread_or_by_the_button_is_told(monkeypatch):
    made = canvas()
    made.scribbles = made.scribbles[:1]
    made._handle_custom_msg({"do": "learn"}, [])
    assert made.progress["state"] == "failed"
    assert "got dark" in made.progress["said"]
    with pytest.raises(UserError, match="at least two"):
        made.learn()
    made = canvas()
    monkeypatch.setattr("segtutor.widgets.prompts.canvas.learn_scribbles", lambda *a, **k: 1 / 0)
    made.learn(steps=1)
    with pytest.raises(ZeroDivisionError):
        made.wait()
    assert made.progress == {"state": "failed", "said": "ZeroDivisionError: division by zero"}
    made.wait()  # once


def test_an_observer_may_learn_anew_after_each_stroke():
    """The browser's stroke comes in under the lock that the thread before needs: neither may wait for the other."""
    made = canvas()
    made.observe(lambda change: made.learn(seconds=30), ["scribbles"])
    for place in (5, 10, 20):
        made.set_state({"scribbles": [*made.scribbles, {"label": 0, "width": 3, "points": [[place, 5]]}]})
        assert made.progress["state"] == "running"
    made.stop()
    assert made.result is not None
    assert made.progress["state"] == "stopped"


def test_an_observer_may_wait_for_what_it_starts():
    made = canvas()
    found = []

    def learn(change: dict) -> None:
        made.learn(steps=2, wait=True)
        found.append(made.result)

    made.observe(learn, ["scribbles"])
    made.scribbles = made.scribbles[::-1]
    made.set_state({"scribbles": made.scribbles[::-1]})
    assert len(found) == 2
    assert None not in found


def test_a_training_is_asked_for_with_what_it_shall_learn_from():
    """The message may come before the stroke that was painted before the button was pressed."""
    made = canvas()
    strokes = [*made.scribbles, {"label": 1, "width": 3.0, "points": [[40.0, 5.0]]}]
    made._handle_custom_msg({"do": "learn", "from": {"scribbles": strokes, "seconds": 600, "view": "answer"}}, [])
    made.stop()
    made.wait()
    assert (made.scribbles, made.seconds) == (strokes, 600)
    made._handle_custom_msg({"do": "learn", "from": {"scribbles": [{"label": 7}]}}, [])
    assert made.progress["state"] == "failed"
    assert made.scribbles == strokes


def test_stills_figures_and_names():
    made = canvas()
    assert repr(made) == "PromptCanvas(60 x 40 pixels, classes dark, light; 2 scribbles, 0 points, 0 boxes)"
    bare = st.widgets.PromptCanvas(made.image, classes=["dark", "light"])
    assert "unpainted" in bare.alternative()
    assert "painted: dark 3.5 %, light 3.5 %" in made.alternative()
    assert not np.array_equal(made.still(), bare.still())
    plain = made.still()
    made.boxes = [{"x0": 2, "y0": 2, "x1": 20, "y1": 20, "label": 1}]
    assert (made.still()[2, 2:20] == made.classes[1]["color"]).all()
    made.learn(steps=5, wait=True)
    assert made.view == "answer"
    assert not np.array_equal(made.still()[30:], plain[30:])
    made.view = "picture"
    np.testing.assert_array_equal(made.still()[30:], plain[30:])
    data, metadata = made._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == made.alternative() == made.figure().description
    assert Image.open(io.BytesIO(data["image/png"])).size == (540, 360)  # nine times as large


MISTAKES = {
    "a dictionary of classes": (lambda c: st.widgets.PromptCanvas(classes={"a": 1}), "list of names"),
    "one class": (lambda c: st.widgets.PromptCanvas(classes=["a"]), "got 1"),
    "too many": (lambda c: st.widgets.PromptCanvas(classes=list("abcdefghijklmnopqrstuvwxyz")), "got 26"),
    "a class without a name": (lambda c: st.widgets.PromptCanvas(classes=["a", {"id": 3}]), "{'id': 3}"),
    "an id twice": (lambda c: st.widgets.PromptCanvas(classes=["a", {"name": "b", "id": 1}]), "category id"),
    "a colour": (lambda c: st.widgets.PromptCanvas(classes=["a", {"name": "b", "color": "red"}]), "'red'"),
    "a truth that is an array": (lambda c: st.widgets.PromptCanvas(c.image, c.labels()), "got a ndarray"),
    "no picture": (lambda c: st.widgets.PromptCanvas("nowhere.png"), "nowhere.png"),
    "a side": (lambda c: st.widgets.PromptCanvas(longest_side=8), "longest_side"),
    "a point outside": (lambda c: setattr(c, "points", [{"x": 61, "y": 1, "label": 0}]), "got 61"),
    "a point without y": (lambda c: setattr(c, "points", [{"x": 6, "label": 0}]), "'y'"),
    "a point that is none": (lambda c: setattr(c, "points", [{"x": float("nan"), "y": 1, "label": 0}]), "got nan"),
    "a point to erase": (lambda c: setattr(c, "points", [{"x": 1, "y": 1, "label": -1}]), "got -1"),
    "a box of no class": (
        lambda c: setattr(c, "boxes", [{"x0": 1, "y0": 1, "x1": 2, "y1": 2, "label": 2}]), "0 to 1"
    ),
    "half a class": (lambda c: setattr(c, "points", [{"x": 1, "y": 1, "label": 0.5}]), "got 0.5"),
    "an empty stroke": (lambda c: setattr(c, "scribbles", [{"label": 0, "width": 2, "points": []}]), "at least one"),
    "a stroke of threes": (
        lambda c: setattr(c, "scribbles", [{"label": 0, "width": 2, "points": [[1, 2, 3]]}]), "[[x, y], ...]"
    ),
    "a wide brush": (lambda c: setattr(c, "scribbles", [{"label": 0, "width": 900, "points": [[1, 2]]}]), "got 900"),
    "endless strokes": (
        lambda c: setattr(c, "scribbles", [{"label": 0, "width": 2, "points": [[1, 2]] * 200_001}]), "200000"
    ),
    "a class in use taken away": (lambda c: _classes_away(c), "got 2"),
    "a class in hand": (lambda c: setattr(c, "label", 2), "label must be 0 to 1, got 2"),
    "the brush": (lambda c: setattr(c, "brush", 0), "brush"),
    "no time": (lambda c: c.learn(seconds=0), "seconds"),
}  # fmt: skip


def _classes_away(made) -> None:
    made.classes = ["a", "b", "c"]
    made.points = [{"x": 1, "y": 1, "label": 2}]
    made.classes = ["a", "b"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_sentence(name):
    act, said = MISTAKES[name]
    with pytest.raises(UserError) as caught:
        act(canvas())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tool_or_kind_that_is_none_is_refused():
    for name in ("tool", "kind", "view"):
        with pytest.raises(traitlets.TraitError):
            setattr(canvas(), name, "lasso")


def test_the_browser_labels_the_same_pixels(node, tmp_path):  # noqa: F811
    """Random strokes, erasers and points: the same map, painted whole or place by place, exactly."""
    cases = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        height, width = (int(side) for side in random.integers(1, 70, 2))
        step = 4 if seed % 2 else 1000  # quarters, as the browser keeps them, and what a cell may set

        def places(count, high=height, wide=width, step=step, random=random):
            return (np.floor(random.uniform(0, [wide, high], (count, 2)) * step) / step).tolist()

        strokes = [
            {"label": int(random.integers(-1, 5)), "width": float(random.integers(1, 24)) / 2 + 0.5}
            | {"points": places(int(random.integers(1, 6)))}
            for _ in range(random.integers(0, 8))
        ]
        points = [{"x": x, "y": y, "label": int(random.integers(0, 5))} for x, y in places(int(random.integers(0, 4)))]
        cases.append({"size": [height, width], "scribbles": strokes, "points": points})
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    command = [node, str(HERE / "js" / "answer_prompts.mjs"), str(tmp_path / "cases.json")]
    run = subprocess.run(command, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    known = 0
    for case, answer in zip(cases, json.loads(run.stdout), strict=True):
        for name, points in (("whole", case["points"]), ("grown", [])):
            got = np.frombuffer(base64.b64decode(answer[name]), "<i2").reshape(case["size"])
            expected = paint_prompts(tuple(case["size"]), case["scribbles"], points)
            np.testing.assert_array_equal(got, expected)
            known += int((expected >= 0).sum())
    assert known > 10_000

"""SceneEditor without a browser: traits in and out, questions and answers, JavaScript's count equal to Python's."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest
import torch
from scipy import ndimage
from test_javascript import _base64, _node
from test_scene_layers import ANSWER

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.segments import Segmentation
from segtutor.show.score_parts import COLORS
from segtutor.widgets.base.scene_answers import as_bytes, quality_of
from segtutor.widgets.base.scene_still import FALSE, MISSED, looks

pytest.importorskip("anywidget")


class SceneGuesser:
    """Answers any picture without a network: dark, middling and bright regions, as this or that class."""

    family, name, categories = "mask", "guesser", toytown.categories

    def __init__(self):
        self.asked = 0

    def segment(self, image: np.ndarray) -> Segmentation:
        self.asked += 1
        ids, count = ndimage.label(ndimage.uniform_filter(image.mean(axis=-1), 9) // 60)
        ids[ids > 20] = 0
        return Segmentation.from_ids(
            ids, {i: 1 + i % 15 for i in range(1, min(count, 20) + 1) if (ids == i).any()}, self.categories
        )


@pytest.fixture
def editor():
    return st.widgets.SceneEditor([SceneGuesser(), SceneGuesser()], scene=toytown.scene(9))


def said(editor, content: dict, *buffers: bytes) -> list:
    """What the editor sends in answer to a message of the browser."""
    sent: list = []
    editor.send = lambda content, buffers=None: sent.append((content, buffers))
    editor._handle_custom_msg(content, list(buffers))
    return sent


def test_scene_things_and_answers_follow_each_other(editor):
    before = editor.answers
    assert [one["model"] for one in before] == ["guesser", "guesser"]
    editor.things = [{**editor.things[0], "x": 0.25}, *editor.things[1:3]]
    assert [thing.x for thing in editor.scene.things][:1] == [0.25]
    assert len(editor.scene.things) == 3
    assert editor.answers != before
    editor.selected = 2
    editor.scene = editor.scene.remove(0)
    assert len(editor.things) == 2
    assert editor.selected is None
    background = editor.ground["background"]
    editor.scene = toytown.scene(7)
    assert editor.ground["background"] != background
    assert editor.things[0]["kind"] == toytown.scene(7).things[0].kind
    assert editor.first["things"] == editor.things
    editor.scene = editor.scene.move(0, 0.1, 0)
    assert editor.first["things"] != editor.things
    editor.complete()  # for a page without a kernel
    assert editor.first["things"] == editor.things


def test_answers_are_what_the_metrics_say(editor):
    _, truth = editor.scene.render()
    quality = st.metrics.panoptic_quality([(editor.results[0], truth)], toytown.categories)
    told = editor.answers[0]
    assert told["pq"]["all"]["pq"] == quality.all.pq
    assert told["pq"]["things"]["fn"] == quality.things.fn
    assert len(told["missed"]) == quality.all.fn
    assert len(told["false"]) == quality.all.fp


def test_the_browser_asks_about_a_picture_and_gets_raw_ids(editor):
    image, _ = toytown.scene(33).render()
    ((content, (ids,)),) = said(editor, {"ask": "answer", "number": "a 1"}, image.tobytes())
    assert content["answer"] == "a 1"
    expected = SceneGuesser().segment(image)
    first = np.frombuffer(ids, np.uint8).reshape(2, 128, 128)[0]
    np.testing.assert_array_equal(first > 0, expected.segment_ids > 0)
    labels = [expected.categories.index(s.category_id) for s in expected.segments]
    assert [one["label"] for one in content["segments"][0]] == labels


def test_a_picture_is_answered_once(editor):
    """What was answered live need not be answered again when the pointer rests."""
    guesser, scene = editor._segmenters[0], editor.scene.move(0, 0.1, 0)
    said(editor, {"ask": "answer", "number": "a 1"}, scene.draw()[0].tobytes())
    asked = guesser.asked
    editor.scene = scene
    assert editor.results
    assert guesser.asked == asked


def test_networks_answer_in_one_thread_and_leave_the_others_as_they_were(editor):
    """With two, an answer stands still for long whenever the browser, drawing beside it, has the other core."""
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        guess = editor._segmenters[1].segment
        editor._segmenters[1].segment = lambda image: seen.append(torch.get_num_threads()) or guess(image)
        said(editor, {"ask": "answer", "number": "a 1"}, toytown.scene(5).draw()[0].tobytes())
        assert seen == [1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_mistake_is_told_to_the_browser_too(editor):
    ((content, _),) = said(editor, {"ask": "answer", "number": "a 1"}, b"half")
    assert "whole" in content["problem"]
    editor._segmenters[0].segment = None
    sent: list = []
    editor.send = lambda content, buffers=None: sent.append(content)
    with pytest.raises(TypeError):
        editor._hear(None, {"ask": "answer", "number": "a 2"}, [bytes(3 * 128 * 128)])
    assert sent[0]["problem"].startswith("TypeError")


def test_a_ladder_of_cutouts_is_made_when_asked_for(editor):
    ((content, (made,)),) = said(editor, {"ask": "cutouts", "things": editor.things[:1], "ladder": True})
    free = [entry for entry in content["cutouts"] if "x" not in entry]
    assert len({entry["height"] for entry in free}) >= 8
    assert {entry["pattern"] for entry in free} == set(toytown.PATTERNS)
    last = content["cutouts"][-1]
    assert last["start"] + last["width"] * last["tall"] + 18 * last["colours"] == len(made)


def test_the_count_of_the_browser_is_that_of_the_metrics(editor, tmp_path):
    cases, expected = [], []
    for seed in range(40, 52):
        scene = toytown.scene(seed)
        image, truth = scene.render()
        moved = scene.move(0, 0.04, 0).render()[1] if scene.things else truth
        for answer in (SceneGuesser().segment(image), moved):
            segments, ids = as_bytes(answer)
            cases.append(
                {
                    "answer": _base64(np.frombuffer(ids, np.uint8)),
                    "segments": segments,
                    "truth": _base64(truth.segment_ids.astype("<i4")),
                    "things": [{"kind": thing.kind} for thing in scene.things],
                    "classes": editor.classes,
                }
            )
            expected.append((quality_of(answer, truth), looks(truth)))
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    run = subprocess.run([_node(), str(ANSWER), str(tmp_path / "cases.json")], capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    for found, (quality, expected_looks) in zip(json.loads(run.stdout), expected, strict=True):
        for part in ("all", "things", "stuff"):
            for key in ("tp", "fp", "fn"):
                assert found["pq"][part][key] == quality["pq"][part][key]
            pq = quality["pq"][part]["pq"]
            assert found["pq"][part]["pq"] == (None if pq is None else pytest.approx(pq, abs=1e-12))
        assert len(found["missed"]) == len(quality["missed"])
        assert {number: (tuple(color), name) for number, color, name in found["looks"]} == expected_looks


def test_it_can_be_read_without_a_browser(editor):
    assert repr(editor).startswith("SceneEditor(128 x 128 pixels, 5 things, guesser PQ ")
    assert editor.alternative().startswith("A ToyTown scene with 2 cat, 3 remote. guesser: PQ ")
    assert editor.still().shape == (256, 4 * 256 + 3 * 8, 3)
    assert editor.figure().description == editor.alternative()
    assert (COLORS["false"], COLORS["missed"]) == (FALSE, MISSED)
    empty = st.widgets.SceneEditor(scene=toytown.Scene(toytown.scene(9).background, ()))
    assert repr(empty) == "SceneEditor(128 x 128 pixels, 0 things, no model)"
    assert empty.still().shape == (256, 2 * 256 + 8, 3)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda e: st.widgets.SceneEditor([3]), "a int"),
        (lambda e: st.widgets.SceneEditor(scene=7), "a int"),
        (lambda e: setattr(e, "scene", toytown.scene(7, 64)), "128.*64"),
        (lambda e: setattr(e, "things", [{"kind": "cow", "x": 0, "y": 0}]), "'cow'"),
        (lambda e: setattr(e, "things", [{"kind": "cat"}]), "kind, x, y"),
        (lambda e: setattr(e, "selected", 5), "selected.* 5"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(editor, do, words):
    before = repr(editor)
    with pytest.raises(UserError, match=words):
        do(editor)
    assert repr(editor) == before

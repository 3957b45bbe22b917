"""A training in curves and words, at its end and while it runs."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from segtutor import show
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.show.learning import _smoothed, _trend
from segtutor.training.fit import Fitted


def event(step, loss, of=20, **more):
    """What st.fit says of a mask classifier with two decoder layers, of which the terms add up to the loss."""
    layers = {"class": [0.3 * loss, 0.2 * loss], "bce": [0.3 * loss, 0.2 * loss]}
    rate = {"lr": 1e-3 * (1 - step / of), "images_per_second": 10.0}
    return {"step": step, "done": step / of, "loss": loss, "layers": layers, **rate, **more}


@pytest.fixture(scope="module")
def scene():
    image, truth = toytown.scene(3).render()
    return {"index": 0, "image": image, "segmentation": truth, "prediction": truth}


def test_the_words_say_first_last_least_and_trend():
    events = [event(step, 40.0 / step) for step in range(1, 21)]
    words = show.training(Fitted(20, 0.1, events), title="a run").description
    assert words.startswith("a run. A training, steps 1 to 20 (20 logged): loss 40 first, 2 last, falling by")
    assert "least 2 at step 20" in words
    assert "class 8 to 0.4 (first of 2 layers 0.6)" in words
    assert "10 pictures a second" in words


def test_the_curves_are_the_numbers():
    picture = show.training([event(step, float(step)) for step in (1, 5, 9)])
    loss, rate, speed, term, _ = picture.axes
    assert loss.lines[0].get_xydata().tolist() == [[1, 1], [5, 5], [9, 9]]
    assert rate.lines[0].get_ydata() == pytest.approx([0.95e-3, 0.75e-3, 0.55e-3])
    assert speed.lines[0].get_ydata().tolist() == [10, 10, 10]
    first, last = term.lines
    assert first.get_ydata() == pytest.approx([0.3, 1.5, 2.7])
    assert last.get_ydata() == pytest.approx([0.2, 1.0, 1.8])
    assert (first.get_linestyle(), last.get_linestyle()) == (":", "-"), "layers differ without their colours"


def test_one_term_alone_is_the_loss_and_drawn_once():
    assert len(show.training([event(1, 1.0) | {"layers": {"class": [1.0]}}]).axes) == 3


def test_terms_that_come_and_go_are_drawn_where_they_are():
    late = event(2, 2.0)
    early = event(1, 3.0) | {"layers": {"class": [1.0, 1.0]}}
    picture = show.training([early, late])
    assert [axes.lines[0].get_xdata().tolist() for axes in picture.axes[3:]] == [[1, 2], [2]]


def test_the_latest_scene_stands_beside_its_truth(scene):
    plain = show.training([event(1, 1.0)])
    picture = show.training([event(1, 1.0, scene=scene), event(2, 1.0, scene=scene), event(3, 1.0)])
    assert "Prediction after step 2: Segmentation of 128 x 128" in picture.description
    assert picture.get_size_inches()[1] > plain.get_size_inches()[1]


def test_the_trend_is_that_of_the_means():
    assert _trend(np.array([4.0] * 10)) == "about level"
    assert _trend(np.array([1.0] * 10 + [2.0] * 10)) == "rising by 100 % from the first to the last fifth"
    assert _trend(np.array([4.0, 1.0])) == "falling by 75 % from the first to the last"
    assert _smoothed(np.array([0.0, 3.0, 6.0, 0.0])).tolist() == [1.5, 3.0, 3.0, 3.0]


@pytest.mark.parametrize("wrong", [[], [{"step": 1}], 3, Fitted(0, 0.0, [])])
def test_what_is_no_training_is_a_sentence(wrong):
    with pytest.raises(UserError, match="events"):
        show.training(wrong)


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """IPython as in a kernel, and again without afterwards."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def test_live_it_is_drawn_again_in_its_place(notebook, scene):
    clock = Clock()
    live = show.LiveTraining(2.0, clock=clock)
    with capture_output() as captured:
        for step, second in ((1, 0), (2, 1), (3, 3), (4, 4), (20, 4.5)):
            clock.now = second
            assert live(event(step, 1.0 / step, scene=scene)) is None
    shown = [(output.update, output.transient["display_id"]) for output in captured.outputs]
    image, words = shown[0][1], shown[1][1]
    assert shown == [(False, image), (False, words), *[(True, image), (True, words)] * 2], "steps 1, 3 and 20"
    assert "steps 1 to 20 (5 logged)" in captured.outputs[-1].data["text/html"]
    assert [("scene" in said) for said in live.events] == [False] * 4 + [True], "old scenes take no memory"


def test_live_another_is_asked_and_a_second_training_begins_anew(capsys):
    live = show.LiveTraining(0, then=lambda event, model: "stop" if event["step"] == 2 else model)
    assert live(event(1, 3.0), "go on") == "go on"
    assert live(event(2, 2.0)) == "stop"
    assert live(event(2, 2.0, paused=True)) == "stop"
    assert len(live.events) == 2
    live(event(1, 5.0))
    assert [said["loss"] for said in live.events] == [5.0]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3, "outside of a notebook: a line instead of a picture"
    assert lines[1].startswith("A training, steps 1 to 2 (2 logged): loss 3 first, 2 last")


def test_live_without_a_time_is_a_sentence():
    with pytest.raises(UserError, match="seconds"):
        show.LiveTraining(-1)

"""TrainingView without a browser: what it keeps, what it answers, how a training in the background is told to end."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_show_learning import event
from test_training import Masks, Pixels

import segtutor as st
from segtutor.data import toytown
from segtutor.errors import UserError
from segtutor.show.learning import _smoothed
from segtutor.training.recipes import toytown as recipes
from segtutor.widgets.training.log import Curves, Scenes

pytest.importorskip("anywidget")


@pytest.fixture(scope="module")
def scenes():
    return recipes.Scenes(range(1_000_000, 1_000_004), 64)


@pytest.fixture(scope="module")
def scene():
    image, truth = toytown.scene(3).render()
    return {"index": 0, "image": image, "segmentation": truth, "prediction": truth}


@pytest.fixture(autouse=True, scope="module")
def _one_core():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def table(view) -> np.ndarray:
    return np.frombuffer(view.rows, "<f4").reshape(-1, len(view.columns))


def until(view, *states: str) -> None:
    """Waits for a training in the background to reach a state."""
    import time

    end = time.monotonic() + 60
    while view.state not in states:
        assert time.monotonic() < end, view.state
        time.sleep(0.01)


def test_a_view_is_an_on_event_and_holds_the_numbers_of_the_events(scenes):
    view = st.widgets.TrainingView(every=0)
    fitted = st.fit(Masks(), scenes, steps=6, batch_size=2, log_every=2, scene_every=3, on_event=view)
    assert view.state == "done"
    assert view.steps == [1, 2, 3, 4, 6] == [one["step"] for one in fitted.events]
    assert view.losses == fitted.losses
    assert view.columns == [[name, 0] for name in ("step", "loss", "learning rate", *fitted.events[0]["layers"])]
    assert table(view)[:, 1] == pytest.approx(view.losses, rel=1e-6)
    assert table(view)[:, 3] == pytest.approx([one["layers"]["class"][-1] for one in fitted.events], rel=1e-6)
    assert [one["step"] for one in view.scenes] == [3, 6]
    assert view.size == [64, 64]
    assert view.pace["done"] == 1
    assert repr(view) == f"TrainingView(done, step 6, loss {fitted.losses[-1]:.4g}, 2 predictions)"


def test_the_figure_shows_all_events_and_the_scene_that_is_looked_at(scene):
    view = st.widgets.TrainingView(every=0, title="a run")
    for step in range(1, 21):
        view(event(step, 40.0 / step, **({"scene": scene} if step % 5 == 0 else {})))
    assert view.figure().description.startswith("a run. A training, steps 1 to 20 (20 logged): loss 40 first, 2 last")
    view.step = 12
    assert "Prediction after step 10" in view.figure().description
    assert "done at step 20" in view.alternative()
    assert "prediction after step 10" in view.alternative()
    assert view.still().shape == (128, 260, 3)
    view.step = 3
    assert "rediction" not in view.alternative()


def test_things_of_one_category_share_a_colour_where_classes_are_colours():
    image, truth = toytown.scene(4).render()  # two people, three balls
    most = {}
    for by in ("segment", "category"):
        view = st.widgets.TrainingView(every=0, by=by)
        view(event(5, 1.0, scene={"index": 0, "image": image, "segmentation": truth, "prediction": truth}))
        for name, segments in (("truth", view.truth_segments), ("prediction", view.scenes[0]["segments"])):
            colours: dict[int, set] = {}
            for one in segments:
                colours.setdefault(one["label"], set()).add(tuple(one["color"]))
            most[by, name] = max(map(len, colours.values()))
    assert most == {("segment", "truth"): 3, ("segment", "prediction"): 3, ("category", "truth"): 1,
                    ("category", "prediction"): 1}  # fmt: skip
    with pytest.raises(UserError):
        st.widgets.TrainingView(by="class")


def test_before_the_first_step_there_is_no_figure():
    view = st.widgets.TrainingView()
    assert view.still().shape == (24, 384, 3)
    assert view.alternative() == "A training, ready: no step was logged yet."
    with pytest.raises(UserError, match="events"):
        view.figure()


def test_what_is_sent_stays_small_however_long_a_training_runs(scene):
    curves, kept = Curves(most=8), Scenes(32, most=8)
    for step in range(1, 201):
        curves.add(event(step, float(step), of=200))
        rows = curves.table()
        assert len(rows) <= 9
        assert rows[-1, 0] == step, "the newest is always there"
    assert rows[0, 0] == 1
    gaps = np.diff(rows[:-1, 0])
    assert gaps.min() == gaps.max() == 32, "evenly thinned, and as logged"
    for step in range(1, 61):
        kept.add(step, scene)
        assert len(kept.predictions) <= 8
        assert kept.at(None) == step
    assert list(kept.predictions) == [1, 17, 33, 49, 60]
    assert kept.at(32) == 17
    assert kept.at(0) is None


def test_terms_that_come_later_have_a_column_of_their_own():
    curves = Curves()
    curves.add(event(1, 3.0) | {"layers": {"class": [1.0]}})
    curves.add(event(2, 2.0))
    assert [name for name, _ in curves.columns()[3:]] == ["class", "class", "bce", "bce"]
    assert np.isnan(curves.table()[0, 4:]).all()
    assert curves.table()[0, 3] == 1


def test_the_answer_is_what_is_asked_for_and_a_stop_outweighs_a_pause():
    view = st.widgets.TrainingView(every=0)
    assert view(event(1, 3.0)) is None
    view.pause()
    assert view(event(2, 2.0)) == "pause"
    assert (view.state, view.heard) == ("paused", "pause")
    assert view(event(2, 2.0) | {"paused": True}) == "pause"
    assert view.steps == [1, 2]
    view.resume()
    assert view(event(2, 2.0) | {"paused": True}) is None
    assert view.state == "running"
    view.then = lambda event, model: "stop"
    view.pause()
    assert view(event(3, 1.0)) == "stop"
    assert view.state == "stopped"


def test_a_second_training_begins_anew_and_a_later_one_goes_on():
    view = st.widgets.TrainingView(every=0)
    view(event(1, 3.0))
    view.stop()
    assert view(event(2, 2.0)) == "stop"
    assert view(event(3, 1.0)) is None, "the stop was for the training before"
    assert (view.steps, view.asked) == ([1, 2, 3], "run")
    view(event(1, 9.0))
    assert (view.steps, view.losses, len(table(view))) == ([1], [9.0], 1)


def test_few_messages_while_it_runs_and_one_whenever_it_does_not():
    now = [0.0]
    view = st.widgets.TrainingView(every=1.0, clock=lambda: now[0])
    seen = []
    view.observe(lambda change: seen.append(len(change["new"])), "rows")
    for step in range(1, 9):
        now[0] += 0.3
        view(event(step, 1.0 * step, of=100))
    assert len(seen) == 2
    view.pause()
    view(event(9, 1.0, of=100))
    assert len(seen) == 3
    with pytest.raises(UserError, match="every.*-1"):
        st.widgets.TrainingView(every=-1)


def test_a_training_in_the_background_pauses_goes_on_and_stops(scenes):
    view = st.widgets.TrainingView(every=0).start(Pixels(), scenes, steps=100_000, batch_size=2, scene_every=1)
    until(view, "running")
    view.asked = "pause"
    until(view, "paused")
    steps = len(view.steps)
    assert view.wait(0.3) is None
    assert len(view.steps) == steps
    view.asked = "run"
    until(view, "running")
    view.asked = "stop"
    assert view.wait(60).steps == view.steps[-1]
    assert view.state == "stopped"
    assert view.scenes[0]["step"] == 1


def test_another_training_in_the_background_ends_the_one_before(scenes):
    first = st.widgets.TrainingView().start(Pixels(), scenes, steps=100_000, batch_size=2)
    until(first, "running")
    second = st.widgets.TrainingView().start(Pixels(), scenes, steps=3, batch_size=2)
    assert first.state == "stopped"
    assert second.wait(60).steps == 3
    assert second.state == "done"


def test_a_training_that_fails_says_so_and_raises_when_waited_for(scenes):
    view = st.widgets.TrainingView().start(Pixels(), scenes, steps=0)
    with pytest.raises(UserError, match="steps.* 0"):
        view.wait(60)
    assert view.state == "failed"
    assert "steps" in view.message
    with pytest.raises(UserError, match="then="):
        view.fit(Pixels(), scenes, steps=1, on_event=print)
    assert view.fit(Pixels(), scenes, steps=1, batch_size=2).steps == 1
    assert (view.state, view.message) == ("done", "")


def test_an_unknown_curve_is_refused_once_the_terms_are_known():
    view = st.widgets.TrainingView(curve="bce", every=0)
    view(event(1, 1.0))
    with pytest.raises(UserError, match="loss, terms, class, bce, learning rate, pixels right.*'mask'"):
        view.curve = "mask"


def test_the_browser_smooths_as_the_figure_does(tmp_path):
    import json
    import subprocess

    from test_javascript import MODULES, _node

    values = np.random.default_rng(0).normal(size=57).tolist()
    module = json.dumps((MODULES / "training" / "curves.js").as_uri())
    script = f"import({module}).then((m) => console.log(JSON.stringify(m.smoothed({values}))))"
    run = subprocess.run([_node(), "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == pytest.approx(_smoothed(np.array(values)).tolist())

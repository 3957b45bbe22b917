"""How a training ends, is stopped, killed and gone on with; and the gate before it."""

import io
import re
import signal
import subprocess
import sys
import time

import pytest
import torch
from torch import nn

import segtutor as st
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.reference.per_pixel.fcn import PixelClassifier
from segtutor.training.loop.diverged import Diverged
from segtutor.training.loop.events import Clock, by_layer
from segtutor.training.loop.folder import LOCK
from segtutor.training.loop.state import STATE
from segtutor.training.photograph import one_photograph
from segtutor.training.recipes import toytown as recipes

pytestmark = pytest.mark.processes

# A whole program, so that it can be killed: our own Mask2Former with dropout, small, its state written every step.
PROGRAM = """
import sys
import torch
import segtutor as st
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.training.recipes.toytown import Scenes

torch.set_num_threads(1)

def small():
    torch.manual_seed(0)
    backbone = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8] * 4, "depths": [1] * 4,
             "layer_type": "basic", "out_features": ["stage1", "stage2", "stage3", "stage4"]}
    return Mask2Former.from_config({"backbone_config": backbone, "num_queries": 8, "feature_size": 32, "dropout": 0.1,
        "mask_feature_size": 32, "hidden_dim": 32, "encoder_feedforward_dim": 32, "encoder_layers": 1,
        "decoder_layers": 2, "num_attention_heads": 2, "dim_feedforward": 32,
        "id2label": {str(i): i for i in range(15)}})

def train(out, steps, **options):
    model = small()
    scenes = Scenes(range(1_000_000, 1_000_004), 64)
    return model, st.fit(model, scenes, steps=steps, batch_size=2, lr=1e-3, ema=0.9, out=out, resume=True,
                         schedule="constant", log_every=1, **options)

if __name__ == "__main__":
    train(sys.argv[1], 10_000, save_every=0.0)
"""


@pytest.fixture(scope="module")
def program():
    made = {"__name__": "program"}
    exec(PROGRAM, made)  # the same lines in this process
    return made


@pytest.fixture(autouse=True, scope="module")
def _one_core():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def scenes():
    return recipes.Scenes(range(1_000_000, 1_000_004), 64)


def test_a_run_killed_at_any_moment_loses_the_interval_and_goes_on_to_the_last_bit(program, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, str(tmp_path / "program.py"), str(out)])
    try:
        until = time.monotonic() + 120
        while not (out / STATE).exists() or torch.load(out / STATE, weights_only=True)["step"] < 3:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    reached = torch.load(out / STATE, weights_only=True)["step"]
    left = {path.name for path in out.iterdir() if not path.name.endswith(".part")}
    assert left <= {STATE, LOCK}
    resumed, rest = program["train"](out, reached + 2)
    assert [path.name for path in out.iterdir()] == [STATE], "what the kill left half-written is cleared away"
    whole, _ = program["train"](tmp_path / "whole", reached + 2)
    assert rest.events[0]["step"] == reached + 1
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


class Explodes(nn.Module):
    """A mask classifier with two layers, in which a part becomes infinite at a given call."""

    def __init__(self, at, where):
        super().__init__()
        self.features, self.queries = nn.Conv2d(3, 8, 4, stride=4), nn.Parameter(torch.randn(6, 8))
        self.classify = nn.Linear(8, 16)
        self.at, self.where, self.calls = at, where, 0

    def forward(self, pixel_values):
        self.calls += 1
        features = self.features(pixel_values)
        queries = self.queries.expand(len(pixel_values), -1, -1)
        masks = torch.einsum("bqc,bchw->bqhw", queries, features)
        first = MaskOutput(self.classify(queries), masks)
        if self.calls == self.at and self.where == "layer 0":
            first = MaskOutput(first.class_logits, masks * float("inf"))
        if self.calls == self.at and self.where == "gradient":
            masks = masks + 0 * (masks.detach() * 0 + self.queries.sum() * 0).sqrt()  # sqrt has no slope at 0
        return MaskOutput(first.class_logits, masks, layers=(first,))


@pytest.mark.parametrize(
    ("where", "term", "layer"), [("layer 0", "mask_logits", 0), ("gradient", "queries", None)], ids=["output", "slope"]
)
def test_what_is_not_finite_stops_the_run_and_costs_nothing(where, term, layer, scenes, tmp_path):
    torch.manual_seed(0)
    model, good = Explodes(3, where), Explodes(0, where)
    good.load_state_dict(model.state_dict())
    options = {"batch_size": 2, "lr": 1e-3, "schedule": "constant"}
    with pytest.raises(Diverged, match=r"at step 2 .*learning rate 0\.001.*lower lr .*resume=True") as caught:
        st.fit(model, scenes, steps=9, out=tmp_path, **options)
    assert (caught.value.term, caught.value.layer, caught.value.step) == (term, layer, 2)
    assert ("decoder layer 0" in str(caught.value)) == (layer == 0)
    assert "\n" not in str(caught.value)
    st.fit(good, scenes, steps=2, **options)
    for name, value in good.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), "the last good weights, in memory"
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 2
    assert st.fit(model, scenes, steps=4, out=tmp_path, resume=True, **options).steps == 4, "and on disk"


class Norms(nn.Module):
    """A per-pixel classifier with batch norm and dropout, to which infinite pixels come at a given call."""

    def __init__(self, at=0):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.BatchNorm2d(8), nn.Dropout(), nn.Conv2d(8, 15, 1))
        self.at, self.calls = at, 0

    def forward(self, pixel_values):
        self.calls += 1
        return PerPixelOutput(self.layers(pixel_values * float("inf") if self.calls == self.at else pixel_values))


def test_statistics_and_random_numbers_of_a_step_that_was_not_made_are_put_back(scenes, tmp_path):
    options = {"batch_size": 2, "schedule": "constant", "out": tmp_path}
    torch.manual_seed(0)
    model = Norms(at=3)
    with pytest.raises(Diverged):
        st.fit(model, scenes, steps=5, **options)
    st.fit(model, scenes, steps=5, resume=True, **options)
    torch.manual_seed(0)
    good = Norms()
    st.fit(good, scenes, steps=5, **{**options, "out": tmp_path / "whole"})
    for name, value in good.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_a_term_that_is_not_finite_is_named_with_its_layer(scenes):
    def loss(output, targets):
        return {"bce": output.mask_logits.mean(), "bce_0": output.mask_logits.mean() / 0}

    with pytest.raises(Diverged, match=r"term: bce, decoder layer 0") as caught:
        st.fit(Explodes(0, ""), scenes, steps=1, batch_size=2, loss=loss)
    assert (caught.value.term, caught.value.layer) == ("bce", 0)


def test_weights_that_are_broken_already_do_not_replace_a_good_state(scenes, tmp_path):
    model = Explodes(0, "")
    st.fit(model, scenes, steps=1, batch_size=2, out=tmp_path)
    kept = (tmp_path / STATE).read_bytes()

    def breaks(row, rng):
        model.queries.data.fill_(float("nan"))
        return row

    with pytest.raises(Diverged) as caught:
        st.fit(model, scenes, steps=2, batch_size=2, out=tmp_path, resume=True, augment=breaks)
    assert "resume" not in str(caught.value)
    assert (tmp_path / STATE).read_bytes() == kept


def test_an_event_says_what_a_person_wants_to_know(scenes):
    model = Explodes(0, "")
    fitted = st.fit(model, scenes, steps=4, batch_size=2, log_every=1, scene_every=2)
    event = fitted.events[-1]
    assert event["layers"]["dice"] == [event["terms"]["dice_0"], event["terms"]["dice"]]
    assert event["images_per_second"] > 0
    assert event["seconds_left"] == 0
    assert ["scene" in each for each in fitted.events] == [False, True, False, True]
    scene = event["scene"]
    assert scene["prediction"].segment_ids.shape == scene["image"].shape[:2] == (64, 64)


def test_a_scene_leaves_the_training_as_it_is(scenes):
    weights = []
    for every in (0, 1):
        torch.manual_seed(0)
        model = Norms()
        st.fit(model, scenes, steps=3, batch_size=2, scene_every=every)
        weights.append(model.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_layers_are_in_the_decoder_s_order():
    assert by_layer({"bce": 3.0, "bce_0": 1.0, "bce_1": 2.0, "box_l1": 4.0}) == {"bce": [1, 2, 3], "box_l1": [4]}


def test_a_pause_saves_costs_no_budget_and_ends_when_the_answer_changes(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr("segtutor.training.loop.events.PAUSE", 0.01)
    heard = []

    def answer(event, model):
        heard.append((event["step"], event.get("paused", False), (tmp_path / STATE).exists()))
        if event["step"] == 2 and len(heard) < 5:
            return "pause"
        return "stop" if event["step"] == 3 else None

    fitted = st.fit(Explodes(0, ""), scenes, steps=50, batch_size=2, log_every=1, out=tmp_path, on_event=answer)
    assert [step for step, _, _ in heard] == [1, 2, 2, 2, 2, 3]
    assert [paused for _, paused, _ in heard] == [False, False, True, True, True, False]
    assert [there for _, _, there in heard] == [False, False, True, True, True, True]
    assert fitted.steps == 3
    assert torch.load(tmp_path / STATE, weights_only=True)["step"] == 3


def test_a_bar_shows_terms_pace_and_time_left_and_hands_the_answer_on(scenes):
    shown = io.StringIO()
    bar = st.training.ProgressBar(lambda event, _: "stop" if event["step"] == 3 else None, file=shown)
    fitted = st.fit(Explodes(0, ""), scenes, steps=4, batch_size=2, log_every=1, on_event=bar)
    assert fitted.steps == 3
    last = shown.getvalue().split("\r")[-1]
    assert re.search(r"75 % .*step 3  loss \d+.*bce .*dice .*img/s, 0:0\d left", last), last


def test_a_clock_does_not_count_what_it_is_told_to_leave_out():
    clock = Clock(spent=2.0)

    def work():
        began = time.process_time()
        while time.process_time() - began < 0.2:
            pass

    clock.exclude(work)
    assert clock.cpu_minutes == pytest.approx(2.0, abs=0.1 / 60)
    clock.count(10)
    clock.pace(0.5)
    assert clock.pace(0.75)["seconds_left"] > 0


def test_the_gate_passes_a_model_that_can_and_leaves_it_alone():
    torch.manual_seed(0)
    row = one_photograph("coffee", 64)
    model = PixelClassifier(len(row["segmentation"].categories))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gate = st.training.overfit_one(model, row, steps=60, lr=1e-2)
    assert gate.passed, str(gate)
    assert str(gate).startswith("passed: mIoU 0.9")
    assert gate.losses[-1] < 0.2 * gate.losses[0]
    assert len(gate.losses) == 60
    assert gate.prediction.segment_ids.shape == row["image"].shape[:2]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_gate_says_what_to_try_where_a_model_cannot(scenes):
    gate = st.training.overfit_one(Explodes(0, ""), scenes[0], steps=2, lr=1e-9)
    assert not gate.passed
    assert gate.measure == "PQ"
    assert "check_labels" in str(gate)

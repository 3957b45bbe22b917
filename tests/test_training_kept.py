"""Nothing of a training is lost: an earlier state, a folder in use, Ctrl-C, SIGTERM."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from torch import nn

import segtutor as st
from segtutor import cli
from segtutor.errors import UserError
from segtutor.outputs import PerPixelOutput
from segtutor.training.loop import recording
from segtutor.training.loop.folder import LOCK, held
from segtutor.training.loop.interrupts import Interrupted, Terminated
from segtutor.training.loop.processes import Processes
from segtutor.training.loop.state import STATE, save_state
from segtutor.training.recipes import toytown as recipes

pytestmark = pytest.mark.processes

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


class Pixels(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.Dropout(), nn.Conv2d(8, 15, 1))

    def forward(self, pixel_values):
        return PerPixelOutput(self.layers(pixel_values))


@pytest.fixture(scope="module")
def scenes():
    return recipes.Scenes(range(1_000_000, 1_000_004), 64)


@pytest.fixture(autouse=True)
def _handlers():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def fit(scenes, steps, **options):
    torch.manual_seed(0)
    model = Pixels()
    return model, st.fit(model, scenes, steps=steps, batch_size=2, log_every=1, schedule="constant", **options)


def step_of(folder):
    return torch.load(folder / STATE, weights_only=True)["step"]


# --- an earlier training ----------------------------------------------------------------------------------------------


def test_a_folder_with_a_state_is_refused_without_resume(scenes, tmp_path):
    fit(scenes, 3, out=tmp_path)
    kept = (tmp_path / STATE).read_bytes()
    with pytest.raises(UserError) as caught:
        fit(scenes, 1, out=tmp_path)
    assert "step 3" in str(caught.value)
    assert (tmp_path / STATE).read_bytes() == kept
    (tmp_path / STATE).write_bytes(kept[:50])  # also where it can no longer be read: it may be all that somebody has
    with pytest.raises(UserError):
        fit(scenes, 1, out=tmp_path)


# --- two trainings in one folder --------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from segtutor.training.loop.folder import held
from segtutor.training.loop.processes import Processes
with held(Path(sys.argv[1]), Processes()):
    print("held", flush=True)
    time.sleep(120)
"""


def test_a_folder_in_use_names_its_holder_and_is_free_once_that_is_killed(scenes, tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UserError) as caught:
            fit(scenes, 1, out=tmp_path)
        assert os.name != "posix" or f"process {process.pid} on " in str(caught.value)
        assert not (tmp_path / STATE).exists()
    finally:
        process.kill()
        process.wait()
    assert (tmp_path / LOCK).exists()
    assert fit(scenes, 1, out=tmp_path)[1].steps == 1
    assert [path.name for path in tmp_path.iterdir()] == [STATE]


def test_so_is_one_that_another_thread_or_cell_holds(tmp_path):
    with held(tmp_path, Processes()), pytest.raises(UserError), held(tmp_path, Processes()):
        pass
    with held(tmp_path, Processes()):
        pass


def test_of_many_that_ask_at_once_one_holds_it(tmp_path):
    inside, most, refused = [0], [0], [0]
    mine = threading.Lock()

    def work():
        for _ in range(30):
            try:
                with held(tmp_path, Processes()):
                    with mine:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    time.sleep(0.001)
                    with mine:
                        inside[0] -= 1
            except UserError:
                refused[0] += 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert not list(tmp_path.iterdir())


def test_two_that_write_a_state_at_once_leave_one_of_them(tmp_path, monkeypatch):
    """As on a disk whose locks are not believed: the file is whole, whoever is last."""
    model = nn.Linear(4, 4)
    optimizer = torch.optim.AdamW(model.parameters())
    real, inside = os.fsync, []

    def fsync(number):
        real(number)
        if not inside:
            inside.append(1)
            save_state(tmp_path / STATE, 2, 0.0, model, optimizer, None)

    monkeypatch.setattr(os, "fsync", fsync)
    save_state(tmp_path / STATE, 1, 0.0, model, optimizer, None)
    assert step_of(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == [STATE]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_before_the_training(scenes, tmp_path):
    fit(scenes, 1, out=tmp_path)
    tmp_path.chmod(0o500)
    with pytest.raises(UserError):
        fit(scenes, 2, out=tmp_path, resume=True)


# --- Ctrl-C and SIGTERM -----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def as_at_a_terminal(monkeypatch):
    """A process that was started in the background ignores Ctrl-C; one in which a test has left an IPython shell ends
    itself at SIGTERM, as a kernel must: it would take the other tests of its worker with it."""
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def sends(number, at=3, times=1):
    def on_event(event, model):
        if event["step"] == at:
            for _ in range(times):
                os.kill(os.getpid(), number)

    return on_event


@posix
@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, Interrupted), (signal.SIGTERM, Terminated)])
def test_a_signal_ends_the_step_saves_and_says_where(number, kind, scenes, tmp_path, capsys):
    with pytest.raises(kind) as caught:
        fit(scenes, 50, out=tmp_path, on_event=sends(number), save_every=1e6)
    said = str(caught.value) if kind is Interrupted else capsys.readouterr().err
    assert "step 3" in said
    assert str(tmp_path / STATE) in said
    assert kind is Interrupted or caught.value.code == 143
    assert step_of(tmp_path) == 3
    whole, _ = fit(scenes, 6)
    rest, fitted = fit(scenes, 6, out=tmp_path, resume=True)
    assert fitted.events[0]["step"] == 4
    assert all(torch.equal(value, rest.state_dict()[name]) for name, value in whole.state_dict().items())


@posix
def test_a_second_one_stops_at_once(scenes, tmp_path):
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(scenes, 50, out=tmp_path, on_event=sends(signal.SIGINT, times=2))
    assert caught.type is KeyboardInterrupt
    assert not (tmp_path / STATE).exists()


@posix
def test_without_a_folder_it_stops_at_once(scenes):
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(scenes, 50, on_event=sends(signal.SIGINT))
    assert caught.type is KeyboardInterrupt


@posix
def test_it_ends_a_pause(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr("segtutor.training.loop.events.PAUSE", 0.01)

    def on_event(event, model):
        if event.get("paused"):
            os.kill(os.getpid(), signal.SIGINT)
        return "pause"

    with pytest.raises(Interrupted):
        fit(scenes, 50, out=tmp_path, on_event=on_event)
    assert step_of(tmp_path) == 1


@posix
def test_handlers_of_others_are_left_alone(scenes, tmp_path):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        assert fit(scenes, 4, out=tmp_path, on_event=sends(signal.SIGTERM))[1].steps == 4
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_in_a_thread_a_training_runs_without_signals(scenes, tmp_path):
    done = []
    thread = threading.Thread(target=lambda: done.append(fit(scenes, 2, out=tmp_path)[1].steps))
    thread.start()
    thread.join()
    assert done == [2]


def test_a_cell_shows_the_sentence_alone(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell(
        "from segtutor.training.loop.interrupts import Interrupted\nraise Interrupted('Stopped by Ctrl-C at step 3.')"
    )
    shown = capsys.readouterr()
    assert (shown.out + shown.err).strip() == "Stopped by Ctrl-C at step 3."


@posix
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_segtutor_train_ends_with_a_sentence_and_the_status_of_the_signal(
    number, status, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe("small", "per-pixel", Pixels, batch_size=2))
    send = sends(number, at=1)
    monkeypatch.setattr(recording.Recorder, "__call__", lambda self, event, model: send(event, model))
    command = ["train", "small", "--out", str(tmp_path / "run"), "--steps", "50"]
    try:
        found = cli.main(command)
    except SystemExit as ended:
        found = ended.code
    assert found == status
    assert "step 1" in capsys.readouterr().err
    assert step_of(tmp_path / "run") == 1


@posix
def test_a_script_that_is_interrupted_ends_as_shells_expect(tmp_path):
    code = f"""
import os, signal
import segtutor as st
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_training_kept import Pixels, recipes, sends
st.fit(Pixels(), recipes.Scenes(range(4), 64), steps=50, batch_size=2, log_every=1, out={str(tmp_path)!r},
       on_event=sends(getattr(signal, sys.argv[1])))
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    (tmp_path / "script.py").write_text(code)
    command = [sys.executable, str(tmp_path / "script.py"), "SIGTERM"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 143
    assert "Traceback" not in ended.stderr
    assert step_of(tmp_path) == 3

"""`segtutor doctor`: healthy where all is there; else the lack, the command that mends it, and exit status 1."""

import json
import os
import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from segtutor import classroom, doctor
from segtutor.cli import main


def test_a_complete_installation_is_healthy(capsys):
    assert main(["doctor"]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "All is there."
    for name in ("torch", "transformers", "jupyterlab", "cores", "memory", "Hub cache", "lessons", *doctor.SHIPPED):
        assert name in said


def test_json_says_the_same(capsys):
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"] is True
    assert {"name", "state", "text", "mend"} == set(found["findings"][0])


def test_every_shipped_checkpoint_is_looked_at(repository):
    folders = {path.name for path in (repository / "segtutor/models/checkpoints").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(doctor.SHIPPED)


@pytest.fixture
def versions(monkeypatch):
    """Let packages claim other versions; None: not installed."""
    claimed = {}
    real = doctor.importlib.metadata.version

    def version(name):
        if name in claimed and claimed[name] is None:
            raise doctor.importlib.metadata.PackageNotFoundError(name)
        return claimed.get(name) or real(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    return claimed


@pytest.mark.parametrize(
    ("name", "version", "mend"),
    [
        ("anywidget", None, 'python -m pip install "anywidget>=0.9"'),
        ("ipywidgets", "7.6.5", 'python -m pip install "ipywidgets>=7.7.1,<9"'),
        ("ipywidgets", "9.0", 'python -m pip install "ipywidgets>=7.7.1,<9"'),
        ("transformers", "4.57.1", 'python -m pip install "transformers>=5.10"'),
        ("jupyterlab", None, 'python -m pip install "jupyterlab>=4.2"'),
    ],
)
def test_a_lack_and_the_command_that_mends_it(name, version, mend, versions, capsys):
    versions[name] = version
    assert main(["doctor", "--json"]) == 1
    (lack,) = [finding for finding in json.loads(capsys.readouterr().out)["findings"] if finding["state"] == "missing"]
    assert (lack["name"], lack["mend"]) == (name, mend)
    assert main(["doctor"]) == 1
    assert f"mend it with: {mend}" in capsys.readouterr().out


def test_on_colab_jupyterlab_is_not_missed(versions, monkeypatch, capsys):
    versions["jupyterlab"] = None
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert main(["doctor"]) == 0


@pytest.mark.parametrize(
    ("requirement", "version", "fits"),
    [
        ("torch>=2.6", "2.13.0+cpu", True),
        ("torch>=2.6", "2.5.1", False),
        ("numpy>=1.26", "2.0", True),
        ("ipywidgets>=7.7.1,<9", "8.1.9", True),
        ("ipywidgets>=7.7.1,<9", "9.0.0", False),
        ("ipywidgets>=7.7.1,<9", "7.7.1", True),
        ("voila>=0.5.8", "0.5.13", True),
    ],
)
def test_bounds(requirement, version, fits):
    assert doctor._fits(requirement, version) == fits


def test_it_works_where_nothing_is_installed(repository, tmp_path, private):
    """Python without site-packages: no typer, no torch, no numpy; the report still names every lack."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "segtutor.doctor"],
        env={**private, "PYTHONPATH": str(repository)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    for name in ("torch", "transformers", "numpy", "ipywidgets", "typer", "jupyterlab"):
        assert f"\n!! {name} " in done.stdout


def test_a_torch_that_cannot_be_imported(private, repository, tmp_path):
    broken = tmp_path / "torch"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise OSError('libgomp.so.1: cannot open shared object file')")
    done = subprocess.run(
        [sys.executable, "-m", "segtutor", "doctor"],
        env={**private, "PYTHONPATH": f"{tmp_path}{os.pathsep}{repository}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "torch cannot be imported (OSError: libgomp.so.1" in done.stdout
    assert "--force-reinstall torch" in done.stdout


@pytest.fixture
def checkpoint(repository, tmp_path):
    """A copy of a shipped checkpoint, to be damaged."""
    return shutil.copytree(repository / "segtutor/models/checkpoints" / doctor.SHIPPED[0], tmp_path / "copy")


def cut_off(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def flip_a_bit(folder):
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)


def pointer(folder):
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_off, "bytes, expected"),
        (flip_a_bit, "SHA-256"),
        (pointer, "not a complete safetensors file"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "not a complete safetensors file"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\2" + bytes(7) + b"{}"), "no readable table"),
        (lambda folder: (folder / "card.json").unlink(), "card.json not found"),
        (lambda folder: (folder / "config.json").write_text("{"), "not readable json"),
    ],
    ids=["cut off", "flipped bit", "git-lfs pointer", "empty", "no tensors", "no card", "broken json"],
)
def test_a_damaged_checkpoint(damage, said, checkpoint):
    assert doctor.checkpoint_fault(checkpoint) is None
    damage(checkpoint)
    assert said in doctor.checkpoint_fault(checkpoint)


def test_a_part_that_fails_does_not_hide_the_others(monkeypatch):
    def _memory_of_another_world():
        raise RuntimeError("no such thing")

    monkeypatch.setattr(doctor, "_machine", _memory_of_another_world)
    report = doctor.examine()
    assert not report.healthy
    assert "RuntimeError: no such thing" in str(report)
    assert "Hub cache" in str(report)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of 16 cores with 33 GB free, no limits, and a package and a cache that all may read."""
    monkeypatch.setattr(doctor, "cores", lambda: 16)
    monkeypatch.setattr(doctor, "memory", lambda: (int(40e9), int(33e9)))
    monkeypatch.setattr(classroom, "_ulimit", lambda name: None)
    monkeypatch.setattr(classroom, "unreadable", lambda folder: [])
    monkeypatch.setattr(classroom, "PORTS", {})
    monkeypatch.setattr(classroom, "_threads", lambda limits: [])
    monkeypatch.setattr(classroom.shutil, "disk_usage", lambda path: SimpleNamespace(free=int(100e9)))
    return monkeypatch


def class_of(learners=None):
    report = classroom.examine_class(learners)
    return {finding.name: finding for finding in report.findings}, report.healthy


def test_how_many_learners_fit_and_why(machine, capsys):
    found, healthy = class_of(30)
    assert healthy
    assert found["learners"].text.startswith(f"{int(32e9 // (classroom.SERVER + classroom.KERNEL))} fit at once")
    assert "memory" in found["learners"].text
    assert not class_of(60)[1]
    machine.setattr(doctor, "cores", lambda: 2)
    assert class_of()[0]["learners"].text.startswith("12 fit at once, limited by cores")
    machine.setattr(doctor, "memory", lambda: (int(2e9), int(1.2e9)))
    found, healthy = class_of()
    assert not healthy
    assert (found["memory"].state, found["learners"].state) == ("missing", "missing")
    assert main(["doctor", "--class", "--learners", "3", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)["findings"]
    assert all(one["mend"] for one in said if one["state"] == "missing")
    assert main(["doctor", "--learners", "3"]) == 2
    machine.setattr(doctor, "memory", lambda: (None, None))
    assert class_of(12)[1], "what is unknown limits nothing"


@pytest.mark.parametrize(
    ("limit", "value", "name"),
    [
        ("RLIMIT_NOFILE", 110, "ulimit -n"),
        ("RLIMIT_AS", 4_000_000_000, "ulimit -v"),
        ("RLIMIT_NPROC", 100, "ulimit -u"),
    ],
)
def test_limits_of_a_process(limit, value, name, monkeypatch):
    monkeypatch.setattr(classroom, "_ulimit", lambda asked: value if asked == limit else None)
    found, healthy = class_of()
    assert not healthy
    assert found[name].state == "missing"
    assert found[name].mend


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_what_others_cannot_read_is_named_with_what_leads_to_it(tmp_path, monkeypatch):
    home = tmp_path / "home"
    package = home / "package" / "weights"
    package.mkdir(parents=True)
    (package / "model.safetensors").write_bytes(b"x")
    (package / "gone").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(classroom, "_leading", lambda folder: [home])  # pytest keeps its own folders to itself
    for path in (home, home / "package", package):
        path.chmod(0o755)
    (package / "model.safetensors").chmod(0o644)
    assert classroom.unreadable(home / "package") == []
    home.chmod(0o700)
    (package / "model.safetensors").chmod(0o600)
    assert classroom.unreadable(home / "package") == [home, package / "model.safetensors"]
    home.chmod(0o755)
    package.chmod(0o750)
    assert classroom.unreadable(home / "package") == [package, package / "model.safetensors"]


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_the_shared_cache(machine, tmp_path):
    constants = pytest.importorskip("huggingface_hub").constants
    machine.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    machine.delenv("HF_HOME", raising=False)
    machine.delenv("HF_HUB_CACHE", raising=False)
    assert class_of()[0]["shared Hub cache"].state == "note"
    machine.setenv("HF_HOME", str(tmp_path))
    assert class_of()[0]["shared Hub cache"].state == "missing"
    (tmp_path / "hub").mkdir()
    for mode, state in ((0o755, "note"), (0o775, "ok"), (0o777, "ok")):
        (tmp_path / "hub").chmod(mode)
        assert class_of()[0]["shared Hub cache"].state == state
    machine.setattr(classroom, "unreadable", lambda folder: [tmp_path / "hub" / "model"])
    assert class_of()[0]["shared Hub cache"].state == "missing"


def test_a_port_that_is_taken_is_named(machine):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        machine.setattr(classroom, "PORTS", {port: "JupyterHub"})
        assert class_of()[0][f"port {port}"].state == "note"


def test_an_old_jupyterlab_is_missed(versions, capsys):
    versions["jupyterlab"] = "4.1.8"
    assert main(["doctor", "--json"]) == 1
    (lack,) = [finding for finding in json.loads(capsys.readouterr().out)["findings"] if finding["state"] == "missing"]
    assert lack["name"] == "jupyterlab"

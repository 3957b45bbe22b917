"""`segtutor doctor`: healthy where all is there; else the lack, the command that mends it, and exit status 1."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from segtutor import doctor
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

"""Fixtures that several test files share: the repository, the wheel built from it, an installation of that wheel."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from environments import ROOT, lend_jupyterlab, lend_packages, pip_in, python_of, run
from filelock import FileLock  # which torch brings

# The same examples on every machine and at every run: what fails here fails for the next person too.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_xdist_auto_num_workers(config) -> int:
    """Two processes where the whole suite runs (they wait for browsers and kernels in turn), none for a part of it."""
    whole = config.args_source == config.ArgsSource.TESTPATHS
    return min(2, os.cpu_count() or 1) if whole else 0


def pytest_collection_modifyitems(items) -> None:
    """Two more tries for what drives a real browser or several real processes; `-raR` names each that took one.

    These wait for programs that are not ours and for a machine that may be busy. A mistake of ours fails all three.
    """
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=3))


if "PYTEST_XDIST_WORKER" in os.environ:  # each has its core, and so has every kernel that it starts
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    run(build)
    (built,) = folder.glob("segtutor-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """The Python of a new virtual environment with the wheel in it; the dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = python_of(folder)
    pip_in(python, "install", "--no-deps", "--no-index", str(wheel))
    lend_packages(folder, without=("segtutor", "_segtutor"))
    lend_jupyterlab(folder)
    return python


@pytest.fixture
def private(tmp_path) -> dict[str, str]:
    """The environment variables of a person who has never run anything: an empty home, no network for the Hub."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "HF_", "XDG_"))}
    return {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="session")
def onnx_folder(tmp_path_factory) -> Path:
    """Where the tests keep the networks that they export: not in the person's own cache."""
    return tmp_path_factory.mktemp("onnx")


@pytest.fixture(scope="session")
def exported(onnx_folder) -> dict[str, Path]:
    """The shipped networks as ONNX files, exported once: {name: path}. Ten seconds, most of them torch's."""
    return _exported(onnx_folder, steps=False)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Callable[[str, Callable[[Path], Any]], Path]:
    """made_once(name, make): a folder that `make` fills, once for all processes of this run."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name: str, make: Callable[[Path], Any]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        with FileLock(root / f"{name}.lock"):
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def exported_steps(made_once) -> dict[str, Path]:
    """The same with their intermediate tensors."""
    return _named(made_once("onnx_steps", lambda folder: _exported(folder, steps=True)))


EXPORTED = ("mask2former-toytown", "upernet-toytown")


def _exported(folder: Path, *, steps: bool) -> dict[str, Path]:
    code = """
import pathlib, sys
from segtutor.pages.exports import exported
exported(sys.argv[1], pathlib.Path(sys.argv[2]), steps=sys.argv[3] == "steps")
"""
    threads = os.environ | {"OMP_NUM_THREADS": "1"}
    rest = (str(folder), "steps" if steps else "")
    both = [subprocess.Popen([sys.executable, "-c", code, name, *rest], env=threads) for name in EXPORTED]
    try:
        assert [process.wait() for process in both] == [0, 0]
    finally:
        for process in both:
            process.kill()
    return _named(folder)


def _named(folder: Path) -> dict[str, Path]:
    """The two networks that are asked for; other tests keep other ones in the same folder."""
    found = {path.name.rpartition("-")[0].removesuffix("-steps"): path for path in folder.glob("*.onnx")}
    return {name: found[name] for name in EXPORTED}

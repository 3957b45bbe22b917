"""Fixtures that several test files share: the repository, the wheel built from it, an installation of that wheel."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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


def python_of(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip_in(python: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    """Run this environment's pip for another one, which needs none of its own."""
    return run([sys.executable, "-m", "pip", "--python", str(python), "-q", *arguments], **options)


def lend_packages(environment: Path, without: tuple[str, ...]) -> None:
    """Let a virtual environment see the packages of this one, behind its own and without those named.

    `without` are beginnings of names. Links rather than a path entry: a path would bring everything.
    """
    links = environment / "lent"
    links.mkdir()
    for entry in sorted(Path(sysconfig.get_paths()["purelib"]).iterdir()):
        if entry.suffix != ".pth" and not entry.name.startswith(without):
            (links / entry.name).symlink_to(entry)
    inside = sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})["purelib"]
    (Path(inside) / "lent.pth").write_text(f"{links}\n")


def lend_jupyterlab(environment: Path) -> None:
    """JupyterLab's pages lie beside the packages, in share/jupyter of its environment; link those that are absent."""

    def link(source: Path, target: Path) -> None:
        for entry in source.iterdir():
            if not (target / entry.name).exists():
                (target / entry.name).symlink_to(entry)
            elif entry.is_dir() and not (target / entry.name).is_symlink():
                link(entry, target / entry.name)

    (environment / "share" / "jupyter").mkdir(parents=True, exist_ok=True)
    link(Path(sys.prefix) / "share" / "jupyter", environment / "share" / "jupyter")


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


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    """Run a command that must succeed; what it said is in the failure where it does not."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.pop("timeout", 240), **options)
    assert done.returncode == 0, f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done

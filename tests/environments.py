"""Commands that must succeed, and virtual environments that borrow the packages of this one: for several test files."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    """Run a command that must succeed; what it said is in the failure where it does not."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.pop("timeout", 240), **options)
    assert done.returncode == 0, f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done

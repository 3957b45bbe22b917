"""The tests of untrusted files once more, with the oldest readers that pyproject.toml allows.

A learner's machine need not have what this one has: Colab ships an older Pillow, whose decoders keep more in memory and
name their errors otherwise. The versions are read from pyproject.toml, so that a bound that is moved is tested there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest
from environments import ROOT, lend_packages, pip_in, python_of, run

READERS = ("numpy", "pillow", "pycocotools")  # what decodes a stranger's bytes, or holds what was decoded
FILES = ("test_untrusted_pictures.py", "test_untrusted_labels.py", "test_images.py", "test_tiff_planes.py")

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]


def lowest() -> dict[str, str]:
    """{name: the lowest version that pyproject.toml allows}."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = dict(re.fullmatch(r"([\w-]+)>=([\d.]+).*", one).groups() for one in declared)
    return {name: found[name] for name in READERS}


def test_untrusted_files_with_the_oldest_readers(tmp_path):
    environment = tmp_path / "oldest"
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
    python = python_of(environment)
    try:
        pip_in(python, "install", "--no-deps", *(f"{name}=={version}.*" for name, version in lowest().items()))
    except AssertionError as failed:
        if "NewConnectionError" in str(failed) or "Temporary failure" in str(failed):
            pytest.skip("needs a package registry for " + ", ".join(f"{n} {v}" for n, v in lowest().items()))
        raise
    lend_packages(
        environment, without=("segtutor", "_segtutor", "__editable__", "numpy", "PIL", "pillow", "pycocotools")
    )
    told = "import PIL, numpy; print(PIL.__version__, numpy.__version__)"
    pillow, numpy = run([str(python), "-c", told]).stdout.split()
    assert (pillow.split(".")[:2], numpy.split(".")[:2]) == tuple(
        lowest()[name].split(".")[:2] for name in ("pillow", "numpy")
    )
    private = os.environ | {"PYTHONPATH": str(ROOT)}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"):
        private.pop(name, None)
    command = [str(python), "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *(f"tests/{one}" for one in FILES)]
    done = subprocess.run(command, cwd=ROOT, env=private, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 200

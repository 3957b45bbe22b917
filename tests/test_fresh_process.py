"""From nothing to a drawn picture: what a fresh process imports on the way, and what it must not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Each takes longer to import, or more memory, than the network takes to run: none belongs on the way.
NEEDLESS = (
    "transformers",
    "huggingface_hub",
    "datasets",
    "matplotlib",
    "pandas",
    "accelerate",
    "IPython",
    "sympy",
    "scipy",
)
PATH = """
import sys
import segtutor as st
from PIL import Image

segmenter = st.load("{name}")
result = segmenter.segment("{picture}")
Image.fromarray(st.show.overlay(segmenter.image, result)).save("{drawn}")

# VmHWM is of this program alone: ru_maxrss also counts what the process was before, a large test runner for example
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
assert segmenter.engine == "reference"
print(*(name for name in {needless} if name in sys.modules), "torch._dynamo" in sys.modules)
print(peak // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux shows it")
@pytest.mark.parametrize("name", ["mask2former-toytown", "upernet-toytown"])
def test_a_shipped_model_draws_a_picture_without_transformers(name, tmp_path):
    from PIL import Image

    from segtutor.data import toytown

    picture, drawn = tmp_path / "scene.png", tmp_path / "drawn.png"
    Image.fromarray(toytown.scene(3).render()[0]).save(picture)
    code = PATH.format(name=name, picture=picture, drawn=drawn, needless=NEEDLESS)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"},
    )
    imported, peak = done.stdout.splitlines()
    assert imported == "False", f"imported on the way: {imported}"
    assert int(peak) <= 300, f"peak memory {peak} MB"
    assert Image.open(drawn).size == (128, 128)

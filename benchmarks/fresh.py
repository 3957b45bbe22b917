"""From nothing to a drawn picture in a fresh process: import, load the shipped model, segment a scene, draw it as PNG.

CPU seconds of the whole process, beside those of one that only imports torch, and those of transformers' path; and
the largest resident memory. The picture is a Toytown scene, drawn once beforehand and read from a file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import harness

MODELS = ("mask2former-toytown", "upernet-toytown")
MOST_TIMES_TORCH, MOST_MB = 1.6, 300.0

_CODE = """
import sys
import segtutor as st
model, engine, image, picture = sys.argv[1:]
segmenter = st.load(model, engine=engine)
found = segmenter.segment(image)
from PIL import Image
Image.fromarray(st.show.overlay(segmenter.image, found)).save(picture)
print(len(found.segments), "transformers" in sys.modules)
"""


def rows(settings: harness.Settings) -> Iterator[dict]:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "scene.png")
        _draw(image)
        for model in MODELS:
            yield from _rows(model, image, Path(folder, "drawn.png"), 2 if settings.quick else 5)


def _rows(model: str, image: Path, drawn: Path, rounds: int) -> Iterator[dict]:
    runs: dict[str, list[dict]] = {"torch": [], "reference": [], "transformers": []}
    for _ in range(rounds):
        for which, taken in runs.items():
            if which == "torch":
                taken.append(harness.fresh("import torch"))
            else:
                taken.append(harness.fresh(_CODE, model, which, str(image), str(drawn)))
    seconds = {which: np.array([run["cpu_seconds"] for run in taken]) for which, taken in runs.items()}
    if any(run["printed"].endswith("True") for run in runs["reference"]):
        raise harness.CheckFailed(f"{model}: transformers was imported on the way of the course's own modules")
    times = float(np.median(seconds["reference"] / seconds["torch"]))
    peers = float(np.median(seconds["transformers"] / seconds["torch"]))
    yield harness.row(
        f"{model}: nothing to a picture, beside import torch",
        seconds["torch"] / seconds["reference"],
        1 / MOST_TIMES_TORCH,
        note=f"{np.median(seconds['reference']):.2f} CPU seconds = {times:.2f} times torch alone, "
        f"at most {MOST_TIMES_TORCH} (transformers: {peers:.2f} times)",
        times_torch=times,
        transformers_times_torch=peers,
    )
    yield harness.row(
        f"{model}: nothing to a picture, beside transformers",
        seconds["transformers"] / seconds["reference"],
        1.0,
        note="CPU seconds of fresh processes",
    )
    megabytes = [run["peak_mb"] for run in runs["reference"]]
    yield harness.against_limit(f"{model}: nothing to a picture, peak memory", megabytes, MOST_MB, "MB", largest=True)


def _draw(path: Path) -> None:
    from PIL import Image

    from segtutor.data import toytown

    Image.fromarray(toytown.scene(11).render()[0]).save(path)

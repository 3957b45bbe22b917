"""How long `import segtutor` takes in a fresh process; the peer is a fixed limit, numpy's import a yardstick."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from benchmarks.harness import Settings, against_limit

MOST_SECONDS = 0.2
_CODE = "import time; began = time.process_time(); import {0}; print(time.process_time() - began)"


def rows(settings: Settings) -> list[dict]:
    """CPU seconds of the import, measured alternately with numpy's."""
    times: dict[str, list[float]] = {"segtutor": [], "numpy": []}
    for _ in range(settings.rounds(7)):
        for module, taken in times.items():
            done = subprocess.run(
                [sys.executable, "-c", _CODE.format(module)], check=True, capture_output=True, text=True
            )
            taken.append(float(done.stdout))
    yardstick = float(np.median(times["numpy"]))
    note = f"{np.median(times['segtutor']):.2f} CPU seconds, at most {MOST_SECONDS} (numpy: {yardstick:.2f})"
    return [
        against_limit(
            "import segtutor",
            times["segtutor"],
            MOST_SECONDS,
            "CPU seconds",
            largest=True,
            note=note,
            numpy_seconds=yardstick,
        )
    ]

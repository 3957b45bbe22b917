"""How long `import segtutor` takes in a fresh process, beside `import numpy` as a yardstick of the machine."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

ROUNDS = 7
_CODE = "import time; began = time.process_time(); import {0}; print(time.process_time() - began)"


def rows() -> list[dict]:
    """CPU seconds of the two imports, alternately, median and quartiles."""
    times: dict[str, list[float]] = {"segtutor": [], "numpy": []}
    for _ in range(ROUNDS):
        for module, taken in times.items():
            code = _CODE.format(module)
            taken.append(
                float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
            )
    low, value, high = np.percentile(times["segtutor"], (25, 50, 75))
    yardstick = float(np.median(times["numpy"]))
    return [
        {
            "name": f"import segtutor (numpy: {yardstick:.2f} s)",
            "value": value,
            "unit": "CPU seconds",
            "low": low,
            "high": high,
            "goal": "< 0.2",
            "met": bool(value < 0.2),
        }
    ]

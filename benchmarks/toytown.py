"""How fast scenes are composed and rendered: CPU time of one thread, so that a busy machine tells little lies only."""

from __future__ import annotations

import time

import numpy as np

from segtutor.data import toytown

ROUNDS, SCENES = 7, 40


def rows() -> list[dict]:
    """Scenes a second at 128 x 128, composed and rendered with their truth; quartiles over seven rounds."""
    toytown.scene(0).render()  # textures are made once
    rates = []
    for round_ in range(ROUNDS):
        began = time.process_time()
        for seed in range(round_ * SCENES, (round_ + 1) * SCENES):
            toytown.scene(seed).render()
        rates.append(SCENES / (time.process_time() - began))
    low, value, high = np.percentile(rates, (25, 50, 75))
    return [_row("toytown: scenes of 128 x 128", value, "per second", low, high, 80)]


def _row(name, value, unit, low, high, goal) -> dict:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "low": low,
        "high": high,
        "goal": f">= {goal}",
        "met": bool(value >= goal),
    }

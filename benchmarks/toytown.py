"""How fast scenes are composed and rendered: CPU time of one thread; the peer is a fixed rate."""

from __future__ import annotations

import time

from benchmarks.harness import Settings, against_limit

SCENES, LEAST_RATE = 40, 80.0


def rows(settings: Settings) -> list[dict]:
    """Scenes a second at 128 x 128, composed and rendered with their truth."""
    from segtutor.data import toytown

    toytown.scene(0).render()  # textures are made once
    rates = []
    for round_ in range(settings.rounds(7)):
        began = time.process_time()
        for seed in range(round_ * SCENES, (round_ + 1) * SCENES):
            toytown.scene(seed).render()
        rates.append(SCENES / (time.process_time() - began))
    return [against_limit("toytown: scenes of 128 x 128", rates, LEAST_RATE, "scenes a second", largest=False)]

"""What a run of a recipe leaves beside its checkpoint: a log, snapshots of the weights, and a line now and then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from segtutor.files import write_whole


class Recorder:
    """Writes each event to log.jsonl, a snapshot every five CPU-minutes, and says every 15 seconds how far it is.

    steps, cpu_minutes: what earlier parts of the run took; part: what this one is called.
    """

    def __init__(self, out: Path, report: Callable, *, steps: int = 0, cpu_minutes: float = 0.0, part: str = ""):
        self.out, self.report, self.steps, self.cpu_minutes = out, report, steps, cpu_minutes
        self.part, self.snapshot, self.reported = part, cpu_minutes, time.monotonic()

    def __call__(self, event: dict, model):
        from safetensors.torch import save

        event = {
            **event,
            "step": self.steps + event["step"],
            "cpu_minutes": self.cpu_minutes + event["cpu_minutes"],
            **({"part": self.part} if self.part else {}),
        }
        rounded = {
            key: round(value, 5) if isinstance(value, float) else value
            for key, value in event.items()
            if key not in ("layers", "scene")
        }
        with open(self.out / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(rounded) + "\n")
        minutes = event["cpu_minutes"]
        if minutes - self.snapshot >= 5:
            self.snapshot = minutes
            weights = {key: value.contiguous() for key, value in model.state_dict().items()}
            write_whole(self.out / "snapshots" / f"{minutes:07.2f}.safetensors", save(weights), overwrite=True)
        if time.monotonic() - self.reported > 15:
            self.reported = time.monotonic()
            share = f"{100 * event['progress']:.0f} %" + (f" of {self.part}" if self.part else "")
            self.report(f"step {event['step']}, {share}, loss {event['loss']:.3f}, {minutes:.1f} CPU-minutes")

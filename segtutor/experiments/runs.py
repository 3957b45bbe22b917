"""One run: an arm trained with a seed, and what was measured. Runs are kept, so that none is made twice.

    results/runs.json      shipped: what each run measured (numbers alone, no weights)
    FOLDER/runs/NAME/      of one's own: state (for going on), weights, result.json

A run that was killed goes on where its state was last written; a result is written when the run is whole.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from segtutor.experiments.arms import Arm, build, options, scenes
from segtutor.experiments.measure import VIEWED, miou, miou_of_views, panoptic_measures
from segtutor.experiments.scenes import TRAIN_SCENES, VALIDATION_SCENES, Scenes, train_scenes, validation_scenes
from segtutor.files import write_whole

CURVE = (0.15, 0.3, 0.5, 0.75)  # shares of the budget at which a run is measured on fewer scenes
LONG_CURVE = (0.05, 0.1, 0.15, 0.3, 0.5, 0.75)


@dataclass(frozen=True)
class Protocol:
    """How much of everything a run gets. share: of an arm's steps; scenes: to learn from, to be measured on in the end,
    and on the way there. shares: of the budget, where it is measured on the way; miou: whether in mIoU for every arm,
    and not in PQ where an arm has it. Results of two protocols are never mixed: those of FULL lie in the folder itself,
    others in one of their own.
    """

    share: float = 1.0
    train: int = TRAIN_SCENES
    validation: int = VALIDATION_SCENES
    curve: int = 50
    shares: tuple[float, ...] = CURVE
    miou: bool = False

    @property
    def name(self) -> str:
        return {FULL: "full", REGISTERED: "registered"}.get(self, f"quick-{round(100 * self.share)}")

    def root(self, folder: str | Path) -> Path:
        """The folder that its runs lie in."""
        return Path(folder) if self == FULL else Path(folder) / self.name

    def shortened(self, arm: Arm) -> Arm:
        return replace(arm, steps=max(1, round(self.share * arm.steps)))

    def render(self, folder: str | Path):
        """Draws what its runs will read, if that is not done yet."""
        for rows in (train_scenes(folder, scenes=self.train), validation_scenes(folder, scenes=self.validation)):
            rows[0]


FULL = Protocol()
REGISTERED = Protocol(curve=100, shares=LONG_CURVE, miou=True)


def run(
    arm: Arm, seed: int, folder: str | Path, report: Callable[[str], Any] = print, *, protocol: Protocol = FULL
) -> dict:
    """Trains an arm and measures it; a run that is in the folder already is read from there. -> its result.

    folder: holds runs/ and scenes/; of another protocol than the full one, give protocol.root(folder).
    """
    place = Path(folder) / "runs" / folder_name(arm, seed)
    if (place / "result.json").exists():
        return json.loads((place / "result.json").read_text(encoding="utf-8"))
    from safetensors.torch import save_file

    from segtutor.training.fit import fit

    report(f"{arm.name}, seed {seed}")
    started = time.monotonic()
    place.mkdir(parents=True, exist_ok=True)
    validation = validation_scenes(
        Path(folder) / "scenes", count=arm.classes, merged=arm.semantic, scenes=protocol.validation
    )
    curve = Curve(arm, validation, place / "curve.json", protocol)
    model = build(arm, seed)
    data = scenes(arm, seed, Path(folder) / "scenes", protocol.train)
    told = options(protocol.shortened(arm), seed)
    fitted = fit(model, data, out=place, resume=True, log_every=8, on_event=curve, **told)
    measured: dict[str, Any] = {"miou": miou(model, _rows(validation), validation.categories, seams=arm.seams)}
    if not arm.semantic:
        measured |= panoptic_measures(model, _rows(validation), validation.categories, seams=arm.seams)
    if arm.jitter:
        measured["miou_of_views"] = miou_of_views(model, _rows(validation, VIEWED), validation.categories)
    result = {
        "arm": arm.name,
        "fields": asdict(arm),
        "seed": seed,
        "protocol": protocol.name,
        "steps": told["steps"],
        "measured": measured,
        "curve": curve.points,
        "loss": fitted.losses[-1] if fitted.losses else None,  # none where only the measuring was left to do
        "parameters": sum(p.numel() for p in model.parameters()),
        "cpu_minutes": round(fitted.cpu_minutes, 3),
        "minutes": round((time.monotonic() - started) / 60, 2),
        "versions": versions(),
        "date": date.today().isoformat(),
    }
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, place / "weights.safetensors")
    write_whole(place / "result.json", json.dumps(result, indent=1).encode(), overwrite=True)
    (place / "training_state.pt").unlink(missing_ok=True)
    score = measured["miou" if arm.semantic else "pq"]
    report(f"{arm.name}, seed {seed}: {100 * score:.1f}, {fitted.cpu_minutes:.2f} CPU-minutes")
    return result


class Curve:
    """Measures a run on some scenes while it trains: [[share of the budget, mIoU or PQ], ...]; kept in a file."""

    def __init__(self, arm: Arm, validation: Scenes, path: Path, protocol: Protocol):
        self.arm, self.validation, self.path, self.protocol = arm, validation, path, protocol
        self.points: list[list[float]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def __call__(self, event: dict, model) -> None:
        due = self.protocol.shares[len(self.points) :]
        if not due or event["done"] < due[0]:
            return
        rows, categories = _rows(self.validation, self.protocol.curve), self.validation.categories
        if self.arm.semantic or self.protocol.miou:
            score = miou(model, rows, categories, seams=self.arm.seams)
        else:
            score = panoptic_measures(model, rows, categories, seams=self.arm.seams)["pq"]
        self.points.append([round(event["done"], 4), round(score, 4)])
        write_whole(self.path, json.dumps(self.points).encode(), overwrite=True)


def _rows(rows: Sequence[dict], count: int | None = None):
    return (rows[i] for i in range(len(rows) if count is None else min(count, len(rows))))


def folder_name(arm: Arm, seed: int) -> str:
    """A short name that is a good name for a folder everywhere."""
    return f"{hashlib.sha256(arm.name.encode()).hexdigest()[:12]}-{seed}"


def versions() -> dict[str, str]:
    """What a result depends on beside the code."""
    names = ("torch", "numpy", "accelerate")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}

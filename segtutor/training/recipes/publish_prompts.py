"""From a trained small network to its folder: weights, settings, preprocessing, card with figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from segtutor.files import write_whole
from segtutor.models import checks, small
from segtutor.models.zoo import CHECKPOINTS, load

VALIDATION_SCENES = 500


def publish(
    network: nn.Module,
    out: Path,
    card: dict[str, Any],
    report: Callable[[str], Any] = print,
    *,
    measure: Callable[[Any], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Writes a trained network to a folder, measures what was written, in half precision, and writes its card.

    card: without metrics; what it holds of the training. measure: a segmenter -> metrics, flat; by default clicks and
    boxes on the first 500 validation scenes. Preprocessing is that of mask2former-toytown. Returns the card.
    """
    if measure is None:
        from segtutor.training.evaluation.prompts import evaluate_clicks

        def measure(segmenter: Any) -> dict[str, Any]:
            return evaluate_clicks(segmenter, size=VALIDATION_SCENES)

    processor = json.loads((CHECKPOINTS / "mask2former-toytown" / checks.PROCESSOR).read_text(encoding="utf-8"))
    small.write(network, out, card, processor)
    report("measuring what was written")
    card = {**card, "metrics": measure(load(str(out)))}
    small.write(network, out, card, processor)
    write_whole(out / "README.md", _readme(card).encode(), overwrite=True)
    return checks.read_json(out / checks.CARD, str(out))


def _readme(card: dict[str, Any]) -> str:
    training, data = card["training"], card["data"]
    main = ", ".join(f"{name} {value}" for name, value in card["metrics"].items() if not isinstance(value, dict))
    rows = {
        "licence": f"{card['licence']} (code and weights)",
        "recipe": f"`{card['recipe']}`, seed {card['seed']}",
        "training": f"{training['steps']} steps, {training['cpu_minutes']} CPU-minutes on one core, on frozen features",
        "data": f"{data['world']}, scenes {data['training_seeds'][0]} to {data['training_seeds'][1]}",
        "of the paper": card.get("of_the_paper", ""),
        "differs": card.get("differs", ""),
        "validation": f"first {data['validation_seeds'][1] + 1} scenes: {main}",
    }
    lines = ["---", "license: mit", "pipeline_tag: mask-generation", "---", f"# {card['name']}", ""]
    lines += ["A small promptable network for ToyTown, the drawn world of segtutor's course.", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in rows.items()]
    return "\n".join([*lines, "", "All figures and settings are in card.json.", ""])

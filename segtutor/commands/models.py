"""`segtutor models`: what ships, and published checkpoints with the page that says their facts; asks no network.

A published one of a family that the course knows is listed even where `segtutor.load` refuses it: weights without
safetensors, or of more than 2 GiB.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segtutor.models import checks
from segtutor.models.zoo import cards

PUBLISHED = Path(__file__).parent.parent / "models" / "published.json"
COLUMNS = ("id", "system", "data", "tasks", "parameters", "licence", "gated", "safetensors", "source")


def listed() -> list[dict[str, Any]]:
    """A dictionary for each model with the keys of COLUMNS, shipped ones first; None where no source says it.

    data: the data set. tasks: a list of panoptic, semantic, instance, prompt, or a shipped card's own words. gated:
    whether the Hub asks for an agreement first, for them or for those from which they are differences. safetensors:
    whether the weights are in the one form that `segtutor.load` reads. source: "shipped", or the address of the page
    that says these facts.
    """
    from segtutor.training.shelf import parameters

    shipped = [
        {
            "id": name,
            "system": name.removesuffix("-toytown"),
            "data": "ToyTown",
            "tasks": [card["task"]] if card.get("family") in ("mask", "per-pixel", "boxes") else ["prompt"],
            "parameters": parameters(name),
            "licence": card["licence"],
            "gated": False,
            "safetensors": True,
            "source": "shipped",
        }
        for name, card in cards().items()
    ]
    return shipped + checks.read_json(PUBLISHED, "the list of published models")["models"]


def written(found: list[dict[str, Any]]) -> str:
    """A table in plain text, a line each; "-" where no source says it."""
    lines = [list(COLUMNS), *([_cell(row[column]) for column in COLUMNS] for row in found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)

"""The goals of the small trained networks, from their cards: what `segtutor evaluate` measured, and CPU-minutes.

A ratio is measured / goal (goal / measured where less is better), so 1 and more is met. A card holds the SHA-256 of
the weights it was measured on, and a row of other weights fails. `segtutor evaluate NAME` measures one again, and
`segtutor evaluate --all` every one. Where three seeds were trained, the row has their median, quartiles and values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from benchmarks.harness import CheckFailed, Settings, against_limit

PER_PIXEL = ("fcn", "unet", "pspnet", "deeplab", "segformer")
MINUTES = {"fcn": 40, "unet": 40, "pspnet": 40, "deeplab": 40, "segformer": 40, "detr": 60, "maskformer": 60}
MINUTES |= {"oneformer": 60, "eomt": 60, "maskrcnn": 15, "sam": 25, "clipseg": 10, "seggpt": 10, "painter": 10}
# (network, key of the card's metrics, goal, whether less is better)
GOALS = (
    *((name, "miou", 85, False) for name in PER_PIXEL),
    ("maskformer", "pq", 75, False),
    ("oneformer", "pq", 80, False),
    ("oneformer", "miou", 88, False),
    ("oneformer", "ap", 60, False),
    ("eomt", "pq", 50, False),
    ("detr", "pq", 50, False),
    ("maskrcnn", "ap", 68, False),
    ("sam", "click3_iou", 80, False),
    ("sam", "box_iou", 80, False),
    ("sam", "ambiguous", 55, False),
    ("sam", "score_error", 10, True),
    ("sam", "score_rank", 0.5, False),
    ("clipseg", "text_seen", 75, False),
    ("clipseg", "text_unseen", 75, False),
    ("clipseg", "text_silent", 85, False),
)


def rows(settings: Settings) -> Iterator[dict]:
    """One row a goal. Nothing is trained or measured here."""
    cards = {name: _card(f"{name}-toytown") for name in MINUTES}
    for name, key, goal, less in GOALS:
        value = cards[name]["metrics"][key]
        unit = "" if key == "score_rank" else "points"
        yield against_limit(f"shelf: {name}-toytown, {key}", [value], goal, unit, largest=less)
    best = max(cards[name]["metrics"]["miou"] for name in PER_PIXEL)
    yield against_limit("shelf: best mIoU of the per-pixel five", [best], 93, "points", largest=False)
    yield from _clipseg(cards["clipseg"]["metrics"])
    yield from _examples(cards)
    for name, most in MINUTES.items():
        took = cards[name]["training"]["cpu_minutes"]
        yield against_limit(f"shelf: {name}-toytown, training", [took], most, "CPU-minutes", largest=True)


def _card(name: str) -> dict[str, Any]:
    from segtutor.models.zoo import CHECKPOINTS, cards

    card = cards()[name]
    found = hashlib.sha256((CHECKPOINTS / name / "model.safetensors").read_bytes()).hexdigest()
    if found != card["weights_sha256"]:
        raise CheckFailed(f"the card of {name} was measured on other weights: evaluate it again")
    return card


def _clipseg(metrics: dict[str, float]) -> Iterator[dict]:
    """Unseen pairs near seen ones; "not" above the answer that ignores the word."""
    lost = metrics["text_seen"] - metrics["text_unseen"]
    yield against_limit("shelf: clipseg-toytown, seen minus unseen pairs", [lost], 4, "points", largest=True)
    ignored = metrics["text_not_ignored"]
    note = f"IoU {metrics['text_not']:.1f}, an answer that ignores it {ignored:.1f}"
    value = [metrics["text_not"]]
    yield against_limit("shelf: clipseg-toytown, the word not", value, ignored, "", largest=False, note=note)


def _examples(cards: dict[str, dict[str, Any]]) -> Iterator[dict]:
    """Held-out classes against a match without training; the price of fixed colours. Three seeds each."""
    for network, key, title in (
        ("seggpt", "above_match", "held-out classes, above a match without training"),
        ("painter", "behind_random", "another class's colour, behind random colours"),
    ):
        by_seed = cards[network]["seeds"]
        values = [one[key] for one in by_seed.values()]
        note = f"{', '.join(f'{value:.1f}' for value in values)} points with seeds {', '.join(by_seed)}, at least 10"
        name = f"shelf: {network}-toytown, {title}"
        yield against_limit(name, values, 10, "points", largest=False, note=note)

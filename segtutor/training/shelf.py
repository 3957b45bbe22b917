"""`segtutor evaluate --all`: the networks that ship with the package, side by side, one row each.

    shelf_rows()        what the cards say, and the time of a prediction, measured now
    shelf_rows(size=20) every network evaluated anew on 20 scenes of the validation split

Each row has the keys of COLUMNS. A measure that a network's task does not define is None.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from segtutor.errors import UserError
from segtutor.models.zoo import CHECKPOINTS, cards

MEASURES = ("pq", "miou", "ap", "box_iou", "click1_iou", "click3_iou", "text_iou", "example_iou")
COLUMNS = ("name", "family", "parameters", "ms", "cpu_minutes", *MEASURES, "scenes", "figures")
# Stored beside the weights but not learned: running statistics, the loss's class weights, random Fourier directions,
# EoMT's state of mask annealing, the temperature of a loss that OneFormer was not trained with.
_NOT_LEARNED = (
    "running_mean", "running_var", "num_batches_tracked", "empty_weight", "positions.directions", "attn_mask_probs",
    "criterion.logit_scale",
)  # fmt: skip
_TIMED = 5  # predictions, after one that is not counted


def shelf_rows(
    size: int | None = None, *, timed: bool = True, say: Callable[[str], Any] | None = None
) -> list[dict[str, Any]]:
    """A dictionary for each shipped network, in the order of their names; see COLUMNS.

    size: None = the measures that the card states, taken when the network was published; else that many scenes of the
    validation split, evaluated now. The row's "figures" says which, "card" or "evaluated", and "scenes" on how many.
    timed: "ms" = median milliseconds of one prediction now, on this computer: a 128 x 128 picture encoded and one
    question asked. False: None, and torch is not imported. say: called with each name before its turn.
    parameters: learned numbers, a frozen backbone included. cpu_minutes: of the training, as the card states it.
    Measures are in percent. Raises UserError where size is no positive whole number.
    """
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
        raise UserError(f"size must be a whole number of 1 or more, or None for the figures of the cards, got {size!r}")
    found = []
    for name, card in cards().items():
        if say is not None:
            say(name)
        found.append(_row(name, card, size, timed))
    return found


def _row(name: str, card: dict[str, Any], size: int | None, timed: bool) -> dict[str, Any]:
    segmenter = None
    if timed or size is not None:
        from segtutor.models.zoo import load

        segmenter = load(name)
    if size is None:
        measured = card["metrics"]
        first, last = card["data"]["validation_seeds"]
        scenes, figures = last - first + 1, "card"
    else:
        from segtutor.training.evaluate import evaluate

        measured, scenes, figures = evaluate(segmenter, size=size), size, "evaluated"
    return {
        "name": name,
        "family": card["family"],
        "parameters": parameters(name),
        "ms": _milliseconds(segmenter) if timed else None,
        "cpu_minutes": card["training"]["cpu_minutes"],
        **{measure: measured.get(measure) for measure in MEASURES},
        "scenes": scenes,
        "figures": figures,
    }


def parameters(name: str) -> int:
    """How many numbers a shipped network has learned, read from the head of its file of weights."""
    from safetensors import safe_open

    with safe_open(CHECKPOINTS / name / "model.safetensors", "numpy") as weights:
        return sum(
            math.prod(weights.get_slice(key).get_shape())
            for key in weights.keys()  # noqa: SIM118
            if not key.endswith(_NOT_LEARNED)
        )


def _milliseconds(segmenter: Any) -> float:
    """The median time of one prediction: the picture encoded, and one question asked."""
    from segtutor.data import toytown

    image, truth = toytown.scene(0).render()
    kinds = getattr(segmenter, "accepts", frozenset())
    question: dict[str, Any] = {}
    if "points" in kinds:
        question = {"points": [(64, 64)], "labels": [1]}
    elif "text" in kinds:
        question = {"text": "cat"}
    elif "example" in kinds:
        question = {"example": (image, truth.mask(truth.segments[0].id))}
    times = []
    for _ in range(1 + _TIMED):
        start = time.perf_counter()
        segmenter.set_image(image).predict(**question)
        times.append(time.perf_counter() - start)
    return round(1000 * sorted(times[1:])[_TIMED // 2], 1)


def written(found: Sequence[dict[str, Any]]) -> str:
    """The rows as a table in plain text, one line each, a measure that is not defined as "-", and where it is from."""
    lines = [list(COLUMNS), *([cell(row[column]) for column in COLUMNS] for row in found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    table = [
        "  ".join(
            text.ljust(width) if i < 2 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([*table, origin(found)])


def origin(found: Sequence[dict[str, Any]]) -> str:
    """One sentence that says where the measures come from."""
    if found and found[0]["figures"] == "evaluated":
        return f"Measures in percent, evaluated now on {found[0]['scenes']} scenes of the validation split."
    return (
        "Measures in percent, as the cards state them, taken on the first scenes of the validation split when each "
        "network was published; --size N evaluates anew."
    )


def cell(value: Any) -> str:
    """A value as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

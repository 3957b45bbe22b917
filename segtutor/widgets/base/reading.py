"""What the explorers that read a segmenter share: checks of what they are given, and plain records of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from segtutor.errors import UserError
from segtutor.outputs import MaskOutput, PerPixelOutput
from segtutor.segments import Categories
from segtutor.thresholds import THRESHOLDS, checked_threshold
from segtutor.words import tr


def mask_segmenter(segmenter: Any, image: Any) -> tuple[MaskOutput, np.ndarray]:
    """Sets the picture, where one is given; the segmenter's output and picture."""
    output, picture = _read(segmenter, image, "mask2former-toytown")
    if not isinstance(output, MaskOutput):
        raise UserError(
            "the output of the segmenter must be a MaskOutput (a per-pixel model has no queries), got a "
            f'{type(output).__name__}: load one of the family "mask", such as mask2former-toytown'
        )
    return output, picture


def pixel_segmenter(segmenter: Any, image: Any) -> tuple[PerPixelOutput, np.ndarray]:
    """The same for a per-pixel model."""
    output, picture = _read(segmenter, image, "upernet-toytown")
    if not isinstance(output, PerPixelOutput):
        raise UserError(
            f"the output of the segmenter must be a PerPixelOutput, got a {type(output).__name__}: load one of the "
            'family "per-pixel", such as upernet-toytown, and pass it first'
        )
    return output, picture


def _read(segmenter: Any, image: Any, example: str) -> tuple[Any, np.ndarray]:
    if not hasattr(segmenter, "categories") or not hasattr(segmenter, "set_image"):
        raise UserError(
            f'segmenter must be what segtutor.load returns, got a {type(segmenter).__name__}: pass st.load("{example}")'
        )
    if image is not None:
        segmenter.set_image(image)
    return segmenter.output, segmenter.image


def thresholds_of(
    segmenter: Any, score_threshold: float | None, mask_threshold: float | None, overlap_threshold: float | None
) -> dict[str, float]:
    """The thresholds of panoptic inference: what is given, else the card's, else those published for COCO."""
    stated = THRESHOLDS | getattr(segmenter, "thresholds", {})
    given = {
        "score_threshold": score_threshold,
        "mask_threshold": mask_threshold,
        "overlap_threshold": overlap_threshold,
    }
    return {name: checked_threshold(stated[name] if value is None else value, name) for name, value in given.items()}


def checked_query(query: int | None, count: int) -> int | None:
    """The query that is held, of `count`."""
    if query is not None and not 0 <= query < count:
        raise UserError(f"query must be 0 to {count - 1}, or None for none, got {query}")
    return query


def class_records(categories: Categories) -> list[dict[str, Any]]:
    """What the browser knows of the classes, by position."""
    return [{"id": c.id, "name": c.name, "isthing": c.isthing, "color": list(c.color)} for c in categories]


def layer_words(name: str, language: str) -> str:
    """The name of a decoder layer, "layer 3" or "initial queries", as a reader sees it."""
    word, _, number = name.partition(" ")
    return tr("layer {n}", language, n=number) if word == "layer" and number.isdigit() else tr(name, language)


def query_order(output: MaskOutput, sort: str) -> list[int]:
    """The queries of the last layer in the order that `sort` asks for, as queries/explorer.js has them.

    "score" and "class": those that say "no object" come last. "area": cells of the grid with a mask logit > 0.
    """
    scores, labels = output.class_logits[0].float().softmax(dim=-1).max(dim=-1)
    silent = labels == output.class_logits.shape[-1] - 1
    areas = (output.mask_logits[0] > 0).sum(dim=(1, 2))
    keys = {
        "number": lambda q: (q,),
        "score": lambda q: (bool(silent[q]), -float(scores[q]), q),
        "area": lambda q: (-int(areas[q]), q),
        "class": lambda q: (int(labels[q]), -float(scores[q]), q),
    }
    return sorted(range(len(scores)), key=keys[sort])

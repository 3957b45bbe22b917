"""`segtutor page explainer`: two networks as one diagram, in one file, with every tensor as it is at this moment.

The networks are exported with their intermediate tensors (models/export_steps.py) and run in workers of the page, as on
the page of networks.py. JavaScript (scripts/explainer*.js) draws each tensor into a box of the diagram; an opened box
computes one number from the tensors before it, with all its terms.

What the page carries beside them: weights that a box multiplies with (the first convolution, the classifier of pixels),
and for each map three directions in which its channels vary most, so that a map has the same colours in every scene.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segtutor.data import toytown
from segtutor.data.toytown import layers
from segtutor.models import zoo
from segtutor.models.export_steps import steps_of
from segtutor.models.segmenter import Segmenter
from segtutor.pages.carried import (
    assembled,
    card_facts,
    ground_bytes,
    json_text,
    packed,
    runtime,
    runtime_licence,
    runtime_version,
    scene_facts,
    text_of,
)
from segtutor.pages.exports import exported
from segtutor.pages.languages import in_languages
from segtutor.pages.languages import options as language_options
from segtutor.pages.networks import NETWORKS, SCENES, editor_state
from segtutor.widgets.base.canvas import built
from segtutor.words import checked, chosen, filled, tr, tr_later

TITLE = tr_later("The Segmentation Explainer")
# Tensors that are maps of many channels, as outputs of the two networks: (1, C, h, w).
_MAPS = ("stage_", "level_", "pyramid_", "mask_features", "fused")


def explainer_page(folder: Path | None = None, language: str | None = None) -> bytes:
    """The whole file, signed. folder: where exported networks are kept, by default the person's cache.
    language: what the page is written in, by default `segtutor.words.chosen()`; its reader may switch.

    Takes some seconds, and half a minute more where the networks have to be exported. Raises UserError where they
    have to be and the packages for it are missing (`pip install "segtutor[onnx]"`), and where there is no such
    language.
    """
    language = chosen() if language is None else checked(language)
    networks = [exported(name, folder, steps=True) for name in NETWORKS]
    scenes = [toytown.scene(seed) for seed in SCENES.values()]
    grounds = [layers.ground(scene) for scene in scenes]
    cutouts = layers.library(scenes)
    models = [_segmenter(name) for name in NETWORKS]
    weights, places = _joined(
        {f"{place}:{name}": value for place, m in enumerate(models) for name, value in _weights(m)}
    )
    script = text_of("built/explainer.js")
    body, languages = _body(script, language)
    carried = {
        "languages": json_text(languages),
        "index": json_text(cutouts["index"]),
        "cutouts": packed(cutouts["bytes"]),
        **runtime("explainer_worker.js"),
        **{f"network-{place}": packed(network) for place, network in enumerate(networks)},
        **{f"scene-{n}": ground_bytes(ground) for n, ground in enumerate(grounds)},
        "weights": packed(weights),
        "facts": json_text(
            {
                "state": editor_state(scenes[0]),
                "networks": [card_facts(zoo.cards()[name]) for name in NETWORKS],
                "names": list(SCENES),
                "scenes": [scene_facts(*both) for both in zip(scenes, grounds, strict=True)],
                "weights": places,
                "heads": models[1].model.decoder.layers[0].cross_attention.num_heads,
            }
        ),
    }
    styles = [text_of("page.css"), built("scene.css"), text_of("explainer.css")]
    return assembled(tr(TITLE, language), body, script, styles, carried, language=language)


@cache
def _segmenter(name: str) -> Segmenter:
    segmenter = zoo.load(name)
    assert isinstance(segmenter, Segmenter)
    segmenter.model.eval()
    return segmenter


def _weights(segmenter: Segmenter) -> list[tuple[str, np.ndarray]]:
    """What the page multiplies with, by name."""
    model = segmenter.model
    found = [("stem", model.backbone.stem.convolution.weight)]  # (C, 3, 7, 7)
    if segmenter.family == "per-pixel":
        found += [("classifier", model.head.classifier.weight[:, :, 0, 0]), ("bias", model.head.classifier.bias)]
    return [(name, value.detach().numpy()) for name, value in found] + _directions(segmenter)


def _directions(segmenter: Segmenter) -> list[tuple[str, np.ndarray]]:
    """For each map (4, C): the mean of its channels over the page's scenes, and the three principal directions.

    A direction is divided by the standard deviation along it, so that what is projected has a deviation of 1.
    """
    cells: dict[str, list[Tensor]] = {}
    steps = steps_of(segmenter.model)
    for seed in SCENES.values():
        pixels = torch.from_numpy(np.array(segmenter.processor(toytown.scene(seed).render()[0])[0]))[None]
        with torch.inference_mode():
            for name, value in steps(pixels).items():
                if name.startswith(_MAPS):
                    cells.setdefault(name, []).append(value[0].flatten(1).T)  # (h w, C)
    return [(f"map:{name}", _principal(torch.cat(parts).double().numpy())) for name, parts in cells.items()]


def _principal(cells: np.ndarray) -> np.ndarray:
    """(N, C) -> (4, C) float32: mean, then three directions over their deviations, whose sum is positive."""
    mean = cells.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(cells - mean, rowvar=False))
    directions = vectors[:, ::-1][:, :3].T
    directions *= np.where(directions.sum(axis=1, keepdims=True) < 0, -1, 1)
    deviations = np.sqrt(np.maximum(values[::-1][:3], 1e-12))[:, None]
    return np.concatenate([mean[None], directions / deviations]).astype(np.float32)


def _joined(arrays: dict[str, np.ndarray]) -> tuple[bytes, dict[str, Any]]:
    """float32 numbers one after the other, and where each array lies: {name: {start, dims}}, counted in numbers."""
    places, start = {}, 0
    for name, value in arrays.items():
        places[name] = {"start": start, "dims": list(value.shape)}
        start += value.size
    return b"".join(np.ascontiguousarray(value, "<f4").tobytes() for value in arrays.values()), places


def _body(script: str, language: str) -> tuple[str, dict[str, Any]]:
    """The page's body in a language, and what it carries of the others."""
    options = "".join(f"<option data-tr>{html.escape(name)}</option>" for name in SCENES)
    values = {"runtime": runtime_version(), "licence": runtime_licence(), "languages": language_options(language)}
    body, languages = in_languages(
        filled(text_of("explainer.html"), {"options": options}), TITLE, script, language, values
    )
    return filled(body, values), languages

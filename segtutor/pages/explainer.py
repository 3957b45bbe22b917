"""`segtutor page explainer`: two networks as one diagram, in one file, with every tensor as it is at this moment.

The networks are exported with their intermediate tensors (models/export_steps.py) and run in workers of the page, as on
the page of networks.py. JavaScript (widgets/explainer) draws each tensor into a box of the diagram; an opened box
computes one number from the tensors before it, with all its terms.

What the page carries beside them: weights that a box multiplies with (the first convolution, the classifier of pixels),
and for each map three directions in which its channels vary most, so that a map has the same colours in every scene.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Any

from segtutor.data import toytown
from segtutor.data.toytown import layers
from segtutor.models import zoo
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
from segtutor.widgets.explainer.carried import joined, shape_facts, weights_of
from segtutor.words import checked, chosen, filled, tr, tr_later

TITLE = tr_later("The Segmentation Explainer")


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
    models, images = [_segmenter(name) for name in NETWORKS], [scene.render()[0] for scene in scenes]
    weights, places = joined(
        {f"{place}:{name}": value for place, one in enumerate(models) for name, value in weights_of(one, images)}
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
                **shape_facts(models[1].model),
            }
        ),
    }
    styles = [text_of("page.css"), built("explainer.css"), text_of("explainer.css")]
    return assembled(tr(TITLE, language), body, script, styles, carried, language=language)


@cache
def _segmenter(name: str) -> Segmenter:
    segmenter = zoo.load(name)
    assert isinstance(segmenter, Segmenter)
    segmenter.model.eval()
    return segmenter


def _body(script: str, language: str) -> tuple[str, dict[str, Any]]:
    """The page's body in a language, and what it carries of the others."""
    options = "".join(f"<option data-tr>{html.escape(name)}</option>" for name in SCENES)
    values = {"runtime": runtime_version(), "licence": runtime_licence(), "languages": language_options(language)}
    body, languages = in_languages(
        filled(text_of("explainer.html"), {"options": options}), TITLE, script, language, values
    )
    return filled(body, values), languages

"""`segtutor page networks`: one file in which two trained networks run in the browser, from disk, without installation.

It carries the networks as ONNX (exports.py), a WebAssembly runtime for them (onnxruntime/, see its README), a few
ToyTown scenes as layers, and the SceneEditor's own view: what a learner drags is composed in JavaScript, answered by
both networks in workers of the page, and counted there. It asks for nothing outside, and its own policy forbids it to.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from segtutor.data import toytown
from segtutor.data.toytown import layers
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
from segtutor.widgets.base.canvas import built
from segtutor.words import tr_later

NETWORKS = ("upernet-toytown", "mask2former-toytown")
# What stands in the list -> the seed of a scene of the validation split, which neither network was trained on.
SCENES = {
    tr_later("a heap of balls and a cat"): 31,
    tr_later("an evening in the village"): 33,
    tr_later("cats by the bay"): 0,
    tr_later("people and cats at night"): 3,
    tr_later("cars, one behind the other"): 2,
    tr_later("boats and trees"): 23,
}

_BODY = """<main class="networks"><h1>Change the scene, and two networks answer</h1>
<p>A per-pixel network (UPerNet, {upernet} million weights) and a mask classifier (Mask2Former, {mask2former} million)
were trained on drawn scenes like these, on none of these. Both run in this page, on your own machine: nothing is
installed, nothing is sent. Drag a thing, add one, recolour one: each picture is answered anew, beside the exact truth
and the panoptic quality (PQ) of each answer.</p>
<ul><li>Pull two balls apart until floor lies between them. Which network needs that to count them?</li>
<li>Hide a cat behind a ball, a little more each time. When does each network lose it?</li>
<li>Which is hurt more by a thing of another colour or pattern? By a very small one?</li></ul>
<p class="choose"><label for="scene">Scene</label> <select id="scene" autocomplete="off" disabled>{options}</select></p>
<p id="status" role="status" class="status">The page is being unpacked …</p>
<div id="editor"><noscript>This page computes in the browser: it needs JavaScript.</noscript></div>
<details><summary>How this page works, and whose work is in it</summary>
<p>Both networks were exported to ONNX with <code>segtutor export</code> and run in ONNX Runtime Web {runtime}, compiled
to WebAssembly, one thread each. The scene is composed in JavaScript from layers that the package rendered, pixel by
pixel as Python does; objects of the per-pixel network are the connected components of its class map. A PQ of one
picture jumps when a segment crosses IoU 0.5: compare networks on many scenes before you believe a difference.</p>
<p>ONNX Runtime Web: {licence}</p></details></main>"""
_STYLE = """
main.networks { max-width: 1640px; margin: 0 auto; padding: 0 16px 48px; }
main.networks > p, main.networks > ul { max-width: 76ch; }
.choose { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 12px 0 4px; }
.choose select { min-height: 32px; max-width: 100%; padding: 2px 8px; font: inherit; font-size: 15px; color: var(--ink);
  background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; }
.status { min-height: 1.6em; margin: 4px 0 12px; color: var(--faint); font-size: 15px; }
main.networks > details { margin-top: 24px; font-size: 15px; }
main.networks > details > summary { min-height: 28px; cursor: pointer; }
main.networks > details p { max-width: 90ch; }
"""


def networks_page(folder: Path | None = None) -> bytes:
    """The whole file, signed. folder: where exported networks are kept, by default the person's cache.

    Takes a second, and some twenty more where the networks have to be exported. Raises UserError where they have to be
    and the packages for it are missing (`pip install "segtutor[onnx]"`).
    """
    from segtutor.models.zoo import cards

    networks = [exported(name, folder) for name in NETWORKS]
    scenes = [toytown.scene(seed) for seed in SCENES.values()]
    grounds = [layers.ground(scene) for scene in scenes]
    cutouts = layers.library(scenes)
    carried = {
        "index": json_text(cutouts["index"]),
        "cutouts": packed(cutouts["bytes"]),
        **runtime("network_worker.js"),
        **{f"network-{place}": packed(network) for place, network in enumerate(networks)},
        **{f"scene-{n}": ground_bytes(ground) for n, ground in enumerate(grounds)},
        "facts": json_text(
            {
                "state": editor_state(scenes[0]),
                "networks": [card_facts(cards()[name]) for name in NETWORKS],
                "scenes": [scene_facts(*both) for both in zip(scenes, grounds, strict=True)],
            }
        ),
    }
    title = "Change the scene, and two networks answer"
    styles = [text_of("page.css"), built("scene.css"), _STYLE]
    return assembled(title, _body(), text_of("built/networks.js"), styles, carried)


def editor_state(scene: toytown.Scene) -> dict[str, Any]:
    """What the editor's view reads beside a scene's layers."""
    from segtutor.models.zoo import cards
    from segtutor.widgets.scene.editor import SceneEditor

    state = SceneEditor((), scene).get_state()
    models = [{"name": name, "family": cards()[name]["family"]} for name in NETWORKS]
    return {name: state[name] for name in ("size", "classes")} | {
        "models": models,
        "selected": None,
        "first": {},
        "more": {},
    }


def _body() -> str:
    options = "".join(f"<option>{html.escape(name)}</option>" for name in SCENES)
    folder = Path(__file__).parent.parent / "models" / "checkpoints"
    millions = {  # float32
        name.partition("-")[0]: f"{(folder / name / 'model.safetensors').stat().st_size / 4e6:.1f}" for name in NETWORKS
    }
    return _BODY.format(options=options, runtime=runtime_version(), licence=runtime_licence(), **millions)

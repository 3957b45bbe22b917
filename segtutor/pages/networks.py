"""`segtutor page networks`: one file in which two trained networks run in the browser, from disk, without installation.

It carries the networks as ONNX (exports.py), a WebAssembly runtime for them (onnxruntime/, see its README), a few
ToyTown scenes as layers, and the SceneEditor's own view: what a learner drags is composed in JavaScript, answered by
both networks in workers of the page, and counted there. It asks for nothing outside, and its own policy forbids it to.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from segtutor import __version__
from segtutor.data import toytown
from segtutor.data.toytown import layers
from segtutor.pages.exports import exported
from segtutor.pages.signature import signed
from segtutor.widgets.canvas import bundle, stylesheet

NETWORKS = ("upernet-toytown", "mask2former-toytown")
# What stands in the list -> the seed of a scene of the validation split, which neither network was trained on.
SCENES = {
    "a heap of balls and a cat": 31,
    "an evening in the village": 33,
    "cats by the bay": 0,
    "people and cats at night": 3,
    "cars, one behind the other": 2,
    "boats and trees": 23,
}
_PARTS = ("background", "stuff", "noise")  # of a scene's ground, as bytes

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
        "index": _json(cutouts["index"]),
        "cutouts": _packed(cutouts["bytes"]),
        "program": _packed(_program().encode()),
        "wasm": base64.b64encode(_vendored("ort.wasm.gz")).decode(),
        **{f"network-{place}": _packed(network) for place, network in enumerate(networks)},
        **{f"scene-{n}": _packed(b"".join(ground[part] for part in _PARTS)) for n, ground in enumerate(grounds)},
        "facts": _json(
            {
                "state": _state(scenes[0]),
                "networks": [_facts(cards()[name]) for name in NETWORKS],
                "scenes": [_scene(*both) for both in zip(scenes, grounds, strict=True)],
            }
        ),
    }
    return _assembled(carried)


def _state(scene: toytown.Scene) -> dict[str, Any]:
    """What the editor's view reads beside a scene's layers."""
    from segtutor.models.zoo import cards
    from segtutor.widgets.scene import SceneEditor

    state = SceneEditor((), scene).get_state()
    models = [{"name": name, "family": cards()[name]["family"]} for name in NETWORKS]
    return {name: state[name] for name in ("size", "classes")} | {
        "models": models,
        "selected": None,
        "first": {},
        "more": {},
    }


def _facts(card: dict[str, Any]) -> dict[str, Any]:
    """What answers.js reads of a network."""
    size = [card["data"]["image_size"]] * 2
    return {name: card[name] for name in ("name", "family", "thresholds", "categories")} | {"size": size}


def _scene(scene: toytown.Scene, ground: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in ground.items() if name not in _PARTS}
    return {"things": layers.things(scene), "ground": plain, "parts": [[part, len(ground[part])] for part in _PARTS]}


def _program() -> str:
    """What a worker runs: the runtime, and our part, which calls it `ort`."""
    runtime = gzip.decompress(_vendored("ort.js.gz")).decode()
    return f"const ort = (() => {{\n{runtime}\n}})();\n{bundle('network_worker.js')}"


def _assembled(carried: dict[str, str]) -> bytes:
    host = re.sub(r"^export ", "", _text("host.js"), flags=re.MULTILINE)
    script = f"\n{host}\n{bundle('networks.js')}"
    styles = [_text("page.css"), stylesheet("canvas.css"), stylesheet("scene.css"), _STYLE]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashed}' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )
    text = "\n".join(
        [
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="segtutor {__version__}"><meta name="color-scheme" content="light dark">',
            "<title>Change the scene, and two networks answer</title>",
            *(f"<style>{style}</style>" for style in styles),
            f"</head><body>\n{_body()}",
            *(f'<script type="text/plain" id="segtutor-{name}">{text}</script>' for name, text in carried.items()),
            f'<script type="module">{script}</script>',
            "</body></html>\n",
        ]
    )
    return signed(text.encode())


def _body() -> str:
    options = "".join(f"<option>{html.escape(name)}</option>" for name in SCENES)
    folder = Path(__file__).parent.parent / "models" / "checkpoints"
    millions = {  # float32
        name.partition("-")[0]: f"{(folder / name / 'model.safetensors').stat().st_size / 4e6:.1f}" for name in NETWORKS
    }
    (runtime,) = re.findall(r"^# ONNX Runtime Web (\S+)$", _vendored("README.md").decode(), flags=re.MULTILINE)
    licence = html.escape(" ".join(_vendored("LICENSE").decode().split()))
    return _BODY.format(options=options, runtime=runtime, licence=licence, **millions)


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def _json(value: Any) -> str:
    """JSON that may stand in a script element: no "<" can end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _vendored(name: str) -> bytes:
    return (files("segtutor.pages") / "onnxruntime" / name).read_bytes()


def _text(name: str) -> str:
    return (files("segtutor.pages") / name).read_text(encoding="utf-8")

"""`segtutor page networks`: one file in which two trained networks run in the browser, from disk, without installation.

It carries networks of the shelf as ONNX (exports.py), a WebAssembly runtime for them (onnxruntime/, see its README), a
few ToyTown scenes as layers, and the SceneEditor's own view: what a learner drags is composed in JavaScript, answered
by the two networks that are chosen, in workers of the page, and counted there. The others wait in the file, unread. It
asks for nothing outside, and its own policy forbids it to.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segtutor.data import toytown
from segtutor.data.toytown import layers
from segtutor.errors import UserError
from segtutor.pages.carried import (
    assembled,
    card_facts,
    ground_bytes,
    in_planes,
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

NETWORKS = ("upernet-toytown", "mask2former-toytown")  # chosen at first
# What a page offers unless it is told others: as many as fit into 30 MB, of both families, old and new.
OFFERED = ("fcn-toytown", "segformer-toytown", *NETWORKS, "eomt-toytown")
FAMILIES = {"per-pixel": "classify pixels", "mask": "classify masks"}
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
<p>Choose any two of {count} small networks; some classify pixels, some classify masks. All were trained on drawn scenes
like these, on none of these. They run in this page, on your own machine: nothing is installed, nothing is sent. Drag a
thing, add one, recolour one: each picture is answered anew, beside the exact truth and the panoptic quality (PQ) of
each answer.</p>
<ul><li>Pull two balls apart until floor lies between them. Which network needs that to count them?</li>
<li>Hide a cat behind a ball, a little more each time. When does each network lose it?</li>
<li>Which is hurt more by a thing of another colour or pattern? By a very small one?</li></ul>
<div class="choose"><span><label for="scene">Scene</label>
<select id="scene" autocomplete="off" disabled>{options}</select></span>
<span><label for="network-0">First network</label>
<select id="network-0" autocomplete="off" disabled>{first}</select></span>
<span><label for="network-1">Second network</label>
<select id="network-1" autocomplete="off" disabled>{second}</select></span></div>
<p id="status" role="status" class="status">The page is being unpacked …</p>
<div id="editor"><noscript>This page computes in the browser: it needs JavaScript.</noscript></div>
<details><summary>The networks, and how good they are</summary>
<p>On 500 scenes of the validation split, in percent; a per-pixel network's things are the connected components of its
class map, which is why its PQ stays low where things touch.</p>
<div class="wide" tabindex="0" role="region" aria-label="The networks of this page"><table><thead><tr><th scope="col">
network</th><th scope="col">what it classifies</th><th scope="col">million weights</th><th scope="col">PQ</th>
<th scope="col">mIoU</th></tr></thead><tbody>{table}</tbody></table></div></details>
<details><summary>How this page works, and whose work is in it</summary>
<p>The networks were exported to ONNX with <code>segtutor export</code> and run in ONNX Runtime Web {runtime}, compiled
to WebAssembly, one thread each; only the two chosen ones are loaded. The scene is composed in JavaScript from layers
that the package rendered, pixel by pixel as Python does. A PQ of one picture jumps when a segment crosses IoU 0.5:
compare networks on many scenes before you believe a difference.</p>
<p>ONNX Runtime Web: {licence}</p></details></main>"""
_STYLE = """
main.networks { max-width: 1640px; margin: 0 auto; padding: 0 16px 48px; }
main.networks > p, main.networks > ul { max-width: 76ch; }
.choose { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 12px 0 4px; }
.choose span { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center; min-width: 0; }
.choose select { min-height: 32px; max-width: 100%; padding: 2px 8px; font: inherit; font-size: 15px; color: var(--ink);
  background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; }
.status { min-height: 1.6em; margin: 4px 0 12px; color: var(--faint); font-size: 15px; }
main.networks > details { margin-top: 24px; font-size: 15px; }
main.networks > details > summary { min-height: 28px; cursor: pointer; }
main.networks > details p { max-width: 90ch; }
"""


def shelf() -> tuple[str, ...]:
    """The shipped networks that a page can offer: those that answer about a whole picture, by pixels or by masks."""
    from segtutor.models.zoo import cards

    return tuple(name for family in FAMILIES for name, card in cards().items() if card["family"] == family)


def offered(models: Sequence[str] | None) -> tuple[str, ...]:
    """The networks of a page in the order of `shelf`. models: their names, by default OFFERED.

    Raises UserError for a name that is not on the shelf, and for fewer than two.
    """
    known = shelf()
    wanted = OFFERED if models is None else tuple(models)
    for name in wanted:
        if name not in known:
            raise UserError(f"models must be among {', '.join(known)}, got {name!r}: choose two or more of these")
    found = tuple(name for name in known if name in wanted)
    if len(found) < 2:
        raise UserError(
            f"models must be two or more, got {', '.join(found) or 'none'}: add another of {', '.join(known)}"
        )
    return found


def networks_page(folder: Path | None = None, models: Sequence[str] | None = None) -> bytes:
    """The whole file, signed. folder: where exported networks are kept, by default the person's cache.

    models: the networks that it offers, by default OFFERED, about 30 MB; each further one adds 2 to 6 MB.
    Takes a second, and some ten more for each network that has to be exported. Raises UserError where one has to be
    and the packages for it are missing (`pip install "segtutor[onnx]"`), and as `offered` does.
    """
    from segtutor.models.zoo import cards

    names = offered(models)
    pair = NETWORKS if set(NETWORKS) <= set(names) else names[:2]
    networks = [exported(name, folder) for name in names]
    scenes = [toytown.scene(seed) for seed in SCENES.values()]
    grounds = [layers.ground(scene) for scene in scenes]
    cutouts = layers.library(scenes)
    carried = {
        "index": json_text(cutouts["index"]),
        "cutouts": packed(cutouts["bytes"]),
        **runtime("network_worker.js"),
        **{f"network-{n}": packed(in_planes(network)) for n, network in enumerate(networks)},
        **{f"scene-{n}": ground_bytes(ground) for n, ground in enumerate(grounds)},
        "facts": json_text(
            {
                "state": editor_state(scenes[0], pair),
                "pair": [names.index(name) for name in pair],
                "networks": [card_facts(cards()[name]) for name in names],
                "scenes": [scene_facts(*both) for both in zip(scenes, grounds, strict=True)],
            }
        ),
    }
    title = "Change the scene, and two networks answer"
    styles = [text_of("page.css"), built("scene.css"), _STYLE]
    return assembled(title, _body(names, pair), text_of("built/networks.js"), styles, carried)


def editor_state(scene: toytown.Scene, pair: Sequence[str] = NETWORKS) -> dict[str, Any]:
    """What the editor's view reads beside a scene's layers. pair: the networks that answer."""
    from segtutor.models.zoo import cards
    from segtutor.widgets.scene.editor import SceneEditor

    state = SceneEditor((), scene).get_state()
    models = [{"name": name, "family": cards()[name]["family"]} for name in pair]
    return {name: state[name] for name in ("size", "classes")} | {
        "models": models,
        "selected": None,
        "first": {},
        "more": {},
    }


def _body(names: Sequence[str], pair: Sequence[str]) -> str:
    return _BODY.format(
        count=len(names),
        options="".join(f"<option>{html.escape(name)}</option>" for name in SCENES),
        first=_choices(names, pair[0]),
        second=_choices(names, pair[1]),
        table="".join(map(_row, names)),
        runtime=runtime_version(),
        licence=runtime_licence(),
    )


def _choices(names: Sequence[str], chosen: str) -> str:
    """The networks as options, in a group for each family."""
    from segtutor.models.zoo import cards

    groups = []
    for family, title in FAMILIES.items():
        options = "".join(
            f"<option{' selected' if name == chosen else ''}>{html.escape(name)}</option>"
            for name in names
            if cards()[name]["family"] == family
        )
        if options:
            groups.append(f'<optgroup label="{html.escape(title)}">{options}</optgroup>')
    return "".join(groups)


def _row(name: str) -> str:
    """A network in the table, from its card."""
    from segtutor.models.zoo import cards
    from segtutor.training.shelf import parameters

    card = cards()[name]
    numbers = (f"{parameters(name) / 1e6:.1f}", *(f"{card['metrics'][measure]:.1f}" for measure in ("pq", "miou")))
    what = {"per-pixel": "pixels", "mask": "masks"}[card["family"]]
    cells = "".join(f"<td>{cell}</td>" for cell in (what, *numbers))
    return f'<tr><th scope="row">{html.escape(name)}</th>{cells}</tr>'

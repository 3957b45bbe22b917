"""`segtutor page click`: one file in which SAM answers clicks and boxes, and CLIPSeg words, in the browser, from disk.

It carries the two small networks as ONNX (models/export_prompts.py), the WebAssembly runtime for them, a few ToyTown
scenes with their truth, and AskingCanvas' own view: the page takes Python's place behind it (scripts/click.js). A
picture is encoded once, then each click costs the decoder alone. It asks for nothing outside, and its own policy
forbids it to.

The text field takes free text of ToyTown's 27 words, by whole words, since the small CLIPSeg was trained from nothing
on these and no others; what it does not know it says.
"""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.data import toytown
from segtutor.data.toytown import language
from segtutor.data.toytown.vocabulary import COLOURS, KINDS, PATTERNS, STUFF
from segtutor.pages.carried import (
    assembled,
    in_planes,
    json_text,
    packed,
    runtime,
    runtime_licence,
    runtime_version,
    text_of,
)
from segtutor.pages.exports import ASKED, exported_prompts
from segtutor.pages.networks import SCENES
from segtutor.widgets.base.canvas import built, png_bytes

TITLE = "Click on it, or name it"
# What the view reads, of an AskingCanvas; all but these is Python's business.
_READ = (
    "points", "boxes", "scribbles", "text", "chosen", "level", "tool", "label", "brush", "size", "model_name", "color",
    "example_size",
)  # fmt: skip
_BODY = """<main class="click"><h1>Click on it, or name it</h1>
<p>One click can mean an ear, the cat, or all three cats; a small SAM gives three answers, and says of each how good
it thinks it is (its predicted IoU). A small CLIPSeg reads words instead. Both run in this page, on your own machine:
nothing is installed, nothing is sent. The picture is encoded once; after that a click costs the decoder alone.</p>
<ul><li>Click on a head. Which answer is the head, which the animal, which the group? Does the predicted IoU know?</li>
<li>Correct an answer: click on what is missing, or beside it on what is too much. How many clicks until it is
right?</li>
<li>Write <q>things not red</q>, then what is not there: <q>blue cat</q>, <q>boat</q>. What is found, and why?</li>
</ul>
<p class="choose"><span><label for="picture">Picture</label>
<select id="picture" autocomplete="off" disabled>{options}</select></span>
<span><label for="own">Your own</label>
<input id="own" type="file" accept="image/jpeg,image/png,image/webp" autocomplete="off" disabled></span>
<span>or drop a file on this page</span></p>
<p id="own-says" role="status" class="own"></p>
<p id="status" role="status" class="status">The page is being unpacked …</p>
<div id="canvas"><noscript>This page computes in the browser: it needs JavaScript.</noscript></div>
<details><summary>What the networks were taught, and how good they are</summary>
<p>Both see with the frozen backbone of <code>mask2former-toytown</code>, which is computed once for both. On
the first {click_scenes} scenes of the validation split, <code>{click}</code> has a mean IoU of {click1} % after one
click on a thing or on stuff, {click3} % after three, and {box} % for a box; parts are harder, {click3_part} % after
three clicks. On the first {text_scenes}, <code>{text}</code> has {phrases} % for a phrase; for {silent} % of phrases
whose colour is not there, such as <q>blue cat</q> among red ones, it is silent: it marks fewer than 30 pixels.</p>
<p>The words are {words}; articles and plurals may be added. The published CLIPSeg reads any English through the byte
pairs of CLIP; this one learned {count} words from nothing and reads them whole.</p></details>
<details><summary>How this page works, and whose work is in it</summary>
<p>The networks were exported to ONNX and run in ONNX Runtime Web {runtime}, compiled to WebAssembly, on one thread.
What stands beside an answer as <q>true</q> is its IoU with the scene's own truth; the next click is proposed where the
largest error is deepest. Lesson 13 of the course, <q>Can I just point at it?</q>, builds both networks by hand.</p>
<p>ONNX Runtime Web: {licence}</p></details></main>"""
_STYLE = """
main.click { max-width: 1180px; margin: 0 auto; padding: 0 16px 48px; }
main.click > p, main.click > ul { max-width: 76ch; }
main.click > p.choose { max-width: none; }
.choose { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 12px 0 4px; }
.choose > span { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; max-width: 100%; }
.choose input { min-height: 32px; max-width: 100%; font: inherit; font-size: 15px; color: var(--ink); }
.own { max-width: 76ch; margin: 4px 0; font-size: 15px; }
.own:empty { margin: 0; }
.dropping #canvas { outline: 3px dashed var(--link); outline-offset: 4px; }
.choose select { min-height: 32px; max-width: 100%; padding: 2px 8px; font: inherit; font-size: 15px; color: var(--ink);
  background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; }
.status { min-height: 1.6em; margin: 4px 0 12px; color: var(--faint); font-size: 15px; }
main.click > details { margin-top: 24px; font-size: 15px; }
main.click > details > summary { min-height: 28px; cursor: pointer; }
main.click > details p { max-width: 90ch; }
"""


def click_page(folder: Path | None = None) -> bytes:
    """The whole file, signed. folder: where exported networks are kept, by default the person's cache.

    Takes some seconds, and half a minute more where the networks have to be exported. Raises UserError where they have
    to be and the packages for it are missing (`pip install "segtutor[onnx]"`).
    """
    graphs = exported_prompts(folder)
    scenes = [toytown.scene(seed) for seed in SCENES.values()]
    drawn = [scene.draw() for scene in scenes]
    facts = {
        "state": _state(scenes[0], drawn[0][0]),
        "scenes": [_scene_facts(scene, *both) for scene, both in zip(scenes, drawn, strict=True)],
        "vocabulary": _vocabulary(),
        "names": {"click": ASKED[0], "text": ASKED[1]},
    }
    carried = {
        **runtime("prompt_worker.js"),
        **{f"graph-{name}": packed(in_planes(graph)) for name, graph in graphs.items()},
        **{
            f"scene-{n}": packed(_truth_bytes(scene, ids))
            for n, (scene, (_, ids)) in enumerate(zip(scenes, drawn, strict=True))
        },
        "facts": json_text(facts),
    }
    styles = [text_of("page.css"), built("asking.css"), _STYLE]
    return assembled(TITLE, _body(), text_of("built/click.js"), styles, carried)


def _state(scene: toytown.Scene, image: np.ndarray) -> dict[str, Any]:
    """What the view begins with: that of a canvas which asks SAM, and may be asked by words too."""
    from segtutor.widgets.prompts.canvas import PromptCanvas

    canvas: Any = PromptCanvas  # with a model, it makes the canvas that asks, whose arguments are others
    state = canvas(image, scene, model=ASKED[0]).get_state()
    return {name: state[name] for name in _READ} | {"tools": ["point", "box", "text"]}


def _scene_facts(scene: toytown.Scene, image: np.ndarray, ids: np.ndarray) -> dict[str, Any]:
    """picture: PNG in base64; regions: in the order of `_truth_bytes`; words: phrases that are true of something."""
    phrases = language.phrases(scene, ids)
    return {
        "picture": base64.b64encode(png_bytes(image)).decode(),
        "regions": [{"level": region.level, "name": region.name} for region in scene.regions(ids)],
        "things": [{"kind": one.kind, "colour": one.colour, "pattern": one.pattern} for one in scene.things],
        "words": sorted(phrases, key=lambda one: (len(one.split()), one)),
    }


def _truth_bytes(scene: toytown.Scene, ids: np.ndarray) -> bytes:
    """The masks of all regions, one bit a pixel, then the segment ids, a byte each."""
    masks = b"".join(np.packbits(region.mask).tobytes() for region in scene.regions(ids))
    return masks + ids.astype(np.uint8).tobytes()


def _vocabulary() -> dict[str, Any]:
    """What scripts/phrases.js reads words with."""
    return {
        "words": language.WORDS,
        "most": language.MOST_WORDS,
        "articles": language.ARTICLES,
        "forms": language.OTHER_FORMS,
        "colours": COLOURS,
        "patterns": PATTERNS,
        "kinds": KINDS,
        "stuff": STUFF,
    }


def _body() -> str:
    from segtutor.models.zoo import cards

    sam, clipseg = (cards()[name] for name in ASKED)
    measured = sam["metrics"] | clipseg["metrics"]
    return _BODY.format(
        options="".join(f"<option>{html.escape(name)}</option>" for name in SCENES),
        click=sam["name"],
        text=clipseg["name"],
        click_scenes=_validation_scenes(sam),
        text_scenes=_validation_scenes(clipseg),
        click1=f"{measured['click1_iou']:.1f}",
        click3=f"{measured['click3_iou']:.1f}",
        click3_part=f"{measured['click3_iou_part']:.1f}",
        box=f"{measured['box_iou']:.1f}",
        silent=f"{measured['text_silent']:.1f}",
        phrases=f"{measured['text_iou']:.1f}",
        words=html.escape(", ".join(language.WORDS)),
        count=len(language.WORDS),
        runtime=runtime_version(),
        licence=runtime_licence(),
    )


def _validation_scenes(card: dict[str, Any]) -> int:
    first, last = card["data"]["validation_seeds"]
    return last - first + 1

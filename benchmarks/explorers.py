"""How soon the explorers answer, in a real browser: the latency table, first display, state, memory.

    python -m benchmarks explorers [--quick] [--json FILE]

Pictures have 384 x 384 pixels and 100 queries, unless a row says otherwise. What is measured: benchmarks/_pages.py. A
ratio is goal / measured, so 1 is the goal and larger is better.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks._pages import POINTER, SLIDER, Action, Case, browser, chromium_path, shown, state_bytes, tests_module

BY_NAME_ONLY = True  # it needs a browser, and minutes
SIDE, QUERIES = 384, 100
BROWSER_MS, KERNEL_MS, FIRST_MS, LAYER_BYTES, GROWTH_MB = 16.0, 50.0, 300.0, 1_000_000, 1.0
ASKED_MS = 40.0  # from a click to its mask, beside what the network takes
MOVES = 10_000
PICTURE = "canvas.segtutor-canvas"


def rows(settings: harness.Settings) -> Iterator[dict]:
    if chromium_path() is None:
        yield harness.skipped_row("explorers", None, "no Chromium: name one in CHROMIUM")
        return
    import torch

    torch.set_num_threads(1)
    count = 15 if settings.quick else 60
    with browser() as chromium:
        for case in cases():
            with shown(chromium, case) as page:
                yield from _rows_of(case, page, count, settings.quick)


def _rows_of(case: Case, page: Any, count: int, quick: bool) -> Iterator[dict]:
    for action in case.actions:
        name = f"{case.name}: {action.name}"
        try:
            times, cpu = page.times(action, count)
        except Exception as error:  # the other rows are still worth having, and the exit status says that one is not
            yield harness.failed_row(name, error)
            continue
        goal, where = (KERNEL_MS, "kernel") if action.kernel else (BROWSER_MS, "browser")
        if action.network is not None:
            own = float(np.median(action.network(page.bare.widget)[-count:]))
            goal, where = ASKED_MS + own, f"network {own:.1f} ms, the rest kernel and browser"
        median, p90 = float(np.median(times)), float(np.quantile(times, 0.9))
        note = f"{where}: median {median:.1f} ms, 90 % within {p90:.1f} ms, goal {goal:g} ms; {cpu:.1f} ms of CPU"
        kept = {"median_ms": median, "p90_ms": p90, "cpu_ms": cpu, "computed_in": where}
        yield harness.against_limit(name, times, goal, "ms", largest=True, note=note, **kept)
    if case.actions:
        where = case.actions[0].where
        first = [page.first_display(where) for _ in range(3 if quick else 7)]
        note = f"{np.median(first):.0f} ms, goal {FIRST_MS:g} ms; {page.python_ms:.0f} of them in Python"
        name = f"{case.name}: first display"
        yield harness.against_limit(name, first, FIRST_MS, "ms", largest=True, note=note, python_ms=page.python_ms)
    layers = case.layers(page.bare.widget)
    size = state_bytes(page.bare.widget) / layers
    note = f"{size / 1000:.0f} kB, goal {LAYER_BYTES / 1000:g} kB"
    name = f"{case.name}: state of a picture{' and layer' if layers > 1 else ''}"
    yield harness.against_limit(name, [size], LAYER_BYTES, "bytes", largest=True, note=note)
    if case.moves is not None and not quick:
        grown = page.growth(case.moves, MOVES)
        note = f"{grown:+.2f} MB, goal at most {GROWTH_MB:g} MB"
        ratio = GROWTH_MB / max(grown, 0.01)
        yield harness.row(f"{case.name}: memory after {MOVES} moves", ratio, 1.0, note=note, grown_mb=grown)


def cases() -> list[Case]:
    """Every explorer, with one action for each way in which it answers."""
    import segtutor as st

    w, picture = st.widgets, PICTURE
    pointer, query = POINTER % (picture, 0), 'model.set("query", (n * 7) % 100);'
    thresholds = (
        Action("score slider to picture", SLIDER % (0, "(n * 0.37) % 1"), picture),
        Action("mask slider to picture", SLIDER % (1, "0.2 + (n * 0.29) % 0.6"), picture),
        Action("overlap slider to picture", SLIDER % (2, "(n * 0.31) % 1"), picture),
        Action("query to picture", query, picture),
    )
    queries = (
        Action("query to picture", query, picture),
        Action("layer to picture", SLIDER % (0, "n % 4"), picture, settle=3000),
    )
    weights = 'model.set("weights", { class: 2, bce: n / 10, dice: 5 });'
    matching = (
        Action("weight to matrix", weights, ".segtutor-matrix"),
        Action("pair to masks", 'model.set("cell", [page.queries[n % 30], n % 5]);', picture),
        Action("step of the algorithm", 'model.set("step", 1 + (n % 30));', ".segtutor-widget"),
    )
    score = (
        Action("segment to picture", 'model.set("selected", ["prediction", page.ids[n % page.ids.length]]);', picture),
        Action("repair to picture", _REPAIR, picture),
    )
    training = (
        Action("pointer to curves", POINTER % ("canvas.segtutor-plot", 0), "canvas.segtutor-plot"),
        Action("step slider to scene", SLIDER % (0, "10 + (n * 37) % 180"), picture),
    )
    attention = (
        Action("query to picture", 'model.set("query", n % 12);', picture),
        Action("layer to picture", 'model.set("layer", n % 3);', picture),
    )
    stage, things = "canvas.segtutor-scene-picture", _THING
    scene = (
        Action("moved thing to picture", things, stage),
        Action("moved thing to answer", things, f"{picture}[aria-label*=guesser]", kernel=True),
    )
    inside = (
        Action("pixel to boxes", 'model.set("pixel", [(n * 37) % 128, (n * 53) % 128]);', ".where"),
        Action("query to boxes", 'model.set("query", (n * 7) % 24);', '[data-box="masks"] .says'),
        Action("threshold to merge", 'model.set("score_threshold", (n % 2) * 0.99);', '[data-box="merge"] canvas'),
        # 4.9 MB of tensors come back, through base64 on the bare page
        Action("moved thing to boxes", things, '[data-box="merge"] canvas', kernel=True,
               network=lambda it: it.network_ms),
    )  # fmt: skip
    prompts = (Action("stroke to picture", _STROKE, "canvas"),)
    taken = (Action("click to mask", _CLICK, ".segtutor-answers canvas", True, network=lambda it: it.network_ms),)
    return [
        Case("PixelExplorer", lambda: w.PixelExplorer(_pixels(), _masks()),
             (Action("pointer to pictures", pointer, picture),), moves=(picture, 0), layers=lambda explorer: 2),
        Case("QueryExplorer", lambda: w.QueryExplorer(_masks(), preload=True), queries, moves=(picture, 0),
             layers=lambda explorer: len(explorer.layers), usual=lambda: w.QueryExplorer(_masks())),
        Case("ThresholdExplorer", lambda: w.ThresholdExplorer(_toy(), None, _toy().truth), thresholds,
             moves=(picture, 0)),
        Case("MatchingGame", lambda: w.MatchingGame(_toy(), None, _toy().truth, queries=40), matching,
             given=lambda game: {"queries": game.query_numbers}),
        Case("ScoreExplorer", _score, score, moves=(picture, 1),
             given=lambda explorer: {"ids": [one.id for one in explorer.result.segments]}),
        Case("TrainingView", _training, training, moves=("canvas.segtutor-plot", 0)),
        Case("AttentionExplorer, 128 x 128", _attention, attention, moves=(picture, 0),
             layers=lambda explorer: len(explorer.layers)),
        Case("SceneEditor, 128 x 128", _scene, scene, given=lambda editor: {"things": editor.things}),
        Case("Explainer, 128 x 128", _explainer, inside, given=lambda explainer: {"things": explainer.things}),
        Case("PromptCanvas", lambda: w.PromptCanvas(_toy().image, classes=["cat", "sofa"]), prompts),
        Case("PromptCanvas asking sam-toytown, 128 x 128", _asking, taken),
    ]  # fmt: skip


# A thing is dragged over whole pixels of the canvas, two to a pixel of the picture (moved in scene/compose.js).
_THING = """const whole = (share) => Math.round(256 * share) / 256;
const to = (thing) => ({ ...thing, x: whole(0.2 + (n * 0.17) % 0.6), y: whole(thing.y) });
const moved = page.things.map((thing, k) => (k ? thing : to(thing)));
model.set("things", moved);"""
_STROKE = """const sheet = document.querySelector(".segtutor-sheet"), box = sheet.getBoundingClientRect();
const say = (name) => sheet.dispatchEvent(new PointerEvent(name, { bubbles: true, pointerType: "mouse", pointerId: 1,
  isPrimary: true, button: 0, buttons: 1,
  clientX: box.left + 20 + (n * 37) % 300, clientY: box.top + 20 + (n * 53) % 300 }));
if (!page.down) say("pointerdown");
page.down = true;
say("pointermove");"""
_CLICK = """const sheet = document.querySelector(".segtutor-sheet"), box = sheet.getBoundingClientRect();
model.set("points", []);
for (const kind of ["pointerdown", "pointerup"])
  sheet.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerType: "mouse", pointerId: 1, button: 0,
    clientX: box.left + 20 + (n * 37) % 470, clientY: box.top + 20 + (n * 53) % 470 }));"""
_REPAIR = """model.set("repairs", page.ids.slice(0, 1 + (n % 3)).map((segment) => ({ do: "remove", segment })));"""


@cache
def _toy() -> Any:
    return tests_module("toy_segmenter").ToySegmenter(size=SIDE, queries=QUERIES)


@cache
def _masks() -> Any:
    return tests_module("toy_explorers").ToyLayers(size=SIDE, queries=QUERIES)


@cache
def _pixels() -> Any:
    return tests_module("toy_explorers").ToyPixels(size=SIDE)


def _score() -> Any:
    import segtutor as st

    toy = _toy()
    prediction = st.panoptic_inference(toy.output, (SIDE, SIDE), toy.categories)
    return st.widgets.ScoreExplorer(toy.image, prediction, toy.truth)


def _attention() -> Any:
    import segtutor as st

    toy = tests_module("toy_segmenter").ToySegmenter()
    return st.widgets.AttentionExplorer(st.load("mask2former-toytown"), toy.image, preload=True)


def _asking() -> Any:
    """A real network: a click is encoded, decoded, compared with the truth, and the next click is found."""
    import segtutor as st

    scene = st.toytown.scene(19)
    made = st.widgets.PromptCanvas(scene.draw()[0], scene, model="sam-toytown")
    made.network_ms = []
    made.observe(lambda change: made.network_ms.append(change["new"]["ms"]), ["answers"])
    return made


def _explainer() -> Any:
    """Both shipped networks, with all their tensors."""
    import time

    import segtutor as st

    made = st.widgets.Explainer(scene=st.toytown.scene(203719))
    made.network_ms = []
    told = made._told

    def timed(*given: Any) -> Any:
        start = time.perf_counter()
        answer = told(*given)
        made.network_ms.append(1000 * (time.perf_counter() - start))
        return answer

    made._told = timed
    return made


def _scene() -> Any:
    """Two models that need no time to speak of: what is measured is the way to the kernel and back."""
    import segtutor as st

    guesser = tests_module("test_scene_editor").SceneGuesser
    return st.widgets.SceneEditor([guesser(), guesser()], scene=st.toytown.scene(9))


@cache  # a view is there before its training: what takes time is no part of its display
def _training() -> Any:
    """200 steps of a mask classifier with ten layers, and 20 predictions of its scene."""
    import segtutor as st

    toy, random, view = _toy(), np.random.default_rng(0), st.widgets.TrainingView(every=0)
    for step in range(1, 201):
        layers = {name: [30 / step + k / 10 + random.normal(0, 0.1) for k in range(10)] for name in ("class", "dice")}
        event: dict[str, Any] = {"step": step, "done": step / 400, "layers": layers, "lr": 1e-3}
        event |= {
            "loss": sum(map(sum, layers.values())),
            "images_per_second": 9.0,
            "seconds_left": 60.0,
            "cpu_minutes": 1.0,
        }
        if step % 10 == 0:
            said = st.panoptic_inference(toy.output, (SIDE, SIDE), toy.categories, score_threshold=1 - step / 250)
            event["scene"] = {"index": 0, "image": toy.image, "segmentation": toy.truth, "prediction": said}
        view(event)
    return view

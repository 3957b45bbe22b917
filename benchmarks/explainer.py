"""How soon the Explainer answers, in a real browser: from a change to all boxes, from the pointer to what is linked.

    python -m benchmarks explainer [--quick] [--json FILE]

Both networks run in workers, one thread each. A ratio is goal / measured, so 1 is the goal and larger is better.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import harness
from benchmarks._pages import browser, chromium_path

BY_NAME_ONLY = True  # it needs a browser, and exports both networks at the first time
ALL_MS, POINTER_MS, READY_MS, SCRIBBLE_MS = 100.0, 16.0, 4000.0, 500.0
# A thing is moved; until every box has been drawn from what the networks answered.
CHANGE = """async (count) => { const page = window.segtutorExplainer, times = []; page.edited.act.select(0);
  for (let n = 0; n < count; n++) { const start = performance.now(); page.edited.act.move(n % 2 ? 4 : -4, 0);
    await new Promise((go) => { const look = () => (page.settled() ? go() : requestAnimationFrame(look)); look(); });
    times.push(performance.now() - start); } return times; }"""
# The pointer moves over a map; until all that depends on the pixel has been written (without the browser's paint).
POINTER = """(count) => { const page = window.segtutorExplainer, times = [];
  for (let n = 0; n < count; n++) { page.view.pixel = [(n % 61) / 61, (n % 47) / 47];
    const start = performance.now(); page.looked(); document.body.offsetHeight; times.push(performance.now() - start); }
  return times; }"""


# A stroke of another class is added; until the map that was learned from all strokes has been drawn.
SCRIBBLE = """(count) => { const { scribbles } = window.segtutorExplainer, times = [];
  for (let n = 0; n < count; n++) { if (n % 12 === 0) scribbles.clear();
    const y = 8 + 9 * (n % 12), start = performance.now();
    scribbles.paint(n % 4, [[10 + n % 40, y], [60 + n % 40, y + 4]]);
    if (n % 12) times.push(performance.now() - start); } return times; }"""


def rows(settings: harness.Settings) -> Iterator[dict]:
    if chromium_path() is None:
        yield harness.skipped_row("explainer", None, "no Chromium: name one in CHROMIUM")
        return
    from segtutor.pages.explainer import explainer_page

    count = 15 if settings.quick else 60
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        path = Path(folder) / "explainer.html"
        path.write_bytes(explainer_page())
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.goto(path.as_uri())
        page.locator("html[data-ready]").wait_for(state="attached", timeout=120000)
        ready = page.evaluate("() => window.segtutorExplainer.readyMs()")
        yield _row("explainer: from opening to both answers", [ready], READY_MS)
        page.evaluate(CHANGE, 5)
        yield _row("explainer: a change, to all boxes", page.evaluate(CHANGE, count), ALL_MS)
        for box in ("masks", "attention", "pixel-decoder", "merge"):
            page.evaluate("(name) => window.segtutorExplainer.act.open(name)", box)
            yield _row(f"explainer: pointer, {box} open", page.evaluate(POINTER, 2 * count), POINTER_MS)
        yield _row("explainer: a stroke, to the map it teaches", page.evaluate(SCRIBBLE, count), SCRIBBLE_MS)


def _row(name: str, times: list[float], goal: float) -> dict:
    median, p90 = float(np.median(times)), float(np.quantile(times, 0.9))
    note = f"median {median:.1f} ms, 90 % within {p90:.1f} ms, goal {goal:g} ms"
    return harness.against_limit(name, times, goal, "ms", largest=True, note=note, median_ms=median, p90_ms=p90)

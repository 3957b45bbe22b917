"""PixelExplorer and QueryExplorer on a bare page: mouse, keyboard, touch, themes, narrow windows, speed.

Their segmenters have no network. tests/browser/bare.py is the page; test_widget_browser.py has a real JupyterLab.
"""

from __future__ import annotations

import re
import statistics

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_widget_browser import CONTRAST
from toy_explorers import ToyLayers, ToyPixels

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def masks() -> ToyLayers:
    return ToyLayers()


@pytest.fixture(scope="module")
def pixels() -> ToyPixels:
    return ToyPixels()


@pytest.fixture
def queries(browser, masks):
    with mount(browser, st.widgets.QueryExplorer(masks), has_touch=True) as bare:
        bare.page.get_by_role("button", name=re.compile("^Query .*kept")).first.wait_for()
        yield bare


@pytest.fixture
def both(browser, pixels, masks):
    with mount(browser, st.widgets.PixelExplorer(pixels, masks), has_touch=True) as bare:
        bare.set(view="answer")
        bare.page.get_by_role("img", name="The answer of toy-pixels").wait_for()
        bare.set(view="evidence")
        yield bare


def _settled(bare, milliseconds: int = 700) -> None:
    """What is computed between frames, and what is told to Python when things are quiet."""
    bare.page.wait_for_timeout(milliseconds)
    bare.frame()


def _place(bare, canvas: int, x: int, y: int) -> tuple[float, float]:
    box = bare.page.locator("canvas").nth(canvas).bounding_box()
    height, width = bare.widget.size
    return box["x"] + (x + 0.5) * box["width"] / width, box["y"] + (y + 0.5) * box["height"] / height


def _same_in_both_themes_and_readable(bare, which: int) -> None:
    pictures = []
    for theme in ("light", "dark", "none"):
        bare.theme(theme)
        pictures.append(bare.picture(which))
        if theme != "none":
            colors = bare.page.evaluate(CONTRAST)
            assert len(colors) > 20
            assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
    assert pictures[0] == pictures[1] == pictures[2]


def _fits(bare) -> None:
    assert bare.page.evaluate(SMALL) == []
    assert bare.page.evaluate(UNNAMED) == []
    for width in (1600, 768, 320):
        bare.resize(width)
        assert bare.page.evaluate(CUT_OFF) == [], width
    bare.resize(1100)


# ---------------------------------------------------------------- QueryExplorer


def test_a_query_is_looked_at_held_and_let_go_by_mouse(queries):
    page, widget = queries.page, queries.widget
    whole = queries.picture()
    kept = page.get_by_role("button", name=re.compile("^Query .*kept"))
    kept.nth(1).hover()
    assert queries.picture() != whole
    assert widget.query is None
    page.mouse.move(2, 2)
    assert queries.picture() == whole
    kept.nth(1).click()
    page.mouse.move(2, 2)
    _settled(queries)
    assert kept.nth(1).get_attribute("aria-pressed") == "true"
    name = kept.nth(1).get_attribute("aria-label")
    assert name.startswith(f"Query {widget.query}: {widget.fate['class']}, score {widget.fate['score']:.2f}")
    fates = page.locator(".segtutor-fates").inner_text()
    assert f"It wins {widget.fate['panoptic']['area']} " in fates
    assert f"Of its {widget.fate['semantic']['mask_area']} pixels" in fates
    for place in widget.fate["instance"][:3]:
        assert f"{place['rank']}. {place['class']} ({place['score']:.2f})" in fates
    spoken = page.locator("[role=status]").inner_text()
    assert spoken.startswith(f"Query {widget.query}, layer 3")
    views = set()
    for view in ("mask", "semantic", "instance", "panoptic"):
        page.get_by_role("radio", name=view, exact=True).check()
        views.add(queries.picture())
        assert widget.view == view
    assert len(views) >= 2  # where a query wins all of its mask, the last three are alike
    kept.nth(1).click()
    queries.frame()
    assert widget.query is None
    x, y = _place(queries, 0, 10, 10)
    page.mouse.click(x, y)  # the sky: holds the query that painted it
    queries.frame()
    assert widget.fate["class"] == "sky"


def test_layers_are_fetched_when_looked_at_and_change_what_is_said(queries):
    page, widget = queries.page, queries.widget
    widget_query = next(n for n, color in enumerate(widget.colors) if color != (128, 128, 128))
    queries.set(query=widget_query)
    _settled(queries)
    final, thumbs = queries.picture(), page.evaluate("() => document.querySelectorAll('canvas')[1].toDataURL()")
    slider = page.get_by_role("slider", name="Decoder layer")
    slider.focus()
    page.keyboard.press("Home")
    _settled(queries)
    assert widget.layer == 0
    asked = [content[0]["layer"] for kind, content in queries.received if kind == "message"]
    assert asked == [0]
    assert slider.get_attribute("aria-valuetext") == "initial queries, shown"
    assert queries.picture() != final
    assert page.evaluate("() => document.querySelectorAll('canvas')[1].toDataURL()") != thumbs
    assert f"probability {widget.fate['score']:.2f}" in page.locator(".segtutor-detail").inner_text()
    page.keyboard.press("End")
    _settled(queries)
    assert queries.picture() == final
    page.keyboard.press("Home")
    queries.frame()
    assert [content[0]["layer"] for kind, content in queries.received if kind == "message"] == [0]
    queries.set(layer=2)
    _settled(queries)
    assert slider.input_value() == "2"
    assert page.locator(".segtutor-summary").inner_text().startswith("layer 2: ")


def test_queries_are_sorted_chosen_and_walked_through_by_keyboard(queries):
    page, widget = queries.page, queries.widget
    numbers = "() => [...document.querySelectorAll('.segtutor-thumb-name')].map((n) => parseInt(n.textContent))"
    from segtutor.widgets.base.reading import query_order

    for sort in ("number", "area", "class", "score"):
        page.get_by_role("radio", name=sort, exact=True).check()
        queries.frame()
        assert page.evaluate(numbers) == query_order(widget.output, sort), sort
    queries.set(show="kept")
    kept = page.evaluate(numbers)
    assert 0 < len(kept) < 24
    queries.set(show="no object")
    assert not set(page.evaluate(numbers)) & set(kept)
    queries.set(show="all")
    assert page.locator(".segtutor-thumb[tabindex='0']").count() == 1
    page.locator(".segtutor-thumb[tabindex='0']").focus()
    order = page.evaluate(numbers)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    queries.frame()
    assert widget.query == order[1]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    queries.frame()
    assert widget.query is None


def test_query_explorer_by_touch_in_all_widths_and_themes(queries):
    queries.resize(320)
    page = queries.page
    button = page.get_by_role("button", name=re.compile("^Query .*kept")).nth(2)
    button.scroll_into_view_if_needed()
    button.tap()
    queries.frame()
    assert queries.widget.query is not None
    queries.resize(1100)
    _settled(queries)
    _fits(queries)
    _same_in_both_themes_and_readable(queries, 0)


# ---------------------------------------------------------------- PixelExplorer


def test_the_pointer_reads_a_pixel_and_a_click_pins_it(both):
    page, widget = both.page, both.widget
    pictures = [both.picture(0), both.picture(1)]
    page.mouse.move(*_place(both, 1, 16, 76))
    both.frame()
    assert widget.pixel == [16, 76]
    said = widget.read(16, 76)
    text = page.locator(".segtutor-widget").inner_text()
    best, claim = said["per_pixel"][0], said["claims"][0]
    assert f"Pixel (16, 76): {best['class']}, probability {100 * best['probability']:.1f} %" in text
    assert f"painted by query {said['painted_by']}" in text
    assert f"query {claim['query']}: {claim['class']}" in text
    assert f"{claim['score']:.2f} × {claim['mask_probability']:.2f} = {claim['claim']:.2f}" in text
    assert both.picture(0) != pictures[0]
    assert both.picture(1) != pictures[1]
    for canvas, x, y in ((1, 16, 76), (0, 96, 76), (0, 3, 3)):
        page.mouse.click(*_place(both, canvas, x, y))
    both.frame()
    assert widget.pins == [[16, 76], [96, 76], [3, 3]]
    assert page.get_by_role("row").count() == 4
    assert "These 3 pixels" in page.locator(".segtutor-summary").inner_text()
    page.mouse.click(*_place(both, 0, 3, 3))  # a second click takes the pin off
    page.get_by_role("button", name="Take pin 1 off").click()
    both.frame()
    assert widget.pins == [[96, 76]]
    page.get_by_role("button", name="Take all pins off").click()
    assert widget.pins == []


def test_the_keyboard_moves_the_cross(both):
    page, widget = both.page, both.widget
    both.set(pixel=None)  # the cross then begins in the middle
    page.get_by_role("application", name=re.compile("Classify masks")).focus()
    page.keyboard.press("ArrowRight")
    assert widget.pixel == [64, 64]
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    both.frame()  # the pin may be heard a moment after its key
    assert (widget.pixel, widget.pins) == ([55, 63], [[55, 63]])
    _settled(both, 900)
    assert page.locator("[role=status]").inner_text().startswith("Pixel (55, 63)")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowUp")
    assert widget.pixel == [55, 0]
    page.keyboard.press("Escape")
    assert widget.pixel is None
    both.set(pixel=[1, 2], pins=[[5, 5], [6, 6]])
    assert "(1, 2)" in page.locator(".segtutor-detail").first.inner_text()


def test_pixel_explorer_by_touch_in_all_widths_and_themes(both):
    both.resize(320)
    both.page.touchscreen.tap(*_place(both, 0, 30, 40))
    both.frame()
    assert (both.widget.pixel, both.widget.pins) == ([30, 40], [])
    both.page.get_by_role("button", name="Pin this pixel").tap()
    both.frame()
    assert both.widget.pins == [[30, 40]]
    both.resize(1100)
    both.set(pins=[[30, 40], [90, 80]])
    _settled(both)
    _fits(both)
    _same_in_both_themes_and_readable(both, 1)


# ---------------------------------------------------------------- leaks and speed

HEAP = "() => { window.gc?.(); return performance.memory.usedJSHeapSize / 1e6; }"
MOVES = """async (count) => {
  const canvas = document.querySelectorAll('canvas')[1], box = canvas.getBoundingClientRect();
  for (let n = 0; n < count; n++) {
    canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse",
      clientX: box.left + 5 + (n * 7) % (box.width - 10), clientY: box.top + 5 + (n * 3) % (box.height - 10) }));
    if (n % 50 === 0) await new Promise(requestAnimationFrame);
  }
}"""
# From an event to the end of the frame in which the picture changed.
FRAMES = """async ({ count, action }) => {
  const canvas = document.querySelectorAll('canvas')[0], box = canvas.getBoundingClientRect(), times = [];
  const model = window.bare.model;
  const act = {
    pixel: (n) => canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse",
      clientX: box.left + 9 + (n * 37) % (box.width - 18), clientY: box.top + 9 + (n * 53) % (box.height - 18) })),
    query: (n) => model.set("query", (n * 7) % 100), layer: (n) => model.set("layer", n % 4) }[action];
  for (let n = 0; n < count; n++) {
    await new Promise((go) => setTimeout(go, 60));
    const start = performance.now();
    act(n);
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
    times.push(performance.now() - start);
  }
  return times;
}"""


def _cpu(session) -> dict[str, float]:
    """Milliseconds of the page's thread so far: what an idle machine would need, whatever else runs on this one."""
    found = {one["name"]: 1000 * one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {name: found[f"{name}Duration"] for name in ("Script", "RecalcStyle", "Layout", "Task")}


def test_running_the_cell_again_and_moving_for_long_leaves_nothing_behind(both):
    page = both.page
    for _ in range(3):
        both.again()
    listeners = page.evaluate("() => window.bare.listeners()")
    page.evaluate(MOVES, 2000)
    before = page.evaluate(HEAP)
    for _ in range(10):
        both.again()
    page.evaluate(MOVES, 2000)
    assert page.evaluate("() => window.bare.listeners()") == listeners
    assert page.evaluate(HEAP) < before + 40


def test_latency_is_reported(browser, capsys):
    """384 x 384 and 100 queries; printed rather than asserted: machines differ, and tests share theirs."""
    masks, pixels = ToyLayers(size=384, queries=100), ToyPixels(size=384)
    lines = []
    explorers = {
        "pixel": st.widgets.PixelExplorer(pixels, masks),
        "query": st.widgets.QueryExplorer(masks, preload=True),
    }
    for action, explorer in explorers.items():
        with mount(browser, explorer) as bare:
            lines.append(f"{explorer!r}: first display {bare.first_ms:.0f} ms")
            _settled(bare, 3000)
            session = bare.page.context.new_cdp_session(bare.page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            for what in ("pixel",) if action == "pixel" else ("query", "layer"):
                before = _cpu(session)
                times = bare.page.evaluate(FRAMES, {"count": 40, "action": what})
                spent = {name: (value - before[name]) / len(times) for name, value in _cpu(session).items()}
                middle, slowest = statistics.median(times), sorted(times)[int(0.9 * len(times))]
                lines.append(f"  {what} to picture: median {middle:.1f} ms, 90 % within {slowest:.1f} ms")
                lines.append("    of the processor: " + ", ".join(f"{k} {v:.1f} ms" for k, v in spent.items()))
                assert len(times) == 40
    with capsys.disabled():
        print("\n" + "\n".join(lines))

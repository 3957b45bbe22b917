"""The Explainer's page for whoever comes: in three languages, by finger, by keys alone."""

import re

import pytest
from opened_explainer import BOXES, FRAME, Opened

from segtutor.words import catalogue, tr

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
STATE = "scene=0&pixel=66,92&query=5&layer=2&step=4&box=masks&masked=0&without=3,7&score=0.5"
VIEW = "() => JSON.stringify([segtutorExplainer.view, segtutorExplainer.thresholds])"
# All that is said, every box opened, the merge walked, every step of the tour answered: texts, names of what has no
# text, titles; not what another language is marked for
SAID = """async (boxes) => {
  const said = new Set([document.title]), { lang } = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const read = async () => {
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node; (node = walk.nextNode()); ) {
      const at = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      if (at.closest("script, style, noscript") || at.closest("body [lang]")) continue;
      if (node !== at) said.add(node.data.trim().replace(/\\s+/g, " "));
      else for (const name of ["aria-label", "title", "alt", "placeholder"]) said.add(at.getAttribute(name) ?? "");
    }
  };
  await read();
  for (const name of boxes) {
    if (segtutorExplainer.view.box !== name) one(`[data-open="${name}"]`).click();
    await read();
  }
  const steps = one("#opened select");
  for (let n = 0; n < steps.options.length; n++) {
    steps.selectedIndex = n;
    steps.dispatchEvent(new Event("change"));
    await read();
  }
  const [back, next, notice] = document.querySelectorAll("#tour .steps button");
  while (!back.disabled) back.click();
  for (let more = true; more; ) {
    notice.click();
    await read();
    more = !next.disabled;
    next.click();
  }
  return [...said].filter((text) => /[A-Za-z]{2}/.test(text));
}"""
# What is called alike in each language: files, formats, measures
ALIKE = re.compile(r"segtutor/[\w/]+\.py|SVG|PNG|IoU|PQ [\d.]+ %|ONNX Runtime Web:")


def texts_of(language: str) -> set[str]:
    """The parts of its translations, as they lie between elements and values."""
    found = catalogue(language)["messages"].values()
    whole = [text for one in found for text in ([one] if isinstance(one, str) else one)]
    return {part.strip() for text in whole for part in re.split(r"\{\w+\}|</?\w+>", text)}


def test_nothing_is_left_in_english(browser, explainer_file):
    one = Opened(browser, explainer_file, f"#{STATE}")
    page = one.page
    assert page.evaluate("() => document.documentElement.lang") == "en"
    assert page.locator(".translated").is_hidden()
    english, view = set(page.evaluate(SAID, BOXES)), page.evaluate(VIEW)
    assert len(english) > 500
    for tag in ("ja", "zh-Hans"):
        # what was chosen a moment ago is kept, though the address follows later
        page.evaluate(
            """(tag) => { segtutorExplainer.act.query(9); const select = document.getElementById("language");
            select.value = tag; select.dispatchEvent(new Event("change")); }""",
            tag,
        )
        page.locator(f"html[lang={tag}][data-ready]").wait_for(state="attached", timeout=240000)
        assert page.evaluate("() => segtutorExplainer.view.query") == 9
        page.evaluate("() => segtutorExplainer.act.query(5)")
        assert page.title() == tr("The Segmentation Explainer", tag)
        statement = tr(
            "This page was translated from English. No native speaker has reviewed the translation yet.", tag
        )
        assert page.get_by_text(statement, exact=True).is_visible()
        said = set(page.evaluate(SAID, BOXES))
        assert page.evaluate(VIEW) == view
        page.wait_for_function("(end) => location.hash.endsWith(end)", arg=f"&score=0.5&lang={tag}")
        left = {text for text in said & english if not ALIKE.fullmatch(text)}
        assert left <= texts_of(tag), "said in English, though the catalogue has a translation, or none is asked for"
        assert page.locator('[data-box="merge"] h3').inner_text() == tr("Merge", tag)
        assert (
            page.locator('[data-box="masks"] .plate canvas')
            .first.get_attribute("aria-label")
            .startswith(tr("Mask logits of the chosen query", tag))
        )
    page.locator("#language").select_option("en")
    page.locator("html[lang=en][data-ready]").wait_for(state="attached", timeout=240000)
    assert "lang" not in page.evaluate("() => location.hash")
    assert page.title() == "The Segmentation Explainer"
    one.close()


# Once the page has not moved for ten frames
STILL = """async () => {
  for (let n = 0, at = scrollY; n < 10; n = scrollY === at ? n + 1 : 0, at = scrollY)
    await new Promise(requestAnimationFrame); }"""


class Fingers:
    """Fingers on a page: what Chromium makes of touches that move."""

    def __init__(self, page):
        self.page, self.protocol = page, page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        given = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        self.protocol.send("Input.dispatchTouchEvent", given)

    def drag(self, x: float, y: float, dx: float, dy: float, steps: int = 8) -> None:
        self._send("touchStart", (x, y))
        for n in range(1, steps + 1):
            self._send("touchMove", (x + dx * n / steps, y + dy * n / steps))
            self.page.evaluate(FRAME)
        for _ in range(
            8
        ):  # the finger rests before it lifts: a page that still glides would take the next tap as a stop
            self._send("touchMove", (x + dx, y + dy))
            self.page.evaluate(FRAME)
        self._send("touchEnd")
        self.page.evaluate(STILL)


def inside(plate, across: float, down: float) -> tuple[float, float]:
    """A place of a picture, from shares of its sides to the screen; it is scrolled into view."""
    plate.evaluate("(node) => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
    plate.page.evaluate(STILL)  # a touch is aimed by what was drawn last
    box = plate.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


# Buttons and lists that a finger would miss
SMALL = """() => [...document.querySelectorAll("button, select")].filter((one) => {
  const { width, height } = one.getBoundingClientRect();
  return one.checkVisibility() && Math.min(width, height) < 24; }).map((one) => one.outerHTML)"""


@pytest.mark.parametrize("size", [(360, 740), (820, 1180)], ids=["phone", "tablet"])
def test_by_finger(browser, explainer_file, size):
    screen = {"viewport": dict(zip(("width", "height"), size, strict=True)), "is_mobile": True, "has_touch": True}
    one = Opened(browser, explainer_file, "#scene=0&pixel=66,92", reduced_motion="reduce", **screen)
    page, fingers = one.page, Fingers(one.page)
    for name in BOXES:
        page.locator(f'[data-open="{name}"]').tap()
        title = page.locator(f'[data-box="{name}"] h3').inner_text()
        page.wait_for_function("(title) => document.querySelector('#opened h2')?.innerText === title", arg=title)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
    # large enough for a finger: each query's mask, each button
    assert page.evaluate(SMALL) == []
    page.locator("#opened .shut").tap()
    page.wait_for_function("() => document.querySelector('#opened').hidden")
    # a finger on a thing drags it, and the page stays
    found = (
        "() => { const { things } = segtutorExplainer.edited, n = things.findLastIndex(({ kind }) => kind === 'ball');"
    )
    found += " return { n, ...things[n] }; }"
    ball = page.evaluate(found)
    stage = page.locator(".segtutor-scene-picture")
    x, y = inside(stage, ball["x"], ball["y"] - ball["height"] / 2)
    scrolled = page.evaluate("() => scrollY")
    fingers.drag(x, y, -40, -30)
    width = stage.bounding_box()["width"]
    page.wait_for_function(
        "([n, x]) => segtutorExplainer.edited.things[n].x < x && segtutorExplainer.settled()",
        arg=[ball["n"], ball["x"] - 30 / width],
        timeout=60000,
    )
    moved = page.evaluate("(n) => segtutorExplainer.edited.things[n]", ball["n"])
    assert moved["y"] < ball["y"]
    assert page.evaluate("() => scrollY") == scrolled
    # a finger on a map moves the page
    place = inside(page.locator('[data-box="argmax"] canvas').first, 0.5, 0.5)
    scrolled = page.evaluate("() => scrollY")
    fingers.drag(*place, 0, -60)
    page.wait_for_function("(before) => scrollY > before + 20", arg=scrolled)
    # a tap on a map marks a pixel, one on a mask chooses a query
    page.touchscreen.tap(*inside(page.locator('[data-box="argmax"] canvas').first, 0.25, 0.5))
    page.wait_for_function(
        "() => { const [x, y] = segtutorExplainer.pixel(); return Math.abs(x - 32) < 3 && Math.abs(y - 64) < 3; }"
    )
    page.wait_for_function("() => Math.abs(document.querySelector('#choices input').value - 32) < 3")
    page.locator('[data-query="9"]').tap()
    page.wait_for_function("() => segtutorExplainer.view.query === 9")
    # a stroke by finger teaches
    pen = page.locator("#scribbles canvas").first
    x, y = inside(pen, 0.2, 0.1)
    fingers.drag(x, y, 0.5 * pen.bounding_box()["width"], 0)
    page.get_by_label("class 2", exact=True).tap()
    x, y = inside(pen, 0.2, 0.9)
    fingers.drag(x, y, 0.5 * pen.bounding_box()["width"], 0)
    page.wait_for_function(
        "() => segtutorExplainer.scribbles.strokes.length === 2 && segtutorExplainer.scribbles.learned"
    )
    one.close()


# Where the keyboard is, in words of a test; null beyond the last stop
STOP = """() => { const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node), box = node.getBoundingClientRect();
  return { name: node.dataset.open ?? node.dataset.query ?? node.id, open: "open" in node.dataset,
    words: node.getAttribute("aria-label") ?? node.innerText, seen: style.outlineStyle !== "none" && box.width > 0,
    shut: node.className === "shut", panel: Boolean(node.closest("#opened")),
    stage: node.matches(".segtutor-scene-stage") }; }"""


def test_by_keys_alone(browser, explainer_file):
    one = Opened(browser, explainer_file, "#scene=0&pixel=66,92", reduced_motion="reduce")
    page, keys = one.page, one.page.keyboard
    opened, queries, unseen = [], [], []
    for _ in range(200):
        keys.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        if not stop["seen"]:
            unseen.append(stop)
        if stop["stage"]:  # a thing is chosen and moved
            things = page.evaluate("() => JSON.stringify(segtutorExplainer.edited.things)")
            keys.press("n")
            keys.press("Shift+ArrowLeft")
            page.wait_for_function("(before) => JSON.stringify(segtutorExplainer.edited.things) !== before", arg=things)
        elif stop["open"]:
            keys.press("Enter")
            page.evaluate(FRAME)
            assert page.evaluate("() => document.activeElement === document.querySelector('#opened h2')")
            assert page.evaluate("() => segtutorExplainer.view.box") == stop["name"]
            keys.press("Tab")
            assert page.evaluate(STOP)["shut"]
            keys.press("Enter")  # and back to where it was
            assert page.evaluate(STOP)["name"] == stop["name"]
            opened.append(stop["name"])
        elif re.fullmatch(r"\d+", stop["name"]):
            queries.append(int(stop["name"]))
            if stop["name"] == "9":
                keys.press("Space")
                page.wait_for_function("() => segtutorExplainer.view.query === 9")
    assert opened == BOXES
    assert queries == list(range(24))
    assert unseen == []
    assert page.evaluate("() => segtutorExplainer.view.query") == 9
    # what an opened box holds follows it: each control of each box is a stop
    left = """(name) => { segtutorExplainer.act.open(name); const panel = document.querySelector("#opened");
      return [...panel.querySelectorAll("select, input, button, a, [tabindex='0'], canvas[tabindex]")]
        .filter((one) => one.checkVisibility() && !one.disabled).length; }"""
    for name in ("attention", "merge", "picture"):
        count, stops = page.evaluate(left, name), 0
        while stops <= count:
            keys.press("Tab")
            if not page.evaluate(STOP)["panel"]:
                break
            stops += 1
        assert stops == count
    one.close()

"""The page of the networks, from a file, in a real Chromium: it asks for nothing, and its PQ is Python's.

It offers three here; that each of the shelf has PyTorch's numbers is tested in tests/test_shelf_graphs.py.
"""

import re
import time

import pytest
from axe_checked import violations
from bare import CUT_OFF, UNNAMED

import segtutor as st
from segtutor.pages.networks import NETWORKS, SCENES, networks_page
from segtutor.pages.signature import is_ours

pytestmark = pytest.mark.browser
READY = "Both networks run in this page"
OTHER = "fcn-toytown"
FIRST, SECOND = "First network", "Second network"
PICTURES = "() => [...document.querySelectorAll('.segtutor-panel canvas')].map((one) => one.toDataURL())"
# Answers one after the other to a picture that changes, in milliseconds each, as while a thing is dragged.
ANSWERS = """async () => {
  const { answerer } = window.segtutorPage, times = [];
  for (let n = 0; n < 15; n++) {
    const start = performance.now();
    await answerer.answer({ image: new Uint8Array(4 * 128 * 128).fill(17 * n) });
    times.push(performance.now() - start);
  }
  return times.slice(3).sort((a, b) => a - b);
}"""


@pytest.fixture(scope="module")
def file(exported, onnx_folder, tmp_path_factory):
    content = networks_page(onnx_folder, (*NETWORKS, OTHER))
    assert is_ours(content)
    path = tmp_path_factory.mktemp("page") / "networks.html"
    path.write_bytes(content)
    return path


class Opened:
    """The page in a context of its own. said: errors and warnings; asked: what it asked for."""

    def __init__(self, browser, file, script: str = "", **settings):
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000}, **settings)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error.stack}"))
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.said.append(f"console: {m.text}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        if script:
            self.page.add_init_script(script)
        self.began = time.perf_counter()
        self.page.goto(file.as_uri())

    def wait_for(self, text: str) -> str:
        """Waits until the page's status says it; -> the whole status."""
        status = self.page.locator("#status")
        status.get_by_text(text).or_(status.filter(has_text=text)).first.wait_for(timeout=90000)
        return status.inner_text()

    def qualities(self) -> list[float]:
        """PQ of both networks, in percent, once they have answered to the scene as it stands."""
        self.page.locator(".segtutor-scene-pace").filter(has_text="answer").wait_for(timeout=60000)
        told = self.page.locator(".segtutor-panel .segtutor-told").all_inner_texts()
        return [float(found[1]) for text in told if (found := re.search(r"PQ ([\d.]+) %", text))]

    def titles(self) -> list[str]:
        return self.page.locator(".segtutor-panel figcaption b").all_inner_texts()[2:]

    def choose(self, which: str, name: str) -> None:
        """Another network; returns when it runs and has answered."""
        self.page.get_by_label(which, exact=True).select_option(name)
        self.wait_for(f"{name} runs in this page")
        self.qualities()

    def close(self) -> None:
        self.context.close()
        assert self.said == []
        assert {url.partition(":")[0] for url in self.asked} <= {"file", "blob"}


@pytest.fixture(scope="module")
def opened(browser, file):
    one = Opened(browser, file)
    yield one
    one.close()


def test_it_is_ready_and_scores_as_python_does(opened):
    status = opened.wait_for(READY)
    seconds = time.perf_counter() - opened.began
    shown = opened.qualities()
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    answers = [st.load(name).segment(image) for name in NETWORKS]
    expected = [100 * st.metrics.panoptic_quality([(one, truth)], truth.categories).all.pq for one in answers]
    print(f"{status} {seconds:.1f} s after it was opened; PQ {shown}, Python's {expected}")
    assert shown == pytest.approx(expected, abs=0.3)
    assert shown[0] != shown[1]
    assert "each in a worker of its own" in status
    assert seconds < 60  # 3 s on a machine with nothing else to do


def test_dragging_a_thing_changes_both_answers(opened):
    page = opened.page
    opened.wait_for(READY)
    opened.qualities()
    before = page.evaluate(PICTURES)
    places = page.evaluate("() => window.segtutorPage.model.get('things')")
    box = page.locator(".segtutor-scene-picture").bounding_box()
    thing = next(one for one in reversed(places) if one["kind"] == "ball")
    x, y = box["x"] + box["width"] * thing["x"], box["y"] + box["height"] * (thing["y"] - thing["height"] / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 60, steps=4)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    page.mouse.up()
    moved = page.evaluate("() => window.segtutorPage.model.get('things')")
    assert moved != places
    end = time.monotonic() + 120
    while time.monotonic() < end:  # until the answers to the newest picture are there
        after = page.evaluate(PICTURES)
        if all(a != b for a, b in zip(after, before, strict=True)):
            break
        page.wait_for_timeout(100)
    assert len(after) == 4, "scene, truth and both networks"
    assert [a != b for a, b in zip(after, before, strict=True)] == [True] * 4


def test_answers_a_second(opened):
    opened.wait_for(READY)
    times = opened.page.evaluate(ANSWERS)
    print(f"{1000 / times[len(times) // 2]:.1f} answers a second with both networks ({times[0]:.0f} ms at best)")
    assert times[0] < 2000  # 67 ms on a machine with nothing else to do


def test_another_scene(opened):
    page = opened.page
    opened.wait_for(READY)
    picture = page.locator(".segtutor-scene-picture").evaluate("(one) => one.toDataURL()")
    page.get_by_label("Scene", exact=True).select_option("cats by the bay")
    kinds = [thing.kind for thing in st.toytown.scene(SCENES["cats by the bay"]).things]
    page.locator(".segtutor-scene-thing").nth(len(kinds) - 1).wait_for()
    assert [one["kind"] for one in page.evaluate("() => window.segtutorPage.model.get('things')")] == kinds
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.locator(".segtutor-scene-picture").evaluate("(one) => one.toDataURL()") != picture


def test_another_network_answers_and_the_first_comes_back(opened):
    page = opened.page
    opened.wait_for(READY)
    page.locator("html[data-ready]").wait_for(timeout=60000)
    opened.qualities()
    assert opened.titles() == list(NETWORKS)
    first, second = (page.get_by_label(one, exact=True) for one in (FIRST, SECOND))
    assert first.locator("option:disabled").all_inner_texts() == [NETWORKS[1]]
    picture = page.locator(".segtutor-scene-picture").evaluate("(one) => one.toDataURL()")
    before = opened.qualities()
    opened.choose(FIRST, OTHER)
    assert opened.titles() == [OTHER, NETWORKS[1]]
    assert page.locator(".segtutor-scene-picture").evaluate("(one) => one.toDataURL()") == picture
    assert opened.qualities()[1] == before[1]
    opened.choose(SECOND, NETWORKS[0])
    assert opened.titles() == [OTHER, NETWORKS[0]]
    assert opened.qualities()[1] == before[0]
    assert second.locator("option:disabled").all_inner_texts() == [OTHER]
    opened.choose(FIRST, NETWORKS[1])
    opened.choose(FIRST, OTHER)


def test_what_another_network_says_is_what_python_says(browser, file):
    one = Opened(browser, file, color_scheme="dark")
    one.wait_for(READY)
    one.choose(FIRST, OTHER)
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    answers = [st.load(name).segment(image) for name in (OTHER, NETWORKS[1])]
    expected = [100 * st.metrics.panoptic_quality([(one, truth)], truth.categories).all.pq for one in answers]
    assert one.qualities() == pytest.approx(expected, abs=0.3)
    one.close()


def test_a_network_that_cannot_be_read_leaves_the_one_before(browser, file, tmp_path):
    """Of three, the text of the one that is chosen last is damaged."""
    text = file.read_text(encoding="utf-8")
    start = text.index(">", text.index('id="segtutor-network-0"')) + 1
    assert len(text) > 20e6
    damaged = tmp_path / "damaged.html"
    damaged.write_text(f"{text[:start]}AAAA{text[start + 4 :]}", encoding="utf-8")
    one = Opened(browser, damaged)
    one.wait_for(READY)
    one.qualities()
    one.page.get_by_label(FIRST, exact=True).select_option(OTHER)
    said = one.wait_for("could not be started")
    assert said.startswith(f"{OTHER} could not be started")
    assert f"{NETWORKS[0]} goes on" in said
    assert one.page.get_by_label(FIRST, exact=True).input_value() == NETWORKS[0]
    assert one.titles() == list(NETWORKS)
    assert len(one.qualities()) == 2
    one.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_breaks_wcag(browser, file, scheme):
    one = Opened(browser, file, color_scheme=scheme)
    one.wait_for(READY)
    for summary in one.page.locator("summary").all():
        summary.click()
    assert violations(one.page) == []
    one.close()


def test_narrow_windows_and_names(opened):
    page = opened.page
    assert page.evaluate(UNNAMED) == []
    page.set_viewport_size({"width": 320, "height": 900})
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1400, "height": 1000})


def test_without_workers_it_computes_on_the_page(browser, file):
    one = Opened(browser, file, script="delete window.Worker")
    assert "one after the other" in one.wait_for(READY)
    assert len(one.qualities()) == 2
    one.close()


def test_without_webassembly_it_says_so_and_the_scene_still_works(browser, file):
    one = Opened(browser, file, script="delete window.WebAssembly", color_scheme="dark")
    assert "This browser has no WebAssembly" in one.wait_for("scene and truth work here")
    one.page.locator(".segtutor-scene-pace").filter(has_text="no WebAssembly").wait_for()
    assert one.page.locator(".segtutor-scene-thing").count() > 3
    one.close()

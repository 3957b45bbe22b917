"""Explorers outside of Jupyter: as a module on a page without Python, and in marimo, where Python hears of them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from bare import mount
from environments import ROOT

import segtutor as st
from segtutor import words
from segtutor.errors import UserError
from segtutor.pages.standalone import module_of, write_module

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

NOTEBOOK = ROOT / "notebooks" / "elsewhere" / "explorer_marimo.py"
# As MyST does it: a model that holds nothing, an element within a shadow root.
SHOWN = """async ([text, shadow]) => {
  const host = document.body.appendChild(document.createElement("div"));
  const el = (shadow ? host.attachShadow({ mode: "open" }) : host).appendChild(document.createElement("div"));
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const module = (await import(url)).default;
  const empty = { get: () => undefined, set() {}, on() {}, off() {}, save_changes() {} };
  window.end = await module.render({ model: empty, el });
  window.shown = el;
}"""

NOTES = {
    True: "This explorer was translated from English. No native speaker has reviewed the translation yet.",
    False: "This explorer is not translated yet: what has no translation is in English.",
}


@pytest.fixture
def explorer():
    image, truth = st.toytown.scene(200259).render()
    return st.widgets.ThresholdExplorer(st.load("mask2former-toytown").set_image(image), image, truth)


@pytest.mark.parametrize("shadow", [False, True], ids=["element", "shadow root"])
def test_a_module_is_alive_without_python(browser, explorer, shadow):
    said = []
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
        page.evaluate(SHOWN, [module_of(explorer), shadow])
        slider = page.get_by_role("slider", name="Score threshold")
        slider.focus()
        page.get_by_text("9 of 24 queries kept").wait_for()
        page.keyboard.press("End")  # nothing is more probable than 1
        page.get_by_text("0 of 24 queries kept").wait_for()
        page.evaluate("() => window.end()")
        assert page.evaluate("() => window.shown.childElementCount") == 0
    assert said == []


def test_an_explorer_speaks_another_language_as_soon_as_it_is_set(browser, explorer):
    """It is made anew, says that it is not reviewed or not translated, and has its `lang` where it is whole."""
    with mount(browser, explorer) as bare:
        note, slider = bare.page.locator(".segtutor-language"), bare.page.locator("input[type=range]").first
        slider.wait_for()
        assert note.count() == 0
        for language in ("ja", "zh-Hans", "ja"):
            bare.set(language=language)
            assert note.count() == 1
            assert note.get_attribute("lang") == language
            whole = "thresholds" in words.catalogue(language)["complete"]
            assert bare.page.locator("#view").get_attribute("lang") == (language if whole else None)
            assert words.tr(NOTES[whole], language) == note.inner_text()
            slider.wait_for()
        bare.set(language="en")
        assert note.count() == 0
        assert bare.page.locator("#view").get_attribute("lang") is None
        slider.press("End")
        assert explorer.score_threshold == 1


def test_the_file_is_written_whole_and_never_over_another(explorer, tmp_path):
    target = write_module(explorer, tmp_path / "thresholds.mjs")
    assert target.read_text(encoding="utf-8") == module_of(explorer)
    with pytest.raises(UserError, match="thresholds.mjs"):
        write_module(explorer, target)
    with pytest.raises(UserError, match="int"):
        module_of(3)


@pytest.fixture
def marimo(tmp_path):
    """The address of `marimo run` on the notebook."""
    pytest.importorskip("marimo", reason="marimo is not installed: pip install 'segtutor[test]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", str(NOTEBOOK), "--headless", "--no-token", "--port", str(port)]
    private = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=tmp_path, env=private, stdout=stream, stderr=stream)
        address, until = f"http://127.0.0.1:{port}", time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.2)
        try:
            yield address
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def test_marimo_shows_an_explorer_and_hears_it(browser, marimo):
    from playwright.sync_api import expect

    errors = []
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(marimo)
        said = page.get_by_text("The score threshold in Python")
        expect(said).to_contain_text("0.60", timeout=120_000)
        page.get_by_role("slider", name="Score threshold").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        expect(said).to_contain_text("0.65", timeout=120_000)
    assert errors == []

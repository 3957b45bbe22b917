"""Lessons as single files: what is in them, what is not, and that their widgets live from file:// without a kernel."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import segtutor as st
from segtutor.pages import find, make
from segtutor.pages.document import page
from segtutor.pages.views import STATE, VIEW

WORDS = """# What is alive?

A promise with $x_i < \\mathbb R$, `code`, and [the next lesson](./01_next.ipynb#part).

## Twice

$$\\text{PQ} = \\frac{\\sum \\text{IoU}}{n}$$

| a | b |
|---|---|
| $\\frac12$ | costs 5 \\$ |

## Twice

![four pixels](four.png) ![elsewhere](https://example.org/a.png) ![outside](../outside.png)
<script>window.ran = 1</script><meta http-equiv="refresh" content="0; url=https://example.org">
"""
EXPLORER = """import segtutor as st
scene = st.toytown.scene(3)
image, truth = scene.render()
explorer = st.widgets.ScoreExplorer(image, scene.move(0, 0.1, 0).render()[1], truth)
explorer"""
BOX = """import ipywidgets
said = ipywidgets.Output()
with said:
    print("from the output")
ipywidgets.VBox([ipywidgets.IntSlider(description="alpha"), said, ipywidgets.HBox([explorer])])"""
REST = """from IPython.display import HTML, display
display(HTML('<b>bold</b><script>window.ran = 2</script><link rel="stylesheet" href="https://example.org/a.css">'))
print("\\x1b[31mred\\x1b[0m <tag>")"""


def notebook_of(*cells) -> nbformat.NotebookNode:
    return new_notebook(
        cells=[new_markdown_cell(cells[0]), *(new_code_cell(text) for text in cells[1:])],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A notebook of a person's own and its page."""
    from PIL import Image

    place = tmp_path_factory.mktemp("pages")
    nbformat.write(notebook_of(WORDS, EXPLORER, BOX, REST), place / "mine.ipynb")
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(place / "four.png")
    (place.parent / "outside.png").write_bytes((place / "four.png").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # for the kernel
        _, made = make.write(place / "mine.ipynb", place / "mine.html")
    assert made.live == ["ScoreExplorer"]
    assert made.title == "What is alive?"
    return place


@pytest.fixture(scope="module")
def text(folder) -> str:
    return (folder / "mine.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def store(text) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="segtutor-store">(.*?)</script>', text)[1])


class Asked(HTMLParser):
    """Everything in a page that a browser would fetch, and the elements there are."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.fetched, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.ids += filter(None, [values.get("id")])
        self.fetched += [values[name] for name in ("src", "srcset", "poster", "data") if name in values]
        self.fetched += [values["href"]] if tag in ("link", "base", "image", "use") else []


class TestOneFile:
    def test_nothing_in_it_is_fetched(self, text):
        asked = Asked(text)
        assert asked.fetched
        assert all(address.startswith("data:image/") for address in asked.fetched)
        assert not {"link", "base", "iframe", "object", "embed", "form"} & set(asked.tags)
        styles = " ".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
        assert set(re.findall(r"url\(\s*[\"']?(\w+:?)", styles)) == {"data:"}
        assert "@import" not in styles
        assert 'http-equiv="refresh"' not in text
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy.startswith("default-src 'none'")
        assert "http" not in policy

    def test_code_and_bytes_are_there_once(self, text, store):
        assert text.count('data-model="') == 2  # two views
        assert len(store["models"]) == len(store["modules"]) == 1
        assert text.count("as default") == 1
        assert len(store["bytes"]) == len(set(store["bytes"]))

    def test_the_state_is_the_widgets(self, store):
        """Every trait that the browser reads arrives as it was, bytes included."""
        scene = st.toytown.scene(3)
        image, truth = scene.render()
        widget = st.widgets.ScoreExplorer(image, scene.move(0, 0.1, 0).render()[1], truth)

        def read(value):
            if isinstance(value, dict) and set(value) == {"$bytes"}:
                return base64.b64decode(store["bytes"][value["$bytes"]])
            if isinstance(value, dict):
                return {key: read(one) for key, one in value.items()}
            return [read(one) for one in value] if isinstance(value, list | tuple) else value

        (model,) = store["models"].values()
        expected = {name: value for name, value in widget.get_state().items() if name in model["state"]}
        assert len(expected) > 8
        assert {"picture", "repairs"} <= set(expected)
        assert read(model["state"]) == read(expected)

    def test_prose(self, text):
        assert text.count('class="tex"') == 2
        assert text.count('class="tex display"') == 1
        assert '<a href="01_next.html#part"' in text
        assert "costs 5 $" in text
        assert {"twice", "twice-2"} <= set(Asked(text).ids)
        assert 'alt="four pixels"' in text
        assert 'alt="outside"' not in text  # no file from outside the notebook's folder
        assert re.search(r'<a href="https://example.org/a.png"[^>]*>picture: elsewhere</a>', text)

    def test_what_needs_a_kernel_says_so(self, text):
        assert "Controls that need a kernel (IntSlider alpha)" in text
        assert "segtutor lab" in text
        assert "from the output" in text
        assert "&lt;tag&gt;" in text


def test_a_stored_widget_lives_only_by_our_own_code():
    """Whoever makes a page of outputs that somebody else has stored does not run that person's JavaScript."""
    own = str(st.widgets.ScoreExplorer._esm)
    for code, alive in ((own, True), (own + "\nfetch('https://example.org')", False)):
        notebook = notebook_of("# Title", "1")
        notebook.cells[1].outputs = [new_output("display_data", {VIEW: {"model_id": "m"}, "text/plain": "a still"})]
        state = {"model_name": "AnyModel", "model_module": "anywidget", "state": {"_esm": code}}
        notebook.metadata["widgets"] = {STATE: {"state": {"m": state}}}
        made = page(notebook, find.Lesson(find.source_folder() / "x.ipynb", False), {}, executed=False).html.decode()
        assert ('data-model="m"' in made) is alive
        assert ("example.org" in made) is False
        assert "a still" in made


def test_explorers_prepare_for_a_page():
    """In a notebook they ask the kernel for a layer when it is looked at; a page has them all."""
    segmenter = st.load("mask2former-toytown").set_image(st.toytown.scene(3).render()[0])
    for explorer, name in (
        (st.widgets.QueryExplorer(segmenter), "{}"),
        (st.widgets.AttentionExplorer(segmenter), "layer {}"),
    ):
        before = set(explorer.sent)
        explorer.complete()
        assert before < set(explorer.sent)
        assert {name.format(layer) for layer in range(len(explorer.layers))} <= set(explorer.sent)


@pytest.mark.browser
def test_a_page_lives_from_disk(browser, folder, tmp_path_factory):
    opened = browser.new_context(viewport={"width": 1300, "height": 900})
    shown = opened.new_page()
    complaints, requests = [], []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda one: complaints.append(one.text))
    shown.on("request", lambda request: requests.append(request.url))
    shown.goto((folder / "mine.html").as_uri())
    live = shown.locator("figure[data-state=live]")
    shown.locator("figure[data-model]").nth(0).scroll_into_view_if_needed()
    live.nth(0).wait_for()
    shown.locator("figure[data-model]").nth(1).scroll_into_view_if_needed()
    live.nth(1).wait_for()
    assert shown.evaluate("document.querySelectorAll('.tex .katex').length") == 3
    assert shown.evaluate("document.querySelectorAll('.katex-error').length") == 0

    def pictures() -> list[str]:
        shown.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
        return shown.evaluate("[...document.querySelectorAll('canvas')].map((one) => one.toDataURL())")

    before = pictures()
    canvas = live.nth(0).locator("canvas").first
    canvas.click(position={"x": 60, "y": 60})
    after = pictures()
    assert sum(old != new for old, new in zip(before, after, strict=True)) >= 2  # both views of the one model
    assert len(before) >= 2
    for width, scheme in ((320, "dark"), (1300, "light")):
        shown.set_viewport_size({"width": width, "height": 900})
        shown.emulate_media(color_scheme=scheme)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate("window.ran") is None
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    # The page's own policy: what got into it all the same could neither run nor ask
    refused = """async () => { const one = document.createElement("script"); one.textContent = "window.ran = 3";
      document.body.append(one); return fetch("http://127.0.0.1:9/").then(() => "answered", () => "refused"); }"""
    assert shown.evaluate(refused) == "refused"
    assert shown.evaluate("window.ran") is None
    assert len(complaints) >= 2
    assert all("Content Security Policy" in one for one in complaints[:2])
    opened.close()


@pytest.mark.browser
def test_slides_turn_by_keys_and_buttons(browser, tmp_path):
    cells = [
        new_markdown_cell("# A question"),
        new_markdown_cell("## 1. One"),
        new_code_cell("answer = 42", outputs=[new_output("stream", text="shown\n")]),
        new_markdown_cell("## 2. Two"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "mine.ipynb")
    made = make.make_slides(find.find(tmp_path / "mine.ipynb"), execute=False)
    (tmp_path / "mine.slides.html").write_bytes(made.html)
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "mine.slides.html").as_uri() + "#2")

    def here(number: int) -> None:
        page.wait_for_function("n => document.querySelector('.slide.here').id === `slide-${n}`", arg=number)
        assert page.locator(".slide:visible").count() == 1
        assert page.locator("#count").inner_text() == f"{number} / 3"

    here(2)
    assert page.locator("#slide-2 .outputs").is_visible()
    assert not page.locator("#slide-2 .input").is_visible()
    page.keyboard.press("c")
    assert page.locator("#slide-2 .input").is_visible()
    page.keyboard.press("ArrowRight")
    here(3)
    assert page.locator("#next").is_disabled()
    page.keyboard.press("Home")
    here(1)
    page.locator("#next").click()
    here(2)
    assert page.url.endswith("#2")
    context.close()
    assert errors == []

"""The page of clicks and words, from a file, in a real Chromium: masks and scores are PyTorch's, by every hand."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from axe_checked import violations
from bare import CUT_OFF, UNNAMED
from PIL import Image

import segtutor as st
from segtutor.data.toytown import language
from segtutor.pages.click import click_page
from segtutor.pages.networks import SCENES
from segtutor.pages.signature import is_ours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SEED = next(iter(SCENES.values()))
HEAD = (98, 37)
LONG = 60000
FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
TOLD = """() => {
  const { model } = window.segtutorPage, masks = model.get("masks");
  const bytes = new Uint8Array(masks.buffer, masks.byteOffset, masks.byteLength);
  return { answers: model.get("answers"), points: model.get("points"), boxes: model.get("boxes"), masks: [...bytes] };
}"""
PICTURE = """() => {
  const png = window.segtutorPage.model.get("picture");
  return [...new Uint8Array(png.buffer, png.byteOffset, png.byteLength)];
}"""
# As if somebody dropped a file on the heading.
DROP = """(base64) => {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)), dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
  const on = (name) => document.querySelector("h1")
    .dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
  on("dragover");
  if (!document.documentElement.classList.contains("dropping")) throw new Error("not shown as a place to drop on");
  on("drop");
}"""
# Milliseconds of the decoder for clicks one after another, in order of size.
DECODED = """async () => {
  const times = [];
  for (let n = 0; n < 30; n++) {
    const { ms } = await window.segtutorPage.ask({ xy: [[(n + 5) / 40, 0.5], [0, 0]], kinds: [1, 4], mask: null });
    times.push(ms);
  }
  return times.sort((a, b) => a - b);
}"""


@pytest.fixture(scope="module")
def file(onnx_folder, tmp_path_factory):
    content = click_page(onnx_folder)
    assert is_ours(content)
    path = tmp_path_factory.mktemp("page") / "click.html"
    path.write_bytes(content)
    return path


def test_the_page_says_what_its_networks_are(file):
    content = file.read_text(encoding="utf-8")
    assert len(content) < 12e6
    assert f"learned {len(language.WORDS)} words" in content
    assert content.count('id="segtutor-scene-') == len(SCENES)
    card = st.models.zoo.cards()["sam-toytown"]["metrics"]
    assert f"{card['click1_iou']:.1f} % after one click" in content.replace("\n", " ")


class Opened:
    """The page in a context of its own. said: errors and warnings; asked: what it asked for."""

    def __init__(self, browser, file, script: str = "", ready: bool = True, **settings):
        self.context = browser.new_context(**{"viewport": {"width": 1366, "height": 1000}, **settings})
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error.stack}"))
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.said.append(f"console: {m.text}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        if script:
            self.page.add_init_script(script)
        self.page.goto(file.as_uri())
        if ready:
            self.page.locator("html[data-ready]").wait_for(timeout=90000)
            self.page.locator("#status").filter(has_text="They were ready").wait_for(timeout=LONG)

    @property
    def sheet(self):
        return self.page.locator(".segtutor-sheet").first

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The middle of a pixel of the picture, on the screen."""
        self.sheet.scroll_into_view_if_needed()
        box = self.sheet.bounding_box()
        return box["x"] + (x + 0.5) / 128 * box["width"], box["y"] + (y + 0.5) / 128 * box["height"]

    def told(self, words: str) -> dict:
        """Once the answer is told in such words: what the page holds, masks as (N, 128, 128) bool."""
        self.page.locator(".segtutor-told").filter(has_text=words).wait_for(timeout=LONG)
        self.page.evaluate(FRAMES)
        told = self.page.evaluate(TOLD)
        bits = np.unpackbits(np.array(told["masks"], np.uint8)).reshape(-1, 128, 128)
        return told | {"masks": bits.astype(bool)}

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def close(self) -> None:
        self.context.close()
        assert self.said == []
        assert {url.partition(":")[0] for url in self.asked} <= {"file", "blob"}


def same(told: dict, expected) -> None:
    """Up to two pixels whose logit is 0 up to rounding, and four digits of each score."""
    assert len(told["masks"]) == len(expected.masks) == len(told["answers"]["scores"])
    assert [(a != b).sum() <= 2 for a, b in zip(told["masks"], expected.masks, strict=True)] == [True] * len(
        expected.masks
    )
    np.testing.assert_allclose(told["answers"]["scores"], expected.scores, rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def opened(browser, file):
    one = Opened(browser, file)
    yield one
    one.close()


@pytest.fixture(scope="module")
def sam():
    return st.load("sam-toytown").set_image(st.toytown.scene(SEED).draw()[0])


@pytest.fixture(scope="module")
def clipseg():
    return st.load("clipseg-toytown").set_image(st.toytown.scene(SEED).draw()[0])


def test_a_click_has_three_answers_and_is_corrected(opened, sam):
    page = opened.page
    page.mouse.click(*opened.at(*HEAD))
    told = opened.told("3 answers to one click; the first")
    first = sam.predict(points=[HEAD])
    same(told, first)
    cat = next(one.mask for one in st.toytown.scene(SEED).regions_at(*HEAD) if one.level == "thing")
    ious = [(mask & cat).sum() / (mask | cat).sum() for mask in first.masks]
    np.testing.assert_allclose(told["answers"]["ious"], ious, atol=0.01)
    assert page.locator("#status").inner_text().startswith("sam-toytown gave three answers in")
    page.get_by_role("radio", name="Answer 2:").check()
    chosen = opened.told("the second covers")
    x, y, label = chosen["answers"]["next"]
    opened.button("Take this click").click()
    told = opened.told("The answer to 2 clicks")
    at = [HEAD, (x - 0.5, y - 0.5)]
    same(told, sam.predict(points=at, labels=[1, label], mask=chosen["masks"][1]))
    page.mouse.click(*opened.at(20, 20), delay=20)
    opened.told("The answer to 3 clicks")
    opened.button("Undo").click()
    assert opened.told("The answer to 2 clicks")["points"] == told["points"]
    opened.button("Clear").click()
    assert len(opened.told("Nothing asked yet")["masks"]) == 0


def test_a_box_by_mouse_and_by_keys(opened, sam):
    page = opened.page
    page.get_by_role("radio", name="box", exact=True).check()
    page.mouse.move(*opened.at(90, 25))
    page.mouse.down()
    page.mouse.move(*opened.at(110, 50), steps=4)
    page.mouse.move(*opened.at(122, 66), steps=4)
    page.mouse.up()
    told = opened.told("The answer to a box")
    box = [told["boxes"][0][key] for key in ("x0", "y0", "x1", "y1")]
    same(told, sam.predict(boxes=[box]))
    opened.button("Clear").click()
    opened.told("Nothing asked yet")
    opened.sheet.focus()
    for key in ("Enter", *["ArrowUp"] * 2, "Enter", *["Shift+ArrowRight"] * 3, *["Shift+ArrowDown"] * 2, "Enter"):
        page.keyboard.press(key)
    told = opened.told("The answer to a box")
    assert told["boxes"] == [{"x0": 64.5, "y0": 62.5, "x1": 94.5, "y1": 82.5, "label": 1}]
    same(told, sam.predict(boxes=[[64.5, 62.5, 94.5, 82.5]]))
    opened.button("Clear").click()
    page.get_by_role("radio", name="click", exact=True).check()


def test_a_click_by_keys(opened, sam):
    page = opened.page
    opened.told("Nothing asked yet")
    opened.sheet.focus()
    for key in ("Enter", *["Shift+ArrowUp"] * 2, "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    same(opened.told("3 answers to one click"), sam.predict(points=[(63, 44)]))
    opened.button("Clear").click()


def test_words_are_found_absent_or_unknown(opened, clipseg):
    page = opened.page
    page.get_by_role("radio", name="words", exact=True).check()
    field = page.get_by_role("combobox", name="Words")
    for phrase in ("the cat", "things not red"):
        field.fill(phrase)
        field.press("Enter")
        told = opened.told(f"The answer to “{phrase}”")
        same(told, clipseg.predict(text=phrase))
        assert told["answers"]["ious"][0] > 0.5
        assert page.locator("#status").inner_text().startswith("clipseg-toytown gave one answer in")
    field.fill("blue cat")
    field.press("Enter")
    assert len(opened.told("clipseg-toytown finds nothing for “blue cat”")["masks"]) == 0
    assert len(clipseg.predict(text="blue cat").masks) == 0
    field.fill("elephant")
    field.press("Enter")
    opened.told("ToyTown does not know the word 'elephant'")
    field.fill("ball")
    opened.button("Ask").click()
    opened.told("The answer to “ball”")
    opened.button("Clear").click()
    page.get_by_role("radio", name="click", exact=True).check()


def test_another_scene_is_encoded_and_forgets_the_questions(opened):
    page = opened.page
    page.mouse.click(*opened.at(*HEAD))
    opened.told("3 answers to one click")
    picture = opened.sheet.locator("canvas").first.evaluate("(one) => one.toDataURL()")
    page.get_by_label("Picture", exact=True).select_option("cats by the bay")
    page.locator("#status").filter(has_text="The picture was encoded").wait_for(timeout=LONG)
    opened.told("Nothing asked yet")
    assert opened.sheet.locator("canvas").first.evaluate("(one) => one.toDataURL()") != picture
    image = st.toytown.scene(SCENES["cats by the bay"]).draw()[0]
    page.mouse.click(*opened.at(60, 100))
    same(opened.told("3 answers to one click"), st.load("sam-toytown").set_image(image).predict(points=[(60, 100)]))
    opened.button("Clear").click()
    page.get_by_label("Picture", exact=True).select_option(next(iter(SCENES)))
    page.locator("#status").filter(has_text="The picture was encoded").wait_for(timeout=LONG)
    opened.told("Nothing asked yet")


def test_a_picture_of_ones_own_is_answered_and_judged_by_nobody(opened, tmp_path):
    page = opened.page
    page.get_by_role("radio", name="click", exact=True).check()
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)).resize((450, 300))
    photo.save(tmp_path / "photo.jpg", quality=95)
    picture = page.get_by_label("Picture", exact=True)
    field = page.get_by_label("Your own", exact=True)
    (tmp_path / "words.txt").write_text("no picture")
    field.set_input_files(tmp_path / "words.txt")
    page.locator("#own-says").filter(has_text="“words.txt” is text/plain: choose a picture").wait_for(timeout=LONG)
    assert picture.input_value() == next(iter(SCENES))
    field.set_input_files(tmp_path / "photo.jpg")
    page.locator("#own-says").filter(has_text="Its middle square (300 × 300) is used").wait_for(timeout=LONG)
    assert "no true IoU" in page.locator("#own-says").inner_text()
    page.locator("#status").filter(has_text="The picture was encoded").wait_for(timeout=LONG)
    image = np.array(Image.open(io.BytesIO(bytes(page.evaluate(PICTURE)))).convert("RGB"))
    assert image.shape == (128, 128, 3)
    middle = np.array(photo.crop((75, 0, 375, 300)).resize((128, 128), Image.Resampling.LANCZOS), float)
    assert np.abs(image - middle).mean() < 5
    page.mouse.click(*opened.at(60, 50))
    told = opened.told("3 answers to one click")
    same(told, st.load("sam-toytown").set_image(image).predict(points=[(60, 50)]))
    assert told["answers"]["ious"] == [None] * 3
    assert told["answers"]["next"] is None
    assert not opened.button("Take this click").is_visible()
    picture.select_option("cars, one behind the other")
    opened.told("Nothing asked yet")
    assert page.locator("#own-says").inner_text() == ""
    page.evaluate(DROP, base64.b64encode((tmp_path / "photo.jpg").read_bytes()).decode())
    page.locator("#own-says").filter(has_text="middle square").wait_for(timeout=LONG)
    assert picture.input_value() == "your own picture"
    assert picture.locator("option").count() == len(SCENES) + 1
    picture.select_option(next(iter(SCENES)))
    page.locator("#status").filter(has_text="The picture was encoded").wait_for(timeout=LONG)


def test_how_long_the_decoder_takes(opened):
    """Said, not judged: a test that fails on a busy machine tells nothing of the page."""
    times = opened.page.evaluate(DECODED)
    print(f"a click: {times[0]:.1f} ms at best, {times[len(times) // 2]:.1f} ms in the median")
    assert len(times) == 30


def test_a_finger_and_a_narrow_window(browser, file, sam):
    one = Opened(
        browser, file, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = one.page
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.touchscreen.tap(*one.at(*HEAD))
    told = one.told("3 answers to one click")
    (point,) = told["points"]
    same(told, sam.predict(points=[(point["x"] - 0.5, point["y"] - 0.5)]))
    assert abs(point["x"] - 0.5 - HEAD[0]) < 1
    page.evaluate(FRAMES)
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert page.evaluate(UNNAMED) == []
    assert violations(page) == []
    one.close()


def test_nothing_breaks_wcag_in_either_theme(opened):
    page = opened.page
    page.mouse.click(*opened.at(*HEAD))
    opened.told("3 answers to one click")
    for summary in page.locator("summary").all():
        summary.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.locator(f"body[data-jp-theme-light={str(scheme == 'light').lower()}]").wait_for(timeout=LONG)
        page.evaluate(FRAMES)
        assert violations(page) == [], scheme
    page.get_by_role("radio", name="words", exact=True).check()
    page.evaluate(FRAMES)
    assert violations(page) == []
    page.get_by_role("radio", name="click", exact=True).check()
    opened.button("Clear").click()


def test_without_workers_it_computes_on_the_page(browser, file):
    one = Opened(browser, file, script="delete window.Worker")
    assert "without a worker" in one.page.locator("#status").inner_text()
    one.page.mouse.click(*one.at(*HEAD))
    one.told("3 answers to one click")
    one.close()


def test_without_webassembly_it_says_so(browser, file):
    one = Opened(browser, file, script="delete window.WebAssembly", ready=False)
    one.page.locator("#status").filter(has_text="This browser has no WebAssembly").wait_for(timeout=LONG)
    one.page.mouse.click(*one.at(*HEAD))
    one.told("no WebAssembly")
    one.close()

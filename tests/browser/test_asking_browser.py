"""PromptCanvas with a network, in a real Chromium on a bare page: click, box, words, example, by every hand."""

from __future__ import annotations

import re
import statistics

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_widget_browser import CONTRAST
from toy_explorers import ToyAsked

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CHOSEN_AND_DRAWN_AGAIN = """async () => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const part = [...document.querySelectorAll("input")].find((one) => one.value === "part");
  part.click();
  for (let n = 0; n < 5; n += 1) await frame();
  return part.checked;
}"""
SCENE = st.toytown.scene(19)
IMAGE = SCENE.draw()[0]
OTHER = st.toytown.scene(21)
SHEET, EXAMPLE = 0, 1
SAYS = "(words) => new RegExp(words).test(document.querySelector('.segtutor-told').textContent)"
READY = "() => document.querySelector('.segtutor-summary').textContent && document.querySelector('canvas').width > 300"


def asking(*accepts, **more):
    return st.widgets.PromptCanvas(IMAGE, SCENE, model=ToyAsked(*accepts), **more)


def at(bare, x: float, y: float, which: int = SHEET) -> tuple[float, float]:
    """Of a pixel of the picture, or of the example, on the screen."""
    box = bare.page.locator(".segtutor-sheet").nth(which).bounding_box()
    return box["x"] + x / 128 * box["width"], box["y"] + y / 128 * box["height"]


def drag(bare, *places, which: int = SHEET) -> None:
    mouse = bare.page.mouse
    mouse.move(*at(bare, *places[0], which))
    mouse.down()
    for one in places[1:]:
        mouse.move(*at(bare, *one, which), steps=4)
    mouse.up()


def says(bare, words: str) -> None:
    """Waits until the answer is told in such words, and drawn."""
    bare.page.wait_for_function(SAYS, arg=words)
    bare.frame()


def button(bare, name: str):
    return bare.page.get_by_role("button", name=name, exact=True)


def prompts(widget) -> tuple:
    return len(widget.points), len(widget.boxes), len(widget.scribbles), widget.text, widget.chosen


@pytest.fixture
def clicks(browser):
    with mount(browser, asking("points", "boxes", "mask"), has_touch=True) as bare:
        bare.page.wait_for_function(READY)
        yield bare


def test_a_click_has_three_answers_one_is_chosen_and_corrected(clicks):
    bare, page, widget = clicks, clicks.page, clicks.widget
    plain = bare.picture()
    assert page.get_by_label("beside it", exact=True).is_disabled()  # nothing is on it yet
    assert button(bare, "Undo").is_disabled()
    assert not page.get_by_role("combobox", name="Words").is_visible()
    assert page.get_by_label("painted example").count() == 0
    page.mouse.click(*at(bare, 31.5, 105.5))
    says(bare, "3 answers to one click; the first")
    first = bare.picture()
    answers = page.get_by_role("radio", name=re.compile("^Answer"))
    assert first != plain
    assert answers.count() == 3
    assert "predicted 0.90" in answers.first.get_attribute("aria-label")
    assert len({bare.picture(n) for n in (2, 3, 4)}) == 3  # the small pictures
    answers.nth(2).check()
    says(bare, "the third")
    assert widget.chosen == 2
    assert (third := bare.picture()) != first
    page.keyboard.press("ArrowLeft")
    says(bare, "the second")
    assert (widget.chosen, page.evaluate("document.activeElement.value")) == (1, "1")
    page.keyboard.press("ArrowRight")
    says(bare, "the third")
    assert bare.picture() == third

    assert widget.answers["meanings"][widget.answers["meant"]]["level"] == "thing"
    widget.unobserve(widget._ask, ["level"])  # a kernel that takes its time: the choice holds until it answers
    assert page.evaluate(CHOSEN_AND_DRAWN_AGAIN)
    widget.observe(widget._ask, ["level"])
    page.get_by_label("the thing: cat").check()
    says(bare, "truth of the cat")
    page.get_by_label("the part: cat head").check()
    says(bare, "truth of the cat head")
    assert widget.level == "part"
    x, y, label = widget.answers["next"]
    assert label == 0  # the largest disc claims more than a head
    button(bare, "Take this click").click()
    says(bare, "The answer to 2 clicks")
    assert widget.points[1] == {"x": x, "y": y, "label": 0}
    assert not answers.first.is_visible()
    page.get_by_label("beside it", exact=True).check()
    page.mouse.click(*at(bare, 10.5, 20.5))
    says(bare, "3 clicks")
    assert [one["label"] for one in widget.points] == [1, 0, 0]

    page.get_by_label("box", exact=True).check()
    drag(bare, (60, 60), (20, 30))
    says(bare, "IoU with the truth|3 clicks")
    (box,) = widget.boxes
    assert [round(box[key]) for key in ("x0", "y0", "x1", "y1")] == [20, 30, 60, 60]
    seen = [prompts(widget)]
    for _ in range(6):
        button(bare, "Undo").click()
        bare.frame()
        seen.append(prompts(widget))
    assert [one[:2] for one in seen] == [(3, 1), (3, 0), (2, 0), (1, 0), (1, 0), (1, 0), (1, 0)]
    assert [one[4] for one in seen[3:]] == [2, 1, 2, 0]  # the answers that were chosen, the last first
    assert bare.picture() == first
    button(bare, "Undo").click()
    says(bare, "Nothing asked yet")
    assert bare.picture() == plain
    for _ in range(4):
        button(bare, "Redo").click()
    says(bare, "the third")
    assert bare.picture() == third
    button(bare, "Clear").click()
    says(bare, "Nothing asked yet")
    assert bare.picture() == plain
    button(bare, "Undo").click()  # clearing is taken back, too
    says(bare, "the third")


def test_by_keyboard_alone_and_by_finger(clicks):
    bare, page, widget = clicks, clicks.page, clicks.widget
    page.get_by_role("application").focus()
    for key in ("0", "ArrowRight", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    says(bare, "one click")
    assert widget.points == [{"x": 54.5, "y": 64.5, "label": 1}]  # a first click is on it
    page.locator("[role=status]").filter(has_text="Column 54, row 64.").wait_for(state="attached")
    for key in ("n", "Shift+ArrowDown", "Enter", "b", "Enter", "Shift+ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
        bare.frame()
    says(bare, "3 clicks")
    page.wait_for_function("() => window.bare.model.get('boxes').length === 1")
    assert [one["label"] for one in widget.points][2] == 0
    assert (widget.boxes[0]["x0"], widget.boxes[0]["x1"]) == (54.5, 64.5)
    page.keyboard.press("Control+z")
    bare.frame()
    assert widget.boxes == []
    bare.set(points=[], boxes=[], tool="point", label=1)
    bare.resize(360, 700)
    page.touchscreen.tap(*at(bare, 31.5, 105.5))
    says(bare, "one click")
    assert round(widget.points[0]["x"]) in (31, 32)
    page.get_by_role("radio", name=re.compile("^Answer 2")).tap()
    says(bare, "the second")


def test_words_an_absent_thing_and_a_network_that_fails(browser):
    with mount(browser, asking("text")) as bare:
        page, widget = bare.page, bare.widget
        page.wait_for_function(READY)
        assert page.get_by_role("radio").count() == page.get_by_role("radio", name="Answer").count()
        plain, field = bare.picture(), page.get_by_role("combobox", name="Words")
        assert page.locator("datalist option").count() == len(widget.words) > 5
        field.fill("cat")
        field.press("Enter")
        says(bare, "answer to “cat” covers 50.0 %.*truth of “cat”")
        half = bare.picture()
        assert half != plain
        field.fill("nothing")
        button(bare, "Ask").click()
        says(bare, "toy-asked finds nothing for “nothing”")
        assert bare.picture() == plain
        field.fill("boat")
        field.press("Tab")
        says(bare, "The scene has no boat: there is nothing to be found")
        field.fill("fail")
        field.press("Enter")
        page.get_by_role("alert").get_by_text("toy-asked failed: RuntimeError, the network is out of order").wait_for()
        assert "second line" not in page.locator(".segtutor-widget").inner_text()
        assert bare.picture() == plain
        page.mouse.click(*at(bare, 20, 20))  # what the network cannot be asked is not offered
        bare.frame()
        assert widget.points == []
        for text in ("boat", "nothing", "cat"):
            button(bare, "Undo").click()
            page.wait_for_function("(text) => window.bare.model.get('text') === text", arg=text)
        says(bare, "answer to “cat”")
        assert (field.input_value(), bare.picture()) == ("cat", half)
        assert page.get_by_role("alert").count() == 0


def test_a_painted_example_is_asked_stroke_by_stroke(browser):
    with mount(browser, asking("example", example=OTHER.render())) as bare:
        page, widget = bare.page, bare.widget
        page.wait_for_function(READY)
        plain, example = bare.picture(), bare.picture(2)
        drag(bare, (40, 100), (60, 110), which=EXAMPLE)
        says(bare, "answer to the painted example")
        painted, answer = bare.picture(2), bare.picture()
        assert (painted != example, answer != plain) == (True, True)
        assert widget.mask[105, 50]  # this network gives back what was painted
        assert "all that is" in page.locator(".segtutor-told").inner_text()
        page.get_by_label("erases").check()
        drag(bare, (36, 98), (64, 112), which=EXAMPLE)
        page.wait_for_function("() => window.bare.model.get('scribbles').length === 2")
        page.get_by_role("slider", name="Width of the brush").fill("40")
        drag(bare, (36, 98), (64, 112), which=EXAMPLE)
        page.get_by_role("alert").get_by_text("example").wait_for()
        button(bare, "Undo").click()
        button(bare, "Undo").click()
        says(bare, "answer to the painted example")
        assert (bare.picture(2), bare.picture()) == (painted, answer)
        page.get_by_label("paints").check()
        page.get_by_role("application", name=re.compile("The example")).focus()
        for key in ("ArrowUp", "[", "Space", "Shift+ArrowUp", "Space"):
            page.keyboard.press(key)
        page.wait_for_function("() => window.bare.model.get('scribbles').length === 2")
        bare.frame()
        assert (widget.scribbles[1]["label"], widget.scribbles[1]["width"]) == (1, 38)
        assert bare.picture(2) != painted
        button(bare, "Clear").click()
        says(bare, "Nothing asked yet")
        assert (bare.picture(2), bare.picture()) == (example, plain)


# Milliseconds from each click to the end of the frame in which its mask was drawn.
CLICKS = """async (count) => {
  const sheet = document.querySelector(".segtutor-sheet"), box = sheet.getBoundingClientRect(), times = [];
  const drawn = CanvasRenderingContext2D.prototype.putImageData;
  for (let n = 0; n < count; n++) {
    window.bare.model.set("points", []);
    await new Promise((go) => setTimeout(go, 30));
    const place = { bubbles: true, button: 0, pointerId: 1, clientX: box.left + 20 + (n * 37) % (box.width - 40),
      clientY: box.top + 20 + (n * 53) % (box.height - 40) };
    const start = performance.now();
    const seen = new Promise((go) => { CanvasRenderingContext2D.prototype.putImageData = function (...all) {
      drawn.apply(this, all);
      if (this.canvas === sheet.firstChild) requestAnimationFrame(() => setTimeout(() => go(performance.now()), 0));
    }; });
    for (const kind of ["pointerdown", "pointerup"]) sheet.dispatchEvent(new PointerEvent(kind, place));
    times.push(await seen - start);
    CanvasRenderingContext2D.prototype.putImageData = drawn;
  }
  return times;
}"""


def test_it_reads_in_both_themes_leaves_nothing_and_its_latency_is_printed(browser, capsys):
    made = st.widgets.PromptCanvas(IMAGE, SCENE, model="sam-toytown", points=[{"x": 31.5, "y": 105.5, "label": 1}])
    with mount(browser, made) as bare:
        page = bare.page
        page.wait_for_function(READY)
        says(bare, "3 answers to one click")
        pictures = []
        for theme in ("light", "dark"):
            bare.theme(theme)
            pictures.append(bare.picture())
            colors = page.evaluate(CONTRAST)
            assert len(colors) > 10
            assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
        assert pictures[0] == pictures[1]
        assert page.evaluate(UNNAMED) == []
        for width in (320, 700, 1600):
            bare.resize(width)
            assert page.evaluate(CUT_OFF) == []
            assert page.evaluate(SMALL) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        bare.resize(1100)
        listeners = page.evaluate("() => window.bare.listeners()")
        times = page.evaluate(CLICKS, 8)
        with capsys.disabled():
            print(
                f"\nsam-toytown: click to mask in the browser: median {statistics.median(times):.0f} ms, of which the "
                f"network took {made.answers['ms']:.0f}"
            )
        for _ in range(3):
            bare.again()
            page.wait_for_function(READY)
        assert page.evaluate("() => window.bare.listeners()") == listeners
        page.evaluate("() => { window.bare.model.kernel = false; }")  # as on a page without a notebook
        bare.again()
        page.get_by_text("answers in a running notebook").wait_for()
        says(bare, "3 answers to one click")
        before = made.points
        page.mouse.click(*at(bare, 60, 60))
        bare.frame()
        assert made.points == before
        assert button(bare, "Undo").is_disabled()

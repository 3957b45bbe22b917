"""SceneEditor in a real Chromium on a bare page: mouse, keyboard, touch, answers that keep up, themes, windows."""

from __future__ import annotations

import base64
import io
import re
import time

import numpy as np
import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from PIL import Image
from test_scene_editor import SceneGuesser
from test_widget_browser import CONTRAST

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def bare(browser):
    editor = st.widgets.SceneEditor([SceneGuesser(), SceneGuesser()], scene=st.toytown.scene(9))
    with mount(browser, editor, has_touch=True) as mounted:
        yield mounted


@pytest.fixture(autouse=True)
def as_at_first(bare):
    bare.resize(1100)
    bare.set(scene=st.toytown.scene(9), selected=None)
    settled(bare)


def at(bare, n: int) -> tuple[float, float]:
    """The place on the screen of a pixel of thing n that is seen, near the middle of what is seen of it."""
    ids = bare.widget.scene.draw()[1]
    rows, columns = np.nonzero(ids == st.toytown.FIRST_THING + n)
    middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    box = bare.page.locator(".segtutor-scene-picture").bounding_box()
    return (
        box["x"] + (columns[middle] + 0.5) * box["width"] / 128,
        box["y"] + (rows[middle] + 0.5) * box["height"] / 128,
    )


def settled(bare) -> None:
    """Until Python knows what the learner did: that is after the answer to it."""
    end = time.monotonic() + 60  # on a busy machine
    while time.monotonic() < end:
        bare.page.wait_for_timeout(40)
        shown = bare.page.evaluate("() => [window.bare.model.get('things'), window.bare.model.get('selected')]")
        if shown == [bare.widget.things, bare.widget.selected]:
            return bare.frame()
    raise AssertionError("Python did not hear of the change")


def scene_pixels(bare) -> np.ndarray:
    """What the browser composed, (128, 128, 3)."""
    png = base64.b64decode(bare.picture(0).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def button(bare, name: str):
    return bare.page.get_by_role("button", name=name, exact=True)


def test_dragging_with_the_mouse_moves_a_thing_and_asks_about_the_newest_scene(bare):
    page, editor = bare.page, bare.widget
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])
    before, asked, answer = editor.things[3], editor._segmenters[0].asked, bare.picture(2)
    x, y = at(bare, 3)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(x - 3 * step, y - step)
    page.mouse.up()
    settled(bare)
    assert editor.selected == 3
    assert editor.things[3]["x"] < before["x"] - 0.15
    assert editor.things[3]["y"] < before["y"]
    assert (editor.things[3]["x"] * 256).is_integer()
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])
    assert bare.picture(2) != answer, "another scene, another answer"
    assert 1 < editor._segmenters[0].asked - asked <= 32, "never a queue"
    told = page.locator(".segtutor-panel").nth(2).inner_text()
    assert f"PQ {100 * editor.answers[0]['pq']['all']['pq']:.1f} %" in told
    assert re.search(r"ms", page.locator(".segtutor-scene-pace").inner_text())
    button(bare, "Undo").click()
    settled(bare)
    assert editor.things[3] == before, "the whole drag is one step"
    button(bare, "Redo").click()
    button(bare, "Start again").click()
    settled(bare)
    assert editor.scene == st.toytown.scene(9)


# What a slow kernel's echo of the last saved things looks like to the view, when the learner has gone on since.
# It comes before the page has saved that, so both happen at once.
MOVE_AND_ECHO = """([clientX, clientY, things]) => {
  const move = new PointerEvent('pointermove', { clientX, clientY, bubbles: true });
  document.querySelector('.segtutor-scene-picture').dispatchEvent(move);
  window.bare.heard({ state: { things }, messages: [] });
}"""
UNDO_AND_ECHO = """(things) => {
  [...document.querySelectorAll('button')].find((one) => one.textContent === 'Undo').click();
  window.bare.heard({ state: { things }, messages: [] });
}"""


def test_an_echo_that_comes_late_undoes_nothing_and_does_not_split_a_drag(bare):
    page, editor = bare.page, bare.widget
    before = editor.things
    x, y = at(bare, 3)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    settled(bare)  # the hand rests: this much is saved
    half = editor.things
    assert half[3]["x"] < before[3]["x"] - 0.03
    page.evaluate(MOVE_AND_ECHO, [x - 60, y, half])
    page.mouse.move(x - 80, y, steps=4)
    page.mouse.up()
    settled(bare)
    dragged = editor.things
    assert dragged[3]["x"] < half[3]["x"] - 0.03, "the hand, not the echo"
    page.evaluate(UNDO_AND_ECHO, dragged)
    settled(bare)
    assert editor.things == before, "one drag, one step back"
    bare.set(things=half)
    bare.set(things=before)
    bare.set(things=half)
    settled(bare)
    assert editor.things == half, "what Python says twice is meant twice"
    button(bare, "Undo").click()
    settled(bare)
    assert editor.things == before


def test_a_late_echo_of_the_selection_leaves_the_newer_one(bare):
    page, editor = bare.page, bare.widget
    bare.set(selected=0)
    page.locator(".segtutor-scene-stage").focus()
    page.keyboard.press("n")
    settled(bare)
    assert editor.selected == 1
    before = editor.things
    # all at once, before the page has saved the newer choice
    page.evaluate(
        "() => { const stage = document.querySelector('.segtutor-scene-stage');"
        " const press = (key) => stage.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));"
        " press('n'); window.bare.heard({ state: { selected: 1 }, messages: [] }); press('Delete'); }"
    )
    settled(bare)
    assert editor.things == [one for n, one in enumerate(before) if n != 2]


def test_two_views_of_one_editor_follow_each_other(bare):
    page, editor = bare.page, bare.widget
    before = editor.things
    page.evaluate("() => window.bare.beside()")
    first, second = (page.locator(".segtutor-scene-stage").nth(n) for n in (0, 1))
    first.focus()
    page.evaluate(
        "() => { const [one, other] = document.querySelectorAll('.segtutor-scene-stage');"
        " const press = (stage, key, more = {}) => stage.dispatchEvent("
        "   new KeyboardEvent('keydown', { key, bubbles: true, ...more }));"
        " press(one, 'n'); press(one, 'ArrowLeft'); press(other, 'z', { ctrlKey: true }); press(other, 'n'); }"
    )
    settled(bare)
    assert (editor.things, editor.selected) == (before, 1)
    second.focus()
    page.keyboard.press("Delete")
    settled(bare)
    assert editor.things == [one for n, one in enumerate(before) if n != 1]
    page.evaluate("() => window.bare.closeBeside()")


def test_another_scene_ends_a_drag(bare):
    page, editor = bare.page, bare.widget
    x, y = at(bare, 4)
    page.mouse.move(x, y)
    page.mouse.down()
    # The hand has moved, and this is not saved when a cell sets other things
    page.evaluate("() => { const { model } = window.bare; window.bare.saves = model.save_changes; "
                  "model.save_changes = () => {}; }")  # fmt: skip
    page.mouse.move(x - 20, y, steps=2)
    fewer = editor.things[:2]
    bare.set(things=fewer)
    page.evaluate("() => { window.bare.model.save_changes = window.bare.saves; }")
    page.mouse.move(x - 40, y, steps=2)
    page.mouse.up()
    settled(bare)
    assert editor.things == fewer


def test_a_move_that_crosses_a_cells_scene_is_not_taken(bare):
    """Saved by the page, and on its way, when a cell sets another scene: both sides end with the cell's."""
    page, editor = bare.page, bare.widget
    other = st.toytown.scene(31)
    bare.set(selected=0)
    page.locator(".segtutor-scene-stage").focus()
    page.evaluate("() => { const { model } = window.bare; window.bare.saves = model.save_changes; "
                  "model.save_changes = () => {}; }")  # fmt: skip
    page.keyboard.press("ArrowLeft")
    editor.scene = other  # the page hears of it later
    page.evaluate("() => { window.bare.model.save_changes = window.bare.saves; window.bare.saves(); }")
    settled(bare)
    bare.set(selected=None)
    settled(bare)
    assert editor.scene == other
    assert scene_pixels(bare).tolist() == other.draw()[0].tolist()


def test_everything_by_keyboard(bare):
    page, editor = bare.page, bare.widget
    page.locator(".segtutor-scene-stage").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    settled(bare)
    assert editor.selected == 1
    start = editor.things[1]
    for key in ("ArrowLeft", "Shift+ArrowUp", "+", "c", "p"):
        page.keyboard.press(key)
        settled(bare)
    now = editor.things[1]
    assert now["x"] == pytest.approx(start["x"] - 2 / 256, abs=1 / 256)
    assert now["y"] == pytest.approx(start["y"] - 16 / 256, abs=1 / 256)
    assert now["height"] == pytest.approx(1.1 * start["height"])
    assert (now["colour"], now["pattern"]) == ("orange", "patterned")
    page.keyboard.press("]")
    page.keyboard.press("Delete")
    settled(bare)
    assert len(editor.things) == 4
    assert now not in editor.things
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    settled(bare)
    assert editor.things[1] == now
    page.keyboard.press("Escape")
    button(bare, "Add a tree").focus()
    page.keyboard.press("Enter")
    settled(bare)
    assert editor.things[-1]["kind"] == "tree"
    assert editor.selected == len(editor.things) - 1
    row = page.locator(".segtutor-scene-thing").nth(1)
    row.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    settled(bare)
    assert editor.selected == len(editor.things) - 2
    assert row.get_attribute("aria-pressed") == "true"
    assert "is selected" in page.locator(".segtutor-scene-stage").get_attribute("aria-label")


def test_a_finger_drags_a_thing_and_its_grip_makes_it_larger(bare):
    page, editor = bare.page, bare.widget
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    before, (x, y) = editor.things[2], at(bare, 2)
    finger("touchStart", (x, y))
    for step in range(1, 12):
        finger("touchMove", (x - 3 * step, y - 2 * step))
    finger("touchEnd")
    settled(bare)
    assert editor.selected == 2
    assert editor.things[2]["x"] < before["x"] - 0.05
    grip = page.locator(".segtutor-scene-grip").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    finger("touchStart", (x, y))
    for step in range(1, 8):
        finger("touchMove", (x, y - 6 * step))
    finger("touchEnd")
    settled(bare)
    assert editor.things[2]["height"] > 1.2 * before["height"]
    touch.detach()


def test_what_python_sets_is_shown(bare):
    editor = bare.widget
    bare.set(scene=st.toytown.scene(7), selected=0)
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])
    assert bare.page.locator(".segtutor-scene-thing:visible").count() == len(editor.things)
    tall = [{**editor.things[0], "height": 0.3, "x": 0.31}]  # a cutout that the browser does not have
    bare.set(things=tall)
    settled(bare)
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])
    bare.again()
    np.testing.assert_array_equal(scene_pixels(bare), editor.scene.draw()[0])


def test_themes_narrow_windows_names_and_sizes(bare):
    bare.set(selected=1)
    settled(bare)
    pictures = []
    for theme in ("light", "dark"):
        bare.theme(theme)
        pictures.append(bare.picture(2))
        colors = bare.page.evaluate(CONTRAST)
        assert len(colors) > 20
        assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
    assert pictures[0] == pictures[1]
    bare.theme("light")
    assert bare.page.evaluate(UNNAMED) == []
    for width in (320, 700, 1600):
        bare.resize(width)
        assert bare.page.evaluate(CUT_OFF) == []
        assert bare.page.evaluate(SMALL) == []
        assert bare.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_a_kernel_the_scene_still_moves_and_says_who_does_not_answer(bare):
    page = bare.page
    page.evaluate("() => { window.bare.model.kernel = false; }")
    try:
        bare.again()
        told = page.locator(".segtutor-panel").nth(2)
        assert "PQ " in told.inner_text(), "the answers to the scene as it was"
        messages, picture = len([kind for kind, _ in bare.received if kind == "message"]), bare.picture(0)
        page.locator(".segtutor-scene-stage").focus()
        for key in ("n", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        bare.frame()
        assert bare.picture(0) != picture
        assert "running notebook" in page.locator(".segtutor-scene-pace").inner_text()
        assert "segtutor-old" in told.get_attribute("class")
        settled(bare)  # the bare page has a kernel, which hears of the move
        assert len([kind for kind, _ in bare.received if kind == "message"]) == messages
    finally:
        page.evaluate("() => { delete window.bare.model.kernel; }")
        bare.again()

"""AttentionExplorer on a bare page: mouse, keyboard, touch, themes, narrow windows, a page without a kernel, speed.

The network is the shipped one; tests/browser/bare.py is the page, and one page serves all tests.
"""

from __future__ import annotations

import re
import statistics

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_widget_browser import CONTRAST

import segtutor as st
from segtutor.data import toytown

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PICTURES = "() => [...document.querySelectorAll('.segtutor-canvas')].filter((c) => c.getClientRects().length)"
WITH, WITHOUT = "With its mask, as the layer ran", "Without: this layer recomputed"


@pytest.fixture(scope="module")
def segmenter():
    return st.load("mask2former-toytown").set_image(toytown.scene(3).render()[0])


@pytest.fixture(scope="module")
def page(browser, segmenter):
    with mount(browser, st.widgets.AttentionExplorer(segmenter), width=1280, has_touch=True) as bare:
        bare.page.get_by_text("of the attention to the map would lie inside").first.wait_for()
        yield bare


@pytest.fixture
def bare(page):
    page.set(view="cross", query=22, layer=2, head=None, masked=None, pixel=None, level=2)
    _settled(page)
    page.received.clear()
    return page


def _settled(bare, milliseconds: int = 300) -> None:
    bare.page.wait_for_timeout(milliseconds)
    bare.frame()


def _pictures(bare) -> list[str]:
    """The canvases in sight, pixel by pixel."""
    bare.frame()
    return bare.page.evaluate(f"() => ({PICTURES})().map((canvas) => canvas.toDataURL())")


def _place(bare, x: int, y: int, which: int = 0) -> tuple[float, float]:
    box = bare.page.locator(".segtutor-canvas:visible").nth(which).bounding_box()
    height, width = bare.widget.size
    return box["x"] + (x + 0.5) * box["width"] / width, box["y"] + (y + 0.5) * box["height"] / height


def _frame(bare) -> None:
    """Pictures are drawn in one frame, what is to be read about them is written in the next."""
    bare.frame()
    bare.frame()


def _said(bare) -> str:
    _frame(bare)
    return bare.page.locator(".segtutor-say").inner_text()


def test_by_mouse_a_query_with_and_without_its_mask(bare):
    page, widget = bare.page, bare.widget
    both = _pictures(bare)
    assert len(both) == 2
    assert both[0] != both[1]
    read = widget.reading
    said = _said(bare)
    assert said.startswith(f"Query 22 ({read['class']}, score {read['score']:.2f}), layer 3, mean of 4 heads, reads")
    assert f"allows {read['allowed']} of 256" in said
    assert float(re.search(r"Without it, ([\d.]+) %", said)[1]) == pytest.approx(100 * read["inside"], abs=1.5)
    page.get_by_role("radio", name="without", exact=True).check()
    assert _pictures(bare) == [both[1]]
    assert widget.masked is False
    page.get_by_role("radio", name="side by side").check()
    page.get_by_role("button", name="Head 2").click()
    assert widget.head == 1
    assert _pictures(bare)[0] != both[0]
    page.get_by_role("button", name="mean of 4 heads").click()
    assert (widget.head, _pictures(bare)) == (None, both)
    page.mouse.click(*_place(bare, 72, 105))  # the ball's query
    _frame(bare)
    assert widget.reading["class"] == "ball"
    assert "(72, 105)" in page.locator(".segtutor-detail:visible").first.inner_text()
    page.mouse.move(*_place(bare, 3, 3, 1))
    _frame(bare)
    assert widget.pixel == [3, 3]
    assert "lies outside the mask: it gets nothing" in page.locator(".segtutor-detail:visible").first.inner_text()
    assert re.search(
        r"gets (< )?0\.\d % of the attention", page.locator(".segtutor-detail:visible").nth(1).inner_text()
    )


def test_an_empty_mask_is_marked_and_a_layer_is_fetched_when_it_is_looked_at(bare):
    page, widget = bare.page, bare.widget
    slider = page.get_by_role("slider", name="Decoder layer")
    slider.focus()
    page.keyboard.press("Home")
    _settled(bare)
    assert widget.layer == 0
    assert [content[0]["part"] for kind, content in bare.received if kind == "message"] == ["layer 0"]
    assert "map at 1/32 (4 × 4 cells)" in _said(bare)
    query = page.get_by_role("slider", name="Query")
    seen = set()
    query.focus()
    page.keyboard.press("Home")
    for _ in range(24):
        _frame(bare)
        seen.add(widget.query)
        with_, without = _pictures(bare)
        empty = bool(widget._seen.layers[0].empty[widget.query])
        assert ("by the empty-mask rule it looks everywhere" in _said(bare)) == empty == widget.reading["empty"]
        assert with_ != without  # a border, or the mark of the rule
        page.keyboard.press("ArrowRight")
    assert seen == set(range(24))
    page.wait_for_function("(said) => document.querySelector('[role=status]').textContent === said", arg=_said(bare))
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    _settled(bare)
    assert len([kind for kind, _ in bare.received if kind == "message"]) == 1  # kept
    assert slider.get_attribute("aria-valuetext") == "1 of 3, map at 1/32, 4 by 4 cells"


def test_sampling_points_by_pointer_keyboard_and_touch(bare):
    page, widget = bare.page, bare.widget
    page.get_by_role("radio", name="a pixel at the maps").check()
    _settled(bare)
    assert widget.view == "sampling"
    page.mouse.move(*_place(bare, 60, 70))
    _frame(bare)
    assert widget.pixel == [60, 70]
    first = _pictures(bare)
    row, column = widget.place()
    assert f"map at 1/8 (row {row}, column {column}), all 4 heads: 48 points" in _said(bare)
    outside = sum(not (0 <= one["x"] <= 128 and 0 <= one["y"] <= 128) for one in widget.points())
    assert f"{outside} of them" in _said(bare)
    page.mouse.click(*_place(bare, 60, 70))
    page.mouse.move(*_place(bare, 20, 20))
    _frame(bare)
    assert widget.pixel == [60, 70]  # held
    page.get_by_role("radio", name="1/32").check()
    assert widget.level == 0
    assert _pictures(bare) != first
    page.get_by_role("button", name="Head 3").click()
    assert "head 3: 12 points" in _said(bare)
    picker = page.get_by_role("application", name=re.compile("cell of a pixel"))
    picker.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    assert widget.pixel == [70, 69]
    page.keyboard.press("Enter")  # lets go
    page.touchscreen.tap(*_place(bare, 100, 30))
    _frame(bare)
    assert widget.pixel == [100, 30]
    shares = page.get_by_role("list", name="Share of the weight by map").inner_text()
    expected = [sum(one["weight"] for one in widget.points() if one["level"] == level) for level in range(3)]
    found = [float(number) for number in re.findall(r"([\d.]+) %", shares)]
    assert found == pytest.approx([100 * share for share in expected], abs=1.5)


def test_queries_look_at_queries(bare):
    page, widget = bare.page, bare.widget
    bare.set(view="self")
    _settled(bare)
    (whole,) = _pictures(bare)
    looks = page.get_by_role("list", name="Queries that the held one looks at").inner_text()
    best = widget.partners()[0]
    assert looks.startswith(f"query {best['query']}: {best['class']}")
    picker = page.get_by_role("application", name=re.compile("^Queries"))
    picker.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    _frame(bare)
    order = widget.queries["by_class"]
    assert page.locator(".segtutor-detail:visible").inner_text().startswith(f"Query {order[12]} ")
    page.keyboard.press("Enter")
    _frame(bare)
    assert widget.query == order[12]
    assert _pictures(bare) != [whole]
    box = page.locator(".segtutor-canvas:visible").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 1.5 * box["height"] / 25)
    _frame(bare)
    assert widget.query == order[0]


def test_touch_in_all_widths_and_themes(bare):
    page, widget = bare.page, bare.widget
    bare.resize(320)
    page.touchscreen.tap(*_place(bare, 72, 105))
    _frame(bare)
    assert (widget.pixel, widget.query) == ([72, 105], 22)
    page.get_by_role("button", name="Take the query of this pixel").tap()
    assert widget.reading["class"] == "ball"
    page.get_by_role("button", name="Head 1").tap()
    assert widget.head == 0
    for view in ("cross", "sampling", "self"):
        bare.set(view=view)
        _settled(bare)
        assert page.evaluate(UNNAMED) == []
        for width in (1600, 768, 320):
            bare.resize(width)
            assert page.evaluate(CUT_OFF) == [], (view, width)
            assert page.evaluate(SMALL) == [], (view, width)
        pictures = []
        for theme in ("light", "dark", "none"):
            bare.theme(theme)
            pictures.append(_pictures(bare))
            if theme != "none":
                colors = page.evaluate(CONTRAST)
                assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
        assert pictures[0] == pictures[1] == pictures[2]
    bare.resize(1280)


def test_run_again_nothing_is_left_and_without_a_kernel_it_says_so(bare):
    page = bare.page
    listeners = page.evaluate("() => window.bare.listeners()")
    for _ in range(5):
        bare.again()
    assert page.evaluate("() => window.bare.listeners()") == listeners
    page.evaluate("() => { window.bare.model.kernel = false; }")
    bare.again()
    bare.received.clear()
    page.evaluate("() => window.bare.model.set('layer', 1)")
    _frame(bare)
    assert "Decoder layer 2 was not sent with this page: it needs a running notebook." in _said(bare)
    assert [kind for kind, _ in bare.received if kind == "message"] == []
    page.evaluate("() => { delete window.bare.model.kernel; }")
    bare.again()
    _settled(bare)
    assert _said(bare).startswith("Query 22")


FRAMES = """async ({ action, count }) => {
  const model = window.bare.model, times = [];
  const act = { query: (n) => model.set("query", (n * 7) % 24), layer: (n) => model.set("layer", n % 3) }[action];
  for (let n = 0; n < count; n++) {
    await new Promise((go) => setTimeout(go, 40));
    const start = performance.now();
    act(n);
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
    times.push(performance.now() - start);
  }
  return times;
}"""


def test_latency_is_reported(bare, capsys):
    """Printed rather than asserted: machines differ, and tests share theirs."""
    lines = [f"{bare.widget!r}: first display {bare.first_ms:.0f} ms"]
    for layer in range(3):
        bare.set(layer=layer)
        _settled(bare)
    for action in ("query", "layer"):
        times = bare.page.evaluate(FRAMES, {"action": action, "count": 20})
        lines.append(f"  {action} to picture: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms")
    with capsys.disabled():
        print("\n" + "\n".join(lines))


def test_tokens_of_a_prompt_and_what_the_picture_takes_from_them(browser):
    from playwright.sync_api import expect

    segmenter = st.load("sam-toytown").set_image(toytown.scene(19).render()[0])
    widget = st.widgets.AttentionExplorer(segmenter, points=[(31, 105)])
    with mount(browser, widget, width=1280) as bare:
        said = bare.page.locator(".segtutor-say")
        expect(said).to_contain_text("Token 5 (click 1, on it), the last look", timeout=60_000)
        expect(said).to_contain_text("every token may look everywhere")
        expect(bare.page.get_by_label("a pixel at the maps")).to_have_count(0)
        bare.page.get_by_label("the picture at a token").check()
        expect(said).to_contain_text("layer 2, mean of 4 heads, is read by the map at 1/8", timeout=60_000)
        expect(bare.page.get_by_text("What each cell takes from it", exact=True)).to_be_visible()
        assert widget.view == "back"
        before = _pictures(bare)
        bare.page.get_by_role("button", name="Head 3").click()
        expect(said).to_contain_text("head 3", timeout=60_000)
        assert _pictures(bare) != before
        bare.page.get_by_label("tokens at tokens").check()
        expect(said).to_contain_text("from the other tokens", timeout=60_000)
        expect(bare.page.get_by_text("Tokens (rows) look at tokens (columns)", exact=True)).to_be_visible()

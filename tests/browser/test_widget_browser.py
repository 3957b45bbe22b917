"""ThresholdExplorer in a real JupyterLab: mouse, keyboard, themes, narrow windows, names for a screen reader.

The notebook is made here, around a segmenter without a network, so that these tests need no lesson and no checkpoint.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from pathlib import Path

import pytest
from touched import IN_KERNEL

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TOY = Path(__file__).parents[1] / "toy_segmenter.py"
CELLS = [
    "from toy_segmenter import ToySegmenter\nimport segtutor as st\nsegmenter = ToySegmenter()",
    "explorer = st.widgets.ThresholdExplorer(segmenter, segmenter.image, segmenter.truth)\nexplorer",
    "explorer  # a second view",
]
SCORE = "Score threshold"


@pytest.fixture(scope="module")
def server(server_of, tmp_path_factory):
    """A server on a folder that holds one notebook of our own."""
    from segtutor.commands.lab import jupyter_command

    folder = tmp_path_factory.mktemp("notebooks")
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "widget.ipynb").write_text(json.dumps(notebook))
    (folder / TOY.name).write_text(TOY.read_text(encoding="utf-8"))
    return server_of(folder, lambda folder, port: jupyter_command(folder, browser=False, port=port))


class Explorer:
    """The widget as a person meets it: through names, keys and the mouse."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".segtutor-widget").first
        self.canvas = self.root.get_by_role("img", name=re.compile("Panoptic picture|The truth|The picture"))
        self.canvas.wait_for()
        self.canvas.scroll_into_view_if_needed()
        self.page.wait_for_function(  # decoded and drawn: no longer one colour
            "() => { const c = document.querySelector('.segtutor-canvas');"
            " return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size > 20; }"
        )

    def slider(self, name: str):
        return self.root.get_by_role("slider", name=name, exact=True)

    def frame(self) -> None:
        """Waits until a drawn frame has passed."""
        self.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")

    def kept_and_void(self) -> tuple[int, float]:
        """The summary's numbers: queries kept, per cent void."""
        self.frame()
        text = self.root.locator(".segtutor-summary").inner_text()
        return int(text.split()[0]), float(re.search(r"([\d.]+) % void", text)[1])

    def picture(self) -> str:
        """The canvas, pixel by pixel."""
        self.frame()
        return self.page.evaluate("document.querySelector('.segtutor-canvas').toDataURL()")

    def told(self) -> None:
        """Waits until the kernel has heard what the sliders stand at, and what came out."""
        sliders = self.root.locator(".segtutor-slider input").all()
        check = (
            f"print([getattr(explorer, name) for name in explorer.defaults] == "
            f"{[float(one.input_value()) for one in sliders]}, [(one['id'], one['area']) for one in explorer.segments] "
            "== [(one.id, one.area) for one in explorer.result.segments])"
        )
        end = time.monotonic() + 60  # on a busy machine
        while (said := self.in_kernel(check)) != "True True":
            assert time.monotonic() < end, f"thresholds and segments are the page's: {said}"
            self.page.wait_for_timeout(60)

    def in_kernel(self, expression: str) -> str:
        """What the kernel says to an expression."""
        return self.page.evaluate(IN_KERNEL, expression)


@pytest.fixture(scope="module")
def lesson(server, open_for_module):
    return open_for_module(server, "widget.ipynb", has_touch=True)


@pytest.fixture
def explorer(lesson) -> Explorer:
    """The widget as it was at first: the page is shared, so sizes, theme, sliders and the held query go back."""
    lesson.page.set_viewport_size({"width": 1280, "height": 1000})
    lesson.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")  # as anybody does on a small screen
    lesson.set_theme("JupyterLab Light")
    explorer = Explorer(lesson)
    explorer.root.get_by_role("button", name="Reset").click()
    for row in explorer.root.locator(".segtutor-row[aria-pressed=true]").all():
        row.click()
    lesson.page.mouse.move(2, 2)
    explorer.frame()
    explorer.told()
    return explorer


def test_mouse_moves_the_score_threshold_and_the_picture_follows(explorer):
    slider = explorer.slider(SCORE)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    mouse, seen = explorer.page.mouse, []
    mouse.move(box["x"] + 0.8 * box["width"], middle)
    mouse.down()
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.999):
        mouse.move(box["x"] + share * box["width"], middle, steps=4)
        seen.append((*explorer.kept_and_void(), explorer.picture()))
    mouse.up()
    kept, void = [one[0] for one in seen], [one[1] for one in seen]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1] == 0
    assert void[0] < 50 < void[-1] == 100  # between them void need not grow: a removed query gives its pixels back
    assert len({one[2] for one in seen}) >= 3
    # The kernel was not asked, but told: what it now holds is what its own inference says
    explorer.told()
    assert float(explorer.in_kernel("print(explorer.score_threshold)")) == float(slider.input_value())
    assert explorer.in_kernel("print(explorer.segments, len(explorer.result.segments))") == "[] 0"


def test_keyboard_moves_the_slider_under_the_focus(explorer):
    slider = explorer.slider(SCORE)
    before = explorer.kept_and_void()
    slider.focus()
    for _ in range(15):
        explorer.page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) == 0.9
    after = explorer.kept_and_void()
    assert after[0] < before[0]
    assert after[1] > before[1]
    explorer.page.keyboard.press("Home")
    assert float(slider.input_value()) == 0
    assert explorer.kept_and_void()[0] > after[0]
    assert slider.evaluate("node => node === document.activeElement"), "the notebook took the focus away"
    spoken = slider.get_attribute("aria-valuetext")
    assert spoken.startswith("0.00, ")
    assert "queries kept" in spoken


def test_moved_sliders_leave_in_the_kernel_what_its_own_inference_says(explorer):
    for name, keys in {SCORE: "ArrowLeft", "Mask threshold": "ArrowRight", "Overlap threshold": "ArrowLeft"}.items():
        explorer.slider(name).focus()
        for _ in range(7):
            explorer.page.keyboard.press(keys)
    explorer.told()
    check = (
        "segments, pq = explorer.segments, explorer.pq\n"
        "explorer._compute()\n"
        "apart = max(abs(pq[part][key] - explorer.pq[part][key]) for part in pq for key in pq[part])\n"
        "print(segments == explorer.segments, apart < 1e-9, *(getattr(explorer, name) for name in explorer.defaults))"
    )
    assert explorer.in_kernel(check) == "True True 0.68 0.57 0.73"


def test_python_moves_the_slider(explorer):
    explorer.in_kernel("explorer.score_threshold = 0.99")
    explorer.page.wait_for_function(
        "() => [...document.querySelectorAll('.segtutor-slider input')].some((one) => one.value === '0.99')"
    )
    kept, _ = explorer.kept_and_void()
    assert kept == int(explorer.in_kernel("print(len(explorer.segments))"))


def test_a_query_can_be_held_by_mouse_and_by_keyboard(explorer):
    whole = explorer.picture()
    row = explorer.root.get_by_role("button", name=re.compile("^Query .*kept")).first
    row.hover()
    assert explorer.picture() != whole
    explorer.page.mouse.move(2, 2)
    assert explorer.picture() == whole
    row.click()
    explorer.page.mouse.move(2, 2)
    held = explorer.picture()
    assert held != whole
    assert row.get_attribute("aria-pressed") == "true"
    assert "kept as segment" in explorer.root.locator(".segtutor-detail").inner_text()
    explorer.page.keyboard.press("Space")  # the focus is still on the row
    explorer.frame()
    assert row.get_attribute("aria-pressed") == "false"
    explorer.canvas.click(position={"x": 10, "y": 10})  # the sky: holds the query that painted it
    explorer.frame()
    assert explorer.root.locator(".segtutor-row[aria-pressed=true]").count() == 1


def test_every_control_has_a_name_and_the_picture_a_description(explorer):
    tree = explorer.root.aria_snapshot()
    assert tree.count("- slider ") == 3
    for name in (SCORE, "Mask threshold", "Overlap threshold"):
        assert f'slider "{name}"' in tree
    assert re.search(r'img "Panoptic picture: \d+ segments \(.*person.*\), [\d.]+ % void\."', tree)
    assert 'group "Queries, best score first"' in tree
    assert 'columnheader "PQ"' in tree
    unnamed = explorer.page.evaluate(
        "() => [...document.querySelectorAll('.segtutor-widget :is(button, input, summary)')]"
        ".filter((node) => !(node.textContent || node.labels?.[0]?.textContent || '').trim()).length"
    )
    assert unnamed == 0
    explorer.slider(SCORE).focus()
    explorer.page.keyboard.press("End")
    explorer.root.locator("[role=status]").filter(has_text=re.compile("^0 of 24 queries kept")).wait_for(
        state="attached"
    )


def test_running_the_cells_again_leaves_widgets_that_work(explorer):
    page = explorer.page
    for _ in range(3):
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    again = Explorer(explorer.lesson)
    assert page.locator(".segtutor-widget").count() == 2
    again.slider(SCORE).focus()
    page.keyboard.press("End")
    assert again.kept_and_void() == (0, 100.0)


def test_two_views_keep_their_labels_apart_and_show_the_same(explorer):
    """Each has its own ids and its own choice of what to show; the thresholds are the model's."""
    page = explorer.page
    assert page.locator(".segtutor-widget").count() == 2
    ids = page.evaluate("() => [...document.querySelectorAll('.segtutor-widget [id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    assert page.locator(".segtutor-widget input[type=radio]:checked").count() == 2
    explorer.slider(SCORE).fill("1")
    explorer.frame()
    assert page.locator(".segtutor-summary").all_inner_texts()[1].startswith("0 of 24 queries kept")


def test_the_picture_is_the_same_in_both_themes_and_the_text_readable(explorer):
    pictures = []
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        explorer.lesson.set_theme(theme)
        pictures.append(explorer.picture())
        colors = explorer.page.evaluate(CONTRAST)
        assert len(colors) > 20
        assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_is_cut_off_in_a_narrow_window(explorer, width):
    explorer.page.set_viewport_size({"width": width, "height": 900})
    explorer.page.wait_for_timeout(500)
    explorer.canvas.scroll_into_view_if_needed()
    wide = explorer.page.evaluate(
        "() => { const w = document.querySelector('.segtutor-widget'), edge = w.getBoundingClientRect().right + 1;"
        " return [...w.querySelectorAll('*')].filter((n) => !n.closest('.segtutor-hidden') && n.getClientRects().length"
        " && n.getBoundingClientRect().right > edge).map((n) => n.className || n.tagName); }"
    )
    assert wide == []
    box = explorer.canvas.bounding_box()
    explorer.page.touchscreen.tap(box["x"] + 5, box["y"] + 5)
    explorer.frame()
    assert explorer.root.locator(".segtutor-row[aria-pressed=true]").count() == 1


def test_latency_is_reported(explorer, capsys):
    """A measure, printed rather than asserted: machines differ, and tests share theirs."""
    explorer.slider(SCORE).focus()
    times = explorer.page.evaluate(LATENCY)
    with capsys.disabled():
        print(f"\nslider to picture: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms")
    assert len(times) == 30


# Contrast of each text to the first opaque ground behind it (WCAG 2: (L1 + 0.05) / (L2 + 0.05)).
CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (node) => { for (; node; node = node.parentElement) {
    const color = parse(getComputedStyle(node).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color.slice(0, 3); } return [255, 255, 255]; };
  const hasText = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  return [...document.querySelectorAll(".segtutor-widget *")]
    .filter((node) => hasText(node) && node.getClientRects().length)
    .map((node) => { const under = ground(node), [r, g, b, a = 1] = parse(getComputedStyle(node).color);
      const over = [r, g, b].map((c, n) => a * c + (1 - a) * under[n]);
      const [high, low] = [luminance(over), luminance(under)].sort((x, y) => y - x);
      return [(high + 0.05) / (low + 0.05), `${node.className}: ${node.textContent.slice(0, 30)}`]; });
}"""

# From the event of a moved slider to the end of the frame in which the canvas changed.
LATENCY = """async () => {
  const slider = document.querySelector(".segtutor-slider input"), canvas = document.querySelector(".segtutor-canvas");
  const times = [];
  for (let n = 0; n < 30; n++) {
    await new Promise((go) => setTimeout(go, 30));
    slider.value = (0.5 + 0.016 * n).toFixed(2);
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
    canvas.getContext("2d").getImageData(0, 0, 1, 1);
    times.push(performance.now() - start);
  }
  return times;
}"""

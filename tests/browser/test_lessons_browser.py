"""Every lesson in a real JupyterLab, started as the README says.

A lesson with explorers is run there: Run All ends without an error, and each explorer has drawn its picture. Any other,
or else the last lesson, is opened as it is stored, which shows its pictures and equations; nbval has run its cells.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.glob("[0-9]*.ipynb"))


def explorers_in(lesson: str) -> int:
    """How many explorers a lesson's cells make."""
    cells = json.loads((NOTEBOOKS / lesson).read_text(encoding="utf-8"))["cells"]
    return sum("".join(cell["source"]).count(" st.widgets.") for cell in cells if cell["cell_type"] == "code")


# A canvas that is decoded and drawn: no longer one colour. The canvases of an explorer's other views are hidden, and
# empty until then. A game on bare costs has no picture: its table is what is drawn. Asked again until it holds:
# JupyterLab shows a cell some time after it is scrolled to, and a front end draws its table and its canvas one after
# the other.
DRAWN = """(explorer) => {
    const all = [...explorer.querySelectorAll("canvas")];
    if (!all.length) return explorer.querySelector("table, [role=grid]") !== null && explorer.innerText.trim() !== "";
    const canvas = all.find((one) => one.getClientRects().length);
    if (!canvas || !canvas.width || !canvas.height) return false;
    return new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size > 20;
}"""
WITH_EXPLORERS = [name for name in LESSONS if explorers_in(name)]


def cli(folder: Path, port: int) -> list[str]:
    """`segtutor lab FOLDER --no-browser --port N`, by module so that it is this checkout's."""
    return [sys.executable, "-m", "segtutor", "lab", str(folder), "--no-browser", "--port", str(port)]


@pytest.fixture(scope="module")
def server(server_of, tmp_path_factory):
    """The server that the command starts, on a folder that does not exist before."""
    if not LESSONS:
        pytest.skip("notebooks/ holds no lesson yet")
    return server_of(tmp_path_factory.mktemp("person"), lambda folder, port: cli(folder / "lessons", port))


def test_the_command_opens_the_first_lesson(server):
    """The page that the browser is sent to, and the address that is printed, is lesson 00 in the person's folder."""
    with urllib.request.urlopen(f"{server.url}/", timeout=30) as answer:
        assert answer.url.endswith(f"/lab/tree/{LESSONS[0]}")
    assert f"/lab/tree/{LESSONS[0]}" in server.log.read_text()
    assert sorted(path.name for path in (server.folder / "lessons").glob("[0-9]*.ipynb")) == LESSONS


@pytest.mark.parametrize("lesson", [name for name in LESSONS if name not in WITH_EXPLORERS] or LESSONS[-1:])
def test_opens_with_its_stored_pictures(server, open_notebook, lesson):
    """`open_notebook` asserts requests and the console."""
    page = open_notebook(server, lesson, run=False).page
    pictures = page.locator(".jp-OutputArea-output img")
    pictures.first.wait_for()
    assert pictures.evaluate_all("(all) => all.filter((one) => one.complete && !one.naturalWidth).length") == 0
    assert page.locator(".jp-RenderedMarkdown h1").count() == 1


@pytest.mark.parametrize("lesson", WITH_EXPLORERS or ["none"])
def test_run_all_ends_without_an_error_and_its_explorers_draw(server, open_notebook, lesson):
    """Also an unsolved one: its checks give hints. `open_notebook` asserts errors, requests and the console."""
    opened = open_notebook(server, lesson)
    page = opened.page
    missing = page.evaluate(
        "() => [...document.querySelectorAll('.jp-OutputArea-output')]"
        ".filter((one) => /Error displaying widget|Loading widget|model not found/.test(one.textContent)).length"
    )
    assert missing == 0
    explorers = page.locator(".segtutor-widget")
    assert explorers.count() == explorers_in(lesson)
    for explorer in explorers.all():
        explorer.scroll_into_view_if_needed()
        page.wait_for_function(DRAWN, arg=explorer.element_handle())
    if lesson != LESSONS[0]:
        return  # what each explorer does, test_gallery_browser.py sees; lesson 00 is the one that everybody opens
    slider = page.get_by_role("slider", name="Score threshold", exact=True).first
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        opened.set_theme(theme)
        slider.scroll_into_view_if_needed()
        slider.focus()
        summary, seen = page.locator(".segtutor-summary").first, []
        for keys in (["Home", "PageUp"], ["End"]):  # from a low threshold to the highest
            for key in keys:
                page.keyboard.press(key)
            page.wait_for_timeout(400)
            words = summary.inner_text().split()  # "9 of 24 queries kept, 8 segments, 3.4 % void"
            seen.append((int(words[0]), float(words[-3])))
        (kept, void), end = seen
        assert kept > 0
        assert void < 100
        assert end == (0, 100.0)

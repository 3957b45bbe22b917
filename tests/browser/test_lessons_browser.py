"""Every lesson in a real JupyterLab, started as the README says: it opens, and Run All ends without an error."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.glob("[0-9]*.ipynb"))


def cli(folder: Path, port: int) -> list[str]:
    """`segtutor lab FOLDER --no-browser --port N`, by module so that it is this checkout's."""
    return [sys.executable, "-m", "segtutor", "lab", str(folder), "--no-browser", "--port", str(port)]


@pytest.fixture(scope="module")
def server(server_of, tmp_path_factory):
    """The server that the command starts, on a folder that does not exist before."""
    if not LESSONS:
        pytest.skip("notebooks/ holds no lesson yet")
    return server_of(tmp_path_factory.mktemp("person"), lambda folder, port: cli(folder / "lessons", port))


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def theme(request) -> str:
    return request.param


def test_the_command_opens_the_first_lesson(server):
    """The page that the browser is sent to, and the address that is printed, is lesson 00 in the person's folder."""
    with urllib.request.urlopen(f"{server.url}/", timeout=30) as answer:
        assert answer.url.endswith(f"/lab/tree/{LESSONS[0]}")
    assert f"/lab/tree/{LESSONS[0]}" in server.log.read_text()
    assert sorted(path.name for path in (server.folder / "lessons").glob("[0-9]*.ipynb")) == LESSONS


@pytest.mark.parametrize("lesson", LESSONS or ["none"])
def test_run_all_ends_without_an_error(server, open_notebook, lesson):
    """Also an unsolved one: its checks give hints. `open_notebook` asserts errors, requests and the console."""
    opened = open_notebook(server, lesson)
    assert all(cell["count"] for cell in opened.cells())
    missing = opened.page.evaluate(
        "() => [...document.querySelectorAll('.jp-OutputArea-output')]"
        ".filter((one) => /Error displaying widget|Loading widget|model not found/.test(one.innerText)).length"
    )
    assert missing == 0


def test_lesson_00_lets_a_threshold_be_moved_by_keyboard(server, open_notebook, theme):
    """Score threshold up: no more queries are kept, and the void grows."""
    page = open_notebook(server, LESSONS[0], theme=theme).page
    slider = page.get_by_role("slider", name="Score threshold", exact=True).first
    slider.scroll_into_view_if_needed()
    slider.focus()
    summary = page.locator(".segtutor-summary").first
    page.keyboard.press("Home")
    seen = []
    for _ in range(11):
        page.wait_for_timeout(60)
        words = summary.inner_text().split()
        seen.append((int(words[0]), float(words[-3])))
        for _ in range(10):
            page.keyboard.press("ArrowRight")
    kept, void = zip(*seen, strict=True)
    assert list(kept) == sorted(kept, reverse=True)
    assert kept[0] > kept[-1] == 0
    assert void[0] < void[-1] == 100

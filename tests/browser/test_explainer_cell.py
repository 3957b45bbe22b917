"""Explainer in a cell, on a bare page: by mouse, keys and from Python; its numbers are those of the kernel."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import pytest
from axe_checked import violations
from bare import CUT_OFF, UNNAMED, Bare, mount
from PIL import Image
from test_widget_browser import CONTRAST

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SEED = 31  # a heap of balls and a cat
NUMBERS = """(root) => Object.fromEntries([...root.querySelectorAll('.opened [data-number]')]
  .map((one) => [one.dataset.number, Number(one.dataset.value)]))"""
PICTURES = """(root) => Object.fromEntries([...root.querySelectorAll('[data-box]')].map((box) =>
  [box.dataset.box, [...box.querySelectorAll('canvas')].map((one) => one.toDataURL()).join()]))"""
CLOSE = {"rel": 1e-3, "abs": 1e-4}
SECONDS = 90  # a busy machine runs two networks and redraws twelve boxes


@pytest.fixture
def explainer():
    """A new one for each try: a test that fails half way leaves no trait changed for the next."""
    return st.widgets.Explainer(scene=st.toytown.scene(SEED))


class Cell:
    """The Explainer on a bare page, all boxes drawn."""

    def __init__(self, bare: Bare):
        self.bare, self.page, self.widget = bare, bare.page, bare.widget
        self.root = self.page.locator(".segtutor-explainer").first
        self.drawn(1)

    def count(self) -> int:
        """How often all boxes have been drawn."""
        return int(self.root.get_attribute("data-drawn") or 0)

    def drawn(self, times: int) -> None:
        """Waits until all boxes have been drawn so often."""
        self.soon(lambda: self.count() >= times)

    def soon(self, true: Callable[[], bool]) -> None:
        """Waits until it is true; the page and Python talk meanwhile."""
        end = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < end, f"not within {SECONDS} s"
            self.page.wait_for_timeout(30)

    def numbers(self) -> dict[str, float]:
        self.bare.frame()
        return self.root.evaluate(NUMBERS)

    def pictures(self) -> dict[str, str]:
        self.bare.frame()
        return self.root.evaluate(PICTURES)

    def dot(self) -> float:
        """The logit of the chosen query at the marked pixel's cell, from the kernel's tensors."""
        steps, (x, y) = self.widget.tensors[1], self.widget.pixel
        return float(steps["all_mask_logits"][self.widget.layer, self.widget.query, y // 4, x // 4])


def test_what_is_done_arrives_in_python_and_the_numbers_are_its(browser, explainer):
    with mount(browser, explainer, width=1366, height=768) as bare:
        cell = Cell(bare)
        page, root = cell.page, cell.root
        assert root.locator("[data-box]").count() == 12
        root.locator('[data-open="masks"]').click()
        cell.soon(lambda: explainer.box == "masks")
        assert cell.numbers()["result"] == pytest.approx(cell.dot(), **CLOSE)
        assert cell.numbers()["sum"] == pytest.approx(cell.dot(), **CLOSE)
        # a click on a map marks a pixel
        plate = root.locator('[data-box="argmax"] canvas').first
        plate.scroll_into_view_if_needed()
        box = plate.bounding_box()
        page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + 0.25 * box["height"])
        cell.soon(lambda: explainer.pixel[0] < 16)
        assert explainer.pixel == pytest.approx([12.8, 32], abs=2)
        page.mouse.move(2, 2)
        assert cell.numbers()["result"] == pytest.approx(cell.dot(), **CLOSE)
        assert cell.numbers()["result"] < 0
        # a query by its thumbnail, with the keyboard
        other = next(q for q in range(24) if q != explainer.query)
        root.locator(f'[data-query="{other}"]').press("Enter")
        cell.soon(lambda: explainer.query == other)
        assert cell.numbers()["result"] == pytest.approx(cell.dot(), **CLOSE)
        # a threshold, which the merge alone hears
        root.locator('[data-open="merge"]').click()
        pictures = cell.pictures()
        root.get_by_label("Score threshold", exact=True).fill("1")
        cell.soon(lambda: explainer.score_threshold == 1)
        after = cell.pictures()
        assert {name for name in after if after[name] != pictures[name]} == {"merge"}
        assert explainer.answers[1]["pq"]["all"]["tp"] == 0
        assert cell.numbers()["pq"] == pytest.approx(explainer.answers[1]["pq"]["all"]["pq"], abs=3e-3)
        bare.set(score_threshold=0.6)
        assert cell.pictures() == pictures


def test_masked_attention_is_switched_off_in_the_kernel(browser, explainer):
    explainer.box = "attention"
    before = explainer.tensors[1]["attention_2"]
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        assert cell.numbers()["allowed"] < 256
        drawn = cell.count()
        cell.root.get_by_label("Masked attention", exact=True).uncheck()
        cell.soon(lambda: explainer.masked is False)
        cell.drawn(drawn + 1)
        cell.soon(lambda: cell.numbers()["allowed"] == 256)
        assert not np.array_equal(explainer.tensors[1]["attention_2"], before)
        x, y = explainer.pixel
        weights = explainer.tensors[1]["attention_2"][0, 0, explainer.query]
        assert cell.numbers()["share"] == pytest.approx(float(weights[y // 8 * 16 + x // 8]), **CLOSE)
        bare.set(masked=True)
        cell.soon(lambda: cell.numbers()["allowed"] < 256)


def test_a_cell_sets_what_is_shown(browser, explainer):
    explainer.box = None
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        bare.set(box="class-head", query=3, pixel=[20, 30], layer=1, step=4)
        assert cell.root.locator(".opened h2").inner_text() == "Class head"
        assert [cell.root.get_by_label(name, exact=True).input_value() for name in ("Pixel x", "y", "Query")] == [
            "20",
            "30",
            "3",
        ]
        assert "5 of 12" in cell.root.locator(".tour").inner_text()
        logits = explainer.tensors[1]["all_class_logits"][1, 3]
        powers = np.exp(logits - logits.max())
        assert cell.numbers()["share-0"] == pytest.approx(float(powers[0] / powers.sum()), **CLOSE)
        bare.set(layer=3, without=[3])
        assert "Query 3 is taken away" in cell.root.locator(".changes").nth(1).inner_text()
        bare.set(without=[])
        # things from Python, and by keys on the page
        drawn, things = cell.count(), explainer.things
        bare.set(things=things[:-1])
        cell.drawn(drawn + 1)
        drawn = cell.count()
        stage = cell.root.locator(".segtutor-scene-stage")
        stage.press("n")
        stage.press("Shift+ArrowRight")
        cell.soon(lambda: explainer.selected is not None and explainer.things != things[:-1])
        cell.drawn(drawn + 1)
        assert len(explainer.things) == len(things) - 1
        assert explainer.scene.things[explainer.selected].x == explainer.things[explainer.selected]["x"]
        cell.soon(lambda: explainer.answers[1]["pq"]["all"]["pq"] == pytest.approx(_pq_of(cell, "merge"), abs=3e-3))
        drawn = cell.count()
        bare.set(scene=st.toytown.scene(SEED))
        cell.drawn(drawn + 1)
        cell.soon(
            lambda: explainer.answers[0]["pq"]["all"]["pq"] == pytest.approx(_pq_of(cell, "components"), abs=3e-3)
        )


def _pq_of(cell: Cell, box: str) -> float:
    words = cell.root.locator(f'[data-box="{box}"] .segtutor-told strong').inner_text()
    return float(words.split("PQ ")[1].split()[0]) / 100


def test_a_picture_of_ones_own(browser, explainer):
    explainer.box = "merge"
    ramp = np.linspace(0, 255, 300 * 200 * 3).reshape(200, 300, 3).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(ramp).save(stream, "PNG")
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        drawn = cell.count()
        chosen = {"name": "ramp.png", "mimeType": "image/png", "buffer": stream.getvalue()}
        cell.root.locator('input[type="file"]').set_input_files(chosen)
        cell.soon(lambda: bool(explainer.photo))
        cell.drawn(drawn + 1)
        middle = ramp[:, 50:250]
        assert explainer.picture_now[64, 64] == pytest.approx(middle[100, 100], abs=3)
        assert explainer.answers == []
        assert cell.root.locator(".untold").is_visible()
        assert cell.root.get_by_role("button", name="Back to the scene").is_visible()
        drawn = cell.count()
        cell.root.get_by_role("button", name="Back to the scene").click()
        cell.soon(lambda: explainer.photo == b"")
        cell.drawn(drawn + 1)
        assert len(explainer.answers) == 2
        drawn = cell.count()
        explainer_bytes = np.asarray(Image.fromarray(middle).resize((128, 128))).tobytes()
        bare.set(photo=explainer_bytes)
        cell.drawn(drawn + 1)
        assert cell.root.locator(".untold").is_visible()
        bare.set(photo=b"")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_out(browser, explainer, theme, tmp_path):
    explainer.box = "attention"
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        bare.theme(theme)
        cell.numbers()
        assert violations(cell.page) == []
        assert [one for one in cell.page.evaluate(CONTRAST) if one[0] < 4.5] == []
        assert cell.page.evaluate(UNNAMED) == []
        for width in (1100, 700, 400):
            bare.resize(width)
            assert cell.page.evaluate(CUT_OFF) == []
        bare.shot(tmp_path / f"explainer-{theme}.png")


def test_two_views_share_what_is_looked_at_and_no_id(browser, explainer):
    explainer.box = None
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        cell.page.evaluate("() => window.bare.beside()")
        other = cell.page.locator(".segtutor-explainer").nth(1)
        cell.soon(lambda: int(other.get_attribute("data-drawn") or 0) >= 1)
        ids = "() => [...document.querySelectorAll('[id]')].map((one) => one.id)"
        found = cell.page.evaluate(ids)
        assert len(found) == len(set(found))
        cell.root.locator('[data-open="argmax"]').click()
        other.locator(".opened h2").wait_for(timeout=SECONDS * 1000)
        assert other.locator(".opened h2").inner_text() == "Argmax"
        cell.soon(lambda: explainer.box == "argmax")
        cell.page.evaluate("() => window.bare.closeBeside()")


def test_without_a_kernel_the_last_tensors_are_shown(browser, explainer):
    explainer.box = "masks"
    explainer.complete()
    with mount(browser, explainer) as bare:
        cell = Cell(bare)
        live = cell.pictures()
        cell.page.evaluate("() => { window.bare.model.kernel = false; }")
        bare.again()
        cell.drawn(1)
        assert "running notebook" in cell.root.locator(".status").inner_text()
        assert cell.numbers()["sum"] == pytest.approx(cell.dot(), rel=1e-2, abs=1e-2)  # of numbers in half precision
        assert set(cell.pictures()) == set(live)
        cell.root.locator('[data-open="merge"]').click()
        assert cell.numbers()["pq"] == pytest.approx(explainer.answers[1]["pq"]["all"]["pq"], abs=3e-3)

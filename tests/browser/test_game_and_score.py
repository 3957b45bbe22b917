"""MatchingGame and ScoreExplorer in a real Chromium on a bare page: mouse, keyboard, touch, themes, narrow windows."""

from __future__ import annotations

import re
import statistics

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_widget_browser import CONTRAST
from toy_segmenter import ToySegmenter

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def segmenter() -> ToySegmenter:
    return ToySegmenter()


@pytest.fixture
def game(segmenter):
    return st.widgets.MatchingGame(segmenter, None, segmenter.truth)


@pytest.fixture
def explorer(segmenter):
    prediction = st.panoptic_inference(segmenter.output, (128, 128), segmenter.categories, score_threshold=0.85)
    return st.widgets.ScoreExplorer(segmenter.image, prediction, segmenter.truth)


def cell(bare, query: int, target: int):
    return bare.page.locator(".segtutor-matrix tbody tr").nth(query).locator("td").nth(target)


def marked(bare, mark: str) -> list[tuple[int, int]]:
    """(row, column) of the cells with a CSS class."""
    found = bare.page.evaluate(
        "(mark) => [...document.querySelectorAll('.segtutor-matrix tbody tr')].flatMap((tr, q) =>"
        " [...tr.querySelectorAll('td')].flatMap((td, n) => td.classList.contains(mark) ? [[q, n]] : []))",
        mark,
    )
    return sorted(tuple(pair) for pair in found)


def button(bare, name: str):
    return bare.page.get_by_role("button", name=name, exact=True)


def sizes_and_names(bare) -> None:
    """In both themes readable, in a narrow window whole, every control named and large enough for a finger."""
    pictures = []
    for theme in ("light", "dark"):
        bare.theme(theme)
        pictures.append(bare.picture())
        colors = bare.page.evaluate(CONTRAST)
        assert len(colors) > 20
        assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
    assert pictures[0] == pictures[1]
    assert bare.page.evaluate(UNNAMED) == []
    for width in (320, 700, 1600):
        bare.resize(width)
        assert bare.page.evaluate(CUT_OFF) == []
        assert bare.page.evaluate(SMALL) == []
        assert bare.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_matching_by_mouse_and_keyboard(browser, game):
    with mount(browser, game, has_touch=True) as bare:
        page, summary = bare.page, bare.page.locator(".segtutor-summary")
        whole = bare.picture()
        cell(bare, 1, 2).hover()
        assert bare.picture() != whole, "the masks of the pair under the pointer"
        assert re.search(r"query 1 with person 2: class 2 × .* = ", page.locator(".segtutor-detail").inner_text())
        cell(bare, 1, 2).click()
        bare.frame()
        assert game.pairs == [[1, 2]]
        cell(bare, 1, 3).tap()  # a query has one partner
        bare.frame()
        assert game.pairs == [[1, 3]]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        bare.frame()
        assert game.pairs == [[1, 3], [2, 2]]
        assert marked(bare, "chosen") == [(1, 3), (2, 2)]
        assert summary.inner_text().startswith("2 of 10 targets matched")
        page.keyboard.press("Space")  # the same cell again: no pair
        bare.frame()
        assert game.pairs == [[1, 3]]
        button(bare, "Undo").click()
        bare.frame()
        assert game.pairs == [[1, 3], [2, 2]]
        button(bare, "Always the cheapest").click()
        bare.frame()
        assert len(game.pairs) == 10
        assert f"sum {game.total:.2f}" in summary.inner_text()
        assert marked(bare, "best") == []
        button(bare, "Show the optimum").click()
        bare.frame()
        assert marked(bare, "best") == sorted(game.optimum)
        assert game.revealed
        button(bare, "Clear").click()
        bare.frame()
        assert (game.pairs, marked(bare, "chosen")) == ([], [])
        page.locator("[role=status]").filter(has_text=re.compile("^0 of 10 targets matched")).wait_for(state="attached")
        bare.set(pairs=game.optimum)
        assert "no assignment is cheaper" in summary.inner_text()
        sizes_and_names(bare)


def test_weights_move_the_optimum(browser):
    costs = {"class": [[-1.0, 0.0], [0.0, -1.0]], "dice": [[0.5, 0.1], [0.2, 0.9]]}
    game = st.widgets.MatchingGame(costs=costs)
    game.revealed = True
    with mount(browser, game) as bare:
        assert bare.page.locator("canvas").count() == 0  # no picture to numbers that a person gave
        assert marked(bare, "best") == [(0, 1), (1, 0)]
        slider = bare.page.get_by_role("slider", name="Weight of dice", exact=True)
        slider.focus()
        bare.page.keyboard.press("Home")
        bare.frame()
        assert game.weights == {"class": 2.0, "dice": 0.0}
        assert marked(bare, "best") == [(0, 0), (1, 1)] == sorted(game.optimum)
        assert "target 0 (query 1 → query 0)" in bare.page.locator(".segtutor-widget").inner_text()
        assert slider.evaluate("(node) => node === document.activeElement")
        button(bare, "Weights as at the start").click()
        bare.frame()
        assert marked(bare, "best") == [(0, 1), (1, 0)]


def test_the_replay_goes_step_by_step_to_the_proof(browser, game):
    game.weights = {"class": 0, "bce": 0, "dice": 5}  # doubles are level: queries are fought for
    with mount(browser, game) as bare:
        page, told = bare.page, bare.page.locator(".segtutor-step")
        page.get_by_label("replay the algorithm").check()
        bare.frame()
        assert game.step == 0
        assert told.inner_text().startswith("The targets are served one by one")
        steps, taken = game.steps, 0
        for number in range(1, len(steps)):
            button(bare, "Next").click()
            bare.frame()
            step = steps[number]
            placed = sorted((int(q), n) for n, q in enumerate(step.place_of) if q >= 0)
            assert marked(bare, "chosen") == placed
            taken += step.kind == "taken"
            assert ("holds it" in told.inner_text()) == (step.kind == "taken")
        assert game.step == len(steps) - 1
        assert told.inner_text().startswith("Done, and proved")
        assert button(bare, "Next").is_disabled()
        slider = page.get_by_role("slider", name="Step", exact=True)
        slider.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        bare.frame()
        assert game.step == 1
        bare.set(step=10**6)  # from Python, beyond the end
        assert told.inner_text().startswith("Done, and proved")
        sizes_and_names(bare)
        button(bare, "Play").click()  # from the beginning
        bare.frame()
        assert game.step == 0
        bare.again()  # the cell is run again while it plays
        page.wait_for_timeout(1500)
        assert game.step == 0


def test_a_score_is_repaired_by_hand(browser, explorer):
    with mount(browser, explorer, has_touch=True) as bare:
        page, summary = bare.page, bare.page.locator(".segtutor-summary")
        detail = page.locator(".segtutor-detail")
        begin = explorer.pq["all"]["pq"]
        assert f"{100 * begin:.1f} %" in summary.inner_text()
        plain = bare.picture(1)
        missed = next(part.segment for part in explorer.lost if part.kind == "missed")
        x, y, w, h = missed.bbox
        canvas = page.locator("canvas").first
        box = canvas.bounding_box()
        at = explorer.truth.segment_ids == missed.id
        row, column = (int(values[len(values) // 2]) for values in at.nonzero())
        where = {"x": (column + 0.5) * box["width"] / 128, "y": (row + 0.5) * box["height"] / 128}
        canvas.hover(position=where)
        bare.frame()
        assert "is missed" in detail.inner_text()
        assert explorer.selected is None
        canvas.tap(position=where)
        bare.frame()
        assert explorer.selected == ["truth", missed.id]
        assert page.locator(".segtutor-lost[aria-pressed=true]").count() == 1
        button(bare, "Predict it").click()
        bare.frame()
        assert explorer.repairs == [{"do": "add", "truth": missed.id}]
        assert explorer.pq["all"]["pq"] > begin
        assert f"{100 * explorer.pq['all']['pq']:.1f} %" in summary.inner_text()
        assert "points after 1 repair)" in summary.inner_text()
        assert bare.picture(1) != plain
        cells = page.locator(".segtutor-quality tbody tr").first.inner_text().split()
        assert [int(number) for number in cells[-3:]] == [explorer.pq["all"][name] for name in ("tp", "fp", "fn")]
        # By keyboard: the list, then a tool; the focus stays where one can go on
        first = page.locator("button.segtutor-lost").first
        first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        bare.frame()
        assert explorer.selected[0] == "prediction" or explorer.selected[0] == "truth"
        bare.set(selected=["prediction", 1])
        button(bare, "Remove it").focus()
        page.keyboard.press("Enter")
        bare.frame()
        assert explorer.repairs[1:] == [{"do": "remove", "segment": 1}]
        assert page.evaluate("document.activeElement.textContent") == "Undo"
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        bare.frame()
        assert explorer.repairs == []
        assert explorer.pq["all"]["pq"] == begin
        bare.set(selected=None)
        page.mouse.move(2, 2)
        assert bare.picture(1) == plain
        bare.set(selected=["prediction", 1])
        sizes_and_names(bare)


def test_every_tool_repairs_what_python_repairs(browser, explorer):
    """What the browser offers first can always be done, and the table shows what the kernel counts."""
    with mount(browser, explorer) as bare:
        for name in ("Give it the mask of", "Call it", "Merge into it", "Split off what lies on"):
            bare.set(selected=["prediction", explorer.result.segments[0].id])
            button(bare, name).click()
            bare.frame()
            cells = bare.page.locator(".segtutor-quality tbody tr").first.inner_text().split()
            assert [int(number) for number in cells[-3:]] == [explorer.pq["all"][part] for part in ("tp", "fp", "fn")]
            assert cells[3] == f"{100 * explorer.pq['all']['pq']:.1f}"
        assert [repair["do"] for repair in explorer.repairs] == ["mask", "class", "merge", "split"]
        button(bare, "Start again").click()
        bare.frame()
        assert explorer.repairs == []


# From a change of the model to the end of the frame in which it was drawn.
LATENCY = """async (changes) => {
  const { model } = window.bare, times = [];
  for (const change of changes) {
    await new Promise((go) => setTimeout(go, 30));
    const start = performance.now();
    for (const [name, value] of Object.entries(change)) model.set(name, value);
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 0)));
    times.push(performance.now() - start);
  }
  return times;
}"""


def test_latency_is_reported(browser, capsys):
    """A measure, printed rather than asserted: machines differ, and tests share theirs. 384 x 384, 100 queries."""
    segmenter = ToySegmenter(size=384, queries=100)
    game = st.widgets.MatchingGame(segmenter, None, segmenter.truth, queries=40)
    prediction = st.panoptic_inference(segmenter.output, (384, 384), segmenter.categories)
    score = st.widgets.ScoreExplorer(segmenter.image, prediction, segmenter.truth)
    numbers = [segment.id for segment in prediction.segments]
    measured = {}
    with mount(browser, game) as bare:
        measured["game, first display"] = [bare.first_ms]
        changes = [{"weights": {"class": 2, "bce": n / 10, "dice": 5}} for n in range(20)]
        measured["weight to matrix"] = bare.page.evaluate(LATENCY, changes)
        changes = [{"cell": [game.query_numbers[n], n % 5]} for n in range(20)]
        measured["pair to masks"] = bare.page.evaluate(LATENCY, changes)
        measured["step to matrix"] = bare.page.evaluate(LATENCY, [{"step": n} for n in range(20)])
    with mount(browser, score) as bare:
        measured["score, first display"] = [bare.first_ms]
        changes = [{"selected": ["prediction", numbers[n % len(numbers)]]} for n in range(20)]
        measured["segment to rim"] = bare.page.evaluate(LATENCY, changes)
        changes = [{"repairs": [{"do": "remove", "segment": i} for i in numbers[: n % 4]]} for n in range(1, 21)]
        measured["repair to picture"] = bare.page.evaluate(LATENCY, changes)
    with capsys.disabled():
        print()
        for name, times in measured.items():
            print(f"{name}: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms")
    assert all(measured.values())

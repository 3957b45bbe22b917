"""What a learner does to the explorers in which something is made, by mouse, keyboard and touch, and what must follow.

Each function takes a `Touched`, does something, and asserts on the direction of the change: on the page, and in the
kernel. It begins with setting what it needs, and may leave the explorer in any state.
"""

from __future__ import annotations

import re
from typing import Any

from touched import Touched

# ---------------------------------------------------------------- MatchingGame


def _cell(it: Touched, query: int, target: int) -> Any:
    return it.root.locator(".segtutor-matrix tbody tr").nth(query).locator("td").nth(target)


def game_by_mouse(it: Touched) -> None:
    it.set("self.pairs, self.revealed, self.step = [], False, None")
    _cell(it, 1, 2).click()
    _cell(it, 2, 4).click()
    it.until("self.pairs == [[self.query_numbers[1], 2], [self.query_numbers[2], 4]]")
    assert it.text(".segtutor-summary").startswith("2 of 10 targets matched")
    it.button("Always the cheapest").click()
    it.until("len(self.pairs) == 10 and self.total >= self.least")
    it.button("Show the optimum").click()
    it.until("self.revealed")
    assert it.root.locator(".segtutor-matrix .best").count() == 10
    it.button("Clear").click()
    it.until("self.pairs == []")


def game_by_keyboard(it: Touched) -> None:
    it.set("self.pairs, self.revealed, self.step = [], False, None")
    _cell(it, 0, 0).click()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        it.page.keyboard.press(key)
    it.until("self.pairs == [[self.query_numbers[0], 0], [self.query_numbers[1], 1]]")
    slider = it.root.get_by_role("slider", name="Weight of dice", exact=True)
    before = it.number("self.least")
    slider.focus()
    it.page.keyboard.press("Home")
    it.until("self.weights['dice'] == 0")
    assert it.number("self.least") != before
    it.button("Weights as at the start").click()
    it.until("self.weights['dice'] == 5")


def game_by_touch(it: Touched) -> None:
    it.set("self.pairs = []")
    _cell(it, 3, 3).tap()
    it.until("self.pairs == [[self.query_numbers[3], 3]]")
    it.button("Undo").tap()
    it.until("self.pairs == []")


# ---------------------------------------------------------------- ScoreExplorer


def score_by_mouse(it: Touched) -> None:
    it.set("self.repairs, self.selected = [], None")
    before, picture = it.number("self.pq['all']['pq']"), it.picture(1)
    it.page.mouse.click(*it.place(40, 50))  # a house, whichever of the two pictures this is
    it.until("self.selected is not None")
    it.set("self.selected = ['truth', 4]")
    it.button("Predict it").click()
    it.until("self.repairs == [{'do': 'add', 'truth': 4}]")
    after = it.number("self.pq['all']['pq']")
    assert after > before + 0.05
    assert f"{100 * after:.1f} %" in it.text(".segtutor-summary")
    assert it.picture(1) != picture


def score_by_keyboard(it: Touched) -> None:
    it.set("self.repairs, self.selected = [], ['prediction', 2]")  # a speck of hill: a whole class for nothing
    before = it.number("self.pq['all']['pq']")
    it.button("Remove it").focus()
    it.page.keyboard.press("Enter")
    it.until("self.repairs == [{'do': 'remove', 'segment': 2}]")
    assert it.number("self.pq['all']['pq']") > before + 0.05
    it.page.keyboard.press("Enter")  # the focus went on to Undo
    it.until("self.repairs == []")
    assert it.number("self.pq['all']['pq']") == before
    it.root.locator("button.segtutor-lost").first.focus()
    it.page.keyboard.press("ArrowDown")
    it.page.keyboard.press("Enter")
    it.until("self.selected is not None")


def score_by_touch(it: Touched) -> None:
    it.set("self.repairs, self.selected = [], None")
    it.page.touchscreen.tap(*it.place(64, 10))
    it.until("self.selected is not None")
    side = it.kernel(f"print({it.name}.selected[0])") if it.kernel else "truth"
    it.until(f"self.{'truth' if side == 'truth' else 'prediction'}.categories.by_id(next(s.category_id for s in "
             f"self.{side}.segments if s.id == self.selected[1])).name == 'sky'")  # fmt: skip


# ---------------------------------------------------------------- SceneEditor

MIDDLE = (
    "ids = self.scene.draw()[1] == st.toytown.FIRST_THING + {n}; ys, xs = ids.nonzero(); "
    "middle = ((xs - xs.mean()) ** 2 + (ys - ys.mean()) ** 2).argmin(); print(xs[middle], ys[middle])"
)


def _thing(it: Touched, n: int) -> tuple[float, float]:
    x, y = map(int, it.kernel(MIDDLE.replace("self.", f"{it.name}.").format(n=n)).split())
    return it.share(".segtutor-scene-picture", (x + 0.5) / 128, (y + 0.5) / 128)


def scene_by_mouse(it: Touched) -> None:
    it.set("self.scene = st.toytown.scene(203719)")
    before = it.number("self.things[6]['x']")
    x, y = _thing(it, 6)
    it.drag((x, y), (x - 60, y))
    it.until(f"self.selected == 6 and self.things[6]['x'] < {before} - 0.05")
    it.until("len(self.answers) == 2 and self.answers[1]['pq']['all']['pq'] > 0.3")
    quality = "self.answers[1]['pq']['all']['pq']"  # asked anew each time: the last answer may still be on its way
    it.soon(lambda: f"PQ {100 * it.number(quality):.1f} %" in it.text())
    it.button("Undo").click()
    it.until(f"abs(self.things[6]['x'] - {before}) < 0.01")


def scene_by_keyboard(it: Touched) -> None:
    it.set("self.scene, self.selected = st.toytown.scene(203719), None")
    before = it.number("self.things[0]['x']")
    it.root.locator(".segtutor-scene-stage").focus()
    it.keys("n", "ArrowRight", "ArrowRight")
    it.until(f"self.selected == 0 and self.things[0]['x'] > {before}")
    it.keys("Delete")
    it.until("len(self.things) == 6")
    it.keys("Control+z")
    it.until("len(self.things) == 7")


def scene_by_touch(it: Touched) -> None:
    it.set("self.scene = st.toytown.scene(203719)")
    before = it.number("self.things[3]['y']")
    x, y = _thing(it, 3)
    it.drag_by_finger((x, y), (x + 5, y - 20), (x + 8, y - 50))
    it.until(f"self.selected == 3 and self.things[3]['y'] < {before} - 0.03")


# ---------------------------------------------------------------- PromptCanvas

EMPTY = "self.scribbles, self.points, self.boxes, self.tool, self.label = [], [], [], 'scribble', 0"


def prompts_by_mouse(it: Touched) -> None:
    it.set(EMPTY)
    plain = it.picture()
    sheet = ".segtutor-sheet"
    it.drag(it.share(sheet, 0.3, 0.3), it.share(sheet, 0.5, 0.35))
    it.until("[one['label'] for one in self.scribbles] == [0]")
    assert it.picture() != plain
    it.button("Undo").click()
    it.until("self.scribbles == []")
    it.set("self.scribbles = st.data.strokes.strokes_of(photo_truth)")
    it.set("self.learn(steps=30, wait=True)")
    it.until("self.progress['state'] == 'done' and self.score")


def prompts_by_keyboard(it: Touched) -> None:
    it.set(EMPTY)
    it.root.get_by_role("application").first.focus()
    it.keys("2", "ArrowRight", "Space", "Shift+ArrowDown", "Space")
    it.until("[one['label'] for one in self.scribbles] == [1]")
    it.keys("Control+z")
    it.until("self.scribbles == []")


def prompts_by_touch(it: Touched) -> None:
    it.set(EMPTY)
    it.root.get_by_label("point", exact=True).tap()
    it.until("self.tool == 'point'")
    it.page.touchscreen.tap(*it.share(".segtutor-sheet", 0.5, 0.5))
    it.until("len(self.points) == 1 and abs(self.points[0]['x'] / self.size[1] - 0.5) < 0.02")
    it.set("self.view = 'picture'")


# ---------------------------------------------------------------- AskingCanvas

UNASKED = "self.points, self.boxes, self.chosen, self.tool = [], [], 0, 'point'"


def asking_by_mouse(it: Touched) -> None:
    it.set(UNASKED)
    plain = it.picture()
    it.page.mouse.click(*it.share(".segtutor-sheet", 0.47, 0.8))
    it.until("len(self.answers['scores']) == 3")
    it.soon(lambda: it.picture() != plain)
    it.root.get_by_role("radio", name=re.compile("^Answer 3")).check()
    it.until("self.chosen == 2")
    it.button("Undo").click()
    it.until("self.chosen == 0 and len(self.points) == 1")


def asking_by_keyboard(it: Touched) -> None:
    it.set(UNASKED)
    it.root.get_by_role("application").first.focus()
    it.keys("ArrowRight", "Shift+ArrowDown", "Enter")
    it.until("len(self.points) == 1 and len(self.answers['scores']) == 3")
    it.soon(lambda: it.button("Take this click").is_visible())
    it.keys("n")
    it.until("len(self.points) == 2 and len(self.answers['scores']) == 1")
    it.keys("Control+z")
    it.until("len(self.points) == 1")


def asking_by_touch(it: Touched) -> None:
    it.set(UNASKED)
    it.page.touchscreen.tap(*it.share(".segtutor-sheet", 0.5, 0.5))
    it.until("len(self.points) == 1 and abs(self.points[0]['x'] / self.size[1] - 0.5) < 0.02")
    it.button("Clear").tap()
    it.until("self.points == []")


# ---------------------------------------------------------------- TrainingView


def training_by_mouse(it: Touched) -> None:
    it.set("_ = self.start(network, [photograph], steps=1_000_000, batch_size=1, lr=3e-3, augment=None)")
    it.until("self.state == 'running' and len(self.steps) > 3")
    it.button("Pause").click()
    it.until("self.state == 'paused' and min(self.losses) <= self.losses[0]")
    it.soon(lambda: it.text(".segtutor-summary").startswith("Paused"))


def training_by_keyboard(it: Touched) -> None:
    it.set("self.step, self.scale, self.curve = None, 'linear', 'loss'")
    plot = it.root.get_by_role("application", name=re.compile("Curves"))
    plot.focus()
    it.keys("Home")
    it.until("self.step == self.steps[0]")
    it.keys("ArrowRight")
    it.until("self.step == self.steps[1]")
    linear = it.picture(1)
    it.root.get_by_role("radio", name="logarithmic").focus()
    it.keys("Space")
    it.until("self.scale == 'log'")
    it.soon(lambda: it.picture(1) != linear)


def training_by_touch(it: Touched) -> None:
    it.button("Resume").tap()
    it.until("self.state == 'running'")
    it.button("Stop").tap()
    it.until("self.state == 'stopped'")

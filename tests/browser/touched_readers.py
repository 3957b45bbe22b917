"""What a learner does to the explorers that show what a network said, by mouse, keyboard and touch; what must follow.

Each function takes a `Touched`, does something, and asserts on the direction of the change: on the page, and in the
kernel. It begins with setting what it needs, and may leave the explorer in any state.
"""

from __future__ import annotations

import re

from touched import Touched

# ---------------------------------------------------------------- ThresholdExplorer


def thresholds_by_mouse(it: Touched) -> None:
    it.set("self.score_threshold, self.query = 0.5, None")
    slider = it.root.get_by_role("slider", name="Score threshold", exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    kept, picture = int(it.text(".segtutor-summary").split()[0]), it.picture()
    it.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    it.page.mouse.down()
    it.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
    it.page.mouse.up()
    it.until("0.8 < self.score_threshold < 0.97")
    assert int(it.text(".segtutor-summary").split()[0]) < kept
    assert it.picture() != picture
    row = it.root.get_by_role("button", name=re.compile("^Query .*kept")).first
    row.click()
    it.until("self.query is not None")
    row.click()
    it.until("self.query is None")


def thresholds_by_keyboard(it: Touched) -> None:
    slider = it.root.get_by_role("slider", name="Score threshold", exact=True)
    slider.focus()
    it.page.keyboard.press("Home")
    few = it.text(".segtutor-summary")
    for _ in range(3):
        it.page.keyboard.press("ArrowRight")
    it.until("abs(self.score_threshold - 0.03) < 1e-6")
    it.page.keyboard.press("End")
    it.until("self.score_threshold == 1 and self.segments == []")
    assert it.text(".segtutor-summary").startswith("0 of 24 queries kept")
    assert int(few.split()[0]) >= 10


def thresholds_by_touch(it: Touched) -> None:
    it.set("self.score_threshold, self.query = 0.5, None")
    it.page.touchscreen.tap(*it.place(64, 10))
    it.until("self.query is not None")
    pressed = it.root.get_by_role("button", name=re.compile(r"^Query .*\bsky\b"), pressed=True)
    it.soon(lambda: pressed.count() == 1)
    assert it.root.locator(".segtutor-row[aria-pressed=true]").count() == 1


# ---------------------------------------------------------------- PixelExplorer


def pixel_by_mouse(it: Touched) -> None:
    it.set("self.pins, self.pixel = [], [1, 1]")
    before = it.picture(0), it.picture(1)
    it.page.mouse.move(*it.place(64, 20))  # the sky
    it.until("self.pixel == [64, 20]")
    assert re.search(r"Pixel \(64, 20\): sky, probability (9\d|100)\.", it.text())
    it.page.mouse.click(*it.place(64, 110, canvas=1))  # the grass, or a cat
    it.until("self.pins == [[64, 110]]")
    assert (it.picture(0), it.picture(1)) != before
    assert "Pixel (64, 110)" in it.text()
    assert "sky" not in it.text("table").splitlines()[-1]


def pixel_by_keyboard(it: Touched) -> None:
    it.set("self.pins, self.pixel = [], [30, 30]")
    it.root.get_by_role("application").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Enter"):
        it.page.keyboard.press(key)
    it.until("self.pixel == [32, 29] and self.pins == [[32, 29]]")
    assert "Pixel (32, 29)" in it.text()


def pixel_by_touch(it: Touched) -> None:
    it.set("self.pins = []")
    it.page.touchscreen.tap(*it.place(20, 10))
    it.until("self.pixel == [20, 10] and self.pins == []")
    assert "Pixel (20, 10): sky" in it.text()
    it.button("Pin this pixel").tap()
    it.until("self.pins == [[20, 10]]")


# ---------------------------------------------------------------- QueryExplorer

KEPT = re.compile("^Query .*kept")


def query_by_mouse(it: Touched) -> None:
    it.set("self.query, self.layer, self.view = None, len(self.layers) - 1, 'mask'")
    whole = it.picture()
    kept = it.root.get_by_role("button", name=KEPT).nth(1)
    kept.click()
    it.until("self.query is not None")
    number = int(re.search(r"\d+", kept.get_attribute("aria-label"))[0])
    it.until(f"self.query == {number} and self.fate['panoptic']['area'] > 0")
    it.soon(lambda: kept.get_attribute("aria-pressed") == "true")
    assert it.picture() != whole
    assert "It wins" in it.text(".segtutor-fates")


def query_by_keyboard(it: Touched) -> None:
    """The slider asks the kernel for a layer that was not sent yet."""
    it.set("self.query, self.layer, self.view = 14, len(self.layers) - 1, 'mask'")
    last = it.picture()
    slider = it.root.get_by_role("slider", name="Decoder layer")
    slider.focus()
    it.page.keyboard.press("ArrowLeft")
    it.page.keyboard.press("Home")
    it.until("self.layer == 0")
    assert slider.get_attribute("aria-valuetext").startswith("initial queries")
    it.soon(lambda: it.picture() != last)
    it.page.keyboard.press("End")
    it.until("self.layer == 3 and self.fate['score'] > 0.9")
    it.soon(lambda: it.picture() == last)


def query_by_touch(it: Touched) -> None:
    it.set("self.query = None")
    it.soon(lambda: not it.root.get_by_role("button", name=KEPT, pressed=True).count())  # the page has heard of it
    kept = it.root.get_by_role("button", name=KEPT).nth(2)
    kept.tap()
    it.until("self.query is not None")
    it.soon(lambda: kept.get_attribute("aria-pressed") == "true")
    it.page.touchscreen.tap(*it.place(64, 10))  # a tap on the picture lets go, the next one holds what painted it
    it.until("self.query is None")
    it.page.touchscreen.tap(*it.place(64, 10))
    it.until("self.fate['class'] == 'sky'")


# ---------------------------------------------------------------- AttentionExplorer


def attention_by_mouse(it: Touched) -> None:
    it.set("self.view, self.query, self.layer, self.head, self.masked = 'cross', 14, len(self.layers) - 1, None, None")
    it.page.mouse.click(*it.place(82, 97))  # the cat at the right
    claims = "memoryview(self.owners['codes']).cast('H')[97 * self.owners['grid'][0] // 128 * self.owners['grid'][1] + "
    it.until(f"self.query == {claims}82 * self.owners['grid'][1] // 128] and self.reading['class'] == 'cat'")
    both = it.root.locator("canvas:visible").count()
    it.root.get_by_role("radio", name="without", exact=True).check()
    it.until("self.masked is False")
    it.soon(lambda: it.root.locator("canvas:visible").count() < both)


def attention_by_keyboard(it: Touched) -> None:
    it.set("self.view, self.query, self.layer, self.masked = 'cross', 14, len(self.layers) - 1, None")
    picture = it.picture(0)
    it.root.get_by_role("slider", name="Query", exact=True).focus()
    it.keys("ArrowRight")
    it.until("self.query != 14")
    it.root.get_by_role("slider", name="Decoder layer").focus()
    it.keys("Home")
    it.until("self.layer == 0")
    it.soon(lambda: it.picture(0) != picture)


def attention_by_touch(it: Touched) -> None:
    it.set("self.view, self.head = 'cross', None")
    it.button("Head 2").tap()
    it.until("self.head == 1")
    it.root.get_by_role("radio", name="queries at queries").tap()
    it.until("self.view == 'self'")
    it.set("self.view = 'cross'")


# ---------------------------------------------------------------- BoxExplorer


def boxes_by_mouse(it: Touched) -> None:
    it.set("self.view, self.nms_threshold, self.score_threshold, self.point = 'found', 0.5, 0.5, None")
    slider = it.root.get_by_role("slider", name="NMS threshold", exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    kept, picture = int(it.text(".segtutor-summary").split()[0]), it.picture()
    it.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    it.page.mouse.down()
    it.page.mouse.move(box["x"] + 0.98 * box["width"], box["y"] + box["height"] / 2, steps=5)
    it.page.mouse.up()
    it.until(f"self.nms_threshold > 0.9 and len(self.kept) > {kept}")
    assert int(it.text(".segtutor-summary").split()[0]) > kept
    assert it.picture() != picture
    it.root.get_by_role("radio", name="anchors").click()
    it.until("self.view == 'anchors'")
    it.page.mouse.click(*it.place(64, 40))
    it.until("self.point is not None and len(self.kept) == 9")


def boxes_by_keyboard(it: Touched) -> None:
    it.set("self.view, self.nms_threshold, self.score_threshold, self.point = 'found', 0.5, 0.5, None")
    slider = it.root.get_by_role("slider", name="Score threshold", exact=True)
    slider.focus()
    it.page.keyboard.press("End")
    it.until("self.score_threshold == 1 and self.kept == []")
    assert it.text(".segtutor-summary").startswith("0 of ")
    it.set("self.view = 'anchors'")
    it.root.locator("canvas").focus()
    it.page.keyboard.press("ArrowRight")
    it.until("self.point == [68, 64]")
    it.page.keyboard.press("Escape")
    it.until("self.point is None")


def boxes_by_touch(it: Touched) -> None:
    it.set("self.view, self.point = 'anchors', None")
    it.page.touchscreen.tap(*it.place(30, 90))
    it.until("self.point is not None and len(self.kept) == 9")


# ---------------------------------------------------------------- MapExplorer


def maps_by_mouse(it: Touched) -> None:
    it.set("self.pixel = None")
    picture = it.picture()
    it.page.mouse.click(*it.place(60, 60, canvas=2))
    it.until("self.pixel == [60, 60]")
    assert it.picture() != picture
    it.page.mouse.move(*it.place(20, 100, canvas=0))  # held
    it.frame()
    it.until("self.pixel == [60, 60]")


def maps_by_keyboard(it: Touched) -> None:
    it.set("self.pixel = [60, 60]")
    it.root.locator(".segtutor-picker").first.focus()
    it.page.keyboard.press("ArrowDown")
    it.until("self.pixel == [60, 61]")
    it.page.keyboard.press("Escape")
    it.until("self.pixel is None")


def maps_by_touch(it: Touched) -> None:
    it.set("self.pixel = None")
    it.page.touchscreen.tap(*it.place(60, 60, canvas=2))
    it.until("self.pixel is not None and abs(self.pixel[0] - 60) < 2")


# ---------------------------------------------------------------- Explainer

# The logit of the chosen query's mask at the marked pixel, as the kernel's tensors have it.
MASK_LOGIT = "self.tensors[1]['all_mask_logits'][self.layer, self.query, self.pixel[1] // 4, self.pixel[0] // 4]"
SHOWN_LOGIT = "(root) => Number(root.querySelector('.opened [data-number=\"result\"]')?.dataset.value)"


def _logit_is_the_kernels(it: Touched) -> None:
    it.soon(lambda: abs(it.root.evaluate(SHOWN_LOGIT) - it.number(MASK_LOGIT)) < 1e-3)


def explainer_by_mouse(it: Touched) -> None:
    it.set("self.box, self.pixel, self.layer, self.scene = None, [64, 64], 3, st.toytown.scene(203719)")
    it.root.locator('[data-open="masks"]').click()
    it.until("self.box == 'masks'")
    _logit_is_the_kernels(it)
    it.root.locator('[data-box="argmax"] canvas').first.click(position={"x": 12, "y": 20})
    it.until("self.pixel != [64, 64]")
    it.page.mouse.move(2, 2)
    _logit_is_the_kernels(it)
    things = it.number("len(self.things)")
    it.root.locator('[data-open="picture"]').click()
    it.root.locator(".segtutor-scene-thing").first.click()
    it.until("self.selected is not None")
    it.button("Remove").click()
    it.until(f"len(self.things) == {things - 1} and len(self.answers) == 2")
    quality = "self.answers[1]['pq']['all']['pq']"
    it.soon(lambda: f"PQ {100 * it.number(quality):.1f} %" in it.text('[data-box="merge"] .segtutor-told'))
    it.set("self.scene = st.toytown.scene(203719)")


def explainer_by_keyboard(it: Touched) -> None:
    it.set("self.box, self.pixel = None, [64, 64]")
    it.root.get_by_label("Pixel x", exact=True).focus()
    it.keys("ArrowUp", "ArrowUp")
    it.until("self.pixel == [66, 64]")
    it.root.locator('[data-open="merge"]').focus()
    it.keys("Enter")
    it.until("self.box == 'merge'")
    it.root.get_by_label("Score threshold", exact=True).focus()
    it.keys("End")
    it.until("self.score_threshold == 1 and not self.answers[1]['segments']")
    it.set("self.score_threshold, self.box = 0.6, None")


def explainer_by_touch(it: Touched) -> None:
    it.set("self.query, self.box = 0, 'masks'")
    it.root.locator('[data-query="5"]').tap()
    it.until("self.query == 5")
    _logit_is_the_kernels(it)
    it.set("self.box = None")

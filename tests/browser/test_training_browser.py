"""TrainingView: on a bare page by mouse, keyboard and touch; in a real JupyterLab its buttons, while one runs."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_show_learning import event
from test_widget_browser import CONTRAST

import segtutor as st
from segtutor.data import toytown

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CELLS = [
    "import torch, segtutor as st\nfrom torch import nn\nfrom segtutor.training import recipes",
    "torch.set_num_threads(1)\nclass Pixels(nn.Module):\n"
    "    def __init__(self):\n        super().__init__()\n        self.head = nn.Conv2d(3, 15, 4, stride=4)\n"
    "    def forward(self, x):\n        return st.PerPixelOutput(self.head(x))",
    "model, scenes = Pixels(), recipes.Scenes(range(1_000_000, 1_000_004), 64)\n"
    "view = st.widgets.TrainingView()\n"
    "view.start(model, scenes, steps=1_000_000, batch_size=2)",
    "waits = True",
]
IN_THE_CELL = "st.fit(model, scenes, steps=1_000_000, batch_size=2, log_every=1, on_event=view)\nprint('ended')"
RUN_LAST = """(source) => {
  const { content } = window.jupyterapp.shell.currentWidget, cells = content.model.sharedModel.cells;
  content.activeCellIndex = cells.length - 1;
  cells[cells.length - 1].setSource(source);
  window.jupyterapp.commands.execute('notebook:run-cell');  // not waited for
}"""
LAST = "() => [...window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells].at(-1).outputs.length"


@pytest.fixture(scope="module")
def trained():
    """A view of 100 steps with four decoder layers and a scene that gets better."""
    view = st.widgets.TrainingView(every=0)
    image, truth = toytown.scene(3).render()
    random = np.random.default_rng(0)
    for step in range(1, 101):
        terms = {"class": 20, "bce": 5, "dice": 40}
        layers = {name: [(4 - k) * much / step for k in range(4)] for name, much in terms.items()}
        more = {"layers": layers, "seconds_left": float(200 - step), "cpu_minutes": step / 100}
        if step % 20 == 0:
            ids = np.where(random.random((128, 128)) < step / 100, truth.segment_ids, 0)
            known = {s.id: s.category_id for s in truth.segments if (ids == s.id).any()}
            said = st.Segmentation.from_ids(ids, known, truth.categories)
            more["scene"] = {"index": 0, "image": image, "segmentation": truth, "prediction": said}
        view(event(step, 600 / step, of=200, **more))
    return view


def test_curves_are_read_and_the_scene_goes_back_in_time(browser, trained):
    with mount(browser, trained, has_touch=True) as bare:
        page, view = bare.page, trained
        page.get_by_role("img", name="The prediction after step 100").wait_for()
        now = page.locator(".segtutor-lines .segtutor-number").all_inner_texts
        words = "Running at step 100, 50 % of the budget, 10 pictures a second, 1:40 left."
        assert page.locator(".segtutor-summary").inner_text() == words
        assert now() == ["6"]
        # The pointer reads, a click holds the step, and the scene is the one of that time
        box = page.locator(".segtutor-plot").bounding_box()
        newest = bare.picture(0)
        page.mouse.move(box["x"] + 46 + 0.3 * (box["width"] - 68), box["y"] + 60)
        bare.frame()
        assert view.step is None
        assert now() != ["6"]
        assert bare.picture(0) != newest
        page.mouse.click(box["x"] + 46 + 0.3 * (box["width"] - 68), box["y"] + 60)
        page.mouse.move(2, 2)
        bare.frame()
        assert view.step in range(28, 34)
        assert f"After step 20: {100 * view.scenes[0]['right']:.1f} %" in page.locator(".segtutor-detail").inner_text()
        assert now() == [f"{600 / view.step:.3g}"]
        # Keys do the same
        page.get_by_role("application", name=re.compile("Curves")).focus()
        held = view.step
        page.keyboard.press("ArrowRight")
        assert view.step == held + 1
        page.keyboard.press("Home")
        bare.frame()
        assert view.step == 1
        assert "No prediction before step 1" in page.locator(".segtutor-detail").inner_text()
        page.keyboard.press("End")
        bare.frame()
        assert view.step is None
        assert bare.picture(0) == newest
        page.get_by_role("slider", name="Step that is looked at").focus()
        page.keyboard.press("ArrowLeft")
        bare.frame()
        assert view.step == 99
        # Curves by term and layer, and both axes
        pictures = {bare.picture(1)}
        for curve, count in (("terms", 3), ("dice", 4), ("learning rate", 1), ("pixels right", 1), ("class", 4)):
            page.get_by_role("radio", name=curve, exact=True).check()
            bare.frame()
            assert view.curve == curve
            assert len(now()) == count
            pictures.add(bare.picture(1))
        page.get_by_role("radio", name="logarithmic").check()
        pictures.add(bare.picture(1))
        assert view.scale == "log"
        assert len(pictures) == 7
        assert now() == [f"{(4 - k) * 20 / 99:.3g}" for k in range(4)]
        bare.set(step=50, curve="loss")
        assert now() == ["12"]
        page.get_by_role("radio", name="truth").check()
        page.get_by_role("img", name="The truth").wait_for()
        # Both themes, all widths
        drawn = {}
        for theme in ("light", "dark"):
            bare.theme(theme)
            bare.frame()
            drawn[theme] = bare.picture(1)
            colors = page.evaluate(CONTRAST)
            assert len(colors) > 20
            assert min(contrast for contrast, _ in colors) >= 4.5, sorted(colors)[:3]
        assert drawn["light"] != drawn["dark"], "the curves are drawn for the theme"
        assert page.evaluate(SMALL) == []
        assert page.evaluate(UNNAMED) == []
        for width in (1600, 768, 320):
            bare.resize(width)
            assert page.evaluate(CUT_OFF) == [], width
        # By touch: pause, and on; a kernel that hears says so at once
        page.get_by_role("button", name="Pause").tap()
        bare.frame()
        assert (view.asked, view.heard) == ("pause", "pause")
        assert "pausing after this step" in page.locator(".segtutor-summary").inner_text()
        page.get_by_role("button", name="Resume").tap()
        bare.frame()
        assert view.asked == "run"
        bare.again()
        page.get_by_role("img", name="The prediction after step 40").wait_for()


def test_a_kernel_that_does_not_hear_is_told_of(browser, trained):
    with mount(browser, trained) as bare:
        bare.page.evaluate("() => { window.bare.model.save_changes = () => {}; }")  # as while a cell runs
        bare.page.get_by_role("button", name="Stop").click()
        bare.page.get_by_text("The kernel has not heard this yet").wait_for(timeout=5000)
    assert trained.asked == "run"


@pytest.fixture(scope="module")
def server(server_of, tmp_path_factory):
    from segtutor.commands.lab import jupyter_command

    folder = tmp_path_factory.mktemp("notebooks")
    plain = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [plain | {"id": f"cell-{n}", "source": source} for n, source in enumerate(CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "training.ipynb").write_text(json.dumps(notebook))
    return server_of(folder, lambda folder, port: jupyter_command(folder, browser=False, port=port))


def test_the_buttons_work_while_a_training_runs(server, open_notebook):
    """In a thread of its own, and in a cell: there JupyterLab and ipykernel give widgets a thread (subshells)."""
    page = open_notebook(server, "training.ipynb").page
    summary = page.locator(".segtutor-summary").first

    def button(name: str):
        return page.get_by_role("button", name=name, exact=True)

    def step() -> int:
        return int(re.search(r"at step (\d+)", summary.inner_text())[1])

    def reaches(state: str) -> None:
        page.locator(".segtutor-summary", has_text=re.compile(f"^{state}")).first.wait_for()

    def rounds() -> None:
        reaches("Running")
        button("Pause").click()
        reaches("Paused")
        paused = step()
        page.wait_for_timeout(500)
        assert step() == paused
        button("Resume").click()
        reaches("Running")
        page.wait_for_function(
            "(paused) => /at step (\\d+)/.exec(document.querySelector('.segtutor-summary').textContent)?.[1] > paused",
            arg=paused,
        )
        button("Stop").click()
        reaches("Stopped")

    rounds()
    page.get_by_role("img", name=re.compile("The prediction after step")).wait_for()
    page.evaluate(RUN_LAST, IN_THE_CELL)
    rounds()
    page.wait_for_function(f"({LAST})() === 1")  # the cell went on behind st.fit

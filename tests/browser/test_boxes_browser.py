"""BoxExplorer on a bare page: by mouse and keyboard, what Python says of it, contrast and names."""

from __future__ import annotations

import pytest
from bare import UNNAMED, mount
from test_widget_browser import CONTRAST

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def explorer():
    image, _ = st.toytown.scene(200259).render()
    return st.widgets.BoxExplorer(st.load("maskrcnn-toytown"), image)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_by_mouse_and_keyboard(browser, explorer, theme, tmp_path):
    explorer.view, explorer.nms_threshold, explorer.score_threshold, explorer.point = "found", 0.5, 0.5, None
    with mount(browser, explorer) as bare:
        bare.theme(theme)
        page = bare.page
        canvas = page.get_by_role("img", name="The picture with boxes")
        canvas.wait_for()
        kept, picture = len(explorer.kept), bare.picture()
        assert page.locator(".segtutor-summary").inner_text().startswith(f"{kept} of ")
        page.get_by_role("slider", name="NMS threshold").press("End")
        bare.frame()
        assert explorer.nms_threshold == 1
        assert len(explorer.kept) > kept
        assert page.locator(".segtutor-summary").inner_text().startswith(f"{len(explorer.kept)} of ")
        assert bare.picture() != picture
        page.get_by_role("radio", name="proposals").check()
        bare.frame()
        assert explorer.view == "proposals"
        page.get_by_role("radio", name="anchors").check()
        bare.frame()
        box = canvas.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
        bare.frame()
        assert explorer.point == pytest.approx([32, 64], abs=1)
        assert len(explorer.kept) == 9
        canvas.press("ArrowRight")
        bare.frame()
        assert explorer.point == pytest.approx([36, 64], abs=1)
        canvas.press("Escape")
        bare.frame()
        assert explorer.point is None
        assert page.evaluate(UNNAMED) == []
        assert min(contrast for contrast, _ in page.evaluate(CONTRAST)) >= 4.5
        page.screenshot(path=str(tmp_path / "boxes.png"))

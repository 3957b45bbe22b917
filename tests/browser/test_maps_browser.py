"""MapExplorer on a bare page: by mouse and keyboard, what Python says of it, contrast and names."""

from __future__ import annotations

import pytest
import torch
from bare import CUT_OFF, UNNAMED, mount
from test_widget_browser import CONTRAST

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def explorer():
    image, _ = st.toytown.scene(200259).render()
    model = st.load("mask2former-toytown").model
    with torch.no_grad():
        features = model.backbone(st.training.pixel_values([image]))
        embeddings, _ = model.pixel_decoder(features)
    maps = {"backbone, 1/4": features[0], "backbone, 1/32": features[3], "embeddings, 1/4": embeddings}
    return st.widgets.MapExplorer(maps, image)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_by_mouse_and_keyboard(browser, explorer, theme, tmp_path):
    explorer.pixel = [85, 85]
    with mount(browser, explorer) as bare:
        bare.theme(theme)
        page = bare.page
        page.get_by_role("img", name="embeddings, 1/4: ").wait_for()
        texts = page.locator(".segtutor-detail")
        for n, one in enumerate(explorer.alike(85, 85).values()):
            assert f"{(one >= 0.5).sum()} of {one.size} cells" in texts.nth(n).inner_text()
        picture = bare.picture()
        box = page.locator("canvas").nth(2).bounding_box()
        # the middle of a pixel: at its edge, rounding decides between it and its neighbour
        page.mouse.move(box["x"] + box["width"] * 47.5 / 128, box["y"] + box["height"] * 66.5 / 128)
        bare.frame()
        assert explorer.pixel == [47, 66]
        assert bare.picture() != picture
        page.mouse.down()
        page.mouse.up()  # held: the pointer may go elsewhere
        bare.frame()
        held = list(explorer.pixel)
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        bare.frame()
        assert explorer.pixel == held
        page.locator(".segtutor-picker").nth(0).press("ArrowRight")
        bare.frame()
        assert explorer.pixel == [held[0] + 1, held[1]]
        page.locator(".segtutor-picker").nth(0).press("Escape")
        bare.frame()
        assert explorer.pixel is None
        bare.set(pixel=[31, 82])
        bare.frame()
        assert "Row 20, column 7: " in texts.nth(2).inner_text()
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(UNNAMED) == []
        assert min(contrast for contrast, _ in page.evaluate(CONTRAST)) >= 4.5
        page.screenshot(path=str(tmp_path / "maps.png"))

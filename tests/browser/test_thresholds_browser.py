"""ThresholdExplorer on a bare page: by touch, with masks of one byte a number; a page's memory under a pointer."""

from __future__ import annotations

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount
from test_explorers_browser import MOVES
from test_widget_browser import CONTRAST
from toy_segmenter import ToySegmenter

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def large():
    """100 queries at 384 x 384: more than a megabyte of numbers, so they travel as bytes."""
    segmenter = ToySegmenter(size=384, queries=100)
    return st.widgets.ThresholdExplorer(segmenter, None, segmenter.truth)


def _heap(bare) -> float:
    """MB in use, garbage collected; typed arrays count."""
    session = bare.page.context.new_cdp_session(bare.page)
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    session.detach()
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def test_by_touch_and_what_python_says_of_it(browser, large):
    assert "packed" in large.masks
    with mount(browser, large, has_touch=True) as bare:
        page = bare.page
        page.get_by_role("img", name="Panoptic picture").wait_for()
        box = page.locator(".segtutor-canvas").bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 12)  # the sky
        bare.frame()
        assert large.query is not None
        page.locator(".segtutor-row[aria-pressed=true]").tap()  # lets go
        bare.frame()
        assert large.query is None
        slider = page.get_by_role("slider", name="Score threshold")
        whole = bare.picture()
        slider.fill("0.97")
        page.wait_for_timeout(400)
        assert bare.picture() != whole
        assert large.score_threshold == 0.97
        expected = [(one.id, one.category_id, one.area) for one in large.result.segments]
        assert [(one["id"], one["category_id"], one["area"]) for one in large.segments] == expected
        page.get_by_role("button", name="Reset").tap()
        bare.frame()
        assert bare.picture() == whole
        for theme in ("light", "dark"):
            bare.theme(theme)
            assert bare.picture() == whole
            assert min(contrast for contrast, _ in page.evaluate(CONTRAST)) >= 4.5
        assert page.evaluate(SMALL) == []
        assert page.evaluate(UNNAMED) == []
        for width in (1600, 320):
            bare.resize(width)
            assert page.evaluate(CUT_OFF) == [], width


def test_a_pointer_that_moves_for_long_leaves_nothing_behind(browser):
    """What 2,000 moves leave; `python -m benchmarks explorers` makes 10,000 over each explorer."""
    from toy_explorers import ToyLayers, ToyPixels

    with mount(browser, st.widgets.PixelExplorer(ToyPixels(), ToyLayers())) as bare:
        bare.page.evaluate("() => { window.bare.model.save_changes = () => {}; }")
        bare.page.evaluate(MOVES, 1500)
        before = _heap(bare)
        bare.page.evaluate(MOVES, 2000)
        assert _heap(bare) < before + 0.5

"""What an explorer says by itself, before anybody has touched it, so that its first look explains itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bare import CUT_OFF, mount

import segtutor as st

sys.path.insert(0, str(Path(__file__).parents[1]))
from toy_explorers import ToyLayers, ToyPixels  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LACKING = "is not shown"


@pytest.fixture(scope="module")
def masks() -> ToyLayers:
    return ToyLayers()


def _says(bare, words: str) -> None:
    bare.page.locator(".segtutor-widget").get_by_text(words).first.wait_for(state="visible", timeout=30000)


def test_queries_say_what_is_seen_while_none_is_held(browser, masks):
    with mount(browser, st.widgets.QueryExplorer(masks, masks.image)) as bare:
        _says(bare, "No query is held: this is the panoptic answer.")
        bare.set(view="semantic")
        bare.page.get_by_text("No query is held").wait_for(state="detached")


def test_pixels_say_what_yellow_is(browser, masks):
    with mount(browser, st.widgets.PixelExplorer(ToyPixels(), masks, masks.image)) as bare:
        _says(bare, "yellow: where")
        _says(bare, "yellow: its mask")
        bare.set(view="answer")
        bare.page.get_by_text("yellow").first.wait_for(state="detached")


def test_the_canvas_says_that_only_a_model_reads_the_text(browser):
    with mount(browser, st.widgets.PromptCanvas()) as bare:
        placeholder = bare.page.get_by_label("Text prompt").get_attribute("placeholder")
        assert "a canvas with model= reads it" in placeholder


@pytest.mark.parametrize("points", [True, False])
def test_a_model_without_sampling_points_says_what_is_not_shown(browser, points):
    segmenter = st.load("mask2former-toytown").set_image(st.toytown.scene(3).render()[0])
    explorer = st.widgets.AttentionExplorer(segmenter)
    if not points:
        explorer.encoder = {"layers": 0, "sizes": [], "strides": []}
    with mount(browser, explorer, width=320) as bare:
        _says(bare, "of the attention to the map would lie inside")
        assert bare.page.get_by_text(LACKING).count() == (0 if points else 1)
        assert bare.page.evaluate(CUT_OFF) == []

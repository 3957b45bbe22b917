"""Explorers of shipped networks: others of the shelf are chosen on the page, and what is shown follows."""

from __future__ import annotations

import pytest
from bare import CUT_OFF, SMALL, UNNAMED, mount

import segtutor as st

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SCENE = st.toytown.scene(7)
IMAGE = SCENE.draw()[0]


def choose(bare, name: str, which: int = 0) -> None:
    """By keyboard, as a select is operated: its options are walked until the wanted one is reached."""
    select = bare.page.locator(".segtutor-shelf select").nth(which)
    before = bare.widget.exchanged
    select.select_option(name)
    bare.page.wait_for_function("(n) => window.bare.model.get('exchanged') > n", arg=before)
    bare.page.wait_for_function("() => !document.querySelector('.segtutor-shelf [role=status]').textContent")
    bare.frame()


def test_queries_of_another_network(browser):
    with mount(browser, st.widgets.QueryExplorer(st.load("mask2former-toytown"), IMAGE, query=3)) as bare:
        page, widget = bare.page, bare.widget
        page.wait_for_function("() => document.querySelectorAll('.segtutor-thumb').length > 0")
        select = page.get_by_role("combobox", name="Network")
        names = select.locator("option").all_inner_texts()
        assert set(names) >= {"mask2former-toytown", "eomt-toytown", "oneformer-toytown"}
        assert not {"fcn-toytown", "sam-toytown"} & set(names)
        expected = st.load("eomt-toytown").set_image(IMAGE).output
        listeners = page.evaluate("() => window.bare.listeners()")
        select.focus()
        choose(bare, "eomt-toytown")
        assert widget.networks == ["eomt-toytown"]
        assert len(widget.layers) == len(expected.layers) + 1
        assert (widget.query, widget.layer) == (None, len(widget.layers) - 1)
        assert page.locator(".segtutor-thumb").count() == expected.class_logits.shape[1] == len(widget.colors)
        assert page.evaluate("document.activeElement.tagName") == "SELECT"  # what is chosen with keys goes on with keys
        choose(bare, "mask2former-toytown")
        assert page.evaluate("() => window.bare.listeners()") == listeners
        assert page.evaluate(UNNAMED) == page.evaluate(SMALL) == page.evaluate(CUT_OFF) == []
        bare.set(networks=["eomt-toytown"])  # as a cell does
        page.wait_for_function("() => document.querySelector('.segtutor-shelf select').value === 'eomt-toytown'")


def test_both_networks_of_a_pixel_and_one_that_cannot_be_loaded(browser, monkeypatch):
    made = st.widgets.PixelExplorer(st.load("upernet-toytown"), st.load("mask2former-toytown"), IMAGE, pixel=(60, 40))
    with mount(browser, made) as bare:
        page = bare.page
        page.wait_for_function("() => document.querySelector('canvas')?.width > 0")
        bare.frame()
        before, read = bare.picture(), made.read(60, 40)
        choose(bare, "fcn-toytown")
        assert (made.names, made.pixel) == (["fcn-toytown", "mask2former-toytown"], [60, 40])
        page.wait_for_function("() => document.querySelector('.segtutor-widget').textContent.includes('fcn-toytown')")
        bare.frame()
        assert bare.picture() != before
        assert made.read(60, 40)["per_pixel"] != read["per_pixel"]
        # answered anew by the same network: sums may be taken in another order, so the last digits differ
        for after, claim in zip(made.read(60, 40)["claims"], read["claims"], strict=True):
            assert after == {
                key: pytest.approx(value, rel=1e-4) if isinstance(value, float) else value
                for key, value in claim.items()
            }

        def fails(name):
            raise OSError(f"{name} is damaged")

        monkeypatch.setattr("segtutor.models.zoo.load", fails)
        page.locator(".segtutor-shelf select").nth(1).select_option("eomt-toytown")
        page.get_by_text("OSError: eomt-toytown is damaged").wait_for()
        assert made.networks == ["fcn-toytown", "mask2former-toytown"]
        page.wait_for_function(
            "() => document.querySelectorAll('.segtutor-shelf select')[1].value === 'mask2former-toytown'"
        )
        with pytest.raises(OSError, match="damaged"):
            made.networks = ["fcn-toytown", "eomt-toytown"]
        assert made.networks == ["fcn-toytown", "mask2former-toytown"]


def test_a_scene_is_answered_by_others(browser):
    made = st.widgets.SceneEditor([st.load("upernet-toytown"), st.load("mask2former-toytown")], scene=SCENE)
    with mount(browser, made) as bare:
        page = bare.page
        page.wait_for_function("() => document.querySelectorAll('canvas').length > 2")
        before = made.answers
        choose(bare, "eomt-toytown", 1)
        assert [one["model"] for one in made.answers] == ["upernet-toytown", "eomt-toytown"]
        assert made.answers[0] == before[0]
        assert made.answers[1]["pq"] != before[1]["pq"]
        page.wait_for_function("() => document.querySelector('.segtutor-widget').textContent.includes('eomt-toytown')")
        things = made.things
        made.things = things[1:]  # and goes on answering
        assert len(made.results) == 2
        bare.set()
        page.evaluate("() => { window.bare.model.kernel = false; }")  # a page without a notebook offers nothing
        bare.again()
        assert page.locator(".segtutor-shelf").count() == 0

"""A widget to which two speak at once: a cell, and the browser, which newer notebooks hear in a thread of its own."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from segtutor.errors import UserError

traitlets = pytest.importorskip("traitlets")
pytest.importorskip("anywidget")
from segtutor.widgets.canvas import CanvasWidget  # noqa: E402


class Counter(CanvasWidget):
    """Two numbers; `low` is never above `high`."""

    _esm = "export default { render() {} };"
    low = traitlets.Int(0).tag(sync=True)
    high = traitlets.Int(9).tag(sync=True)

    @traitlets.validate("low")
    def _check_low(self, proposal: dict) -> int:
        if proposal["value"] > self.high:
            raise UserError(f"got {proposal['value']}, expected at most {self.high}: take less")
        return proposal["value"]


@pytest.fixture
def spoken(monkeypatch):
    """(a widget, what a page that hears it holds, a list of functions to be called when it has sent an echo)."""
    counter, page, after_echo = Counter(), {"low": 0, "high": 9}, []

    def send(message: dict, buffers: Any = None) -> None:
        page.update(message.get("state", {}))
        if message["method"] == "echo_update":
            for function in after_echo:
                function()

    monkeypatch.setattr(counter, "_send", send)
    yield counter, page, after_echo
    counter.close()


def _says(counter: Counter, page: dict, **state: int) -> None:
    """The browser says something."""
    page.update(state)
    counter.set_state(state)


@pytest.mark.parametrize("way", ["set", "hold"])
def test_a_cell_that_speaks_while_the_browser_is_heard_leaves_both_with_the_same(spoken, way):
    counter, page, after_echo = spoken

    def cell() -> None:
        if way == "set":
            counter.low = 5
            return
        with counter.hold_sync():
            counter.low = 5

    other = threading.Thread(target=cell)

    def speak() -> None:
        after_echo.clear()
        other.start()
        other.join(0.3)  # does not come to an end where it has to wait for its turn

    after_echo.append(speak)
    _says(counter, page, low=3)
    other.join()
    assert counter.low == page["low"]


def test_the_browser_waits_while_a_cell_speaks(spoken):
    counter, page, _ = spoken
    browser = threading.Thread(target=lambda: _says(counter, page, high=7))

    def during(change: dict) -> None:
        browser.start()
        browser.join(0.1)
        assert counter.high == 9, "not in the middle of what follows from a cell's word"

    counter.observe(during, "low")
    counter.low = 4
    browser.join()
    assert (counter.low, counter.high) == (4, 7)


def test_what_is_refused_is_taken_back_here_and_on_the_page(spoken):
    counter, page, _ = spoken
    counter.low = 2
    heard = []
    counter.observe(heard.append, ["low", "high"])
    with pytest.raises(UserError, match="expected at most 1: take less"):
        _says(counter, page, low=3, high=1)  # such as a choice among what a cell has taken away meanwhile
    assert (counter.low, counter.high, heard) == (2, 9, [])
    assert page == {"low": 2, "high": 9}
    with pytest.raises(traitlets.TraitError):
        _says(counter, page, low="many")
    assert (counter.low, page["low"]) == (2, 2)
    with pytest.raises(UserError, match="expected at most 9"):
        counter.low = 12


def test_an_observers_mistake_takes_nothing_back(spoken):
    counter, page, _ = spoken

    def wrong(change: dict) -> None:
        raise UserError("got one stroke, expected two: paint more")

    counter.observe(wrong, "low")
    with pytest.raises(UserError, match="paint more"):
        _says(counter, page, low=3)
    assert (counter.low, page["low"]) == (3, 3)

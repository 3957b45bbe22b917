"""A widget to which two speak at once: a cell, and the browser, which newer notebooks hear in a thread of its own."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from segtutor.errors import UserError

traitlets = pytest.importorskip("traitlets")
pytest.importorskip("anywidget")
from segtutor.widgets.base.canvas import CanvasWidget  # noqa: E402


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
    assert (page["low"], page["high"]) == (2, 9)
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


def _knows(page: dict, *names: str) -> dict:
    """The stamps of a word about `names` by a page that has heard what `page` holds."""
    return page.get("stamps", {}) | {name: page.get("turns", {}).get(name, 0) for name in names}


def test_a_word_said_without_knowing_pythons_is_not_taken(spoken):
    counter, page, _ = spoken
    ignorant = _knows(page, "low", "high")
    counter.low = 5
    assert page["turns"] == counter.turns == {"low": 1}
    _says(counter, page, low=3, high=8, stamps=ignorant)
    assert (counter.low, counter.high) == (5, 8), "of `high` Python has said nothing"
    assert (page["low"], page["high"]) == (5, 8), "the page is told again"
    _says(counter, page, low=3, stamps=_knows(page, "low"))
    assert counter.low == page["low"] == 3


def test_the_count_comes_with_the_value_in_one_message(spoken, monkeypatch):
    counter, page, _ = spoken
    sent = []
    monkeypatch.setattr(counter, "_send", lambda message, buffers=None: sent.append(message))
    counter.low = 4
    assert [message["state"] for message in sent] == [{"low": 4, "turns": {"low": 1}}]
    with counter.hold_sync():
        counter.low, counter.high = 5, 8
    assert sent[1]["state"] == {"low": 5, "high": 8, "turns": {"low": 2, "high": 1}}


def test_what_follows_from_the_pages_word_is_pythons(spoken):
    counter, page, _ = spoken
    counter.observe(lambda change: setattr(counter, "high", change["new"] + 5), "low")
    _says(counter, page, low=6, stamps=_knows(page, "low"))
    assert page["turns"] == {"high": 1}, "and the page's own is not"
    _says(counter, page, high=30, stamps={"low": 0, "high": 0})
    assert counter.high == page["high"] == 11


def test_the_page_cannot_set_pythons_count_and_rubbish_is_refused(spoken):
    counter, page, _ = spoken
    counter.low = 5
    counter.set_state({"turns": {"low": 0}})
    assert counter.turns == {"low": 1}
    counter.set_state({"stamps": {"low": "first", "nothing": 3}, "high": 8})
    assert counter.high == 8
    with pytest.raises(traitlets.TraitError):
        counter.set_state({"stamps": 3, "low": 1})
    assert counter.low == 5


def test_no_explorer_has_another_use_for_the_names_of_this_machine():
    import segtutor as st

    names = {"turns", "stamps", "_hearing", "_page_names", "_lock", "_spoke", "_late", "set_state", "notify_change"}
    for name in set(st.widgets.__all__) - {"CanvasWidget"}:
        assert not names & set(vars(getattr(st.widgets, name))), name

"""Cells and the browser can both set a trait: one at a time, and nobody without knowing what the other said last.

JupyterLab hears the browser in a thread of its own (a subshell of the kernel), also while a cell runs, and ipywidgets
takes no care of that: a lock makes one wait until the other has finished. A lock does not help against a message that
is on its way. So Python counts how often it has set each trait (`turns`); the page stamps each of its words with the
count that it had heard (`stamps`), and a word that was said without knowing Python's own is not taken: the page is told
Python's again. shared/turns.js is the page's half.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anywidget
import traitlets

from segtutor.errors import UserError
from segtutor.widgets.base.refusals import WrongValue

_OURS = ("turns", "stamps")


class TakesTurns(anywidget.AnyWidget):
    """A widget whose traits are set by one thread at a time, observers included; what a validator refuses of the
    browser's word is taken back, and so is what was said in ignorance of Python's; the page is told so.

    `_lock` is held meanwhile; a thread that sets several traits as one message holds it itself. `_hearing`: whether
    the browser's word is being taken. `_page_names`: the traits that it names.
    """

    turns = traitlets.Dict(help="how often Python has set a trait, by name").tag(sync=True)
    stamps = traitlets.Dict(help="the count that the page knew when it set a trait, by name").tag(sync=True)

    _lock: Any
    _hearing: bool
    _page_names: frozenset

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls, *args, **kwargs)
        made._hearing, made._page_names, made._lock = False, frozenset(), threading.RLock()
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        lock = vars(self).get("_lock")
        if lock is None or not self.has_trait(name):
            super().__setattr__(name, value)
            return
        with lock:
            super().__setattr__(name, value)

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Several traits as one message, and nobody else's between them."""
        with self._lock, super().hold_sync():
            yield

    def notify_change(self, change: Any) -> None:
        """A trait has changed: Python's word, with its count in the same message, unless the page has just said it."""
        name = change["name"]
        ours = name in self.keys and name[0] != "_" and name not in _OURS and name not in self._page_names
        if not ours or self.comm is None:
            super().notify_change(change)
            return
        with self.hold_sync():
            self._spoke(name)
            super().notify_change(change)

    def _spoke(self, *names: str) -> None:
        """Counts a word of Python's, also where it leaves a trait as it was: the page's older ones are void."""
        with self._lock:
            self.turns = {**self.turns, **{name: self.turns.get(name, 0) + 1 for name in names}}

    def set_state(self, sync_data: dict) -> None:
        """Takes over what the browser says, but for what it said without knowing Python's last word."""
        with self._lock:
            late = self._late(sync_data)
            said = {name: value for name, value in sync_data.items() if name not in late and name != "turns"}
            self._hearing, self._page_names = True, frozenset(said)
            try:
                super().set_state(said)
            except traitlets.TraitError:
                self.send_state([name for name in sync_data if name in self.keys])  # the page holds what was refused
                raise
            finally:
                self._hearing, self._page_names = False, frozenset()
            if late:
                self.send_state([name for name in late if name in self.keys])
                self.came_late(late)

    def _late(self, sync_data: dict) -> set[str]:
        """The traits of a message that the page set without knowing that Python had set them."""
        stamps = sync_data.get("stamps", self.stamps)
        if not isinstance(stamps, dict):
            return set()  # the trait refuses it
        known = {name: count for name, count in stamps.items() if isinstance(count, int)}
        return {name for name in sync_data if name in known and known[name] < self.turns.get(name, 0)}

    def came_late(self, names: set[str]) -> None:
        """Called after such a word was not taken, for who has to make good what would have come with it."""

    def _register_validator(self, handler: Callable, names: Any) -> None:
        def checked(owner: TakesTurns, proposal: dict) -> Any:
            try:
                return handler(owner, proposal)
            except UserError as error:
                if not owner._hearing:
                    raise
                # traitlets takes back what raises a TraitError, and nothing else
                raise WrongValue(str(error)) from error

        super()._register_validator(checked, names)

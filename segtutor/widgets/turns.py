"""Two speak to a widget: the cells, and the browser. Here each waits until the other has finished.

JupyterLab hears the browser in a thread of its own (a subshell of the kernel), also while a cell runs. ipywidgets takes
no care of that: a trait that a cell sets while the browser's word for it is being taken keeps the one value in Python
and the other on the page, and whoever then sets what Python holds already is not heard at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anywidget
import traitlets

from segtutor.errors import UserError
from segtutor.widgets.refusals import WrongValue


class TakesTurns(anywidget.AnyWidget):
    """A widget whose traits are set by one thread at a time, observers included; what a validator refuses of the
    browser's word is taken back, and the page is told so.

    `_lock` is held meanwhile; a thread that sets several traits as one message holds it itself. `_hearing`: whether
    the browser's word is being taken.
    """

    _lock: Any
    _hearing: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls, *args, **kwargs)
        made._hearing, made._lock = False, threading.RLock()
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

    def set_state(self, sync_data: dict) -> None:
        """Takes over what the browser says."""
        with self._lock:
            self._hearing = True
            try:
                super().set_state(sync_data)
            except traitlets.TraitError:
                self.send_state([name for name in sync_data if name in self.keys])  # the page holds what was refused
                raise
            finally:
                self._hearing = False

    def _register_validator(self, handler: Callable, names: Any) -> None:
        def checked(owner: TakesTurns, proposal: dict) -> Any:
            try:
                return handler(owner, proposal)
            except UserError as error:
                if not owner._hearing:
                    raise
                raise WrongValue(
                    str(error)
                ) from error  # traitlets takes back what raises a TraitError, and nothing else

        super()._register_validator(checked, names)

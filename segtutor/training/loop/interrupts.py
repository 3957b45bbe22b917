"""Ctrl-C (the square in JupyterLab) and SIGTERM during a training: its step ends, its state is saved, then it stops.

A second Ctrl-C stops at once, and saves nothing more. A training without a folder has nothing to save, and one in a
thread hears no signals, so both are left to Python, and so is a signal for which somebody else has a handler.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from segtutor.training.loop.processes import Processes

EXIT = {signal.SIGINT: 130, signal.SIGTERM: 143}  # what a shell reports of a program that a signal ended
_SAID = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after the state was saved. Its text is one sentence; a cell shows nothing else of it."""

    def _render_traceback_(self) -> list[str]:  # what IPython asks an exception for
        return [str(self)]


class Terminated(SystemExit):
    """SIGTERM, after the state was saved: the program ends with exit status 143."""


class Signals:
    """Hears both signals while it is entered; `came()` says whether one did."""

    def __init__(self, watch: bool, processes: Processes):
        self._watch, self._processes = watch, processes
        self._before: dict[int, Any] = {}
        self._got: int | None = None

    def __enter__(self) -> Signals:
        if self._watch and threading.current_thread() is threading.main_thread():
            for number, own in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
                if signal.getsignal(number) == own:
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_error: Any) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if self._got is not None:
            raise KeyboardInterrupt
        self._got = number

    @property
    def here(self) -> bool:
        """Whether this process was told to stop."""
        return self._got is not None

    def came(self) -> bool:
        """Whether any process of the training was told to stop. All of them ask at the same step."""
        if not self._watch or self._processes.count == 1:
            return self.here
        return self._processes.total([float(self.here)])[0] > 0

    def error(self, step: int, state: Any) -> BaseException:
        """What to raise once the state is saved."""
        number = signal.Signals(self._got if self._got is not None else signal.SIGINT)
        said = (
            f"Stopped by {_SAID[number]} at step {step}; the state is in {state}: go on with resume=True "
            "(segtutor train: --resume)"
        )
        if number == signal.SIGINT:
            return Interrupted(said)
        print(said, file=sys.stderr, flush=True)
        if _in_ipython():  # which takes a SystemExit for a mistake and lives on
            self.__exit__()
            os.kill(os.getpid(), number)
        return Terminated(EXIT[number])


def _in_ipython() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None

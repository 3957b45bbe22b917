"""Where a TrainingView's training runs: in the cell (`fit`), or in a thread of its own (`start`)."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING, Any

from segtutor.errors import UserError

if TYPE_CHECKING:
    from segtutor.training.fit import Fitted

_LOGGED = {"log_every": 1, "scene_every": 10}  # a view is watched: what st.fit says by default is too little for it
_in_background: RunsTraining | None = None  # whose training runs beside the cells: one at a time


class RunsTraining:
    """The half of a TrainingView that calls st.fit; the other half is its on_event."""

    state: Any
    asked: Any
    message: Any
    fitted: Fitted | None
    comm: Any
    _lock: Any
    _thread: threading.Thread | None = None
    _error: BaseException | None = None

    def __call__(self, event: dict, model: Any = None) -> str | None:
        """The on_event."""
        raise NotImplementedError

    def _begin(self, again: bool = True) -> None:
        """Forgets the training before."""
        raise NotImplementedError

    def _tell(self, state: str) -> None:
        """Says how the training stands."""
        raise NotImplementedError

    def open(self) -> None:
        """Makes the view's models known to the page: when it is made, and when a closed view is shown again."""
        super().open()  # type: ignore[misc]  # ipywidgets' own, behind this half
        if hasattr(self.comm, "_reply_subshell_for"):
            # ipykernel 7.4.0 sends what the browser says to the thread that the view spoke from last: to the cell that
            # trains, and is busy. 7.0 to 7.3 ask the notebook's choice alone, which is right; before 7.0 a kernel has
            # one thread for everything. No version says publicly where a comm is heard, so its own method gives way.
            self.comm._reply_subshell_for = lambda data, chosen: chosen

    def fit(self, model: Any, data: Any, **options: Any) -> Fitted:
        """`st.fit(model, data, on_event=this view, **options)` in this cell; returns what it returns."""
        from segtutor.training.fit import fit

        if "on_event" in options:
            raise UserError("got an on_event for a view, which is one: pass it as TrainingView(then=...)")
        with self._lock:
            self._begin(again=not options.get("resume"))
        try:
            self.fitted = fit(model, data, on_event=self, **_LOGGED | options)
        except BaseException as error:  # Ctrl-C too: the picture must not say that it still runs
            with self._lock:
                self.message = f"{type(error).__name__}: {error}".removesuffix(": ")
                self._tell("failed")
            raise
        with self._lock:
            self._tell("stopped" if self.state == "stopped" else "done")
        return self.fitted

    def start(self, model: Any, data: Any, **options: Any) -> RunsTraining:
        """The same in a thread of its own: the cell ends at once, and the kernel stays free to hear the buttons."""
        global _in_background
        if _in_background is not None:
            _in_background._end()
        _in_background, self._error = self, None
        self._thread = threading.Thread(target=self._run, args=(model, data, options), daemon=True, name="training")
        self._thread.start()
        return self

    def _run(self, model: Any, data: Any, options: dict) -> None:
        try:
            self.fit(model, data, **options)
        except BaseException as error:
            self._error = error
            if not isinstance(error, UserError):
                traceback.print_exc()
        finally:
            global _in_background
            if _in_background is self:
                _in_background = None

    def _end(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self.stop()
            self._thread.join()

    def wait(self, seconds: float | None = None) -> Fitted | None:
        """Waits until the training in the background is over: what st.fit returns, or raises what it raised.

        None when `seconds` were not enough.
        """
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                return None
        if self._error is not None:
            raise self._error
        return self.fitted

    def pause(self) -> None:
        """The training pauses after its step; with `out`, its state is saved."""
        self.asked = "pause"

    def resume(self) -> None:
        """It goes on."""
        self.asked = "run"

    def stop(self) -> None:
        """It ends after its step, as if its budget were used up."""
        self.asked = "stop"

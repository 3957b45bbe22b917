"""TrainingView: a training while it runs, as curves by term and layer and as the scene that it learns; pause and stop.

It is an `on_event` of st.fit. Its buttons set a trait, `asked`, which the loop reads after each step; so they work as
soon as the kernel hears of them. A kernel that is busy with a cell hears nothing, unless the notebook gives widgets a
thread of their own (JupyterLab from 4.4 on with ipykernel from 7 on: "subshells"). `start` works everywhere: the
training has a thread of its own, and the kernel stays free. The view says so when a button was not heard.

Taught in notebooks/09_how_do_i_teach_it_my_own_classes.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.widgets.base.canvas import CanvasWidget, built
from segtutor.widgets.training.log import Curves, Scenes
from segtutor.words import tr, tr_later

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from segtutor.training.fit import Fitted

LONGEST_SIDE = 384
STATES = (
    tr_later("ready"),
    tr_later("running"),
    tr_later("paused"),
    tr_later("stopped"),
    tr_later("done"),
    tr_later("failed"),
)
OVER = ("stopped", "done", "failed")
_LOGGED = {"log_every": 1, "scene_every": 10}  # a view is watched: what st.fit says by default is too little for it
_in_background: TrainingView | None = None  # whose training runs beside the cells: one at a time


class TrainingView(CanvasWidget):
    """The curves of a training by term and decoder layer, its scene as it evolves, and its buttons.

        view = st.widgets.TrainingView()
        view.start(segmenter.model, records, steps=200)     # beside the cells; the last line of a cell shows the view
        view.wait()                                         # -> what st.fit returns

    `view.fit(...)` trains in the cell instead, and `st.fit(..., on_event=view)` is the same but that the view cannot
    hear how it ended. `start` and `fit` take what st.fit takes; they log each step and show the scene each tenth.

    every: seconds between two messages to the browser, at least. then: another on_event, asked as well. title: of the
    figure. curve, scale: which curve to begin with. longest_side: a larger scene is shown reduced to it. by: "segment"
    (things of one category differ in lightness) or "category" (they share its colour).

    Traits in both directions: `asked`, "run", "pause" or "stop": what the learner or a cell asks for (methods `pause`,
    `resume`, `stop`); `step`, the step that is looked at (None = the newest): values are read there, and the last
    prediction before it is shown; `curve`, "loss", "terms", the name of a term (one line a decoder layer),
    "learning rate" or "pixels right"; `scale`, "linear" or "log". Traits out: `state`, "ready", "running", "paused",
    "stopped", "done" or "failed"; `steps` and `losses`, one number a logged step; `message`, why it failed. `events`
    holds the events themselves, scenes left out; `fitted` what st.fit returned.

    Starting a training in the background stops one that still runs there. Raises UserError: a curve that
    the training does not have, once it has begun.
    """

    _esm = built("training.js")
    _css = built("training.css")

    state = traitlets.Enum(STATES, "ready", help="how the training stands").tag(sync=True)
    asked = traitlets.Enum(("run", "pause", "stop"), "run", help="what the learner wants").tag(sync=True)
    heard = traitlets.Unicode("run", help="the last `asked` that has reached the kernel").tag(sync=True)
    step = traitlets.Int(None, allow_none=True, help="the step that is looked at, None = the newest").tag(sync=True)
    curve = traitlets.Unicode("loss", help="which numbers are drawn").tag(sync=True)
    scale = traitlets.Enum(("linear", "log"), "linear", help="of the curve's axis").tag(sync=True)
    message = traitlets.Unicode(help="why a training failed").tag(sync=True)
    steps = traitlets.List(help="the logged steps")
    losses = traitlets.List(help="the loss at each of them")
    # What the browser draws from.
    columns = traitlets.List(help="[name, decoder layer] of each column").tag(sync=True)
    rows = traitlets.Bytes(help="float32 (events, columns), NaN = not said").tag(sync=True)
    pace = traitlets.Dict(help="done 0..1, seconds_left, images_per_second, cpu_minutes").tag(sync=True)
    scenes = traitlets.List(traitlets.Dict(), help="{step, right, segments, ids} of each prediction").tag(sync=True)
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    truth_ids = traitlets.Bytes(help="uint16 (H, W), 0 = void, else 1 + position in truth_segments").tag(sync=True)
    truth_segments = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(
        self,
        *,
        every: float = 0.2,
        then: Callable[[dict, Any], Any] | None = None,
        title: str | None = None,
        curve: str = "loss",
        scale: str = "linear",
        longest_side: int = LONGEST_SIDE,
        by: str = "segment",
        clock: Callable[[], float] = time.monotonic,
    ):
        if isinstance(every, bool) or not isinstance(every, int | float) or not every >= 0:
            raise UserError(f"every must be a number of seconds, 0 or more, got {every!r}: try 0.2")
        if by not in ("segment", "category"):
            raise UserError(f'by must be "segment" or "category", got {by!r}')
        self.every, self.then, self.title, self._longest_side, self._clock = every, then, title, longest_side, clock
        self.by = by
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._forget()
        super().__init__(size=[0, 0], curve=curve, scale=scale)

    def _forget(self) -> None:
        self.events: list[dict] = []
        self.fitted: Fitted | None = None
        self._curves, self._scenes, self._sent = Curves(), Scenes(self._longest_side, by=self.by), -np.inf

    # ---- where it runs: in the cell (`fit`), or in a thread of its own (`start`)

    def open(self) -> None:
        """Makes the view's models known to the page: when it is made, and when a closed view is shown again."""
        super().open()
        if hasattr(self.comm, "_reply_subshell_for"):
            # ipykernel 7.4.0 sends what the browser says to the thread that the view spoke from last: to the cell that
            # trains, and is busy. 7.0 to 7.3 ask the notebook's choice alone, which is right; before 7.0 a kernel has
            # one thread for everything. No version says publicly where a comm is heard, so its own method gives way.
            self.comm._reply_subshell_for = lambda data, chosen: chosen

    def fit(self, model: Any, data: Any, **options: Any) -> Fitted:
        """`st.fit(model, data, on_event=this view, **options)` in this cell; returns what it returns."""
        from segtutor.training.fit import fit

        if "on_event" in options:
            raise UserError("on_event is not for a view, which is one itself: pass it as TrainingView(then=...)")
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

    def start(self, model: Any, data: Any, **options: Any) -> TrainingView:
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

    # ---- a training

    def __call__(self, event: dict, model: Any = None) -> str | None:
        """The next event of st.fit; the answer is what the learner asks for."""
        answer = self.then(event, model) if self.then is not None else None
        with self._lock:
            paused, ends = event.get("paused", False), event["done"] >= 1
            again = bool(self.events) and event["step"] <= self.events[-1]["step"] and not paused
            if again or self.state in OVER:
                self._begin(again)
            if not paused:
                self._take(event)
            wishes = {self.asked, answer}
            answer = "stop" if "stop" in wishes else "pause" if "pause" in wishes and not ends else None
            self._tell("done" if ends else {"stop": "stopped", "pause": "paused", None: "running"}[answer])
        return answer

    def _begin(self, again: bool = True) -> None:
        if again:
            self._forget()
            with self.hold_trait_notifications():
                self.steps, self.losses, self.scenes, self.rows, self.columns, self.step = [], [], [], b"", [], None
        self.asked, self.message, self.state = "run", "", "running"

    def _take(self, event: dict) -> None:
        self.events.append({name: value for name, value in event.items() if name != "scene"})
        self._curves.add(event)
        self.steps, self.losses = [*self.steps, event["step"]], [*self.losses, float(event["loss"])]
        if "scene" in event:
            for name, value in self._scenes.add(event["step"], event["scene"]).items():
                setattr(self, name, value)

    def _tell(self, state: str) -> None:
        """Sends the curves, unless they were sent a moment ago and the training goes on."""
        now = self._clock()
        if state != "running" or self.state != state or now - self._sent >= self.every:
            last, self._sent = self.events[-1] if self.events else None, now
            with self.hold_sync():
                self.state = state
                if last is not None:
                    for name, value in self._curves.traits().items():
                        setattr(self, name, value)
                    names = ("step", "done", "seconds_left", "images_per_second", "cpu_minutes")
                    self.pace = {name: last.get(name) for name in names}

    def close(self) -> None:
        """Closes the view; a training that still runs in the background is stopped."""
        self.stop()
        super().close()

    # ---- what the browser says

    @traitlets.observe("asked")
    def _heard(self, change: dict) -> None:
        self.heard = change["new"]

    @traitlets.validate("curve")
    def _known_curve(self, proposal: dict) -> str:
        terms = list(getattr(self, "_curves", Curves()).terms)
        known = ["loss", "terms", *terms, "learning rate", "pixels right"]
        if terms and proposal["value"] not in known:
            raise UserError(f"curve must be one of {', '.join(known)}, got {proposal['value']!r}")
        return proposal["value"]

    # ---- readers without a browser

    def alternative(self) -> str:
        """How the training stands, in one or two sentences."""
        if not self.events:
            return tr(
                "A training, {state}: no step was logged yet.", self.language, state=tr(self.state, self.language)
            )
        first, last = self.events[0], self.events[-1]
        words = tr(
            "A training, {state} at step {step}: loss {before} after step {first}, {now} now.",
            self.language, state=tr(self.state, self.language), step=last["step"], before=f"{first['loss']:.4g}",
            first=first["step"], now=f"{last['loss']:.4g}",
        )  # fmt: skip
        at = self._scenes.at(self.step)
        if at is None:
            return words
        from segtutor.show import describe

        seen = describe(self._scenes.predictions[at])
        return f"{words} {tr('The prediction after step {step}: {segments}.', self.language, step=at, segments=seen)}"

    def still(self) -> np.ndarray:
        """Truth and prediction side by side, (H, 2 W + 4, 3) uint8; a white strip as long as there is no scene."""
        at, image, truth = self._scenes.at(self.step), self._scenes.image, self._scenes.truth
        if at is None or image is None or truth is None:
            return np.full((24, 384, 3), 255, np.uint8)
        from segtutor.show import overlay

        gap = np.full((image.shape[0], 4, 3), 255, np.uint8)
        left, right = (overlay(image, one, by=self.by) for one in (truth, self._scenes.predictions[at]))
        return np.hstack([left, gap, right])

    def figure(self) -> Figure:
        """All curves and the scene at the step that is looked at, as `st.show.training` draws them.

        Raises UserError as long as no step was logged.
        """
        from segtutor.show import training

        events, at = [dict(event) for event in self.events], self._scenes.at(self.step)
        if at is not None:
            scene = {"index": 0, "image": self._scenes.image, "segmentation": self._scenes.truth}
            scene["prediction"] = self._scenes.predictions[at]
            next(event for event in events if event["step"] == at)["scene"] = scene
        return training(events, title=self.title)

    def __repr__(self) -> str:
        last = f"step {self.events[-1]['step']}, loss {self.events[-1]['loss']:.4g}" if self.events else "no step yet"
        return f"TrainingView({self.state}, {last}, {len(self.scenes)} predictions)"

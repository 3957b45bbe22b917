"""The training behind PromptCanvas: in a thread, shown as it goes, stopped by a button.

A thread, because a kernel that runs a cell does not hear the browser. What the thread tells goes through one lock with
what the browser tells, for ipywidgets collects changes of both in one place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets

from segtutor.errors import UserError
from segtutor.segments import Segmentation
from segtutor.training.scribbles import KINDS, Learned, check_scribbles, learn_scribbles, nearest_colour
from segtutor.widgets.canvas import CanvasWidget


class Learning(CanvasWidget):
    """What a canvas with `labels()`, `image`, `categories`, `boxes`, `_truth` and `view` needs to learn from them."""

    boxes: Any
    image: Any
    categories: Any
    view: Any
    labels: Callable[[], np.ndarray]
    _truth: Segmentation | None

    kind = traitlets.Enum(KINDS, "pixel", help="what is classified").tag(sync=True)
    seconds = traitlets.Float(10.0, help="of a training").tag(sync=True)
    progress = traitlets.Dict(help='{"state": "" | "running" | "done" | "stopped" | "failed", ...}').tag(sync=True)
    score = traitlets.Dict(help="mIoU on the pixels that nobody painted, 0..1").tag(sync=True)
    # Shown in the browser.
    answer = traitlets.Bytes(help="uint8 (H, W), 0 = void, else 1 + place in answer_segments").tag(sync=True)
    sure = traitlets.Bytes(help="uint8 (H, W), 255 = certain").tag(sync=True)
    answer_segments = traitlets.List(traitlets.Dict(), help="name and color").tag(sync=True)

    def __init__(self, **traits: Any):
        self._stop, self._awaited = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._learned: Learned | None = None
        self._failure: BaseException | None = None
        super().__init__(**traits)

    @traitlets.validate("seconds")
    def _check_seconds(self, proposal: dict) -> float:
        if not 0.1 <= proposal["value"] <= 600:
            raise UserError(f"got seconds={proposal['value']}, expected 0.1 to 600: 10 is a good number")
        return proposal["value"]

    def learn(
        self, kind: str | None = None, seconds: float | None = None, *, steps: int | None = None, wait: bool = False
    ) -> None:
        """Start a training from nothing on what is painted now; the picture shows it as it goes.

        kind: "pixel" or "mask"; seconds: the budget; both stay, as the traits of these names. steps: another budget,
        the first that is used up ends the training. wait: come back when it is over; otherwise at once, so that the
        Stop button is heard, and `result` waits. Raises UserError where nothing can be learned from the prompts.
        """
        if kind is not None:
            self.kind = kind
        if seconds is not None:
            self.seconds = seconds
        self._begin(steps)
        if wait:
            self.wait()

    def stop(self) -> None:
        """End the training under way; what it learned stays."""
        self._stop.set()

    def wait(self) -> None:
        """Come back when no training is under way; raises what went wrong in the last one.

        Interrupting the cell ends the training, too.
        """
        observes = self._lock._is_owned()  # an observer that waits: the thread cannot tell anything meanwhile
        if observes:
            self._awaited.set()
        try:
            while self._thread is not None and self._thread.is_alive():
                self._thread.join(0.1)
        except KeyboardInterrupt:
            self._end()
        finally:
            if observes:
                self._awaited.clear()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    @property
    def result(self) -> Segmentation | None:
        """What the model says about the whole picture; waits for a training under way. None before the first."""
        self.wait()
        return None if self._learned is None else self._learned.segmentation

    @property
    def output(self) -> Any:
        """PerPixelOutput or MaskOutput of the whole picture, (H, W) as shown; as `result`."""
        self.wait()
        return None if self._learned is None else self._learned.output

    def _end(self) -> None:
        """Stops a training under way, and comes back when it has ended; whatever went wrong in it."""
        self.stop()
        self._awaited.set()
        if self._thread is not None:
            self._thread.join()
        self._awaited.clear()

    def forget(self) -> None:
        """Takes the answer away."""
        self._learned = self._failure = None
        self.answer, self.sure, self.answer_segments, self.progress, self.score = b"", b"", [], {}, {}

    def _begin(self, steps: int | None = None) -> None:
        """Starts the thread, after the one before has ended."""
        self._end()
        self._stop.clear()
        self._failure = None
        what = self.image, self.labels(), self.categories, list(self.boxes)
        check_scribbles(*what[:3], kind=self.kind, seconds=self.seconds, steps=steps)
        self._tell(progress={"state": "running", "done": 0.0, "step": 0, "seconds": 0.0}, score={})
        self._thread = threading.Thread(target=self._learn, args=(*what, steps), daemon=True, name="segtutor-learning")
        self._thread.start()

    def _learn(self, image, labels, categories, boxes, steps) -> None:
        """In the thread: trains and tells."""

        first = {"view": "answer"}  # once: who looks at the picture again meanwhile shall see it

        def on_event(event: dict) -> str | None:
            told = {name: event[name] for name in ("done", "step", "seconds", "loss")}
            if "segmentation" in event:
                self._show(event["segmentation"], event["sure"], progress={"state": "running", **told}, **first)
                first.clear()
            elif event["step"] % 50 == 1:
                self._tell(progress={"state": "running", **told})
            return "stop" if self._stop.is_set() else None

        try:
            learned = learn_scribbles(
                image, labels, categories, kind=self.kind, seconds=self.seconds, steps=steps, boxes=boxes,
                on_event=on_event,
            )  # fmt: skip
            self._learned = learned
            state = "stopped" if self._stop.is_set() else "done"
            told = {"state": state, "done": 1.0, "step": learned.steps, "seconds": learned.seconds}
            told["loss"] = learned.events[-1]["loss"]
            score = self._scored(learned.segmentation, image, labels)
            self._show(learned.segmentation, learned.sure, progress=told, score=score, **first)
        except BaseException as error:  # an error in a thread would be printed to nobody
            self._failure = error
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            self._tell(progress={"state": "failed", "said": said})

    def _scored(self, segmentation: Segmentation, image: np.ndarray, labels: np.ndarray) -> dict:
        """mIoU where nobody painted, and that of the nearest painted colour; {} without a truth of these classes."""
        from segtutor.metrics import mean_iou

        truth, categories = self._truth, self.categories
        if truth is None or not {s.category_id for s in truth.segments} <= {c.id for c in categories}:
            return {}
        places = {category.id: place for place, category in enumerate(categories)}
        true = np.full(labels.shape, -1, np.int32)
        for segment in truth.segments:
            true[truth.segment_ids == segment.id] = places[segment.category_id]
        true[labels >= 0] = -1
        found = {"miou": segmentation.semantic(), "nearest_colour": nearest_colour(image, labels)}
        return {name: float(mean_iou([(one, true)], categories).mean) for name, one in found.items()}

    def _show(self, segmentation: Segmentation, sure: np.ndarray, **traits: Any) -> None:
        from segtutor.show.draw import colors_of

        categories = segmentation.categories
        kept = segmentation.segments[:255]
        ids = np.zeros(segmentation.segment_ids.shape, np.uint8)
        for number, segment in enumerate(kept, 1):
            ids[segmentation.segment_ids == segment.id] = number
        named = [categories.by_id(segment.category_id).name for segment in kept]
        colors = colors_of(segmentation)
        self._tell(
            answer=ids.tobytes(),
            sure=(255 * sure).round().astype(np.uint8).tobytes(),
            answer_segments=[{"name": name, "color": list(color)} for name, color in zip(named, colors, strict=False)],
            **traits,
        )

    def _tell(self, **traits: Any) -> None:
        """Sets several traits as one message.

        Who waits for the thread's end may hold the lock, such as an observer that learns anew after each stroke: then
        nothing is told, for nobody would hear it in time.
        """
        while not self._lock.acquire(timeout=0.05):
            if self._awaited.is_set():
                return
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    setattr(self, name, value)
        finally:
            self._lock.release()

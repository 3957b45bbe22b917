"""`LiveTraining`: the picture of a training while it runs, drawn again every few seconds where it stands.

    st.fit(model, data, steps=500, scene_every=50, on_event=st.show.LiveTraining())

It needs nothing but a notebook: the kernel replaces one output, so a stored notebook keeps the last picture, and the
text below it the last words. Drawing costs the budget of a training nothing: st.fit does not count its on_event.
"""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Callable
from typing import Any

from segtutor.errors import UserError
from segtutor.show.learning import training
from segtutor.show.picture import Picture, _smaller


class LiveTraining:
    """An on_event that shows a training as `st.show.training` does, while it runs.

    every: seconds between two drawings, at least; the first and the last event are always drawn. then: another
    on_event to be asked as well; its answer is this one's. title: above the picture.
    events: what was heard of the present training; picture: the last one drawn, or None.
    Outside of a notebook it prints a line instead of each picture.
    """

    def __init__(
        self,
        every: float = 3.0,
        then: Callable[[dict, Any], Any] | None = None,
        *,
        title: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        if not every >= 0:
            raise UserError(f"every must be a number of seconds, 0 or more, got {every!r}: try 3")
        self.every, self.then, self.title, self._clock = every, then, title, clock
        self.events: list[dict] = []
        self.picture: Picture | None = None
        self._drawn, self._places = 0.0, ()

    def __call__(self, event: dict, model: Any = None) -> Any:
        if self.events and event["step"] <= self.events[-1]["step"] and not event.get("paused"):
            self.events, self.picture, self._places = [], None, ()  # a second training has a second picture
        answer = self.then(event, model) if self.then is not None else None
        if not event.get("paused"):
            if "scene" in event:  # earlier ones are not drawn again, and they are large
                for earlier in self.events:
                    earlier.pop("scene", None)
            self.events.append(dict(event))
            ends = event["done"] >= 1 or answer == "stop"
            if self.picture is None or ends or self._clock() - self._drawn >= self.every:
                self.draw()
        return answer

    def draw(self) -> None:
        """Show what is known by now, in place of the picture before."""
        self.picture = training(self.events, title=self.title)
        self._show(self.picture)
        self._drawn = self._clock()

    def _show(self, picture: Picture) -> None:
        from IPython import get_ipython

        if get_ipython() is None:
            print(picture.description.split(". Terms")[0] + ".")
            return
        from IPython.display import display

        kind, content = _smaller(picture.to_png())
        image = {kind: base64.b64encode(content).decode("ascii"), "text/plain": repr(picture)}
        words = html.escape(picture.description)
        folded = f"<details><summary>Picture in words</summary>{words}</details>"
        outputs = (image, {kind: {"alt": picture.description}}), ({"text/html": folded, "text/plain": words}, {})
        if not self._places:
            self._places = tuple(display(data, metadata=meta, raw=True, display_id=True) for data, meta in outputs)
        else:
            for place, (data, meta) in zip(self._places, outputs, strict=True):
                place.update(data, metadata=meta, raw=True)

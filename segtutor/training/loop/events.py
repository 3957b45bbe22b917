"""What st.fit says while it runs, and what it can be told: one dictionary a logged step.

    step, done (0..1 of the budget; progress: before this step), cpu_minutes, seconds_left
    loss, terms {name: value}, layers {term: [first decoder layer, ..., last]}, lr, images_per_second
    scene {"index", "image", "segmentation", "prediction"}      every `scene_every` steps: row 0 and what the model says

on_event(event, model) may answer "stop": the loop ends, as if its budget were used up. "pause": the state is saved, and
on_event is asked again ten times a second, with "paused": True in the event, until it answers something else; pauses
cost no budget. Any other answer, such as None, means go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from segtutor.inference import panoptic_inference, semantic_inference
from segtutor.outputs import PerPixelOutput
from segtutor.segments import Segmentation
from segtutor.training.forward import output_of
from segtutor.training.rows.targets import pixel_values

PAUSE = 0.1  # seconds between two questions


class Clock:
    """CPU-minutes of a training, those before an interruption included, and its pace since it began here."""

    def __init__(self, spent: float = 0.0):
        self._cpu, self._wall, self._images = time.process_time() - 60 * spent, time.monotonic(), 0
        self._start: float | None = None  # of the budget, when the pace was first asked for

    @property
    def cpu_minutes(self) -> float:
        return (time.process_time() - self._cpu) / 60

    def count(self, images: int):
        self._images += images

    def pace(self, progress: float) -> dict[str, float | None]:
        """Images a second and seconds left; None as long as nobody can know. progress: share of the budget used."""
        seconds = max(time.monotonic() - self._wall, 1e-9)
        start, self._start = self._start, progress if self._start is None else self._start
        done = progress - (start if start is not None else progress)
        left = seconds * (1 - progress) / done if done > 0 else None
        return {"images_per_second": self._images / seconds, "seconds_left": left}

    def exclude(self, work: Callable[[], Any]) -> Any:
        """What `work` returns; the time it took does not count."""
        cpu, wall = time.process_time(), time.monotonic()
        try:
            return work()
        finally:
            self._cpu += time.process_time() - cpu
            self._wall += time.monotonic() - wall


class ProgressBar:
    """An on_event that shows one line: share of the budget, loss and its terms, images a second, time left.

    st.fit(model, data, steps=500, on_event=st.training.ProgressBar())
    then: another on_event to be asked as well; its answer is the bar's. file: where to write, by default stderr.
    """

    def __init__(self, then: Callable[[dict, nn.Module], Any] | None = None, file: Any = None):
        self.then, self.file = then, file
        self.bar: Any = None

    def __call__(self, event: dict, model: nn.Module) -> Any:
        from tqdm.auto import tqdm

        if self.bar is None or 100 * event["done"] < self.bar.n:  # a second training begins a second bar
            self.bar = tqdm(total=100, file=self.file, bar_format="{percentage:3.0f} % |{bar:20}| {desc}")
        self.bar.n = min(100.0, 100 * event["done"])
        self.bar.set_description_str(self.line(event), refresh=False)
        self.bar.refresh()
        if event["done"] >= 1:
            self.bar.close()
        return self.then(event, model) if self.then is not None else None

    @staticmethod
    def line(event: dict) -> str:
        """The text behind the bar. The terms are those of the last decoder layer."""
        last = "  ".join(f"{name} {values[-1]:.3g}" for name, values in event["layers"].items())
        left = event["seconds_left"]
        minutes = "" if left is None else f", {int(left) // 60}:{int(left) % 60:02d} left"
        paused = ", paused" if event.get("paused") else ""
        pace = f"{event['images_per_second']:.3g} img/s"
        return f"step {event['step']}  loss {event['loss']:.4g}  ({last})  {pace}{minutes}{paused}"


def by_layer(terms: Mapping[str, float]) -> dict[str, list[float]]:
    """{"bce": 1., "bce_0": 3., "bce_1": 2.} -> {"bce": [3., 2., 1.]}: the decoder's layers in order."""
    layers: dict[str, list[float]] = {}
    for name in terms:
        base, _, number = name.rpartition("_")
        if not (base and number.isdigit()):
            earlier = []
            while f"{name}_{len(earlier)}" in terms:
                earlier.append(terms[f"{name}_{len(earlier)}"])
            layers[name] = [*earlier, terms[name]]
    return layers


@torch.no_grad()
def predicted(model: nn.Module, row: Mapping[str, Any], mean, std) -> Segmentation:
    """What a model says about a row now: its panoptic prediction, or for a per-pixel model the class of each pixel.

    The modules' modes are as before afterwards, and no random numbers are used.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        device = next(model.parameters()).device
        output = output_of(model, pixel_values([row["image"]], mean, std).to(device))
        inference = semantic_inference if isinstance(output, PerPixelOutput) else panoptic_inference
        truth = row["segmentation"]
        return inference(output, truth.segment_ids.shape, truth.categories)
    finally:
        for module, mode in modes:
            module.training = mode


def told_to_stop(
    on_event: Callable[[dict, nn.Module], Any],
    event: dict,
    model: nn.Module,
    save: Callable[[], Any],
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Hands an event over, waits while the answer is "pause", and says whether the last one was "stop".

    interrupted: says that a pause is to end, whatever the answer is.
    """
    answer = on_event(event, model)
    if answer == "pause":
        save()
        while answer == "pause" and not interrupted():
            time.sleep(PAUSE)
            answer = on_event({**event, "paused": True}, model)
    return answer == "stop"

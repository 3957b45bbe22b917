"""`training`: what happened while a model learned, as curves: loss, learning rate, speed, each term of the loss.

Below the curves stands the latest scene that a training looked at (`st.fit(..., scene_every=...)`), beside its truth.
A mask classifier has one loss a decoder layer: the first is light and dotted, the last dark and whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np

from segtutor.errors import UserError
from segtutor.show.figures import _common_rows, _painted, _resized, _target
from segtutor.show.picture import DPI, MARGIN, ROW, STYLE, TITLE, Picture, draw_legend, place, write_title
from segtutor.show.words import describe, one_line

WIDE, HIGH, LEFT, BELOW, COLUMNS = 236, 140, 56, 40, 3  # pixels of a plot, and what its axes say left and below
SCENE = 256
_GRID, _BLUE, _PALE = "#dddddd", "#0072b2", "#9ecae1"


def training(fitted: Any, *, title: str | None = None) -> Picture:
    """Show the events of a training: its loss, rate and speed, each term of the loss, and its latest scene.

    fitted: what `st.fit` returned, or its events, such as an `on_event` collected. A thin line is what was logged, a
    thick one its mean over a tenth of the training. Returns a `Picture`. Raises UserError where there is no event.

    Taught in notebooks/09_how_do_i_teach_it_my_own_classes.
    """
    events = _checked(getattr(fitted, "events", fitted))
    steps = np.array([event["step"] for event in events], float)
    scene = next((event["scene"] | {"step": event["step"]} for event in reversed(events) if "scene" in event), None)
    terms = _terms(events)
    plots = -(-(3 + len(terms)) // COLUMNS)
    row = TITLE + HIGH + BELOW
    top = MARGIN + (TITLE if title else 0)
    rows, panels = ([], []) if scene is None else _scene(scene)
    legend = -(-len(rows) // 5) * ROW + MARGIN if rows else 0
    height = top + plots * (row + MARGIN) + (TITLE + panels[0][1].shape[0] + MARGIN + legend if panels else 0)
    with matplotlib.rc_context(STYLE):
        picture = Picture(COLUMNS * (LEFT + WIDE + MARGIN) + MARGIN, height, _in_words(events, scene, title))
        write_title(picture, title, MARGIN, MARGIN, span=COLUMNS * (LEFT + WIDE))
        first = {
            "loss": [event["loss"] for event in events],
            "learning rate": [event["lr"] for event in events],
            "pictures a second": [event["images_per_second"] for event in events],
        }
        for number, (name, logged) in enumerate(first.items()):
            axes = _plot(picture, number, name, top, row)
            _curve(axes, steps, np.array(logged, float), smooth=name == "loss")
        for number, (name, (at, values)) in enumerate(terms.items(), len(first)):
            several = f", {values.shape[1]} layers: light to dark" if values.shape[1] > 1 else ""
            _by_layer(_plot(picture, number, f"{one_line(name)}{several}", top, row), at, values)
        y = top + plots * (row + MARGIN)
        for number, (name, panel) in enumerate(panels):
            x = MARGIN + number * (LEFT + WIDE + MARGIN)
            write_title(picture, name, x, y, span=LEFT + WIDE)
            place(picture, panel, x, y + TITLE)
        for column in range(5 if rows else 0):
            deep = -(-len(rows) // 5)
            part = rows[column * deep : (column + 1) * deep]
            draw_legend(picture, part, MARGIN + column * 180, height - legend, numbered=False, span=170)
    return picture


def _checked(events: Any) -> list[Mapping[str, Any]]:
    needed = {"step", "loss", "layers", "lr", "images_per_second"}
    if not isinstance(events, Sequence) or not events or not all(needed <= set(event) for event in events):
        what = f"{len(events)} events" if isinstance(events, Sequence) else f"a {type(events).__name__}"
        raise UserError(
            f"events must be at least one with {', '.join(sorted(needed))}, got {what}: pass what st.fit returned, "
            "with log_every at most its steps"
        )
    return list(events)


def _terms(events: Sequence[Mapping[str, Any]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{term: (steps, (events, layers))} of the last event's terms; nothing where one alone is the whole loss."""
    last = events[-1]["layers"]
    if len(last) == 1 and len(next(iter(last.values()))) == 1:
        return {}
    known = {}
    for name, values in last.items():  # a loss of one's own may have other terms at other steps
        having = [event for event in events if len(event["layers"].get(name, ())) == len(values)]
        at = np.array([event["step"] for event in having], float)
        known[name] = at, np.array([event["layers"][name] for event in having], float)
    return known


def _plot(picture: Picture, number: int, name: str, top: float, row: float) -> Any:
    """Axes in the grid of plots, under their title."""
    width, height = picture.get_size_inches() * DPI
    x = MARGIN + number % COLUMNS * (LEFT + WIDE + MARGIN)
    y = top + number // COLUMNS * (row + MARGIN)
    write_title(picture, name, x + LEFT, y, span=WIDE)
    axes = picture.add_axes(((x + LEFT) / width, 1 - (y + TITLE + HIGH) / height, WIDE / width, HIGH / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5, color="#888888")
    axes.set_xlabel("step", fontsize=9, labelpad=2)
    axes.locator_params(axis="x", nbins=5)
    return axes


def _curve(axes: Any, steps: np.ndarray, values: np.ndarray, *, smooth: bool) -> None:
    mark = "." if len(steps) < 3 else None  # one event is no line
    axes.plot(steps, values, color=_PALE if smooth else _BLUE, linewidth=1.2, marker=mark)
    if smooth and len(steps) >= 10:
        axes.plot(steps, _smoothed(values), color=_BLUE, linewidth=2.2)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")  # rates are small
    axes.set_ylim(bottom=min(0.0, float(values.min())), top=float(values.max()) * 1.05 or 1.0)


def _by_layer(axes: Any, steps: np.ndarray, values: np.ndarray) -> None:
    """values: (events, layers). Lines run from pale, thin and dotted (first layer) to dark and whole (last)."""
    count = values.shape[1]
    shades = matplotlib.colormaps["cividis"](np.linspace(0.85, 0.05, count)) if count > 1 else [_BLUE]
    smooth = len(steps) >= 10
    for layer, shade in enumerate(shades):
        line = _smoothed(values[:, layer]) if smooth else values[:, layer]
        last = layer == count - 1
        mark = "." if len(steps) < 3 else None
        style = "-" if last else ":" if layer == 0 else "--"
        axes.plot(steps, line, color=shade, linewidth=2.2 if last else 1.3, linestyle=style, marker=mark)
    axes.set_ylim(bottom=min(0.0, float(values.min())))


def _smoothed(values: np.ndarray) -> np.ndarray:
    """The mean of the values around each, a tenth of all; fewer at both ends."""
    half = max(1, len(values) // 20)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _scene(scene: Mapping[str, Any]) -> tuple[list, list[tuple[str, np.ndarray]]]:
    """The legend's rows, and (title, pixels) of three panels."""
    image, truth, said = scene["image"], scene["segmentation"], scene["prediction"]
    options: dict[str, Any] = {"alpha": 0.6, "by": "segment", "contour": True}
    panels = [(f"row {scene['index']}", _resized(image, *_target(image.shape[:2], SCENE)))]
    panels.append(("truth", _painted(image, truth, SCENE, **options)[0]))
    panels.append((f"prediction after step {scene['step']}", _painted(image, said, SCENE, **options)[0]))
    return _common_rows([truth, said]), panels


def _in_words(events: Sequence[Mapping[str, Any]], scene: Mapping[str, Any] | None, title: str | None) -> str:
    losses = np.array([event["loss"] for event in events], float)
    first, last = events[0], events[-1]
    words = f"{one_line(title)}. " if title else ""
    words += f"A training, steps {first['step']} to {last['step']} ({len(events)} logged): "
    words += f"loss {first['loss']:.4g} first, {last['loss']:.4g} last, {_trend(losses)}; "
    words += f"least {losses.min():.4g} at step {events[int(losses.argmin())]['step']}. "
    parts = []
    for name, values in last["layers"].items():
        start = first["layers"].get(name, values)
        layers = f" (first of {len(values)} layers {values[0]:.3g})" if len(values) > 1 else ""
        parts.append(f"{one_line(name)} {start[-1]:.3g} to {values[-1]:.3g}{layers}")
    rates = [event["lr"] for event in events]
    words += f"Terms, first to last: {', '.join(parts)}. Learning rate up to {max(rates):.2g}, last {rates[-1]:.2g}; "
    words += f"{last['images_per_second']:.3g} pictures a second."
    if scene is not None:
        words += f" Row {scene['index']}, truth: {describe(scene['segmentation'])}. "
        words += f"Prediction after step {scene['step']}: {describe(scene['prediction'])}."
    return words


def _trend(losses: np.ndarray) -> str:
    """How the mean of the last fifth compares with that of the first."""
    fifth = max(1, len(losses) // 5)
    before, after = float(losses[:fifth].mean()), float(losses[-fifth:].mean())
    if len(losses) < 2 or before == 0 or abs(after / before - 1) < 0.05:
        return "about level"
    change = abs(100 * (after / before - 1))
    compared = "the first to the last fifth" if fifth > 1 else "the first to the last"
    return f"{'falling' if after < before else 'rising'} by {change:.0f} % from {compared}"

"""The explorers as an application: choose an explorer, models and a picture, and play. `segtutor play` serves it.

One more explorer is one more line in EXPLORERS. The page stands at once; torch and the models come in behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from segtutor.errors import UserError

SCENES = (203719, 3, 5, 200259)
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
MASK_MODEL, PIXEL_MODEL = "mask2former-toytown", "upernet-toytown"


@dataclass(frozen=True)
class Choice:
    """What has been chosen, from which an explorer is made. picture: ("scene", seed), ("photograph", name), bytes."""

    picture: Any
    mask_name: str
    pixel_name: str
    loaded: dict[str, Any] = field(default_factory=dict, compare=False)  # models are loaded once

    @cached_property
    def _drawn(self) -> tuple[Any, Any]:
        if isinstance(self.picture, bytes):
            from segtutor.images import load_image

            return load_image(self.picture), None
        kind, which = self.picture
        if kind == "scene":
            return self.scene.render()
        from segtutor.data.photos import photograph

        return photograph(which)[0], None  # its truth is in other categories than the models'

    @cached_property
    def scene(self) -> Any:
        """The ToyTown scene; UserError for any other picture."""
        from segtutor.data import toytown

        if isinstance(self.picture, bytes) or self.picture[0] != "scene":
            raise UserError("This explorer compares with the truth, which only scenes have; choose a scene.")
        return toytown.scene(self.picture[1])

    @property
    def image(self) -> Any:
        """(H, W, 3) uint8."""
        return self._drawn[0]

    @property
    def truth(self) -> Any:
        """The Segmentation of the picture, or None where nobody knows it."""
        return self._drawn[1]

    @property
    def known(self) -> Any:
        """The truth; UserError where there is none."""
        return self.scene and self.truth

    @property
    def mask(self) -> Any:
        """The model that classifies masks."""
        return self._model(self.mask_name)

    @property
    def pixel(self) -> Any:
        """The model that classifies pixels."""
        return self._model(self.pixel_name)

    def _model(self, name: str) -> Any:
        from segtutor.models.zoo import load

        if name not in self.loaded:
            self.loaded[name] = load(name)
        return self.loaded[name]

    @property
    def result(self) -> Any:
        """What the mask model says."""
        return self.mask.segment(self.image)


# class in segtutor.widgets: (its button, what it asks, how it is made)
EXPLORERS: dict[str, tuple[str, str, Callable[[Any, Choice], Any]]] = {
    "PixelExplorer": (
        "Pixel",
        "What does each kind of network say about one pixel? Point at it; a click pins it.",
        lambda make, at: make(at.pixel, at.mask, at.image),
    ),
    "QueryExplorer": (
        "Queries",
        "Which queries are there, what does each see, and what becomes of it? Choose one; move through the layers.",
        lambda make, at: make(at.mask, at.image),
    ),
    "ThresholdExplorer": (
        "Thresholds",
        "Which queries are listened to? Move the three thresholds.",
        lambda make, at: make(at.mask, at.image, at.truth),
    ),
    "MatchingGame": (
        "Matching",
        "Which query should answer for which target? Match by hand, then against the Hungarian method.",
        lambda make, at: make(at.mask, at.image, at.known),
    ),
    "ScoreExplorer": (
        "Score",
        "What did each mistake cost? Click a segment; repair it and watch PQ.",
        lambda make, at: make(at.image, at.result, at.known),
    ),
}


class Application:
    """The page. `widget` is what a cell shows; `explorer` what is on the stage now, None while it is being made."""

    def __init__(self) -> None:
        import ipywidgets

        from segtutor import widgets as explorers

        self._explorers = explorers
        names = [name for name in EXPLORERS if name in explorers.__all__]
        self.kind = ipywidgets.ToggleButtons(
            options=[(EXPLORERS[name][0], name) for name in names], tooltips=[EXPLORERS[name][1] for name in names]
        )
        pictures: list[tuple[str, Any]] = [(f"scene {seed}", ("scene", seed)) for seed in SCENES]
        pictures += [(f"photograph: {name}", ("photograph", name)) for name in PHOTOGRAPHS]
        self.picture = ipywidgets.Dropdown(options=pictures, description="Picture")
        self.next = ipywidgets.Button(description="Another scene")
        self.upload = ipywidgets.FileUpload(accept="image/*", description="Your picture")
        self.mask_name = ipywidgets.Text(MASK_MODEL, description="Masks by", continuous_update=False)
        self.pixel_name = ipywidgets.Text(PIXEL_MODEL, description="Pixels by", continuous_update=False)
        self.question, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.stage = ipywidgets.VBox()
        self.explorer: Any = None
        self._loaded: dict[str, Any] = {}
        self._wanted = 0
        row = ipywidgets.Layout(flex_flow="row wrap", display="flex")
        pictures_row = ipywidgets.Box([self.picture, self.next, self.upload], layout=row)
        models_row = ipywidgets.Box([self.mask_name, self.pixel_name], layout=row)
        self.widget = ipywidgets.VBox([self.kind, pictures_row, models_row, self.question, self.said, self.stage])
        for control in (self.kind, self.picture, self.mask_name, self.pixel_name, self.upload):
            control.observe(self._chosen, "value")
        self.next.on_click(self._another)
        self._chosen()

    def _another(self, _button: Any) -> None:
        """A scene that nobody has chosen for its looks."""
        _, which = self.picture.value
        seed = (int(which) if isinstance(which, int) else SCENES[0]) + 1
        self.picture.options = (*self.picture.options, (f"scene {seed}", ("scene", seed)))
        self.picture.value = ("scene", seed)

    def _chosen(self, change: dict | None = None) -> None:
        """Makes the explorer of what is chosen now; what was asked for before is forgotten."""
        own = _content(self.upload.value) if change and change["owner"] is self.upload else None
        choice = Choice(own or self.picture.value, self.mask_name.value, self.pixel_name.value, self._loaded)
        name = self.kind.value
        _, question, make = EXPLORERS[name]
        self.question.value = f"<b>{question}</b>"
        self.said.value = "One moment: the network is reading the picture."
        self._wanted += 1
        mine = self._wanted

        def work() -> Any:
            return make(getattr(self._explorers, name), choice)

        def then(explorer: Any, error: BaseException | None) -> None:
            if mine == self._wanted:
                self._show(explorer, error)
            elif explorer is not None:
                explorer.close()

        _in_background(work, then)

    def _show(self, explorer: Any, error: BaseException | None) -> None:
        before, self.explorer = self.explorer, explorer
        self.stage.children = () if explorer is None else (explorer,)
        if before is not None:
            before.close()
        self.said.value = "" if error is None else _sentence(error)


def _in_background(work: Callable[[], Any], then: Callable[[Any, BaseException | None], None]) -> None:
    """`then(result, error)` when `work` is done; at once where no event loop runs, as in a test.

    In a thread, because a kernel that computes answers nobody: the page would stay empty for seconds.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if loop is None:
        try:
            result = work()
        except UserError as error:
            then(None, error)
        else:
            then(result, None)
        return
    future = loop.run_in_executor(None, work)
    future.add_done_callback(lambda done: then(None if done.exception() else done.result(), done.exception()))


def _sentence(error: BaseException) -> str:
    import html

    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return f'<p role="status">{html.escape(text)}</p>'


def _content(value: Any) -> bytes | None:
    """The bytes of the file that was uploaded: ipywidgets 8 has a tuple of dictionaries, 7 a dictionary of them."""
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[-1]["content"]) if files else None

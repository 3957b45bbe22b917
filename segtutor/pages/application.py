"""The explorers as an application: choose an explorer, models and a picture, and play. `segtutor play` serves it.

The explorers are listed in explorers.py. The page stands at once; torch and the models come in behind it.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from typing import Any

from segtutor.errors import UserError
from segtutor.pages.explorers import EXPLORERS, MASK_MODEL, PHOTOGRAPHS, PIXEL_MODEL, SCENES, Choice


class Application:
    """The page. `widget` is what a cell shows; `explorer` what is on the stage now, None while it is being made."""

    def __init__(self) -> None:
        import ipywidgets

        from segtutor import widgets as explorers

        self._explorers = explorers
        names = [name for name in EXPLORERS if name in explorers.__all__]
        self.kind = ipywidgets.ToggleButtons(
            options=[(EXPLORERS[name].name, name) for name in names],
            tooltips=[EXPLORERS[name].question for name in names],
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
        shown = EXPLORERS[name]
        self.question.value = f"<b>{shown.question}</b>"
        self.said.value = "One moment: the network is reading the picture."
        self._wanted += 1
        mine = self._wanted

        def work() -> Any:
            return shown.make(getattr(self._explorers, name), choice)

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
    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return f'<p role="status">{html.escape(text)}</p>'


def _content(value: Any) -> bytes | None:
    """The bytes of the file that was uploaded: ipywidgets 8 has a tuple of dictionaries, 7 a dictionary of them."""
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[-1]["content"]) if files else None

"""The base of every widget: one picture on a canvas, computed in the browser, and a still for readers without one.

The JavaScript lies in ordinary ES modules, an explorer's in its own folder and what several use in shared/, which node
can test. esbuild makes one module an explorer of them (tools/build_js.mjs), which lies in built/ and travels inside the
widget (anywidget's `_esm`): no server, no content delivery network, and no node for who does not edit JavaScript.

Why a canvas: a slider that recomputes in the browser answers in about 12 ms, through the kernel in 35 ms, with a new
matplotlib figure in 250 ms; above about 100 ms a slider no longer feels like cause and effect.
"""

from __future__ import annotations

import io
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor import words
from segtutor.widgets.base import rerun
from segtutor.widgets.base.refusals import plain, refusal
from segtutor.widgets.base.turns import TakesTurns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROOMS = "segtutor.widgets."


def built(name: str) -> Path | str:
    """A module or style sheet that tools/build_js.mjs built, such as "scene.js": its text.

    With ANYWIDGET_HMR=1 its path, which anywidget watches, and shows each change in open notebooks. Only then, since
    anywidget keeps every widget alive whose module is a file that may change.
    """
    path = Path(str(files("segtutor.widgets") / "built" / name))
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text(encoding="utf-8")


def png_bytes(image: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 picture as PNG: lossless, so that browser and kernel see the same pixels."""
    from PIL import Image

    stream = io.BytesIO()
    # 4 to 10 % larger than the smallest file, and there in 24 ms instead of 74: an explorer waits for it
    Image.fromarray(np.ascontiguousarray(image)).save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def enlarged(still: np.ndarray) -> np.ndarray:
    """A small still at about the size of the canvas: each of its pixels as 2 x 2 or more, up to 800 pixels wide.

    Small is a shorter side under 384 pixels: two pictures side by side shall be as large as one.
    """
    scale = max(1, min(384 // min(still.shape[:2]), 800 // max(still.shape[:2])))
    return still.repeat(scale, 0).repeat(scale, 1)


def float_bytes(array: Any) -> bytes:
    """A tensor or array as little-endian float32 in row order, as `new Float32Array` reads it."""
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


class CanvasWidget(TakesTurns):
    """A picture that the browser draws, with a text alternative, a still picture and a stable name.

    A subclass sets `_esm = built("its.js")` and `_css = built("its.css")`, fills traits, and says
    what a reader without a browser shall get: `alternative()` (one sentence), `still()` (array), `figure()`
    (matplotlib).

    It speaks the language of the environment variable SEGTUTOR_LANGUAGE, and another one as soon as `language` is set:
    "en", "ja" or "zh-Hans". What a person reads goes through `tr`: in Python `tr("...", self.language)` of
    segtutor.words, in JavaScript shared/words.js. What has no translation is in English, and the explorer says so.
    """

    language = traitlets.Unicode(help="in which the explorer speaks, a tag of segtutor.words.LANGUAGES")
    wording = traitlets.Unicode(help="JSON of its messages in that language; empty: English").tag(sync=True)
    size = traitlets.List(traitlets.Int(), help="(H, W) of the picture; areas count its pixels").tag(sync=True)
    picture = traitlets.Bytes(help="the RGB picture as PNG").tag(sync=True)

    @traitlets.default("language")
    def _language_chosen(self) -> str:
        return words.chosen()

    @traitlets.validate("language")
    def _check_language(self, proposal: dict) -> str:
        return words.checked(proposal["value"])

    @traitlets.observe("language")
    def _speak(self, _: dict) -> None:
        self.wording = self._wording()

    @traitlets.default("wording")
    def _wording(self) -> str:
        if self.language == "en":
            return ""
        room = next(one.__module__.split(".")[2] for one in type(self).__mro__ if one.__module__.startswith(_ROOMS))
        said = words.needed(self.language, str(self._esm))
        return json.dumps({**said, "complete": room in said["complete"]}, ensure_ascii=False)

    def __setattr__(self, name: str, value: Any) -> None:
        """As traitlets does, but for numpy's and torch's numbers, which are taken, and for the words of a refusal."""
        try:
            super().__setattr__(name, value)
        except traitlets.TraitError as error:
            trait, given = self.traits().get(name), plain(value)
            if trait is None:
                raise
            try:
                super().__setattr__(name, given)
            except traitlets.TraitError:
                raise refusal(trait, name, value) from error

    def alternative(self) -> str:
        """What the picture shows, in one sentence."""
        raise NotImplementedError

    def still(self) -> np.ndarray:
        """The picture as it would be drawn now, (H, W, 3) uint8."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The same content as a matplotlib figure, for readers on paper or on GitHub."""
        raise NotImplementedError

    def __repr__(self) -> str:
        # ipywidgets would print a memory address or all the traits: neither can be compared between two runs
        return f"{type(self).__name__}({self.size[1]} x {self.size[0]} pixels)"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict] | None:
        """The widget, and beside it what a page that runs no widgets can show: a still and its text alternative.

        JupyterLab, Notebook, Voila and Colab prefer the widget; GitHub and nbviewer show the PNG. A cell that is run
        again closes the widgets that it showed before, see rerun.py.
        """
        rerun.reopened(self)
        rerun.shown(self)
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown
        data["text/plain"] = repr(self)
        data["image/png"] = png_bytes(enlarged(self.still()))
        return data, {**metadata, "image/png": {"alt": self.alternative()}}

"""The base of every widget: one picture on a canvas, computed in the browser, and a still for readers without one.

The JavaScript lies in ordinary ES modules beside this file, which node can test, and travels inside the widget
(anywidget's `_esm`): no server, no content delivery network, no build step. A widget's module may import others from
this folder; `bundle` writes them into one text: a module that arrives in a message has no folder to import from.

Why a canvas: a slider that recomputes in the browser answers in about 12 ms, through the kernel in 35 ms, with a new
matplotlib figure in 250 ms; above about 100 ms a slider no longer feels like cause and effect.
"""

from __future__ import annotations

import io
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segtutor.widgets import rerun
from segtutor.widgets.refusals import plain, refusal
from segtutor.widgets.turns import TakesTurns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";$', re.MULTILINE)
_RENDERED = re.compile(r"^export default \{ render \};$", re.MULTILINE)
# A view's module is wrapped so that a closed view leaves nothing behind: see leaving.js.
_LEAVING = 'import { leaving } from "./leaving.js";\nexport default { render: leaving(render) };'
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)


@cache
def bundle(name: str) -> str:
    """One self-contained ES module from the module `name` in this folder and all that it imports.

    Each imported file is written once, before those that import it, as `const $file_js = (() => { ...the file...;
    return { a, b }; })();`, and `import { a, b } from "./file.js";` becomes `const { a, b } = $file_js;`, so that the
    names inside a file stay its own. Only this form of import, on one line, is understood; ValueError else, and for
    files that import each other.
    """
    sources: dict[str, str] = {}
    _collect(name, sources, ())
    wanted: dict[str, dict[str, None]] = {}  # what is imported from each file; a dict keeps the order
    for source in sources.values():
        for names, file in _IMPORT.findall(source):
            wanted.setdefault(file, {}).update(dict.fromkeys(names.split(", ")))
    root = _linked(sources.pop(name))
    parts = []
    for file, source in sources.items():
        body, names = _EXPORT.sub("", _linked(source)), ", ".join(wanted[file])
        parts.append(f"const {_alias(file)} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();")
    return "\n".join([*parts, root])


def _collect(name: str, sources: dict[str, str], above: tuple[str, ...]) -> None:
    """Adds the file and all that it imports to `sources`, what is imported first."""
    if name in above:
        raise ValueError(f"got {' -> '.join([*above, name])}, expected files that do not import each other in a circle")
    if name not in sources:
        source = _source(name)
        for _, file in _IMPORT.findall(source):
            _collect(file, sources, (*above, name))
        sources[name] = source


def _linked(source: str) -> str:
    return _IMPORT.sub(lambda match: f"const {{ {match[1]} }} = {_alias(match[2])};", source)


def _alias(file: str) -> str:
    return "$" + re.sub(r"\W", "_", file)


def _source(name: str) -> str:
    text = _RENDERED.sub(_LEAVING, stylesheet(name))
    for line in text.splitlines():
        if re.match(r"(import|export \*|export \{)", line) and not _IMPORT.match(line):
            raise ValueError(
                f'got {line!r} in {name}, expected import {{ a, b }} from "./file.js"; on one line: rewrite it'
            )
    return text


@cache
def stylesheet(name: str) -> str:
    """The text of a file in this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


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

    A subclass sets `_esm = bundle("its.js")` and `_css = stylesheet("canvas.css")`, fills traits, and says what a
    reader without a browser shall get: `alternative()` (one sentence), `still()` (array), `figure()` (matplotlib).
    """

    size = traitlets.List(traitlets.Int(), help="(H, W) of the picture; areas count its pixels").tag(sync=True)
    picture = traitlets.Bytes(help="the RGB picture as PNG").tag(sync=True)

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

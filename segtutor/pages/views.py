"""Widgets on a page: the state that brings them to life there, once each, and the still that stands there before.

An anywidget is its own JavaScript and its state, so it needs no notebook. Which JavaScript may run: that of a
notebook that was executed just now (its author's Python ran on this machine as well), and, from outputs that were
only stored, nothing but segtutor's own, compared text by text.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from segtutor.pages.clean import base64_of

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
KERNEL = "To use this part, open the lesson in a notebook: segtutor lab"
_BOXES = ("Box", "VBox", "HBox", "GridBox", "Tab", "Accordion", "Stack")
_UNSYNCED = ("_esm", "_css", "layout", "tabbable", "tooltip", "comm")
_POINTER = "IPY_MODEL_"
_PICTURES = ("png", "jpeg", "gif", "webp")
DEEPEST, MOST = 16, 2000  # boxes within boxes, and widgets of one page, those shown twice counted twice


class Views:
    """The widgets of one page. `live`: the classes that come to life; `count`: how many views do."""

    def __init__(self, notebook: Any, stills: dict[str, Any], *, executed: bool):
        models = _dictionary(_dictionary(notebook.metadata.get("widgets")).get(STATE)).get("state")
        self._models = {name: model for name, model in _dictionary(models).items() if _is_model(model)}
        self._seen = self._within = 0
        self._stills, self._executed = stills, executed
        self._modules: dict[str, str] = {}
        self._styles: dict[str, str] = {}
        self._bytes: dict[str, int] = {}  # base64 -> its position
        self._states: dict[str, dict] = {}
        self.live: list[str] = []
        self.count = 0

    def view(self, model_id: str, still: str, render: Callable[[dict], str]) -> str:
        """One displayed widget as HTML. still: what stands there without it; render: an output (nbformat) to HTML."""
        silent: list[str] = []
        shown = self._one(model_id, still, render, silent, 0)
        if silent:
            named = html.escape(", ".join(dict.fromkeys(silent)))
            shown += f'<p class="kernel">Controls that need a kernel ({named}) do not move here. {KERNEL}</p>'
        return shown

    def _one(self, model_id: Any, still: str, render: Callable[[dict], str], silent: list[str], depth: int) -> str:
        self._seen += 1
        if depth > DEEPEST or self._seen > MOST:  # also a box that is inside itself
            return '<p class="kernel">More widgets are left out.</p>' if self._seen <= MOST + 1 else ""
        model = self._models.get(model_id) if isinstance(model_id, str) else None
        if model is None:  # closed, or outputs that were stored without state
            return f'<figure class="widget">{still}<figcaption class="kernel">{KERNEL}</figcaption></figure>'
        state, name = model["state"], model["model_name"].removesuffix("Model")
        if isinstance(state.get("_esm"), str) and self._may_run(state["_esm"]):
            return self._figure(model_id, model, still)
        if name in _BOXES:
            children = [str(child).removeprefix(_POINTER) for child in _list(state.get("children"))]
            inside = "".join(self._one(child, "", render, silent, depth + 1) for child in children)
            return f'<div class="box {name.lower()}">{inside}</div>'
        if name == "Output":
            return self._outputs(state, render)
        if name in ("HTML", "HTMLMath", "Label"):
            value = str(state.get("value", ""))
            value = html.escape(value) if name == "Label" else value
            return render({"output_type": "display_data", "data": {"text/html": value}})
        if name == "Image":
            return self._image(model)
        silent.append(" ".join(filter(None, [name, str(state.get("description") or "").strip()])))
        return still

    def _may_run(self, code: str) -> bool:
        return self._executed or code in _own_code()

    def _figure(self, model_id: str, model: dict, still: str) -> str:
        """The still, which mount.js replaces by the widget."""
        state = model["state"]
        name = str(state.get("_anywidget_id", "")).rpartition(".")[2] or "widget"
        if name not in self.live:
            self.live.append(name)
        self.count += 1
        if model_id not in self._states:
            self._states[model_id] = self._packed(model)
        kept = self._stills.get(model_id)
        shown = f'<img src="data:image/png;base64,{kept["png"]}" alt="{html.escape(kept["alt"])}">' if kept else still
        told = "It comes to life in a browser with JavaScript."
        caption = (
            f'<figcaption class="kernel" data-kernel="{html.escape(KERNEL)}">A still of {html.escape(name)}. {told}'
        )
        return f'<figure class="widget" data-model="{html.escape(model_id)}">{shown}{caption}</figcaption></figure>'

    def _packed(self, model: dict) -> dict[str, Any]:
        """{"module": its name, "state"} with bytes as {"$bytes": position}."""
        state = {key: value for key, value in model["state"].items() if key not in _UNSYNCED and key[:1] != "_"}
        for buffer in model.get("buffers", []):
            place = self._bytes.setdefault(buffer["data"], len(self._bytes))
            with suppress(LookupError, TypeError, AttributeError):  # bytes for a position that the state does not have
                _put(state, buffer["path"], {"$bytes": place})
        style = str(model["state"].get("_css") or "")
        self._styles[_name(style)] = style
        code = model["state"]["_esm"]
        self._modules[_name(code)] = code
        return {"module": _name(code), "state": state}

    def _image(self, model: dict) -> str:
        found = [buffer["data"] for buffer in model.get("buffers", []) if buffer["path"] == ["value"]]
        kind = str(model["state"].get("format", "png")).lower().replace("jpg", "jpeg")
        encoded = base64_of(found[0]) if found else None
        if encoded is None or kind not in _PICTURES:
            return ""
        return f'<img src="data:image/{kind};base64,{encoded}" alt="a picture without a description">'

    def _outputs(self, state: dict, render: Callable[[dict], str]) -> str:
        """What an Output widget holds. A widget in it is counted like one in a box, however often it comes back."""
        shown = []
        for output in _list(state.get("outputs")):
            self._within += 1
            try:
                if self._within <= DEEPEST and _is_output(output):
                    shown.append(render(output))
            finally:
                self._within -= 1
        return "".join(shown)

    def store(self) -> dict[str, Any]:
        """What mount.js reads: modules, bytes and models, each once."""
        return {"modules": self._modules, "bytes": list(self._bytes), "models": self._states}

    def styles(self) -> list[str]:
        """The style sheets of the widgets, each once."""
        return [style for style in self._styles.values() if style]


def _is_model(model: Any) -> bool:
    """Whether a stored widget has the form that nbformat's own check does not look at."""
    if not isinstance(model, dict) or not isinstance(model.get("state"), dict):
        return False
    buffers = model.get("buffers", [])
    return isinstance(model.get("model_name"), str) and isinstance(buffers, list) and all(map(_is_buffer, buffers))


def _is_buffer(buffer: Any) -> bool:
    if not isinstance(buffer, dict) or not isinstance(buffer.get("path"), list) or not buffer["path"]:
        return False
    return isinstance(buffer.get("data"), str) and all(isinstance(key, str | int) for key in buffer["path"])


def _is_output(output: Any) -> bool:
    """Whether it has the form of a cell's output, which nbformat checks in cells alone."""
    from nbformat.validator import ValidationError, validate

    try:
        validate(output, ref="output", version=4, relax_add_props=True)
    except ValidationError:
        return False
    return True


def _dictionary(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _put(state: dict, path: list, value: Any) -> None:
    """state[a][b]... = value, where the notebook left a gap for the bytes (in a list: None)."""
    place: Any = state
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
    place[path[-1]] = value


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _own_code() -> frozenset[str]:
    """The JavaScript of every widget of this package."""
    from segtutor import widgets

    return frozenset(str(getattr(getattr(widgets, name), "_esm", "")) for name in widgets.__all__) - {""}

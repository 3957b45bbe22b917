"""Widgets on a page: the state that brings them to life there, once each, and the still that stands there before.

An anywidget is its own JavaScript and its state, so it needs no notebook. Which JavaScript may run: that of a
notebook that was executed just now (its author's Python ran on this machine as well), and, from outputs that were
only stored, nothing but segtutor's own, compared text by text.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable
from functools import cache
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
KERNEL = "To use this part, open the lesson in a notebook: segtutor lab"
_BOXES = ("Box", "VBox", "HBox", "GridBox", "Tab", "Accordion", "Stack")
_UNSYNCED = ("_esm", "_css", "layout", "tabbable", "tooltip", "comm")
_POINTER = "IPY_MODEL_"


class Views:
    """The widgets of one page. `live`: the classes that come to life; `count`: how many views do."""

    def __init__(self, notebook: Any, stills: dict[str, Any], *, executed: bool):
        self._models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        self._stills, self._executed = stills, executed
        self._modules: dict[str, str] = {}
        self._styles: dict[str, str] = {}
        self._bytes: dict[str, int] = {}  # base64 -> its place
        self._states: dict[str, dict] = {}
        self.live: list[str] = []
        self.count = 0

    def view(self, model_id: str, still: str, render: Callable[[dict], str]) -> str:
        """One displayed widget as HTML. still: what stands there without it; render: an output (nbformat) to HTML."""
        silent: list[str] = []
        shown = self._one(model_id, still, render, silent)
        if silent:
            named = html.escape(", ".join(dict.fromkeys(silent)))
            shown += f'<p class="kernel">Controls that need a kernel ({named}) do not move here. {KERNEL}</p>'
        return shown

    def _one(self, model_id: str, still: str, render: Callable[[dict], str], silent: list[str]) -> str:
        model = self._models.get(model_id)
        if model is None:  # closed, or outputs that were stored without state
            return f'<figure class="widget">{still}<figcaption class="kernel">{KERNEL}</figcaption></figure>'
        state, name = model["state"], model["model_name"].removesuffix("Model")
        if isinstance(state.get("_esm"), str) and self._may_run(state["_esm"]):
            return self._figure(model_id, model, still)
        if name in _BOXES:
            children = [child.removeprefix(_POINTER) for child in state.get("children", [])]
            inside = "".join(self._one(child, "", render, silent) for child in children)
            return f'<div class="box {name.lower()}">{inside}</div>'
        if name == "Output":
            return "".join(render(output) for output in state.get("outputs", []))
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
        """{"module": its name, "state"} with bytes as {"$bytes": place}."""
        state = {key: value for key, value in model["state"].items() if key not in _UNSYNCED and key[:1] != "_"}
        for buffer in model.get("buffers", []):
            place = self._bytes.setdefault(buffer["data"], len(self._bytes))
            _put(state, buffer["path"], {"$bytes": place})
        style = str(model["state"].get("_css") or "")
        self._styles[_name(style)] = style
        code = model["state"]["_esm"]
        self._modules[_name(code)] = code
        return {"module": _name(code), "state": state}

    def _image(self, model: dict) -> str:
        found = [buffer["data"] for buffer in model.get("buffers", []) if buffer["path"] == ["value"]]
        kind = html.escape(str(model["state"].get("format", "png")))
        return f'<img src="data:image/{kind};base64,{found[0]}" alt="a picture without a description">' if found else ""

    def store(self) -> dict[str, Any]:
        """What mount.js reads: modules, bytes and models, each once."""
        return {"modules": self._modules, "bytes": list(self._bytes), "models": self._states}

    def styles(self) -> list[str]:
        """The style sheets of the widgets, each once."""
        return [style for style in self._styles.values() if style]


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

"""A widget on a bare page: a real Chromium and no JupyterLab, so that a test of a widget costs a second.

    with mount(browser, explorer) as bare:         # any anywidget, made without a kernel
        bare.page.mouse.move(...)                  # the page is Playwright's
        bare.set(query=7)                          # as a cell would: the view hears of it
        assert bare.widget.query == 7              # what the learner did has arrived in Python
        bare.theme("dark")

The page lies in a file and asks no server. Its model object does what a notebook's does (get, set, on, off,
save_changes, send); what it saves goes through the widget's own `set_state`, what it sends through its message
handlers, and what Python says in turn comes back. tests/browser/test_widget_browser.py has the real JupyterLab.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# JupyterLab's own values of the variables that canvas.css reads; "none" is a page without any of them.
THEMES: dict[str, dict[str, str]] = {
    "light": {
        "--jp-layout-color1": "#fff",
        "--jp-layout-color2": "#eee",
        "--jp-ui-font-color1": "rgba(0, 0, 0, 0.87)",
        "--jp-border-color1": "#bdbdbd",
        "--jp-brand-color1": "#1976d2",
    },
    "dark": {
        "--jp-layout-color1": "#212121",
        "--jp-layout-color2": "#424242",
        "--jp-ui-font-color1": "rgba(255, 255, 255, 0.87)",
        "--jp-border-color1": "#616161",
        "--jp-brand-color1": "#1976d2",
    },
    "none": {},
}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>widget</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { margin: 0; background: var(--jp-layout-color1, Canvas); }</style><style id="css"></style></head>
<body><div id="view"></div></body></html>"""

# Waits until a drawn frame has passed.
FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
# What lies right of the widget's edge, which a person at a narrow window cannot see.
CUT_OFF = """() => { const w = document.querySelector('.segtutor-widget'), edge = w.getBoundingClientRect().right + 1;
  const scrolls = (n) => n.closest('.segtutor-hidden, [data-scrolls]');
  return [...w.querySelectorAll('*')].filter((n) => !scrolls(n) && n.getClientRects().length
    && n.getBoundingClientRect().right > edge).map((n) => `${n.tagName} ${n.getAttribute('class')}`); }"""
# Controls smaller than a finger hits (24 px either way), and controls without a name.
SMALL = """() => [...document.querySelectorAll('.segtutor-widget :is(button, input, select, summary)')]
  .filter((n) => n.getClientRects().length).map((n) => [n, (n.closest('label') ?? n).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([n, box]) => `${n.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`)"""
UNNAMED = """() => [...document.querySelectorAll(
    '.segtutor-widget :is(button, input, select, summary, canvas[role=img])')]
  .filter((n) => !(n.getAttribute('aria-label') || n.textContent || n.labels?.[0]?.textContent || '').trim())
  .map((n) => n.outerHTML.slice(0, 80))"""


def _encode(value: Any) -> Any:
    """As JSON, bytes as {"$bytes": base64}."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(key): _encode(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(one) for one in value]
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else {k: _decode(v) for k, v in value.items()}
        )
    return [_decode(one) for one in value] if isinstance(value, list) else value


@dataclass
class Bare:
    """A mounted widget. complaints, requests: what the page said and asked for; first_ms: until it stood."""

    widget: Any
    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    received: list[tuple[str, Any]] = field(default_factory=list)  # what the view told Python
    first_ms: float = 0.0
    _messages: list = field(default_factory=list)
    _changed: set = field(default_factory=set)

    def start(self, folder: Path) -> None:
        """Opens the page and mounts the view."""
        page, widget = self.page, self.widget
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error.stack}"))
        page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(f"console: {m.text}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.expose_function("toPython", self._hear)
        widget.send = lambda content, buffers=None: self._messages.append([content, list(buffers or [])])
        widget.observe(lambda change: self._changed.add(change["name"]), list(widget.keys))
        send_state = widget.send_state

        def sent(key: Any = None) -> None:
            """Also what did not change is said again, where the page's word was not taken."""
            self._changed.update([key] if isinstance(key, str) else key or [])
            send_state(key)

        widget.send_state = sent
        (folder / "page.html").write_text(PAGE, encoding="utf-8")
        page.goto((folder / "page.html").as_uri())
        self.theme("light")
        state = {k: _encode(v) for k, v in widget.get_state().items() if not k.startswith("_") and k != "layout"}
        sources = {name: str(getattr(widget, f"_{name}")) for name in ("esm", "css")}
        sources["host"] = (files("segtutor") / "pages" / "scripts" / "host.js").read_text(encoding="utf-8")
        self.first_ms = page.evaluate((HERE / "bare.js").read_text(encoding="utf-8"), {"state": state, **sources})

    def _hear(self, kind: str, content: Any) -> dict:
        """From the page; its answer is what Python said in turn."""
        content = _decode(content)
        self.received.append((kind, content))
        if kind == "state":
            self.widget.set_state(content)
            self._changed -= {name for name, value in content.items() if self.widget.get_state(name)[name] == value}
        else:
            self.widget._handle_custom_msg(*content)
        return self._said()

    def _said(self) -> dict:
        state = (
            {name: _encode(value) for name, value in self.widget.get_state(self._changed).items()}
            if self._changed
            else {}
        )
        messages = [_encode(message) for message in self._messages]
        self._changed.clear()
        self._messages.clear()
        return {"state": state, "messages": messages}

    def set(self, **traits: Any) -> None:
        """Sets traits as a cell would, and waits for the drawing."""
        with self.widget.hold_sync():
            for name, value in traits.items():
                setattr(self.widget, name, value)
        self.page.evaluate("(answer) => window.bare.heard(answer)", self._said())
        self.frame()

    def frame(self) -> None:
        """Waits until a drawn frame has passed."""
        self.page.evaluate(FRAME)

    def theme(self, name: str) -> None:
        """ "light" and "dark" as JupyterLab has them, "none" for a page without a theme."""
        lines = "".join(f"{key}: {value}; " for key, value in THEMES[name].items())
        self.page.evaluate("(style) => { document.body.style.cssText = style; }", lines)
        self.page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", json.dumps(name != "dark"))

    def resize(self, width: int, height: int = 900) -> None:
        """Another size of the window."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.frame()

    def picture(self, which: int = 0) -> str:
        """A canvas of the view, pixel by pixel."""
        self.frame()
        return self.page.evaluate("(n) => document.querySelectorAll('canvas')[n].toDataURL()", which)

    def shot(self, path: str | Path) -> None:
        """A screenshot of the whole page."""
        self.frame()
        self.page.screenshot(path=str(path), full_page=True)

    def again(self) -> None:
        """What running the cell again does: the view is closed and made anew."""
        self.page.evaluate("() => window.bare.again()")
        self.frame()


@contextmanager
def mount(browser: Any, widget: Any, *, width: int = 1100, height: int = 900, **context: Any) -> Iterator[Bare]:
    """The widget on a page of its own; afterwards there must have been no complaint and no request to anywhere.

    context: Playwright's settings of a browser context, such as has_touch=True, color_scheme="dark".
    """
    opened = browser.new_context(viewport={"width": width, "height": height}, **context)
    with tempfile.TemporaryDirectory() as folder:
        bare = Bare(widget, opened.new_page())
        try:
            bare.start(Path(folder))
            yield bare
            bare.page.evaluate("() => window.bare.close?.()")
            assert bare.page.evaluate("() => window.bare.listeners()") == 0, (
                "the closed view still listens to its model"
            )
        finally:
            opened.close()
    assert bare.complaints == []
    assert [url for url in bare.requests if not url.startswith(("file:", "blob:", "data:"))] == []

"""The outputs of a code cell as HTML: widgets live where they can be, everything else as Jupyter shows it."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from nbconvert.filters import ansi2html

from segtutor.pages.clean import base64_of, clean
from segtutor.pages.prose import Prose, equation
from segtutor.pages.views import VIEW, Views

_RASTER = ("image/png", "image/jpeg", "image/gif", "image/webp")
# Text or a picture: what is left of an output whose script would have drawn it has neither, and is shown as its text
_SEEN = re.compile(r"\A[^<]*[^<\s]|>\s*[^<\s]|<img [^>]*\bsrc=|<hr\b", re.IGNORECASE)
_WORDS = re.compile(r"<details><summary>Picture in words</summary>")


def outputs_html(outputs: list[Any], prose: Prose, views: Views) -> str:
    """All outputs of one cell, in order."""
    shown = []
    for place, output in enumerate(outputs):
        # segtutor's figures are followed by their description, which is the picture's text alternative too
        following = outputs[place + 1] if place + 1 < len(outputs) else {}
        after = following.get("data", {})
        described = bool(_WORDS.match(_joined(after.get("text/html", ""))))
        shown.append(output_html(output, prose, views, words=_joined(after.get("text/plain", "")) if described else ""))
    return "".join(shown)


def output_html(output: Any, prose: Prose, views: Views, *, words: str = "") -> str:
    """One output. words: the text alternative of a picture that has none of its own."""
    kind = output["output_type"]
    if kind == "stream":
        loud = ' class="stderr"' if output.get("name") == "stderr" else ""
        return f"<pre{loud}>{ansi2html(_as_seen(_joined(output['text'])))}</pre>"
    if kind == "error":
        trace = ansi2html(_joined(output.get("traceback", []), "\n"))
        return f'<pre class="stderr">{trace}</pre>'
    data, metadata = output.get("data", {}), output.get("metadata", {})
    if VIEW in data:
        model = data[VIEW].get("model_id", "") if isinstance(data[VIEW], dict) else ""
        plain = {kind: value for kind, value in data.items() if kind != VIEW}
        still = data_html(plain, metadata, prose, words)
        return views.view(model, still, lambda one: output_html(one, prose, views))
    return data_html(data, metadata, prose, words)


def data_html(data: dict[str, Any], metadata: dict[str, Any], prose: Prose, words: str = "") -> str:
    """What a cell displays, in the richest form that needs no script."""
    if "text/html" in data and _SEEN.search(shown := clean(_joined(data["text/html"]))):
        return f'<div class="html wide">{shown}</div>'
    if "image/svg+xml" in data:  # as a picture, in which no script runs
        svg = base64.b64encode(_joined(data["image/svg+xml"]).encode()).decode("ascii")
        return _picture("image/svg+xml", svg, metadata, words)
    for kind in _RASTER:
        if kind in data and (encoded := base64_of(_joined(data[kind]))) is not None:
            return _picture(kind, encoded, metadata, words)
    if "text/markdown" in data:
        return prose.html(_joined(data["text/markdown"]))
    if "text/latex" in data:
        return equation(_joined(data["text/latex"]).strip().strip("$"), display=True)
    text = _joined(data.get("text/plain", ""))
    return f"<pre>{ansi2html(text)}</pre>" if text else ""


def _picture(kind: str, encoded: str, metadata: dict[str, Any], words: str) -> str:
    about = metadata.get(kind) if isinstance(metadata, dict) else None
    about = about if isinstance(about, dict) else {}
    alt = html.escape(str(about.get("alt") or "") or words or "a picture without a description")
    width = about.get("width")
    sized = f' width="{int(width)}"' if isinstance(width, int | float) and 0 < width < 100_000 else ""
    return f'<div class="picture"><img src="data:{kind};base64,{encoded}" alt="{alt}"{sized}></div>'


def _as_seen(text: str) -> str:
    """Without what a carriage return wrote over, as progress bars do."""
    return re.sub(r"[^\n]*\r(?!\n|\Z)", "", text)


def _joined(text: Any, by: str = "") -> str:
    """A text, or the lines of one, as notebooks store it. What is neither, which nbformat lets pass, shows nothing."""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        return by.join(text)
    return text if isinstance(text, str) else ""

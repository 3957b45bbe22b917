"""What runs in the kernel after a notebook's last cell: widgets prepare for a page on which no kernel answers."""

from __future__ import annotations

import base64
from typing import Any

from segtutor.pages.execute import STILLS


def complete() -> None:
    """Lets every living widget fetch what the browser would ask for later, and displays the stills of all of them.

    A widget takes part by a method `complete()`, which fills its own traits (QueryExplorer: all decoder layers).
    """
    from IPython.display import display

    from segtutor.widgets.base.canvas import CanvasWidget, enlarged, png_bytes

    stills = {}
    for widget in _living():
        if isinstance(widget, CanvasWidget):
            if hasattr(widget, "complete"):
                widget.complete()
            png = base64.b64encode(png_bytes(enlarged(widget.still()))).decode("ascii")
            stills[widget.model_id] = {"png": png, "alt": widget.alternative()}
    display({STILLS: stills}, raw=True)


def _living() -> list[Any]:
    """Every widget that has not been closed. ipywidgets 8 keeps them in its module, 7 in its class."""
    from ipywidgets.widgets import widget as module

    found = getattr(module, "_instances", None)
    return list((module.Widget.widgets if found is None else found).values())

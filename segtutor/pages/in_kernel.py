"""What runs in the kernel after a notebook's last cell: widgets prepare for a page on which no kernel answers."""

from __future__ import annotations

import base64

from segtutor.pages.execute import STILLS


def complete() -> None:
    """Lets every living widget fetch what the browser would ask for later, and displays the stills of all of them.

    A widget takes part by a method `complete()`, which fills its own traits (QueryExplorer: all decoder layers).
    """
    from IPython.display import display

    from segtutor.widgets.base.canvas import CanvasWidget, enlarged, png_bytes
    from segtutor.widgets.base.registry import open_widgets

    stills = {}
    for widget in open_widgets():
        if isinstance(widget, CanvasWidget):
            if hasattr(widget, "complete"):
                widget.complete()
            png = base64.b64encode(png_bytes(enlarged(widget.still()))).decode("ascii")
            stills[widget.model_id] = {"png": png, "alt": widget.alternative()}
    display({STILLS: stills}, raw=True)

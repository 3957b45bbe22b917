"""Which widgets there are in this kernel: ipywidgets keeps every one that has not been closed."""

from __future__ import annotations

from typing import Any


def open_widgets() -> list[Any]:
    """Every widget that has not been closed, layouts and boxes too, in the order in which they were made.

    ipywidgets 8 keeps them in its module, 7 (as Colab has it) in its class.
    """
    from ipywidgets.widgets import widget as module

    found = getattr(module, "_instances", None)
    return list((module.Widget.widgets if found is None else found).values())

"""A cell that is run again lets go of the explorers that it showed before.

ipywidgets keeps every widget for as long as the kernel lives, in the kernel and in the page, and IPython keeps what a
cell's last line gave in `Out`. So a learner who runs a cell fifty times would hold fifty pictures with all of their
logits. The cell's earlier output is gone from the page, and with it whatever could be touched; here the widgets that
it showed are closed as well, and `Out` forgets them, unless another cell or a box still shows them. A variable that
holds one of them keeps it: it can be shown again, and is opened again then.

Which cell runs, the front end says with each request (JupyterLab and Notebook 7 do). Where it does not, nothing is
closed.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

from segtutor.widgets.base.registry import open_widgets

# By the cell's id: the request that ran it last, and what this run has shown so far.
_shown: dict[str, tuple[str, weakref.WeakSet]] = {}


def shown(widget: Any) -> None:
    """To be called when `widget` is displayed; closes what the same cell showed when it ran before."""
    cell, request, deleted = _running_cell()
    for gone in deleted:
        _close_all(_shown.pop(gone, ("", ()))[1], but=widget)
    if cell is None:
        return
    last, before = _shown.get(cell, ("", weakref.WeakSet()))
    if last == request:
        before.add(widget)
        return
    _shown[cell] = (request, weakref.WeakSet([widget]))
    _close_all(before, but=widget)


def _running_cell() -> tuple[str | None, str, list[str]]:
    """The cell that the front end asked to run, the number of its request, and cells deleted since the last one."""
    if "IPython" not in sys.modules:
        return None, "", []
    shell = sys.modules["IPython"].get_ipython()
    if not hasattr(shell, "kernel") or not hasattr(shell.kernel, "get_parent"):
        return None, "", []
    parent = shell.kernel.get_parent("shell") or {}
    if parent.get("header", {}).get("msg_type") != "execute_request":  # a callback, not a cell
        return None, "", []
    metadata = parent.get("metadata", {})
    return metadata.get("cellId"), parent["header"]["msg_id"], metadata.get("deletedCells") or []


def _close_all(widgets: Any, but: Any) -> None:
    elsewhere = {id(one) for _, others in _shown.values() for one in others}
    elsewhere |= {id(child) for box in open_widgets() for child in getattr(box, "children", ())}
    for widget in list(widgets):
        if widget is not but and id(widget) not in elsewhere:
            _close(widget)


def _close(widget: Any) -> None:
    """Closes the widget's models in the kernel and in the page; the object itself stays as it is."""
    # JupyterLab keeps a closed model (see shared/lifetime.js); nobody looks at it any more, so let it keep little.
    heavy = [name for name in widget.keys if name[0] != "_" and isinstance(getattr(widget, name), bytes | list | dict)]
    widget._send({"method": "update", "state": dict.fromkeys(heavy), "buffer_paths": []})
    for one in (widget, widget.layout):
        one.close()
        vars(one).pop("_repr_mimebundle_", None)  # ipywidgets 8 forbids a closed widget to be shown again; ours may
    shell = sys.modules["IPython"].get_ipython()
    out = shell.user_ns.get("_oh", {})
    for number in [number for number, value in out.items() if value is widget]:
        del out[number]
        for names in (shell.user_ns, shell.user_ns_hidden):
            names.pop(f"_{number}", None)


def reopened(widget: Any) -> None:
    """A closed widget gets its models again, so that it can be displayed."""
    for one in (widget.layout, widget):
        if one.comm is None:
            one.open()

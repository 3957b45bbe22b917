"""A cell that is run again closes the explorers that it showed before: in the kernel, and for the page."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
import traitlets

from segtutor.widgets.base import rerun
from segtutor.widgets.base.canvas import CanvasWidget
from segtutor.widgets.base.registry import open_widgets


class Small(CanvasWidget):
    """A widget like the explorers, without a network."""

    _esm = "export default { render() {} }"
    threshold = traitlets.Float(0.5).tag(sync=True)

    def __init__(self):
        super().__init__(size=[2, 2], picture=b"a picture")

    def still(self):
        return np.zeros((2, 2, 3), np.uint8)

    def alternative(self):
        return "Nothing to see."


class Kernel:
    """As much of IPython as is asked: which cell runs, and what `Out` holds."""

    def __init__(self):
        self.kernel, self.parent, self.count = self, {}, 0
        self.user_ns, self.user_ns_hidden = {"_oh": {}}, {}

    def get_parent(self, channel):
        assert channel == "shell"
        return self.parent

    def run(self, cell: str | None, *widgets, deleted=(), kind="execute_request"):
        """What a cell does whose last line shows a widget."""
        self.count += 1
        metadata = {"cellId": cell, "deletedCells": list(deleted)} if cell else {}
        self.parent = {"header": {"msg_type": kind, "msg_id": str(self.count)}, "metadata": metadata}
        for widget in widgets:
            assert widget._repr_mimebundle_()[0]["application/vnd.jupyter.widget-view+json"]
            self.user_ns["_oh"][self.count] = self.user_ns[f"_{self.count}"] = widget
            self.user_ns_hidden[f"_{self.count}"] = widget


@pytest.fixture
def kernel(monkeypatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(rerun, "_shown", {})
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: kernel)
    return kernel


def open_models() -> set[str]:
    return {one.model_id for one in open_widgets()}


def test_fifty_runs_of_a_cell_hold_one_explorer(kernel):
    before, seen = len(open_models()), weakref.WeakSet()
    for _ in range(50):
        explorer = Small()
        seen.add(explorer)
        kernel.run("a", explorer)
    assert len(open_models()) - before == 2, "one, and its layout"
    del explorer
    gc.collect()
    assert len(seen) == 1
    assert list(kernel.user_ns["_oh"]) == [50]
    assert sorted(kernel.user_ns) == ["_50", "_oh"]


def test_what_another_cell_or_a_box_shows_stays(kernel):
    first, boxed = Small(), Small()
    box = ipywidgets.VBox([boxed])
    kernel.run("a", first)
    kernel.run("b", first)
    kernel.run("c", boxed)
    for cell in ("a", "c"):
        kernel.run(cell, Small())
    assert first.comm is not None
    assert boxed.comm is not None
    kernel.run("b", Small())
    assert first.comm is None
    box.close()


def test_one_cell_may_show_several_and_show_them_again(kernel):
    one, two = Small(), Small()
    kernel.run("a", one, two)
    assert one.comm is not None
    kernel.run("a", one, two)
    assert one.comm is not None
    assert two.comm is not None
    kernel.run("b", one)
    kernel.run("b", two)
    kernel.run("a", Small())
    assert (one.comm is None, two.comm is None) == (True, False)


def test_a_closed_explorer_opens_again_as_it_was(kernel):
    explorer = Small()
    explorer.threshold = 0.9
    kernel.run("a", explorer)
    sent = []
    explorer._send = lambda message, buffers=None: sent.append(message)
    kernel.run("a", Small())
    del explorer._send
    assert explorer.comm is None
    assert sent[0]["state"]["picture"] is None, "what the page may keep of it is small"
    assert explorer.threshold == 0.9
    kernel.run("c", explorer)
    assert explorer.comm is not None
    assert explorer.layout.comm is not None
    assert explorer.get_state()["threshold"] == 0.9
    assert explorer.get_state()["picture"]


def test_cells_that_are_deleted_let_go(kernel):
    explorer = Small()
    kernel.run("a", explorer)
    kernel.run("b", Small(), deleted=["a"])
    assert explorer.comm is None


@pytest.mark.parametrize("front_end", [{"cell": None}, {"cell": "a", "kind": "comm_msg"}])
def test_where_no_cell_is_known_nothing_is_closed(kernel, front_end):
    explorer = Small()
    for _ in range(2):
        kernel.run(front_end["cell"], explorer, kind=front_end.get("kind", "execute_request"))
        explorer, last = Small(), explorer
    kernel.run(front_end["cell"], explorer, kind=front_end.get("kind", "execute_request"))
    assert last.comm is not None


def test_without_a_kernel_an_explorer_is_shown_all_the_same(monkeypatch):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace())
    assert Small()._repr_mimebundle_()

"""Running a notebook for its page: texts and pictures as Jupyter would show them, and the state of every widget.

The cells run on this machine with the rights of the person who makes the page, exactly as in JupyterLab.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.pages.find import Lesson

CELL_SECONDS = 900
STILLS = "application/vnd.segtutor.stills+json"  # what the last cell hands over, see in_kernel.py
_LAST_CELL = "from segtutor.pages.in_kernel import complete as _complete\n_complete()"
_MAKES_WIDGETS = re.compile(r"\b(widgets|ipywidgets|anywidget|interact|interactive)\b")


def needs_execution(notebook: Any) -> bool:
    """Whether what is stored does not suffice: a cell was never run, or makes widgets, whose state is never stored."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    return any(cell.execution_count is None or _MAKES_WIDGETS.search(cell.source) for cell in cells)


def execute(notebook: Any, lesson: Lesson, *, timeout: int = CELL_SECONDS) -> dict[str, Any]:
    """Runs all cells in a fresh kernel of this Python; outputs and widget state go into `notebook`.

    A lesson of the course runs in an empty folder, a notebook of one's own in its folder, beside its files.
    Returns the stills of the widgets as they are at the end: {id of the model: {"png": base64, "alt": words}}.
    Raises UserError where a cell fails, with its number and the error.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    last = nbformat.v4.new_code_cell(_LAST_CELL)
    with tempfile.TemporaryDirectory() as empty:
        notebook.cells.append(last)
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(empty if lesson.ours else lesson.path.parent)}},
            record_timing=False,
            store_widget_state=True,
        )
        try:
            manager = client.create_kernel_manager()
            manager.kernel_spec_manager.ensure_native_kernel = True
            if os.name == "posix":  # sockets that are files: no port is opened, and no network needed
                manager.transport, manager.ip = "ipc", str(Path(empty) / "kernel")
            client.execute()
        except CellExecutionError as error:
            raise _failed(lesson, notebook, f"{error.ename}: {error.evalue}") from None
        except CellTimeoutError:
            raise _failed(lesson, notebook, f"it took more than {timeout} seconds") from None
        except DeadKernelError:
            raise _failed(lesson, notebook, "the kernel died, perhaps of too little memory") from None
        finally:
            notebook.cells.remove(last)
    return next((dict(out.data[STILLS]) for out in last.outputs if STILLS in out.get("data", {})), {})


def _failed(lesson: Lesson, notebook: Any, why: str) -> UserError:
    """The last code cell that was begun is the one that failed."""
    codes = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    errors = [n for n, cell in enumerate(codes, 1) if any(out.output_type == "error" for out in cell.outputs)]
    begun = [n for n, cell in enumerate(codes, 1) if cell.execution_count is not None or cell.outputs]
    number = (errors or begun or [1])[-1]
    return UserError(
        f"{lesson.path.name} was run for its page, and its code cell {number} failed ({why}): repair the cell, or "
        "use the outputs that are stored in the file (--no-execute)"
    )

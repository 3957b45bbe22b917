"""An explorer as a file of its own that other documents show: MyST's `{anywidget}`, or any page that imports a module.

    from segtutor.pages.standalone import write_module
    write_module(explorer, "thresholds.mjs")

    ```{anywidget} thresholds.mjs          in a MyST page, below it an empty model: {}
    ```

    import explorer from "./thresholds.mjs"; explorer.render({ el })          in a page of one's own

The module holds the explorer's JavaScript, its styles and its state, and asks for nothing else. There is no kernel
behind it: what the browser computes is alive, and what would need Python says so, as on the pages of `segtutor page`.
"""

from __future__ import annotations

import base64
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.files import write_whole

_PLACE = '"SEGTUTOR-CARRIED"'  # in scripts/standalone.js
_NOT_STATE = ("_esm", "_css", "layout", "comm")


def module_of(explorer: Any) -> str:
    """The text of an ES module whose default export is {render}, as anywidget defines it.

    explorer: one of `st.widgets`, made in a notebook or in a program; its state now is what the module begins with.
    Raises UserError for anything else.
    """
    import anywidget

    if not isinstance(explorer, anywidget.AnyWidget):
        raise UserError(
            f"explorer must be one of st.widgets, such as ThresholdExplorer(segmenter), got {type(explorer).__name__}"
        )
    state = {name: value for name, value in explorer.get_state().items() if name not in _NOT_STATE}
    carried = {"module": str(explorer._esm), "css": str(explorer._css), "state": _encoded(state)}
    built = files("segtutor.pages").joinpath("built", "standalone.js").read_text(encoding="utf-8")
    if built.count(_PLACE) != 1:
        raise RuntimeError("built/standalone.js must have one place for what it carries: npm run build")
    return built.replace(_PLACE, json.dumps(json.dumps(carried)))


def write_module(explorer: Any, path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """Writes `module_of(explorer)` to a file, whole or not at all. -> the file.

    Raises UserError where the file exists and `overwrite` is False.
    """
    return write_whole(path, module_of(explorer).encode("utf-8"), overwrite=overwrite)


def _encoded(value: Any) -> Any:
    """State as JSON can say it: bytes become {"$bytes": base64}, at any depth; host.js reads it so."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, dict):
        return {str(name): _encoded(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(one) for one in value]
    return value

"""`segtutor play`: the explorers as an application in the browser, served by Voila on this machine only."""

from __future__ import annotations

import importlib.util
import sys
from importlib.resources import files
from pathlib import Path

from ..errors import UserError
from .lab import become


def play(*, browser: bool = True, port: int | None = None, dark: bool = False) -> int:
    """Start Voila on the application and return its exit status. UserError where Voila is not installed."""
    if importlib.util.find_spec("voila") is None:
        raise UserError(
            "Voila is not installed in this Python environment, and `segtutor play` shows the explorers with it; "
            'install it with: python -m pip install "voila>=0.5.8"'
        )
    return become(voila_command(browser=browser, port=port, dark=dark))


def notebook() -> Path:
    """The notebook that is the application."""
    return Path(str(files("segtutor.pages") / "play.ipynb"))


def voila_command(*, browser: bool = True, port: int | None = None, dark: bool = False) -> list[str]:
    """The command line that serves the application."""
    command = [sys.executable, "-m", "voila", str(notebook()), "--show_tracebacks=True"]
    if port is not None:
        command += [f"--port={port}", "--Voila.port_retries=0"]
    if dark:
        command.append("--theme=dark")
    if not browser:
        command.append("--no-browser")
    return command

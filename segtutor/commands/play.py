"""`segtutor play`: the explorers as an application in the browser, served by Voila on this machine only.

play_server.py is the server: Voila with a token, checks of host and origin, and kernels that end.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from segtutor.commands.lab import become
from segtutor.installed import require


def play(*, browser: bool = True, port: int | None = None, dark: bool = False) -> int:
    """Start Voila on the application and return its exit status. UserError where Voila is not installed."""
    require("voila", purpose="`segtutor play` shows the explorers with", install='"voila>=0.5.8"')
    return become(voila_command(browser=browser, port=port, dark=dark))


def notebook() -> Path:
    """The notebook that is the application."""
    return Path(str(files("segtutor.pages") / "play.ipynb"))


def voila_command(*, browser: bool = True, port: int | None = None, dark: bool = False) -> list[str]:
    """The command line that serves the application."""
    command = [sys.executable, "-m", "segtutor.commands.play_server", str(notebook()), "--show_tracebacks=True"]
    if port is not None:
        command += [f"--port={port}", "--Voila.port_retries=0"]
    if dark:
        command.append("--theme=dark")
    if not browser:
        command.append("--no-browser")
    return command

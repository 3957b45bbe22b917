"""`segtutor lab`: the lessons in a folder of one's own, and JupyterLab open on the first of them."""

import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

from segtutor.installed import require
from segtutor.lessons import copy_lessons, first_lesson


def lab(folder: str | Path, *, browser: bool = True, port: int | None = None) -> int:
    """Copy the lessons to `folder` (never over edited ones), open JupyterLab on lesson 00 and return its exit status.

    Raises `UserError` where JupyterLab is not installed or the folder cannot be used.
    """
    require("jupyterlab", purpose="`segtutor lab` opens the lessons in", install='"jupyterlab>=4.2"')
    copied = copy_lessons(folder)
    print(copied, flush=True)
    command = jupyter_command(copied.folder, browser=browser, port=port)
    if "--allow-root" in command:
        print("You are root, as in a container: JupyterLab is started with --allow-root.", flush=True)
    return become(command)


def jupyter_command(folder: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """The command line that serves `folder` and opens its first lesson, also from the address it prints."""
    page = urllib.parse.quote(first_lesson(folder).relative_to(folder).as_posix())
    # default_url rather than a file argument: with the argument, the printed addresses point at plain /lab, and those
    # are what a person clicks over SSH, in a container and under WSL.
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command.append(f"--LabApp.default_url=/lab/tree/{page}")
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def become(command: list[str]) -> int:
    """Run `command` in place of this process, so that Ctrl+C and `kill` reach JupyterLab itself."""
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)

"""`segtutor page`: from a lesson's name to its file."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import refuse_existing, write_whole
from segtutor.pages.find import Lesson, find, read
from segtutor.pages.signature import is_ours

_NEEDED = ("nbclient", "nbconvert", "ipykernel")


def refuse_without_lab() -> None:
    """UserError where the packages that read and run notebooks are absent."""
    absent = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        raise UserError(
            f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed, and pages are made with the "
            'extra lab; install what it needs: python -m pip install "nbclient>=0.10" "nbconvert>=7.16" ipykernel'
        )


def make(lesson: Lesson, *, execute: bool | None = None, contents: str | None = None):
    """The `Page` of a lesson. execute: None = where the stored outputs do not suffice, which is where widgets are."""
    refuse_without_lab()
    from segtutor.pages.document import page
    from segtutor.pages.execute import execute as run
    from segtutor.pages.execute import needs_execution

    notebook = read(lesson)
    executed = needs_execution(notebook) if execute is None else execute
    stills = run(notebook, lesson) if executed else {}
    return page(notebook, lesson, stills, executed=executed, contents=contents)


def write(name: str | Path, out: str | os.PathLike | None, *, execute: bool | None = None, force: bool = False):
    """Makes the page of a lesson (number, name or path) and writes it. -> (the file, the `Page`).

    A file of that name is replaced where it is a page made here and unchanged since, or with `force`; any other is
    kept, and UserError says so before anything is run.
    """
    lesson = find(name)
    target = Path(out) if out is not None else Path(f"{lesson.slug}.html")
    replace = force or may_replace(target)
    refuse_existing(target, overwrite=replace)
    made = make(lesson, execute=execute)
    return write_whole(target, made.html, overwrite=replace), made


def write_networks(out: str | os.PathLike | None, *, force: bool = False) -> Path:
    """Writes the page on which the networks run in the browser, under the same rule."""
    target = Path(out) if out is not None else Path("networks.html")
    replace = force or may_replace(target)
    refuse_existing(target, overwrite=replace)
    return write_whole(target, make_networks(), overwrite=replace)


def networks_are_there() -> bool:
    """Whether this installation can make the page of the networks."""
    return importlib.util.find_spec("segtutor.pages.networks") is not None


def make_networks() -> bytes:
    """The page of the networks. UserError where this installation cannot make it."""
    if not networks_are_there():
        raise UserError("The page of the networks is not in this installation; install a newer segtutor.")
    from segtutor.pages.networks import networks_page

    return networks_page()


def may_replace(path: Path) -> bool:
    """Whether the file is a page made here, unchanged since."""
    return path.is_file() and is_ours(path.read_bytes())

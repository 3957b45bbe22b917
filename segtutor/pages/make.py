"""`segtutor page`: from a lesson's name to its file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import refuse_existing, write_whole
from segtutor.installed import require
from segtutor.pages.find import Lesson, find, read
from segtutor.pages.signature import is_ours
from segtutor.words import checked

_NEEDED = ("nbclient", "nbconvert", "nh3", "ipykernel")


def refuse_without_lab() -> None:
    """UserError where the packages that read and run notebooks are absent."""
    install = '"nbclient>=0.10" "nbconvert>=7.16" "nh3>=0.3" ipykernel'
    require(*_NEEDED, purpose="pages are made with", install=install)


NETWORK_PAGES = ("networks", "click", "explainer")  # by the names that `segtutor page` takes


def make(lesson: Lesson, *, execute: bool | None = None, contents: str | None = None, language: str = "en"):
    """The `Page` of a lesson. execute: None = where the stored outputs do not suffice, which is where widgets are.

    contents, language: as in `document.page`.
    """
    refuse_without_lab()
    from segtutor.pages.document import page
    from segtutor.pages.execute import execute as run
    from segtutor.pages.execute import needs_execution

    notebook = read(lesson)
    executed = needs_execution(notebook) if execute is None else execute
    stills = run(notebook, lesson) if executed else {}
    return page(notebook, lesson, stills, executed=executed, contents=contents, language=language)


def make_slides(lesson: Lesson, *, execute: bool | None = None):
    """The `Page` of a lesson's slides. execute: as in `make`."""
    refuse_without_lab()
    from segtutor.pages.execute import execute as run
    from segtutor.pages.execute import needs_execution
    from segtutor.pages.slides import slides

    notebook = read(lesson)
    executed = needs_execution(notebook) if execute is None else execute
    stills = run(notebook, lesson) if executed else {}
    return slides(notebook, lesson, stills, executed=executed)


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


def write_networks(
    out: str | os.PathLike | None,
    page: str = "networks",
    *,
    force: bool = False,
    language: str | None = None,
    models: Sequence[str] | None = None,
) -> Path:
    """Writes a page on which the networks run in the browser, one of NETWORK_PAGES, under the same rule.

    language, models: as in `make_networks`.
    """
    refuse_language(page, language)
    refuse_models(page, models)
    target = Path(out) if out is not None else Path(f"{page}.html")
    replace = force or may_replace(target)
    refuse_existing(target, overwrite=replace)
    return write_whole(target, make_networks(page, language, models), overwrite=replace)


def make_networks(page: str = "networks", language: str | None = None, models: Sequence[str] | None = None) -> bytes:
    """One of NETWORK_PAGES. Raises UserError where the extra onnx is not installed.

    language: of the Explainer, the only page that is translated; by default `segtutor.words.chosen()`. models: names
    of the networks that the page of networks offers, by default those of `segtutor.pages.networks.OFFERED`.
    """
    if page == "explainer":
        from segtutor.pages.explainer import explainer_page

        return explainer_page(language=language)
    if page == "click":
        from segtutor.pages.click import click_page

        return click_page()
    from segtutor.pages.networks import networks_page

    return networks_page(models=models)


def refuse_language(page: str, language: str | None) -> None:
    """UserError where a page is asked for in a language that there is none of, or that it is not translated into."""
    if language is not None and checked(language) != "en" and page != "explainer":
        raise UserError(f"The page {page} is in English alone: leave out --language, or choose the page explainer")


def refuse_models(page: str, models: Sequence[str] | None) -> None:
    """UserError where networks are chosen for a page that offers none, or such as are not on the shelf."""
    if models is None:
        return
    if page != "networks":
        raise UserError(
            f"The page {page} offers no choice of networks: leave out --models, or choose the page networks"
        )
    from segtutor.pages.networks import offered

    offered(models)


def may_replace(path: Path) -> bool:
    """Whether the file is a page made here, unchanged since."""
    return path.is_file() and is_ours(path.read_bytes())

"""The API reference: every public name with its docstring, made by pdoc, as files that a browser opens from disk.

    write_reference("site/reference")            # index.html, a page a public module, search

What is public is what the packages say in `__all__`; `MODULES` names those packages. Each name is followed by the file
that defines it, and by the paper and the lesson that this file names. The pages ask for nothing outside their folder.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.files import make_folder, write_whole
from segtutor.installed import require
from segtutor.pages.signature import is_ours, signed

MODULES = (
    "segtutor",
    "segtutor.data",
    "segtutor.data.toytown",
    "segtutor.errors",
    "segtutor.exercises",
    "segtutor.experiments",
    "segtutor.families",
    "segtutor.images",
    "segtutor.inference",
    "segtutor.metrics",
    "segtutor.models",
    "segtutor.notebook",
    "segtutor.outputs",
    "segtutor.reference",
    "segtutor.segments",
    "segtutor.show",
    "segtutor.training",
    "segtutor.widgets",
)
_DOCTYPE = "<!doctype html>"
_SEARCH = "search.js"


def reference_pages() -> dict[str, bytes]:
    """The files of the reference: path below its folder -> content. Raises UserError where pdoc is absent.

    Takes some seconds, since every public module is imported.
    """
    require("pdoc", purpose="makes the API reference", install='"pdoc>=15"')
    import pdoc.doc
    import pdoc.render

    pdoc.render.configure(docformat="markdown", footer_text="segtutor: a course on image segmentation that runs")
    modules = {name: pdoc.doc.Module(_with_all_names(name)) for name in MODULES}
    for module in modules.values():
        for member in _members(module):
            member.docstring = _docstring(member)
    files = {
        f"{name.replace('.', '/')}.html": _page(pdoc.render.html_module(modules[name], modules)) for name in MODULES
    }
    files["index.html"] = _page(pdoc.render.html_index(modules))
    files[_SEARCH] = pdoc.render.search_index(modules).encode()
    return files


def write_reference(folder: str | Path, *, force: bool = False) -> list[Path]:
    """Writes the reference to a folder; returns its pages.

    Pages made here and unchanged since are replaced. Raises UserError, before anything is written, where another file
    has the name of a page; with `force` that one is replaced as well.
    """
    files, place = reference_pages(), Path(folder)
    for name in files:
        path = place / name
        if name != _SEARCH and path.exists() and not force and not is_ours(path.read_bytes()):
            raise UserError(
                f"{path} was not made by segtutor, or was changed since, and is kept: choose another folder, or "
                "replace it (--force)"
            )
    for name, content in files.items():
        make_folder((place / name).parent)
        write_whole(place / name, content, overwrite=True)
    return [place / name for name in files if name != _SEARCH]


def _with_all_names(name: str) -> Any:
    """The module, once each of its public names was looked up: pdoc sees only what a lazy package has imported."""
    module = importlib.import_module(name)
    for public in getattr(module, "__all__", ()):
        getattr(module, public)
    return module


def _members(parent: Any) -> Iterator[Any]:
    """Every function and class below a module, at any depth; pdoc's objects."""
    for member in parent.members.values():
        if member.kind in ("function", "class"):
            yield member
            if member.kind == "class":
                yield from _members(member)


def _docstring(member: Any) -> str:
    """Its docstring; behind that of a public name of ours, the paper and the lesson that its file names."""
    if not (member.obj.__doc__ or "").strip():
        return ""  # what pdoc takes from a base class speaks of the base class
    if member.qualname.count(".") or not member.obj.__module__.startswith("segtutor"):
        return member.docstring
    about = inspect.getdoc(sys.modules[member.obj.__module__]) or ""
    paragraphs = [paragraph.replace("\n", " ") for paragraph in about.split("\n\n") if not paragraph.startswith(" ")]
    papers = [paragraph for paragraph in paragraphs if re.search(r"arXiv:\d{4}\.\d{5}|doi:10\.", paragraph)]
    lessons = re.findall(r"^Taught in .+(?:\n\w.*)*", about, re.MULTILINE)
    own = [
        f"In `{member.obj.__module__.replace('.', '/')}.py`. "
        + " ".join([*papers[:1], *(" ".join(x.split()) for x in lessons)])
    ]
    return "\n\n".join([member.docstring, *own])


def _page(text: str) -> bytes:
    text = text.lstrip()
    if not text.lower().startswith(_DOCTYPE):
        raise ValueError(
            f"the page that pdoc wrote must begin with {_DOCTYPE}, got {text[:40]!r}: adapt segtutor.pages.api to it"
        )
    return signed(text[len(_DOCTYPE) :].lstrip().encode())

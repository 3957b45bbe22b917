"""Which notebook a person means: a number ("02"), a name, or the path of a notebook of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.lessons import source_folder

_NUMBERED = re.compile(r"(\d\d)_.+")


@dataclass(frozen=True)
class Lesson:
    """A notebook that becomes a page. ours: one of the course, rather than a file of the person's own."""

    path: Path
    ours: bool

    @property
    def slug(self) -> str:
        """The name of the page without its ending; pages of one folder refer to each other by it."""
        return self.path.stem

    @property
    def number(self) -> str | None:
        """Two digits; None for a notebook that is no numbered lesson, such as the gallery."""
        found = _NUMBERED.fullmatch(self.slug) if self.ours else None
        return found[1] if found else None


def lessons() -> list[Lesson]:
    """The lessons of the course, in order, then its other notebooks."""
    course = [Lesson(path, True) for path in sorted(source_folder().glob("*.ipynb")) if ".new" not in path.suffixes]
    return sorted(course, key=lambda one: (one.number is None, one.slug))


def find(name: str | Path) -> Lesson:
    """The lesson of this number or name, or the notebook at this path.

    A name may be shortened as long as one lesson contains it ("query" for 06_what_is_a_query).
    Raises UserError where there is no such lesson, or more than one.
    """
    text = str(name)
    path = Path(text).expanduser()
    if path.suffix == ".ipynb" or path.parent != Path():
        if not path.is_file():
            raise UserError(f"{text!r} is not a file: name a notebook (.ipynb), or a lesson's number such as 00")
        return Lesson(path.resolve(), path.resolve().parent == source_folder().resolve())
    course = lessons()
    wanted = text.lower().replace("-", "_").replace(" ", "_")
    number = f"{int(wanted):02d}" if wanted.isascii() and wanted.isdigit() else None
    found = [one for one in course if one.slug.startswith(f"{number}_")] if number else []
    found = found or [one for one in course if not number and wanted and wanted in one.slug]
    if len(found) != 1:
        numbers = ", ".join(one.number or one.slug for one in course)
        several = f"but could be {', '.join(one.slug for one in found)}" if found else "but names none"
        raise UserError(
            f"{text!r} must name one lesson, {several}: give a number ({numbers}), a part of a name that only one "
            "lesson has, or the path of a notebook"
        )
    return found[0]


def read(lesson: Lesson) -> Any:
    """The notebook, in the current format. UserError where the file is none, or has not the parts of one."""
    import nbformat
    from nbformat.validator import normalize, validate

    try:
        notebook = nbformat.read(lesson.path, as_version=4)
        # read itself only logs what does not fit; entries that no format knows harm nobody
        _, notebook = normalize(notebook, relax_add_props=True)
        validate(notebook, relax_add_props=True)
        return notebook
    except Exception as error:  # json, utf-8, a version from the future: nbformat has a class for each
        raise UserError(
            f"{lesson.path} cannot be read as a notebook ({type(error).__name__}): open it in JupyterLab and save it"
        ) from error

"""Who has solved what: the progress files of a class's folders, as one table.

    segtutor grades homes --csv class.csv

Each exercise that `check` passes is noted in a small file beside the learner's lessons (`exercises/solved.py`). Here
these files are read: those of everyone, wherever below one folder they lie. They belong to the learners, who can edit
them, so the table says whom to help; marks are what nbgrader and Otter give (`segtutor assignments`).

Nothing of a learner's is trusted: links are not followed, a file that is no progress file costs one sentence and not
the rest of the table, and a name that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from itertools import count, groupby
from pathlib import Path

from segtutor.errors import UserError
from segtutor.exercises import base, solved
from segtutor.files import NotRegularError, open_regular
from segtutor.lessons import DEFAULT_FOLDER

DEEPEST = 8  # folders below the given one; a home, a clone and the lessons are three
MOST_ENTRIES = 1_000_000  # files and folders that are looked at
_SKIPPED = {"__pycache__", "node_modules", "site-packages"}
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Learner:
    """One row. lessons: {"01": 3, ...}, how many exercises of each are solved. note: one sentence, or empty."""

    name: str
    lessons: dict[str, int]
    note: str = ""
    damaged: bool = False  # its file is there and could not be read

    @property
    def solved(self) -> int:
        return sum(self.lessons.values())


@dataclass(frozen=True)
class Grades:
    """The table. exercises: {"01": 6, ...}, how many there are. problems: a sentence for each link, and so on."""

    exercises: dict[str, int]
    learners: list[Learner] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """What a teacher should know besides the numbers."""
        return [f"{one.name}: {one.note}" for one in self.learners if one.note] + self.problems

    def to_dict(self) -> dict:
        """For json: {"exercises": {"00": 3, ...}, "learners": [{"name", "lessons", "note", "damaged"}], "problems"}."""
        return asdict(self)

    def to_csv(self) -> str:
        """A row a learner; the first names the columns: learner, lesson_00, ..., solved, exercises, note."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["learner", *(f"lesson_{lesson}" for lesson in self.exercises), "solved", "exercises", "note"])
        every = sum(self.exercises.values())
        for one in self.learners:
            rows.writerow([_as_text(one.name), *one.lessons.values(), one.solved, every, _as_text(one.note)])
        return text.getvalue()

    def __str__(self) -> str:
        width = max([len("exercises"), *(len(one.name) for one in self.learners)])
        lines = [f"{'learner':<{width}}  {' '.join(self.exercises)}  solved"]
        for one in self.learners:
            cells = " ".join(f"{number or '.':>2}" for number in one.lessons.values())
            lines.append(f"{one.name:<{width}}  {cells}  {one.solved:>6}")
        of = " ".join(f"{number:>2}" for number in self.exercises.values())
        return "\n".join([*lines, f"{'exercises':<{width}}  {of}  {sum(self.exercises.values()):>6}"])


def grades(folder: str | Path) -> Grades:
    """The table of all learners whose folders lie below `folder`, one folder each, at any depth up to DEEPEST.

    A learner is named by the folder of their progress file, as a path below `folder`; a last "segtutor-lessons" is
    left out. A folder directly below that holds no such file is a row of zeros with a note.
    Raises UserError where `folder` is no folder or cannot be read.
    """
    top = Path(os.path.expanduser(folder))
    try:
        children = sorted(os.listdir(top))
    except OSError as error:
        raise UserError(
            f"the folder of the learners' files {_readable(str(folder))!r} cannot be read ({error.strerror or error})"
        ) from None
    exercises = {lesson: len(list(names)) for lesson, names in groupby(base.exercises(), lambda name: name[:2])}
    search = _Search()
    if {solved.FILE, solved.LEARNERS_FOLDER} & set(children):  # the folder of one learner
        return Grades(exercises, [_row(top, _readable(top.resolve().name), exercises)])
    rows: dict[str, Learner] = {}
    for place in children:
        found = [] if place.startswith(".") else search.below(top / place)
        for path in found:
            name = _name(path, top, taken=rows)
            rows[name] = _row(path, name, exercises)
        if not found and not place.startswith(".") and _is_own_folder(top / place):
            name = _free(_readable(place), rows)
            rows[name] = Learner(name, dict.fromkeys(exercises, 0), "no progress file was found.")
    problems = [f"{_readable(os.path.relpath(path, top))}: {said}" for path, said in search.problems]
    return Grades(exercises, list(rows.values()), problems)


class _Search:
    """Folders with a progress file, and what is in the way. Links are not followed: they may lead anywhere."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.problems: list[tuple[Path, str]] = []

    def below(self, folder: Path) -> list[Path]:
        """Those in `folder` and below it, in order."""
        found = []
        waiting = [(folder, 1)]
        while waiting:
            path, depth = waiting.pop()
            try:
                if os.path.islink(path) and os.path.isdir(path):
                    self.problems.append((path, "is a link, which is not followed; give the folder that it names."))
                    continue
                if not os.path.isdir(path):
                    continue
                with os.scandir(path) as entries:
                    kept = sorted(entries, key=lambda entry: entry.name, reverse=True)
            except OSError as error:
                self.problems.append((path, f"cannot be read ({error.strerror or error})."))
                continue
            self.looked_at += len(kept)
            if self.looked_at > MOST_ENTRIES:
                said = f"the search ended here, after {MOST_ENTRIES} files; give a folder that holds lessons only."
                raise UserError(f"{_readable(str(path))}: {said}")
            if any(entry.name == solved.FILE for entry in kept):
                found.append(path)
            inner = [e for e in kept if not e.name.startswith(".") and e.name not in _SKIPPED and _is_folder(e)]
            if inner and depth == DEEPEST:
                self.problems.append((path, f"its folders are more than {DEEPEST} below the given one, not looked at."))
                continue
            waiting += [(Path(entry.path), depth + 1) for entry in inner]
        return found


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether it is a folder, or a link to one, which is worth a sentence."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_own_folder(path: Path) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _row(folder: Path, name: str, exercises: dict[str, int]) -> Learner:
    path = folder / solved.FILE
    if not os.path.lexists(path):
        return Learner(name, dict.fromkeys(exercises, 0), "no progress file was found.")
    try:
        with open_regular(path, follow=False) as file:
            named = solved.names(file.read(solved.MOST_BYTES + 1))
    except ValueError as error:
        said, named = f"its progress file is damaged ({error}); the learner can delete it, it begins anew.", None
    except NotRegularError:
        said, named = "its progress file is a pipe or a device, not read.", None
    except OSError as error:
        link = error.errno in (errno.ELOOP, errno.EMLINK)
        reason = "is a link, which is not followed" if link else f"cannot be read ({error.strerror or error})"
        said, named = f"its progress file {reason}.", None
    if named is None:
        return Learner(name, dict.fromkeys(exercises, 0), said, damaged=True)
    known = named & set(base.exercises())
    counts = {lesson: sum(one.startswith(f"{lesson}.") for one in known) for lesson in exercises}
    other = len(named - known)
    note = f"names {other} that are no exercises of this version of the course are left out." if other else ""
    return Learner(name, counts, note)


def _name(folder: Path, top: Path, taken: Container[str]) -> str:
    whole = _readable(folder.relative_to(top).as_posix())
    short = whole.removesuffix(f"/{DEFAULT_FOLDER}")
    return _free(whole if short in taken else short, taken)


def _free(name: str, taken: Container[str]) -> str:
    """The name, or with a number behind it: names that were cut, or spelled out, may be another's; no row is lost."""
    return name if name not in taken else next(f"{name} ({n})" for n in count(2) if f"{name} ({n})" not in taken)


def _readable(text: str) -> str:
    """A name as one line: what is no letter (a line's end, a terminal's command, a damaged byte) is written as code."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 3] + "..."


def _as_text(cell: str) -> str:
    """A cell that spreadsheets show rather than compute: an apostrophe before what would begin a formula.

    OWASP, "CSV Injection"; the wide forms of the signs count too, as some programs take them for the same.
    """
    return f"'{cell}" if cell.lstrip()[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") else cell

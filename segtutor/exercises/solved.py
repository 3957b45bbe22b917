"""Which exercises are solved, across lessons and sessions: `st.exercises.progress()`.

`check` notes each exercise that it passes. In a folder that `segtutor lab` has filled, the names go into a small file
beside the lessons, so that they are known tomorrow; anywhere else, such as on Colab or in a checkout of the course,
they are kept for this session alone, and no file is written. The file holds names of exercises and the course's order.

Lessons were once numbered otherwise: there was no 08, 05.1 was what is now 06.1, and 04 held what 04 and 05 are today.
A file without "order" is of that time; its names are read as those that the same exercises have today, so that none
counts for another.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import write_whole
from segtutor.untrusted_json import parse

FILE = ".segtutor-progress.json"
LEARNERS_FOLDER = ".segtutor-lessons.json"  # what `segtutor lab` leaves in the folder that it fills
MOST_BYTES = 20_000  # the names of a thousand exercises; a longer file is not ours
ORDER = 2  # of the lessons; a file without it has the first, in which today's 06 to 08 were 05 to 07
_LESSON_TODAY = {"05": "06", "06": "07", "07": "08"}
_EXERCISE_TODAY = {"04.1": "05.1", "04.2": "05.2", "04.3": "05.3", "04.4": "04.1", "04.5": "05.4"}
_session: set[str] = set()


@dataclass(frozen=True)
class Progress:
    """What is solved. lessons: {"01": {"01.1": True, "01.2": False, ...}, ...}, all exercises in order."""

    lessons: dict[str, dict[str, bool]]

    @property
    def solved(self) -> list[str]:
        """The names of the exercises that are solved, in order."""
        return [name for one in self.lessons.values() for name, done in one.items() if done]

    def _rows(self) -> Iterable[tuple[str, int, int, str]]:
        for lesson, one in self.lessons.items():
            left = ", ".join(name for name, done in one.items() if not done)
            yield lesson, sum(one.values()), len(one), left

    def __repr__(self) -> str:
        every = sum(map(len, self.lessons.values()))
        lines = [f"{len(self.solved)} of {every} exercises solved"]
        lines += [f"lesson {lesson}: {done} of {of}" for lesson, done, of, _ in self._rows() if done]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        every = sum(map(len, self.lessons.values()))
        rows = "".join(
            f"<tr><td>{lesson}</td><td>{'●' * done}{'○' * (of - done)}</td><td>{left or 'all solved'}</td></tr>"
            for lesson, done, of, left in self._rows()
        )
        head = "<tr><th>lesson</th><th>solved</th><th>still open</th></tr>"
        return (
            f"<p><strong>{len(self.solved)} of {every}</strong> exercises solved</p>"
            f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        )


def progress(folder: str | Path | None = None) -> Progress:
    """What is solved of all exercises, as a table.

    folder: where the lessons lie that `segtutor lab` copied; None = the current one, where a lesson runs.
    Raises UserError where the file of solved exercises cannot be read; it can be deleted then, and fills again.
    """
    from segtutor.exercises import base

    done = _session | _read(Path(folder or "."))
    grouped = groupby(base.exercises(), key=lambda name: name.split(".")[0])
    return Progress({lesson: {name: name in done for name in names} for lesson, names in grouped})


def note(exercise: str, folder: Path | None = None) -> None:
    """Remember that this exercise is solved. A folder that cannot be written costs no one the answer to a check."""
    _session.add(exercise)
    folder = Path() if folder is None else folder
    if not (folder / LEARNERS_FOLDER).is_file():
        return
    with suppress(UserError, OSError):
        before = _read(folder)
        if exercise not in before:
            text = json.dumps({"order": ORDER, "solved": sorted(before | {exercise})}, indent=1)
            write_whole(folder / FILE, text.encode(), overwrite=True)


def _read(folder: Path) -> set[str]:
    """The names in the file, which a person may have edited; those of exercises that are gone are left out."""
    from segtutor.exercises import base

    path = folder / FILE
    try:
        status = path.stat()
    except OSError:
        return set()
    said = f"{path} holds no list of solved exercises"
    advice = f"expected {{'order': {ORDER}, 'solved': ['01.1', ...]}}; delete it, and `check` begins it anew"
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        raise UserError(f"{said}: it is no file of at most {MOST_BYTES} bytes; {advice}.")
    try:
        found = names(path.read_bytes())
    except (OSError, ValueError):
        raise UserError(f"{said}; {advice}.") from None
    return found & set(base.exercises())


def names(content: bytes) -> set[str]:
    """The exercises that a file of solved ones lists, by today's names. Raises ValueError, a short reason, if none."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    try:
        value = parse(content)
    except UnicodeDecodeError:
        raise ValueError("not written in UTF-8") from None
    except ValueError as error:
        raise ValueError(f"no json: {' '.join(str(error).split())[:60]}") from None
    listed = value.get("solved") if isinstance(value, dict) else None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ValueError("no list of names under 'solved'")
    if "order" not in value:
        return {_today(name) for name in listed}
    if value["order"] != ORDER or isinstance(value["order"], bool):
        raise ValueError("of another order of the lessons")
    return set(listed)


def _today(name: str) -> str:
    """Today's name of an exercise of the first order; what is no name of one stays as it is."""
    if name in _EXERCISE_TODAY:
        return _EXERCISE_TODAY[name]
    lesson, dot, number = name.partition(".")
    return f"{_LESSON_TODAY.get(lesson, lesson)}{dot}{number}"

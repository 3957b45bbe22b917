"""Four ways through the course: a lecture, a day, six weeks, and alone; as a page of `segtutor site`.

The minutes are those that each lesson states in its first table, read and added up here; none is written down twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segtutor.errors import UserError
from segtutor.lessons import source_folder

_MINUTES = re.compile(r"^\| (\d+), and (\d+) for the exercises ", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """number: "02". title: its question. minutes: to read and run it; exercises: minutes more for those."""

    number: str
    title: str
    minutes: int
    exercises: int


@dataclass(frozen=True)
class Way:
    """sessions: (name, lessons by number), in order; no lessons: all of the course. exercises: whether they count."""

    name: str
    who: str
    sessions: tuple[tuple[str, tuple[str, ...]], ...]
    exercises: bool
    how: str


WAYS = (
    Way(
        "One lecture",
        "For a course on computer vision that has one double hour for segmentation.",
        (("The lecture", ("00", "03")),),
        False,
        "Show the slides (`segtutor slides OUT`) and play with the explorers on them: ask the class for its prediction "
        "before you turn to the next slide. Between the two lessons, say why: with a class for each pixel, things that "
        "touch become one (lesson 02).",
    ),
    Way(
        "One day",
        "For a workshop with laptops, or with one JupyterHub for all.",
        (("Morning", ("00", "01", "02")), ("Afternoon", ("03", "13", "10"))),
        False,
        "Everyone runs the lessons. Before lunch ask the ten questions of part 1, at the end those of part 2 that you "
        "have taught. The exercises are for the days after.",
    ),
    Way(
        "Six weeks",
        "For a seminar with a session and homework each week.",
        (
            ("Week 1: pixels", ("00", "01", "02")),
            ("Week 2: masks", ("03", "04", "05")),
            ("Week 3: queries", ("06", "07")),
            ("Week 4: comparing and scoring", ("08", "10")),
            ("Week 5: your own data", ("09", "12")),
            ("Week 6: newer systems", ("11", "13", "14", "15")),
        ),
        True,
        "The lessons are read in the session, the exercises are the homework. `segtutor assignments OUT` makes what "
        "nbgrader or Otter grade, `segtutor grades FOLDER` shows where somebody is stuck. In week 6 everyone takes two "
        "of the four lessons and tells the others.",
    ),
    Way(
        "Alone",
        "For one person with a laptop; no network is needed.",
        (("In order", ()),),
        True,
        "One lesson an evening, its exercises the next one. `st.exercises.progress()` says what is solved. Answer the "
        "ten questions of a part before it and after it.",
    ),
)


def lessons(source: Path | None = None) -> dict[str, Lesson]:
    """All lessons by number. Raises UserError for one that does not state its minutes."""
    found = {}
    for path in sorted((source or source_folder()).glob("[0-9][0-9]_*.ipynb")):
        if ".new" in path.name:
            continue
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        minutes, title = _MINUTES.search(text), _TITLE.search(text)
        if minutes is None or title is None:
            raise UserError(f"{path.name} states no minutes, expected a row such as '| 40, and 45 for the exercises |'")
        found[path.stem[:2]] = Lesson(path.stem[:2], title[1].strip(), int(minutes[1]), int(minutes[2]))
    return found


def text(source: Path | None = None) -> str:
    """The syllabus as Markdown; links lead to the pages of the site."""
    known = lessons(source)
    pages = {path.stem[:2]: f"{path.stem}.html" for path in (source or source_folder()).glob("[0-9][0-9]_*.ipynb")}
    lines = ["# Four ways through the course", ""]
    lines += [
        "How long each takes is the sum of what its lessons state: minutes to read and run a lesson, and minutes more "
        "for its exercises. The questions before and after each part are on [a page of their own](questions.html).",
        "",
    ]
    for way in WAYS:
        sessions = [(name, [known[number] for number in numbers or known]) for name, numbers in way.sessions]
        every = [one for _, some in sessions for one in some]
        lines += [f"## {way.name}: {_time(every, way.exercises)}", "", way.who, ""]
        lines += ["| session | lessons | reading | exercises |", "|---|---|---|---|"]
        for name, some in sessions:
            linked = ", ".join(f"[{one.number} {one.title}]({pages[one.number]})" for one in some)
            reading, exercises = sum(one.minutes for one in some), sum(one.exercises for one in some)
            later = f"{exercises} min" if way.exercises else "afterwards"
            lines.append(f"| {name} | {linked} | {reading} min | {later} |")
        lines += ["", way.how, ""]
    return "\n".join(lines)


def _time(some: Iterable[Lesson], exercises: bool) -> str:
    minutes = sum(one.minutes + (one.exercises if exercises else 0) for one in some)
    return f"{minutes} minutes" if minutes <= 120 else f"{minutes / 60:.0f} hours"

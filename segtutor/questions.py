"""Ten questions for each part of the course, to ask before and after it: read from `notebooks/appendix/questions.md`.

People read that file as it is, on GitHub and in JupyterLab. `segtutor site` makes a page of it, and `segtutor
assignments` sheets without answers. What each question needs is checked here, when the file is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from segtutor.errors import UserError
from segtutor.files import write_whole
from segtutor.lessons import source_folder

FILE = "appendix/questions.md"
LETTERS = "abcd"

_PART = re.compile(r"^## Part (\d+): (.+) \(lessons ([\d, ]+)\)$", re.MULTILINE)
_QUESTION = re.compile(
    r"^\*\*(?P<number>\d+\.\d+)\*\* (?P<asked>.+)\n\n"
    + "".join(rf"- {letter}\) (?P<{letter}>.+)\n" for letter in LETTERS)
    + r"\n<details><summary>Answer</summary>\n\n"
    r"\*\*(?P<right>[a-d])\.\*\* (?P<why>.+) \*Lesson (?P<lesson>\d\d)\.\*\n\n</details>$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Question:
    """number: "2.1". choices: the four, of which `right` ("a" to "d") is the letter of the right one.

    why: one or two sentences; lesson: where it is taught, such as "02".
    """

    number: str
    asked: str
    choices: tuple[str, ...]
    right: str
    why: str
    lesson: str


@dataclass(frozen=True)
class Part:
    """A part of the course: its lessons by number, and its questions."""

    number: int
    name: str
    lessons: tuple[str, ...]
    questions: tuple[Question, ...]

    def sheet(self) -> str:
        """Markdown, without answers."""
        lines = [f"# Part {self.number}: {self.name}", ""]
        lines += [f"Lessons {', '.join(self.lessons)}. Each question has one right answer.", ""]
        for one in self.questions:
            lines += [f"**{one.number}** {one.asked}", ""]
            lines += [f"- {letter}) {text}" for letter, text in zip(LETTERS, one.choices, strict=True)] + [""]
        return "\n".join(lines)

    def answers(self) -> str:
        """Markdown: a line for each question."""
        lines = [f"# Part {self.number}: {self.name}, answers", ""]
        lines += [f"- **{one.number} {one.right}.** {one.why} *Lesson {one.lesson}.*" for one in self.questions]
        return "\n".join([*lines, ""])


def text(source: Path | None = None) -> str:
    """The file as it is. Raises UserError where this installation lacks it."""
    path = (source or source_folder()) / FILE
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise UserError(f"{path} is missing, expected it beside the lessons: install segtutor again") from None


def parts(source: Path | None = None) -> list[Part]:
    """All parts in order. source: the folder of the lessons, by default those of this installation.

    Raises UserError where a question is not written as the others are.
    """
    pieces = _PART.split(text(source))
    found = []
    for number, name, lessons, body in zip(*(pieces[start::4] for start in (1, 2, 3, 4)), strict=True):
        matches = list(_QUESTION.finditer(body))
        left = _QUESTION.sub("", body).strip()
        if left:
            raise UserError(f"{FILE}: {' '.join(left.split())[:80]!r} is no question in the form of the others")
        questions = tuple(
            Question(
                m["number"],
                m["asked"],
                tuple(m[x] for x in LETTERS),
                m["right"],
                m["why"],
                m["lesson"],
            )
            for m in matches
        )
        found.append(Part(int(number), name, tuple(one.strip() for one in lessons.split(",")), questions))
    return found


def write_sheets(folder: Path, source: Path | None = None) -> list[Path]:
    """Two files a part into `folder`, which is made: part1.md for learners, part1_answers.md for the teacher."""
    folder.mkdir(parents=True)
    written = []
    for part in parts(source):
        for ending, content in (("", part.sheet()), ("_answers", part.answers())):
            written.append(write_whole(folder / f"part{part.number}{ending}.md", content.encode()))
    return written

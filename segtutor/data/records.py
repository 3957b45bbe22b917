"""`Records`: pictures with their truth, read one at a time from what people have, and what is wrong with them.

    records = st.data.coco_panoptic("panoptic.json", images="photos")
    records[0]                  {"image": (H, W, 3) uint8, "segmentation": Segmentation, "file": "0001.jpg"}
    records.problems            what was found without opening a picture: entries that fit nothing
    records.check()             opens every record; the full list of problems
    records.usable()            the records that can be read; the others stay counted in `problems`

Every converter of this package returns one, and `st.fit` trains on one. Nothing is dropped silently: a record that
cannot be read stays in its place, and asking for it raises a sentence that names file, index, what, and how to mend it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from segtutor.errors import UserError
from segtutor.segments import Categories

SHOWN = 8  # problems in a text; `problems` holds them all


@dataclass(frozen=True)
class Problem:
    """Something wrong with one record. file: as the data names it. index: its place in the Records, None for none.

    kind: a short name that equal problems share ("missing file"). what: got and expected. mend: what to do.
    """

    file: str
    index: int | None
    kind: str
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.file if self.index is None else f"record {self.index} ({self.file})"
        return f"{place}: {self.what}: {self.mend}"


class RecordError(UserError):
    """A record that cannot be read; `problem` says why."""

    def __init__(self, problem: Problem):
        super().__init__(f"got {problem}")
        self.problem = problem


@dataclass(frozen=True)
class Entry:
    """A record that is not read yet. file: its picture's name. read: () -> row; a UserError becomes a Problem."""

    file: str
    read: Callable[[], dict[str, Any]]


@dataclass
class Report:
    """What `Records.check` found: how many records, how many of them can be read, and the problems."""

    records: int
    readable: int
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.problems:
            return f"{self.records} records, all readable."
        kinds = ", ".join(f"{count} x {kind}" for kind, count in Counter(p.kind for p in self.problems).most_common())
        lines = [f"{self.records} records, {self.readable} readable, {len(self.problems)} problems ({kinds})."]
        lines += [f"  {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  ... and {len(self.problems) - SHOWN} more: see .problems")
        return "\n".join(lines)

    __repr__ = __str__


class Records(Sequence):
    """Rows that are converted when they are asked for, so that a data set of any size opens at once.

    categories: the list that all segments refer to. problems: those known so far.
    A slice is Records again; iterating raises at the first record that cannot be read: `usable()` leaves such out.
    """

    def __init__(self, entries: Iterable[Entry], categories: Categories, problems: Iterable[Problem] = ()):
        self._entries = list(entries)
        self.categories = categories
        self.problems = list(problems)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Records(self._entries[index], self.categories)
        if not -len(self) <= index < len(self):
            raise IndexError(f"got record {index}, expected 0 to {len(self) - 1}: there are {len(self)}")
        index = int(index) % len(self)
        entry = self._entries[index]
        try:
            row = entry.read()
        except RecordError as error:
            known = error.problem
            raise RecordError(Problem(known.file, index, known.kind, known.what, known.mend)) from None
        except UserError as error:
            raise RecordError(problem_of(error, entry.file, index)) from None
        return {**row, "file": entry.file}

    def check(self) -> Report:
        """Read every record. -> Report; `problems` holds what it found from then on."""
        broken = self._broken()
        self.problems = [p for p in self.problems if p.index is None] + list(broken.values())
        return Report(len(self), len(self) - len(broken), self.problems)

    def usable(self) -> Records:
        """The records that can be read, all of them read once; the others are in its `problems`."""
        broken = self._broken()
        entries = [entry for index, entry in enumerate(self._entries) if index not in broken]
        outside = [problem for problem in self.problems if problem.index is None]
        # their old index says nothing about the new records
        left = [Problem(p.file, None, p.kind, f"left out; {p.what}", p.mend) for p in broken.values()]
        return Records(entries, self.categories, outside + left)

    def _broken(self) -> dict[int, Problem]:
        broken = {}
        for index in range(len(self)):
            try:
                self[index]
            except RecordError as error:
                broken[index] = error.problem
        return broken

    def __repr__(self) -> str:
        known = f", {len(self.problems)} problems: see .problems" if self.problems else ""
        return f"Records({len(self)} pictures, {len(self.categories)} categories{known})"


def problem_of(error: UserError, file: str, index: int | None) -> Problem:
    """A Problem out of a sentence of the form "got X, expected Y: do Z".

    The sentence may hold the whole path of the file, which differs from machine to machine; the problem says `file`.
    """
    said = re.sub(rf"""(['"])[^'"]*[/\\]{re.escape(file)}\1""", lambda _: repr(file), str(error))
    what, _, mend = said.removeprefix("got ").rpartition(": ")
    return Problem(file, index, "unreadable", what or said, mend)


def stop(file: str, kind: str, what: str, mend: str) -> RecordError:
    """The error for one record, to be raised while it is read; its index is filled in by Records."""
    return RecordError(Problem(file, None, kind, what, mend))

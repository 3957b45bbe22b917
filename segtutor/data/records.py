"""`Records`: pictures with their truth, read one at a time from what people have, and what is wrong with them.

    records = st.data.coco_panoptic("panoptic.json", images="photos")
    records[0]                  {"image": (H, W, 3) uint8, "segmentation": Segmentation, "file": "0001.jpg"}
    records.problems            what was found without opening a picture: entries that fit nothing
    records.check()             opens every record; the full list of problems
    records.usable()            the records that can be read; the others stay counted in `problems`

Every converter of this package returns one, and `st.fit` trains on one. Nothing is dropped silently: a record that
cannot be read keeps its position, and asking for it raises a sentence that names file, index, what, and what to do.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segtutor.errors import UserError
from segtutor.limits import MAX_PROBLEMS
from segtutor.segments import Categories

SHOWN = 8  # problems in a text; `problems` holds them all


@dataclass(frozen=True)
class Problem:
    """Something wrong with one record. file: as the data names it. index: its position in the Records, None for none.

    kind: a short name that equal problems share ("missing file"). what: what is wrong. mend: what to do; empty where
    `what` says that too.
    """

    file: str
    index: int | None
    kind: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        record = self.file if self.index is None else f"record {self.index} ({self.file})"
        return ": ".join(part for part in (record, self.what, self.mend) if part)


class RecordError(UserError):
    """A record that cannot be read; `problem` says why."""

    def __init__(self, problem: Problem):
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Entry:
    """A record that is not read yet. file: its picture's name. read: () -> row; a UserError becomes a Problem."""

    file: str
    read: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Made:
    """The call that made some Records, so that a sentence can print it with a change. options: those that are None are
    left out of the line.
    """

    name: str
    arguments: tuple
    options: Mapping[str, Any]

    def line(self, **changes: Any) -> str:
        """Python that makes the Records anew: "records = st.data.labelme('folder', unlabelled='background')"."""
        shown = [_as_code(argument) for argument in self.arguments]
        options = {**self.options, **changes}
        shown += [f"{name}={_as_code(value)}" for name, value in options.items() if value is not None]
        return f"records = st.data.{self.name}({', '.join(shown)})"


@dataclass
class Report:
    """What `Records.check` found: how many records, how many of them can be read, the problems, and what the converter
    decided itself (remarks).
    """

    records: int
    readable: int
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([self._found(), *(f"  note: {remark}" for remark in self.remarks)])

    def _found(self) -> str:
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

    categories: the list that all segments refer to. problems: those known so far. remarks: what the converter decided
    where the files leave it open, one sentence each. made: the call that made them.
    A slice is Records again; iterating raises at the first record that cannot be read: `usable()` leaves such out.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        categories: Categories,
        problems: Iterable[Problem] = (),
        *,
        remarks: Iterable[str] = (),
        made: Made | None = None,
    ):
        self._entries = list(entries)
        self.categories = categories
        self.problems = list(problems)
        self.remarks = list(remarks)
        self.made = made

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Records(self._entries[index], self.categories, remarks=self.remarks, made=self.made)
        if not -len(self) <= index < len(self):
            raise IndexError(f"record must be 0 to {len(self) - 1}, got {index}")
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

    def file(self, index: int) -> str:
        """The name of a record's file, without reading it."""
        return self._entries[index].file

    def check(self) -> Report:
        """Read every record. -> Report; `problems` holds what it found from then on."""
        broken = self._broken()
        self.problems = [p for p in self.problems if p.index is None] + list(broken.values())
        return Report(len(self), len(self) - len(broken), self.problems, self.remarks)

    def usable(self) -> Records:
        """The records that can be read, all of them read once; the others are in its `problems`."""
        broken = self._broken()
        entries = [entry for index, entry in enumerate(self._entries) if index not in broken]
        outside = [problem for problem in self.problems if problem.index is None]
        # their old index says nothing about the new records
        left = [Problem(p.file, None, p.kind, f"left out; {p.what}", p.mend) for p in broken.values()]
        return Records(entries, self.categories, outside + left, remarks=self.remarks, made=self.made)

    def _broken(self) -> dict[int, Problem]:
        broken = {}
        for index in with_bar(range(len(self)), "reading records"):
            try:
                self[index]
            except RecordError as error:
                broken[index] = error.problem
        return broken

    def __repr__(self) -> str:
        known = f", {len(self.problems)} problems: see .problems" if self.problems else ""
        return f"Records({len(self)} pictures, {len(self.categories)} categories{known})"


def with_bar(items: Sequence, words: str) -> Iterable:
    """The items, under a progress bar that appears where they take longer than two seconds."""
    from tqdm.auto import tqdm

    return tqdm(items, desc=words, delay=2, leave=False, mininterval=0.5)


def _as_code(value: Any) -> str:
    if isinstance(value, str | os.PathLike):
        return repr(os.fspath(value))
    return "categories" if isinstance(value, Categories) else repr(value)


def check_problems(problems: Sequence[Problem]) -> None:
    """Raises UserError once so many entries of a file are wrong that it is of another kind, or made to be slow."""
    if len(problems) > MAX_PROBLEMS:
        raise UserError(
            f"more than {MAX_PROBLEMS} entries of the file are wrong, such as {str(problems[0])[:200]}: is it an "
            "annotation file of this format?"
        )


def problem_of(error: UserError, file: str, index: int | None) -> Problem:
    """The sentence of an error as a Problem of one record.

    The sentence may hold the whole path of the file, which differs from machine to machine; the problem says `file`.
    """
    said = re.sub(rf"""(['"])[^'"]*[/\\]{re.escape(file)}\1""", lambda _: repr(file), str(error))
    return Problem(file, index, "unreadable", said)


def stop(file: str, kind: str, what: str, mend: str = "") -> RecordError:
    """The error for one record, to be raised while it is read; its index is filled in by Records."""
    return RecordError(Problem(file, None, kind, what, mend))

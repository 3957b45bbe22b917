"""What `check_labels` says: a `Finding`, and, where one map shows it, an `Example` of how its values are read.

An example holds the map as it is stored and tables {value: what it is read as}: the reading now, and with each line
that would mend it. `st.show.labels(report)` draws them side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segtutor.categories import Categories

# What a value can be read as, beside a position in the categories (0 and up).
VOID = -1  # counts in no loss
NO_CLASS = -2  # no category has this number: an error, or a class of its own, in the loss
LOST = -3  # one of two categories, and the file no longer says which


@dataclass(frozen=True)
class Example:
    """One map of those that a finding is about, and what its values mean.

    file: its name; index: its position in the data. values: (H, W) integers, as stored.
    now: {value: position in the categories, VOID, NO_CLASS or LOST}, for every value in the map.
    mended: {a few words of code: such a table}, one for each line that may be the right one.
    """

    file: str
    index: int
    values: np.ndarray
    now: Mapping[int, int]
    mended: Mapping[str, Mapping[int, int]]
    categories: Categories

    def meaning(self, value: int, table: Mapping[int, int]) -> str:
        """What a value of the map is read as by one of the tables, in words."""
        position = table[value]
        if position == LOST:
            first = self.now[value]
            return f"{self.categories[first].name} or {self.categories[first + 256].name}"
        return {VOID: "void", NO_CLASS: "no class"}.get(position) or self.categories[position].name


@dataclass(frozen=True)
class Finding:
    """kind: its short name. what: a sentence with numbers. mend: the line of code that mends it, or what to do.

    line: the Python in `mend`, alone, where there is some. files: a few of those concerned. example: one of them as it
    is read now and would be read, where that says more.
    """

    kind: str
    what: str
    mend: str
    files: tuple[str, ...] = ()
    example: Example | None = None
    line: str = ""

    def __str__(self) -> str:
        where = f" (e.g. {', '.join(self.files)})" if self.files else ""
        return f"{self.kind}: {self.what}{where}\n    {self.mend}"

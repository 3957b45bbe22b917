"""The register: what was decided about a longer run before it was made, and how a verdict follows from that alone.

register.toml is the text that people read; an entry of it here is a value that a claim asks

    which arms count        `arms`, checked against register.toml
    which runs count        `counts`: of these arms, seeds and steps, measured as registered
    what the effects are    `effects`: the main one first, with the expectation and the margin of the file

so that no claim can choose another main effect, margin, seed or number of steps in its code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from segtutor.errors import UserError
from segtutor.experiments.arms import Arm
from segtutor.experiments.statistics import Effect

REGISTER = Path(__file__).with_name("register.toml")


@dataclass(frozen=True)
class Entry:
    """A part of register.toml. main, beside: effects by name; expect, margin: of the main one, as in `Effect`.

    arms: {name in the claim: name of the arm}. registered: the date on which this was decided, "2026-12-01".
    """

    name: str
    registered: str
    steps: int
    seeds: tuple[int, ...]
    main: str
    expect: str
    margin: float
    beside: tuple[str, ...]
    arms: Mapping[str, str]
    metric: str
    note: str = ""

    def longer(self, arms: Mapping[str, Arm], **changes: Any) -> dict[str, Arm]:
        """The arms of the claim with the steps of the entry, in bfloat16, and with other changes.

        Raises ValueError where these are not the registered ones.
        """
        changed = {name: replace(arm, steps=self.steps, precision="bf16", **changes) for name, arm in arms.items()}
        if (named := {name: arm.name for name, arm in changed.items()}) != dict(self.arms):
            raise ValueError(
                f"arms must be those of register.toml, {dict(self.arms)}, got {named}: register them first"
            )
        return changed

    def counts(self, result: Mapping[str, Any]) -> bool:
        """Whether a run's result is one that was registered."""
        arm, seed, steps = (result.get(name) for name in ("arm", "seed", "steps"))
        return arm in self.arms.values() and seed in self.seeds and steps == self.steps

    def effects(self, values: Mapping[str, Sequence[float]]) -> list[Effect]:
        """The main effect, then those beside it. values: {the registered name of an effect: one number a seed}.

        Raises ValueError where other effects than the registered ones are given.
        """
        if set(values) != {self.main, *self.beside}:
            raise ValueError(f"effects must be {[self.main, *self.beside]}, got {list(values)}: register them first")
        main = Effect(self.main, tuple(values[self.main]), self.expect, self.margin)
        return [main, *(Effect(name, tuple(values[name])) for name in self.beside)]


@cache
def entries(path: Path = REGISTER) -> dict[str, Entry]:
    """All entries by name, in the order of the file."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))

    def typed(key: str, value: Any) -> Any:
        return str(value) if key == "registered" else tuple(value) if isinstance(value, list) else value

    return {name: Entry(name, **{key: typed(key, part[key]) for key in part}) for name, part in read.items()}


def entry(name: str) -> Entry:
    """One entry. Raises UserError for another name."""
    known = entries()
    if name not in known:
        raise UserError(f"entry must be one of {', '.join(known)}, got {name!r}")
    return known[name]

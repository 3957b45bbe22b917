"""A trait of an explorer that is given a wrong value: numpy's and torch's numbers are taken, the rest is explained.

traitlets has words of its own for this ("expected any of [...], not the str 'x'"), and knows neither numpy's integers
nor this package's one error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets

from segtutor.errors import UserError

_KINDS = {
    traitlets.Bool: "True or False",
    traitlets.Int: "a whole number",
    traitlets.Float: "a number",
    traitlets.Unicode: "text",
    traitlets.List: "a list",
    traitlets.Dict: "a dictionary",
    traitlets.Bytes: "bytes",
}


class WrongValue(UserError, traitlets.TraitError):
    """Both: the sentence that a person reads, and what traitlets takes back where several traits are set at once."""


def plain(value: Any) -> Any:
    """Numbers, arrays and tensors as Python's own numbers and lists, also inside of lists and dictionaries."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return {key: plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def refusal(trait: traitlets.TraitType, name: str, value: Any) -> WrongValue:
    """What the trait must be, and what was got."""
    said = repr(value)
    said = said if len(said) <= 80 else f"{said[:79]}…"
    return WrongValue(f"{name} must be {_expected(trait)}, got {said}")


def _expected(trait: Any) -> str:
    if isinstance(trait, traitlets.Enum):
        words = f"one of {', '.join(map(repr, trait.values))}"
    else:
        words = next((words for kind, words in _KINDS.items() if isinstance(trait, kind)), trait.info())
    low, high = getattr(trait, "min", None), getattr(trait, "max", None)
    if low is not None and high is not None:
        words += f" {low:g} to {high:g}"
    inner = getattr(trait, "_trait", None)
    if isinstance(trait, traitlets.List) and inner is not None:
        words += f", each item {_expected(inner)}"
    return f"{words}, or None" if trait.allow_none else words

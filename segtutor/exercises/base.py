"""What the checks of all exercises share: how a lesson asks, what a check answers, how cases are compared.

A lesson's checks stand in lessonNN.py, in a dictionary `CHECKS` from the exercise's name to a function:

    CHECKS = {"01.1": decode}

    def decode(answer) -> str | Passed | None:      # a sentence that helps = not yet; None or Passed = right
        return first_failure(answer, [Case((rgb,), expected, "The red byte counts 1, the green one 256.")])

`check` turns that into a `Passed` or a `Hint`, whatever the learner's code does: an exception in it is a hint too,
so that Run All on an unsolved lesson ends without error. Only an interrupt by the learner goes through.
"""

from __future__ import annotations

import html
import re
import traceback
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from segtutor.exercises import solved

_LONGEST = 160  # characters of a value that a hint quotes


@dataclass(frozen=True)
class _Answer:
    """One sentence for the learner; true where the exercise is solved."""

    message: str

    @property
    def solved(self) -> bool:
        return isinstance(self, Passed)

    def __bool__(self) -> bool:
        return self.solved

    def __repr__(self) -> str:
        return f"{'Passed' if self.solved else 'Not yet'}: {self.message}"

    def _repr_html_(self) -> str:
        # No colours of its own: bold text follows the theme of the notebook, light or dark.
        return f"<p><strong>{'Passed' if self.solved else 'Not yet'}:</strong> {html.escape(self.message)}</p>"


class Passed(_Answer):
    """The exercise is solved. message: one sentence."""

    __slots__ = ()


class Hint(_Answer):
    """The exercise is not solved yet. message: one sentence that helps to go on."""

    __slots__ = ()


@dataclass(frozen=True)
class Case:
    """One call of the learner's function: its arguments, the right result, and what to say where it differs.

    expected: numbers, texts, arrays, or lists, tuples and dictionaries of them. mistakes: (wrong result, sentence)
    for results that a known slip gives, tried before `hint`. tolerance: by how much a float may differ.
    """

    arguments: tuple
    expected: Any
    hint: str = ""
    mistakes: tuple[tuple[Any, str], ...] = ()
    tolerance: float = 1e-4


def exercises() -> list[str]:
    """The names of all exercises, "00.1", "00.2", ..., in order."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("lesson[0-9][0-9].py"))
    return sorted(name for file in files for name in import_module(f"{__package__}.{file}").CHECKS)


def check(exercise: str, answer: Any) -> Passed | Hint:
    """Check the answer to one exercise.

    exercise: "01.3" is the third of lesson 01. answer: what the exercise asks for, most often a function.
    Returns `Passed` or `Hint`, which a notebook displays as a sentence; raises nothing, whatever the answer is.
    """
    try:
        function = _find(exercise)
    except LookupError as error:
        return Hint(str(error.args[0]))
    if answer is None or answer is ...:
        return Hint("there is no answer so far: replace the line that says so with your own.")
    try:
        result = function(answer)
    except Exception as error:  # noqa: BLE001 - the learner's code may raise anything, and a check never does
        return Hint(_said(error, answer))
    if result is None:
        result = Passed(f"exercise {exercise} is solved.")
    elif not isinstance(result, Passed | Hint):
        result = Hint(result)
    if result.solved:
        solved.note(exercise)
    return result


def first_failure(function: Any, cases: Iterable[Case]) -> str | None:
    """Call the learner's function with each case; the sentence for the first that differs, None where all agree.

    Arguments are copied before each call, so that a function that changes them spoils nothing.
    """
    if not callable(function):
        return f"expected a function, got {type(function).__name__}: pass it without parentheses, check(..., name)."
    for case in cases:
        got = function(*deepcopy(case.arguments))
        if got is None or got is ...:
            return f"the function returns nothing so far. {case.hint}".strip()
        unequal = difference(got, case.expected, case.tolerance)
        if unequal is None:
            continue
        for wrong, sentence in case.mistakes:
            if difference(got, wrong, case.tolerance) is None:
                return sentence
        called = ", ".join(short(argument) for argument in case.arguments)
        return f"for the arguments {called}: {unequal}. {case.hint}".strip()
    return None


def difference(got: Any, expected: Any, tolerance: float = 1e-4) -> str | None:
    """In which way a result is not the expected one, as a phrase; None where they are equal.

    Lists and tuples count as one, and so do arrays, tensors and numbers of any dtype.
    """
    if hasattr(got, "detach"):  # a tensor, without importing torch
        got = got.detach().cpu().numpy()
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return f"expected {short(expected)}, got {short(got)}"
        parts = (difference(got[key], value, tolerance) for key, value in expected.items())
        return None if all(part is None for part in parts) else f"expected {short(expected)}, got {short(got)}"
    if isinstance(expected, str | bool) or expected is None:
        return None if got == expected else f"expected {short(expected)}, got {short(got)}"
    if isinstance(expected, list | tuple):
        if not isinstance(got, list | tuple | np.ndarray) or len(got) != len(expected):
            return f"expected {short(expected)}, got {short(got)}"
        parts = (difference(one, other, tolerance) for one, other in zip(got, expected, strict=True))
        return None if all(part is None for part in parts) else f"expected {short(expected)}, got {short(got)}"
    return _unequal_numbers(got, np.asarray(expected), tolerance)


def short(value: Any) -> str:
    """A value on one line of at most 160 characters."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value.item()
    if isinstance(value, np.ndarray):
        text = np.array2string(value, separator=", ", threshold=40, precision=4, suppress_small=True)
    else:
        text = repr(value)
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."


def _unequal_numbers(got: Any, expected: np.ndarray, tolerance: float) -> str | None:
    try:
        array = np.asarray(got)
    except (TypeError, ValueError):
        array = np.asarray(got, dtype=object)
    if array.dtype.kind not in "biuf":
        return f"expected {_kind(expected)} {short(expected)}, got {short(got)}"
    if array.shape != expected.shape:
        return f"expected shape {expected.shape}, got shape {array.shape}"
    if np.allclose(array.astype(float), expected.astype(float), rtol=0, atol=tolerance, equal_nan=True):
        return None
    return f"expected {short(expected)}, got {short(array)}"


def _kind(expected: np.ndarray) -> str:
    return "numbers" if expected.ndim else "the number"


def _find(exercise: Any) -> Callable[[Any], Any]:
    """The check of an exercise. Raises LookupError with a sentence."""
    match = re.fullmatch(r"(\d\d)\.\d+", exercise) if isinstance(exercise, str) else None
    if match and (Path(__file__).parent / f"lesson{match[1]}.py").is_file():
        checks = import_module(f"{__package__}.lesson{match[1]}").CHECKS
        if exercise in checks:
            return checks[exercise]
        raise LookupError(f"exercise must be one of {', '.join(checks)}, got {exercise!r}: check the number.")
    raise LookupError(f"exercise must be a name such as '01.1', lesson and number, got {exercise!r}.")


def _said(error: Exception, answer: Any) -> str:
    """An exception as a sentence, with the line of the learner's function where it happened."""
    if isinstance(error, NotImplementedError):
        return "it is not written so far: replace the line `raise NotImplementedError` with your own."
    file = getattr(getattr(answer, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    first = getattr(getattr(answer, "__code__", None), "co_firstlineno", 1)
    where = f" in line {lines[-1] - first + 1} of your function" if lines and lines[-1] else ""
    text = short(str(error))[1:-1].rstrip(".") if str(error) else "no message"
    return f"your code raised {type(error).__name__}{where}: {text}."

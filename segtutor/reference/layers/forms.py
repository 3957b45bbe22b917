"""Two forms of one computation: the paper's, which is there to be read, and a fast one with equal results, which runs.

A concept file holds the paper's form and marks it; the fast form has the same name and the same parameters and lives in
reference/fast/:

    @has_fast_form("deformable")                       # reference/fast/deformable.py
    def deformable_attention(values, sizes, points, weights): ...

    model(pixel_values)                                # the fast forms run
    with st.reference.plain():
        model(pixel_values)                            # the papers' forms run, in this thread

A fast form may return NotImplemented for what it is not made for (another device, too large, no gradient): then the
paper's form runs. Both give the same numbers up to rounding, gradients too; tests hold them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_only_plain: ContextVar[bool] = ContextVar("only_plain", default=False)


@contextmanager
def plain() -> Iterator[None]:
    """Inside the block, and in its thread alone, every computation runs in the form that its paper gives."""
    before = _only_plain.set(True)
    try:
        yield
    finally:
        _only_plain.reset(before)


def has_fast_form(file: str) -> Callable[[Callable[_Given, _Result]], Callable[_Given, _Result]]:
    """Marks a function or method as the paper's form of what `reference/fast/<file>.py` has under the same name."""

    def marked(paper: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
        @wraps(paper)
        def chosen(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
            if not _only_plain.get():
                # imported when first used: fast/ lies above the concepts that it makes fast
                fast = getattr(import_module(f"segtutor.reference.fast.{file}"), paper.__name__)
                result = fast(*args, **kwargs)
                if result is not NotImplemented:
                    return result
            return paper(*args, **kwargs)

        chosen.fast_file = file  # type: ignore[attr-defined]
        return chosen

    return marked

"""Checks of the lessons' exercises: each returns one sentence that helps, and never ends a notebook with an error.

    st.exercises.check("01.1", decode)      # exercise 1 of lesson 01, and the learner's answer to it

`base` holds what all checks share; lessonNN the checks of one lesson, imported when one of them is asked for.
"""

from importlib import import_module

_HOME = ("Case", "Hint", "Passed", "check", "exercises", "first_failure")

__all__ = [*_HOME]


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.base"), name)
    elif name.startswith("lesson"):
        try:
            value = import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)

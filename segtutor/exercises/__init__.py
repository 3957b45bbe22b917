"""Checks of the lessons' exercises: each returns one sentence that helps, and never ends a notebook with an error.

    st.exercises.check("01.1", decode)      # exercise 1 of lesson 01, and the learner's answer to it
    st.exercises.progress()                 # what is solved so far, across lessons

`base` holds what all checks share; lessonNN the checks of one lesson, imported when one of them is asked for.
"""

from segtutor.lazy import lazily

_HOME = dict.fromkeys(("Case", "Hint", "Passed", "check", "exercises", "first_failure"), "base")
_HOME["progress"] = "solved"

__all__ = [*_HOME]

__getattr__, __dir__ = lazily(__name__, _HOME)

"""The one exception for mistakes that a person can mend."""


class UserError(ValueError):
    """A mistake that the person at the keyboard can mend.

    Its text is one sentence that says what was got, what was expected and what to do. The command line prints
    it without a traceback and ends with exit status 2; in a notebook it is an ordinary ValueError.
    """

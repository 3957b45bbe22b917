"""The one exception for mistakes that a person can repair."""


class UserError(ValueError):
    """A mistake that the person at the keyboard can repair.

    Its text is one sentence, subject first: what must be, what was got, and what to do where that is not obvious. The
    command line prints it without a traceback and ends with exit status 2; in a notebook it is an ordinary ValueError.
    """

"""Packages that the core does without: the one sentence for a person who lacks one."""

from __future__ import annotations

import importlib.util

from segtutor.errors import UserError


def require(*packages: str, purpose: str, install: str) -> None:
    """Raises UserError where one of these packages cannot be imported.

    packages: their import names; purpose: what they are needed for, after "which"; install: what pip is given.

    >>> require("json", purpose="nothing needs", install="json")
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        one = len(missing) == 1
        raise UserError(
            f"{' and '.join(missing)} {'is' if one else 'are'} not installed in this Python environment, which "
            f"{purpose}: install {'it' if one else 'them'} with: python -m pip install {install}"
        )

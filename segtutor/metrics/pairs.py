"""Pairs (prediction, truth), one after the other: what every metric of a data set reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from segtutor.errors import UserError


def in_pairs(pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Each (prediction, truth). Raises UserError for what is no pair, also for one pair outside of a list.

    >>> list(in_pairs([("guess", "truth")]))
    [('guess', 'truth')]
    """
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise UserError(
            f"got a {type(pairs).__name__} as the pairs, expected a list of (prediction, truth): pass [(prediction, "
            "truth)] for one picture"
        )
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            number = f" of {len(pair)}" if isinstance(pair, tuple | list) else ""
            raise UserError(
                f"got a {type(pair).__name__}{number} among the pairs, expected (prediction, truth): pass "
                "[(prediction, truth)] for one picture, zip(predictions, truths) for several"
            )
        yield pair[0], pair[1]

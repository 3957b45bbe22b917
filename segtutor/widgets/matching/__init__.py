"""Pair queries with segments by hand, and see the Hungarian algorithm do it."""

from segtutor.widgets.matching.game import MatchingGame

__all__ = ["MatchingGame"]

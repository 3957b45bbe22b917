"""Pairs (prediction, truth), one after the other, and whose category is whose: what every metric reads.

Prediction, truth and the list that is counted may number the same classes otherwise. `Counted` is the only translation
of their ids, by name (`Categories.match`); nothing else in the package compares category ids of two sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from segtutor.categories import Category
from segtutor.errors import UserError
from segtutor.segments import Categories, Segmentation

_KEPT = 64  # lists that are remembered; a data set whose rows each bring a new list must not fill the memory


class Counted:
    """The list that is counted, and where in it the categories of other lists are.

        counted = Counted(categories)
        counted.positions(truth.categories, "truth")[segment.category_id]      0..K-1

    The mapping holds the categories that both lists have by name. One that is not counted raises UserError when it is
    asked for, so that a list may hold more classes than are counted as long as none of them occurs.
    """

    def __init__(self, categories: Any):
        self.categories = Categories.from_coco(categories)
        self._known: dict[tuple[int, str], tuple[Categories, Mapping[int, int]]] = {}

    def positions(self, own: Categories, side: str) -> Mapping[int, int]:
        """{category id of `own`: position in the list that is counted}. side: "prediction" or "truth", for a sentence.

        Raises UserError where `own` and the counted list each have a name that the other lacks.
        """
        found = self._known.get((id(own), side))
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[id(own), side] = (own, self._translated(own, side))  # kept: an id() may come again
        return found[1]

    def _translated(self, own: Categories, side: str) -> Mapping[int, int]:
        if own is self.categories or own == self.categories:
            return _Positions({c.id: i for i, c in enumerate(own)}, own, side)
        try:
            match = own.match(self.categories)
        except UserError as error:
            raise UserError(f"{error}; the first list is the {side}'s, the second the one that is counted") from None
        return _Positions({mine: self.categories.index(other) for mine, other in match.ids.items()}, own, side)


class _Positions(dict):
    def __init__(self, found: dict[int, int], own: Categories, side: str):
        super().__init__(found)
        self._own, self._side = own, side

    def __missing__(self, category_id: int) -> int:
        name = self._own.by_id(category_id).name
        raise UserError(
            f"category {name!r} of the {self._side} is missing from the list of categories that is counted: pass a "
            "list that holds the classes of both"
        )


def whole_pair(prediction: Segmentation, truth: Segmentation) -> tuple[Segmentation, Segmentation]:
    """Both with all their pixels in segments where the truth says what the rest of its pixels are (`rest`).

    A prediction that says nothing there agrees: no object is there.
    """
    if truth.rest is not None and prediction.rest is None:
        category, kept = truth.categories.by_id(truth.rest), prediction.categories
        own = next((c.id for c in kept if c.name == category.name), None)
        if own is None:
            own = max(c.id for c in kept) + 1
            kept = Categories([*kept, Category(own, category.name, category.isthing)])
        prediction = Segmentation(prediction.segment_ids, prediction.segments, kept, own)
    return prediction.whole(), truth.whole()


def counted_of(prediction: Categories, truth: Categories) -> Counted:
    """What one pair is counted in where no list is given: the one of the two lists that holds all names.

    Raises UserError, naming the first difference, where each has a name that the other lacks.
    """
    if prediction is truth or not prediction.match(truth).only_here:
        return Counted(truth)
    return Counted(prediction)


def in_pairs(pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Each (prediction, truth). Raises UserError for what is no pair, also for one pair outside of a list.

    >>> list(in_pairs([("guess", "truth")]))
    [('guess', 'truth')]
    """
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise UserError(
            f"pairs must be a list of (prediction, truth), got a {type(pairs).__name__}: pass [(prediction, truth)] "
            "for one picture"
        )
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            number = f" of {len(pair)}" if isinstance(pair, tuple | list) else ""
            raise UserError(
                f"each of the pairs must be (prediction, truth), got a {type(pair).__name__}{number}: pass "
                "[(prediction, truth)] for one picture, zip(predictions, truths) for several"
            )
        yield pair[0], pair[1]
